"""Attachments that archive_cannot_be_read must find, and (more) that it must leave alone."""

from __future__ import annotations

import gzip

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "cut off": ("a.tar.gz", files.tar_gz({"a.bin": bytes(range(256)) * 400})[:200]),
    "a cabinet packed with LZX": ("a.cab", files.cabinet({"a.txt": b"a"}, compression=3)),
    "a cabinet that is cut off": ("a.cab", files.cabinet({"a.txt": bytes(range(256)) * 9}, compression=0)[:400]),
    "ACE": ("invoice.ace", bytes(7) + b"**ACE**\x14\x14\x02\x00" + bytes(40)),
    "ARJ": ("a.arj", b"\x60\xea\x2b\x00\x22\x0b\x01\x0b\x10\x00\x02" + bytes(100)),
    "LZH": ("b.lzh", b"\x22\x00-lh5-" + bytes(100)),
    "ALZ": ("c.alz", b"ALZ\x01" + bytes(100)),
    "WIM": ("d.wim", b"MSWIM\0\0\0" + bytes(200)),
    "VHDX": ("e.vhdx", b"vhdxfile" + bytes(600)),
    "a disk of fixed size": ("f.vhd", bytes(4096) + b"conectix" + bytes(504)),
    "UDF": ("g.img", bytes(0x8000) + b"\0BEA01\1" + bytes(2041) + b"\0NSR02\1" + bytes(4000)),
    "a disk of macOS": ("h.dmg", bytes(2000) + b"koly" + bytes(508)),
    "only the beginning of a 7z": ("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\x01" * 24),
}
GOOD: dict[str, File] = {
    "a good zip": ("a.zip", files.zip_file({"a.txt": b"a"})),
    "an empty zip": ("a.zip", b"PK\x05\x06" + bytes(18)),
    "a good tar.gz": ("a.tar.gz", files.tar_gz({"a.txt": b"a"})),
    "an encrypted zip": ("a.zip", files.encrypted_zip({"a.txt": b"a"})),
    "a compressed file": ("a.txt.gz", gzip.compress(b"a\n")),
    "a stored cabinet": ("a.cab", files.cabinet({"a.txt": b"a"}, compression=0)),
    "a packed cabinet": ("a.cab", files.cabinet({"a.txt": b"a" * 70_000})),
    "no archive at all": ("a.bin", bytes(range(256))),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("archive_cannot_be_read", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("archive_cannot_be_read", file) == []


def test_a_kind_that_nobody_uses_any_more_weighs_more() -> None:
    assert [finding.weight for finding in found("archive_cannot_be_read", BAD["ACE"])] == [4.0]
