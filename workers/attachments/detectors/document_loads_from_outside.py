"""Detector: a document that fetches its template or an object from the Internet."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.attachments import fields, outside
from workers.attachments.sightings import Sighting, sightings


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def document_loads_from_outside(
    view: MailView, *, template_weight: float = 6.0, share_weight: float = 4.0
) -> Iterator[Hit]:
    """A document fetches an object, a frame or a template from a host on the Internet when it is opened."""
    for seen in sightings(view, (fields.EXTERNAL,)):
        # Spared by the reader: hyperlinks, pictures, files on disks and on servers of the own network, SharePoint.
        # Lighter: a template, which a company may keep on its web server, and a file server with a name: documents come
        # with links to those of the house where they were written.
        only_template = all("template" in sign.evidence.lower().split(" ")[0] for sign in seen.signs)
        yield Hit(
            summary=f"{seen.name} fetches {'its template' if only_template else 'a part of it'} "
            "from the Internet when it is opened",
            detail=seen.detail,
            where=seen.where,
            weight=template_weight if only_template else share_weight if _only_named_shares(seen) else None,
        )


def _only_named_shares(seen: Sighting) -> bool:
    targets = [sign.evidence.rpartition(" ")[2] for sign in seen.signs]
    return all(outside.is_share(target) and not outside.is_address(target) for target in targets)
