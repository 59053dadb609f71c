"""Public keys of DKIM and ARC as the DNS has them, and signatures checked with them (RFC 6376, 3.6.1; RFC 8463)."""

from __future__ import annotations

import functools

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec import Struct

from mailcore.authentication import AuthResult, SignatureReason
from mailcore.dns import Answer
from workers.auth.canonical import LINE_ENDS_AND_SPACE
from workers.auth.signature import Signature, SignatureLimits, Unacceptable, read_base64, read_tags

RECORD_CHARACTERS = 8_192  # a key of 16,384 bits takes 2,800
_EXPONENT_BITS = 64  # 65537 is what everybody uses; a long exponent makes verifying as slow as signing
_ED25519_BYTES = 32

_HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1()}  # noqa: S303  # archives


class PublicKey(Struct, frozen=True, kw_only=True):
    """A key record. `hashes` is empty where every one is allowed; `is_strict` allows i= no subdomain (t=s)."""

    key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey
    type: str
    bits: int
    hashes: frozenset[str]
    is_for_mail: bool
    is_testing: bool
    is_strict: bool


def usable_keys(answer: Answer, signature: Signature, limits: SignatureLimits) -> tuple[PublicKey, ...]:
    """The keys that this signature may be checked with. Raises Unacceptable where there are none, with what is wrong
    with the first record.

    There should be one record; of several each may be the one (RFC 6376, 3.6.2.2).
    """
    if not answer.is_known:
        raise Unacceptable(SignatureReason.NO_ANSWER, AuthResult.TEMPERROR)
    usable: list[PublicKey] = []
    problem: Unacceptable | None = None
    for record in answer.records[: limits.keys]:
        try:
            found = read_key(record)
            if isinstance(found, SignatureReason):
                raise Unacceptable(found)
            _check_key(found, signature, limits)
            usable.append(found)
        except Unacceptable as unusable:
            problem = problem or unusable
    if not usable:
        raise problem or Unacceptable(SignatureReason.NO_KEY)
    return tuple(usable)


def _check_key(key: PublicKey, signature: Signature, limits: SignatureLimits) -> None:
    """Raises Unacceptable where the key is not for this signature, or too weak or too costly."""
    if key.type != signature.key_type or (key.hashes and signature.hash not in key.hashes):
        raise Unacceptable(SignatureReason.KEY_FOR_OTHER_ALGORITHM)
    if not key.is_for_mail:
        raise Unacceptable(SignatureReason.KEY_FOR_OTHER_SERVICE)
    if key.is_strict and signature.identity_domain != signature.domain:
        raise Unacceptable(SignatureReason.FOREIGN_IDENTITY)
    if isinstance(key.key, rsa.RSAPublicKey):
        if key.bits < limits.smallest_rsa_key:
            raise Unacceptable(SignatureReason.KEY_TOO_SHORT)
        if key.bits > limits.largest_rsa_key:
            raise Unacceptable(SignatureReason.KEY_TOO_LONG, AuthResult.POLICY)


@functools.lru_cache(maxsize=1_024)  # at most 8 MB of records
def read_key(record: str) -> PublicKey | SignatureReason:
    """The key in a TXT record (latin-1 text), or why there is none. Never raises."""
    if len(record) > RECORD_CHARACTERS:
        return SignatureReason.KEY_MALFORMED
    try:
        tags = read_tags(record.encode("latin-1"))
        if "v" in tags and (tags["v"] != b"DKIM1" or next(iter(tags)) != "v"):
            return SignatureReason.KEY_MALFORMED
        letters = tags["p"].translate(None, LINE_ENDS_AND_SPACE)
        if not letters:
            return SignatureReason.KEY_REVOKED
        # Some zones leave the padding out.
        data = read_base64(letters.rstrip(b"=") + b"=" * (-len(letters.rstrip(b"=")) % 4))
        key_type = tags.get("k", b"rsa").decode("latin-1").lower()
        key = _load(key_type, data)
    except (ValueError, KeyError, TypeError, UnsupportedAlgorithm):
        return SignatureReason.KEY_MALFORMED
    if key is None:
        return SignatureReason.KEY_FOR_OTHER_ALGORITHM
    flags, services = _items(tags.get("t", b"")), _items(tags.get("s", b"*"))
    return PublicKey(
        key=key,
        type=key_type,
        bits=key.key_size if isinstance(key, rsa.RSAPublicKey) else 0,
        hashes=_items(tags["h"]) if "h" in tags else frozenset(),
        is_for_mail="*" in services or "email" in services,
        is_testing="y" in flags,
        is_strict="s" in flags,
    )


def _load(key_type: str, data: bytes) -> rsa.RSAPublicKey | ed25519.Ed25519PublicKey | None:
    """The key, None for a kind that is not known. Raises ValueError and UnsupportedAlgorithm for what is no key."""
    if key_type == "ed25519":
        if len(data) != _ED25519_BYTES:  # RFC 8463, 4.1: the bare key
            raise ValueError("no Ed25519 key")
        return ed25519.Ed25519PublicKey.from_public_bytes(data)
    if key_type != "rsa":
        return None
    key = load_der_public_key(data)  # SubjectPublicKeyInfo, or PKCS #1 as RFC 6376 says
    if not isinstance(key, rsa.RSAPublicKey) or key.public_numbers().e.bit_length() > _EXPONENT_BITS:
        raise ValueError("no RSA key that can be used")
    return key


def is_signed_by(key: PublicKey, digest: bytes, signature: Signature) -> bool:
    """Whether the signature over that digest was made with the key's other half."""
    try:
        if isinstance(key.key, rsa.RSAPublicKey):
            algorithm = utils.Prehashed(_HASHES[signature.hash])
            key.key.verify(signature.value, digest, padding.PKCS1v15(), algorithm)
        else:
            key.key.verify(signature.value, digest)  # RFC 8463, 3: of the digest, not of the header
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _items(text: bytes) -> frozenset[str]:
    return frozenset(item.strip(LINE_ENDS_AND_SPACE).decode("latin-1").lower() for item in text.split(b":"))
