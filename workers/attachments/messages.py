"""Mail inside of files: .eml, messages saved by Outlook (.msg, [MS-OXMSG]) and winmail.dat (TNEF, [MS-OXTNEF]).

Each is a message of its own: its text and links are judged, and its attachments are files like any other.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import documents, names
from workers.attachments.budget import Budget
from workers.attachments.limits import FileLimits
from workers.attachments.members import Broken, Members, Opening, whole
from workers.attachments.reading import Reading

if TYPE_CHECKING:
    from mailcore.parse import ParsedMail

OUTLOOK = "application/vnd.ms-outlook"
TNEF_SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTACHMENTS = 200

# Property tags as the names of streams have them ([MS-OXPROPS]); 001F is text in UTF-16, 001E in a code page.
_SUBJECT, _BODY, _HTML = "0037", "1000", "1013"
_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_ATTACHMENT = "__attach_version1.0_"
_STREAM = "__substg1.0_"


def is_mail(facts: FileFacts, data: bytes) -> bool:
    """A message in a file. What came as part of the mail itself (message/rfc822) was read with it already."""
    if facts.true_type == "message/rfc822":
        return True
    return names.extension(facts.filename) == "eml" and facts.true_type.startswith("text/") and b":" in data[:200]


def is_outlook(facts: FileFacts, _data: bytes) -> bool:
    return facts.true_type == OUTLOOK or (
        names.extension(facts.filename) == "msg" and facts.true_type == "application/x-ole-storage"
    )


def is_tnef(_facts: FileFacts, data: bytes) -> bool:
    return data.startswith(TNEF_SIGNATURE)


# Text and links


def read_mail(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Subject, text and links of a message."""
    if not budget.take_document():
        return Reading(facts)
    message = _parsed(data, facts).message
    text = "\n".join((message.subject, message.text, message.html_text))
    links = tuple(dict.fromkeys(link.href for link in message.links))[: documents.LINKS]
    return Reading(_with_text(facts, text, budget.limits), links)


def read_outlook(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """The same of a message saved by Outlook. Text that it holds as RTF only is not read."""
    if not budget.take_document():
        return Reading(facts)
    with _OutlookFile(data) as file:
        return _reading(
            facts, budget, file.text((), _SUBJECT), file.text((), _BODY), file.stream((), _HTML + "0102") or b""
        )


def read_tnef(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """The same of a winmail.dat."""
    if not budget.take_document():
        return Reading(facts)
    tnef = _tnef(data)
    return _reading(facts, budget, "", _as_text(tnef.body), _as_text(tnef.htmlbody).encode())


def _reading(facts: FileFacts, budget: Budget, subject: str, body: str, page: bytes) -> Reading:
    shown, links = "", tuple[str, ...]()
    if page:
        shown, links, _ = documents.html_reading(page, budget.limits)
    return Reading(_with_text(facts, "\n".join((subject, body, shown)), budget.limits), links)


def _with_text(facts: FileFacts, text: str, limits: FileLimits) -> FileFacts:
    return structs.replace(facts, text=text.strip()[: limits.text_characters])


def _parsed(data: bytes, facts: FileFacts) -> ParsedMail:
    from mailcore.parse import parse  # its reader of HTML is loaded only where mail comes in files

    return parse(data, message_id=facts.sha256)


# What is attached


def mail_members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """Attachments of a message."""

    parsed = _parsed(data, facts)
    if parsed.message.unseen:
        opening.budget.problem(f"{facts.path}: {parsed.message.unseen}")
    for part_id in parsed.message.attachments:
        part = parsed.message.part(part_id)
        name = part.filename or f"part {part_id}"
        yield whole(name, parsed.decoded(part_id), declared_type=part.content_type.lower())


def outlook_members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """Attachments of a message saved by Outlook; of messages attached to it the attachments, the text of none."""
    with _OutlookFile(data) as file:
        storages = list(file.attachments())
        if len(storages) > _ATTACHMENTS:
            opening.budget.problem(f"{facts.path}: more than {_ATTACHMENTS} attachments")
        for number, storage in enumerate(storages[:_ATTACHMENTS], 1):
            content = file.stream(storage, _DATA + "0102")
            if content is None:  # an attached message: a storage, whose own attachments come in their turn
                continue
            name = file.text(storage, _LONG_NAME) or file.text(storage, _SHORT_NAME) or f"attachment {number}"
            yield whole(name, content)


def tnef_members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """Attachments of a winmail.dat."""
    attachments = _tnef(data).attachments
    if len(attachments) > _ATTACHMENTS:
        opening.budget.problem(f"{facts.path}: more than {_ATTACHMENTS} attachments")
    for number, attachment in enumerate(attachments[:_ATTACHMENTS], 1):
        # Names may come with the NUL that ends them.
        name = _as_text(attachment.long_filename()).rstrip("\0").strip()
        yield whole(name or f"attachment {number}", bytes(attachment.data or b""))


class _OutlookFile:
    """The properties of a .msg file. Raises OSError or ValueError for what is none."""

    def __init__(self, data: bytes) -> None:
        import olefile  # only processes that see such files

        self._file = olefile.OleFileIO(io.BytesIO(data))
        self._size = len(data)

    def __enter__(self) -> _OutlookFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def attachments(self) -> Iterator[tuple[str, ...]]:
        """The storages of attachments, those of attached messages too."""
        storages = (tuple(path) for path in self._file.listdir(streams=False, storages=True))
        return islice((path for path in storages if path[-1].startswith(_ATTACHMENT)), _ATTACHMENTS + 1)

    def stream(self, storage: tuple[str, ...], tag: str) -> bytes | None:
        """The bytes of a property; None where there is no such stream."""
        path = [*storage, _STREAM + tag]
        if self._file.get_type(path) != 2:  # STGTY_STREAM
            return None
        # A stream may claim to be longer than the file.
        return bytes(self._file.openstream(path).read(self._size))

    def text(self, storage: tuple[str, ...], tag: str) -> str:
        """A property that is text; "" where there is none."""
        wide = self.stream(storage, tag + "001F")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return (self.stream(storage, tag + "001E") or b"").decode("cp1252", "replace").rstrip("\0")


def _tnef(data: bytes) -> Any:
    """Raises Broken for what tnefparse cannot read."""
    import tnefparse

    try:
        return tnefparse.TNEF(data, do_checksum=False)
    except ValueError as error:
        raise Broken(f"no readable winmail.dat: {error}"[:200]) from error


def _as_text(value: str | bytes | None) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value or ""
