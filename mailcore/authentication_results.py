"""Reads Authentication-Results (RFC 8601) of servers that configuration trusts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from mailcore.addresses import read_addresses
from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.message import Message

MAX_HEADERS = 50  # each server adds one; a mail with more repeats itself
MAX_RESULTS = 100
MAX_CHARACTERS = 16_384

_QUOTED_OR_COMMENT = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"|\(([^()]*+)\)')
_METHOD = re.compile(r"\s*([a-z][a-z0-9-]*)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r"\b(smtp|header|policy)\.([a-z0-9_-]+)\s*=\s*([^\s;]+)", re.IGNORECASE)
_DMARC_POLICY = re.compile(r"\bp=([a-z]+)", re.IGNORECASE)


class _Result(Struct, frozen=True, kw_only=True):
    method: str
    result: AuthResult
    properties: dict[str, str]
    comment: str


def read_authentication_results(message: Message, trusted: Collection[str]) -> AuthFacts:
    """What trusted servers found out about the sender; nothing known where none of them wrote. Never raises.

    Headers stand with the last server's first: of several results of one method the first counts.
    """
    if not trusted:
        return AuthFacts()
    known = {name.lower() for name in trusted}
    results = [
        result
        for value in message.header_values("authentication-results")[:MAX_HEADERS]
        if authserv_id(value) in known
        for result in _results(value)
    ][:MAX_RESULTS]
    if not results:
        return AuthFacts()
    senders = read_addresses(message.header("from"))
    return _facts(results, AuthSource.TRUSTED_HEADER, senders[0].host if senders else "")


def read_sealed_results(value: str) -> tuple[str, AuthFacts]:
    """One ARC-Authentication-Results value without its `i=` (RFC 8617, 4.1.1): the server's name and what it found.

    The From domain is what the server says it was: servers on the way may have changed the field. Never raises.
    """
    results = list(itertools.islice(_results(value), MAX_RESULTS))
    from_domain = next(
        (_domain(each.properties.get("header.from", "")) for each in results if each.method == "dmarc"), ""
    )
    return authserv_id(value), _facts(results, AuthSource.SEALED, from_domain)


def _facts(results: Iterable[_Result], source: AuthSource, from_domain: str) -> AuthFacts:
    """The first result of each method, and every signature."""
    first: dict[str, _Result] = {}
    for result in results:
        first.setdefault(result.method, result)
    nothing = _Result(method="", result=AuthResult.NONE, properties={}, comment="")
    spf, dmarc = first.get("spf", nothing), first.get("dmarc", nothing)
    policy = _DMARC_POLICY.search(dmarc.comment)
    return AuthFacts(
        source=source,
        from_domain=from_domain,
        spf=spf.result,
        spf_domain=_domain(spf.properties.get("smtp.mailfrom") or spf.properties.get("smtp.helo", "")),
        dkim=tuple(_signature(result) for result in results if result.method == "dkim"),
        dmarc=dmarc.result,
        dmarc_policy=policy.group(1).lower() if policy else "",
        arc=first.get("arc", nothing).result,
    )


def authserv_id(value: str) -> str:
    """The name of the server that wrote a value: its first word (RFC 8601, 2.2), without the version, in lower case."""
    bare = _QUOTED_OR_COMMENT.sub(lambda match: match.group(1) or " ", value[:MAX_CHARACTERS].partition(";")[0])
    words = bare.split()
    return words[0].lower() if words else ""


def _results(value: str) -> Iterator[_Result]:
    """`method=result` with its properties. Comments go first: they may hold semicolons and results of others."""
    comments: list[str] = []

    def taken(match: re.Match[str]) -> str:
        if match.group(2) is None:
            return match.group(1).replace(";", " ")
        comments.append(match.group(2))
        return f" \x00{len(comments) - 1}\x00 "

    bare = _QUOTED_OR_COMMENT.sub(taken, value[:MAX_CHARACTERS].replace("\x00", " "))
    for clause in bare.split(";")[1:]:
        marks = re.findall("\x00(\\d+)\x00", clause)
        plain = re.sub("\x00\\d+\x00", " ", clause)
        method = _METHOD.match(plain)
        if method is None or method.group(2).lower() not in list(AuthResult):
            continue
        yield _Result(
            method=method.group(1).lower(),
            result=AuthResult(method.group(2).lower()),
            properties={f"{kind}.{name}".lower(): text for kind, name, text in _PROPERTY.findall(plain)},
            comment=" ".join(comments[int(mark)] for mark in marks),
        )


def _signature(result: _Result) -> DkimResult:
    signer = result.properties.get("header.d") or result.properties.get("header.i", "")
    return DkimResult(
        domain=_domain(signer),
        selector=result.properties.get("header.s", ""),
        result=result.result,
        reason=result.comment[:200],
    )


def _domain(text: str) -> str:
    return text.rpartition("@")[2].strip("<>\"'").rstrip(".").lower()
