"""PDF documents are looked at in place; what holds code, or may, is for those who have the time to run it."""

from __future__ import annotations

import pytest

from mailcore.errors import ScanInterrupted
from mailcore.message import Message, Part
from tests import files
from tests import files_pdf as pdf
from tests import files_sandbox as sandbox
from tests.workers.attachments.scan import File, view_of
from workers.attachments.code import build_find_code
from workers.pool import Gathered
from workers.sandbox import build
from workers.sandbox.work import LIGHT_BYTES, work

SCRIPTED = pdf.document(f"/OpenAction {pdf.script('app.alert(1)')}")

HOLDS_CODE: dict[str, File] = {
    "a script": ("a.pdf", SCRIPTED),
    "a script in an object stream": ("a.pdf", pdf.saved(SCRIPTED, packed_objects=True)),
    "a script under no password but one of the owner": ("a.pdf", pdf.saved(SCRIPTED, owner="x")),
    "a script under a password that is tried": ("a (pw 2026x).pdf", pdf.saved(SCRIPTED, user="2026x", owner="o")),
    "a program inside": ("a.pdf", files.pdf_with_file("a.js", sandbox.DROPPER_JS)),
    "no PDF but a script": ("a.pdf", b"<script>alert(1)</script><html><body>text</body></html>"),
    "an archive by another name": ("a.pdf", files.zip_file({"a.js": sandbox.DROPPER_JS})),
}
HOLDS_NONE: dict[str, File] = {
    "a page": ("a.pdf", files.pdf()),
    "a page, packed": ("a.pdf", pdf.saved(pdf.document(), packed_objects=True)),
    "a link": ("a.pdf", pdf.document(page=pdf.link())),
    "words about it": ("a.pdf", pdf.document(content=b"BT /F1 9 Tf (app.alert in /JavaScript) Tj ET")),
    "nothing": ("a.pdf", b"%PDF-1.7"),
    "a text": ("a.pdf", b"hello"),
}


def look(file: File) -> Gathered:
    view, parts = view_of(file)
    gather = build(build_find_code()).gather_at_once
    assert gather is not None
    return gather(view, parts, seconds=20.0)


@pytest.mark.parametrize("file", HOLDS_CODE.values(), ids=HOLDS_CODE)
def test_what_holds_code_is_left_to_others(file: File) -> None:
    with pytest.raises(ScanInterrupted):
        look(file)


@pytest.mark.parametrize("file", HOLDS_NONE.values(), ids=HOLDS_NONE)
def test_what_holds_none_is_done_with(file: File) -> None:
    gathered = look(file)
    assert gathered.problems == ()
    assert gathered.view.behaviour == ()


PDF, ZIP = "application/pdf", "application/zip"


@pytest.mark.parametrize(
    ("attachments", "light"),
    [
        ([("a.pdf", PDF, 1_000)], True),
        ([("", PDF, 1_000)], True),
        ([("a.PDF", PDF, 1_000), ("b.pdf", PDF, 1_000), ("c.png", "image/png", 9_000_000)], True),
        ([("a.pdf", PDF, LIGHT_BYTES + 1)], False),
        ([("a.pdf", PDF, LIGHT_BYTES), ("b.pdf", PDF, 1)], False),
        ([("a.pdf", "application/octet-stream", 1_000)], False),
        ([("a.js", PDF, 1_000)], False),
        ([("a.pdf", PDF, 1_000), ("a.zip", ZIP, 1_000)], False),
        ([("a.html", "text/html", 1_000)], False),
        ([("a.png", "image/png", 1_000)], None),
    ],
)
def test_light_work(attachments: list[tuple[str, str, int]], light: bool | None) -> None:
    parts = tuple(
        Part(id=str(number), filename=name, content_type=kind, size=size)
        for number, (name, kind, size) in enumerate(attachments)
    )
    found = work(Message(id="m", parts=parts, attachments=tuple(part.id for part in parts)))
    assert (None if found is None else found.light) is light
