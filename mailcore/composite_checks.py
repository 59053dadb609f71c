"""Checks of composites against what can be found at all: names that nothing has, and their examples."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.combine import Composites
from mailcore.composites import CompositeExample, Selection, selections
from mailcore.identity import Identity
from mailcore.message import Direction
from mailcore.ruling import matches
from mailcore.sender_lists import IDS
from mailcore.verdict import Finding

# What findings of that id are like: pool, category, weight and module as their rule or detector gives them.
KnownFindings = Mapping[str, Finding]

_DOMAIN = "example.com"


def unknown_names(composites: Composites, known: KnownFindings) -> list[str]:
    """One line for each id, pattern, category or module that no finding can have ("file:line: ...")."""
    ids = {*known, *IDS, *(composite.id for composite in composites.composites)}
    problems: list[str] = []
    for composite in composites.composites:
        if composite.id in known:
            problems.append(f"{composite.place}: the id {composite.id!r} is taken by a rule or detector")
        for selection in selections(composite.condition):
            place = selection.places[0] if selection.places else composite.place
            problems += [f"{place}: {problem}" for problem in _unknown_in(selection, ids, known)]
        names = (name for name in composite.replaces if not any(matches(name, each) for each in ids))
        problems += [f"{composite.place}: replaces: nothing is called {name!r}{_near(name, ids)}" for name in names]
    return problems


def _unknown_in(selection: Selection, ids: set[str], known: KnownFindings) -> Iterator[str]:
    for name in selection.ids:
        if name not in ids:
            yield f"no rule, detector or composite is called {name!r}{_near(name, ids)}"
    for prefix in selection.prefixes:
        if not any(each.startswith(prefix) for each in known):
            yield f"no rule or detector has an id that begins with {prefix!r}"
    categories = {finding.category for finding in known.values()} | {"allowed", "blocked"}
    for category in selection.categories:
        if category not in categories:
            yield f"no rule or detector has the category {category!r}{_near(category, categories)}"
    modules = {finding.module for finding in known.values()}
    for module in selection.modules:
        if module not in modules:
            yield f"there is no module {module!r}{_near(module, modules)}"


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def weightless_names(composites: Composites, known: KnownFindings) -> list[str]:
    """One line for each id of an experimental rule or detector that a composite relies on by its whole name."""
    return [
        f"{composite.place}: {composite.id} relies on {name}, which is experimental"
        for composite in composites.composites
        for selection in selections(composite.condition)
        for name in selection.ids
        if name in known and not known[name].weight
    ]


def check_composite_examples(composites: Composites, known: KnownFindings) -> list[str]:
    """One line for each example that comes out otherwise than it should."""
    problems = []
    for composite in composites.composites:
        for expected, examples in ((True, composite.match), (False, composite.no_match)):
            for example in examples:
                hit = any(finding.id == composite.id for finding in _combined(example, composites, known))
                if hit is not expected:
                    should = "must hit this example, but does not" if expected else "must not hit this example"
                    problems.append(f"{example.place}: {composite.id} {should}")
                problems += [
                    f"{given.place}: no rule or detector is called {given.id!r}{_near(given.id, known)}"
                    for given in example.findings
                    if given.id not in known and given.id not in IDS and not given.category
                ]
    return problems


def _combined(example: CompositeExample, composites: Composites, known: KnownFindings) -> Iterable[Finding]:
    findings = []
    for given in example.findings:
        finding = known.get(given.id) or Finding(id=given.id, pool="content", category="", weight=1.0, summary=given.id)
        findings.append(
            replace(
                finding,
                pool=given.pool or finding.pool,
                category=given.category or finding.category,
                weight=finding.weight if given.weight is None else given.weight,
            )
        )
    return composites.combine(findings, identity_of(example.facts))


def identity_of(facts: Mapping[str, str]) -> Identity:
    """A sender of whom these facts hold: those that composites ask for, by name."""
    result = AuthResult(facts.get("auth.dmarc", "pass" if facts.get("auth.aligned") == "true" else "none"))
    is_known = facts.get("auth.known", "true" if any(name.startswith("auth.") for name in facts) else "false")
    auth = AuthFacts(
        source=AuthSource.REPLAYED if is_known == "true" else AuthSource.NONE,
        from_domain=_DOMAIN,
        dmarc=result,
        spf=AuthResult(facts.get("auth.spf", "none")),
    )
    return Identity(
        from_addresses=(f"somebody@{_DOMAIN}",),
        is_list=facts.get("message.is_discussion") == "true",
        is_bounce=facts.get("message.is_bounce") == "true",
        direction=Direction(facts.get("envelope.direction", "inbound")),
        auth=auth,
    )
