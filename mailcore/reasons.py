"""Why a verdict is as it is, in plain sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from mailcore.policy import Override
from mailcore.verdict import Action, Finding, PoolOutcome, PoolStatus

# More than this nobody reads; the findings themselves are all in the verdict.
MAX_REASONS = 10
_MAX_REASON_CHARACTERS = 300

NOTHING_JUDGED = "No pool could look at this message."

_NOT_LOOKED_AT = {
    "auth": "so the sender's identity was not checked",
    "content": "so headers and text were not looked at",
    "urls": "so the links were not looked at",
    "attachments": "so the files were not looked at",
    "ocr": "so text in pictures was not read",
    "ml": "so the learned models were not asked",
}


def missing_pool(outcome: PoolOutcome) -> str:
    """One sentence for a pool that did not see everything that it should have seen."""
    consequence = _NOT_LOOKED_AT.get(outcome.pool, "so its part of the message was not looked at")
    if outcome.status is PoolStatus.TIMED_OUT:
        return f"The {outcome.pool} pool did not finish in time, {consequence}."
    if outcome.status is PoolStatus.FAILED:
        return f"The {outcome.pool} pool failed, {consequence}."
    cause = _one_line(outcome.reason).rstrip(".")
    return f"The {outcome.pool} pool saw only a part of what it should see{f': {cause}' if cause else ''}."


def forced(finding: Finding, override: Override) -> str:
    """One sentence for an override of the policy that applied."""
    if override.action is Action.ACCEPT:
        return f"The policy accepts mail with the finding {finding.id}, whatever its score."
    return f"The policy asks for at least {override.action} when there is the finding {finding.id}."


def explain(
    findings: Sequence[Finding],
    forcing: Sequence[tuple[Finding, Override]],
    missing: Sequence[str],
    *,
    missing_decides: bool,
    milder_too: bool,
) -> tuple[str, ...]:
    """At most `MAX_REASONS` sentences without repetition, those that decided first.

    `findings` come weightiest first. `missing_decides`: the action follows from pools that are missing, so they
    stand first. `milder_too`: what spoke for the message is named as well. Sentences about missing pools always
    have room: an action that rests on an incomplete scan must say so.
    """
    overrides = chain.from_iterable((finding.summary, forced(finding, override)) for finding, override in forcing)
    weights = (finding.summary for finding in findings if finding.score > 0 or (milder_too and finding.score < 0))
    about_pools = _distinct(missing)[:MAX_REASONS]
    room = MAX_REASONS - len(about_pools)
    evidence = [line for line in _distinct(chain(overrides, weights)) if line not in about_pools][:room]
    return tuple(about_pools + evidence if missing_decides else evidence + about_pools)


def _distinct(lines: Iterable[str]) -> list[str]:
    cleaned = (_one_line(line) for line in lines)
    return [line for line in dict.fromkeys(cleaned) if line]


def _one_line(text: str) -> str:
    """Summaries may quote the mail: no line breaks, no endless lines."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_REASON_CHARACTERS else line[: _MAX_REASON_CHARACTERS - 1] + "…"
