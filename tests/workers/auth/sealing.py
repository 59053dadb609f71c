"""Seals mail for tests as forwarding servers do (RFC 8617, 5.1), with dkimpy's canonical forms."""

from __future__ import annotations

import re

import dkim

from tests.workers.auth.signing import SELECTOR, PrivateKey, b_of, record, rsa_key, signed

FOUND = "dkim=pass header.d=example.com; spf=pass smtp.mailfrom=a@example.com; dmarc=pass header.from=example.com"


def sealers(*domains: str, key: PrivateKey | None = None) -> dict[str, str]:
    """A zone with the keys of these sealers."""
    return {f"{SELECTOR}._domainkey.{domain}": record(key) for domain in domains}


def sealed(
    raw: bytes,
    instance: int = 1,
    *,
    domain: str = "list.example",
    found: str = FOUND,
    cv: str = "",
    key: PrivateKey | None = None,
    seal: str = "",
    **tags: str,
) -> bytes:
    """The message with one more set. `tags` go into the message signature, `seal` behind the tags of the seal."""
    key = key or rsa_key()
    results = f"ARC-Authentication-Results: i={instance}; mx.{domain};\r\n {found}\r\n".encode()
    given = {"v": "", "i": str(instance), "d": domain} | tags
    raw = signed(results + raw, key=key, field="ARC-Message-Signature", **given)  # type: ignore[arg-type]
    cv = cv or ("none" if instance == 1 else "pass")
    kind = "rsa" if given.get("a") != "ed25519-sha256" else "ed25519"
    value = f" i={instance}; a={kind}-sha256; cv={cv}; d={domain}; s={SELECTOR};{seal} b="
    fields = [field for number in range(1, instance) for field in _set(raw, number)]
    fields += [*_set(raw, instance)[:2], (b"ARC-Seal", value.encode())]
    lines = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed").canonicalize_headers(fields)
    data = b"".join(name + b":" + text for name, text in lines).removesuffix(b"\r\n")
    return f"ARC-Seal:{value}{b_of(key, data)}\r\n".encode() + raw


def _set(raw: bytes, instance: int) -> list[tuple[bytes, bytes]]:
    """The fields of one instance in the order of seals: results, message signature, seal."""
    order = [b"arc-authentication-results", b"arc-message-signature", b"arc-seal"]
    headers, _ = dkim.rfc822_parse(raw)
    own = [
        (name, value)
        for name, value in headers
        if name.lower() in order and re.search(rb"(^|;)\s*i=%d\s*;" % instance, value)
    ]
    return sorted(own, key=lambda field: order.index(field[0].lower()))
