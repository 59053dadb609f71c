"""What `mailchord scan --json` prints: one object a message, with everything that is known about it."""

from __future__ import annotations

import msgspec

from mailcore.authentication import AuthFacts
from mailcore.message import Direction
from mailcore.verdict import Action, Finding, PoolStatus, Verdict


class ScannedPool(msgspec.Struct):
    status: PoolStatus
    ms: float
    reason: str


class ScannedFinding(msgspec.Struct):
    """`parts` are the findings that a composite is made of, `replaced_by` is what counts in place of this one."""

    id: str
    pool: str
    category: str
    weight: float
    score: float
    summary: str
    detail: str
    where: dict[str, object]
    module: str
    parts: tuple[str, ...]
    replaced_by: str


class ScannedEnvelope(msgspec.Struct):
    """Who handed the message to the first server of our own, behind `relays` of them; `reason` says why nobody knows.

    `inferred` names what was not told but read from the message: `client_address`, `helo`, `sender`.
    """

    direction: Direction
    client_address: str
    helo: str
    sender: str
    relays: int
    inferred: tuple[str, ...]
    reason: str


class ScannedAuth(msgspec.Struct):
    """What is known of the sender. `aligned`: the domain in From is proven; `known` false: nobody looked, `skipped`
    says why. `missing` names the checks that the DNS did not answer, `author_problems` what is wrong with From."""

    known: bool
    aligned: bool
    source: str
    from_domain: str
    spf: str
    dkim: list[dict[str, str]]
    dmarc: str
    arc: str
    missing: tuple[str, ...]
    author_problems: tuple[str, ...]
    skipped: str


class ScannedRecipient(msgspec.Struct):
    recipient: str
    action: Action
    reason: str


class ScannedCounterfactual(msgspec.Struct):
    without: tuple[str, ...]
    score: float
    action: Action
    smallest: bool


class ScannedShadow(msgspec.Struct):
    name: str
    action: Action
    score: float
    differs: bool


class ScannedFile(msgspec.Struct):
    """A file that was opened: `path` is the way there, `reached` how ("" for an attachment itself)."""

    path: str
    type: str
    size: int
    sha256: str
    reached: str
    password: str
    password_from: str
    encrypted: bool
    note: str
    tlsh: str


class Scanned(msgspec.Struct):
    """One message. Scores of findings add up to `score`; `basis` names what in the policy led to `action`."""

    id: str
    file: str
    action: Action
    score: float
    category: str
    partial: bool
    elapsed_ms: float
    reasons: tuple[str, ...]
    pools: dict[str, ScannedPool]
    findings: list[ScannedFinding]
    sentence: str
    basis: str
    policy_version: str
    counterfactuals: list[ScannedCounterfactual]
    not_looked_at: tuple[str, ...]
    envelope: ScannedEnvelope
    auth: ScannedAuth
    recipients: list[ScannedRecipient]
    shadows: list[ScannedShadow]
    files: list[ScannedFile]


def as_json(name: str, verdict: Verdict) -> str:
    """One line of JSON; keys as in the documentation."""
    return msgspec.json.encode(scanned(name, verdict)).decode()


def scanned(name: str, verdict: Verdict) -> Scanned:
    """A verdict as programs read it."""
    return Scanned(
        id=verdict.id,
        file=name,
        action=verdict.action,
        score=verdict.score,
        category=verdict.category,
        partial=verdict.partial,
        elapsed_ms=verdict.elapsed_ms,
        reasons=verdict.reasons,
        pools={
            pool.pool: ScannedPool(status=pool.status, ms=round(pool.ms, 2), reason=pool.reason)
            for pool in verdict.pools
        },
        findings=[_finding(finding) for finding in verdict.findings],
        sentence=verdict.sentence,
        basis=verdict.basis,
        policy_version=verdict.policy_version,
        counterfactuals=[
            ScannedCounterfactual(without=each.without, score=each.score, action=each.action, smallest=each.smallest)
            for each in verdict.counterfactuals
        ],
        not_looked_at=verdict.not_looked_at,
        envelope=_envelope(verdict),
        auth=_auth(verdict.auth),
        recipients=[
            ScannedRecipient(recipient=entry.recipient, action=entry.action, reason=entry.reason)
            for entry in verdict.recipients
        ],
        shadows=[
            ScannedShadow(name=shadow.name, action=shadow.action, score=shadow.score, differs=shadow.differs)
            for shadow in verdict.shadows
        ],
        files=[
            ScannedFile(
                path=file.path,
                type=file.type,
                size=file.size,
                sha256=file.sha256,
                reached=file.reached,
                password=file.password,
                password_from=file.password_from,
                encrypted=file.encrypted,
                note=file.note,
                tlsh=file.tlsh,
            )
            for file in verdict.files
        ],
    )


def _finding(finding: Finding) -> ScannedFinding:
    return ScannedFinding(
        id=finding.id,
        pool=finding.pool,
        category=finding.category,
        weight=finding.weight,
        score=finding.score,
        summary=finding.summary,
        detail=finding.detail,
        where=msgspec.to_builtins(finding.where),
        module=finding.module,
        parts=finding.parts,
        replaced_by=finding.replaced_by,
    )


def _auth(auth: AuthFacts) -> ScannedAuth:
    return ScannedAuth(
        known=auth.is_known,
        aligned=auth.is_aligned,
        source=auth.source,
        from_domain=auth.from_domain,
        spf=auth.spf,
        dkim=[{"domain": each.domain, "result": each.result.value} for each in auth.dkim],
        dmarc=auth.dmarc,
        arc=auth.arc,
        missing=auth.missing,
        author_problems=auth.author_problems,
        skipped=auth.skipped,
    )


def _envelope(verdict: Verdict) -> ScannedEnvelope:
    border = verdict.border
    return ScannedEnvelope(
        direction=verdict.direction,
        client_address=border.address,
        helo=border.helo,
        sender=border.sender,
        relays=border.relays,
        inferred=border.inferred,
        reason=border.reason,
    )
