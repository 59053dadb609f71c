"""Detector: a zip archive in which programs see different files."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import names, signs, zip_structure

_KINDS = frozenset(zip_structure.WORDS)


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def archive_contradicts_itself(view: MailView, *, software_weight: float = 0.5) -> Iterator[Hit]:
    """The directory of a zip archive and its members tell different stories, or two members have one name."""
    for file in view.files:
        seen = signs.of_kind(file, _KINDS)
        if not seen:
            continue
        # Tools that build Java and Android packages write the same licence twice, each from another library.
        software = names.extension(file.filename) in ("jar", "war", "aar", "apk", "aab")
        only_twice = {sign.kind for sign in seen} == {zip_structure.DUPLICATE}
        yield Hit(
            summary=f"{file.filename or file.path} shows different files to different programs",
            detail=signs.in_words(seen, zip_structure.WORDS),
            where=Where(part=file.part, file=file.path, quote=seen[0].evidence),
            weight=software_weight if software and only_twice else None,
        )
