"""Gathers who is really sending: SPF, DKIM, ARC, DMARC, BIMI and the names of the client, asked side by side."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

from mailcore.authentication import (
    ArcResult,
    AuthFacts,
    AuthResult,
    AuthSource,
    ClientFacts,
    DkimResult,
    HeloFacts,
    PublishedDmarc,
    ReverseFacts,
    SignatureReason,
    SpfOutcome,
)
from mailcore.dns import Lookup
from mailcore.hops import Hop, find_border
from mailcore.message import Direction
from mailcore.ports import ListHealth, Resolver
from mailcore.settings import Settings
from mailcore.view import MailView
from workers.auth.arc import verify_arc
from workers.auth.author import Author, read_author
from workers.auth.bimi import find_bimi
from workers.auth.canonical import SignedMessage
from workers.auth.dkim import verify_dkim
from workers.auth.dmarc import SPF_NOT_KNOWN, DmarcOutcome, find_policy, judge_alignment
from workers.auth.dmarc_record import DmarcRecord
from workers.auth.dns_lists import ListsOfMessage, Untested, first_subjects, with_lists
from workers.auth.forwarded import trusted_sealer
from workers.auth.hidden_author import has_hidden_from
from workers.auth.lookups import run_lookups
from workers.auth.reverse import check_helo, check_reverse
from workers.auth.signature import SignatureLimits
from workers.auth.spf import check_spf, check_spf_of_helo
from workers.pool import Gather, Gathered

RAW = "raw"  # the part that is the whole message as received
# What may be wrong because the end of the body is missing. A header that is not as it was signed is forged anyway.
_OF_BODY = frozenset({SignatureReason.BODY_ALTERED.value, SignatureReason.BODY_SHORTER.value})
_RESERVE_SECONDS = 0.5  # for what is computed when the last answer has come


class Verified(Struct, frozen=True, kw_only=True):
    """What the checks found, before they are put together."""

    hop: Hop
    author: Author
    dkim: tuple[DkimResult, ...]
    arc: ArcResult
    spf: SpfOutcome | None = None
    helo: SpfOutcome | None = None
    reverse: ReverseFacts | None = None
    helo_facts: HeloFacts | None = None
    has_bimi: bool = False


def build_gather(resolver: Resolver, settings: Settings, list_health: ListHealth | None = None) -> Gather:
    """The gather step of the pool over that resolver; without `list_health` each message tests the DNS lists."""
    health = list_health or Untested()

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        if view.auth.source is AuthSource.REPLAYED:
            return Gathered(view=view)  # recorded when the mail came: the DNS of today knows nothing of it
        networks = settings.networks
        hop = find_border(
            view.envelope, view.message, internal=networks.internal, trusted_relays=networks.trusted_relays
        )
        # What leaves the house has no results yet: those who get it look for themselves.
        if hop.is_own_client or view.envelope.direction is Direction.OUTBOUND:
            return _skipped(view, "the mail comes from a client of our own")
        raw = parts[RAW]
        ends = time.monotonic() + max(0.0, min(settings.auth.seconds, seconds - _RESERVE_SECONDS))
        author = read_author(view.message, has_hidden=has_hidden_from(raw))
        lists = ListsOfMessage(settings, health, resolver)
        lists.begin(first_subjects(view, hop, author))
        # However little time there is, some of it is for the sender: what is remembered needs hardly any.
        reserve = min(lists.reserve, max(0.0, ends - time.monotonic()) / 2)
        facts = _verify(view, raw, hop, author, resolver, settings, ends=ends - reserve)
        facts = with_lists(facts, lists, seconds=ends - time.monotonic())
        why = "it was cut, or the DNS did not answer, for" if view.message.truncated else "the DNS did not answer for"
        problems = (f"{why} {', '.join(facts.missing)}",) if facts.missing else ()
        return Gathered(
            view=structs.replace(view, auth=facts),
            problems=(*problems, *facts.list_problems),
            bytes_read=len(raw),
            auth=facts,
        )

    return gather


def _skipped(view: MailView, reason: str) -> Gathered:
    return Gathered(view=view, auth=AuthFacts(skipped=reason))


def _verify(
    view: MailView, raw: bytes, hop: Hop, author: Author, resolver: Resolver, settings: Settings, *, ends: float
) -> AuthFacts:
    """Two steps: all that stands on its own, then the alignment, which needs the results of SPF and DKIM."""
    by = settings.auth.dmarc_organisation
    policies = {f"policy of {domain}": find_policy(domain, by=by) for domain in author.domains}
    found = run_lookups(
        {**_checks(view, raw, hop, author, settings), **policies}, resolver, seconds=ends - time.monotonic()
    )
    verified = Verified(
        hop=hop,
        author=author,
        dkim=_known(found["dkim"], view),
        arc=_known_chain(found["arc"], view),
        spf=found.get("spf"),
        helo=found.get("helo"),
        reverse=found.get("reverse"),
        helo_facts=found.get("greeting"),
        has_bimi=bool(found.get("bimi", False)),
    )
    spf, spf_domain, is_spf_known = _spf(verified, view)
    sample = zlib.crc32(f"{view.message.header('message-id')} {view.message.header('date')}".encode()) % 100
    outcomes = run_lookups(
        {
            name: judge_alignment(
                found[name],
                spf=spf,
                spf_domain=spf_domain,
                dkim=verified.dkim,
                is_spf_known=is_spf_known,
                sample=sample,
                by=by,
            )
            for name in policies
        },
        resolver,
        seconds=ends - time.monotonic(),
    )
    dmarc = _of_author(author, [outcomes[name] for name in policies])
    return _facts(view, verified, dmarc, trusted=settings.auth.trusted_sealers)


def _checks(view: MailView, raw: bytes, hop: Hop, author: Author, settings: Settings) -> dict[str, Lookup[Any]]:
    """The checks that need no results of others."""
    message = SignedMessage(raw)
    now = view.envelope.received_at or time.time()
    receiver = settings.front.authserv_id
    limits = SignatureLimits.of(settings.auth.signatures)
    void_lookups = settings.auth.spf_void_lookups
    checks: dict[str, Lookup[Any]] = {
        "dkim": verify_dkim(message, now=now, limits=limits),
        "arc": verify_arc(message, now=now, limits=limits),
    }
    if hop.address:
        # Without Return-Path nobody knows the sender of a stored message: the null sender would be a guess.
        if hop.knows_sender:
            checks["spf"] = check_spf(
                client_address=hop.address,
                sender=hop.sender,
                helo=hop.helo,
                receiver=receiver,
                now=now,
                void_lookups=void_lookups,
            )
        if hop.helo and (hop.sender or not hop.knows_sender):
            checks["helo"] = check_spf_of_helo(
                client_address=hop.address, helo=hop.helo, receiver=receiver, now=now, void_lookups=void_lookups
            )
        checks["reverse"] = check_reverse(hop.address)
        if hop.helo:
            own = {name.lower() for name in (receiver, *settings.networks.local_domains) if name}
            checks["greeting"] = check_helo(hop.helo, hop.address, own_names=own)
    if author.domain:
        checks["bimi"] = find_bimi(author.domain)
    return checks


def _known(results: tuple[DkimResult, ...], view: MailView) -> tuple[DkimResult, ...]:
    """Of a message that was not read to its end nobody knows whether its body was altered."""
    if not view.message.truncated:
        return results
    return tuple(
        structs.replace(each, result=AuthResult.TEMPERROR, reason="the message is larger than what is read of one")
        if each.result is AuthResult.FAIL and each.reason in _OF_BODY
        else each
        for each in results
    )


def _known_chain(arc: ArcResult, view: MailView) -> ArcResult:
    if arc.result is AuthResult.FAIL and view.message.truncated and arc.reason in _OF_BODY:
        return structs.replace(arc, result=AuthResult.TEMPERROR)
    return arc


def _spf(verified: Verified, view: MailView) -> tuple[AuthResult, str, bool]:
    """SPF, its domain, and whether it is known; where the client is not, what a server of ours before us has found."""
    if verified.spf is not None:
        return verified.spf.result, verified.spf.domain, True
    if not verified.hop.address and view.auth.source is AuthSource.TRUSTED_HEADER:
        return view.auth.spf, view.auth.spf_domain, True
    return AuthResult.NONE, "", False


def _of_author(author: Author, outcomes: list[DmarcOutcome]) -> DmarcOutcome:
    """The result for From as a whole. Where it has no single author nothing passes, and the strictest policy counts."""
    if not author.is_ambiguous:
        return outcomes[0] if outcomes else DmarcOutcome(result=AuthResult.PERMERROR, reason="no domain in From")
    reason = ", ".join(author.problems)
    with_policy = [each for each in outcomes if each.at]
    if with_policy:
        strictest = max(with_policy, key=lambda each: each.policy.severity)
        # A pass has no disposition, and of a domain that did not pass it may be milder by pct= or t=.
        return structs.replace(
            strictest, result=AuthResult.FAIL, reason=reason, disposition=strictest.policy, aligned_by=()
        )
    if any(each.result is AuthResult.TEMPERROR for each in outcomes):
        return DmarcOutcome(result=AuthResult.TEMPERROR, reason=reason)
    return DmarcOutcome(result=AuthResult.PERMERROR, reason=reason)


def _facts(view: MailView, verified: Verified, dmarc: DmarcOutcome, *, trusted: tuple[str, ...]) -> AuthFacts:
    hop, author, arc = verified.hop, verified.author, verified.arc
    spf, spf_domain, _ = _spf(verified, view)
    sealer = "" if author.is_ambiguous else trusted_sealer(arc, author.domain, trusted)
    overridden = sealer if dmarc.result is AuthResult.FAIL else ""
    return AuthFacts(
        source=AuthSource.VERIFIED,
        # Of several domains the one whose policy counts: its owner is the one who may be impersonated.
        from_domain=dmarc.domain or author.domain,
        spf=spf,
        spf_domain=spf_domain,
        spf_outcomes=tuple(each for each in (verified.spf, verified.helo) if each is not None),
        dkim=verified.dkim,
        dmarc=AuthResult.PASS if overridden else dmarc.result,
        dmarc_policy=dmarc.policy.value if dmarc.at else "",
        dmarc_reason=dmarc.reason,
        dmarc_domain=dmarc.at,
        dmarc_disposition=dmarc.disposition.value if dmarc.result is AuthResult.FAIL and not overridden else "",
        dmarc_override=f"arc: {overridden} is trusted and found that DMARC passed" if overridden else "",
        dmarc_aligned=dmarc.aligned_by,
        dmarc_published=_published(dmarc.record),
        arc=arc.result,
        arc_reason=arc.reason,
        arc_sealers=arc.sealers,
        author_problems=tuple(problem.value for problem in author.problems),
        client=ClientFacts(
            address=hop.address,
            helo=hop.helo,
            sender=hop.sender,
            relays=hop.relays,
            inferred=hop.inferred,
            reason=hop.reason,
            reverse=verified.reverse,
            helo_facts=verified.helo_facts,
        ),
        has_bimi=verified.has_bimi,
        missing=_missing(verified, dmarc),
    )


def _published(record: DmarcRecord | None) -> PublishedDmarc | None:
    if record is None:
        return None
    return PublishedDmarc(
        policy=record.policy.value,
        subdomains=record.subdomains.value if record.subdomains is not None else "",
        nonexistent=record.nonexistent.value if record.nonexistent is not None else "",
        is_dkim_strict=record.is_dkim_strict,
        is_spf_strict=record.is_spf_strict,
        percentage=record.percentage,
        is_testing=record.is_testing,
        failure_options=record.failure_options,
        report_to=record.report_to,
    )


def _missing(verified: Verified, dmarc: DmarcOutcome) -> tuple[str, ...]:
    """The checks that the DNS did not answer."""
    results = {
        "SPF": [verified.spf.result] if verified.spf else [],
        "SPF of HELO": [verified.helo.result] if verified.helo else [],
        "the client's names": [verified.reverse.result] if verified.reverse else [],
        "DKIM": [each.result for each in verified.dkim],
        "ARC": [verified.arc.result],
        "DMARC": [dmarc.result] if dmarc.reason != SPF_NOT_KNOWN else [],
    }
    return tuple(name for name, found in results.items() if AuthResult.TEMPERROR in found)
