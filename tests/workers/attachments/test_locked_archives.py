"""Archives under a password are opened with one that stands in the mail; what stays closed is said."""

from __future__ import annotations

import io
from collections.abc import Mapping

import py7zr
import pytest

from tests import files
from tests.workers.attachments.scan import files_of, scan
from workers.attachments.limits import FileLimits

CONTENT: Mapping[str, bytes] = {"list.txt": b"nothing", "invoice.exe": b"MZ" + bytes(200)}


def seven_zip(password: str, *, header_encryption: bool = False) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w", password=password, header_encryption=header_encryption) as archive:
        for name, content in CONTENT.items():
            archive.writestr(content, name)
    return target.getvalue()


def half_encrypted() -> bytes:
    """A plain zip whose last member is an encrypted one."""
    return files.zip_file({"a.txt": b"a", "inner.zip": files.encrypted_zip(CONTENT, b"Kx77!")})


ARCHIVES: dict[str, tuple[str, bytes]] = {
    "zip": ("a.zip", files.encrypted_zip(CONTENT, b"Kx77!")),
    "7z": ("a.7z", seven_zip("Kx77!")),
    "7z with its list": ("a.7z", seven_zip("Kx77!", header_encryption=True)),
    "in a zip": ("a.zip", half_encrypted()),
}
TEXTS = {
    "announced": ("The password is Kx77!", "", "text"),
    "announced, then a full stop": ("Password: Kx77!.", "", "text"),
    "somewhere": ("Hola, la clave del archivo adjunto es Kx77! saludos", "", "text"),
    "in the subject": ("See the archive.", "Your order, code Kx77!", "subject"),
}
NOT_HELPFUL = {
    "no password": ("See the archive.", ""),
    "another one": ("Password: 2026", "Order 77"),
    "only a part of it": ("Password: Kx77", ""),
    "other capitals": ("Password: kx77!", ""),
}


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
@pytest.mark.parametrize(("text", "subject", "origin"), TEXTS.values(), ids=TEXTS)
def test_is_opened(archive: tuple[str, bytes], text: str, subject: str, origin: str) -> None:
    found, problems = files_of(archive, text=text, subject=subject)
    inside = [file for file in found if file.filename in CONTENT]
    assert [(file.password, file.password_from, file.encrypted) for file in inside] == [("Kx77!", origin, False)] * 2
    assert inside[1].true_type == "application/vnd.microsoft.portable-executable"
    assert not any(file.encrypted for file in found)
    assert problems == ()


BESIDE: dict[str, tuple[tuple[str, bytes], str]] = {
    "a note": (("code.txt", b"Clave: Kx77!\r\n"), "attachment"),
    "a page": (("open me.html", b"<html><body>Password: <b>Kx77!</b></body></html>"), "attachment"),
    "the name of a file": (("read pass Kx77!.txt", b"see the name of this file"), "name"),
}


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
@pytest.mark.parametrize(("other", "origin"), BESIDE.values(), ids=BESIDE)
def test_is_opened_with_what_stands_beside_it(
    archive: tuple[str, bytes], other: tuple[str, bytes], origin: str
) -> None:
    found, _ = files_of(other, archive)
    inside = [file for file in found if file.filename in CONTENT]
    assert [(file.password, file.password_from) for file in inside] == [("Kx77!", origin)] * 2


@pytest.mark.parametrize(
    "name", ["invoice_pass_Kx77!.zip", "Scan (pw Kx77!).zip", "Kx77!.zip", "DOC-2026 password=Kx77!.zip"]
)
def test_is_opened_with_its_own_name(name: str) -> None:
    found, _ = files_of((name, ARCHIVES["zip"][1]))
    assert {file.password_from for file in found} == {"name"}


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
def test_is_opened_with_a_configured_password(archive: tuple[str, bytes]) -> None:
    found, _ = files_of(archive, passwords=("infected", "Kx77!"))
    assert {file.password_from for file in found if file.filename in CONTENT} == {"configuration"}


PICTURE = ("scan.png", files.blank_picture() + bytes(500))


class Reader:
    """Reads the same text in every picture, and counts how often it is asked."""

    def __init__(self, text: str, error: Exception | None = None) -> None:
        self.asked = 0
        self._text, self._error = text, error

    def __call__(self, picture: bytes, *, seconds: float) -> str:
        assert picture == PICTURE[1]
        assert 0 < seconds <= 2
        self.asked += 1
        if self._error is not None:
            raise self._error
        return self._text


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
@pytest.mark.parametrize("text", ["Your password is Kx77!", "Kx77!", "To open it\nenter Kx77! and OK"])
def test_is_opened_with_what_a_picture_shows(archive: tuple[str, bytes], text: str) -> None:
    reader = Reader(text)
    found, problems = files_of(archive, PICTURE, read_picture=reader)
    assert {file.password_from for file in found if file.filename in CONTENT} == {"picture"}
    assert reader.asked == 1
    assert problems == ()


def test_pictures_are_read_once_for_all_archives() -> None:
    reader = Reader("nothing of use")
    found, _ = files_of(*ARCHIVES.values(), PICTURE, read_picture=reader)
    assert any(file.encrypted for file in found)
    assert reader.asked == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [(("a.zip", files.zip_file(CONTENT)), ""), (ARCHIVES["zip"], "Password: Kx77!")],
    ids=["an open archive", "a password in the text"],
)
def test_no_picture_is_read_for(file: tuple[str, bytes], text: str) -> None:
    reader = Reader("Kx77!")
    files_of(file, PICTURE, text=text, read_picture=reader)
    assert reader.asked == 0


@pytest.mark.parametrize("error", [OSError("no tesseract"), ValueError("damaged"), TimeoutError()], ids=repr)
def test_a_picture_that_cannot_be_read_changes_nothing(error: Exception) -> None:
    # A slow or missing Tesseract must not hold every locked payslip that comes with a logo.
    found, problems = files_of(ARCHIVES["zip"], PICTURE, read_picture=Reader("", error))
    assert any(file.encrypted for file in found)
    assert problems == ()


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
@pytest.mark.parametrize(("text", "subject"), NOT_HELPFUL.values(), ids=NOT_HELPFUL)
def test_stays_closed(archive: tuple[str, bytes], text: str, subject: str) -> None:
    found, _ = files_of(archive, text=text, subject=subject)
    assert any(file.encrypted for file in found)
    assert all(file.size == 0 for file in found if file.filename in CONTENT)
    assert not any(file.password for file in found)


def test_open_archives_need_none() -> None:
    found, _ = files_of(("a.zip", files.zip_file(CONTENT)), text="Password: Kx77!")
    assert [file.password for file in found] == ["", "", ""]


def test_7z_that_unpacks_to_much_is_bounded() -> None:
    limits = FileLimits(waiting_bytes=100)
    found, _ = files_of(("a.7z", seven_zip("Kx77!")), text="Password: Kx77!", limits=limits)
    assert "more than is held" in found[0].problem


@pytest.mark.parametrize("cut", [40, 100, -20])
def test_damaged_7z_is_no_error(cut: int) -> None:
    report = scan(("a.7z", seven_zip("Kx77!", header_encryption=True)[:cut]))
    assert not report.errors
