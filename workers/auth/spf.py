"""SPF (RFC 7208): may this client send for that domain? What asks the DNS is yielded, the rest is computed."""

from __future__ import annotations

from mailcore.authentication import AuthResult, SpfIdentity, SpfOutcome, SpfReason
from mailcore.dns import Lookup
from mailcore.ip_addresses import Address, read_address
from workers.auth.names import to_domain
from workers.auth.spf_evaluation import VOID_LOOKUPS, Evaluation, Stop
from workers.auth.spf_macro import Speaker

_IDENTITY_CHARACTERS = 512
_DETAIL_CHARACTERS = 256


def check_spf(
    *,
    client_address: str,
    sender: str,
    helo: str,
    receiver: str = "",
    now: float = 0.0,
    void_lookups: int = VOID_LOOKUPS,
) -> Lookup[SpfOutcome]:
    """The result for MAIL FROM; for HELO where the sender is the null sender, `""` (RFC 7208, 2.4). Never raises.

    Domains may have U-labels. `receiver` is our own host name and `now` the time in seconds since the epoch: both only
    ever stand in explanations. `void_lookups` is how many lookups may find nothing (RFC 7208, 4.6.4).
    """
    is_null = sender in ("", "<>")
    local_part, _, sender_domain = sender.rpartition("@")
    checked = helo if is_null else sender_domain
    return (
        yield from _check(
            SpfIdentity.HELO if is_null else SpfIdentity.MAIL_FROM,
            client=read_address(client_address),
            domain=to_domain(checked),
            local_part=local_part or "postmaster",
            helo=helo,
            receiver=receiver,
            now=now,
            void_lookups=void_lookups,
        )
    )


def check_spf_of_helo(
    *, client_address: str, helo: str, receiver: str = "", now: float = 0.0, void_lookups: int = VOID_LOOKUPS
) -> Lookup[SpfOutcome]:
    """The result for HELO, be there a sender or not (RFC 7208, 2.3)."""
    return (
        yield from check_spf(
            client_address=client_address, sender="", helo=helo, receiver=receiver, now=now, void_lookups=void_lookups
        )
    )


def _check(
    identity: SpfIdentity,
    *,
    client: Address | None,
    domain: str,
    local_part: str,
    helo: str,
    receiver: str,
    now: float,
    void_lookups: int,
) -> Lookup[SpfOutcome]:
    if client is None:
        return SpfOutcome(result=AuthResult.NONE, identity=identity, domain=domain, reason=SpfReason.NO_CLIENT)
    if not domain:
        return SpfOutcome(result=AuthResult.NONE, identity=identity, reason=SpfReason.NO_DOMAIN)
    speaker = Speaker(
        address=str(client),
        dotted=str(client) if client.version == 4 else ".".join(client.exploded.replace(":", "").upper()),
        family="in-addr" if client.version == 4 else "ip6",
        local_part=local_part[:_IDENTITY_CHARACTERS],
        domain=domain,
        helo=to_domain(helo) or helo[:_IDENTITY_CHARACTERS],
        receiver=receiver,
        now=now,
    )
    evaluation = Evaluation(client, speaker, void_lookups=void_lookups)
    try:
        match = yield from evaluation.check_host(domain)
    except Stop as stop:
        detail = stop.detail[:_DETAIL_CHARACTERS]
        return SpfOutcome(result=stop.result, identity=identity, domain=domain, reason=stop.reason, detail=detail)
    if match is None:
        return SpfOutcome(result=AuthResult.NONE, identity=identity, domain=domain, reason=SpfReason.NO_RECORD)
    is_secure = evaluation.is_secure
    explanation = ""
    if match.result is AuthResult.FAIL and match.record.explanation is not None:
        explanation = yield from evaluation.explain(match.record.explanation, match.domain)
    return SpfOutcome(
        result=match.result,
        identity=identity,
        domain=domain,
        mechanism=match.mechanism[:_DETAIL_CHARACTERS],
        reason=None if match.mechanism else SpfReason.NO_MATCH,
        explanation=explanation,
        is_secure=is_secure,
    )
