"""Bodies decoded from base64, quoted-printable and uuencode, damaged ones too, without copies of large bodies."""

from __future__ import annotations

import binascii
import re
from io import BytesIO

from mailcore.defects import Defect

IDENTITY = frozenset({"", "7bit", "8bit", "binary"})
ENCODED = frozenset({"base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"})

_SEGMENTS = 1_000  # base64 runs between paddings; real mail that was glued together has a handful
_CHUNK = 1_048_576
_OUTSIDE_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_PADDING = re.compile(rb"=[=\s]*")
_UU_BEGIN = re.compile(rb"(?:\A|\n)begin [0-7]{3,4} [^\n]*\n")


def decode_body(raw: bytes, start: int, end: int, encoding: str) -> tuple[bytes, tuple[str, ...]]:
    """The decoded bytes of raw[start:end] and their defects. `encoding` in lower case. Never raises.

    An unknown encoding is taken for none (RFC 2045, 6.4, would have the part opaque; mail programs show it).
    """
    if encoding in IDENTITY:
        return raw[start:end], ()
    if encoding == "base64":
        return _base64(raw, start, end)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(memoryview(raw)[start:end]), ()
    if encoding in ENCODED:
        return _uuencode(raw, start, end)
    return raw[start:end], (Defect.UNKNOWN_TRANSFER_ENCODING,)


def _base64(raw: bytes, start: int, end: int) -> tuple[bytes, tuple[str, ...]]:
    padding = raw.find(b"=", start, end)
    if padding >= 0 and (end - padding >= 80 or raw[padding:end].strip(b"= \t\r\n")):
        return _damaged_base64(raw, start, end), (Defect.BAD_BASE64,)
    try:
        decoded = binascii.a2b_base64(memoryview(raw)[start:end])
    except binascii.Error:
        return _damaged_base64(raw, start, end), (Defect.BAD_BASE64,)
    letters = end - start - raw.count(b"\n", start, end) - raw.count(b"\r", start, end)
    is_clean = (len(decoded) + 2) // 3 * 4 == letters
    return decoded, () if is_clean or _is_only_spaced(raw, start, end, len(decoded)) else (Defect.BAD_BASE64,)


def _is_only_spaced(raw: bytes, start: int, end: int, size: int) -> bool:
    """Whether blanks explain the difference between the encoded and the decoded size."""
    blanks = sum(raw.count(blank, start, end) for blank in (b" ", b"\t", b"\n", b"\r"))
    return (size + 2) // 3 * 4 == end - start - blanks


def _damaged_base64(raw: bytes, start: int, end: int) -> bytes:
    """Everything that can be decoded: past junk, without padding, and past padding in the middle.

    The decoder of Python stops at the first padding; mail programs that read on would see more than we do.
    """
    decoded = BytesIO()  # getvalue() hands out its buffer: no second copy
    at = start
    for _ in range(_SEGMENTS):
        match = _PADDING.search(raw, at, end)
        stop = match.start() if match else end
        _decode_run(raw, at, stop, decoded)
        if match is None or match.end() >= end:
            break
        at = match.end()
    return decoded.getvalue()


def _decode_run(raw: bytes, start: int, end: int, decoded: BytesIO) -> None:
    """Append a run of base64 letters between junk, in pieces: no copy as large as the body."""
    carried = b""
    for at in range(start, end, _CHUNK):
        letters = carried + raw[at : min(at + _CHUNK, end)].translate(None, _OUTSIDE_BASE64)
        whole = len(letters) - len(letters) % 4
        decoded.write(binascii.a2b_base64(letters[:whole]))
        carried = letters[whole:]
    if len(carried) > 1:  # one letter holds no whole byte
        decoded.write(binascii.a2b_base64(carried + b"=="))


def _uuencode(raw: bytes, start: int, end: int) -> tuple[bytes, tuple[str, ...]]:
    begin = _UU_BEGIN.search(raw, max(0, start - 1), end)  # with the line feed that ends the header
    if begin is None:
        return raw[start:end], (Defect.BAD_UUENCODE,)
    decoded = BytesIO()  # getvalue() hands out its buffer: no second copy
    defects: tuple[str, ...] = ()
    at = begin.end()
    while at < end:
        stop = raw.find(b"\n", at, end)
        stop = end if stop < 0 else stop
        line = raw[at:stop].rstrip(b"\r")
        at = stop + 1
        if line in (b"end", b"`", b"", b" "):
            if line == b"end":
                break
            continue
        try:
            decoded.write(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders that count wrongly: take as many letters as the length asks for.
            needed = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded.write(binascii.a2b_uu(line[:needed]))
            except binascii.Error:
                defects = (Defect.BAD_UUENCODE,)
    return decoded.getvalue(), defects
