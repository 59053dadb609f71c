"""Detector: the text of the mail stands in a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.ocr.holders import INLINE

SHOWN = frozenset({"", INLINE})
_WORD = re.compile(r"[^\W\d_]{3,}")


@detector(category="spam", weight=2.5, lifecycle=Lifecycle.STABLE)
def message_is_only_a_picture(view: MailView, *, picture_words: int = 20, mail_words: int = 12) -> Iterator[Hit]:
    """The mail says next to nothing in text and much in a picture, where filters do not look."""
    said = len(_WORD.findall(view.message.text or view.message.html_text))
    # Photos and scans that people send without a word hold no text, or are documents in an attachment of a mail
    # that is a reply: those who know each other quote what they answer to.
    if said > mail_words or view.message.header("in-reply-to"):
        return
    for image in view.images:
        # What stands in a document or an archive is not shown; scanners send their pages without a word.
        if image.reached not in SHOWN:
            continue
        shown = len(_WORD.findall(image.text))
        if shown >= picture_words:
            yield Hit(
                summary=f"The mail has {said} words of text; {shown} stand in a picture",
                detail=image.text[:500] + (f"\nfingerprint {image.fingerprint}" if image.fingerprint else ""),
                where=Where(part=image.part, quote=image.text[:200]),
            )
            return
