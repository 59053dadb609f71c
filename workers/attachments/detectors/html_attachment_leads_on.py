"""Detector: a web page as an attachment that only leads to another one."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import judge, pages, signs


@detector(category="phishing", weight=3.5, lifecycle=Lifecycle.STABLE)
def html_attachment_leads_on(view: MailView, *, most_text: int = 400) -> Iterator[Hit]:
    """An attached page goes on to another site at once, and says hardly anything itself."""
    for file in view.files:
        # Pages of documentation lead on within their own folder: that is no sign. Those with text to read
        # show something themselves; in larger archives they are parts of sites.
        if file.html is None or not judge.at_the_door(file, view.files) or len(file.text.strip()) > most_text:
            continue
        seen = signs.of_kind(file, {pages.REDIRECTS})
        if seen:
            yield Hit(
                summary=f"{file.filename or file.path} is a web page that leads to another site at once",
                detail=signs.in_words(seen, pages.WORDS),
                where=Where(part=file.part, file=file.path, quote=seen[0].evidence),
            )
