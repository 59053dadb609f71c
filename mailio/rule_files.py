"""Loads the rules of `configs/content/` from disk."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.rules import Rule, check_unique, parse_rules


def load_rules(directory: Path, lists: Collection[str] | None = None) -> tuple[Rule, ...]:
    """The rules of every `*.yaml` file in the directory and in directories in it, in order of path.

    `lists` are the names of lists that rules may ask for; None leaves them unchecked. Raises ConfigurationError for a
    file that cannot be read, a rule that is wrong, or an id that is used twice.
    """
    if not directory.is_dir():
        raise ConfigurationError(f"{directory}: there is no such directory; rules are `*.yaml` files there")
    rules = tuple(
        structs.replace(rule, module=path.relative_to(directory).parts[0].removesuffix(".yaml"))
        for path in sorted(directory.rglob("*.yaml"))
        for rule in parse_rules(_read(path), str(path), lists)
    )
    check_unique(rules)
    return rules


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
