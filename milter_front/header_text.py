"""Values of header fields that we write: clean, encoded by RFC 2047, folded."""

from __future__ import annotations

import re
from email.header import Header

# Longer texts help nobody in a header, and a line may have 998 characters (RFC 5322, section 2.1.1).
LONGEST_VALUE = 800
LONGEST_RESULTS = 16_000  # more than what is written of the most signatures
LINE = 76
# 16 bytes become at most 48 characters, so that with its charset a word stays within the 75 of RFC 2047, section 2.
WORD_BYTES = 16
# Longer subjects are cut when they are tagged, in characters: a milter packet holds 64 KiB.
LONGEST_SUBJECT = 15_000
LONGEST_ENCODED_SUBJECT = 1_000

_controls = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# Charsets that mail programs know; Python's registry also has codecs that no label of RFC 2047 may name.
_mail_charset = re.compile(
    r"(?:iso-8859-[0-9]{1,2}|windows-125[0-8]|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis|euc-(?:jp|kr)|tis-620)", re.I
)
# A fold is a line end before white space (RFC 5322, section 2.2.3); any other line end would begin a new field.
_loose_line_end = re.compile(rb"\r\n?(?![ \t\n])|\n(?![ \t])")


def clean(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text without control characters (CR, LF and NUL among them), cut to `longest` characters."""
    flat = " ".join(_controls.sub(" ", text[: longest * 4]).split())
    return flat if len(flat) <= longest else flat[: longest - 3] + "..."


def encode(text: str, *, name: str) -> str:
    """A value for the field `name`: clean, RFC 2047 encoded where it is not plain ASCII, folded by LF and a space."""
    value = clean(text)
    if value.isascii() and "=?" not in value:
        return _fold(value, used=len(name) + 2)
    return Header(value, charset="utf-8", header_name=name, maxlinelen=LINE).encode(linesep="\n")


def fold_results(value: str) -> str:
    """Authentication-Results folded behind each result; lines stay below the 998 of RFC 5322, 2.1.1."""
    return ";\n ".join(_fold(result, used=1) for result in clean(value, LONGEST_RESULTS).split("; "))


def tag_subject(raw: bytes, prefix: str, *, charset: str) -> str | None:
    """The subject with the prefix before it; None when it already begins with the prefix.

    `raw` is the value as it came, and its bytes stay as they are. Only where they are not UTF-8 they cannot
    travel through pymilter as they are: they go into one RFC 2047 word in the charset that the message
    declares (`unknown-8bit`, RFC 1428, where it declares none that fits), which holds the same bytes.
    """
    mark = encode(prefix, name="Subject")
    subject = _loose_line_end.sub(b" ", raw.replace(b"\0", b"")).replace(b"\r", b"").strip()
    if subject.startswith(mark.encode("ascii")):
        return None
    try:
        text = subject.decode("utf-8")[:LONGEST_SUBJECT]
    except UnicodeDecodeError:
        text = _encoded_bytes(subject, charset)
    return f"{mark} {text}".rstrip()


def _encoded_bytes(subject: bytes, charset: str) -> str:
    if not _mail_charset.fullmatch(charset):
        return _words(subject[:LONGEST_ENCODED_SUBJECT], "unknown-8bit")
    try:
        text = subject.decode(charset)[:LONGEST_ENCODED_SUBJECT]
    except UnicodeDecodeError:
        return _words(subject[:LONGEST_ENCODED_SUBJECT], "unknown-8bit")
    # A character must not be split between two words (RFC 2047, section 5); none of these takes more than 4 bytes.
    step = WORD_BYTES if len(text) == len(subject) else WORD_BYTES // 4
    pieces = (text[start : start + step] for start in range(0, len(text), step))
    return "\n ".join(_words(piece.encode(charset), charset) for piece in pieces)


def _words(data: bytes, charset: str) -> str:
    pieces = (data[start : start + WORD_BYTES] for start in range(0, len(data), WORD_BYTES))
    return "\n ".join(f"=?{charset}?Q?{_quoted(piece)}?=" for piece in pieces)


def _quoted(data: bytes) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"={byte:02X}" for byte in data)


def _fold(value: str, *, used: int) -> str:
    lines: list[str] = []
    line = ""
    room = LINE - used
    for word in value.split(" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, LINE - 1
        else:
            line = f"{line} {word}" if line else word
    return "\n ".join([*lines, line])
