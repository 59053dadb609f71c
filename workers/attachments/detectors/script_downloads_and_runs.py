"""Detector: a script that fetches a program and starts it."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import FileFacts, MailView
from workers.attachments import judge, names, scripts, signs
from workers.attachments import script_signs as kinds

_GETS = frozenset({kinds.DOWNLOADS, kinds.WRITES_PROGRAM})
_RUNS = frozenset({kinds.STARTS, kinds.EVALUATES})
_HIDES = frozenset(
    {
        kinds.HIDES_WINDOW, kinds.DISARMS, kinds.ENCODED, kinds.ENCODED_COMMAND, kinds.CHARACTER_CODES, kinds.PIECES,
        kinds.ESCAPES, kinds.NOISE,
    }
)  # fmt: skip


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def script_downloads_and_runs(view: MailView, *, developers_weight: float = 2.0) -> Iterator[Hit]:
    """A script downloads something and runs it, or writes a program that it carries and starts it."""
    for file in judge.outermost(view.files, _gets_and_runs):
        gets, runs = signs.of_kind(file, _GETS), signs.of_kind(file, _RUNS)
        yield Hit(
            summary=f"{file.filename or file.path} is a script that gets a program and runs it",
            detail=signs.in_words((*gets, *runs), kinds.WORDS),
            where=Where(part=file.part, file=file.path, quote=gets[0].evidence),
            # People who run machines send each other scripts that install things; in the open, and with a window.
            weight=developers_weight if _is_open(file) else None,
        )


def _gets_and_runs(file: FileFacts) -> bool:
    return bool(scripts.is_script_name(file) and signs.of_kind(file, _GETS) and signs.of_kind(file, _RUNS))


def _is_open(file: FileFacts) -> bool:
    by_developers = names.extension(file.filename) in names.SCRIPTS_OF_DEVELOPERS
    return by_developers and not signs.of_kind(file, _HIDES)
