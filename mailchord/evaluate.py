"""`mailchord evaluate`: detection figures over folders of known mail, each with its 95 % interval."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from mailchord.scan import scan_bytes
from mailchord.start import start
from mailcore.errors import ConfigurationError
from mailcore.message import Envelope
from mailcore.statistics import Share, wilson
from mailcore.verdict import Action, Verdict
from tasks.pools import build_scanner

Judge = Callable[[bytes], Verdict]

MARKED = frozenset({Action.TAG, Action.QUARANTINE, Action.REJECT, Action.DISCARD})
HELD = frozenset({Action.QUARANTINE, Action.REJECT, Action.DISCARD})


class FolderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the mail of one folder. `marked` counts tag and worse, `held` quarantine and worse.

    `deferred` (tempfail) is apart: that mail was not judged, so it counts neither for nor against.
    `partial` counts verdicts in which some pool did not see everything. `findings` are the most frequent ids.
    """

    folder: str
    unwanted: bool
    marked: Share
    held: Share
    deferred: Share
    partial: int
    findings: tuple[tuple[str, int], ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--spam", action="append", default=[], type=Path, metavar="DIR", help="folder of unwanted mail; repeatable"
    )
    parser.add_argument(
        "--ham", action="append", default=[], type=Path, metavar="DIR", help="folder of good mail; repeatable"
    )
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="at most N messages of each folder")
    parser.add_argument("--json", action="store_true", help="one object for each folder, on one line")


def run(arguments: argparse.Namespace) -> int:
    """0 when every folder was judged. Raises ConfigurationError for folders that are absent or empty."""
    if not arguments.spam and not arguments.ham:
        raise ConfigurationError("nothing to evaluate: give --spam DIR, --ham DIR, or both")
    begun = start(arguments, component="evaluate")
    scanner = build_scanner(begun.settings, begun.configs)
    limit = begun.settings.front.body_limit_bytes

    def judge(raw: bytes) -> Verdict:
        envelope = Envelope(received_at=time.time())
        return scan_bytes(scanner, raw, envelope, message_id="evaluate", limit=limit)

    for figures in evaluate(arguments.spam, arguments.ham, judge, limit=arguments.limit):
        print(msgspec.json.encode(figures).decode() if arguments.json else as_text(figures), flush=True)
    return 0


def evaluate(spam: Iterable[Path], ham: Iterable[Path], judge: Judge, *, limit: int = 0) -> Iterator[FolderFigures]:
    """Figures of each folder, and of each folder directly in it: never one figure over different sources."""
    for unwanted, directories in ((True, spam), (False, ham)):
        for directory in directories:
            for name, files in folders_in(directory):
                chosen = files[:limit] if limit else files
                yield _figures(name, unwanted, (judge(_read(file)) for file in chosen))


def folders_in(directory: Path) -> list[tuple[str, list[Path]]]:
    """(name, messages in order) of the directory's own files and of each directory in it, with all below.

    Files whose names begin with a dot are no messages. Raises ConfigurationError where there is no message.
    """
    if not directory.is_dir():
        raise ConfigurationError(f"{directory}: no such folder")
    groups: dict[str, list[Path]] = {}
    for file in sorted(directory.rglob("*")):
        relative = file.relative_to(directory)
        if file.is_file() and not any(part.startswith(".") for part in relative.parts):
            name = str(directory / relative.parts[0]) if len(relative.parts) > 1 else str(directory)
            groups.setdefault(name, []).append(file)
    if not groups:
        raise ConfigurationError(f"{directory}: there is no message in it")
    return sorted(groups.items())


def as_text(figures: FolderFigures) -> str:
    """Figures of one folder as a person reads them."""
    kind, marked = ("unwanted", "recall") if figures.unwanted else ("good", "false positives")
    lines = [
        f"{figures.folder} ({kind}, {figures.marked.total + figures.deferred.hits} messages)",
        f"  {marked}: {figures.marked}",
        f"  held or refused: {figures.held}",
    ]
    if figures.deferred.hits:
        lines.append(f"  not judged (deferred): {figures.deferred}")
    if figures.partial:
        lines.append(f"  partial verdicts: {figures.partial}")
    lines += [f"  {count:6d}  {finding}" for finding, count in figures.findings]
    return "\n".join(lines)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from error


def _figures(folder: str, unwanted: bool, verdicts: Iterable[Verdict]) -> FolderFigures:
    actions: Counter[Action] = Counter()
    findings: Counter[str] = Counter()
    partial = 0
    for verdict in verdicts:
        actions[verdict.action] += 1
        partial += verdict.partial
        findings.update({finding.id for finding in verdict.findings})
    total = actions.total()
    judged = total - actions[Action.TEMPFAIL]
    return FolderFigures(
        folder=folder,
        unwanted=unwanted,
        marked=wilson(sum(actions[action] for action in MARKED), judged),
        held=wilson(sum(actions[action] for action in HELD), judged),
        deferred=wilson(actions[Action.TEMPFAIL], total),
        partial=partial,
        findings=tuple(findings.most_common(10)),
    )
