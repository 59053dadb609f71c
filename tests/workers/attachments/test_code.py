"""The code that stands in attachments is found wherever it is, and nothing else is taken for code."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests import files, files_office, files_pdf
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, view_of
from workers.attachments.code import CHARACTERS, build_find_code
from workers.code import Codes, Language


def found(*attached: File, text: str = "") -> Codes:
    view, parts = view_of(*attached, text=text)
    return build_find_code()(view, parts, seconds=20.0)


SCRIPT = b"WScript.Echo(1)"
HOLDS: dict[str, tuple[File, Language]] = {
    "a script": (("a.js", SCRIPT), Language.JAVASCRIPT),
    "in an archive": (("a.zip", files.zip_file({"a.vbs": SCRIPT})), Language.VISUAL_BASIC),
    "in a PDF": (("a.pdf", files.pdf_with_file("a.js", SCRIPT)), Language.JAVASCRIPT),
    "carried by a page": (("a.bat", scripts.smuggling_page(SCRIPT, "a.js")), Language.BATCH),
    "macros": (("a.doc", files.doc(files.MACRO)), Language.VISUAL_BASIC),
    "macros of a document in one XML file": (("a.xml", files.flat_document()), Language.VISUAL_BASIC),
    "a page": (("a.html", files.page()), Language.PAGE),
}
HOLDS_NONE: dict[str, File] = {
    "a letter": ("a.docx", files.docx()),
    "an old letter": ("a.doc", files.doc()),
    "a letter in one XML file": ("a.xml", files.flat_document("")),
    "a text about it": ("a.txt", b"WScript.Echo(1) is JavaScript"),
    "a PDF": ("a.pdf", files.pdf()),
    "a picture": ("a.png", files.blank_picture()),
    "a table": ("a.csv", b"1;2\n"),
    "an empty script": ("a.js", b"  "),
    "a damaged document": ("a.doc", files.doc(files.MACRO)[:600]),
}


@pytest.mark.parametrize(("file", "language"), HOLDS.values(), ids=HOLDS)
def test_code_is_found(file: File, language: Language) -> None:
    codes = found(file)
    assert language in {code.language for code in codes.found}
    assert codes.problems == ()


@pytest.mark.parametrize("file", HOLDS_NONE.values(), ids=HOLDS_NONE)
def test_what_is_no_code(file: File) -> None:
    assert found(file).found == ()


LOCKED: dict[str, File] = {
    "an archive": ("a.zip", files.encrypted_zip({"a.js": SCRIPT}, b"geheim77")),
    "a PDF": ("a.pdf", files_pdf.saved(files.pdf_with_file("a.js", SCRIPT), user="geheim77")),
    "a document": ("a.docm", files_office.encrypted("geheim77")),
}


@pytest.mark.parametrize("file", LOCKED.values(), ids=LOCKED)
def test_code_under_a_password_of_the_mail_is_found(file: File) -> None:
    assert len(found(file, text="Password: geheim77").found) == 1
    assert found(file).found == ()


def test_what_breaks_a_reader_hides_no_other_file() -> None:
    name, content = "_rels/.rels", io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(name, bytes(100))
        archive.writestr("[Content_Types].xml", bytes(100))
    damaged = bytearray(content.getvalue())
    damaged[30 + len(name) + 4] = 0xFF  # the first byte of what LZMA is told
    codes = found(("a.xlsm", bytes(damaged)), ("a.js", SCRIPT))
    assert [code.path for code in codes.found] == ["a.js"]
    assert "a.xlsm: the search for code broke off: LZMAError" in codes.problems


def test_a_script_that_is_too_long_says_so() -> None:
    codes = found(("a.js", b"a();" * CHARACTERS))
    assert [len(code.text) for code in codes.found] == [CHARACTERS]
    assert codes.problems == ("a.js: only the first 1,048,576 characters were run",)
