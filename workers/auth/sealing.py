"""ARC sets for messages that were changed here (RFC 8617, 5.1): what was found before, and what is sent on now."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mailcore.authentication import AuthFacts, AuthResult
from workers.auth.arc import MAX_INSTANCES, BrokenChain, instance_of
from workers.auth.canonical import CRLF, BodyForm, Canonicalisation, SignedMessage, relaxed_field
from workers.auth.dkim import TELLING_HEADERS
from workers.auth.signature import read_tags

SMALLEST_KEY = 2_048  # bits; RFC 8301, 3.2, would have 1,024 at least

Fields = tuple[tuple[str, str], ...]
"""Names and values of header fields, folded by LF and a space."""

_RESULTS = "ARC-Authentication-Results"
_MESSAGE = "ARC-Message-Signature"
_SEAL = "ARC-Seal"
_VALIDATION = {AuthResult.NONE: "none", AuthResult.PASS: "pass", AuthResult.FAIL: "fail"}
_BODY = BodyForm(Canonicalisation.RELAXED, "sha256", None)
_LINE = 72  # characters of a signature on a line


class Sealer:
    """Seals for one domain. The key is RSA: no verifier of ARC has to know another kind."""

    def __init__(self, domain: str, selector: str, key: rsa.RSAPrivateKey) -> None:
        self._domain = domain.lower()
        self._selector = selector.lower()
        self._key = key

    def __repr__(self) -> str:
        """Without the key: sealers may come into log lines."""
        return f"Sealer({self._selector}._domainkey.{self._domain})"

    def seal(self, message: bytes, *, results: str, found: AuthFacts, now: float, subject: str | None = None) -> Fields:
        """The fields of one more set, in the order in which they go above all others; none where none may be made.

        `message` is the header as it was received, and the body as it is sent on; `subject` is the new value of the
        topmost Subject, where it has one. `results` is what Authentication-Results says, `found` what was verified,
        both of the message as received. `now` is in seconds since the epoch.

        None where the chain could not be verified, and behind a seal that said it is broken: that is its end.
        """
        validation = _VALIDATION.get(found.arc)
        signed = SignedMessage(message)
        if validation is None or not results or not found.is_known or signed.is_too_large or not signed.named("from"):
            return ()
        instance = 1 + max((number for number, _ in _instances(signed)), default=0)
        if instance > MAX_INSTANCES or (instance == 1) != (validation == "none") or _has_ended(signed, instance - 1):
            return ()
        given = f"i={instance}; {results}"
        own = self._message_signature(signed, instance, now, subject)
        before = _sets(signed, instance) if validation == "pass" else b""
        seal = self._seal(before, given, own, f"i={instance}; a=rsa-sha256; t={int(now)}; cv={validation};")
        return ((_RESULTS, given), (_MESSAGE, own), (_SEAL, seal))

    def _message_signature(self, message: SignedMessage, instance: int, now: float, subject: str | None) -> str:
        names = [name for name in (*TELLING_HEADERS, "dkim-signature") for _ in message.named(name)]
        listed = ":\n ".join(names)
        digest = base64.b64encode(message.body_digest(_BODY)).decode("ascii")
        value = (
            f"i={instance}; a=rsa-sha256; c=relaxed/relaxed; d={self._domain};\n s={self._selector}; t={int(now)};\n"
            f" h={listed};\n bh={digest};\n b="
        )
        topmost = message.named("subject")[:1] if subject is not None else []
        pieces = [
            _canonical("subject", subject or "")
            if position in topmost
            else message.canonical_field(position, Canonicalisation.RELAXED)
            for position in message.selected(names, apart_from=-1)
        ]
        return value + self._signature(CRLF.join((*pieces, _canonical(_MESSAGE, value))))

    def _seal(self, before: bytes, results: str, own: str, tags: str) -> str:
        value = f"{tags}\n d={self._domain}; s={self._selector};\n b="
        fields = (_canonical(_RESULTS, results), _canonical(_MESSAGE, own), _canonical(_SEAL, value))
        return value + self._signature(before + CRLF.join(fields))

    def _signature(self, data: bytes) -> str:
        letters = base64.b64encode(self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())).decode("ascii")
        return "\n ".join(letters[at : at + _LINE] for at in range(0, len(letters), _LINE))


def make_sealer(domain: str, selector: str, pem: bytes) -> Sealer:
    """A sealer with that private key. Raises ValueError for what is none, or too short."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("expected an RSA key in PEM form, without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("expected an RSA key: seals have no other (openssl genrsa 2048)")
    if key.key_size < SMALLEST_KEY:
        raise ValueError(f"the key has {key.key_size} bits, expected {SMALLEST_KEY} at least")
    return Sealer(domain, selector, key)


def _canonical(name: str, value: str) -> bytes:
    return relaxed_field(name.lower().encode("ascii"), value.replace("\n", "\r\n").encode("utf-8"))


def _instances(message: SignedMessage) -> Iterator[tuple[int, int]]:
    """Instances of all sets, broken ones too, each with the position of the field."""
    for name in (_RESULTS, _MESSAGE, _SEAL):
        for position in message.named(name.lower()):
            try:
                yield instance_of(message, position, name.lower()), position
            except BrokenChain:
                continue


def _sets(message: SignedMessage, instance: int) -> bytes:
    """All sets before that one, as seals sign them (RFC 8617, 5.1.1): in order, each field with a line end."""
    order = {_RESULTS.lower(): 0, _MESSAGE.lower(): 1, _SEAL.lower(): 2}
    fields = sorted((number, order[message.fields[at].name], at) for number, at in _instances(message))
    return b"".join(
        message.canonical_field(at, Canonicalisation.RELAXED) + CRLF for number, _, at in fields if number < instance
    )


def _has_ended(message: SignedMessage, newest: int) -> bool:
    """Whether the newest seal says that the chain was broken when it came there."""
    for number, position in _instances(message):
        field = message.fields[position]
        if number == newest and field.name == _SEAL.lower():
            try:
                return read_tags(field.value).get("cv", b"").lower() == b"fail"
            except ValueError:
                return False
    return False
