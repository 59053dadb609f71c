"""Loads what the policy knows besides the settings: composites of `configs/composites/`, lists of senders."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from mailcore.combine import Composites
from mailcore.composite_nodes import parse_composites
from mailcore.composites import Composite
from mailcore.errors import ConfigurationError
from mailcore.policy import Policy
from mailcore.policy_files import PolicyFiles
from mailio.list_files import FREE_MAIL, load_list
from mailio.policy_checks import ENTRY, anybodys, is_milder, plain


def load_policy_files(configs: Path, policy: Policy) -> PolicyFiles:
    """Composites, and the lists of senders that the policy and its shadows name.

    Raises ConfigurationError with file and line for what is wrong, and for an allow entry that a forger can use.
    """
    policies = {"policy": policy, **{f"policy.shadows.{name}": shadow for name, shadow in policy.shadows.items()}}
    senders = configs / "lists" / "senders"
    lists: dict[str, frozenset[str]] = {}
    for place, each in policies.items():
        for name in _names(each):
            if name not in lists:
                lists[name] = _read_list(senders, name, place)
    _refuse_anybodys(policies, lists, senders, configs / "lists" / FREE_MAIL)
    return PolicyFiles(composites=Composites(load_composites(configs / "composites")), sender_lists=lists)


def load_composites(directory: Path) -> tuple[Composite, ...]:
    """The composites of every `*.yaml` file there, in order of path; none where there is no such directory.

    Raises ConfigurationError for a file that cannot be read or a composite that is wrong.
    """
    paths = sorted(directory.rglob("*.yaml")) if directory.is_dir() else []
    return tuple(chain.from_iterable(parse_composites(_text(path), str(path)) for path in paths))


def _names(policy: Policy) -> Iterable[str]:
    listed = chain((entry.from_list for entry in policy.allow), (entry.from_list for entry in policy.block))
    return filter(None, listed)


def _read_list(directory: Path, name: str, place: str) -> frozenset[str]:
    path = directory / f"{name}.txt"
    if not path.is_file():
        known = sorted(each.stem for each in directory.glob("*.txt"))
        near = difflib.get_close_matches(name, known, n=1)
        hint = f", did you mean {near[0]!r}?" if near else f"; make the file {path}"
        raise ConfigurationError(f"{place}: from_list: there is no list {name!r}{hint}")
    entries = _entries(path)
    if wrong := next((entry for entry in entries if not ENTRY.fullmatch(entry)), ""):
        raise ConfigurationError(
            f"{path}:{_line(path, wrong)}: expected user@example.com, example.com or *.example.com, got {wrong!r}"
        )
    return entries


def _refuse_anybodys(
    policies: dict[str, Policy], lists: dict[str, frozenset[str]], senders: Path, free_mail_file: Path
) -> None:
    """Raises ConfigurationError for what makes mail milder of domains where anybody gets an authenticated address."""
    guarded = [(place, entry) for place, policy in policies.items() for entry in policy.allow if not entry.networks]
    milder = [
        (f"{place}.senders.{name}", name)
        for place, policy in policies.items()
        for name, sender in policy.senders.items()
        if is_milder(policy, sender)
    ]
    if not guarded and not milder:
        return
    free_mail = load_list(free_mail_file) if free_mail_file.is_file() else frozenset()
    for place, name in milder:
        if problem := anybodys(name, free_mail):
            raise ConfigurationError(f"{place}: {problem}")
    for place, entry in guarded:
        if problem := anybodys(entry.from_, free_mail):
            raise ConfigurationError(f"{place}.allow: from {entry.from_}: {problem}")
    for name in dict.fromkeys(entry.from_list for _, entry in guarded if entry.from_list):
        for listed in lists[name]:
            if problem := anybodys(listed, free_mail):
                path = senders / f"{name}.txt"
                raise ConfigurationError(f"{path}:{_line(path, listed)}: {listed}: {problem}")


def _entries(path: Path) -> frozenset[str]:
    """One entry a line; `#` begins a comment."""
    lines = _text(path).lower().splitlines()
    entries = {(line.partition("#")[0] if "#" in line else line).strip().rstrip(".") for line in lines}
    entries.discard("")
    return frozenset(entries)


def _line(path: Path, entry: str) -> int:
    lines = _text(path).lower().splitlines()
    return next((at for at, line in enumerate(lines, 1) if plain(line.partition("#")[0].strip()) == entry), 1)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
