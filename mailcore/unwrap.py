"""Where links lead on to, read from their own text: no network, at most `MOST_HOPS` addresses inside of each other.

What a known service leads to is certain (`certain_target`). Of any other address with one inside nobody knows without
asking it: a counter of clicks and an open redirector lead on, a login page only comes back there (`inner_targets`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from mailcore.link_services import service_of
from mailcore.url_values import base64_text, host_target, parameters, plain_target, url_in_json

MOST_HOPS = 20
CHARACTERS = 65_536  # of a URL in which targets are looked for
_MOST_INNER = 4  # addresses in one: a decoy in front hides none
_BLOCKS = 8  # of base64 or hexadecimal digits that are read of one URL
_BLOCK_CHARACTERS = 8_192

# What every way of putting an address into another has in it: its scheme, plainly, percent-encoded, in base64 ("http",
# or a brace and a quote of JSON) or in hexadecimal digits; or a parameter that says so.
_SIGN = re.compile(
    r"(?:https?|ftp)(?::|%(?:25)*3a)|aHR0c|eyJ|687474703a|68747470733a"
    r"|[?&;#/](?:u|url|uri|link|to|go|goto|out|dest|destination|target|redir|redirect|redirect_?ur[il]|next|continue)=",
    re.IGNORECASE,
)
_LEADING_NAMES = (
    "u url uri link to go goto out dest destination target redir redirect redirect_url redirect_uri redirecturl "
    "redirecturi next continue"
)
_LEADING = frozenset(_LEADING_NAMES.split())
_PLAIN = re.compile(r"(?:https?|ftp)(?::|%(?:25)*3a)[^#&]*", re.IGNORECASE)
_BASE64 = re.compile(rf"(?:aHR0c|eyJ)[\w+-]{{6,{_BLOCK_CHARACTERS}}}")
_HEX = re.compile(rf"68747470(?:73)?3a[0-9a-f]{{6,{_BLOCK_CHARACTERS}}}", re.IGNORECASE)


def certain_target(url: str, host: str) -> tuple[str, str]:
    """The service that the URL belongs to, and the target; two times "" for other URLs and where it cannot be read.

    `url` is absolute, as browsers write it (WHATWG), `host` its host.
    """
    service = service_of(host)
    if service is None:
        return "", ""
    target = service.read(url[:CHARACTERS])
    return (service.name, target) if target else ("", "")


def may_hold_target(url: str) -> bool:
    """Whether looking for inner targets is worth it; most URLs have none."""
    return _SIGN.search(url, 8, CHARACTERS) is not None


def inner_targets(url: str) -> tuple[str, ...]:
    """Addresses inside of that one: in parameters, path and fragment, plainly, percent-encoded, in base64, as JSON."""
    url = url[:CHARACTERS]
    found: dict[str, None] = {}
    for target in filter(None, _all_inner(url)):
        found[target] = None
        if len(found) == _MOST_INNER:
            break
    return tuple(found)


def _all_inner(url: str) -> Iterator[str]:
    values = parameters(url)
    front, _, fragment = url.partition("#")
    if "=" in fragment:
        values += parameters("?" + fragment.partition("?")[2] if "?" in fragment else "?" + fragment.lstrip("!/"))
    values.sort(key=lambda pair: pair[0] not in _LEADING)
    for name, value in values:
        if target := plain_target(value):
            yield target
        elif name in _LEADING:  # without a scheme it may also be a page of the same site: the reader of links knows
            yield host_target(value).removeprefix("http://")
    path = front.partition("?")[0]
    for match in (_PLAIN.search(path, 8), _PLAIN.search(fragment)):
        if match and (target := plain_target(match[0])):
            # What a path of addresses has behind the first is that one's own query.
            yield target + front[len(path) :] if match.string is path else target
    yield from _encoded(url)


def _encoded(url: str) -> Iterator[str]:
    text = unquote(url) if "%" in url else url
    for number, match in enumerate(_BASE64.finditer(text)):
        if number == _BLOCKS:
            break
        inside = base64_text(match[0])
        if target := plain_target(inside) or url_in_json(inside):
            yield target
    for number, match in enumerate(_HEX.finditer(text)):
        if number == _BLOCKS:
            break
        digits = match[0]
        yield plain_target(bytes.fromhex(digits[: len(digits) & ~1]).decode("utf-8", "replace"))
