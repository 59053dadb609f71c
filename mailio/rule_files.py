"""Loads the rules of `configs/content/` from disk."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.rule_entries import check_unique
from mailcore.rule_settings import RuleSettings
from mailcore.rules import Rule, parse_rules
from mailio.yaml_document import did_you_mean

MAX_BYTES = 20_000_000  # of one file; ten thousand rules take about ten megabytes


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
    check_unique(rules, "rule")
    return rules


def load_installed_rules(configs: Path, chosen: RuleSettings, lists: Collection[str]) -> tuple[Rule, ...]:
    """The shipped rules and those of `rules.directories`, disabled ones too. Raises as `load_rules`.

    An id is never given twice: a rule of one's own has an id of its own, and the shipped one is disabled beside it.
    """
    folders = (configs / "content", *map(Path, chosen.directories))
    rules = tuple(rule for folder in folders for rule in load_rules(folder, lists))
    check_unique(rules, "rule")
    return rules


def is_disabled(name: str, chosen: RuleSettings) -> bool:
    """Whether the id of a rule or detector stands in `rules.disabled`; `*` stands for any letters."""
    return any(fnmatchcase(name, pattern) for pattern in chosen.disabled)


def check_disabled(chosen: RuleSettings, ids: Collection[str]) -> None:
    """Raises ConfigurationError where `rules.disabled` names nothing that there is."""
    for pattern in chosen.disabled:
        if not any(fnmatchcase(name, pattern) for name in ids):
            raise ConfigurationError(
                f"rules.disabled: no rule or detector is called {pattern!r}{did_you_mean(pattern, ids)}"
            )


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigurationError(
                f"{path}: is larger than {MAX_BYTES // 1_000_000} MB; put the rules into several files"
            )
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}:{line}: is not UTF-8 text (byte {error.start})") from None
