"""Valid messages for tests: `mail(subject="x")` is a whole message, and the test shows only what matters."""

from __future__ import annotations

import mimetypes
from base64 import encodebytes
from collections.abc import Iterable
from email.header import Header
from quopri import encodestring
from typing import NamedTuple


class Attachment(NamedTuple):
    """A file in a message; an empty `content_type` is guessed from the name as mail programs do."""

    filename: str
    content: bytes
    content_type: str = ""
    disposition: str = "attachment"
    content_id: str = ""


def mail(
    subject: str = "Minutes of the meeting",
    text: str | None = "Hello Bob,\n\nthe minutes are ready.\n\nAlice\n",
    html: str | None = None,
    attachments: Iterable[Attachment | tuple[str, bytes]] = (),
    headers: Iterable[tuple[str, str]] = (),
    *,
    sender: str = "Alice Example <alice@example.com>",
    to: str = "Bob Example <bob@example.net>",
    message_id: str = "<20260105.1@example.com>",
) -> bytes:
    """A message with CRLF line ends.

    `headers` take the place of default fields of the same name (an empty value leaves the field out) or are
    added behind them; a name may be repeated. Values are RFC 2047 encoded where they are not ASCII.
    `text=None` with `html` makes a message that is HTML only.
    """
    given = list(headers)
    replaced = {name.lower() for name, _ in given}
    default = [
        ("From", sender),
        ("To", to),
        ("Subject", subject),
        ("Date", "Mon, 05 Jan 2026 10:00:00 +0000"),
        ("Message-ID", message_id),
        ("MIME-Version", "1.0"),
    ]
    fields = [field for field in default if field[0].lower() not in replaced]
    fields += [field for field in given if field[1]]
    head = b"".join(header_line(name, value) for name, value in fields)
    return head + _body(text, html, [Attachment(*attachment) for attachment in attachments])


def header_line(name: str, value: str) -> bytes:
    """One header field, RFC 2047 encoded where needed."""
    encoded = value if value.isascii() else Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n".encode()


def text_part(text: str, subtype: str = "plain", charset: str = "utf-8") -> bytes:
    """Header and body of a text part, quoted-printable where it is not ASCII."""
    payload = text.encode(charset)
    if payload.isascii() and max((len(line) for line in payload.split(b"\n")), default=0) < 900:
        encoding, body = "7bit", _crlf(payload)
    else:
        encoding, body = "quoted-printable", _crlf(encodestring(payload.replace(b"\r\n", b"\n")))
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def file_part(attachment: Attachment) -> bytes:
    """Header and base64 body of a file."""
    guessed = mimetypes.guess_type(attachment.filename)[0] or "application/octet-stream"
    head = [f'Content-Type: {attachment.content_type or guessed}; name="{attachment.filename}"']
    head += [f'Content-Disposition: {attachment.disposition}; filename="{attachment.filename}"']
    head += [f"Content-ID: <{attachment.content_id}>"] if attachment.content_id else []
    head += ["Content-Transfer-Encoding: base64", "", ""]
    return "\r\n".join(head).encode() + _crlf(encodebytes(attachment.content))


def multipart(subtype: str, parts: Iterable[bytes], *, boundary: str) -> bytes:
    """Header and body of a multipart; each part brings its own header."""
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    delimiter = f"--{boundary}\r\n".encode()
    return head + b"".join(delimiter + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _body(text: str | None, html: str | None, attachments: list[Attachment]) -> bytes:
    bodies = [text_part(text)] if text is not None else []
    bodies += [text_part(html, "html")] if html is not None else []
    parts = [multipart("alternative", bodies, boundary="alternative-7f2e")] if len(bodies) > 1 else bodies
    parts += [file_part(attachment) for attachment in attachments]
    if not parts:
        return b"\r\n"
    return parts[0] if len(parts) == 1 else multipart("mixed", parts, boundary="mixed-91c4")


def _crlf(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
