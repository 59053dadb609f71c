"""The pages' words, and which language a browser asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from mailcore.errors import ConfigurationError

Words = Mapping[str, str]
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})
MOST_RANGES = 20  # of one Accept-Language field
MOST_CHARACTERS = 500


def load_words(file: Path = Path(__file__).parent / "words.yaml") -> Mapping[str, Words]:
    """Words by language. Raises ConfigurationError where a language lacks some."""
    languages: Mapping[str, Words] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for language, words in languages.items():
        missing = languages["en"].keys() ^ words.keys()
        if missing:
            raise ConfigurationError(f"{file}: {language}: {', '.join(sorted(missing))}: missing or unknown")
    return languages


def choose_language(accepted: str, known: Mapping[str, Words], default: str) -> str:
    """The language of the page, by an Accept-Language field (RFC 9110, 12.5.4; RFC 4647, 3.4)."""
    ranges: list[tuple[float, int, str]] = []
    for index, each in enumerate(accepted[:MOST_CHARACTERS].split(",")[:MOST_RANGES]):
        name, _, parameters = each.strip().partition(";")
        ranges.append((-_quality(parameters), index, name.strip().lower()))
    for quality, _, name in sorted(ranges):
        if quality < 0 and (language := name.partition("-")[0]) in known:
            return language
    return default if default in known else "en"


def direction_of(language: str) -> str:
    """The value of `dir` in HTML."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
