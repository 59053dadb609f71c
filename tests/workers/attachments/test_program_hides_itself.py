"""Programs that program_hides_itself must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.files_programs import WRITABLE_CODE, elf, noise, portable_executable
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "UPX": ("setup.exe", portable_executable(section="UPX1")),
    "packed by something": ("a.exe", portable_executable(noise(8_192), flags=WRITABLE_CODE)),
    "in a zip": ("b.zip", files.zip_file({"c.scr": portable_executable(section=".themida")})),
}
GOOD: dict[str, File] = {
    "a program": ("a.exe", portable_executable()),
    "signed and packed": ("b.exe", portable_executable(section="UPX1", signed=True)),
    "noise that is no code": ("c.exe", portable_executable(noise(8_192), section=".rsrc", flags=0x40000040)),
    "an installer": ("d.exe", portable_executable(overlay=noise(9_000))),
    "headers only": ("e.exe", files.windows_program()),
    "for Linux": ("f", elf()),
    "a text": ("g.txt", b"MZ UPX0 UPX1\n"),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("program_hides_itself", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("program_hides_itself", file) == []
