"""Attachments that attachment_is_eicar_test_file must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "as it is": ("eicar.com", files.eicar()),
    "as text with a line end": ("test.txt", files.eicar() + b"\r\n"),
    "in a zip": ("a.zip", files.zip_file({"eicar.com": files.eicar()})),
    "in a zip in a zip": ("a.zip", files.nested_zip(files.eicar(), "eicar.com", depth=3)),
    "in a cabinet": ("a.cab", files.cabinet({"a.txt": b"a" * 90_000, "eicar.com": files.eicar()})),
    "in a PDF": ("a.pdf", files.pdf_with_file("test.txt", files.eicar())),
    "in a tar.xz": ("a.tar.xz", files.tar_gz({"x/eicar.com": files.eicar()}, mode="w:xz")),
}
GOOD: dict[str, File] = {
    "in the middle of a text": ("about.txt", b"The test file is " + files.eicar()),
    "with more behind it": ("about.txt", files.eicar() + b" is how the test file looks, as everybody knows. " * 3),
    "half of it": ("eicar.com", files.eicar()[:40]),
    "another case": ("eicar.txt", files.eicar().lower()),
    "an empty file": ("eicar.com", b""),
    "a document about it": ("eicar.docx", files.docx("EICAR-STANDARD")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("attachment_is_eicar_test_file", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("attachment_is_eicar_test_file", file) == []
