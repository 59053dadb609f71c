"""Members of zip archives are files, whatever they are marked as; links say where they lead."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from tests import files
from tests.workers.attachments.scan import files_of, found
from workers.zip_directory import as_files, directory, entries

PROGRAM = files.windows_program()


def marked(name: str, content: bytes, mode: int, *, system: int = 3) -> bytes:
    """An archive with one member of that mode (stat.S_IFMT and permissions)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo(name)
        member.create_system, member.external_attr = system, mode << 16
        archive.writestr(member, content)
    return target.getvalue()


def with_records_of_zip64(archive: bytes) -> bytes:
    """The same archive, whose directory is found by the records of zip64 only."""
    end = archive.rfind(b"PK\x05\x06")
    count, size, position = struct.unpack_from("<HII", archive, end + 10)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, position)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    return (
        archive[:end]
        + record
        + locator
        + struct.pack("<4s4xHHIIH", b"PK\x05\x06", *(0xFFFF,) * 2, *(0xFFFFFFFF,) * 2, 0)
    )


MODES = {
    "a file": 0o100644,
    "no type": 0o644,
    "a link": 0o120777,
    "a device": 0o020644,
    "a disk": 0o060644,
    "a folder": 0o040755,
    "a pipe": 0o010644,
    "a socket": 0o140000,
    "what does not exist": 0o160000,
}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
@pytest.mark.parametrize("change", [bytes, with_records_of_zip64], ids=["zip", "zip64"])
def test_a_program_is_found_whatever_it_is_marked_as(mode: int, change: type[bytes]) -> None:
    file = ("a.zip", change(marked("a.exe", PROGRAM, mode)))
    assert len(found("archive_holds_program_or_script", file)) == 1
    assert types_of(file) == ["application/zip", "application/vnd.microsoft.portable-executable"]


def types_of(file: tuple[str, bytes]) -> list[str]:
    return [facts.true_type for facts in files_of(file)[0]]


NO_FILES = {name: MODES[name] for name in ("a device", "a disk", "a folder", "a pipe", "what does not exist")}


@pytest.mark.parametrize("mode", NO_FILES.values(), ids=NO_FILES)
def test_the_mark_is_a_sign(mode: int) -> None:
    assert len(found("archive_contradicts_itself", ("a.zip", marked("a.txt", b"A text", mode)))) == 1


GOOD: dict[str, bytes] = {
    "a file": marked("a.txt", b"A text", 0o100644),
    "of DOS": marked("a.txt", b"A text", 0o120777, system=0),
    "of another system": marked("a.txt", b"A text", 0o020644, system=10),
    "a folder": marked("a/", b"", 0o040755),
    "a link beside": marked("a.so", b"a.so.1", 0o120777),
    "a link of software": marked("bin/tool", b"../lib/tool", 0o120777),
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("detector", ["archive_contradicts_itself", "archive_has_unsafe_names"])
def test_good_archives_are_left_alone(detector: str, data: bytes) -> None:
    assert found(detector, ("a.zip", data)) == []


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "C:\\Windows\\x"])
def test_where_a_link_leads_is_judged(target: str) -> None:
    assert len(found("archive_has_unsafe_names", ("a.zip", marked("a", target.encode(), 0o120777)))) == 1


@pytest.mark.parametrize(
    "data", [b"", b"PK\x05\x06", bytes(100), files.zip_file({"a.txt": b"a"})[:-30], b"PK\x05\x06" + b"\xff" * 18]
)
def test_damage_raises_nothing(data: bytes) -> None:
    assert list(entries(data, directory(data))) == []
    assert as_files(data) == (data, frozenset())


def test_plain_archives_are_not_copied() -> None:
    data = files.zip_file({"a.txt": b"a"})
    assert as_files(data)[0] is data
