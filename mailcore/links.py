"""Links: found in text, read as a browser reads them, and led back to the registered domain.

URLs are parsed by the WHATWG rules (can_ada), because a person's browser does: the standard library takes
`http://user@evil.example\\@good.example/` for a link to good.example, and knows neither integer addresses nor
percent-encoded or full-width hosts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

import can_ada
import idna
from msgspec import structs
from publicsuffixlist import PublicSuffixList

from mailcore.message import Hop, Link, LinkOrigin, LinkUse
from mailcore.unwrap import MOST_HOPS, certain_target, inner_targets, may_hold_target
from mailcore.url_blanks import ANYWHERE, AT_ENDS

HREF_CHARACTERS = 4_096  # what a Link keeps of its href; the host is read from all of it
_USER_CHARACTERS = 100  # of a user in front of the host, where the address is longer than that
SHOWN_CHARACTERS = 200  # visible text of an anchor that a Link keeps
_PARSED_CHARACTERS = 2_097_152  # browsers refuse longer addresses
_HOST_CHARACTERS = 253  # RFC 1035, 2.3.4, in text form

# What may stand in a URL in running text. It ends at white space, angle brackets, double quotes and CJK
# punctuation; an ideographic full stop belongs to it only inside a host (browsers read it as a dot).
_TAIL = re.compile(
    r'(?:[^\s<>"\x00-\x1f\x7f，、；：！？（）《》「」『』【】〈〉〔〕〖〗＜＞⟨⟩⟪⟫‹›“”„‟«»。．]|[。．](?=[A-Za-z0-9]))+'  # noqa: RUF001
)
# Letters of hosts written without a scheme: Latin, Greek and Cyrillic. Not CJK, which runs on without spaces.
_LETTERS = "A-Za-z0-9À-ɏͰ-ӿ"
_WWW = re.compile(rf"www\.[{_LETTERS}_-]{{1,63}}(?:\.[{_LETTERS}-]{{1,63}})+", re.IGNORECASE)
_TLD_AND_PATH = re.compile(r"\.(xn--[A-Za-z0-9-]{1,59}|[A-Za-z]{2,24})/(?=[A-Za-z0-9_~%#?=&.-])")
_HOST_REVERSED = re.compile(rf"[{_LETTERS}_.-]{{1,{_HOST_CHARACTERS}}}")
_HOST_WITH_PATH = re.compile(rf"([{_LETTERS}][{_LETTERS}.-]{{0,{_HOST_CHARACTERS}}})(?:[:/?#]|$)")
# What directly before a host says that it is the rest of something else: an address, a path, a URL.
_GLUE = "@/\\:=&%+~$_-."
# Top-level domains that are also endings of file names: "main.py/x" and "README.md/x" are paths, not links,
# so a host without a scheme needs three labels there.
_FILE_TLDS = frozenset({"md", "mov", "ps", "py", "rs", "sh", "so", "zip"})
# A line of nothing but characters of URLs, after quotation marks of replies.
_REST_OF_URL = re.compile(r"(\r?\n(?:> ?){0,5})([\w%/?&=.#+~:;,@!$-]{2,1000})(?=[ \t>]*(?:\r?\n|$))")
_LINE_BREAK = re.compile(r"[ \t]*\r?\n(?:[ \t]*> ?){0,5}[ \t]*")
_BRACKETED = re.compile(r"[^<>\s]++(?:[ \t]*+\r?\n(?:[ \t]*+> ?){0,5}[ \t]*+[^<>\s]++){1,20}+>")
_FULL_LINE = 66  # characters; programs break lines of text at 72 to 78
_MOST_BREAKS = 20
MAX_SHOWN_HOSTS = 3  # in one sentence; the detail of a finding has all
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_TRAILING = ".,;:!?'*_~|…‘’\\"  # noqa: RUF001
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")


def find_links(
    text: str, *, part: str = "", origin: LinkOrigin = LinkOrigin.TEXT, limit: int = 1000
) -> tuple[Link, ...]:
    """Links written in running text, in order, each once, at most `limit`; time is linear in the text.

    Found are http, https and ftp URLs, hosts that begin with "www.", and other hosts only where a path follows
    ("example.com/x"). `href` stays as written; without a scheme, http is assumed as mail programs do.
    """
    links: list[Link] = []
    seen: set[str] = set()
    for _, _, found in _written(text):
        href = _without_trailing(found)
        if href in seen:
            continue
        seen.add(href)
        link = make_link(href, part=part, origin=origin)
        if link is not None:
            if len(links) >= limit:
                break
            links.append(link)
    return tuple(links)


def link_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the addresses stand (start and end) that `find_links` finds, in order, but for those over several lines."""
    for start, end, found in _written(text):
        if end - start == len(found):
            yield start, start + len(_without_trailing(found))


def _written(text: str) -> Iterator[tuple[int, int, str]]:
    """What may be links, with the punctuation behind them: where they begin and end, and what they are as one piece."""
    cursor = 0
    for start in _starts(text):
        if start < cursor:  # inside the link before
            continue
        match = _TAIL.match(text, start)
        if match is None:
            continue
        found, cursor = _unwrapped(text, start, match.end())
        yield start, cursor, found


def _unwrapped(text: str, start: int, end: int) -> tuple[str, int]:
    """What stands from `start` to `end`, put together again where the line was broken inside of it, and its end.

    Within angle brackets white space does not count (RFC 3986, C). Without them, the line has to be full, and the next
    one nothing but the rest of a URL.
    """
    found = text[start:end]
    if end == len(text) or text[end] not in "\r\n":
        return found, end
    if text[start - 1 : start] == "<" or text[max(0, start - 5) : start].upper() == "<URL:":
        bracketed = _BRACKETED.match(text, start)
        if bracketed is not None:
            return _LINE_BREAK.sub("", bracketed[0][:-1]), bracketed.end() - 1
    for _ in range(_MOST_BREAKS):
        rest = _REST_OF_URL.match(text, end)
        if rest is None or end - text.rfind("\n", 0, end) <= _FULL_LINE or not _is_rest(found, rest[2]):
            break
        found, end = found + rest[2], rest.end()
    return found, end


def _is_rest(found: str, line: str) -> bool:
    """Whether a line is the rest of a URL and no word, link or name of its own."""
    if "://" in line or line[:4].lower() == "www.":
        return False
    return found[-1] in "/?&=%_-" and (any(map(str.isdigit, line)) or any(sign in line for sign in "=&%?"))


def make_link(
    href: str, *, shown: str = "", part: str = "", origin: LinkOrigin, use: LinkUse = LinkUse.CLICKED
) -> Link | None:
    """The link with its target as browsers read it, or None for what leads to no host.

    None for mailto:, cid:, tel:, javascript:, data:, fragments, relative paths and what browsers refuse.
    `//host/x` is read with https, `\\\\host\\x` as a file share, a bare host as http. Where a known service stands in
    front of the target, the link is to that, and `hops` has the service (`mailcore.unwrap`).
    """
    read = read_url(href)
    if read is None:
        return None
    url, host = read
    href = href.strip(AT_ENDS)
    hops: list[Hop] = []
    while len(hops) < MOST_HOPS:
        service, target = certain_target(url.href, host)
        inner = read_url(target) if target else None
        if inner is None:
            break
        hops.append(_hop(href, host, service))
        href, (url, host) = target, inner
    return Link(
        href=_kept(href, url),
        scheme=url.protocol[:-1],
        host=host,
        domain=registered_domain(host),
        shown=shown[:SHOWN_CHARACTERS],
        origin=origin,
        part=part,
        hops=tuple(hops),
        use=use,
    )


def passed_links(link: Link, href: str = "") -> tuple[Link, ...]:
    """Links to the addresses that stand inside of a link's own, to which it may lead on; each with the way to it.

    `href` is the whole address, where the link has only its beginning. Those on the same registered domain are passed
    through and left out. At most `MOST_HOPS`, also where one has itself inside.
    """
    found: list[Link] = []
    ahead = [(link, href or link.href)]
    known = {link.href}
    while ahead and len(known) <= MOST_HOPS:
        outer, whole = ahead.pop()
        if not may_hold_target(whole):
            continue
        hops = (*outer.hops, _hop(outer.href, outer.host, ""))
        for target in inner_targets(whole):
            inner = make_link(target, shown=link.shown, part=link.part, origin=link.origin, use=LinkUse.PASSED)
            if inner is None or inner.href in known or len(hops) + len(inner.hops) > MOST_HOPS:
                continue
            known.add(inner.href)
            inner = structs.replace(inner, hops=(*hops, *inner.hops))
            ahead.append((inner, inner.href if len(inner.hops) > len(hops) else target))
            if (inner.domain or inner.host) != (link.domain or link.host):
                found.append(inner)
    return tuple(found)


def _kept(href: str, url: can_ada.URL) -> str:
    """What a Link keeps: the address as written or, of one too long for that, what leads to the same host."""
    if len(href) <= HREF_CHARACTERS:
        return href
    # Thousands of characters before the host, or of folders that lead back, must not hide from lists what follows.
    url.username, url.password = url.username[:_USER_CHARACTERS], url.password[:_USER_CHARACTERS]
    kept: str = url.href[:HREF_CHARACTERS]
    return kept


def _hop(href: str, host: str, service: str) -> Hop:
    return Hop(href[:HREF_CHARACTERS], host, registered_domain(host), service)


def read_url(href: str) -> tuple[can_ada.URL, str] | None:
    """The URL as browsers read it and its host, or None for what leads to no host."""
    target = _absolute(href)
    if target is None:
        return None
    try:
        url = can_ada.parse(target)
    except ValueError:
        return None
    host = url.hostname.rstrip(".").lower()
    return (url, host) if 0 < len(host) <= _HOST_CHARACTERS else None


@functools.lru_cache(maxsize=16_384)
def registered_domain(host: str) -> str:
    """The registered domain of a host by the public suffix list: "www.example.co.uk" gives "example.co.uk".

    A host that is itself a private suffix ("github.io") is its own registered domain. "" for IP addresses, for
    top-level domains and single labels.
    """
    name = host.lower().strip(".")
    if not name or len(name) > _HOST_CHARACTERS or name[0] == "[" or ":" in name or _is_number(name):
        return ""
    found = _suffixes().privatesuffix(name) or _suffixes(only_icann=True).privatesuffix(name)
    return str(found or "")


def is_known_tld(label: str) -> bool:
    """Whether the public suffix list knows that top-level domain."""
    return _suffixes().publicsuffix(label.lower(), accept_unknown=False) is not None


def is_public_suffix(domain: str) -> bool:
    """Whether anybody can register names directly below it ("co.uk", "github.io"), by the public suffix list."""
    name = domain.lower().strip(".")
    return bool(name) and _suffixes().publicsuffix(name, accept_unknown=False) == name


@functools.cache
def _suffixes(*, only_icann: bool = False) -> PublicSuffixList:
    """The bundled list, read at first use (30 ms): a process that forks should ask once before it does."""
    return PublicSuffixList(only_icann=only_icann)


def _is_number(name: str) -> bool:
    """WHATWG "ends in a number": then browsers read the host as an IPv4 address."""
    last = name.rpartition(".")[2]
    return last.isascii() and last.isdigit()


def _absolute(href: str) -> str | None:
    """The href with a scheme, or None where it is relative."""
    target = href.strip(AT_ENDS)
    if "\n" in target or "\t" in target or "\r" in target:
        target = target.translate(ANYWHERE)
    if not target or target[0] in "#?" or len(target) > _PARSED_CHARACTERS:
        return None
    if not target.isascii():  # a lone surrogate is no text; can_ada would raise TypeError
        target = target.encode("utf-8", "replace").decode("utf-8")
    if target.startswith("\\\\"):
        return "file:" + target
    if target.startswith(("//", "/\\", "\\/")):
        return "https:" + target
    if _SCHEME.match(target) and not _is_host_with_port(target):
        return target
    return "http://" + target if _is_bare_host(target) else None


def _is_host_with_port(target: str) -> bool:
    """ "example.com:8080/x" looks like a scheme with a dot in it."""
    scheme, _, rest = target.partition(":")
    return "." in scheme and rest[:1].isdigit()


def _is_bare_host(target: str) -> bool:
    """Whether an href without a scheme is a host, as webmail programs take it, and not a relative path."""
    if _WWW.match(target):
        return True
    match = _HOST_WITH_PATH.match(target)
    return match is not None and _is_plausible_host(match.group(1))


def _is_plausible_host(host: str) -> bool:
    labels = host.lower().split(".")
    if host[-1].islower() and host[host.rfind(".") + 1].isupper():
        return False  # "it ends.So/so": the next sentence, not a host
    needed = 3 if labels[-1] in _FILE_TLDS else 2
    return len(labels) >= needed and "" not in labels and is_known_tld(labels[-1])


def _starts(text: str) -> Iterator[int]:
    """Where links may begin, in order. Each search looks for a rare literal, so that plain text costs little."""
    starts = set(_scheme_starts(text))
    starts.update(_www_starts(text))
    starts.update(_bare_starts(text))
    return iter(sorted(starts))


def _scheme_starts(text: str) -> Iterator[int]:
    at = text.find("://")
    while at >= 0:
        before = text[max(0, at - 5) : at].lower()
        for scheme in ("https", "http", "ftp"):
            if before.endswith(scheme):
                yield at - len(scheme)
                break
        at = text.find("://", at + 3)


def _www_starts(text: str) -> Iterator[int]:
    lowered = text.replace("W", "w")  # not lower(): "İ" becomes two characters, and offsets no longer agree
    at = lowered.find("www.")
    while at >= 0:
        is_glued = at > 0 and (text[at - 1].isalnum() or text[at - 1] in _GLUE)
        if not is_glued and _WWW.match(text, at):
            yield at
        at = lowered.find("www.", at + 4)


def _bare_starts(text: str) -> Iterator[int]:
    """Hosts before a path. From the top-level domain backwards: dots before a slash are rare in text."""
    for match in _TLD_AND_PATH.finditer(text):
        dot = match.start()
        window = text[max(0, dot - _HOST_CHARACTERS) : dot][::-1]
        host = _HOST_REVERSED.match(window)
        if host is None:
            continue
        start = dot - host.end()
        name = text[start : match.end(1)]
        if name[0] in _GLUE or (start and text[start - 1] in _GLUE):
            continue  # the rest of an address, a path or a URL
        if _is_plausible_host(name):
            yield start


def _without_trailing(found: str) -> str:
    """The URL without the punctuation of the sentence around it; a closing bracket stays where it has its opener."""
    surplus = {closer: found.count(closer) - found.count(opener) for closer, opener in _CLOSERS.items()}
    end = len(found)
    while end:
        last = found[end - 1]
        if last in _CLOSERS:
            if surplus[last] <= 0:
                break
            surplus[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return found[:end]


def unicode_host(host: str) -> str:
    """The host as people read it: punycode decoded, or as it is where that fails."""
    if "xn--" not in host:
        return host
    labels = []
    for label in host.split("."):
        try:
            labels.append(idna.ulabel(label))
        except (idna.IDNAError, UnicodeError):
            labels.append(label)
    return ".".join(labels)


def through_hosts(hosts: Iterable[str]) -> str:
    """Hosts in front of a target, to be put into a sentence: " through a.example and b.example"; "" without any."""
    shown = list(dict.fromkeys(map(unicode_host, hosts)))
    if not shown:
        return ""
    if len(shown) > MAX_SHOWN_HOSTS:
        shown = [*shown[:MAX_SHOWN_HOSTS], f"{len(shown) - MAX_SHOWN_HOSTS} more"]
    *before, last = shown
    return f" through {', '.join(before)} and {last}" if before else f" through {last}"
