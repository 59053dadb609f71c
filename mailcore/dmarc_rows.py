"""What an aggregate report says of one message (RFC 7489, 7.2; RFC 9990): a row, the same for messages that are alike.

Everything in it may come from strangers. It is bounded here; writing it so that no reader stumbles is the business of
`mailcore.aggregate_report`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec import Struct

from mailcore.authentication import (
    AuthFacts,
    AuthResult,
    AuthSource,
    DkimResult,
    PublishedDmarc,
    SpfIdentity,
    are_aligned,
)
from mailcore.ip_addresses import read_address
from mailcore.verdict import Action, Verdict

# RFC 9990, 3.1.3 has a hundred in mind; more than this is somebody who wants rows to be large.
MAX_SIGNATURES = 10
NAME_CHARACTERS = 255
TEXT_CHARACTERS = 100

_POLICY_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\Z"
)


_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")


class DkimRow(Struct, frozen=True, array_like=True):
    """One signature. `text` says why it did not pass."""

    domain: str
    selector: str
    result: str
    text: str = ""


class SpfRow(Struct, frozen=True, array_like=True):
    """SPF as DMARC used it. `scope` is "mfrom" or "helo"."""

    domain: str
    scope: str
    result: str


class Reason(Struct, frozen=True, array_like=True):
    """Why the policy was not applied as published: a type of RFC 7489, appendix C, or `policy_test_mode`."""

    type: str
    comment: str = ""


class Row(Struct, frozen=True, array_like=True):
    """What messages have in common that are counted together.

    `disposition` is what became of them by DMARC (none, quarantine, reject), never stricter than the policy asks:
    what other checks think of a message is nobody's business. `dkim` and `spf` are the aligned results (pass, fail).
    """

    source: str
    disposition: str
    dkim: str
    spf: str
    reasons: tuple[Reason, ...]
    header_from: str
    envelope_from: str
    dkim_results: tuple[DkimRow, ...]
    spf_result: SpfRow


class Noted(Struct, frozen=True, kw_only=True):
    """A row with whose report it belongs into."""

    domain: str
    published: PublishedDmarc
    row: Row


def is_policy_domain(name: str) -> bool:
    """Whether that can be a domain with a DMARC record: safe in file names, keys and header fields."""
    return bool(_POLICY_DOMAIN.match(name))


def is_address(text: str) -> bool:
    """Whether it is a plain address that is safe wherever an address stands (RFC 5321, 4.1.2, without quotations)."""
    local_part, _, domain = text.rpartition("@")
    return len(local_part) <= 64 and bool(_LOCAL_PART.match(local_part)) and is_policy_domain(domain.lower())


def is_to_report_mailboxes(recipients: Collection[str], mailboxes: Collection[str]) -> bool:
    """Whether a message goes to nobody but those who get the reports of others."""
    ours = {mailbox.lower() for mailbox in mailboxes if mailbox}
    return bool(recipients) and all(recipient.lower().strip("<>") in ours for recipient in recipients)


def came_through_list(verdict: Verdict) -> bool:
    """Whether a detector excused a strict policy's fail because the message came through a mailing list."""
    is_strict = verdict.auth.dmarc_disposition in ("reject", "quarantine")
    return is_strict and any(finding.id == "dmarc_fail" for finding in verdict.findings)


def row_of(auth: AuthFacts, answered: Action, *, is_list: bool = False) -> Noted | None:
    """The row of a message that was answered with that action; None where there is nothing to report.

    Not reported: what was not verified here, domains that ask for no reports, results that are neither pass nor fail,
    and deferred mail, which comes again.
    """
    published, client = auth.dmarc_published, auth.client
    if auth.source is not AuthSource.VERIFIED or published is None or not published.report_to or client is None:
        return None
    if auth.dmarc not in (AuthResult.PASS, AuthResult.FAIL) or answered is Action.TEMPFAIL:
        return None
    source = read_address(client.address)
    if source is None or not is_policy_domain(auth.dmarc_domain):
        return None
    disposition, reasons = _disposition(auth, answered, is_list=is_list)
    row = Row(
        str(source),
        disposition,
        _aligned(auth, "dkim"),
        _aligned(auth, "spf"),
        reasons,
        _name(auth.from_domain),
        _name(client.sender.rpartition("@")[2].strip("<>")),
        tuple(_dkim(signature) for signature in _in_order(auth)),
        _spf(auth),
    )
    return Noted(domain=auth.dmarc_domain, published=published, row=row)


def _disposition(auth: AuthFacts, answered: Action, *, is_list: bool) -> tuple[str, tuple[Reason, ...]]:
    if auth.dmarc is AuthResult.PASS:
        trusted = (Reason("trusted_forwarder", "arc=pass"),) if auth.dmarc_override else ()
        return "none", trusted
    asked = auth.dmarc_disposition or "none"
    reasons = []
    if asked != auth.dmarc_policy and auth.dmarc_published is not None:
        # What pct= leaves out and t=y get the next milder policy.
        reasons.append(Reason("policy_test_mode", "t=y") if auth.dmarc_published.is_testing else Reason("sampled_out"))
    applied = _applied(answered)
    if _SEVERITY[applied] < _SEVERITY[asked]:
        reasons.append(Reason("mailing_list") if is_list else Reason("local_policy"))
        asked = applied
    return asked, tuple(reasons)


_SEVERITY = {"none": 0, "quarantine": 1, "reject": 2}


def _applied(action: Action) -> str:
    """The action in DMARC's words. Marked as suspicious is quarantine (RFC 7489, 6.3), thrown away is reject (10.3)."""
    if action in (Action.REJECT, Action.DISCARD):
        return "reject"
    return "quarantine" if action in (Action.TAG, Action.QUARANTINE) else "none"


def _aligned(auth: AuthFacts, method: str) -> str:
    """The aligned result of one method. DMARC stops at the first that passes: the other is looked at here."""
    published = auth.dmarc_published
    if method in auth.dmarc_aligned:
        return "pass"
    if not auth.dmarc_aligned or published is None:
        return "fail"
    is_strict = published.is_dkim_strict if method == "dkim" else published.is_spf_strict
    passed = auth.dkim_domains if method == "dkim" else (auth.spf_domain,) if auth.spf is AuthResult.PASS else ()
    return "pass" if any(_is_aligned(name, auth.from_domain, is_strict=is_strict) for name in passed) else "fail"


def _is_aligned(name: str, author: str, *, is_strict: bool) -> bool:
    return name == author if is_strict else are_aligned(name, author)


def _in_order(auth: AuthFacts) -> list[DkimResult]:
    """The signatures that tell most first (RFC 9990, 3.1.3)."""

    def rank(signature: DkimResult) -> int:
        if signature.result is not AuthResult.PASS:
            return 3
        if signature.domain == auth.from_domain:
            return 0
        return 1 if are_aligned(signature.domain, auth.from_domain) else 2

    return sorted(auth.dkim, key=rank)[:MAX_SIGNATURES]


def _dkim(signature: DkimResult) -> DkimRow:
    # RFC 8601, 2.7.1 knows no softfail for DKIM.
    result = AuthResult.FAIL if signature.result is AuthResult.SOFTFAIL else signature.result
    text = "" if result is AuthResult.PASS else signature.reason[:TEXT_CHARACTERS]
    return DkimRow(_name(signature.domain), _name(signature.selector), result.value, text)


def _spf(auth: AuthFacts) -> SpfRow:
    is_helo = any(
        outcome.identity is SpfIdentity.HELO and outcome.domain == auth.spf_domain for outcome in auth.spf_outcomes[:1]
    )
    result = AuthResult.FAIL if auth.spf is AuthResult.POLICY else auth.spf
    return SpfRow(_name(auth.spf_domain), "helo" if is_helo else "mfrom", result.value)


def _name(text: str) -> str:
    """The name, bounded, and without what UTF-8 cannot say (lone surrogates)."""
    return text[:NAME_CHARACTERS].lower().rstrip(".").encode("utf-8", "replace").decode()
