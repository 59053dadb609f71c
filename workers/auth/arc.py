"""ARC chains verified (RFC 8617): who forwarded the message, and what each of them found before changing it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from mailcore.authentication import ArcHop, ArcResult, AuthResult, SignatureReason
from mailcore.authentication_results import read_sealed_results
from mailcore.dns import NOT_ASKED, Answer, Lookup, Question
from workers.auth.canonical import CRLF, Canonicalisation, SignedMessage, new_hash
from workers.auth.dkim import Check, check_signature, questions_of
from workers.auth.keys import is_signed_by, usable_keys
from workers.auth.signature import (
    Form,
    Signature,
    SignatureLimits,
    Unacceptable,
    check_times,
    read_signature,
    read_tags,
)

MAX_INSTANCES = 50  # RFC 8617, 4.2.1

_RESULTS = "arc-authentication-results"
_FIELDS = (_RESULTS, Form.ARC_MESSAGE.value, Form.ARC_SEAL.value)
_RESULTS_INSTANCE = re.compile(rb"[ \t\r\n]*i[ \t\r\n]*=[ \t\r\n]*([0-9]{1,2})[ \t\r\n]*;")
_INSTANCE = re.compile(rb"[0-9]{1,2}")


class BrokenChain(Exception):
    """The chain fails whatever the DNS says."""


class _Set(Struct, frozen=True, kw_only=True):
    """One instance: its three fields (positions in the message) and the signatures in two of them."""

    instance: int
    results: int
    message: Signature
    seal: Signature
    validation: str


def verify_arc(
    message: bytes | SignedMessage, *, now: float, limits: SignatureLimits | None = None
) -> Lookup[ArcResult]:
    """The chain's validation status, with `temperror` where only the DNS was missing. Never raises.

    `message` is the whole message as received, or a `SignedMessage` shared with other checks. `now` is when it was
    received, in seconds since the epoch.
    """
    limits = limits or SignatureLimits()
    if isinstance(message, bytes):
        message = SignedMessage(message)
    if message.is_too_large:
        return ArcResult(result=AuthResult.POLICY, reason=str(SignatureReason.HEADER_TOO_LARGE))
    if not any(message.named(name) for name in _FIELDS):
        return ArcResult(result=AuthResult.NONE)
    try:
        sets = _read_sets(message, limits)
    except BrokenChain as broken:
        return ArcResult(result=AuthResult.FAIL, reason=str(broken))
    problem = _structure_problem(sets)
    if problem:
        return ArcResult(result=AuthResult.FAIL, reason=problem, hops=_hops(message, sets))
    answers = yield tuple(questions_of((*(each.seal for each in sets), sets[-1].message)))
    return _verified(message, sets, answers, now, limits)


def _read_sets(message: SignedMessage, limits: SignatureLimits) -> list[_Set]:
    """The sets in order of their instances; raises BrokenChain unless they are 1..n, each whole (RFC 8617, 5.2, 3)."""
    found: dict[str, dict[int, int]] = {}
    for name in _FIELDS:
        positions = message.named(name)
        if len(positions) > MAX_INSTANCES:
            raise BrokenChain("too many sets")
        instances = found[name] = {instance_of(message, position, name): position for position in positions}
        if len(instances) != len(positions):
            raise BrokenChain("an instance twice")
    results, messages, seals = (found[name] for name in _FIELDS)
    if sorted(seals) != list(range(1, len(seals) + 1)) or not seals.keys() == messages.keys() == results.keys():
        raise BrokenChain("incomplete sets")
    try:
        return [
            _Set(
                instance=instance,
                results=results[instance],
                message=read_signature(message, messages[instance], Form.ARC_MESSAGE, limits),
                seal=read_signature(message, seals[instance], Form.ARC_SEAL, limits),
                validation=read_tags(message.fields[seals[instance]].value)["cv"].decode("latin-1").lower(),
            )
            for instance in sorted(seals)
        ]
    except Unacceptable as unacceptable:
        raise BrokenChain(unacceptable.reason) from None


def instance_of(message: SignedMessage, position: int, name: str) -> int:
    """The number of the set that a field of that name (lower case) belongs to; raises BrokenChain where it has none."""
    value = message.fields[position].value
    if name == _RESULTS:
        match = _RESULTS_INSTANCE.match(value)
        text = match.group(1) if match else b""
    else:
        try:
            text = read_tags(value).get("i", b"")
        except ValueError:
            raise BrokenChain(SignatureReason.MALFORMED) from None
    if not _INSTANCE.fullmatch(text) or not 1 <= int(text) <= MAX_INSTANCES:
        raise BrokenChain("malformed instance")
    return int(text)


def _structure_problem(sets: list[_Set]) -> str:
    """Why the chain fails by what its seals say ("" where it does not)."""
    if sets[-1].validation == "fail":
        return "already failed on the way"
    for each in sets:
        if each.validation != ("none" if each.instance == 1 else "pass"):
            return "a seal says the wrong thing of the chain before it"
    return ""


def _verified(
    message: SignedMessage, sets: list[_Set], answers: Mapping[Question, Answer], now: float, limits: SignatureLimits
) -> ArcResult:
    """All seals and the newest message signature (RFC 8617, 5.2, 4 and 6); the older ones prove nothing to anybody."""
    newest = sets[-1].message
    message.digest_bodies((newest.body,))
    outcomes = [_check_message(message, newest, answers, now, limits), *_check_seals(message, sets, answers, limits)]
    worst = next((each for each in outcomes if each.result not in (AuthResult.PASS, AuthResult.TEMPERROR)), None)
    hops = _hops(message, sets)
    if worst is not None:
        return ArcResult(result=AuthResult.FAIL, reason=worst.reason, hops=hops)
    unknown = next((each for each in outcomes if each.result is AuthResult.TEMPERROR), None)
    if unknown is not None:
        return ArcResult(result=AuthResult.TEMPERROR, reason=unknown.reason, hops=hops)
    return ArcResult(result=AuthResult.PASS, hops=hops)


def _check_message(
    message: SignedMessage,
    signature: Signature,
    answers: Mapping[Question, Answer],
    now: float,
    limits: SignatureLimits,
) -> Check:
    try:
        check_times(signature, now, limits)
    except Unacceptable as unacceptable:
        return Check(result=unacceptable.result, reason=str(unacceptable.reason))
    check = check_signature(message, signature, answers.get(signature.question, NOT_ASKED), limits)
    length = signature.body.length
    if check.result is AuthResult.PASS and length is not None and message.body_size(signature.body) > length:
        # RFC 8617 knows no l=: whoever adds text behind its end would have it vouched for by the sealer.
        return Check(result=AuthResult.FAIL, reason=str(SignatureReason.BODY_ALTERED), key=check.key)
    return check


def _check_seals(
    message: SignedMessage, sets: list[_Set], answers: Mapping[Question, Answer], limits: SignatureLimits
) -> list[Check]:
    """Each seal signs all sets up to its own, in order (RFC 8617, 5.1.1): what they share is hashed once."""
    checks: list[Check] = []
    running = new_hash("sha256")
    for each in sets:
        for position in (each.results, each.message.position):
            running.update(message.canonical_field(position, Canonicalisation.RELAXED) + CRLF)
        own = running.copy()
        field = message.fields[each.seal.position]
        own.update(field.canonical(Canonicalisation.RELAXED, value=each.seal.emptied))
        checks.append(_check_seal(own.digest(), each.seal, answers, limits))
        running.update(message.canonical_field(each.seal.position, Canonicalisation.RELAXED) + CRLF)
    return checks


def _check_seal(digest: bytes, seal: Signature, answers: Mapping[Question, Answer], limits: SignatureLimits) -> Check:
    try:
        keys = usable_keys(answers.get(seal.question, NOT_ASKED), seal, limits)
    except Unacceptable as unacceptable:
        return Check(result=unacceptable.result, reason=str(unacceptable.reason))
    if any(is_signed_by(key, digest, seal) for key in keys):
        return Check(result=AuthResult.PASS)
    return Check(result=AuthResult.FAIL, reason=str(SignatureReason.MISMATCH))


def _hops(message: SignedMessage, sets: list[_Set]) -> tuple[ArcHop, ...]:
    return tuple(_hop(message, each) for each in sets)


def _hop(message: SignedMessage, each: _Set) -> ArcHop:
    written = message.fields[each.results].value.partition(b";")[2]  # behind i=
    authserv_id, claims = read_sealed_results(written.replace(CRLF, b"").decode("latin-1"))
    return ArcHop(
        instance=each.instance,
        domain=each.seal.domain,
        selector=each.seal.selector,
        authserv_id=authserv_id,
        claims=claims,
    )
