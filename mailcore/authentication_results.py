"""Reads Authentication-Results (RFC 8601) of servers that configuration trusts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from mailcore.addresses import read_addresses
from mailcore.authentication import AMBIGUOUS_AUTHOR, AuthFacts, AuthorProblem, AuthResult, AuthSource, DkimResult
from mailcore.header_fields import comment_end
from mailcore.message import Message

MAX_HEADERS = 50  # each server adds one; a mail with more repeats itself
MAX_RESULTS = 100
MAX_CHARACTERS = 16_384
MAX_FROM_FIELDS = 5  # a second one already leaves open who wrote

_PLAIN = re.compile(r'[^"(;]++')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLACE = re.compile("\x00([0-9]+)\x00")
_METHOD = re.compile(r"\s*([a-z][a-z0-9-]*)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r"(?<!\S)(smtp|header|policy)\.([a-z0-9_-]+)\s*=\s*([^\s;]+)", re.IGNORECASE)
_DMARC_POLICY = re.compile(r"\bp=([a-z]+)", re.IGNORECASE)


class _Clause(Struct, frozen=True, kw_only=True):
    """What stands between two semicolons. In `text` each quoted string is a mark that `_Clause.whole` replaces.

    Strangers choose what servers quote and comment on, so nothing of it is ever read as a property or a result.
    """

    text: str
    comments: tuple[str, ...]
    quoted: list[str]

    def whole(self, text: str) -> str:
        return _PLACE.sub(lambda place: self.quoted[int(place.group(1))], text)


class _Author(Struct, frozen=True, kw_only=True):
    """`domains` of From, in lower case, each once; `problems` as in `AuthFacts.author_problems`."""

    domains: tuple[str, ...] = ()
    problems: tuple[AuthorProblem, ...] = ()


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
    results = [result for value in _values(message) if authserv_id(value) in known for result in _results(value)][
        :MAX_RESULTS
    ]
    if not results:
        return AuthFacts()
    author = _author(message)
    facts = _facts(results, AuthSource.TRUSTED_HEADER, author.domains[0] if author.domains else "")
    named = next((_named_author(each) for each in results if each.method == "dmarc"), "")
    return replace(facts, author_problems=author.problems, dmarc=_believed(facts.dmarc, named, author))


def read_sealed_results(value: str) -> tuple[str, AuthFacts]:
    """One ARC-Authentication-Results value without its `i=` (RFC 8617, 4.1.1): the server's name and what it found.

    The From domain is what the server says it was: servers on the way may have changed the field. Never raises.
    """
    results = list(itertools.islice(_results(value), MAX_RESULTS))
    from_domain = next((_named_author(each) for each in results if each.method == "dmarc"), "")
    return authserv_id(value), _facts(results, AuthSource.SEALED, from_domain)


def _values(message: Message) -> Iterator[str]:
    """As the servers wrote them: an encoded word (RFC 2047) in what they quote is no text of theirs."""
    fields = (each for each in message.headers if each.name.lower() == "authentication-results")
    return (each.written for each in itertools.islice(fields, MAX_HEADERS))


def _author(message: Message) -> _Author:
    """Everybody whom From names. The words of a trusted server are about one of them only."""
    values = message.header_values("from")
    senders = [sender for value in values[:MAX_FROM_FIELDS] for sender in read_addresses(value) if sender.host]
    domains = tuple(dict.fromkeys(sender.host for sender in senders))
    problems: list[AuthorProblem] = []
    if not values:
        problems.append(AuthorProblem.NO_FIELD)
    elif not domains:
        problems.append(AuthorProblem.NO_ADDRESS)
    if len(values) > 1:
        problems.append(AuthorProblem.SEVERAL_FIELDS)
    if len(domains) > 1:
        problems.append(AuthorProblem.SEVERAL_DOMAINS)
    elif len(senders) > 1 and len(values) == 1:
        problems.append(AuthorProblem.SEVERAL_ADDRESSES)
    return _Author(domains=domains, problems=tuple(problems))


def _named_author(dmarc: _Result) -> str:
    """The domain of From that the result is about, "" where the server does not say."""
    return _domain(dmarc.properties.get("header.from", ""))


def _believed(dmarc: AuthResult, named: str, author: _Author) -> AuthResult:
    """DMARC speaks of one domain: nothing follows for another, and a pass is worth nothing where From has several."""
    if named and named not in author.domains:
        return AuthResult.NONE
    if dmarc is AuthResult.PASS and not AMBIGUOUS_AUTHOR.isdisjoint(author.problems):
        return AuthResult.NONE
    return dmarc


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
    first = next(_clauses(value))
    words = first.text.split()
    return first.whole(words[0]).lower() if words else ""


def _results(value: str) -> Iterator[_Result]:
    """`method=result` with its properties; of several properties of one name the first counts."""
    for clause in itertools.islice(_clauses(value), 1, None):
        # No domain begins behind a space: `"bank.example" @evil.example` is one address.
        plain = " ".join(clause.text.split()).replace(" @", "@")
        method = _METHOD.match(plain)
        if method is None or method.group(2).lower() not in list(AuthResult):
            continue
        properties: dict[str, str] = {}
        for kind, name, text in _PROPERTY.findall(plain):
            properties.setdefault(f"{kind}.{name}".lower(), clause.whole(text))
        yield _Result(
            method=method.group(1).lower(),
            result=AuthResult(method.group(2).lower()),
            properties=properties,
            comment=" ".join(clause.comments),
        )


def _clauses(value: str) -> Iterator[_Clause]:
    """At least one clause. A quotation or comment without its end hides everything behind its beginning."""
    text = value[:MAX_CHARACTERS].replace("\x00", " ")
    plain: list[str] = []
    comments: list[str] = []
    quoted: list[str] = []
    position = 0
    while position < len(text):
        end = position + 1
        if (run := _PLAIN.match(text, position)) is not None:
            end = run.end()
            plain.append(run.group())
        elif text[position] == ";":
            yield _Clause(text="".join(plain), comments=tuple(comments), quoted=quoted)
            plain, comments, quoted = [], [], []
        elif text[position] == "(":
            end = comment_end(text, position)
            if end < 0:
                break
            comments.append(text[position + 1 : end - 1])
            plain.append(" ")
        else:
            string = _QUOTED.match(text, position)
            if string is None:
                break
            end = string.end()
            plain.append(f"\x00{len(quoted)}\x00")
            quoted.append(_ESCAPED.sub(r"\1", string.group(1)))
        position = end
    yield _Clause(text="".join(plain), comments=tuple(comments), quoted=quoted)


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
