"""Writes the reference of all settings, as `docs/configuration.md` and as the commented `configs/mailchord.yaml`."""

from __future__ import annotations

import sys
import textwrap
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from mailcore.settings import Settings

COMMENT_WIDTH = 96

YAML_HEAD = """\
# Every setting of mailchord with its default. Copy this file to /etc/mailchord/mailchord.yaml and keep only what you
# change: what is left out has the value that stands here, and a key that does not exist stops the start with file, line
# and the nearest known key. Every value can come from the environment too: front.listen is MAILCHORD_FRONT__LISTEN.
# `make docs` writes this file from mailcore/settings.py.
"""

MARKDOWN_HEAD = """\
# Configuration

<!-- Written by `make docs` from mailcore/settings.py and mailcore/policy.py: change it there. -->

`mailchord` reads one YAML file: the one given with `-c FILE`, else `/etc/mailchord/mailchord.yaml` where it exists,
else the shipped [`configs/mailchord.yaml`](../configs/mailchord.yaml), which holds every setting with its default.
Write only what you change. A key that does not exist, a value of the wrong type or one that makes no sense stops the
start with one line that names file, line and what to write instead; `mailchord check` tells without starting anything.

Every value can come from the environment, which wins over the file: `MAILCHORD_` and the names of section and key in
capitals with `__` between them. Values are YAML (`MAILCHORD_NETWORKS__INTERNAL='[192.0.2.0/24]'`). With `_FILE` at the
end a text value is read from the file that the variable names, which is how secrets get in:
`MAILCHORD_REDIS__BROKER_FILE=/run/secrets/broker-url`. An unknown variable with `__` in it stops the start.

Entries of `pools`, `policy.missing_pools` and other mappings are laid over the defaults one by one; lists replace them.
"""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: its name, its documentation, its default (None and `required` where there is none)."""

    name: str
    text: str
    hint: Any
    default: Any
    required: bool


def entries(cls: Any, default: Any = None) -> Iterator[Entry]:
    """The settings of a section in the order of the file."""
    hints = typing.get_type_hints(cls, include_extras=True)
    for field in msgspec.structs.fields(cls):
        hint, *extras = typing.get_args(hints[field.name])
        meta = next(extra for extra in extras if isinstance(extra, msgspec.Meta))
        value = getattr(default, field.name) if default is not None else _own_default(field)
        yield Entry(
            name=field.encode_name,
            text=meta.description or "",
            hint=hint,
            default=value,
            required=default is None and field.required,
        )


def render_yaml() -> str:
    """`configs/mailchord.yaml`."""
    return YAML_HEAD + "".join(_yaml_lines(Settings, Settings(), 0))


def render_markdown() -> str:
    """`docs/configuration.md`."""
    top = [entry for entry in entries(Settings, Settings()) if not _section(entry.hint)]
    lines = [MARKDOWN_HEAD, "\n## General\n\n", *_table(top)]
    for entry in entries(Settings, Settings()):
        inner = _section(entry.hint)
        if inner:
            lines += _markdown_section(inner, entry)
    return "".join(lines)


def write(root: Path) -> None:
    """Bring both files of a checkout up to date."""
    (root / "configs" / "mailchord.yaml").write_text(render_yaml(), encoding="utf-8")
    (root / "docs" / "configuration.md").write_text(render_markdown(), encoding="utf-8")


def _own_default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None if field.required else field.default


def _section(hint: Any, inside: Any = None) -> Any:
    """The struct that a setting is made of (itself, items of its list, values of its mapping), or None.

    None as well for a setting of `inside` that is made of the same struct again: its keys are already described.
    """
    if isinstance(hint, types.UnionType):
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) is tuple:
        hint = typing.get_args(hint)[0]
    elif typing.get_origin(hint) is dict:
        hint = typing.get_args(hint)[1]
    return hint if isinstance(hint, type) and issubclass(hint, msgspec.Struct) and hint is not inside else None


def _yaml_lines(cls: Any, default: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for entry in entries(cls, default):
        yield "\n" if depth == 0 else ""
        yield _comment(entry.text, indent)
        inner = _section(entry.hint, cls)
        if inner and entry.hint is inner:
            yield f"{indent}{entry.name}:\n"
            yield from _yaml_lines(inner, entry.default, depth + 1)
            continue
        if inner:
            for field in entries(inner):
                yield _comment(f"{field.name}: {field.text}", f"{indent}#   ", mark="")
        yield from _yaml_value(entry.name, entry.default, indent)


def _yaml_value(name: str, value: Any, indent: str) -> Iterator[str]:
    plain = msgspec.to_builtins(value)
    structs = isinstance(value, dict | tuple) and any(
        isinstance(item, msgspec.Struct) for item in (value.values() if isinstance(value, dict) else value)
    )
    if not structs:
        yield f"{indent}{name}: {_flow(plain)}\n"
        return
    yield f"{indent}{name}:\n"
    if isinstance(plain, dict):
        yield from (f"{indent}  {key}: {_flow(item)}\n" for key, item in plain.items())
    else:
        yield from (f"{indent}  - {_flow(item)}\n" for item in plain)


def _flow(value: Any) -> str:
    """A value on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=100_000)
    return text.removesuffix("...\n").strip()


def _comment(text: str, indent: str, *, mark: str = "# ") -> str:
    lines = textwrap.wrap(text, COMMENT_WIDTH)
    return "".join(f"{indent}{mark}{line}\n" for line in lines)


def _markdown_section(cls: Any, entry: Entry, prefix: str = "") -> list[str]:
    name = prefix + entry.name
    lines = [f"\n## `{name}`\n\n{entry.text}"]
    single = entry.hint is cls
    kind = "" if single else " Each entry of the list has:"
    if typing.get_origin(entry.hint) is dict:
        kind = " A mapping; each entry has:"
    elif isinstance(entry.hint, types.UnionType):
        kind = ""
    lines.append(f"{kind}\n\n")
    fields = list(entries(cls, entry.default if single else None))
    lines += _table([field for field in fields if not (single and _section(field.hint, cls))])
    if not single and entry.default:
        lines += ["\nDefault:\n\n```yaml\n", *_yaml_value(entry.name, entry.default, ""), "```\n"]
    for field in fields:
        inner = _section(field.hint, cls)
        if inner:
            lines += _markdown_section(inner, field, f"{name}.")
    return lines


def _table(rows: list[Entry]) -> list[str]:
    if not rows:
        return []
    lines = ["| key | default | meaning |\n", "| --- | --- | --- |\n"]
    for row in rows:
        default = "(must be given)" if row.required else f"`{_flow(msgspec.to_builtins(row.default))}`"
        lines.append(f"| `{row.name}` | {default} | {row.text.replace('|', chr(92) + '|')} |\n")
    return lines


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
