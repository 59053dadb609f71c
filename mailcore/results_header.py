"""Writes Authentication-Results (RFC 8601): what was verified here, for the servers and mail programs behind us."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult, SpfIdentity, SpfOutcome

MAX_SIGNATURES = 8  # of a message that are written down
VALUE_CHARACTERS = 200
REASON_CHARACTERS = 100

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+./^_`{|}~@:-]+")
_NOT_PRINTABLE = re.compile(r"[^ -~]+")
_NO_COMMENT = re.compile(r"[^ -'*-\[\]-~]+")


def write_authentication_results(auth: AuthFacts, authserv_id: str) -> str:
    """The value of the field on one line, in ASCII; "" where nothing was verified here.

    Everything that comes from the mail is quoted or written without what has a meaning in a header field.
    """
    if auth.source is not AuthSource.VERIFIED:
        return ""
    results = [*_spf(auth), *_dkim(auth), *_arc(auth), *_dmarc(auth), *_iprev(auth)]
    return "; ".join((_value(authserv_id), *(results or ("none",))))


def _spf(auth: AuthFacts) -> Iterator[str]:
    sender = auth.client.sender if auth.client else ""
    helo = auth.client.helo if auth.client else ""
    for outcome in auth.spf_outcomes:
        if outcome.identity is SpfIdentity.HELO:
            yield f"spf={outcome.result}{_comment(_why(outcome))}{_property('smtp.helo', helo or outcome.domain)}"
        else:
            yield f"spf={outcome.result}{_comment(_why(outcome))}{_property('smtp.mailfrom', sender or outcome.domain)}"


def _why(outcome: SpfOutcome) -> str:
    return outcome.mechanism or str(outcome.reason or "")


def _dkim(auth: AuthFacts) -> Iterator[str]:
    if not auth.dkim:
        yield "dkim=none"
    for signature in auth.dkim[:MAX_SIGNATURES]:
        yield f"dkim={signature.result}{_comment(_about(signature))}" + "".join(
            _property(name, value)
            for name, value in (
                ("header.d", signature.domain),
                ("header.i", signature.identity),
                ("header.s", signature.selector),
                ("header.a", signature.algorithm),
                ("header.b", signature.signature),
            )
            if value
        )


def _about(signature: DkimResult) -> str:
    said = [signature.reason] if signature.reason else []
    said += [f"{signature.key_bits}-bit key"] if signature.key_bits else []
    said += [f"{signature.unsigned_tail_bytes} bytes of the body unsigned"] if signature.unsigned_tail_bytes else []
    return ", ".join(said)


def _arc(auth: AuthFacts) -> Iterator[str]:
    if auth.arc is AuthResult.NONE:
        return
    sealer = auth.arc_sealers[-1] if auth.arc_sealers else ""
    said = ", ".join(filter(None, (auth.arc_reason, f"sealed by {sealer}" if sealer else "")))
    yield f"arc={auth.arc}{_comment(said)}"


def _dmarc(auth: AuthFacts) -> Iterator[str]:
    said = [f"p={auth.dmarc_policy}"] if auth.dmarc_policy else []
    said += [f"dis={auth.dmarc_disposition}"] if auth.dmarc_disposition else []
    said += [auth.dmarc_override] if auth.dmarc_override else [auth.dmarc_reason] if auth.dmarc_reason else []
    found_at = _property("policy.dmarc", auth.dmarc_policy) if auth.dmarc_policy else ""
    yield f"dmarc={auth.dmarc}{_comment(', '.join(said))}{_property('header.from', auth.from_domain)}{found_at}"


def _iprev(auth: AuthFacts) -> Iterator[str]:
    client = auth.client
    if client is not None and client.reverse is not None and client.address:
        name = f" {client.reverse.confirmed[0]}" if client.reverse.confirmed else ""
        yield f"iprev={client.reverse.result}{_comment(name.strip())}{_property('policy.iprev', client.address)}"


def _property(name: str, value: str) -> str:
    return f" {name}={_value(value)}" if value else ""


def _value(text: str) -> str:
    """A token, or a quoted string (RFC 8601, 2.2)."""
    cut = _NOT_PRINTABLE.sub("?", text[:VALUE_CHARACTERS])
    if _TOKEN.fullmatch(cut):
        return cut
    escaped = cut.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _comment(text: str) -> str:
    """A comment without what could end it."""
    plain = " ".join(_NO_COMMENT.sub(" ", text[:REASON_CHARACTERS]).split())
    return f" ({plain})" if plain else ""
