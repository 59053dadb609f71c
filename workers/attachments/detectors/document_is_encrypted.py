"""Detector: a document under a password: closed, or opened with one that stands in the mail."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import FileFacts, MailView
from workers.attachments import encrypted_office, types
from workers.attachments.passwords import CONFIGURED


@detector(category="attachment", weight=0.5, lifecycle=Lifecycle.STABLE)
def document_is_encrypted(view: MailView, *, password_weight: float = 1.0) -> Iterator[Hit]:
    """A PDF or Office document is encrypted; heavier where the mail gives its password, as scanners have none."""
    # Light: payslips and statements come like that every month, with a password that the recipient has.
    for file in view.files:
        if not _is_closed(file):
            continue
        name = file.filename or file.path
        if file.password:
            known = file.password_from == CONFIGURED
            how = "its password is known" if known else "the mail gives its password"
            yield Hit(
                summary=f"{name} is encrypted, and {how}",
                detail=f"mailchord opened it with the password from the {file.password_from} and looked inside.",
                where=Where(part=file.part, file=file.path, quote=file.password),
                # The words of the mail that give it have a rule of their own.
                weight=None if known else password_weight,
            )
        else:
            yield Hit(
                summary=f"{name} is encrypted and could not be looked into",
                detail=file.problem or file.true_type,
                where=Where(part=file.part, file=file.path),
            )


def _is_closed(file: FileFacts) -> bool:
    """Whether this is the encrypted document itself; one with the password of Office has a detector of its own."""
    is_document = file.true_type in (types.ENCRYPTED_OFFICE, "application/pdf") or file.true_type in types.OLE
    return file.encrypted and is_document and file.password_from != encrypted_office.DEFAULT
