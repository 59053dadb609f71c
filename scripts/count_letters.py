"""Counts which letters follow each other in words and names of hosts, for `workers/urls/letter_table.py`.

Read are words of this repository alone: rules in their languages, documents, names and domains of brands, services in
the lists. Run from the root of the checkout: `python scripts/count_letters.py`.
"""

from __future__ import annotations

import base64
import math
import random
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from workers.urls.letters import LETTERS, SCALE, symbols

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "workers" / "urls" / "letter_table.py"
# Shares of what is believed of two letters before, of one, and of none; the rest is for what was never seen.
_TWO, _ONE, _NONE = 0.62, 0.25, 0.08
_LIKE_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "\u0131": "i"})
# Not within expressions, addresses and names with digits.
_WORD = re.compile(r"(?<![a-z0-9/._\\-])[a-z]{3,20}(?![a-z0-9])")
_LABEL = re.compile(r"([a-z0-9-]{3,40})(?=\.[a-z]{2,})")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")  # examples of what nobody chose, in the rules themselves
_PAIRS = 3  # hosts are words one after the other: each is joined to so many others
_LINE = 100

_HEAD = '''"""Which letters follow which in words and hosts, made by scripts/count_letters.py: not to be edited."""

from __future__ import annotations

# For two letters before and one behind them: -log2 of its share, times 8, a byte each (zlib, base85).
PACKED = (
'''


def latin(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LIKE_LATIN))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words() -> Iterator[str]:
    """Each once, in a fixed order."""
    found: set[str] = set()
    configs = ROOT / "configs"
    for path in (*configs.glob("content/**/*.yaml"), *configs.glob("composites/*.yaml"), *ROOT.glob("docs/**/*.md")):
        found.update(_WORD.findall(latin(path.read_text(encoding="utf-8"))))
    for path in configs.glob("brands/*.yaml"):
        text = latin(path.read_text(encoding="utf-8"))
        found.update(_WORD.findall(text))
        found.update(_LABEL.findall(text))
    for path in configs.glob("lists/*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        found.update(label for line in lines if not line.startswith("#") for label in line.split(".")[:-1])
    yield from sorted(word for word in found if word and not _CONSONANTS.search(word))


def texts() -> Iterator[str]:
    """Words alone, and behind each other as in hosts; the same at each run."""
    known = list(words())
    chance = random.Random(1)  # noqa: S311  # nothing secret
    for word in known:
        yield word
        for _ in range(_PAIRS):
            yield word + chance.choice(("", "", "-")) + chance.choice(known)


def table() -> bytes:
    two: Counter[tuple[int, int, int]] = Counter()
    for text in texts():
        coded = symbols(text)
        two.update(zip(coded, coded[1:], coded[2:], strict=False))
    count = len(LETTERS)
    one: Counter[tuple[int, int]] = Counter()
    none: Counter[int] = Counter()
    before: Counter[tuple[int, int]] = Counter()
    for (first, second, third), seen in two.items():
        one[second, third] += seen
        none[third] += seen
        before[first, second] += seen
    single: Counter[int] = Counter()
    for (second, _), seen in one.items():
        single[second] += seen
    whole = sum(none.values())
    cells = bytearray()
    for first in range(count):
        for second in range(count):
            for third in range(count):
                share = (1 - _TWO - _ONE - _NONE) / count + _NONE * none[third] / whole
                share += _ONE * one[second, third] / max(1, single[second])
                share += _TWO * two[first, second, third] / max(1, before[first, second])
                cells.append(min(255, round(-math.log2(share) * SCALE)))
    return bytes(cells)


def main() -> None:
    packed = base64.b85encode(zlib.compress(table(), 9)).decode("ascii")
    lines = [f'    "{packed[at : at + _LINE]}"' for at in range(0, len(packed), _LINE)]
    TARGET.write_text(_HEAD + "\n".join(lines) + "\n)\n", encoding="utf-8")


if __name__ == "__main__":
    main()
