"""What rules and composites have in common as they are written: the keys of one, and what they may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from yaml.nodes import Node

from mailcore.detector import Lifecycle
from mailcore.errors import ConfigurationError
from mailcore.rule_nodes import NodeReader

MAX_WEIGHT = 1_000.0  # the weight of a test message that must always be refused

REQUIRED = ("id", "title", "summary", "description", "weight", "conditions", "examples")
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class Placed(Protocol):
    """A rule or a composite, and where it stands: `file:line`."""

    @property
    def id(self) -> str: ...

    @property
    def place(self) -> str: ...


class Entry:
    """One rule or composite in a file. Every method raises ConfigurationError for what it cannot read."""

    def __init__(self, node: Node, reader: NodeReader, *, what: str, keys: Mapping[str, str], category: str) -> None:
        """`keys` are those that may be there with what they mean, `category` is that of the whole file."""
        self.node = node
        self.reader = reader
        self.nodes = {key: value for key, (_, value) in reader.mapping(node, keys).items()}
        self._what = what
        for key in REQUIRED:
            if key not in self.nodes:
                reader.fail(node, f"the {what} has no {key!r}: {keys[key]}")
        self.id = self.text("id")
        if not _ID.fullmatch(self.id):
            reader.fail(self.nodes["id"], f"an id has lower case letters, digits and hyphens, got {self.id!r}")
        self.category = self.text("category", category)
        if not self.category:
            reader.fail(node, f"the {what} has no 'category', and the file sets none")

    def text(self, key: str, default: str = "") -> str:
        return self.reader.text(self.nodes[key]).strip() if key in self.nodes else default

    def texts(self, key: str) -> tuple[str, ...]:
        return self.reader.texts(self.nodes[key]) if key in self.nodes else ()

    def flag(self, key: str) -> bool:
        return key in self.nodes and self.reader.flag(self.nodes[key])

    def weight(self) -> float:
        weight = self.reader.number(self.nodes["weight"])
        if not abs(weight) <= MAX_WEIGHT:  # also false for nan
            self.reader.fail(
                self.nodes["weight"], f"a weight lies between {-MAX_WEIGHT:g} and {MAX_WEIGHT:g}, got {weight:g}"
            )
        return weight

    def version(self) -> int:
        return int(self.reader.number(self.nodes["version"])) if "version" in self.nodes else 1

    def status(self) -> Lifecycle:
        status = self.text("status", Lifecycle.EXPERIMENTAL)
        if status not in list(Lifecycle):
            self.reader.unknown(self.nodes["status"], "status", status, Lifecycle)
        return Lifecycle(status)

    def examples(self) -> tuple[list[Node], list[Node]]:
        """The nodes of those that it must and must not hit."""
        node = self.nodes["examples"]
        entries = self.reader.mapping(node, ("match", "no_match"))
        found = {key: self.reader.sequence(value) for key, (_, value) in entries.items()}
        for key in ("match", "no_match"):
            if not found.get(key):
                self.reader.fail(
                    node,
                    f"the examples have no {key!r}: every {self._what} shows what it hits and what it leaves alone",
                )
        return found["match"], found["no_match"]


def check_unique(entries: Iterable[Placed], what: str) -> None:
    """Raises ConfigurationError when two of them have one id, and names both places."""
    places: dict[str, str] = {}
    for entry in entries:
        if entry.id in places:
            raise ConfigurationError(f"{entry.place}: the id {entry.id!r} is taken by the {what} at {places[entry.id]}")
        places[entry.id] = entry.place
