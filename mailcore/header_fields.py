"""Header fields: found in bytes, unfolded, RFC 2047 decoded; and the parameters of Content-* fields (RFC 2045, 2231).

Everything here is linear in the header. The standard library's parameter parser is not, and its decoding gives up
on words that mail programs show; see docs/adr/0003-mime-splitting.md.
"""

from __future__ import annotations

import binascii
import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from mailcore.charset import codec_for, decode_text
from mailcore.defects import Defect
from mailcore.message import Header
from mailcore.settings import ParseLimits

# Of all fields of a message together: ten times what the largest real headers have. It bounds the time of decoding.
TOTAL_BYTES = 1_048_576
LATE_FIELDS = 4  # of one name that are read behind the limits, where they say how to read the mail or who wrote it
LATE_BYTES = 16_384  # of each of those
PARAMETERS = 100  # of one field; RFC 2231 continuations of a long file name need about twenty

# Name, white space before the colon (old mail has it), value with its folded lines. Possessive: otherwise a
# megabyte of folds takes 60 MB of places to go back to.
_FIELD = re.compile(rb"([!-9;-~]++)([ \t]*+):([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?")
_HEADER_END = re.compile(rb"\n(?=\r?\n|--)")
# Received is not among them: those that count are written last, and so stand first. Neither is what makes a mail
# milder, such as List-Id.
_NEVER_LEFT_OUT = re.compile(
    rb"\n(?=(content-(?:type|transfer-encoding|disposition|id)|from|sender|reply-to|to|cc|subject|date|message-id)"
    rb"[ \t]*+:)",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_WORD = re.compile(r"=\?([^?\s]{1,75})\?([bBqQ])\?")
_MAIN_VALUE = re.compile(r"\s*([^\s;(]*)")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"?|([^;]*+))', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_IN_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)


class Fields(Struct, kw_only=True):
    """The fields of one header. `content` maps lower-case names of Content-* fields to their unfolded values as
    latin-1 text, not decoded: parameters are taken apart before their values are decoded. `body` is the offset
    behind the header."""

    headers: list[Header]
    content: dict[str, str]
    body: int
    size: int
    defects: list[str]


def read_fields(
    raw: bytes,
    start: int,
    *,
    limits: ParseLimits,
    room: tuple[int, int],
    is_delimiter: Callable[[int], bool] | None = None,
) -> Fields:
    """Read the header that begins at `start`.

    `room` is how many fields and bytes may still be kept; behind them, a few are kept that say how to read the mail
    and who wrote it, so that no padding hides them. `is_delimiter(offset)` says whether a line that begins
    with "--" ends the part (only inside a multipart).
    """
    fields = Fields(headers=[], content={}, body=len(raw), size=0, defects=[])
    count, space = min(limits.header_count, room[0]), room[1]
    position, match_field = start, _FIELD.match
    while True:
        match = match_field(raw, position)
        if match is None:
            following = _irregular(raw, position, fields.defects, first=not fields.headers)
            if following == position:
                break
            position = following
            continue
        if is_delimiter is not None and raw.startswith(b"--", position) and is_delimiter(position):
            break
        if len(fields.headers) >= count or fields.size > space:
            fields.defects.append(Defect.TOO_MANY_HEADERS)
            end = _end_of_header(raw, position, is_delimiter)
            _add_late(fields, raw, position, end)
            position = end
            break
        position = match.end()
        _add(fields, match, limits.header_bytes)
    fields.body = _behind_blank_line(raw, position)
    return fields


def _end_of_header(raw: bytes, position: int, is_delimiter: Callable[[int], bool] | None) -> int:
    """Where the blank line or the delimiter begins that ends the header which is read at `position`."""
    for match in _HEADER_END.finditer(raw, position):
        if not raw.startswith(b"--", match.end()) or (is_delimiter is not None and is_delimiter(match.end())):
            return match.end()
    return len(raw)


def _add_late(fields: Fields, raw: bytes, position: int, end: int) -> None:
    """Take over what says how to read the mail and who wrote it, behind as many other fields as are read."""
    counts: Counter[bytes] = Counter()
    for found in _NEVER_LEFT_OUT.finditer(raw, max(0, position - 1), end):
        name = found.group(1).lower()
        counts[name] += 1
        match = _FIELD.match(raw, found.end())
        if match is not None and counts[name] <= LATE_FIELDS:
            _add(fields, match, LATE_BYTES)


def field_spans(raw: bytes, *, most: int) -> tuple[list[tuple[int, int, int]], int]:
    """Where the fields of the message's header stand, found as `read_fields` finds them, and where its body begins.

    Each is (start, end of the name, end): `raw[start:end]` is the field as it came, its folds within, without its last
    line end. Stops behind `most` fields; the body then begins behind the next blank line.
    """
    spans: list[tuple[int, int, int]] = []
    position, match_field = 0, _FIELD.match
    while len(spans) < most:
        match = match_field(raw, position)
        if match is None:
            following = _irregular(raw, position, [], first=not spans)
            if following == position:
                return spans, _behind_blank_line(raw, position)
            position = following
            continue
        position = match.end()
        end = match.end(3)
        spans.append((match.start(), match.end(1), end - 1 if raw.endswith(b"\r", match.start(3), end) else end))
    blank = _BLANK_LINE.search(raw, max(position - 1, 0))
    return spans, blank.end() if blank else len(raw)


def _behind_blank_line(raw: bytes, position: int) -> int:
    if raw.startswith(b"\n", position):
        return position + 1
    return position + 2 if raw.startswith(b"\r\n", position) else position


def _irregular(raw: bytes, position: int, defects: list[str], *, first: bool) -> int:
    """Where reading goes on behind a line that is no field; `position` itself where the header ends."""
    if position >= len(raw) or raw.startswith((b"\n", b"\r\n"), position):
        return position
    if raw.startswith(b"From ", position) or (first and raw.startswith(b">From ", position)):
        defects.append(Defect.MBOX_LINE)
    elif first and raw.startswith((b" ", b"\t"), position):
        defects.append(Defect.CONTINUATION_FIRST)
    elif raw.startswith(b":", position):
        defects.append(Defect.BAD_HEADER_NAME)
    else:
        defects.append(Defect.NO_HEADERS if first else Defect.HEADER_WITHOUT_COLON)
        return position
    end = raw.find(b"\n", position)
    while end >= 0 and raw.startswith((b" ", b"\t"), end + 1):
        end = raw.find(b"\n", end + 1)
    return len(raw) if end < 0 else end + 1


def _add(fields: Fields, match: re.Match[bytes], longest: int) -> None:
    """Take one field over, decoded."""
    name = match.group(1).decode("ascii")
    if match.group(2):
        fields.defects.append(Defect.BAD_HEADER_NAME)
    start, end = match.span(3)
    if end - start > longest:
        fields.defects.append(Defect.HEADER_TOO_LONG)
        end = start + longest
    fields.size += end - start
    value = match.string[start:end]
    if value.endswith(b"\r"):
        value = value[:-1]
    if value.startswith(b" "):
        value = value[1:]
    unfolded = _unfolded(value) if b"\n" in value else value
    if unfolded.isascii() and b"=?" not in unfolded and b"\0" not in unfolded and b"\r" not in unfolded:
        # Nothing to decode, as in nine fields of ten.
        raw = "" if unfolded is value else value.decode("ascii")
        fields.headers.append(Header(name, unfolded.decode("ascii"), raw))
    else:
        text, defects = decode_value(unfolded)
        fields.defects += defects
        raw = value.decode("latin-1")
        fields.headers.append(Header(name, text, "" if raw == text else raw))
    if name[0] in "cC" and name[:8].lower() == "content-":
        lowered = name.lower()
        if lowered not in fields.content:
            fields.content[lowered] = unfolded.decode("latin-1")
        elif lowered == "content-type":
            fields.defects.append(Defect.DUPLICATE_CONTENT_TYPE)


def decode_value(value: bytes) -> tuple[str, list[str]]:
    """A field's value as people read it, on one line, and its defects.

    8-bit bytes are UTF-8 (RFC 6532) or else taken for windows-1252. NUL is left out, CR and LF become spaces:
    nobody behind us can be led to write a second header line.
    """
    defects: list[str] = []
    unfolded = _unfolded(value)
    if unfolded.isascii():
        text = unfolded.decode("ascii")
    else:
        text, wrong = decode_text(unfolded, "utf-8")
        if wrong:
            defects.append(Defect.EIGHT_BIT_HEADER)
    if "=?" in text:
        text, whole = decode_words(text)
        if not whole:
            defects.append(Defect.BAD_ENCODED_WORD)
    if "\0" in text:
        defects.append(Defect.NUL_BYTE)
        text = text.replace("\0", "")
    return text.replace("\r\n", " ").replace("\r", " ").replace("\n", " "), defects


def _unfolded(value: bytes) -> bytes:
    """Every line feed in a value is a fold: the line behind it begins with white space (RFC 5322, 2.2.3)."""
    return value.replace(b"\r\n", b"").replace(b"\n", b"")


def decode_words(text: str) -> tuple[str, bool]:
    """Text with its RFC 2047 encoded words decoded, and whether every one of them was whole.

    Neighbours of the same charset are joined before decoding: many programs cut words inside a character.
    """
    pieces: list[str] = []
    pending: list[bytes] = []
    charset = ""
    whole = True

    def flush() -> None:
        nonlocal whole
        if pending:
            decoded, defects = decode_text(b"".join(pending), charset)
            whole = whole and not defects
            pieces.append(decoded)
            pending.clear()

    behind, at = 0, text.find("=?")
    while at >= 0:
        match = _WORD.match(text, at)
        if match is None:
            at = text.find("=?", at + 2)
            continue
        end = text.find("?=", match.end())
        if end < 0:
            whole = False
            break
        gap = text[behind:at]
        label = match.group(1).partition("*")[0].lower()  # RFC 2231, 5: a language may follow
        if label != charset or not pending or (gap and not gap.isspace()):
            was_word = bool(pending)
            flush()
            if not (was_word and gap.isspace()):
                pieces.append(gap)
            charset = label
        payload, complete = _word_bytes(match.group(2), text[match.end() : end])
        whole = whole and complete and codec_for(label) != ""
        pending.append(payload)
        behind = end + 2
        at = text.find("=?", behind)
    flush()
    pieces.append(text[behind:])
    return "".join(pieces), whole


def _word_bytes(encoding: str, payload: str) -> tuple[bytes, bool]:
    """The bytes of one encoded word, and whether it was well encoded."""
    encoded = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(encoded, header=True), True
    letters = encoded.rstrip(b"= ")
    for attempt in (encoded, letters + b"===", letters[:-1] + b"==="):  # without padding; with a letter too many
        try:
            return binascii.a2b_base64(attempt), attempt is encoded
        except binascii.Error:
            continue
    return b"", False


def comment_end(text: str, start: int) -> int:
    """Behind the comment that begins there, with those inside of it (RFC 5322, 3.2.2); -1 where it has no end."""
    depth = 0
    for mark in _IN_COMMENT.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(mark.group(), 0)
        if depth == 0:
            return mark.end()
    return -1


def main_value(text: str) -> str:
    """What stands before the parameters, in lower case: "text/html; charset=x" gives "text/html"."""
    match = _MAIN_VALUE.match(text)
    return match.group(1).lower() if match else ""


def parameters(text: str) -> tuple[dict[str, str], bool]:
    """The parameters by lower-case name, and whether one was given twice (the first counts).

    Values are latin-1 text of the bytes as they came (`parameter_text` makes them readable). Those in RFC 2231 form
    are decoded, as latin-1 text of UTF-8, and win over the plain form, as in mail programs of today.
    """
    plain: dict[str, str] = {}
    extended: dict[str, dict[int, str]] = {}
    twice = False
    for number, match in enumerate(_PARAMETER.finditer(text)):
        if number >= PARAMETERS:
            break
        name, quoted, bare = match.groups()
        value = _ESCAPE.sub(r"\1", quoted) if quoted is not None else bare.partition("(")[0].strip()
        name, star, section = name.lower().partition("*")
        if star:
            index = section.rstrip("*")
            sections = extended.setdefault(name, {})
            key = int(index) if index.isascii() and index.isdigit() and len(index) < 4 else 0
            # What is percent-encoded is marked by a star behind the number; a lone star is section 0.
            encoded = section == "" or section.endswith("*")
            twice = twice or key in sections
            sections.setdefault(key, value if encoded else value.replace("%", "%25"))
        elif name in plain:
            twice = True
        else:
            plain[name] = value
    for name, sections in extended.items():
        plain[name] = _joined(sections)
    return plain, twice


def _joined(sections: dict[int, str]) -> str:
    """RFC 2231: sections in order; the first may begin with charset'language'."""
    value = "".join(sections[index] for index in sorted(sections))
    charset, quote, rest = value.partition("'")
    language, second, encoded = rest.partition("'")
    if not (quote and second) or len(language) > 35 or codec_for(charset) == "":
        charset, encoded = "utf-8", value
    text = decode_text(unquote_to_bytes(encoded.encode("latin-1", "replace")), charset)[0]
    return text.encode("utf-8").decode("latin-1")


def parameter_text(value: str) -> str:
    """A parameter as people read it: 8-bit bytes and encoded words decoded, which RFC 2231 forbids and many send."""
    if value.isascii() and "=?" not in value:
        return value
    return decode_value(value.encode("latin-1", "replace"))[0]
