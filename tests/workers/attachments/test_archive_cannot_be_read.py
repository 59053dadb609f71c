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
