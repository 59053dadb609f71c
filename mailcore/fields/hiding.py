"""Fields about how words are hidden: by spelling, by encodings, and in HTML."""

from __future__ import annotations

import functools
from collections.abc import Callable

from mailcore.encoding_layers import MOST, encoding_layers
from mailcore.fields.kinds import Field, number, text, texts_of
from mailcore.obfuscation import Obfuscation, obfuscation
from mailcore.view import MailView

_CHARACTERS = 200_000  # of a text in which hidden words are counted


@functools.lru_cache(maxsize=8)  # five fields ask for the same few texts of a message
def _obfuscation(text: str) -> Obfuscation:
    return obfuscation(text)


def _most(read: Callable[[Obfuscation], int]) -> Callable[[MailView], int]:
    """The larger count of plain and HTML text: they say the same twice."""
    return lambda view: max((read(_obfuscation(text[:_CHARACTERS])) for text in texts_of(view)), default=0)


def _words(found: Obfuscation) -> int:
    """Hidden words of every kind."""
    return found.mixed_script_words + found.spaced_words + found.leet_words + found.reversed_runs


def _hidden_in(values: tuple[str, ...]) -> int:
    found = list(map(_obfuscation, values))
    return sum(_words(each) + each.folded_letters for each in found)


FIELDS: list[Field] = [
    number(
        "text.mixed_script_words",
        "Words with letters of several scripts that look alike, such as Cyrillic ones in Latin words.",
        _most(lambda found: found.mixed_script_words),
        costly=True,
    ),
    number(
        "text.folded_letters",
        "Mathematical, enclosed and small-capital letters, invisible tags, and words under stacked marks.",
        _most(lambda found: found.folded_letters),
        costly=True,
    ),
    number(
        "text.spaced_words",
        "Words written letter by letter (`V I A G R A`, `p-a-s-s-w-o-r-d`).",
        _most(lambda found: found.spaced_words),
        costly=True,
    ),
    number(
        "text.leet_words",
        "Known words with digits and signs for letters (`p4yp4l`).",
        _most(lambda found: found.leet_words),
        costly=True,
    ),
    number(
        "text.reversed_runs",
        "Runs of text that a direction override turns around.",
        _most(lambda found: found.reversed_runs),
        costly=True,
    ),
    number(
        "text.encoding_layers",
        "Encodings inside of each other where one would do: character references, percent signs, encoded words, "
        f"base64; at most {MOST}.",
        lambda view: encoding_layers(view.message),
        costly=True,
    ),
    number(
        "subject.obfuscated",
        "Words and letters of the subject that are hidden in one of the ways of `text.mixed_script_words` and so on.",
        lambda view: _hidden_in(view.message.header_values("subject")),
        costly=True,
    ),
    number(
        "from.obfuscated",
        "The same of From.",
        lambda view: _hidden_in(view.message.header_values("from")),
        costly=True,
    ),
    text(
        "html.hiding",
        "Ways in which words are hidden in HTML: `display`, `visibility`, `opacity`, `size`, `clipped`, `off-screen`, "
        "`colour`, `attribute`, `template`; and `style-sheet` where a class or an id says so.",
        lambda view: view.message.html.hiding,
    ),
    text(
        "html.dropped_links",
        "Begins of links that lead to a script or to data instead of a host.",
        lambda view: view.message.html.dropped_links,
    ),
]
