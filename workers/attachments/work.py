"""What the pool has to do on a message: its attachments, and whether they are small and cheap."""

from __future__ import annotations

from mailcore.message import Message, Part
from workers.attachments import names
from workers.pool import Work

# Looking at a part of these kinds costs a few milliseconds: type, hash, YARA, the text of some pages. A task of its own
# costs more than that. Whoever runs light work bounds its time: names and declared types are the sender's word.
LIGHT_PART_BYTES = 524_288
LIGHT_BYTES = 1_048_576
LIGHT_PARTS = 12

_LIGHT_TYPES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
        "application/pgp-encrypted",
        "application/ics",
        "application/pdf",
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "text/calendar",
        "text/csv",
        "text/html",
        "text/plain",
        "text/rfc822-headers",
        "text/vcard",
        "text/x-vcard",
        "text/x-patch",
        "text/x-diff",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
    }
)
_LIGHT_EXTENSIONS = frozenset(
    {
        "",
        "asc",
        "csv",
        "diff",
        "eml",
        "gif",
        "htm",
        "html",
        "ics",
        "jpeg",
        "jpg",
        "p7s",
        "patch",
        "pdf",
        "png",
        "sig",
        "txt",
        "vcf",
        "webp",
    }
)


def work(message: Message) -> Work | None:
    """The attachments; None where there are none. Where there may be some that nobody saw, that has to be said."""
    if not message.attachments:
        return Work(light=True) if message.unseen else None
    wanted = frozenset(message.attachments)
    parts = [part for part in message.parts if part.id in wanted]
    light = (
        len(parts) <= LIGHT_PARTS
        and sum(part.size for part in parts) <= LIGHT_BYTES
        and all(_is_light(part) for part in parts)
    )
    return Work(parts=message.attachments, light=light)


def _is_light(part: Part) -> bool:
    """By name and declared type only: where they lie, the scan takes longer, it does not find less."""
    return (
        part.size <= LIGHT_PART_BYTES
        and part.content_type.lower() in _LIGHT_TYPES
        and names.extension(part.filename) in _LIGHT_EXTENSIONS
    )
