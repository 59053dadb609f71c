"""Builders of PDF documents for tests: what they do when they are opened, where they lead, what they look like."""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Sequence

import pikepdf

# What stands on a page: a picture over most of it, a line of text, a page of text, nothing.
PICTURE = b"q 560 0 0 740 26 26 cm /Im0 Do Q"
LINE = b"BT /F1 12 Tf 72 720 Td (Please see the second page) Tj ET"
TEXT = b"BT /F1 9 Tf 72 720 Td 11 TL %s ET" % (b"(Minutes of the meeting of the board, with all items) Tj T* " * 20)


def stream(content: bytes, entries: str = "", *, packed: bool = False) -> bytes:
    """A stream with these entries in its dictionary."""
    body = zlib.compress(content) if packed else content
    filtered = "/Filter /FlateDecode " if packed else ""
    return f"<< {filtered}{entries} /Length {len(body)} >>\nstream\n".encode() + body + b"\nendstream"


def picture(width: int = 40, height: int = 50, *, samples: bytes | None = None) -> bytes:
    """A picture in shades of grey as an object; `samples` may be fewer than it claims."""
    entries = f"/Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8"
    return stream(bytes(width * height) if samples is None else samples, entries, packed=True)


def document(
    catalogue: str = "",
    *,
    page: str = "",
    content: bytes = LINE,
    objects: Sequence[bytes | str] = (),
    image: bytes | None = None,
    trailer: str = "",
) -> bytes:
    """A PDF of one page: more entries of the catalogue and of the page, what is drawn, and objects from number 10 on.

    Object 5 is the picture that `content` calls /Im0.
    """
    numbered: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>".encode("latin-1"),
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1"
        b" << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> /XObject << /Im0 5 0 R >> >> %b >>"
        % page.encode("latin-1"),
        4: stream(content),
        5: picture() if image is None else image,
    }
    for number, body in enumerate(objects, 10):
        numbered[number] = body.encode("latin-1") if isinstance(body, str) else body
    return written(numbered, trailer=trailer)


def written(numbered: dict[int, bytes], *, trailer: str = "") -> bytes:
    """These objects as a file with a cross-reference table (ISO 32000-1, 7.5.4); the catalogue is object 1."""
    out = bytearray(b"%PDF-1.7\n")
    table = b"0 1\n0000000000 65535 f \n"
    for number, body in numbered.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    begin = len(out)
    end = f"trailer\n<< /Size {max(numbered) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{begin}\n%%EOF\n"
    return bytes(out) + b"xref\n" + table + end.encode("latin-1")


def updated(data: bytes, numbered: dict[int, str]) -> bytes:
    """The document with these objects written anew behind its end (7.5.6)."""
    out = bytearray(data)
    table = b""
    for number, body in numbered.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    begin, previous = len(out), data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    end = f"trailer\n<< /Size 99 /Root 1 0 R /Prev {previous} >>\nstartxref\n{begin}\n%%EOF\n"
    return bytes(out) + b"xref\n" + table + end.encode("latin-1")


def link(uri: str = "https://www.example.com/", *, box: str = "20 20 590 770") -> str:
    """A page entry: one link to that address over that box."""
    return f"/Annots [<< /Type /Annot /Subtype /Link /Rect [{box}] /A << /S /URI /URI ({uri}) >> >>]"


def script(code: str) -> str:
    """An action that runs a script."""
    return f"<< /S /JavaScript /JS ({escaped(code)}) >>"


def escaped(text: str) -> str:
    """For a literal string (7.3.4.2)."""
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def saved(data: bytes, *, user: str = "", owner: str = "", packed_objects: bool = False) -> bytes:
    """The same document under a password, or with its objects in object streams."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as opened:
        mode = pikepdf.ObjectStreamMode.generate if packed_objects else pikepdf.ObjectStreamMode.preserve
        encryption = pikepdf.Encryption(user=user, owner=owner or user) if user or owner else False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forms that hang together loosely
            opened.save(target, object_stream_mode=mode, encryption=encryption)
    return target.getvalue()
