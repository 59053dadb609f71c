"""Detector: a PDF form that sends what is filled in."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import signs
from workers.attachments.pdf_actions import PASSWORD_FIELD, SUBMITS


@detector(category="phishing", weight=0.5, lifecycle=Lifecycle.STABLE)
def pdf_form_sends_data(view: MailView, *, password_weight: float = 7.0) -> Iterator[Hit]:
    """A PDF form sends what is filled in; heavy where it asks for a password."""
    for file in view.files:
        # Light: registrations and surveys are sent like that. Forms that go by mail are shown before they go.
        targets = [sign for sign in signs.of_kind(file, {SUBMITS}) if not sign.evidence.lower().startswith("mailto:")]
        if not targets:
            continue
        passwords = signs.of_kind(file, {PASSWORD_FIELD})
        asks = f" and asks for {passwords[0].evidence!r}" if passwords else ""
        yield Hit(
            summary=f"{file.filename or file.path} is a form that sends what is filled in{asks}",
            detail="; ".join(sign.evidence for sign in (*targets, *passwords)),
            where=Where(part=file.part, file=file.path, quote=targets[0].evidence),
            weight=password_weight if passwords else None,
        )
