"""What would have been: the answer without the findings that weigh most, and the fewest without which it is milder."""

from __future__ import annotations

from mailcore.ruling import action_of_score, at_most
from mailcore.verdict import Action, Counterfactual
from mailcore.weighing import Case, Weighed, weigh

SINGLE = 3  # of the weightiest findings, each by itself
MOST_TOGETHER = 12  # findings that are left out together in search of a milder answer


def counterfactuals(case: Case, weighed: Weighed) -> tuple[Counterfactual, ...]:
    """The answers without single findings, then without the smallest set whose absence makes it milder.

    Nothing for an accepted message, unless something in it speaks for it without which the answer would be stricter.
    """
    without = _Without(case, weighed)
    found: list[Counterfactual] = []
    if weighed.action is not Action.ACCEPT:
        against = _against(weighed)
        smallest = _smallest(without, against, weighed.action)
        singles = [(name,) for name in against[:SINGLE] if (name,) != smallest]
        for names in (*singles, *((smallest,) if smallest else ())):
            score, action = without(names)
            found.append(Counterfactual(without=names, score=score, action=action, smallest=names == smallest))
    for name in _speaking_for(case, weighed)[:SINGLE]:
        score, action = without((name,))
        if action.severity > weighed.action.severity:
            found.append(Counterfactual(without=(name,), score=score, action=action))
    return tuple(found)


def _against(weighed: Weighed) -> tuple[str, ...]:
    """What speaks against the message, weightiest first: what forces the answer, what counts, parts of composites."""
    forcing = (finding.id for finding, override in weighed.ruling.forcing if override.action is not Action.ACCEPT)
    counting = (finding.id for finding in weighed.findings if finding.score > 0)
    replaced = (finding.id for finding in weighed.findings if finding.replaced_by)
    return tuple(dict.fromkeys((*forcing, *counting, *replaced)))


def _speaking_for(case: Case, weighed: Weighed) -> tuple[str, ...]:
    names = [finding.id for finding in weighed.findings if finding.score < 0]
    names += [finding.id for finding, override in weighed.ruling.forcing if override.action is Action.ACCEPT]
    if case.listing.allowed is not None:
        names.append(case.listing.allowed[1].id)
    return tuple(dict.fromkeys(names))


class _Without:
    """Answers without findings; simple sums where nothing but sums is at work."""

    def __init__(self, case: Case, weighed: Weighed) -> None:
        self._case = case
        self._score = round(weighed.score * 100)
        self._counts: dict[str, int] | None = None
        if (
            not case.governing.overrides
            and not case.listing.findings
            and not (weighed.ruling.limit or case.identity.is_list or case.identity.is_bounce)
            and not (case.policy.group_caps and _is_capped(case, weighed))
            and not any(finding.parts for finding in weighed.findings)
            and (case.composites.is_monotone or not case.composites.candidates(case.found))
        ):
            self._counts = {}
            for finding in weighed.findings:
                if finding.score:
                    self._counts[finding.id] = self._counts.get(finding.id, 0) + round(finding.score * 100)

    def __call__(self, names: tuple[str, ...]) -> tuple[float, Action]:
        """Score and action of the message without the findings of these ids."""
        if self._counts is None:
            weighed = weigh(self._case, without=names)
            return weighed.score, weighed.action
        score = self._score
        for name in names:
            score -= self._counts.get(name, 0)
        governing = self._case.governing
        action = action_of_score(score / 100, governing.thresholds)
        return score / 100, at_most(governing.at_most, action, self._case.least)


def _is_capped(case: Case, weighed: Weighed) -> bool:
    """Whether a cap takes something away, or might when what speaks for the message is left out."""
    return any(
        (finding.weight < 0 or round(finding.weight * 100) != round(finding.score * 100))
        and finding.category in case.policy.group_caps
        for finding in weighed.findings
    )


def _smallest(without: _Without, names: tuple[str, ...], action: Action) -> tuple[str, ...]:
    """The weightiest are left out until the answer is milder, then each that need not be is taken back.

    () where it never gets milder.
    """
    gone: tuple[str, ...] = ()
    for count in range(1, min(len(names), MOST_TOGETHER) + 1):
        if without(names[:count])[1].severity < action.severity:
            gone = names[:count]
            break
    for name in gone[-2::-1]:
        fewer = tuple(each for each in gone if each != name)
        if without(fewer)[1].severity < action.severity:
            gone = fewer
    return gone
