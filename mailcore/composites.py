"""Composites as data: what findings of several pools mean together.

A composite hits when its conditions hold over the findings of a message and a few facts about its sender. It adds a
finding of its own, and may stand in place of its parts. How to write one: docs/policy.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from mailcore.authentication import AuthResult
from mailcore.conditions import Group, Not
from mailcore.detector import Lifecycle
from mailcore.identity import Identity
from mailcore.message import Direction

POLICY_POOL = "policy"  # the pool that findings of the policy itself belong to

FLAGS: dict[str, tuple[Callable[[Identity], bool], str]] = {
    "message.is_discussion": (lambda identity: identity.is_list, "Came through a list where people write."),
    "message.is_bounce": (lambda identity: identity.is_bounce, "A delivery report."),
    "auth.known": (lambda identity: identity.auth.is_known, "Somebody checked who sent it."),
    "auth.aligned": (lambda identity: identity.auth.is_aligned, "The domain in From is proven (DMARC, DKIM or SPF)."),
}
WORDS: dict[str, tuple[Callable[[Identity], str], tuple[str, ...], str]] = {
    "auth.spf": (lambda identity: identity.auth.spf, tuple(AuthResult), "Result of SPF."),
    "auth.dmarc": (lambda identity: identity.auth.dmarc, tuple(AuthResult), "Result of DMARC."),
    "envelope.direction": (lambda identity: identity.direction, tuple(Direction), "Which way the message goes."),
}


class Selection(Struct, frozen=True, kw_only=True):
    """There are findings that fit. An empty selector fits all; `places` holds where each id stands in its file.

    A finding that is not named by its whole id fits only where it weighs something: experimental rules weigh nothing.
    """

    ids: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    weight: float | None = None
    count: int = 1
    places: tuple[str, ...] = ()


class Fact(Struct, frozen=True, kw_only=True):
    """A fact about sender and kind of the message has one of these values ("true" and "false" for flags)."""

    name: str
    values: tuple[str, ...]

    def holds(self, identity: Identity) -> bool:
        if self.name in FLAGS:
            return ("true" if FLAGS[self.name][0](identity) else "false") in self.values
        return WORDS[self.name][0](identity) in self.values


Condition = Selection | Fact | Group[Selection | Fact] | Not[Selection | Fact]


class GivenFinding(Struct, frozen=True, kw_only=True):
    """A finding of an example; what is left out is as in the rule or detector of that id."""

    id: str
    weight: float | None = None
    category: str = ""
    pool: str = ""
    place: str = ""


class CompositeExample(Struct, frozen=True, kw_only=True):
    """Findings and facts that a composite must hit, or must leave alone."""

    findings: tuple[GivenFinding, ...]
    facts: Mapping[str, str]
    place: str


class Composite(Struct, frozen=True, kw_only=True):
    """One composite. `replaces` holds ids and patterns of findings that count nothing beside it."""

    id: str
    title: str
    summary: str
    description: str
    category: str
    weight: float
    status: Lifecycle
    condition: Condition
    replaces_parts: bool = False
    replaces: tuple[str, ...] = ()
    version: int = 1
    false_positives: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    match: tuple[CompositeExample, ...] = ()
    no_match: tuple[CompositeExample, ...] = ()
    place: str = ""


def selections(condition: Condition) -> Iterable[Selection]:
    """Every selection of a condition, those below `not` too."""
    match condition:
        case Selection():
            yield condition
        case Group(conditions=conditions):
            for each in conditions:
                yield from selections(each)
        case Not(condition=inner):
            yield from selections(inner)


def holds_without_findings(condition: Condition) -> bool:
    """Whether the condition may hold for a message in which nothing was found."""
    match condition:
        case Selection():
            return False
        case Group(conditions=conditions, least=least):
            return sum(map(holds_without_findings, conditions)) >= least
        case _:
            return True


def needs_proof(condition: Condition) -> bool:
    """Whether the condition holds only where the sender is proven."""
    match condition:
        case Fact(name="auth.aligned", values=("true",)):
            return True
        case Group(conditions=conditions, least=least):
            return sum(not needs_proof(each) for each in conditions) < least
        case _:
            return False
