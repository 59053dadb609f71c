"""What scanning yields: findings, the report of a pool, and the verdict on a message."""

from __future__ import annotations

import enum

from msgspec import Struct

from mailcore.authentication import AuthFacts
from mailcore.hops import Hop
from mailcore.message import Direction

POOLS = ("auth", "content", "urls", "attachments", "ocr", "sandbox", "ml", "follow")


class PoolStatus(enum.StrEnum):
    """How a pool ended. Only `ok` and `skipped` mean that everything it should see was seen."""

    OK = "ok"
    PARTIAL = "partial"
    TIMED_OUT = "timed out"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def is_complete(self) -> bool:
        return self in (PoolStatus.OK, PoolStatus.SKIPPED)


class Where(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where in the message a finding is: a part id, a header name, a character offset, a quote.

    `decoded` is what was matched in its normalised form, where that differs from the `quote` as it stands in the mail.
    `derived` is there where no words of the mail say it: what was made out of the mail, as `field: value`.
    """

    part: str = ""
    header: str = ""
    file: str = ""
    offset: int | None = None
    quote: str = ""
    decoded: str = ""
    derived: str = ""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was found.

    `id` is the detector's or rule's stable id, `summary` one sentence for the reader of the mail, `detail`
    for the analyst. `weight` is what the detector says it weighs; `score` what it counted for in the
    verdict, after group caps (0 until `decide()` ran). Scores of findings add up to the verdict's score.
    `module` is the detection module that a rule belongs to. `parts` are the ids that a composite is made of,
    `replaced_by` is the composite that counts in place of this finding.
    """

    id: str
    pool: str
    category: str
    weight: float
    summary: str
    detail: str = ""
    where: Where = Where()
    version: int = 1
    score: float = 0.0
    module: str = ""
    parts: tuple[str, ...] = ()
    replaced_by: str = ""


class FileEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One node in the tree of files of a message, of what `mailcore.view.FileFacts` know: for people who ask.

    `path` names the way there ("invoice.zip/invoice.exe"); `note` says what stood in the way of reading it.
    """

    path: str
    type: str = ""
    size: int = 0
    sha256: str = ""
    depth: int = 0
    reached: str = ""
    password: str = ""
    password_from: str = ""
    encrypted: bool = False
    note: str = ""
    tlsh: str = ""


class PoolReport(Struct, frozen=True, kw_only=True):
    """What one pool has to say about one message; saved as soon as the pool ends.

    Times are milliseconds, `bytes_read` the decoded bytes that the pool looked at. `errors` names
    the detectors that raised ("detector_id: ValueError: ..."). `auth` is what the pool verified of the sender, `files`
    the tree of files that it opened, outer ones before inner ones. `is_cut_short`: more time would have shown more.
    """

    pool: str
    status: PoolStatus
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    errors: tuple[str, ...] = ()
    queued_ms: float = 0.0
    run_ms: float = 0.0
    bytes_read: int = 0
    from_cache: bool = False
    auth: AuthFacts | None = None
    files: tuple[FileEntry, ...] = ()
    is_cut_short: bool = False


class Action(enum.StrEnum):
    """What happens to a message, from mild to strict by `severity`."""

    ACCEPT = "accept"
    TAG = "tag"
    TEMPFAIL = "tempfail"
    QUARANTINE = "quarantine"
    REJECT = "reject"
    DISCARD = "discard"

    @property
    def severity(self) -> int:
        return _SEVERITY[self]


_SEVERITY = {action: severity for severity, action in enumerate(Action)}


class PoolOutcome(Struct, frozen=True, kw_only=True):
    """One line of the verdict's list of pools."""

    pool: str
    status: PoolStatus
    ms: float = 0.0
    queued_ms: float = 0.0
    reason: str = ""


class RecipientVerdict(Struct, frozen=True, kw_only=True):
    """The action for one recipient whose policy differs from the others'.

    `terminal` is the action instead of a deferral once the message was deferred often enough.
    """

    recipient: str
    action: Action
    reason: str = ""
    terminal: Action | None = None


class Counterfactual(Struct, frozen=True, kw_only=True):
    """What would have been without these findings: the score and the action of the whole message.

    `smallest`: no smaller set was found without which the answer would be milder.
    """

    without: tuple[str, ...]
    score: float
    action: Action
    smallest: bool = False


class ShadowVerdict(Struct, frozen=True, kw_only=True):
    """What a policy that is tried beside the live one says. `differs`: for the message or for one of its recipients."""

    name: str
    action: Action
    score: float
    differs: bool


class Verdict(Struct, frozen=True, kw_only=True):
    """The answer on a message.

    `action` is the message's action under the general policy; `recipients` holds one entry for each recipient
    (in envelope order). `reasons` are plain sentences, the weightiest first. `decided_by` says who decided:
    "aggregate", "front" (at the deadline), "scan" (in process).

    `sentence` is for the recipient, `basis` names what in the policy led to the action. `not_looked_at` are sentences
    on what nobody saw. `terminal` is the action instead of a deferral once the message was deferred often enough.
    `border` is who handed the message to the first server of our own, with what of it was inferred. `files` is the
    tree of all files that were opened. `changed_links` were replaced, in a body that is kept beside the message.
    """

    id: str
    action: Action
    score: float = 0.0
    category: str = ""
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    pools: tuple[PoolOutcome, ...] = ()
    partial: bool = False
    recipients: tuple[RecipientVerdict, ...] = ()
    policy_version: str = ""
    decided_by: str = ""
    elapsed_ms: float = 0.0
    sentence: str = ""
    basis: str = ""
    counterfactuals: tuple[Counterfactual, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    shadows: tuple[ShadowVerdict, ...] = ()
    auth: AuthFacts = AuthFacts()
    terminal: Action | None = None
    direction: Direction = Direction.INBOUND
    border: Hop = Hop()
    files: tuple[FileEntry, ...] = ()
    changed_links: int = 0
