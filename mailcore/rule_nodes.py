"""Reads YAML nodes with their lines, so that every error in a rule file names `file:line`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mailcore.errors import ConfigurationError

# A thousand rules have about 50,000 nodes. Anchors can multiply nodes without end ("YAML bomb").
MAX_NODES = 2_000_000
MAX_NESTING = 100  # levels; conditions of rules take two each

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is ten times faster, where libyaml is there


def compose(text: str, filename: str) -> Node | None:
    """The root node of a YAML text, None for an empty one. Raises ConfigurationError with file and line."""
    try:
        check_depth(text, filename, LOADER)
        root: Node | None = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigurationError(f"{filename}{line}: is not valid YAML: {problem}") from None
    if root is not None:
        check_references(root, filename)
    return root


def check_depth(text: str, filename: str, loader: Any) -> None:
    """Raises ConfigurationError for nesting that would overflow the stack of whoever builds nodes from the text."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_NESTING:
                line = event.start_mark.line + 1  # type: ignore[union-attr]  # events of a text have marks
                raise ConfigurationError(f"{filename}:{line}: is nested deeper than {MAX_NESTING} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def check_references(root: Node, filename: str) -> None:
    """Raises ConfigurationError for anchors that hold themselves, or that multiply to more nodes than can be read."""
    sizes: dict[int, int] = {}

    def size_of(node: Node) -> int:
        known = sizes.get(id(node))
        if known is not None:
            if known == 0:
                raise ConfigurationError(f"{filename}:{node.start_mark.line + 1}: the anchor refers to itself")
            return known
        sizes[id(node)] = 0  # being counted
        size = 1
        if isinstance(node, MappingNode):
            size += sum(size_of(key) + size_of(value) for key, value in node.value)
        elif isinstance(node, SequenceNode):
            size += sum(map(size_of, node.value))
        if size > MAX_NODES:
            line = node.start_mark.line + 1
            raise ConfigurationError(
                f"{filename}:{line}: has too many nodes; anchors that refer to each other multiply"
            )
        sizes[id(node)] = size
        return size

    size_of(root)


class NodeReader:
    """Reads the nodes of one file."""

    def __init__(self, filename: str, lists: Collection[str] | None = None) -> None:
        """`lists` are the names of lists that there are, None where nobody knows."""
        self.filename = filename
        self.lists = lists

    def place(self, node: Node) -> str:
        return f"{self.filename}:{node.start_mark.line + 1}"

    def fail(self, node: Node, message: str) -> NoReturn:
        raise ConfigurationError(f"{self.place(node)}: {message}")

    def unknown(self, node: Node, what: str, name: str, known: Iterable[str]) -> NoReturn:
        """Fail over an unknown word, with the nearest one that is known."""
        near = difflib.get_close_matches(name, list(known), n=1)
        hint = f", did you mean '{near[0]}'?" if near else ""
        self.fail(node, f"unknown {what} '{name}'{hint}")

    def mapping(self, node: Node, known: Iterable[str] | None = None) -> dict[str, tuple[Node, Node]]:
        """Keys with their key and value nodes; `known` are the keys that may be there (None: any)."""
        if not isinstance(node, MappingNode):
            self.fail(node, f"expected keys and values, got {shape(node)}")
        entries: dict[str, tuple[Node, Node]] = {}
        for key_node, value_node in node.value:
            key = self.text(key_node)
            if key in entries:
                self.fail(key_node, f"{key!r} stands here twice")
            if known is not None and key not in known:
                self.unknown(key_node, "key", key, known)
            entries[key] = (key_node, value_node)
        return entries

    def sequence(self, node: Node) -> list[Node]:
        if not isinstance(node, SequenceNode):
            self.fail(node, f"expected a list, got {shape(node)}")
        return list(node.value)

    def text(self, node: Node) -> str:
        if not isinstance(node, ScalarNode) or node.tag != "tag:yaml.org,2002:str":
            self.fail(node, f"expected text, got {shape(node)}; put it in quotes where it is meant as text")
        return str(node.value)

    def texts(self, node: Node) -> tuple[str, ...]:
        """One text, or a list of texts."""
        if isinstance(node, SequenceNode):
            return tuple(self.text(item) for item in self.sequence(node))
        return (self.text(node),)

    def number(self, node: Node) -> float:
        if not isinstance(node, ScalarNode) or node.tag not in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
            self.fail(node, f"expected a number, got {shape(node)}")
        try:
            return float(node.value.replace("_", ""))
        except ValueError:
            self.fail(node, f"expected a plain decimal number, got {node.value!r}")

    def flag(self, node: Node) -> bool:
        if not isinstance(node, ScalarNode) or node.tag != "tag:yaml.org,2002:bool":
            self.fail(node, f"expected true or false, got {shape(node)}")
        return str(node.value).lower() in ("true", "yes", "on")


def shape(node: Node) -> str:
    """What a node is, in words for people."""
    if isinstance(node, MappingNode):
        return "keys and values"
    if isinstance(node, SequenceNode):
        return "a list"
    return f"{node.tag.rpartition(':')[2]} {str(node.value)[:60]!r}"
