"""Two ways of judging the same mail, message by message: what changed, and which findings did it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from mailchord.evaluation.figures import Outcome
from mailchord.evaluation.labelled import Kind
from mailcore.verdict import Action, Verdict

# Scores closer than this are the same.
SAME_SCORE = 0.005


class ChangedFinding(Struct, frozen=True, kw_only=True):
    """A finding that counts differently: `before` and `after` are its scores, None where it is not there."""

    id: str
    before: float | None
    after: float | None


class ChangedRecipient(Struct, frozen=True, kw_only=True):
    """A recipient for whom the action is another one."""

    recipient: str
    before: Action
    after: Action


class Change(Struct, frozen=True, kw_only=True):
    """One message whose action or score is another one."""

    path: str
    part: str
    source: str
    label: str
    kind: Kind
    action_before: Action
    action_after: Action
    score_before: float
    score_after: float
    findings: tuple[ChangedFinding, ...] = ()
    reasons: tuple[str, ...] = ()
    recipients: tuple[ChangedRecipient, ...] = ()

    @property
    def is_other_action(self) -> bool:
        """For the message in general, or for somebody who gets it."""
        return self.action_before is not self.action_after or bool(self.recipients)


class Move(Struct, frozen=True, kw_only=True):
    """How many messages of one kind went from one action to another (or stayed)."""

    kind: Kind
    before: Action
    after: Action
    messages: int


class Comparison(Struct, frozen=True, kw_only=True):
    """What another configuration changes. `moves` has every message, `changes` those that changed."""

    before: str
    after: str
    moves: tuple[Move, ...]
    changes: tuple[Change, ...]


def compare(names: tuple[str, str], before: Sequence[Outcome], after: Sequence[Outcome]) -> Comparison:
    """Both must hold the same messages in the same order. Other actions stand first, then the largest steps."""
    pairs = list(zip(before, after, strict=True))
    moves = Counter((old.mail.kind, old.verdict.action, new.verdict.action) for old, new in pairs)
    changes = [_change(old, new) for old, new in pairs if _has_changed(old.verdict, new.verdict)]
    order = list(Kind)
    return Comparison(
        before=names[0],
        after=names[1],
        moves=tuple(
            Move(kind=kind, before=old, after=new, messages=messages)
            for (kind, old, new), messages in sorted(
                moves.items(), key=lambda item: (order.index(item[0][0]), item[0][1].severity, item[0][2].severity)
            )
        ),
        changes=tuple(
            sorted(
                changes,
                key=lambda change: (
                    not change.is_other_action,
                    order.index(change.kind),
                    -abs(change.score_after - change.score_before),
                    change.path,
                ),
            )
        ),
    )


def _has_changed(old: Verdict, new: Verdict) -> bool:
    is_other = old.action is not new.action or abs(old.score - new.score) > SAME_SCORE
    return is_other or bool(_changed_recipients(old, new))


def _change(old: Outcome, new: Outcome) -> Change:
    return Change(
        path=old.mail.path,
        part=old.mail.part,
        source=old.mail.source,
        label=old.mail.label,
        kind=old.mail.kind,
        action_before=old.verdict.action,
        action_after=new.verdict.action,
        score_before=old.verdict.score,
        score_after=new.verdict.score,
        findings=_changed_findings(old.verdict, new.verdict),
        reasons=new.verdict.reasons,
        recipients=_changed_recipients(old.verdict, new.verdict),
    )


def _changed_recipients(old: Verdict, new: Verdict) -> tuple[ChangedRecipient, ...]:
    return tuple(
        ChangedRecipient(recipient=one.recipient, before=one.action, after=other.action)
        for one, other in zip(old.recipients, new.recipients, strict=True)
        if one.action is not other.action
    )


def _changed_findings(old: Verdict, new: Verdict) -> tuple[ChangedFinding, ...]:
    before, after = _scores(old), _scores(new)
    changed = [
        ChangedFinding(id=finding_id, before=before.get(finding_id), after=after.get(finding_id))
        for finding_id in before.keys() | after.keys()
        if before.get(finding_id) is None
        or after.get(finding_id) is None
        or abs(before[finding_id] - after[finding_id]) > SAME_SCORE
    ]
    return tuple(sorted(changed, key=lambda each: (-abs((each.after or 0.0) - (each.before or 0.0)), each.id)))


def _scores(verdict: Verdict) -> dict[str, float]:
    scores: dict[str, float] = {}
    for finding in verdict.findings:
        scores[finding.id] = scores.get(finding.id, 0.0) + finding.score
    return scores
