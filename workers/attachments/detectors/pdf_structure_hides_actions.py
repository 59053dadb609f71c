"""Detector: a PDF document that is written so that scanners do not see what it does."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import pdf_actions, pdf_scripts, pdf_structure, signs

_ACTS = frozenset(
    {
        pdf_actions.LAUNCH,
        pdf_actions.STARTS,
        pdf_actions.FILE_SHARE,
        pdf_scripts.EXPLOITS,
        pdf_scripts.UNPACKS,
        pdf_scripts.LEAVES,
        pdf_scripts.OPENS_EMBEDDED,
    }
)
_WORDS = {
    pdf_structure.HIDDEN_NAME: "a name is written with escapes",
    pdf_structure.LATE_HEADER: "something stands before the document",
    pdf_structure.LATE_ACTION: "an action was added behind the end of the document",
}


@detector(category="malware", weight=8.0, lifecycle=Lifecycle.STABLE)
def pdf_structure_hides_actions(view: MailView, *, disguise_weight: float = 4.0) -> Iterator[Hit]:
    """A PDF writes the names of its actions with escapes, or acts by itself and is built in an odd way."""
    for file in view.files:
        hidden = signs.of_kind(file, {pdf_structure.HIDDEN_NAME})
        odd = signs.of_kind(file, {pdf_structure.LATE_HEADER, pdf_structure.LATE_ACTION})
        acts = signs.of_kind(file, _ACTS | {pdf_scripts.PLAIN})
        if not hidden:
            # Spared: scanners and printers put their own lines before the document, forms that are filled in get
            # scripts behind its end. Both do nothing but that.
            late = signs.of_kind(file, {pdf_structure.LATE_HEADER})
            if not (acts if late else odd and signs.of_kind(file, _ACTS)):
                continue
        found = (*hidden, *odd)
        yield Hit(
            summary=f"{file.filename or file.path} hides what it does: {_WORDS[found[0].kind]}",
            detail=signs.in_words((*found, *acts), _WORDS),
            where=Where(part=file.part, file=file.path, quote=found[0].evidence),
            weight=None if hidden else disguise_weight,
        )
