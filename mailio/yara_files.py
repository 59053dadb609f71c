"""Loads the YARA rules of `configs/yara/` and of the administrator: compiled once, the shipped ones with metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mailcore.errors import ConfigurationError

SEVERITIES = ("info", "low", "medium", "high", "critical")
_PLACE = re.compile(r"(?P<file>.+?)\((?P<line>\d+)\): (?P<words>.*)")


def load_yara(directory: Path, own: Iterable[Path] = ()) -> Any:
    """Compiled rules (`yara.Rules`) of all `*.yar` files; the namespace of a rule is the name of its file.

    `own` are directories of the administrator (`*.yar`, `*.yara`, also in directories in them), whose namespaces are
    the names of files with the way there ("loaders/emotet"); where a name is taken, a number is added. Their rules need
    no metadata. Raises ConfigurationError with file and line for what does not compile, and for a shipped rule without
    description, severity or reference.
    """
    files = {path.stem: path for path in sorted(directory.glob("*.yar"))}
    if not files:
        raise ConfigurationError(f"{directory}: no YARA rules (*.yar) there")
    rules = _compiled(files, directory)
    for rule in rules:
        _check(rule, directory)
    for folder in own:
        files |= _own_files(folder, files)
    return _compiled(files, directory) if own else rules


def _own_files(folder: Path, taken: Mapping[str, Path]) -> dict[str, Path]:
    """The rule files of a directory of the administrator, by namespace."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such directory; YARA rules are `*.yar` files there")
    files: dict[str, Path] = {}
    for path in sorted(path for pattern in ("*.yar", "*.yara") for path in folder.rglob(pattern)):
        name = namespace = path.relative_to(folder).with_suffix("").as_posix()
        number = 2
        while namespace in taken or namespace in files:
            namespace, number = f"{name}-{number}", number + 1
        files[namespace] = path
    return files


def _compiled(files: Mapping[str, Path], directory: Path) -> Any:
    import yara

    try:
        # Rules come from directories that administrators fill: `include` could read any file, and nobody needs it.
        paths = {namespace: str(path) for namespace, path in files.items()}
        return yara.compile(filepaths=paths, includes=False, error_on_warning=False)
    except yara.Error as error:
        raise ConfigurationError(_one_line(str(error), directory)) from error


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
