"""DKIM signatures of a message verified (RFC 6376, 8301, 8463): what asks the DNS is yielded, the rest is computed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from mailcore.authentication import AuthResult, DkimResult, SignatureReason
from mailcore.dns import NOT_ASKED, Answer, Lookup, Question
from workers.auth.canonical import SignedMessage, digest_of
from workers.auth.keys import PublicKey, is_signed_by, usable_keys
from workers.auth.signature import (
    Form,
    Signature,
    SignatureLimits,
    Unacceptable,
    check_times,
    read_signature,
    signature_start,
)

# What people see and programs act on: whoever replays a signed mail would add or change these.
TELLING_HEADERS = (
    "from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip

_DOMAIN = re.compile(rb"(?:^|;)[ \t\r\n]*d[ \t\r\n]*=[ \t\r\n]*([!-:<-~]{1,253})")
_LOOKED_AT = 4_096  # bytes of a signature in which its domain is looked for


class Check(Struct, frozen=True, kw_only=True):
    """What became of one signature; `key` is the one it was made with, or else the first that it might have been."""

    result: AuthResult
    reason: str = ""
    key: PublicKey | None = None


def verify_dkim(
    message: bytes | SignedMessage, *, now: float, limits: SignatureLimits | None = None
) -> Lookup[tuple[DkimResult, ...]]:
    """The result of each signature, the topmost first; no result where there is no signature. Never raises.

    `message` is the whole message as received, or a `SignedMessage` shared with other checks. `now` is when it was
    received, in seconds since the epoch. Signatures behind the first `limits.signatures` cost nothing and pass never.
    """
    limits = limits or SignatureLimits()
    if isinstance(message, bytes):
        message = SignedMessage(message)
    if message.is_too_large:
        return (DkimResult(domain="", result=AuthResult.POLICY, reason=str(SignatureReason.HEADER_TOO_LARGE)),)
    positions = message.named(Form.DKIM.value)
    read = [_read(message, position, now, limits) for position in positions[: limits.signatures]]
    signatures = [each for each in read if isinstance(each, Signature)]
    answers = (yield tuple(questions_of(signatures))) if signatures else {}
    message.digest_bodies(signature.body for signature in signatures)
    results = [
        each
        if isinstance(each, DkimResult)
        else _verified(message, each, answers.get(each.question, NOT_ASKED), limits)
        for each in read
    ]
    return (*results, *_left_out(message, positions[limits.signatures :], limits))


def questions_of(signatures: Iterable[Signature]) -> dict[Question, None]:
    """Each key once, in the order of the signatures."""
    return dict.fromkeys(signature.question for signature in signatures)


def _read(message: SignedMessage, position: int, now: float, limits: SignatureLimits) -> Signature | DkimResult:
    try:
        signature = read_signature(message, position, Form.DKIM, limits)
    except Unacceptable as unacceptable:
        return DkimResult(
            domain=_claimed_domain(message, position),
            result=unacceptable.result,
            reason=str(unacceptable.reason),
            signature=signature_start(message, position),
        )
    try:
        check_times(signature, now, limits)
    except Unacceptable as unacceptable:
        return _result(message, signature, unacceptable.result, str(unacceptable.reason))
    return signature


def _verified(message: SignedMessage, signature: Signature, answer: Answer, limits: SignatureLimits) -> DkimResult:
    check = check_signature(message, signature, answer, limits)
    return _result(message, signature, check.result, check.reason, key=check.key, is_secure=answer.secure)


def check_signature(message: SignedMessage, signature: Signature, answer: Answer, limits: SignatureLimits) -> Check:
    """Whether a DKIM or ARC message signature holds with a key in that answer. Never raises.

    Where the header is as it was signed and only the body is not, that is the reason: lists add a footer.
    """
    try:
        keys = usable_keys(answer, signature, limits)
    except Unacceptable as unacceptable:
        return Check(result=unacceptable.result, reason=str(unacceptable.reason))
    pieces = [
        message.canonical_field(position, signature.canonicalisation)
        for position in message.selected(signature.names, apart_from=signature.position)
    ]
    own = message.fields[signature.position]
    pieces.append(own.canonical(signature.canonicalisation, value=signature.emptied))
    digest = digest_of(signature.hash, pieces)
    key = next((key for key in keys if is_signed_by(key, digest, signature)), None)
    if key is None:
        return Check(result=AuthResult.FAIL, reason=str(SignatureReason.MISMATCH), key=keys[0])
    if signature.body.length is not None and message.body_size(signature.body) < signature.body.length:
        return Check(result=AuthResult.FAIL, reason=str(SignatureReason.BODY_SHORTER), key=key)
    if message.body_digest(signature.body) != signature.body_hash:
        return Check(result=AuthResult.FAIL, reason=str(SignatureReason.BODY_ALTERED), key=key)
    return Check(result=AuthResult.PASS, key=key)


def _result(
    message: SignedMessage,
    signature: Signature,
    result: AuthResult,
    reason: str,
    *,
    key: PublicKey | None = None,
    is_secure: bool = False,
) -> DkimResult:
    length = signature.body.length
    tail = 0
    if length is not None and key is not None:
        tail = max(0, message.body_size(signature.body) - length)
    return DkimResult(
        domain=signature.domain,
        selector=signature.selector,
        result=result,
        reason=reason,
        identity=signature.identity,
        algorithm=f"{signature.key_type}-{signature.hash}",
        signature=signature_start(message, signature.position),
        key_bits=key.bits if key else 0,
        unsigned_tail_bytes=tail,
        unsigned_headers=_unsigned(message, signature),
        signed_at=signature.signed_at,
        expires_at=signature.expires_at,
        is_testing=key is not None and key.is_testing,
        is_secure=is_secure,
    )


def _unsigned(message: SignedMessage, signature: Signature) -> tuple[str, ...]:
    """Names of telling fields that the message has more often than they were signed."""
    signed = Counter(signature.names)
    return tuple(name for name in TELLING_HEADERS if len(message.named(name)) > signed[name])


def _left_out(message: SignedMessage, positions: list[int], limits: SignatureLimits) -> list[DkimResult]:
    """Signatures that nobody looked at: the first by name, the rest by number."""
    named = [
        DkimResult(domain=_claimed_domain(message, position), result=AuthResult.POLICY, reason=SignatureReason.TOO_MANY)
        for position in positions[: limits.named]
    ]
    unnamed = len(positions) - len(named)
    if unnamed > 0:
        reason = f"{SignatureReason.TOO_MANY}: {unnamed} more"
        named.append(DkimResult(domain="", result=AuthResult.POLICY, reason=reason))
    return named


def _claimed_domain(message: SignedMessage, position: int) -> str:
    """What the signature says its domain is, be it well formed or not; for people."""
    found = _DOMAIN.search(message.fields[position].value[:_LOOKED_AT])
    return found.group(1).decode("latin-1").lower() if found else ""
