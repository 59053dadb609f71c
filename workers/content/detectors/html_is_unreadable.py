"""HTML that no parser builds a tree of, such as hundreds of elements inside each other."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.defects import Defect
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView


@detector(category="phishing", weight=2.5, lifecycle=Lifecycle.STABLE)
def html_is_unreadable(view: MailView) -> Iterable[Hit]:
    """HTML that no parser builds a tree of, such as hundreds of elements inside each other."""
    if Defect.HTML_UNREADABLE in view.message.defects:
        yield Hit(
            summary="The HTML is built so that programs fail to read it, which mail programs do not write.",
            detail="html-unreadable",
        )
