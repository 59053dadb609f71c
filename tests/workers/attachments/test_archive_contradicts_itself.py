"""Archives that archive_contradicts_itself must find, and (more) that it must leave alone."""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest

from tests import files
from tests.workers.attachments.scan import File, files_of, found


def twice(first: bytes, second: bytes, name: str = "a.txt") -> bytes:
    """An archive with two members of one name."""
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w") as archive:
        warnings.simplefilter("ignore")  # of the second member of that name
        archive.writestr(name, first)
        archive.writestr(name, second)
    return target.getvalue()


def streamed(name: str, content: bytes) -> bytes:
    """An archive written without going back: sizes follow the data."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    target = Pipe()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


ONE = files.zip_file({"report.txt": b"Figures of the quarter\n"})
HIDDEN = files.zip_file({"run.vbs": b"MsgBox 1\r\n"})
FIRST = HIDDEN[: HIDDEN.index(b"PK\x01\x02")]


def behind(first: bytes, archive: bytes) -> bytes:
    """An archive whose directory counts from its begin, with a member before it that the directory does not list."""
    directory = archive.index(b"PK\x01\x02")
    end = archive.index(b"PK\x05\x06")
    moved = bytearray(first + archive)
    entry, record = len(first) + directory, len(first) + end
    moved[entry + 42 : entry + 46] = len(first).to_bytes(4, "little")
    moved[record + 16 : record + 20] = entry.to_bytes(4, "little")
    return bytes(moved)


BAD: dict[str, File] = {
    "another name": ("a.zip", ONE.replace(b"report.txt", b"report.exe", 1)),
    "two of one name": ("b.zip", twice(b"Harmless\n", b"Harmful\n")),
    "a member that is not listed": ("c.zip", behind(FIRST, ONE)),
    "two archives, one behind the other": ("e.zip", files.zip_file({"a.exe": b"MZ" + bytes(99)}) + ONE),
    "in a zip": ("d.zip", files.zip_file({"a.zip": ONE.replace(b"report.txt", b"report.exe", 1)})),
    "a Java archive with a licence twice, nearly nothing": (
        "e.jar", twice(b"Licence 1\n", b"Licence 2\n", "META-INF/MANIFEST.MF"),
    ),
}  # fmt: skip
GOOD: dict[str, File] = {
    "an archive": ("a.zip", ONE),
    "many members": ("b.zip", files.zip_file({f"{number}.txt": b"%d" % number for number in range(50)})),
    "the same file twice": ("c.zip", twice(b"Same\n", b"Same\n")),
    "written as a stream": ("d.zip", streamed("a.txt", b"A text\n")),
    "encrypted": ("e.zip", files.encrypted_zip({"a.txt": b"secret"}, b"x")),
    "a document": ("f.docx", files.docx()),
    "an archive behind something": ("g.zip", b"#!/bin/sh\n" + ONE),
    "cut off": ("h.zip", ONE[:-30]),
    "a name in UTF-8": ("i.zip", files.zip_file({"Übersicht 2026.txt": b"a"})),
    "another kind": ("j.tar.gz", files.tar_gz({"a.txt": b"a"})),
}


def test_software_weighs_nearly_nothing() -> None:
    hits = found("archive_contradicts_itself", BAD["a Java archive with a licence twice, nearly nothing"])
    assert [finding.weight for finding in hits] == [0.5]


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("archive_contradicts_itself", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("archive_contradicts_itself", file) == []


def test_what_stands_before_an_archive_is_opened_too() -> None:
    first = files.zip_file({"a.exe": files.windows_program()})
    tree, problems = files_of(("a.zip", first + files.zip_file({"b.txt": b"b"}) + files.zip_file({"c.txt": b"c"})))
    assert {"a.exe", "b.txt", "c.txt"} <= {file.filename for file in tree}
    assert problems == ()


@pytest.mark.parametrize("before", [0, 1_000])
@pytest.mark.parametrize("behind", [0, 100, 70_000, 1_000_000])
def test_zeros_around_an_archive_hide_nothing(before: int, behind: int) -> None:
    archive = files.zip_file({"a.exe": files.windows_program()})
    tree, _ = files_of(("a.zip", bytes(before) + archive + bytes(behind)))
    assert [file.filename for file in tree] == ["a.zip", "a.exe"]
