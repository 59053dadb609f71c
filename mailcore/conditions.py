"""Conditions of rules and of composites: all, any, not and at_least over leaves of their own, read from YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct
from yaml.nodes import Node

from mailcore.rule_nodes import NodeReader

MAX_DEPTH = 16  # of nested conditions; real rules need three

GROUPS = {
    "all": "Every condition of the list holds.",
    "any": "At least one condition of the list holds.",
    "not": "The condition does not hold.",
    "at_least": "At least so many conditions of the list `of` beside it hold.",
    "of": "The list that `at_least` counts in.",
}

Leaf = TypeVar("Leaf")
Entries = Mapping[str, tuple[Node, Node]]  # keys with their key and value nodes


class Group(Struct, Generic[Leaf], frozen=True, kw_only=True):
    """At least `least` of the conditions hold: all of them, any of them, or `at_least: N`."""

    conditions: tuple[Leaf | Group[Leaf] | Not[Leaf], ...]
    least: int


class Not(Struct, Generic[Leaf], frozen=True, kw_only=True):
    """The condition does not hold."""

    condition: Leaf | Group[Leaf] | Not[Leaf]


class ConditionReader(Generic[Leaf]):
    """Reads conditions. Keys side by side all have to hold, in their order."""

    def __init__(self, reader: NodeReader, leaves: Callable[[Node, Entries], Mapping[str, Leaf]]) -> None:
        """`leaves` gives the leaves of a node's keys that are no groups, each by its key or by one of its keys."""
        self._reader = reader
        self._leaves = leaves

    def read(self, node: Node, *, depth: int = 0) -> Leaf | Group[Leaf] | Not[Leaf]:
        """The condition of a node. Raises ConfigurationError."""
        reader = self._reader
        if depth > MAX_DEPTH:
            reader.fail(node, f"conditions are nested deeper than {MAX_DEPTH}")
        entries = reader.mapping(node)
        if not entries:
            reader.fail(node, "there is no condition here")
        leaves = self._leaves(node, {key: nodes for key, nodes in entries.items() if key not in GROUPS})
        conditions: list[Leaf | Group[Leaf] | Not[Leaf]] = []
        for key, (key_node, value) in entries.items():
            if key in ("all", "any"):
                conditions.append(self._group(value, depth, least=1 if key == "any" else None))
            elif key == "not":
                conditions.append(Not(condition=self.read(value, depth=depth + 1)))
            elif key == "at_least":
                conditions.append(self._at_least(key_node, value, entries, depth))
            elif key in leaves:
                conditions.append(leaves[key])
            elif key == "of" and "at_least" not in entries:
                reader.fail(key_node, "`of` needs `at_least: N` beside it")
        return conditions[0] if len(conditions) == 1 else Group(conditions=tuple(conditions), least=len(conditions))

    def _group(self, node: Node, depth: int, *, least: int | None) -> Group[Leaf]:
        """The conditions of a list; `least` None means all of them."""
        items = self._reader.sequence(node)
        if not items:
            self._reader.fail(node, "the list of conditions is empty")
        conditions = tuple(self.read(item, depth=depth + 1) for item in items)
        return Group(conditions=conditions, least=len(conditions) if least is None else least)

    def _at_least(self, key_node: Node, value: Node, entries: Entries, depth: int) -> Group[Leaf]:
        least = self._reader.number(value)
        if "of" not in entries:
            self._reader.fail(key_node, "`at_least` needs a list `of` conditions beside it")
        group = self._group(entries["of"][1], depth, least=int(least))
        if least != int(least) or not 1 <= least <= len(group.conditions):
            self._reader.fail(value, f"at_least is a whole number from 1 to {len(group.conditions)}, got {least:g}")
        return group
