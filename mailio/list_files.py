"""Loads the lists of `configs/lists/` from disk: one entry a line, `#` begins a comment."""

from __future__ import annotations

import difflib
from pathlib import Path

from mailcore.errors import ConfigurationError
from mailcore.view import Lists


def load_lists(directory: Path) -> Lists:
    """The lists; `risky-tlds.txt` is the field `risky_tlds`, a list without a file is empty.

    Raises ConfigurationError for a file that no list is named after, cannot be read, or has two words on a line.
    """
    if not directory.is_dir():
        raise ConfigurationError(f"{directory}: there is no such directory; lists are `*.txt` files there")
    known = Lists.__struct_fields__
    found: dict[str, frozenset[str]] = {}
    for path in sorted(directory.glob("*.txt")):
        name = path.stem.replace("-", "_")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f", did you mean '{near[0].replace('_', '-')}.txt'?" if near else ""
            raise ConfigurationError(f"{path}: no list has this name{hint}")
        found[name] = _entries(path)
    return Lists(**found)


def _entries(path: Path) -> frozenset[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    # Lists may have millions of entries: whole-text operations, and a loop only over lines that have a comment.
    lines = text.lower().splitlines()
    entries = {(line.partition("#")[0] if "#" in line else line).strip() for line in lines}
    entries.discard("")
    if any(" " in entry or "\t" in entry for entry in entries):
        number = next(at for at, line in enumerate(lines, 1) if len(line.partition("#")[0].split()) > 1)
        raise ConfigurationError(f"{path}:{number}: one entry a line; a comment begins with #")
    return frozenset(entries)
