"""Values set in the text of a YAML file, so that comments, order and everything else in it stay as they were."""

from __future__ import annotations

from collections.abc import Mapping

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mailcore.errors import ConfigurationError

INDENT = 2


def with_values(text: str, values: Mapping[tuple[str, ...], tuple[float, str]]) -> str:
    """The text with each value (a number, and a remark behind it) at its path of keys.

    Sections that are missing are added. Raises ConfigurationError where the text is no mapping, or something else than
    a section or a number stands at a path.
    """
    for keys, (number, remark) in values.items():
        text = _with_value(text, keys, f"{number:g}", remark)
    return text


def _with_value(text: str, keys: tuple[str, ...], value: str, remark: str) -> str:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the configuration is no YAML: {error}") from error
    if root is None:
        return _appended(text, _block(keys, value, remark, 0))
    node: Node = root
    for depth, key in enumerate(keys):
        if not isinstance(node, MappingNode):
            raise ConfigurationError(f"{'.'.join(keys[:depth])}: expected a section")
        found = next((inner for name, inner in node.value if name.value == key), None)
        if found is None:
            return _inserted(text, node, keys[depth:], value, remark)
        if _is_empty(found) and depth + 1 < len(keys):
            column = next(name.start_mark.column for name, _ in node.value if name.value == key)
            return _filled(text, found, _block(keys[depth + 1 :], value, remark, column + INDENT))
        node = found
    if not isinstance(node, ScalarNode):
        raise ConfigurationError(f"{'.'.join(keys)}: expected a number")
    return _replaced(text, node, value, remark)


def _is_empty(node: Node) -> bool:
    """`key:` with nothing behind it, or `key: {}`."""
    if isinstance(node, MappingNode):
        return not node.value
    return isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _replaced(text: str, node: ScalarNode, value: str, remark: str) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    line_end = _line_end(text, end)
    behind = text[end:line_end]
    if behind.strip() and not behind.lstrip().startswith("#"):
        return text[:start] + value + text[end:]  # in a flow mapping: nothing of the rest of the line is ours
    return text[:start] + value + _remark(remark) + text[line_end:]


def _inserted(text: str, node: MappingNode, keys: tuple[str, ...], value: str, remark: str) -> str:
    """A new key at the end of a section that is there."""
    if not node.value:
        return _filled(text, node, _block(keys, value, remark, node.start_mark.column))
    if node.flow_style:
        end = node.end_mark.index - 1
        inner = "".join(f"{key}: {{" for key in keys[:-1]) + f"{keys[-1]}: {value}" + "}" * (len(keys) - 1)
        return text[:end].rstrip() + f", {inner}" + text[end:]
    column = node.value[0][0].start_mark.column
    end = _end_of(node.value[-1][1], node.value[-1][0])
    line_end = end if text[end - 1 : end] == "\n" else _line_end(text, end)
    before = text[:line_end]
    block = _block(keys, value, remark, column)
    rest = text[line_end:]
    return (
        before
        + ("" if before.endswith("\n") else "\n")
        + (block + rest if not rest.startswith("\n") else block[:-1] + rest)
    )


def _filled(text: str, node: Node, block: str) -> str:
    """A section that was empty gets its first lines."""
    start, end = node.start_mark.index, node.end_mark.index
    line_end = _line_end(text, end)
    head = text[:start].rstrip(" ") + text[end:line_end].rstrip()
    return head + "\n" + block + text[line_end:].removeprefix("\n")


def _end_of(node: Node, key: Node) -> int:
    """Where the last thing of a node ends; the end mark of a block is behind the comments that follow it."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _end_of(node.value[-1][1], node.value[-1][0])
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end_of(node.value[-1], key)
    end: int = node.end_mark.index
    begins: int = key.end_mark.index
    return max(end, begins)


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _block(keys: tuple[str, ...], value: str, remark: str, column: int) -> str:
    lines = [f"{' ' * (column + INDENT * depth)}{key}:\n" for depth, key in enumerate(keys[:-1])]
    last = f"{' ' * (column + INDENT * (len(keys) - 1))}{keys[-1]}: {value}{_remark(remark)}\n"
    return "".join(lines) + last


def _remark(remark: str) -> str:
    return f"  # {remark}" if remark else ""


def _appended(text: str, block: str) -> str:
    return text + ("" if not text or text.endswith("\n") else "\n") + block
