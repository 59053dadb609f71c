"""Which links of a mail are followed, and as what: without anything that names the recipient, and none that acts."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import unquote

from mailcore.entries import is_listed
from mailcore.fetched_pages import MOST_URL
from mailcore.links import read_url
from mailcore.message import Link, LinkOrigin
from mailcore.view import MailView

# Requests change nothing by the rules (RFC 9110, 9.2.1). Mail breaks them: one request unsubscribes, confirms, answers
# an invitation, approves a payment. What could do so is never asked for.
_ACTS = re.compile(
    r"unsub|opt-?(?:out|in)\b|abmeld|abbestell|desabonn|desinscri|cancelar|disiscri|afmeld|remove-?me|preferences"
    r"|approv|reject|accept|declin|rsvp|logout|sign-?out|delete|vote|feedback|survey|rating",
    re.IGNORECASE,
)
# What good mail asks people to confirm, it knows them by a word that only they have. Phishing asks everybody to verify.
_ACTS_WITH_SECRET = re.compile(
    r"confirm|verif(?:y|ication)|activat|validat|subscri|magic-?link|one-?time|reset|invit", re.IGNORECASE
)
_SECRET_NAME = re.compile(r"[?&;](?:\w{0,20}(?:token|key|code|hash|sig)|u?id|t|k)=|/\d+(?:[/?#]|$)", re.IGNORECASE)
_LONG_WORD = re.compile(r"[A-Za-z0-9_-]{12,}")
# In place of the recipient's address: pages that ask for one go on with any.
NOBODY = "office@example.com"
MOST_RECIPIENTS = 20
_ENCODED = 4  # times that a character may be percent-encoded
_SIGN = rf"%(?:25){{0,{_ENCODED - 1}}}"
_AT = rf"(@|=|{_SIGN}(?:40|3d))"  # bounces to one recipient have = in its place (VERP)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_HEX = re.compile(r"[0-9a-fA-F]{16,}")
_STANDARD = str.maketrans("-_", "+/")
_OF_URLS = str.maketrans("+/", "-_")
_TAIL = (0, 2, 3)  # characters of base64 for the bytes past the last three


def may_be_followed(link: Link) -> bool:
    """Whether following that link could do any good, and can do no harm."""
    if link.scheme not in ("http", "https") or not link.host or link.origin is LinkOrigin.HEADER:
        return False
    hrefs = (link.href, *(hop.href for hop in link.hops))
    return not any(may_act(href, link.shown) for href in hrefs)


def may_act(href: str, shown: str = "") -> bool:
    """Whether an address, or the text of the link to it, says that opening it does something."""
    words = f"{href} {shown}"
    if _ACTS.search(words):
        return True
    return _ACTS_WITH_SECRET.search(words) is not None and _has_secret(href)


def _has_secret(href: str) -> bool:
    if _SECRET_NAME.search(href):
        return True
    return any(re.search(r"\d", word) and re.search(r"[A-Za-z]", word) for word in _LONG_WORD.findall(href))


def spared_by(view: MailView, never: Iterable[str]) -> frozenset[str]:
    """Domains of which no server is asked, whatever leads there: those of the organisation itself, and `never`."""
    return frozenset((*never, *view.organisation.domains))


def chosen(view: MailView, *, never: Iterable[str], most: int) -> tuple[Link, ...]:
    """Links to follow: the first to each registered domain, then further ones.

    Not those to the organisation itself, to hosts of a network, and to the domains in `never`.
    """
    spared = spared_by(view, never)
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


def absolute(href: str, recipients: Iterable[str] = ()) -> tuple[str, str]:
    """The URL as it is asked for, and its host; two times "" where there is none, or one that no server takes.

    As browsers write it, without fragment, user, and what names one of these recipients.
    """
    read = read_url(href)
    if read is None:
        return "", ""
    url, host = read
    if url.protocol not in ("http:", "https:"):
        return "", ""
    url.hash = ""
    url.username, url.password = "", ""
    return (_without_recipients(url.href, recipients), host) if len(url.href) <= MOST_URL else ("", "")


def _without_recipients(url: str, recipients: Iterable[str]) -> str:
    """The URL with another address wherever its path or query names one of these.

    Plainly, percent-encoded however often, as in the return path of a list, in base64 and hexadecimal digits, with
    whatever stands around it. Case does not count. A number that stands for the recipient looks like any other and
    stays.
    """
    names = [name for name in recipients if "@" in name][:MOST_RECIPIENTS]
    start = url.find("/", url.find("://") + 3)
    if not names or start < 0:
        return url
    origin, rest = url[:start], url[start:]
    plain = rest
    for _ in range(_ENCODED):
        plain = unquote(plain)
    plain = plain.lower()
    for name in names:
        if name.partition("@")[0].lower() in plain:
            rest = re.sub(_written(name), lambda match: NOBODY.replace("@", match[1]), rest, flags=re.IGNORECASE)
    encoded = re.compile(b"|".join(map(_encoded, names)), re.IGNORECASE)
    rest = _BASE64.sub(lambda match: _other_base64(match[0], encoded), rest)
    return origin + _HEX.sub(lambda match: _other_hex(match[0], encoded), rest)


def _written(name: str) -> str:
    """Finds that address, each of its characters as it is or percent-encoded."""
    pattern = ""
    for character in name.encode("utf-8", "replace"):
        written = re.escape(chr(character)) + "|" if character < 0x80 else ""
        pattern += _AT if character == ord("@") else f"(?:{written}{_SIGN}{character:02x})"
    return pattern


def _encoded(name: str) -> bytes:
    """Finds that address in what was encoded as a whole."""
    return re.escape(name.encode("utf-8", "replace")).replace(b"@", b"(?:@|%40)")


def _other_base64(token: str, names: re.Pattern[bytes]) -> str:
    """Only what names somebody is other, so that what stands in front of it and behind keeps its meaning."""
    for shift in range(4):  # what stands in front need not be of the same piece
        is_odd = (len(token) - shift) % 4 == 1  # one character alone stands for nothing
        whole = token[shift : len(token) - is_odd].translate(_STANDARD)
        decoded = base64.b64decode(whole + "=" * (-len(whole) % 4))
        found = _named(decoded, names)
        if not found:
            continue
        other = names.sub(_filled, decoded)
        first, last = found[0].start() // 3 * 3, min(len(decoded), -(-found[-1].end() // 3) * 3)
        encoded = base64.b64encode(other[first : last + len(other) - len(decoded)]).decode("ascii").rstrip("=")
        if "-" in token or "_" in token:
            encoded = encoded.translate(_OF_URLS)
        rest = token[shift + last // 3 * 4 + _TAIL[last % 3] :]
        token = token[: shift + first // 3 * 4] + encoded + rest
    return token


def _other_hex(token: str, names: re.Pattern[bytes]) -> str:
    for shift in range(2):
        end = len(token) - (len(token) - shift) % 2
        decoded = bytes.fromhex(token[shift:end])
        if _named(decoded, names):
            token = token[:shift] + names.sub(_filled, decoded).hex() + token[end:]
    return token


def _named(data: bytes, names: re.Pattern[bytes]) -> list[re.Match[bytes]]:
    return list(names.finditer(data)) if b"@" in data or b"%40" in data else []


def _filled(match: re.Match[bytes]) -> bytes:
    """Somebody else, by whom base64 of what is behind stays in step."""
    local, _, domain = NOBODY.encode("ascii").partition(b"@")
    sign = b"@" if b"@" in match[0] else b"%40"
    return local + b"s" * ((len(match[0]) - len(local + sign + domain)) % 3) + sign + domain
