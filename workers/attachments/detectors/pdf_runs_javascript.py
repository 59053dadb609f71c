"""Detector: a PDF document with a script that does what forms do not need."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import pdf_scripts, signs

_WORDS = {
    pdf_scripts.EXPLOITS: "calls what is known to break readers",
    pdf_scripts.UNPACKS: "makes its code while it runs",
    pdf_scripts.LEAVES: "opens an address or sends data",
    pdf_scripts.PLAIN: "runs by itself",
}


@detector(category="malware", weight=0.5, lifecycle=Lifecycle.STABLE)
def pdf_runs_javascript(
    view: MailView, *, exploit_weight: float = 12.0, unpacking_weight: float = 6.0, leaving_weight: float = 4.0
) -> Iterator[Hit]:
    """A PDF runs JavaScript by itself: heavy where the script unpacks code, leaves the document or exploits readers."""
    weights = {
        pdf_scripts.EXPLOITS: exploit_weight,
        pdf_scripts.UNPACKS: unpacking_weight,
        pdf_scripts.LEAVES: leaving_weight,
        # Light: tickets print themselves and forms set up their fields. Scripts that format and add up fields do not
        # count at all (their reader leaves them out), nor do buttons.
        pdf_scripts.PLAIN: None,
    }
    for file in view.files:
        kind = next((kind for kind in weights if signs.of_kind(file, {kind})), None)
        if kind is None:
            continue
        first = signs.of_kind(file, {kind})[0]
        yield Hit(
            summary=f"{file.filename or file.path} holds a script that {_WORDS[kind]}",
            detail=signs.in_words(signs.of_kind(file, weights), _WORDS),
            where=Where(part=file.part, file=file.path, quote=first.evidence),
            weight=weights[kind],
        )
