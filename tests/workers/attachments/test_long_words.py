"""Long words are found without a look at the rest, and what is no long word is bounded: work is counted, not time."""

from __future__ import annotations

import re

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.workers.attachments.scan import files_of
from workers.attachments import blobs
from workers.attachments.long_words import BASE64, KEPT, LONG, shortened, spans, within

DIGITS = b"0123456789"

SPANS: dict[str, tuple[str, list[tuple[int, int]]]] = {
    "nothing": ("", []),
    "too short": ("123 4567", []),
    "one": ("ab 12345 c", [(3, 8)]),
    "at both ends": ("12345x678901", [(0, 5), (6, 12)]),
    "all of it": ("0" * 20, [(0, 20)]),
    "short ones between": ("1 12 123 1234 12345 1", [(14, 19)]),
    "behind letters of more bytes": ("äö𝒳 12345", [(4, 9)]),
    "letters that look like digits": ("１２３４５６ ٣٣٣٣٣٣", []),  # noqa: RUF001
    "halves of characters": ("\ud835\ud835 12345", [(3, 8)]),
}


@pytest.mark.parametrize(("text", "expected"), SPANS.values(), ids=SPANS)
def test_spans(text: str, expected: list[tuple[int, int]]) -> None:
    assert list(spans(text, DIGITS, 5)) == expected


WORD = "Ab3/" * 100
SHORTENED: dict[str, tuple[str, str, int]] = {
    "nothing": ("", "", 0),
    "words of people": ("all words of people " * 50, "all words of people " * 50, 0),
    "one less": ("x" * (LONG - 1), "x" * (LONG - 1), 0),
    "a long word": (f"a {WORD} b", f"a {WORD[:KEPT]} b", 400 - KEPT),
    "two": (f"{WORD}\n{WORD}=", f"{WORD[:KEPT]}\n{WORD[:KEPT]}", 401 - KEPT),
}


@pytest.mark.parametrize(("text", "bare", "longest"), SHORTENED.values(), ids=SHORTENED)
def test_shortened(text: str, bare: str, longest: int) -> None:
    assert shortened(text) == (bare, longest)


WITHIN: dict[str, tuple[str, int, int]] = {
    "all of a short text": ("a b " * 10, 100, 40),
    "the beginning of a long one": ("a b " * 100, 100, 100),
    "long words do not count": (f"a {WORD} " + "b " * 100, 100, 500),
    "nor such at the end": ("a " * 40 + WORD, 100, 480),
    "those behind the end do": ("a " * 100 + WORD, 100, 100),
}


@pytest.mark.parametrize(("text", "most", "left"), WITHIN.values(), ids=WITHIN)
def test_within(text: str, most: int, left: int) -> None:
    assert within(text, most) == text[:left]


HOSTILE = ("<", "<a ", "&#", '"', "='", "0 ", "A" * 47 + " ", "0-", "%4", "<script>")


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_pages_of_nothing_are_read_in_part(piece: str) -> None:
    """What no page is made of: expressions see four million characters of it, and long words are looked for alone."""
    text = piece * (6_000_000 // len(piece))
    assert len(within(text, 4_194_304)) == 4_194_304
    assert list(spans(text, BASE64, 48)) == []


class CountingPattern:
    """A pattern that counts where it is tried."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.tried: list[int] = []

    def match(self, text: str, position: int) -> re.Match[str] | None:
        self.tried.append(position)
        return self._pattern.match(text, position)


def test_base64_is_tried_at_long_words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = CountingPattern(re.compile(r"[A-Za-z0-9+/]{48,}+"))
    words = blobs._WORDS[blobs._BASE64]
    monkeypatch.setattr(blobs, "_WAYS", [("base64", counting, lambda match: match[0].encode())])
    monkeypatch.setattr(blobs, "_WORDS", {counting: words})
    text = "all the words of people " * 1_000
    list(blobs.find(f"{text}{WORD} {text}"))
    assert counting.tried == [len(text)]


def test_an_address_that_is_no_base64_hides_none_behind_it() -> None:
    """Letters that are not even ASCII ended the search for what a page carries."""
    bad = '<a href="data:application/zip;base64,' + "é" * 40 + '">a</a>'
    page = scripts.smuggling_page(files.windows_program(), text=bad)
    seen, problems = files_of(("a.html", page))
    assert problems == ()
    assert [file.true_type for file in seen][1:] == ["application/vnd.microsoft.portable-executable"]
