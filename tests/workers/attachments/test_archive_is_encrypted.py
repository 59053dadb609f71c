"""Attachments that archive_is_encrypted must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "zip": ("a.zip", files.encrypted_zip({"a.pdf": files.pdf()})),
    "one member of two": ("a.zip", files.encrypted_zip({"a.pdf": files.pdf(), "b.txt": b"b"})),
}
GOOD: dict[str, File] = {
    "no password": ("a.zip", files.zip_file({"a.pdf": files.pdf()})),
    "an encrypted document": ("payslip.docx", files.encrypted_document()),
    "an encrypted PDF": ("payslip.pdf", files.pdf(extra="/Encrypt 9 0 R")),
    "PGP": ("a.pgp", b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n"),
    "a tar": ("a.tar.gz", files.tar_gz({"a.txt": b"a"})),
    "random bytes": ("a.bin", bytes(range(256)) * 8),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("archive_is_encrypted", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("archive_is_encrypted", file) == []
