"""Files that are the text form of another: uuencode, which programs that unpack archives open by a double click.

The form is that of POSIX (IEEE Std 1003.1, uuencode): "begin 644 name", lines with their length in front, "end"; or
"begin-base64 644 name" and lines of base64 up to "====".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from mailcore.view import FileFacts
from workers.attachments.members import Broken, Members, Opening, whole

FILES = 10
_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]{1,255}?)\r?\n", re.MULTILINE)
_SEARCHED = 4_096  # a few lines of a letter may stand before it


def is_encoded(facts: FileFacts, data: bytes) -> bool:
    """Whether a file begins in these bytes of text."""
    return (
        facts.true_type.startswith(("text/", "application/octet-stream"))
        and b"begin" in data[:_SEARCHED]
        and (_BEGIN.search(data[:_SEARCHED]) is not None)
    )


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """The files in it; lines that are none end a file. Raises Broken where there is no file after all."""
    position, number = 0, 0
    while begin := _BEGIN.search(data, position):
        lines = _lines(data, begin.end())
        content = _base64(lines) if begin[1] else _uuencoded(lines)
        if content:
            number += 1
            if number > FILES:
                opening.budget.problem(f"{facts.path}: more than {FILES} files stand in it as text")
                return
            yield whole(begin[2].decode("utf-8", "replace").strip(), content)
        # Not behind the content: nothing says how long what looks like a file is.
        position = begin.end()
    if not number and facts.filename.lower().endswith((".uue", ".uu")):
        raise Broken("the encoded data cannot be read")


def _lines(data: bytes, start: int) -> Iterator[bytes]:
    while start < len(data):
        end = data.find(b"\n", start, start + 1_024)
        if end < 0:
            return
        yield data[start:end].rstrip(b"\r")
        start = end + 1


def _uuencoded(lines: Iterator[bytes]) -> bytes:
    pieces: list[bytes] = []
    for line in lines:
        if not line or line[:1] == b"`" or line.startswith(b"end"):
            break
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            break
    return b"".join(pieces)


def _base64(lines: Iterator[bytes]) -> bytes:
    pieces: list[bytes] = []
    for line in lines:
        if line.startswith((b"==", b"begin")):
            break
        pieces.append(line)
    try:
        return base64.b64decode(b"".join(pieces), validate=True)
    except binascii.Error:
        return b""
