"""Which links of a mail are followed, and as what: without anything that names the recipient, and none that acts."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from mailcore.entries import is_listed
from mailcore.links import read_url
from mailcore.message import Link, LinkOrigin
from mailcore.view import MailView

# Requests change nothing by the rules (RFC 9110, 9.2.1). Mail breaks them: one request unsubscribes, confirms, answers
# an invitation, approves a payment. What could do so is never asked for.
_ACTS = re.compile(
    r"unsub|opt-?(?:out|in)\b|abmeld|abbestell|desabonn|desinscri|cancelar|disiscri|afmeld|remove-?me|preferences"
    r"|confirm|verif(?:y|ication)|activat|validat|approv|reject|accept|declin|rsvp|subscri|magic-?link|one-?time"
    r"|reset|invit|logout|sign-?out|delete|vote|feedback|survey|rating",
    re.IGNORECASE,
)
# In place of the recipient's address: pages that ask for one go on with any.
NOBODY = "office@example.com"
MOST_RECIPIENTS = 20
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,2000}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,1000}")


def may_be_followed(link: Link) -> bool:
    """Whether following that link could do any good, and can do no harm."""
    if link.scheme not in ("http", "https") or not link.host or link.origin is LinkOrigin.HEADER:
        return False
    return not any(_ACTS.search(url) for url in (link.href, *(hop.href for hop in link.hops))) and not _ACTS.search(
        link.shown
    )


def chosen(view: MailView, *, never: Iterable[str], most: int) -> tuple[Link, ...]:
    """Links to follow: the first to each registered domain, then further ones.

    Not those to the organisation itself, to hosts of a network, and to the domains in `never`.
    """
    spared = frozenset((*never, *view.organisation.domains))
    first: dict[str, Link] = {}
    further: dict[str, Link] = {}
    for link in view.message.links:
        if not link.domain or is_listed(link.host, spared) or not may_be_followed(link):
            continue
        # Of a known company that lends its pages to nobody, the page is what it says.
        if view.brands.owners(link.host):
            continue
        if link.domain not in first:
            first[link.domain] = link
        else:
            further[link.href] = link
    return tuple([*first.values(), *further.values()][:most])


def without_recipients(href: str, recipients: Iterable[str]) -> str:
    """The URL with another address wherever it names one of these: plainly, percent-encoded, in base64, in hexadecimal.

    Case does not count. A number that stands for the recipient looks like any other and stays.
    """
    names = [name for name in recipients if "@" in name][:MOST_RECIPIENTS]
    for name in names:
        for form, nobody in _forms(name):
            href = re.sub(re.escape(form), nobody, href, flags=re.IGNORECASE)
    if not names:
        return href
    href = _BASE64.sub(lambda match: _other_base64(match[0], names), href)
    return _HEX.sub(lambda match: _other_hex(match[0], names), href)


def _forms(name: str) -> Iterator[tuple[str, str]]:
    yield name, NOBODY
    yield quote(name, safe=""), quote(NOBODY, safe="")
    yield quote(quote(name, safe=""), safe=""), quote(quote(NOBODY, safe=""), safe="")


def _other_base64(token: str, names: list[str]) -> str:
    is_of_urls = "-" in token or "_" in token
    bare = token.rstrip("=")
    try:
        decoded = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_" if is_of_urls else None)
    except (binascii.Error, ValueError):
        return token
    other = _other_bytes(decoded, names)
    if other == decoded:
        return token
    encoded = (base64.urlsafe_b64encode if is_of_urls else base64.b64encode)(other).decode("ascii")
    return encoded if token.endswith("=") else encoded.rstrip("=")


def _other_hex(token: str, names: list[str]) -> str:
    decoded = bytes.fromhex(token)
    other = _other_bytes(decoded, names)
    return token if other == decoded else other.hex()


def _other_bytes(data: bytes, names: list[str]) -> bytes:
    for name in names:
        data = re.sub(re.escape(name.encode("utf-8", "replace")), NOBODY.encode("ascii"), data, flags=re.IGNORECASE)
    return data


def absolute(href: str) -> tuple[str, str]:
    """The URL as a browser asks for it, without a fragment, and its host; two times "" where there is none."""
    read = read_url(href)
    if read is None:
        return "", ""
    url, host = read
    url.hash = ""
    url.username, url.password = "", ""
    return (url.href, host) if url.protocol in ("http:", "https:") else ("", "")
