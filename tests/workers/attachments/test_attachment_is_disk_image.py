"""Attachments that attachment_is_disk_image must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "iso": ("delivery.iso", bytes(32_769) + b"CD001\x01" + bytes(4_000)),
    "iso under another name": ("delivery.dat", bytes(32_769) + b"CD001\x01" + bytes(4_000)),
    "img": ("scan.img", b"\xeb\x3c\x90" + bytes(600)),
    "vhd": ("files.vhd", b"conectix" + bytes(600)),
    "UDF": ("scan.dat", bytes(0x8000) + b"\0BEA01\1" + bytes(2041) + b"\0NSR02\1" + bytes(4000)),
    "vhdx": ("files.dat", b"vhdxfile" + bytes(600)),
    "a disk of macOS": ("setup.dmg", bytes(2000) + b"koly" + bytes(508)),
    "in a zip": ("a.zip", files.zip_file({"a.iso": bytes(32_769) + b"CD001\x01" + bytes(4_000)})),
}
GOOD: dict[str, File] = {
    "a picture": ("photo.img", files.blank_picture()),
    "a text": ("norm.iso", b"ISO 8601 is about dates.\n"),
    "a zip": ("a.zip", files.zip_file({"a.txt": b"a"})),
    "a name with iso in it": ("iso-certificate.pdf", files.pdf()),
    "zeros": ("zeros.bin", bytes(40_000)),
    "a document": ("a.docx", files.docx()),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("attachment_is_disk_image", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("attachment_is_disk_image", file) == []
