"""QR codes and bar codes in a picture, and the addresses in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workers.ocr.limits import ImageLimits

if TYPE_CHECKING:
    from PIL.Image import Image

_SCHEME = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
# "MEBKM:TITLE:x;URL:https://...;;" (NTT Docomo) and "URL:https://..." are read by every phone.
_WRAPPED = re.compile(r"\bURL(?:TO)?:\s*((?:https?:)?//[^\s;]{1,4000})", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?:www\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/[^\s]{0,4000}\Z", re.IGNORECASE)


def read_codes(picture: Image, limits: ImageLimits) -> tuple[str, ...]:
    """Texts of all codes; 11 to 14 ms for a picture of 900 x 700."""
    import zxingcpp

    found = zxingcpp.read_barcodes(picture)
    texts = (code.text[: limits.code_characters] for code in found[: limits.codes] if code.valid)
    return tuple(dict.fromkeys(text for text in texts if text))


def urls(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses that a phone would open, as they are written."""
    return tuple(dict.fromkeys(url for text in texts if (url := _url(text.strip()))))


def _url(text: str) -> str:
    if _SCHEME.match(text):
        return text.split(maxsplit=1)[0]
    wrapped = _WRAPPED.search(text)
    if wrapped is not None:
        return wrapped.group(1)
    # Phones offer to open "bit.example/x" too; a word with dots and no slash is as often a version or a serial number.
    return f"http://{text}" if _BARE_HOST.match(text) else ""
