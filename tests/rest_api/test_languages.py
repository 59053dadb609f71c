"""Words of pages in every language, and the choice between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from rest_api.languages import choose_language, direction_of, load_words

CHOICES = [
    ("de", "de"),
    ("DE-ch", "de"),
    ("fr;q=0.5, de;q=0.9", "de"),
    ("xx, fr", "fr"),
    ("de;q=0, fr;q=0.1", "fr"),
    ("de;q=0", "en"),
    ("de;q=nonsense, fr", "fr"),
    ("de;q=7", "de"),
    ("*", "en"),
    ("", "en"),
    (",;=,;q=", "en"),
    ("xx," * 100 + "de", "en"),
    ("\x00\xff", "en"),
]


@pytest.mark.parametrize(("accepted", "language"), CHOICES, ids=lambda text: text[:20])
def test_choice(accepted: str, language: str) -> None:
    assert choose_language(accepted, load_words(), "en") == language


def test_a_default_that_there_is_not_is_english() -> None:
    assert choose_language("", load_words(), "xx") == "en"


def test_every_language_has_every_word() -> None:
    words = load_words()
    assert len(words) >= 10
    assert all(text.strip() for each in words.values() for text in each.values())


def test_no_language_is_a_copy_of_another() -> None:
    words = load_words()
    assert len({each["block_text"] for each in words.values()}) == len(words)


def test_a_missing_word_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text("en: {a: x, b: y}\nde: {a: x}\n")
    with pytest.raises(ConfigurationError, match="de: b"):
        load_words(tmp_path / "words.yaml")


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr"), ("de", "ltr")])
def test_direction(language: str, direction: str) -> None:
    assert direction_of(language) == direction
