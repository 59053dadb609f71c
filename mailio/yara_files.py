"""Loads the YARA rules of `configs/yara/`: compiled once, each rule with the metadata that a verdict needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mailcore.errors import ConfigurationError

SEVERITIES = ("info", "low", "medium", "high", "critical")
_PLACE = re.compile(r"(?P<file>\S+)\((?P<line>\d+)\): (?P<words>.*)")


def load_yara(directory: Path) -> Any:
    """Compiled rules (`yara.Rules`) of all `*.yar` files; the namespace of a rule is the name of its file.

    Raises ConfigurationError with file and line for what does not compile, and for a rule without description,
    severity or reference.
    """
    import yara

    files = {path.stem: str(path) for path in sorted(directory.glob("*.yar"))}
    if not files:
        raise ConfigurationError(f"{directory}: no YARA rules (*.yar) there")
    try:
        # Rules come from a directory that administrators fill: `include` could read any file, and nobody needs it.
        rules = yara.compile(filepaths=files, includes=False, error_on_warning=False)
    except yara.Error as error:
        raise ConfigurationError(_one_line(str(error), directory)) from error
    for rule in rules:
        _check(rule, directory)
    return rules


def _check(rule: Any, directory: Path) -> None:
    where = f"{directory}: rule {rule.identifier}"
    for key in ("description", "severity", "reference"):
        if not rule.meta.get(key):
            raise ConfigurationError(f"{where}: its meta section needs {key}")
    if rule.meta["severity"] not in SEVERITIES:
        raise ConfigurationError(
            f"{where}: severity is {rule.meta['severity']!r}, expected one of {', '.join(SEVERITIES)}"
        )


def _one_line(words: str, directory: Path) -> str:
    """libyara's words as file:line: what is wrong."""
    place = _PLACE.match(words)
    return f"{place['file']}:{place['line']}: {place['words']}" if place else f"{directory}: {words}"
