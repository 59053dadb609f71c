"""Detector: a script whose command nobody is to see."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import FileFacts, MailView
from workers.attachments import judge, scripts, signs
from workers.attachments import script_signs as kinds

_DOES = frozenset({kinds.DOWNLOADS, kinds.STARTS, kinds.EVALUATES, kinds.WRITES_PROGRAM, kinds.DISARMS})


@detector(category="malware", weight=7.0, lifecycle=Lifecycle.STABLE)
def script_hides_its_command(view: MailView, *, quiet_weight: float = 2.0) -> Iterator[Hit]:
    """A script runs an encoded command, or turns protection off; the evidence is the command as it is meant."""
    for file in judge.outermost(view.files, _hides):
        encoded = signs.of_kind(file, {kinds.ENCODED_COMMAND})
        disarms = signs.of_kind(file, {kinds.DISARMS})
        said = (*encoded, *disarms)
        yield Hit(
            summary=f"{file.filename or file.path} is a script that hides what it runs"
            if encoded
            else f"{file.filename or file.path} is a script that turns off protection",
            detail=signs.in_words(said, kinds.WORDS),
            where=Where(part=file.part, file=file.path, decoded=said[0].evidence),
            # Deployment tools pass settings along as base64: what comes out does nothing by itself.
            weight=None if signs.of_kind(file, _DOES) else quiet_weight,
        )


def _hides(file: FileFacts) -> bool:
    return bool(scripts.is_script_name(file) and signs.of_kind(file, {kinds.ENCODED_COMMAND, kinds.DISARMS}))
