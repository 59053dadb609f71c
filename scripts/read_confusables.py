"""Writes mailcore/confusables.py from Unicode's confusables.txt: `scripts/read_confusables.py FILE`."""

from __future__ import annotations

import sys
import textwrap
import unicodedata
from collections import defaultdict
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "mailcore" / "confusables.py"

HEAD = '''\
"""Characters that look like Latin letters and digits: what is read, and all that is read so.

Made by scripts/read_confusables.py from confusables.txt of Unicode {version} (UTS #39; docs/licences.md); do not edit.
Left out is what NFKD and the removal of accents give anyway, and what looks like no letter or digit.
"""

from __future__ import annotations

LOOKS_LIKE: dict[str, str] = {{
'''


def without_marks(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def characters(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


def read(text: str) -> dict[str, str]:
    """What is read to the characters that are read so, in their order."""
    found: defaultdict[str, str] = defaultdict(str)
    for line in sorted(text.splitlines()):
        columns = line.partition("#")[0].split(";")
        if len(columns) < 3:
            continue
        source, shown = characters(columns[0]), without_marks(characters(columns[1]))
        plain = without_marks(source)
        is_plain = plain.isascii() or unicodedata.normalize("NFKC", source) != source
        if not is_plain and shown.isascii() and shown.isalnum():
            found[shown] += source
    return found


def main(path: Path) -> None:
    text = path.read_text(encoding="utf-8-sig")
    version = next(line.split()[-1] for line in text.splitlines() if line.startswith("# Version:"))
    lines = []
    for shown, sources in sorted(read(text).items()):
        escaped = sources.encode("unicode_escape").decode().replace("\\x", "\\u00")
        pieces = textwrap.wrap(escaped.replace("\\", " \\").strip(), 125)
        strings = [f'"{piece.replace(" ", "")}"' for piece in pieces]
        if len(strings) == 1:
            lines.append(f'    "{shown}": {strings[0]},')
        else:
            lines += [f'    "{shown}": (', *(f"        {string}" for string in strings), "    ),"]
    TARGET.write_text(HEAD.format(version=version) + "\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
