"""What would have been: the answer without the findings that weigh most, and the fewest without which it is milder."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.ruling import action_of_score, at_most
from mailcore.scoring import hundredths
from mailcore.verdict import Action, Counterfactual
from mailcore.weighing import Case, Weighed, weigh

SINGLE = 3  # of the weightiest findings, each by itself
MOST_TOGETHER = 12  # findings that are left out together in search of a milder answer


def counterfactuals(case: Case, weighed: Weighed) -> tuple[Counterfactual, ...]:
    """The answers without single findings, then without the smallest set whose absence makes it milder.

    Nothing for an accepted message, unless something in it speaks for it without which the answer would be stricter.
    """
    leave_out = _Without(case, weighed)
    against = _against(weighed)
    found = []
    if weighed.action is not Action.ACCEPT:
        found = [leave_out(name) for name in against[:SINGLE]]
        smallest = _smallest(leave_out, against, weighed.action)
        if smallest is not None:
            found = [each for each in found if each.without != smallest.without]
            found.append(smallest)
    spoke_for = [finding.id for finding in weighed.findings if finding.score < 0]
    spoke_for += [finding.id for finding, override in weighed.ruling.forcing if override.action is Action.ACCEPT]
    if case.listing.allowed is not None:
        spoke_for.append(case.listing.allowed[1].id)
    stricter = (leave_out(name) for name in tuple(dict.fromkeys(spoke_for))[:SINGLE])
    return (*found, *(each for each in stricter if each.action.severity > weighed.action.severity))


def _against(weighed: Weighed) -> tuple[str, ...]:
    """What speaks against the message, weightiest first: what forces the answer, what counts, parts of composites."""
    forcing = (finding.id for finding, override in weighed.ruling.forcing if override.action is not Action.ACCEPT)
    counting = (finding.id for finding in weighed.findings if finding.score > 0)
    replaced = (finding.id for finding in weighed.findings if finding.replaced_by)
    return tuple(dict.fromkeys((*forcing, *counting, *replaced)))


class _Without:
    """Answers without findings; simple sums where nothing but sums is at work."""

    def __init__(self, case: Case, weighed: Weighed) -> None:
        self._case = case
        self._weighed = weighed
        policy = case.policy
        self._is_sum = (
            not case.governing.overrides
            and not case.listing.findings
            and not policy.group_caps.keys() & {finding.category for finding in weighed.findings}
            and not (weighed.ruling.limit or case.identity.is_list or case.identity.is_bounce)
            and not case.composites.candidates(case.found)
        )

    def __call__(self, *names: str) -> Counterfactual:
        if self._is_sum:
            kept = sum(hundredths(finding.score) for finding in self._weighed.findings if finding.id not in names) / 100
            evidence = action_of_score(kept, self._case.governing.thresholds)
            action = at_most(self._case.governing.at_most, evidence, self._case.least)
            return Counterfactual(without=names, score=kept, action=action)
        weighed = weigh(self._case, without=names)
        return Counterfactual(without=names, score=weighed.score, action=weighed.action)


def _smallest(leave_out: _Without, names: Iterable[str], action: Action) -> Counterfactual | None:
    """The weightiest are left out until the answer is milder, then each that need not be is taken back."""
    gone: list[str] = []
    for name in names:
        gone.append(name)
        if len(gone) > MOST_TOGETHER:
            return None
        if leave_out(*gone).action.severity < action.severity:
            break
    else:
        return None
    for name in reversed(gone[:]):
        fewer = [each for each in gone if each != name]
        if fewer and leave_out(*fewer).action.severity < action.severity:
            gone = fewer
    answer = leave_out(*gone)
    return Counterfactual(without=answer.without, score=answer.score, action=answer.action, smallest=True)
