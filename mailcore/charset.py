"""Bytes to text by the charset that a mail declares, as mail programs do it when the charset is wrong."""

from __future__ import annotations

import codecs
import functools

from mailcore.defects import Defect

# Labels as browsers and mail programs read them (WHATWG Encoding, 4.2): Latin-1 is really windows-1252, and the
# East Asian names are their vendors' supersets.
_MEANT = {
    "": "ascii",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "iso-2022-jp": "iso2022_jp_ext",
    "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf-7",
}
# Python codecs that are no charsets of mail; some take quadratic time (idna, punycode).
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_LONGEST_LABEL = 64


def decode_text(data: bytes, label: str) -> tuple[str, tuple[str, ...]]:
    """The text and the defects. Never raises; the text can always be encoded again.

    Bytes that do not fit: UTF-8 where they are UTF-8; else the declared charset with replacement characters,
    where one was declared that could be meant; else windows-1252, which is what most undeclared mail is in.
    """
    codec = codec_for(label)
    if codec in ("ascii", "utf-8"):
        return _utf8(data, declared=codec)
    defects: tuple[str, ...] = () if codec else (Defect.UNKNOWN_CHARSET,)
    if codec:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            defects = (Defect.WRONG_CHARSET,)
        else:
            return (_encodable(text) if codec == "utf-7" else text), ()
    try:
        return data.decode("utf-8"), defects
    except UnicodeDecodeError:
        return _encodable(data.decode(codec or "cp1252", "replace")), defects


@functools.lru_cache(maxsize=512)
def codec_for(label: str) -> str:
    """Python's name of the charset that a label means, or "" for what is none."""
    name = label.strip(" \t\"'").lower()
    if name in _MEANT:
        return _MEANT[name]
    if len(name) > _LONGEST_LABEL or not name.isascii() or "\0" in name:
        return ""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    meant = codec.name.replace("-", "_")
    is_text = getattr(codec, "_is_text_encoding", True)  # base64, zlib and rot13 are Python codecs too
    return codec.name if is_text and meant not in _NO_CHARSETS else ""


def _utf8(data: bytes, *, declared: str) -> tuple[str, tuple[str, ...]]:
    try:
        # 8-bit text without a charset is read as UTF-8 by every mail program of today.
        return data.decode("utf-8"), (Defect.WRONG_CHARSET,) if declared == "ascii" and not data.isascii() else ()
    except UnicodeDecodeError:
        return _damaged_utf8(data, declared=declared), (Defect.WRONG_CHARSET,)


def _damaged_utf8(data: bytes, *, declared: str) -> str:
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if declared == "ascii" or broken * 4 > len(text) - len(text.encode("ascii", "ignore")):
        return data.decode("cp1252", "replace")  # mostly not UTF-8 at all
    return text


def _encodable(text: str) -> str:
    """Without lone surrogates, which UTF-7 can spell and nothing after us could encode."""
    return text.encode("utf-8", "replace").decode("utf-8")
