"""Collects the signs that a reader sees in a file, within bounds: what detectors judge, and what people read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

from msgspec import structs

from mailcore.view import FileFacts, FileSign

EVIDENCE_CHARACTERS = 200
EACH_KIND = 5

# C0, C1 and what turns the direction of writing around: evidence is printed in terminals and pages.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]{1,200}")


class Signs:
    """The signs of one file in the order seen, each kind at most EACH_KIND times, each once."""

    def __init__(self) -> None:
        self._signs: dict[FileSign, None] = {}
        self._count: Counter[str] = Counter()

    def add(self, kind: str, evidence: str = "") -> None:
        """One more sign; the evidence is cut to EVIDENCE_CHARACTERS, controls in it become blanks."""
        sign = FileSign(kind, _CONTROLS.sub(" ", evidence[: 2 * EVIDENCE_CHARACTERS]).strip()[:EVIDENCE_CHARACTERS])
        if self._count[kind] < EACH_KIND and sign not in self._signs:
            self._count[kind] += 1
            self._signs[sign] = None

    def has(self, kind: str) -> bool:
        return self._count[kind] > 0

    def after(self, known: tuple[FileSign, ...]) -> tuple[FileSign, ...]:
        """The signs that other readers saw, and these."""
        return tuple(dict.fromkeys((*known, *self._signs)))


def with_signs(facts: FileFacts, signs: Iterable[tuple[str, str]]) -> FileFacts:
    """The facts of a file with these (kind, evidence) added."""
    collected = Signs()
    for kind, evidence in signs:
        collected.add(kind, evidence)
    return structs.replace(facts, signs=collected.after(facts.signs))


def of_kind(file: FileFacts, kinds: Collection[str]) -> tuple[FileSign, ...]:
    """The signs of a file that are of one of these kinds."""
    return tuple(sign for sign in file.signs if sign.kind in kinds)


def in_words(signs: Iterable[FileSign], words: dict[str, str]) -> str:
    """What the signs say, for people: `words` has a few for each kind; evidence behind a colon."""
    said = (f"{words.get(sign.kind, sign.kind)}: {sign.evidence}".removesuffix(": ") for sign in signs)
    return "; ".join(dict.fromkeys(said))[:1_000]
