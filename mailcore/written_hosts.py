"""Addresses in running text that are no links by themselves: bare hosts, defanged ones, full-width letters.

Some mail programs make links of them, and lures ask their readers to type them. Code, file names, packages and
versions look much the same: what may be one of those is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from mailcore.links import find_links, is_known_tld, make_link
from mailcore.message import Link, LinkOrigin, LinkUse

_LINE_CHARACTERS = 4_096  # of a line that is read a second time
_LINES = 1_000

# What is searched in all of a text begins with the characters that it must have, what stands before them comes after:
# only so `re` skips from one to the next, ten times as fast as it looks behind at each.
# From the top-level domain backwards: dots before a small letter are rare in text.
_TLD = re.compile(r"\.(?<=[a-z0-9-]\.)([a-z]{2,6})(?![\w@\\/(=\[-]|\.[\w-]|:[^\s\d]|::| ?[=!<>]=)")
_REVERSED = re.compile(r"[a-z0-9.-]{1,253}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_BEFORE = frozenset("@/\\:=&%+~$_-.#")
# Endings that nothing but hosts has; countries whose codes are words or endings of files are not among them.
_PLAIN_TLDS = frozenset({"com", "net", "org", "edu", "gov", "biz"})
_COUNTRIES = (
    "ae ar au bg br by ca ch cl cn co cz de dk ee es eu fi fr gr hk hr hu ie il ir jp ke kr kz lt lu lv mx ng nl nz pe "
    "ph pk pt ro ru sa se sg si sk th tr tw ua uk vn za"
)
_COUNTRY_TLDS = frozenset(_COUNTRIES.split())
# First labels of packages and of code; "com.example.www" is a package.
_CODE = _PLAIN_TLDS | frozenset({"java", "javax", "self", "this", "os", "sys", "std", "net", "system", "android", "io"})

_DOT = r"(?:\.|dot|punkt|punto|point)"
_DEFANGED_DOT = re.compile(rf"[ \t]?[\[({{][ \t]?{_DOT}[ \t]?[\])}}][ \t]?|\\\.", re.IGNORECASE)
_DEFANGED_SCHEME = re.compile(
    r"\b(?:h(?:xx|tx|xt|\*\*|__)p|fxp)(s?)(?=[:\[])|(?<=\bhttp)(s?)(?=\[:|\[/)", re.IGNORECASE
)
_DEFANGED_COLON = re.compile(r"\[://\]|\[:\]//|:\[//\]|\[:\]\[//\]|\[:\]\[/\]\[/\]|:\[/\]\[/\]|\[:/\]/")
_IS_DEFANGED = re.compile(
    r"[hHfF\[({\\](?:"
    r"(?<=[hH])(?<!\w[hH])(?i:xx|tx|xt|\*\*|__)[pP][sS]?[:\[]|(?<=[fF])(?<!\w[fF])[xX][pP][sS]?:"
    rf"|(?<=[\[({{])[ \t]?(?i:{_DOT})[ \t]?[\])}}]|(?<=\[):|(?<=[A-Za-z0-9]\\)\.[A-Za-z])"
)
_LETTER = "A-Za-z0-9Ａ-Ｚａ-ｚ０-９"  # noqa: RUF001
_UNICODE_DOT = re.compile(rf"[．。｡․﹒／：](?<=[{_LETTER}].)(?=[{_LETTER}／])")  # noqa: RUF001
_DOTS = str.maketrans("。｡․﹒", "....")  # noqa: RUF001
_BACKSLASHES = re.compile(r"\b(https?):(?:\\\\|/\\|\\/)(?=[A-Za-z0-9])", re.IGNORECASE)


def find_written(text: str, *, part: str = "", limit: int = 1_000, known: Collection[str] = ()) -> tuple[Link, ...]:
    """Hosts and addresses that are written but no links, in order, each once; time is linear in the text.

    `known` are hosts of links that were found in it: what is written of those says nothing new.
    """
    found: dict[str, Link] = {}
    for href, use in _written(text):
        if len(found) >= limit:
            break
        if href not in found:
            link = make_link(href, part=part, origin=LinkOrigin.TEXT, use=use)
            if link is not None and link.host not in known:
                found[href] = link
    return tuple(found.values())


def _written(text: str) -> Iterator[tuple[str, LinkUse]]:
    yield from ((href, LinkUse.WRITTEN) for href in _bare_hosts(text))
    for line in _lines_with(_IS_DEFANGED, text):
        yield from ((href, LinkUse.DEFANGED) for href in _new_in(_refanged(line), line))
    for line in () if text.isascii() else _lines_with(_UNICODE_DOT, text):
        plain = unicodedata.normalize("NFKC", line).translate(_DOTS)
        yield from ((href, LinkUse.WRITTEN) for href in _new_in(plain, line))
    for line in _lines_with(_BACKSLASHES, text) if "\\" in text else ():
        yield from ((href, LinkUse.WRITTEN) for href in _new_in(_BACKSLASHES.sub(r"\1://", line), line))


def _lines_with(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """The lines in which the pattern is, around it where they are long."""
    at = number = 0
    while number < _LINES and (match := pattern.search(text, at)):
        begin = max(text.rfind("\n", max(0, match.start() - _LINE_CHARACTERS), match.start()) + 1, at)
        begin = max(begin, match.start() - _LINE_CHARACTERS)
        end = text.find("\n", match.end(), match.end() + _LINE_CHARACTERS)
        at = min(match.end() + _LINE_CHARACTERS, len(text)) if end < 0 else end
        yield text[begin:at]
        number += 1


def _new_in(plain: str, line: str) -> Iterator[str]:
    """What stands in the plain reading of a line and not in the line itself."""
    known = {*_in_line(line)}
    yield from (href for href in _in_line(plain) if href not in known)


def _in_line(line: str) -> Iterator[str]:
    yield from (link.written for link in find_links(line))
    yield from _bare_hosts(line)


def _refanged(line: str) -> str:
    plain = _DEFANGED_DOT.sub(".", line)
    plain = _DEFANGED_SCHEME.sub(
        lambda match: ("http" if match[1] is not None else "") + (match[1] or match[2] or "").lower(), plain
    )
    return _DEFANGED_COLON.sub("://", plain)


def _bare_hosts(text: str) -> Iterator[str]:
    for match in _TLD.finditer(text):
        tld, dot = match[1], match.start()
        if tld not in _PLAIN_TLDS and tld not in _COUNTRY_TLDS:
            continue
        before = _REVERSED.match(text[max(0, dot - 253) : dot][::-1])
        if before is None:
            continue
        start = dot - before.end()
        if start and (text[start - 1] in _BEFORE or text[start - 1].isalnum()):
            continue
        labels = text[start:dot].split(".")
        if _is_host(labels, tld):
            yield text[start : match.end()]


def _is_host(labels: list[str], tld: str) -> bool:
    """Whether labels before a top-level domain are of a host: two labels before a country's, and none is code."""
    if len(labels) < (1 if tld in _PLAIN_TLDS else 2) or labels[0] in _CODE or not is_known_tld(tld):
        return False
    return all(map(_LABEL.fullmatch, labels)) and not all(map(str.isdigit, labels))
