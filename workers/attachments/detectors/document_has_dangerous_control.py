"""Detector: a document with a control that is of use to attackers only."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.attachments import embedded
from workers.attachments.sightings import sightings


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def document_has_dangerous_control(view: MailView) -> Iterator[Hit]:
    """A document holds a control that shows pages, runs scripts or has a hole that attackers use."""
    # Spared: the controls of forms (boxes, buttons, lists), which many good documents have.
    for seen in sightings(view, (embedded.CONTROL,)):
        yield Hit(
            summary=f"{seen.name} holds a control that can run foreign code: {seen.signs[0].evidence}",
            detail=seen.detail,
            where=seen.where,
        )
