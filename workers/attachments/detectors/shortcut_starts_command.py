"""Detector: a Windows shortcut that starts a command."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import script_signs, shortcuts, signs

_STARTS = frozenset({shortcuts.COMMAND, shortcuts.PADDED})
_WORDS = {**shortcuts.WORDS, **script_signs.WORDS}


@detector(category="malware", weight=6.0, lifecycle=Lifecycle.STABLE)
def shortcut_starts_command(view: MailView) -> Iterator[Hit]:
    """A shortcut starts a command of the shell, PowerShell or a script, in place of a document or a program."""
    for file in view.files:
        # Shortcuts to programs, documents and folders start no command: those are left to the detector of scripts.
        if signs.of_kind(file, _STARTS):
            said = tuple(sign for sign in file.signs if sign.kind in _WORDS)
            command = next((sign.evidence for sign in said if sign.kind == shortcuts.COMMAND), "")
            yield Hit(
                summary=f"{file.filename or file.path} is a shortcut that starts a command",
                detail=signs.in_words(said, _WORDS),
                where=Where(part=file.part, file=file.path, decoded=command),
            )
