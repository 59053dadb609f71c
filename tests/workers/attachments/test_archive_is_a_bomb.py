"""Attachments that archive_is_a_bomb must find, and (more) that it must leave alone."""

from __future__ import annotations

import gzip

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "zeros": ("a.zip", files.zip_bomb()),
    "the pattern of 42.zip": ("42.zip", files.many_zips_in_zips()),
    "gzip in gzip": ("a.gz", files.gzip_in_gzip()),
    "zeros in a tar": ("a.tar.xz", files.tar_gz({"zeros": bytes(32 * 1_048_576)}, mode="w:xz")),
}
GOOD: dict[str, File] = {
    "a small file of zeros": ("a.zip", files.zip_bomb(megabytes=1)),
    "a log": (
        "app.log.gz",
        gzip.compress(b"".join(b"%d GET /index.html 200\n" % n for n in range(90_000))),
    ),
    "the same file twice": ("a.zip", files.zip_file({"a.txt": b"a" * 999, "b.txt": b"a" * 999})),
    "a zip in a zip": ("a.zip", files.nested_zip(b"hello", "a.txt", depth=3)),
    "a document": ("a.docx", files.docx("word " * 9_000)),
    "a picture": ("a.png", files.blank_picture(2_000, 2_000)),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("archive_is_a_bomb", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("archive_is_a_bomb", file) == []
