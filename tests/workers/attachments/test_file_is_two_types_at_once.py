"""Files that file_is_two_types_at_once must find, and (more) that it must leave alone."""

from __future__ import annotations

import gzip

import pytest

from tests import files, files_pdf
from tests import files_scripts as scripts
from tests.files_programs import noise, portable_executable
from tests.workers.attachments.scan import File, files_of, found

PICTURE = files.blank_picture()
GIF = b"GIF89a\x01\x00\x01\x00\x00\xff\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;"
ZIP = files.zip_file({"run.vbs": b"MsgBox 1\r\n"})

BAD: dict[str, File] = {
    "a picture and a zip": ("a.png", PICTURE + ZIP),
    "a PDF and a zip": ("a.pdf", files.pdf() + ZIP),
    "a picture that is a script": ("a.gif", b"GIF89a/*" + GIF[8:] + b"*/=1;alert(1)"),
    "a picture with a page": ("b.png", PICTURE + b"<html><script>alert(1)</script></html>"),
    "a picture with an application": ("c.gif", GIF + b"<hta:application id=a><script>x</script>"),
    "a picture with a program": ("d.png", PICTURE + portable_executable()),
    "a picture with a cabinet": ("e.png", PICTURE + files.cabinet({"a.js": b"1"})),
    "a page and a zip": ("f.html", files.page() + ZIP),
    "a picture that is a document": ("g.gif", GIF + files.pdf()),
    "a PDF that is a document of Word": ("h.doc", files.pdf() + files.web_archive()),
}
GOOD: dict[str, File] = {
    "a picture": ("a.png", PICTURE),
    "a small picture": ("b.gif", GIF),
    "a document": ("c.pdf", files.pdf()),
    "a document with an archive in it": ("d.pdf", files.pdf_with_file("a.zip", ZIP)),
    "an installer": ("e.exe", portable_executable(overlay=ZIP)),
    "an archive of a stored document": ("f.zip", files.zip_file({"a.pdf": files.pdf()})),
    "a spreadsheet": ("g.docx", files.docx()),
    "compressed": ("h.gz", gzip.compress(noise(5_000), mtime=0)),
    "a page": ("i.html", files.page(script="<script>document.title = 1</script>")),
    "a drawing": ("j.svg", scripts.svg()),
    "a picture with words behind it": ("k.png", PICTURE + b"Made with Example Paint"),
    "letters of an archive in a picture": ("l.gif", GIF + b"Rar!\x1a\x07 and 7z\xbc\xaf\x27\x1c and MZ PE\x00\x00"),
    "a document about mail": (
        "m.pdf",
        files_pdf.document(content=b"BT (MIME-Version: 1.0) Tj ET\nMIME-Version: 1.0\n"),
    ),
    "a document of Word as a page": ("n.doc", files.web_archive()),
    "a text": ("m.txt", b"%PDF-1.4 is how a PDF begins, PK how a zip\n"),
}


def test_what_hangs_behind_a_picture_is_a_file_of_the_tree() -> None:
    tree, _ = files_of(BAD["a picture with a cabinet"])
    assert [(file.path, file.reached) for file in tree[1:]] == [
        ("e.png/appended-1.cab", "appended"),
        ("e.png/appended-1.cab/a.js", "member"),
    ]


@pytest.mark.parametrize(
    "before", [bytes(3_000), noise(3_000), b"Dear reader,\r\n" * 30_000], ids=["zeros", "noise", "text"]
)
def test_an_archive_behind_something_is_opened(before: bytes) -> None:
    """Programs that unpack look for the first header: what stands before it may be the program of a self-extractor."""
    tree, problems = files_of(("a.rar", before + files.cabinet({"a.js": b"1"})))
    assert [file.path for file in tree[1:]] == ["a.rar/appended-1.cab", "a.rar/appended-1.cab/a.js"]
    assert problems == ()


def test_words_about_archives_hold_none() -> None:
    tree, _ = files_of(
        ("a.txt", b"How archives begin: Rar!\x1a\x07, 7z\xbc\xaf\x27\x1c, MSCF\x00\x00\x00\x00" + bytes(99))
    )
    assert len(tree) == 1


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("file_is_two_types_at_once", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("file_is_two_types_at_once", file) == []
