"""Detector: a picture that looks like one of those that this installation has listed."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.ocr.fingerprints import distance, is_fingerprint

LIST = "unwanted_pictures"


@detector(category="spam", weight=6.0, lifecycle=Lifecycle.STABLE)
def picture_is_listed(view: MailView, *, bits: int = 12) -> Iterator[Hit]:
    """A picture looks like one in `configs/lists/unwanted-pictures.txt`, in whatever size and format it comes.

    `bits` of 256 may differ: copies that were saved anew differ in fewer than ten, other pictures in a hundred.
    """
    entries = view.lists.named(LIST)
    # Of lists with more than some hundred thousand entries only hashes are kept, which are near nothing.
    listed = [entry for entry in entries if is_fingerprint(entry)] if isinstance(entries, frozenset) else []
    if not listed:
        return
    for image in view.images:
        # Even surfaces and pages of text have no fingerprint: they all look alike.
        near = [entry for entry in listed if image.fingerprint and distance(entry, image.fingerprint) <= bits]
        if near:
            yield Hit(
                summary=f"{image.name or 'A picture'} looks like one that is listed as unwanted",
                detail=f"fingerprint {image.fingerprint}; listed: {near[0]}",
                where=Where(part=image.part, quote=near[0]),
            )
            return
