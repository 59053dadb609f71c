"""Turns a YAML document into typed structs, and names file, line and the nearest known key where it cannot."""

from __future__ import annotations

import difflib
import enum
import functools
import io
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, Protocol

import msgspec
import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mailcore.errors import ConfigurationError
from mailcore.rule_nodes import LOADER, check_depth, check_references

Keys = tuple[str | int, ...]

# How the source of a value that did not come from a file begins.
VARIABLE = "environment variable "

NULL_TAG = "tag:yaml.org,2002:null"


class Reject(Protocol):
    """Raises ConfigurationError with the place of the setting in front of the problem."""

    def __call__(self, keys: Keys, problem: str) -> NoReturn: ...


def read_document(path: Path) -> MappingNode:
    """The mapping that a YAML file holds; an empty file is an empty mapping.

    Raises ConfigurationError with file and line when the file cannot be read or is no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file; name another one with -c FILE") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    node = compose(text, str(path))
    if node is None:
        return empty_mapping(str(path))
    if not isinstance(node, MappingNode):
        raise ConfigurationError(f"{place(node)}: expected sections (`front:`, `policy:` ...), got {shape(node)}")
    return node


def compose(text: str, source: str) -> Node | None:
    """The YAML node of a text; marks carry `source` as their name. Raises ConfigurationError for what is no YAML."""
    try:
        check_depth(text, source, LOADER)
        named = io.StringIO(text)
        named.name = source  # where both loaders look for the name
        root: Node | None = yaml.compose(named, Loader=LOADER)
        if root is not None:
            check_references(root, source)
        return root
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark and not source.startswith(VARIABLE) else ""
        raise ConfigurationError(f"{source}{line}: is not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{source}: is not valid YAML: {error}") from None


def empty_mapping(source: str) -> MappingNode:
    mark = yaml.Mark(source, 0, 0, 0, None, 0)
    return MappingNode("tag:yaml.org,2002:map", [], mark, mark)


def text_scalar(text: str, source: str) -> ScalarNode:
    """A node that is this text and nothing else, whatever it would be as YAML."""
    mark = yaml.Mark(source, 0, 0, 0, None, 0)
    return ScalarNode("tag:yaml.org,2002:str", text, mark, mark)


def place(node: Node) -> str:
    """Where a node stands: `file:line`, or the name of what it came from where that has no lines."""
    name = str(node.start_mark.name)
    return name if name.startswith(VARIABLE) else f"{name}:{node.start_mark.line + 1}"


def shape(node: Node) -> str:
    """What a node is, in words for an error message."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    return repr(node.value[:60]) if node.value else "nothing"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the nearest known name, or all of them where none is near and they are few."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f", did you mean {near[0]!r}?"
    return f"; known are {', '.join(names)}" if names and len(names) <= 12 else ""


def dotted(keys: Keys) -> str:
    return ".".join(str(key) for key in keys)


class Reader:
    """Reads one document into structs and remembers on which node each value stood.

    `closed` names the mappings (by dotted name) whose keys must be among those given.
    """

    def __init__(self, root: MappingNode, closed: Mapping[str, Iterable[str]]) -> None:
        self.root = root
        self.closed = closed
        self.nodes: dict[Keys, Node] = {(): root}

    def read(self, into: Any) -> Any:
        """The document as a struct like `into`, which holds the value of everything that is left out."""
        return self._struct(self.root, type(into), into, ())

    def place(self, keys: Keys) -> str:
        """`file:line` of a value, or of the nearest thing around it that the document mentions."""
        while keys not in self.nodes:
            keys = keys[:-1]
        return place(self.nodes[keys]) if keys else str(self.root.start_mark.name)

    def reject(self, keys: Keys, problem: str) -> NoReturn:
        raise ConfigurationError(f"{self.place(keys)}: {dotted(keys)}: {problem}")

    def _struct(self, node: Node, cls: Any, default: Any, keys: Keys) -> Any:
        hints = _hints(cls)
        # Keys may have names that no field can have, such as `from`.
        fields = {each.encode_name: each.name for each in _fields(cls)}
        given = {}
        for key, value in self._pairs(node, keys, known=fields):
            name = fields[key]
            standing = None if default is None else getattr(default, name)
            given[name] = self._value(value, hints[name], standing, (*keys, key))
        if default is not None:
            return msgspec.structs.replace(default, **given)
        missing = [f.encode_name for f in _fields(cls) if f.required and f.name not in given]
        if missing:
            self.reject(keys, f"{missing[0]!r} is missing")
        return cls(**given)

    def _pairs(self, node: Node, keys: Keys, known: Iterable[str] | None) -> Iterator[tuple[str, Node]]:
        """The entries of a mapping, each once and known. An empty section (`front:`) has none."""
        if not isinstance(node, MappingNode):
            if node.tag == NULL_TAG:
                return
            self.reject(keys, f"expected a mapping (`key: value` lines), got {shape(node)}")
        for key_node, value in node.value:
            key = str(key_node.value)
            if known is not None and key not in known:
                inside = f" in {dotted(keys)}" if keys else ""
                raise ConfigurationError(f"{place(key_node)}: unknown key {key!r}{inside}{did_you_mean(key, known)}")
            if (*keys, key) in self.nodes:
                first = self.place((*keys, key))
                raise ConfigurationError(f"{place(key_node)}: {dotted((*keys, key))} is there twice, first at {first}")
            self.nodes[(*keys, key)] = value
            yield key, value

    def _value(self, node: Node, hint: Any, default: Any, keys: Keys) -> Any:
        inner = _without_annotation(hint)
        if isinstance(inner, types.UnionType):
            if node.tag == NULL_TAG:
                return None
            inner = next(arm for arm in typing.get_args(inner) if arm is not type(None))
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            fresh = default if default is not None else _default(inner)
            return self._struct(node, inner, fresh, keys)
        if typing.get_origin(inner) is dict and typing.get_args(inner)[1] is not object:
            return self._dict(node, typing.get_args(inner)[1], default or {}, keys)
        if typing.get_origin(inner) is tuple:
            return self._tuple(node, typing.get_args(inner)[0], keys)
        return self._leaf(node, hint if not isinstance(_without_annotation(hint), types.UnionType) else inner, keys)

    def _dict(self, node: Node, hint: Any, default: dict[str, Any], keys: Keys) -> dict[str, Any]:
        """A mapping with free keys: what is given is laid over the default, entry by entry."""
        result = dict(default)
        for key, value in self._pairs(node, keys, known=self.closed.get(dotted(keys))):
            result[key] = self._value(value, hint, default.get(key), (*keys, key))
        return result

    def _tuple(self, node: Node, hint: Any, keys: Keys) -> tuple[Any, ...]:
        if node.tag == NULL_TAG:
            return ()
        if not isinstance(node, SequenceNode):
            self.reject(keys, f"expected a list (`[a, b]`), got {shape(node)}")
        items = []
        for index, item in enumerate(node.value):
            self.nodes[(*keys, index)] = item
            items.append(self._value(item, hint, None, (*keys, index)))
        return tuple(items)

    def _leaf(self, node: Node, hint: Any, keys: Keys) -> Any:
        inner = _without_annotation(hint)
        if isinstance(inner, type) and issubclass(inner, str):
            # Text stays as written: `socket_mode: 0660` is no number and `prefix: yes` no truth value.
            if not isinstance(node, ScalarNode):
                self.reject(keys, f"expected text, got {shape(node)}")
            value: object = node.value
            if issubclass(inner, enum.StrEnum) and value not in list(inner):
                names = [member.value for member in inner]
                self.reject(keys, f"expected one of {', '.join(names)}, got {shape(node)}")
        else:
            value = _plain(node)
        try:
            return msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            expected = str(error).split(", got ")[0].split(" - at ")[0]
            self.reject(keys, f"{expected[:1].lower()}{expected[1:]}, got {shape(node)}")


def _without_annotation(hint: Any) -> Any:
    return typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint


def _default(cls: Any) -> Any:
    """A struct with all its defaults, or None where it has fields that must be given."""
    return None if any(field.required for field in _fields(cls)) else cls()


# Both take longer than reading an entry does, and a file has hundreds of one kind.
@functools.cache
def _fields(cls: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(cls)


@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls, include_extras=True)


def _plain(node: Node) -> object:
    """A node as dicts, lists and scalars."""
    constructor = yaml.constructor.SafeConstructor()
    try:
        return constructor.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError(f"{place(node)}: is not valid YAML: {error.problem}") from None
    except ValueError as error:
        raise ConfigurationError(f"{place(node)}: {error}") from None
