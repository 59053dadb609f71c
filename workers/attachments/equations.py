"""Equations that break the equation editor of old Office: font names that overrun its buffer (CVE-2017-11882)."""

from __future__ import annotations

import re

from workers.attachments.compound import CompoundFile

# Microsoft Equation 3.0, as stored: {0002CE02-0000-0000-C000-000000000046}; 0002CE03 is MathType.
CLASS_ID = bytes.fromhex("02ce020000000000c000000000000046")
STREAM = "Equation Native"
_HEADER = 28  # EQNOLEFILEHDR, whose first field is its own length
_FONT = re.compile(rb"\x08..[^\x00]{48,}", re.DOTALL)
_LOOKED_AT = 65_536


def class_name_is_equation(name: str) -> bool:
    return name.lower().startswith(("equation.2", "equation.3", "equation.dsmt"))


def exploit_in(compound: CompoundFile) -> str:
    """What is wrong with the equations in a compound file, in words; "" where all are as the editor writes them."""
    made_by_editor = any(entry.class_id == CLASS_ID for entry in compound.entries)
    streams = [entry for entry in compound.streams() if entry.name.lower() == STREAM.lower()]
    for entry in streams:
        if entry.name != STREAM:
            return f"an equation in a stream that is called {entry.name!r}"
        wrong = exploit_in_native(compound.read(entry))
        if wrong:
            return wrong
    if made_by_editor and not streams:
        # The editor takes it from another stream, which no document of its own has.
        return "an equation without the stream of an equation"
    return ""


def exploit_in_native(native: bytes) -> str:
    """The same for the content of such a stream: header, then MTEF."""
    if not native:
        return ""
    content = native[:_LOOKED_AT]
    header = int.from_bytes(content[:2], "little")
    body = content[header if header == _HEADER else 0 :]
    font = _FONT.search(body)
    # The names of fonts end with a zero byte after 31 characters at most; every other character is stored in two
    # bytes, one of which is zero in Latin and Greek.
    if font and not _is_wide_text(font[0]):
        return f"an equation whose font has a name of {len(font[0]) - 3} bytes"
    return ""


def _is_wide_text(body: bytes) -> bool:
    """Spared: characters of other scripts, records of four or five bytes that each begin with 2."""
    return any(body[3 + step :: step].count(2) > 0.8 * len(body[3 + step :: step]) for step in (4, 5))
