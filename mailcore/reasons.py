"""Why a verdict is as it is, in plain sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from mailcore.policy import Override
from mailcore.verdict import Action, Finding, PoolOutcome, PoolStatus
from mailcore.weighing import Case, Weighed

# More than this nobody reads; the findings themselves are all in the verdict.
MAX_REASONS = 10
_MAX_REASON_CHARACTERS = 300

# What a plan says of a pool that is not used at all.
SWITCHED_OFF = "switched off"

NOTHING_JUDGED = "No pool could look at this message."

_NOT_LOOKED_AT = {
    "auth": "so the sender's identity was not checked",
    "content": "so headers and text were not looked at",
    "urls": "so the links were not looked at",
    "attachments": "so the files were not looked at",
    "ocr": "so text in pictures was not read",
    "sandbox": "so what its scripts do was not tried out",
    "ml": "so the learned models were not asked",
    "follow": "so the pages behind the links were not looked at",
}


_ITS_PART = "so its part of the message was not looked at"

_HAPPENED = {
    Action.TAG: "marked",
    Action.QUARANTINE: "held",
    Action.REJECT: "refused",
    Action.DISCARD: "thrown away",
}
_KINDS = {
    "phishing": "as probable phishing",
    "fraud": "as probable fraud",
    "malware": "as dangerous",
    "spam": "as probable spam",
    "spoofing": "as probably forged",
    "adult": "as adult advertising",
}
# First words of summaries that do not keep their capital inside of a sentence.
_LOWERED = frozenset(("It", "The", "This", "A", "An", "Somebody", "There", "One", "Its", "No", "Whoever", "Most"))


def missing_pool(outcome: PoolOutcome) -> str:
    """One sentence for a pool that did not see everything that it should have seen."""
    consequence = _NOT_LOOKED_AT.get(outcome.pool, _ITS_PART)
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


def not_looked_at(pools: Iterable[PoolOutcome], missing: Sequence[str]) -> tuple[str, ...]:
    """What nobody saw: pools that did not finish, and pools that are switched off."""
    off = (
        f"The {pool.pool} pool is switched off, {_NOT_LOOKED_AT.get(pool.pool, _ITS_PART)}."
        for pool in pools
        if pool.status is PoolStatus.SKIPPED and pool.reason == SWITCHED_OFF
    )
    return (*missing, *off)


def sentence(weighed: Weighed, category: str, *, incomplete: bool) -> str:
    """What happened to the message and why, in one sentence for its recipient."""
    action = weighed.action
    if action is Action.TEMPFAIL:
        return "This message could not be checked completely, so its sender's server was asked to try again later."
    if action is Action.ACCEPT:
        return _accepted(weighed, incomplete=incomplete)
    happened = _HAPPENED[action]
    if weighed.ruling.action.severity < action.severity:
        return f"This message was {happened} because not all of it could be looked at."
    kind = _KINDS.get(category, "")
    why = _main_summary(weighed)
    return f"This message was {happened}{kind and f' {kind}'}{why and f': {why}'}."


def _accepted(weighed: Weighed, *, incomplete: bool) -> str:
    """Why it passes: an accepted message can have much against it."""
    but = ", but not all of it could be looked at" if incomplete else ""
    if weighed.ruling.limit or any(override.action is Action.ACCEPT for _, override in weighed.ruling.forcing):
        return f"This message was delivered because the policy lets it pass{but}."
    if any(finding.score > 0 for finding in weighed.findings):
        return f"Little speaks against this message: {_main_summary(weighed)}{but}."
    return f"Nothing was found that speaks against this message{but}."


def _main_summary(weighed: Weighed) -> str:
    """The summary of the finding that decided, as the end of a sentence."""
    forcing = (finding for finding, override in weighed.ruling.forcing if override.action is not Action.ACCEPT)
    finding = next(chain(forcing, (finding for finding in weighed.findings if finding.score > 0)), None)
    if finding is None:
        return ""
    summary = _one_line(finding.summary).rstrip(".")
    first, _, rest = summary.partition(" ")
    return f"{first.lower()} {rest}" if first in _LOWERED and rest else summary


def basis(case: Case, weighed: Weighed) -> str:
    """What in the policy led to the action of the message."""
    ruling, governing = weighed.ruling, case.governing
    places = f" ({', '.join(governing.places)})" if governing.places else ""
    if weighed.action is not ruling.action:
        if case.least is weighed.action:
            return "pools that did not finish"
        return f"at most {governing.at_most}{places}"
    if ruling.limit:
        return f"{ruling.limit}: {ruling.action}"
    by_forcing = next((pair for pair in ruling.forcing if pair[1].action is ruling.action), None)
    if by_forcing is not None:
        return f"{by_forcing[1].action} is asked for by {by_forcing[0].id}"
    thresholds = governing.thresholds
    if ruling.action is Action.ACCEPT:
        return f"score {weighed.score:g} is below tag at {thresholds.tag:g}{places}"
    reached = {
        Action.TAG: thresholds.tag,
        Action.QUARANTINE: thresholds.quarantine,
        Action.REJECT: thresholds.reject,
        Action.DISCARD: thresholds.discard,
    }[ruling.action]
    return f"score {weighed.score:g} reaches {ruling.action} at {reached:g}{places}"


def _distinct(lines: Iterable[str]) -> list[str]:
    cleaned = (_one_line(line) for line in lines)
    return [line for line in dict.fromkeys(cleaned) if line]


def _one_line(text: str) -> str:
    """Summaries may quote the mail: no line breaks, no endless lines."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_REASON_CHARACTERS else line[: _MAX_REASON_CHARACTERS - 1] + "…"
