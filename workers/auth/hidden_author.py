"""From fields that some programs see and others do not, because they disagree on where a line or a name ends."""

from __future__ import annotations

import re

HEADER_BYTES = 524_288  # that are looked through

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
# Lines that begin with white space before there is a field: some programs pass over them, others read fields.
_LEADING = re.compile(rb"(?:[ \t][^\n]*+\n?)++")
_INDENTED = re.compile(rb"^[ \t]++from[ \t]*+:", re.IGNORECASE | re.MULTILINE)
# A CR alone ends a line for some. With white space behind it, it may be the fold of an old Macintosh.
_BEHIND_CR = re.compile(rb"\r(?!\n)from[ \t]*+:", re.IGNORECASE)
# What is no letter of a name is passed over by some, and for others it ends the header (RFC 5322, 2.2).
_JUNK = rb"[\x00-\x08\x0b-\x1f\x7f-\xff]*+"
_WITH_JUNK = re.compile(
    rb"^" + _JUNK + _JUNK.join((b"f", b"r", b"o", b"m")) + _JUNK + rb"[ \t]*+:", re.IGNORECASE | re.MULTILINE
)
_PLAIN = re.compile(rb"from[ \t]*+:", re.IGNORECASE)
# A name on one line and its colon on the next.
_BROKEN = re.compile(rb"^from[ \t]*+\r?\n[ \t]++:", re.IGNORECASE | re.MULTILINE)


def has_hidden_from(raw: bytes) -> bool:
    """Whether the header of that message holds such a From. Never raises; linear in the header.

    `raw` is the whole message as received. Continuation lines of other fields are left alone: `h=date:` of a signature
    is often folded before `from:`.
    """
    blank = _BLANK_LINE.search(raw, 0, HEADER_BYTES)
    header = raw[: blank.start() + 1 if blank else HEADER_BYTES]
    leading = _LEADING.match(header)
    if leading and _INDENTED.search(leading.group()):
        return True
    if _BROKEN.search(header):
        return True
    # Files of old Macintoshes have no other line ends.
    if b"\n" in header and _BEHIND_CR.search(header):
        return True
    return any(not _PLAIN.fullmatch(found.group()) for found in _WITH_JUNK.finditer(header))
