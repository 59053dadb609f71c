"""HTML so long that most of it could not be read, even without comments, scripts and pictures."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.defects import Defect
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView


@detector(category="phishing", weight=3.0, lifecycle=Lifecycle.STABLE)
def html_was_cut(view: MailView) -> Iterable[Hit]:
    """HTML so long that most of it could not be read, even without comments, scripts and pictures."""
    if Defect.HTML_CUT in view.message.defects:
        yield Hit(
            summary="The HTML is so long that its end was not read; people do not write that much.",
            detail="html-cut",
        )
