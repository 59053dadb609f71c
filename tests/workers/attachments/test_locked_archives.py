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
