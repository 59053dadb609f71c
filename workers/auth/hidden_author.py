"""From fields that some programs see and others do not, because they disagree on where a line or a name ends."""

from __future__ import annotations

import re

HEADER_BYTES = 524_288  # that are looked through

# Lines that begin with white space before there is a field: some programs pass over them, others read fields.
_LEADING = re.compile(rb"(?:[ \t][^\n]*+\n?)++")
_INDENTED = re.compile(rb"^[ \t]++from[ \t]*+:", re.IGNORECASE | re.MULTILINE)
# A CR alone ends a line for some. With white space behind it, it may be the fold of an old Macintosh.
_BEHIND_CR = re.compile(rb"\r(?!\n)from[ \t]*+:", re.IGNORECASE)
# What is no letter of a name is passed over by some, and for others it ends the header (RFC 5322, 2.2).
_JUNK_BYTES = bytes({*range(0x20), *range(0x7F, 0x100)} - set(b"\t\n\r"))
_JUNK = b"[" + re.escape(_JUNK_BYTES) + rb"\r]*+"
_WITH_JUNK = re.compile(
    rb"^" + _JUNK + _JUNK.join((b"f", b"r", b"o", b"m")) + _JUNK + rb"[ \t]*+:", re.IGNORECASE | re.MULTILINE
)
_PLAIN = re.compile(rb"from[ \t]*+:", re.IGNORECASE)
# A name on one line and its colon on the next.
_BROKEN = re.compile(rb"\nfrom[ \t]*+\r?\n[ \t]++:")


def has_hidden_from(raw: bytes) -> bool:
    """Whether the header of that message holds such a From. Never raises; linear in the header.

    `raw` is the whole message as received. Continuation lines of other fields are left alone: `h=date:` of a signature
    is often folded before `from:`.
    """
    header = _header(raw)
    leading = _LEADING.match(header)
    if leading and _INDENTED.search(leading.group()):
        return True
    if _BROKEN.search(b"\n" + header.lower()):
        return True
    # Files of old Macintoshes have no other line ends.
    has_cr = b"\n" in header and header.count(b"\r") != header.count(b"\r\n")
    if has_cr and _BEHIND_CR.search(header):
        return True
    # Nearly all headers have no such byte, and then nothing is to be searched for.
    if not has_cr and len(header.translate(None, _JUNK_BYTES)) == len(header):
        return False
    return any(not _PLAIN.fullmatch(found.group()) for found in _WITH_JUNK.finditer(header))


def _header(raw: bytes) -> bytes:
    """Up to the first blank line, whichever of the two line ends it has."""
    end = raw.find(b"\n\r\n", 0, HEADER_BYTES)
    end = HEADER_BYTES if end < 0 else end
    other = raw.find(b"\n\n", 0, end)
    return raw[: end if other < 0 else other]
