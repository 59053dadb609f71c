"""What detectors of this pool share: which acts count, and how the list of them is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mailcore.behaviour import Act, ActKind, Behaviour
from mailcore.verdict import Where
from workers.code import Language

DETAIL_CHARACTERS = 1_000
QUOTE_CHARACTERS = 200

# What a double click runs, and what Windows runs without being asked.
_RUNS = re.compile(
    r"\.(?:exe|scr|com|pif|cpl|dll|ocx|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|lnk|jar|sct|chm)(?=[\"' :,;)]|$)", re.I
)
_HOLDS = re.compile(r"\.(?:zip|rar|7z|iso|img|vhd|vhdx|cab|gz|tar|ace|arj|one|docm|xlsm|xll)(?=[\"' :,;)]|$)", re.I)
# Programs that good scripts start for people to look at something, or to set up their place of work.
_EVERYDAY = re.compile(
    r"\s{0,4}[\"']?(?:[\w:\\% ]{0,60}\\)?(?:notepad|explorer|calc|mspaint|write|winword|excel|outlook|net|gpupdate|ping"
    r"|ipconfig|hostname|whoami|control|taskmgr|msinfo32|chrome|msedge|firefox|iexplore)(?:\.exe)?(?:[\"' ]|$)",
    re.I,
)

# Command interpreters, up to what they are given.
_SHELL = re.compile(
    r"\s{0,4}[\"']?(?:(?:[\w:\\% ]{0,60}\\)?(?:cmd|powershell|pwsh)(?:\.exe)?|%comspec%)(?=[\"' /]|$)[\"']?"
    r"(?:\s{1,4}/[cks]\b){0,2}",
    re.I,
)
# What Windows Script Host runs.
_SCRIPT_HOST = re.compile(r"\.(?:js|jse|vbs|vbe|wsf|wsh|wsc|sct|hta)$", re.I)


def scripts(behaviours: Iterable[Behaviour]) -> Iterator[Behaviour]:
    """Behaviour of each script once; what a file carries and runs has been seen with that file already."""
    return _once(behaviour for behaviour in behaviours if behaviour.language != Language.PROGRAM)


def programs(behaviours: Iterable[Behaviour]) -> Iterator[Behaviour]:
    """Behaviour of each program once. They do more than scripts without harm: installers write and start programs."""
    return _once(behaviour for behaviour in behaviours if behaviour.language == Language.PROGRAM)


def _once(behaviours: Iterable[Behaviour]) -> Iterator[Behaviour]:
    seen: list[Behaviour] = []
    for behaviour in behaviours:
        if behaviour.acts and not any(_holds(outer, behaviour) for outer in seen):
            seen.append(behaviour)
            yield behaviour


def _holds(outer: Behaviour, inner: Behaviour) -> bool:
    """Whether all that `inner` did stands in what its container, or the same file, did."""
    within = inner.path == outer.path or inner.path.startswith(f"{outer.path}/")
    return within and set(inner.acts) <= set(outer.acts)


def started(behaviour: Behaviour) -> tuple[Act, ...]:
    """Programs that it started, but for everyday ones."""
    return tuple(act for act in behaviour.of(ActKind.STARTS) if act.what and not is_harmless(act))


def is_harmless(act: Act) -> bool:
    """Whether it says nothing by itself: an everyday program is started, a file is written that nobody runs."""
    if act.kind is ActKind.STARTS:
        return _EVERYDAY.match(act.what) is not None
    name = file_name(act.what)
    return act.kind in (ActKind.WRITES, ActKind.SAVES) and not runs(name) and not holds_files(name)


def is_for_script_host(behaviour: Behaviour) -> bool:
    """Whether a double click has Windows Script Host run it."""
    return _SCRIPT_HOST.search(behaviour.path) is not None


def shells(acts: Iterable[Act]) -> tuple[Act, ...]:
    """Those that start a command interpreter, but for one that starts an everyday program (drives are connected so)."""
    found = ((act, _SHELL.match(act.what)) for act in acts)
    return tuple(act for act, shell in found if shell and not _EVERYDAY.match(act.what[shell.end() :]))


def runs(name: str) -> bool:
    """Whether a file of that name is run when it is opened."""
    return _RUNS.search(name) is not None


def holds_files(name: str) -> bool:
    """Whether a file of that name is one that others are in."""
    return _HOLDS.search(name) is not None


def file_name(what: str) -> str:
    """The name in "C:\\Temp\\a.exe: a program, 4,096 characters" and in "$env:temp\\a.exe"."""
    path = what.partition(": ")[0].partition(" from ")[0].partition(" -> ")[0]
    return path.replace("/", "\\").rpartition("\\")[2].strip(" \"'()").lower()


def is_hidden(behaviour: Behaviour, act: Act) -> bool:
    """Whether what it asks for is an address, or a host, that does not stand in the file."""
    if act.what.startswith("dns "):
        return f"http://{act.what.removeprefix('dns ')}/" in behaviour.hidden
    return any(url in act.what for url in behaviour.hidden)


def listed(behaviour: Behaviour) -> str:
    """Everything that it did, in that order, for people."""
    lines = (f"{act.kind} {act.what}".strip() for act in behaviour.acts)
    return f"{behaviour.language}: {'; '.join(lines)}"[:DETAIL_CHARACTERS]


def where(behaviour: Behaviour, act: Act) -> Where:
    """The file, and the act that counts most, as it was meant."""
    return Where(part=behaviour.part, file=behaviour.path, decoded=act.what[:QUOTE_CHARACTERS])
