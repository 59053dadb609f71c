"""Attachments that archive_has_unsafe_names must find, and (more) that it must leave alone."""

from __future__ import annotations

import io
import tarfile

import pytest

from tests import files
from tests.workers.attachments.scan import File, found


def with_link(name: str, target: str) -> bytes:
    """A tar archive with a symbolic link, and a file behind it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        link = tarfile.TarInfo(name)
        link.type, link.linkname = tarfile.SYMTYPE, target
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo("a.txt"))
    return out.getvalue()


BAD: dict[str, File] = {
    "up": ("a.zip", files.zip_file({"../../etc/cron.d/x": b"x"})),
    "up with backslashes": ("a.zip", files.zip_file({"..\\..\\Startup\\x.txt": b"x"})),
    "absolute": ("a.tar", files.tar_gz({"/etc/passwd": b"x"}, mode="w")),
    "a drive": ("a.zip", files.zip_file({"C:\\Windows\\x.txt": b"x"})),
    "a link to elsewhere": ("a.tar.gz", with_link("a", "/etc/passwd")),
    "a link upwards": ("a.tar.gz", with_link("a", "../x")),
    "a link further upwards than down": ("a.tar.gz", with_link("a/b", "../../x")),
    "a link down, then further upwards": ("a.tar.gz", with_link("a/b", "c/../../../x")),
    "in an inner archive": ("a.zip", files.nested_zip(files.zip_file({"../x": b"x"}), "b.zip", depth=1)),
}
GOOD: dict[str, File] = {
    "folders": ("a.zip", files.zip_file({"a/b/c.txt": b"x"})),
    "dots in names": ("a.zip", files.zip_file({"..config/a..b": b"x", "...": b"y"})),
    "the folder itself": ("a.tar.gz", files.tar_gz({"./a.txt": b"x"})),
    "a time of day": ("a.tar.gz", files.tar_gz({"log 10:30.txt": b"x"})),
    "a link of installed software": ("a.tar.gz", with_link("a/bin/tool", "../lib/tool")),
    "a link beside": ("a.tar.gz", with_link("./lib/a.so", "./a.so.1")),
    "a document": ("a.docx", files.docx()),
    "backslashes as folders": ("a.zip", files.zip_file({"a\\b\\c.txt": b"x"})),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("archive_has_unsafe_names", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("archive_has_unsafe_names", file) == []
