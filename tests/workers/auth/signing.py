"""Signs mail for tests with dkimpy's canonical forms, so that what is verified was not made by what verifies it."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from typing import Literal, TypeVar

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from mailcore.dns import Answer, DnsStatus, Lookup, RecordType

T = TypeVar("T")
PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

NOW = 1_767_607_200.0  # the date of the mail that is signed
DOMAIN = "example.com"
SELECTOR = "sel"
NAME = f"{SELECTOR}._domainkey.{DOMAIN}"


def run(check: Lookup[T], zone: Mapping[str, str | tuple[str, ...] | DnsStatus], *, secure: bool = False) -> T:
    """The check's result with a zone of TXT records by name; what is not in it does not exist."""
    try:
        questions = next(check)
        while True:
            assert len(set(questions)) == len(questions), "asked twice"
            assert all(question.type is RecordType.TXT for question in questions)
            questions = check.send(
                {question: _answer(zone.get(question.name), secure=secure) for question in questions}
            )
    except StopIteration as ended:
        result: T = ended.value
        return result


def _answer(found: str | tuple[str, ...] | DnsStatus | None, *, secure: bool) -> Answer:
    if found is None:
        return Answer(status=DnsStatus.NO_SUCH_NAME)
    if isinstance(found, DnsStatus):
        return Answer(status=found)
    records = (found,) if isinstance(found, str) else found
    return Answer(status=DnsStatus.OK, records=records, ttl=3_600, secure=secure)


@functools.cache
def rsa_key(bits: int = 1_024) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, bits)


@functools.cache
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def record(key: PrivateKey | None = None, **tags: str) -> str:
    """The key record; `tags` replace or add to what a plain one has (an empty one is left out)."""
    public = (key or rsa_key()).public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        kind, data = "ed25519", public.public_bytes_raw()
    else:
        kind = "rsa"
        data = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    written = {"v": "DKIM1", "k": kind, "p": base64.b64encode(data).decode()} | tags
    return "; ".join(f"{name}={value}" for name, value in written.items() if value or name == "p")


def bare_record(modulus: int, exponent: int = 65_537) -> str:
    """A record of a key of any size, in the form that RFC 6376 names (PKCS #1). Nobody has its other half."""
    integers = b"".join(
        _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big")) for number in (modulus, exponent)
    )
    return "v=DKIM1; p=" + base64.b64encode(_der(0x30, integers)).decode()


def _der(tag: int, content: bytes) -> bytes:
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag,)) + (length if len(content) < 128 else bytes((0x80 | len(length),)) + length) + content


def zone(key: PrivateKey | None = None, **tags: str) -> dict[str, str]:
    return {NAME: record(key, **tags)}


def pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def dkimpy_signed(
    raw: bytes, *, key: PrivateKey | None = None, c: str = "relaxed/relaxed", length: bool = False
) -> bytes:
    """The message with a signature that dkimpy alone made."""
    key = key or rsa_key()
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    header, _, body = c.partition("/")
    secret = pem(key) if isinstance(key, rsa.RSAPrivateKey) else base64.b64encode(key.private_bytes_raw())
    field: bytes = dkim.sign(
        raw, SELECTOR.encode(), DOMAIN.encode(), secret, canonicalize=(header.encode(), body.encode()),
        signature_algorithm=b"rsa-sha256" if is_rsa else b"ed25519-sha256", length=length,
    )  # fmt: skip
    return field + raw


def signed(
    raw: bytes,
    *,
    key: PrivateKey | None = None,
    field: str = "DKIM-Signature",
    hash_name: Literal["sha256", "sha1"] = "sha256",
    **tags: str,
) -> bytes:
    """The message with a signature that may have any tags; `tags` replace or add to good ones (empty: left out)."""
    key = key or rsa_key()
    kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ed25519"
    written = {
        "v": "1", "a": f"{kind}-{hash_name}", "c": "relaxed/relaxed", "d": DOMAIN, "s": SELECTOR,
        "h": "from:to:subject:date:message-id:mime-version:content-type:content-transfer-encoding",
    } | tags  # fmt: skip
    policy = dkim.CanonicalizationPolicy.from_c_value(written["c"].encode() if written["c"] else b"simple/simple")
    headers, body = dkim.rfc822_parse(raw)
    canonical = policy.canonicalize_body(body)
    digest = hashlib.new(hash_name, canonical[: int(written["l"])] if written.get("l") else canonical)
    written.setdefault("bh", base64.b64encode(digest.digest()).decode())
    value = " " + "; ".join(f"{name}={text}" for name, text in written.items() if text) + "; b="
    chosen = dkim.select_headers(headers, [name.strip().encode() for name in written["h"].lower().split(":")])
    lines = policy.canonicalize_headers(chosen)
    lines += policy.canonicalize_headers([(field.encode(), value.encode())])
    data = b"".join(name + b":" + text for name, text in lines).removesuffix(b"\r\n")
    return f"{field}:{value}{b_of(key, data, hash_name)}\r\n".encode() + raw


def b_of(key: PrivateKey, data: bytes, hash_name: str = "sha256") -> str:
    """What b= holds for that canonical header."""
    if isinstance(key, rsa.RSAPrivateKey):
        made = key.sign(data, padding.PKCS1v15(), hashes.SHA256() if hash_name == "sha256" else hashes.SHA1())
    else:
        made = key.sign(hashlib.sha256(data).digest())
    return base64.b64encode(made).decode()
