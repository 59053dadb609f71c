"""A header with more fields than anybody writes, so that most of them were not read."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.defects import Defect
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView


@detector(category="phishing", weight=3.0, lifecycle=Lifecycle.STABLE)
def header_was_cut(view: MailView) -> Iterable[Hit]:
    """The message's own header has more fields than are read; what parts have together is no sign, as in digests."""
    root = view.message.parts[:1]
    if root and Defect.TOO_MANY_HEADERS in root[0].defects:
        yield Hit(
            summary="Its header has thousands of fields, which only serve to hide something from programs.",
            detail="too-many-headers",
        )
