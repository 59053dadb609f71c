"""Detector: a document that is encrypted with the password that Office tries by itself."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import encrypted_office


@detector(category="attachment", weight=1.5, lifecycle=Lifecycle.STABLE)
def document_has_default_password(view: MailView) -> Iterator[Hit]:
    """A document is encrypted, yet opens without asking: that hides it from scanners only."""
    # Light: Excel does the same to workbooks whose structure somebody protected.
    for file in view.files:
        if file.password_from == encrypted_office.DEFAULT and file.reached != "decrypted":
            yield Hit(
                summary=f"{file.filename or file.path} is encrypted with a password that Office knows",
                detail="mailchord opened it with this password and looked inside.",
                where=Where(part=file.part, file=file.path, quote=file.password),
            )
