"""Detector: an SVG picture that is a program of the browser."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import pages, script_signs, signs

_ACTS = frozenset(
    {
        pages.REDIRECTS, pages.WRITES_DECODED, pages.BUILDS_FILE, pages.DATA_LINK, pages.SVG_PAGE,
        script_signs.CHARACTER_CODES, script_signs.ESCAPES, script_signs.PACKED, script_signs.PIECES,
        script_signs.EVALUATES, script_signs.ENCODED_COMMAND,
    }
)  # fmt: skip


@detector(category="phishing", weight=7.0, lifecycle=Lifecycle.STABLE)
def picture_runs_script(view: MailView, *, quiet_weight: float = 0.5) -> Iterator[Hit]:
    """An SVG picture holds a script that leads on or decodes something, or parts of a web page."""
    for file in view.files:
        if not pages.is_svg(file):
            continue
        seen = signs.of_kind(file, _ACTS | {pages.SVG_SCRIPT})
        if not seen:
            continue
        # Flame graphs and charts have scripts of their own, which zoom and show what stands under the mouse.
        acts = {sign.kind for sign in seen} & _ACTS
        yield Hit(
            summary=f"{file.filename or file.path} is a picture that runs a script",
            detail=signs.in_words(seen, pages.WORDS),
            where=Where(part=file.part, file=file.path, quote=seen[0].evidence),
            weight=None if acts else quiet_weight,
        )
