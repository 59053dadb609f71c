"""What stands in the parts of a URL: parameters, targets inside of values, base64. Bounded, and never raises."""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote

_ROUNDS = 20  # percent-encodings inside each other that are undone
_PARAMETERS = 100
_TARGET = re.compile(r"\s*(?:https?|ftp):[/\\]", re.IGNORECASE)
_ONE_SLASH = re.compile(r"((?:https?|ftp):)[/\\](?![/\\])", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[a-z][a-z0-9-]{1,62}(?=[/?#:]|$)", re.IGNORECASE)
_IN_JSON = re.compile(r"https?:(?:\\{0,8}/){2}[^\"'\s<>]{1,4096}", re.IGNORECASE)
_URL_SAFE = str.maketrans("-_", "+/")


def plain_target(value: str) -> str:
    """A value as the absolute URL that it is, however often percent-encoded; "" where it is none."""
    for _ in range(_ROUNDS):
        if _TARGET.match(value):
            return _ONE_SLASH.sub(r"\1//", value.strip(), count=1)
        decoded = unquote(value) if "%" in value else value
        if decoded == value:
            return ""
        value = decoded
    return ""


def host_target(value: str) -> str:
    """The URL of a value without a scheme: `//example.com/x`, `example.com/x`; "" for other values."""
    decoded = unquote(value)
    if decoded[:2] in ("//", "\\\\", "/\\", "\\/"):
        return "https://" + decoded[2:]
    return "http://" + decoded if _HOST.match(decoded) else ""


def base64_text(value: str) -> str:
    """What base64, of either alphabet (RFC 4648, 4 and 5), says as text; "" where it says none."""
    try:
        return base64_bytes(value).decode("utf-8")
    except ValueError:
        return ""


def base64_bytes(value: str) -> bytes:
    """The same as bytes, be it padded or not; a letter too many is left out. Raises ValueError for what is none."""
    letters = value.rstrip("=").translate(_URL_SAFE)
    return binascii.a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + "==")


def parameters(url: str) -> list[tuple[str, str]]:
    """Names in lower case and values of the query, still encoded."""
    query = url.partition("#")[0].partition("?")[2]
    if "&" not in query and query.count("=") > 1 and ";" in query:
        query = query.replace(";", "&")
    pairs = (pair.partition("=") for pair in query.split("&", _PARAMETERS)[:_PARAMETERS])
    return [(name.lower().removeprefix("amp;"), value) for name, _, value in pairs]


def path_of(url: str, *, query: bool = False) -> str:
    """The path of an absolute URL without its first slash, with the query where asked for."""
    rest = url[url.find("//") + 2 :].partition("#")[0]
    if not query:
        rest = rest.partition("?")[0]
    return rest.partition("/")[2]


def url_in_json(text: str) -> str:
    """The first web address in JSON text, also in JSON within JSON, where slashes are escaped."""
    match = _IN_JSON.search(text)
    return match[0].replace("\\", "") if match else ""
