"""The client's names and the name it gives itself: do they lead back to it? (iprev, RFC 8601, 2.7.3; HELO, RFC 5321)"""

from __future__ import annotations

from collections.abc import Collection

from mailcore.authentication import AuthResult, HeloFacts, ReverseFacts
from mailcore.dns import NOT_ASKED, Answer, Lookup
from mailcore.ip_addresses import Address, read_address, read_literal
from workers.auth.names import addresses_of, fit_name, pointer_of, to_domain

NAMES = 10  # a shared host may have hundreds; the network chooses what it publishes
_NAME_CHARACTERS = 255


def check_reverse(client_address: str) -> Lookup[ReverseFacts]:
    """The names that the client's network gives it, and which of them resolve back to it. Never raises.

    A name that the DNS does not answer for is neither confirmed nor refuted: without another that is, the result is a
    `temperror`. `none` where the address is not known.
    """
    client = read_address(client_address)
    if client is None:
        return ReverseFacts(result=AuthResult.NONE)
    question = pointer_of(client)
    answer = (yield (question,)).get(question, NOT_ASKED)
    if not answer.is_known:
        return ReverseFacts(result=AuthResult.TEMPERROR)
    names = tuple(dict.fromkeys(filter(None, map(fit_name, answer.records[:NAMES]))))
    if not names:
        return ReverseFacts(result=AuthResult.PERMERROR)
    questions = [addresses_of(name, client) for name in names]
    answers = yield tuple(questions)
    found = [answers.get(each, NOT_ASKED) for each in questions]
    confirmed = tuple(name for name, each in zip(names, found, strict=True) if _leads_to(each, client))
    if confirmed:
        result = AuthResult.PASS
    else:
        result = AuthResult.FAIL if all(each.is_known for each in found) else AuthResult.TEMPERROR
    return ReverseFacts(result=result, names=names, confirmed=confirmed)


def check_helo(helo: str, client_address: str, *, own_names: Collection[str] = ()) -> Lookup[HeloFacts]:
    """What the client calls itself, and whether that name resolves to it. Never raises.

    `own_names` are names and addresses of this site, in lower case: who greets with one of them is not who it says.
    """
    client = read_address(client_address)
    text = helo.strip()[:_NAME_CHARACTERS]
    domain = to_domain(text)
    name = domain or text.lower()
    literal = read_literal(text)
    is_own = name in own_names
    if literal is not None or text.startswith("["):
        return HeloFacts(
            name=name,
            is_literal=text.startswith("["),
            is_bare_address=not text.startswith("["),
            is_client_address=literal is not None and literal == client,
            is_own=is_own or (literal is not None and str(literal) in own_names),
        )
    if not domain or client is None:
        return HeloFacts(name=name, is_qualified=bool(domain), is_own=is_own)
    question = addresses_of(domain, client)
    answer = (yield (question,)).get(question, NOT_ASKED)
    if not answer.is_known:
        result = AuthResult.TEMPERROR
    else:
        result = AuthResult.PASS if _leads_to(answer, client) else AuthResult.FAIL
    return HeloFacts(name=domain, is_qualified=True, is_own=is_own, result=result, exists=bool(answer.records))


def _leads_to(answer: Answer, client: Address) -> bool:
    return any(read_address(record) == client for record in answer.records)
