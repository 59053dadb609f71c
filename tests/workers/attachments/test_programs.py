"""What the readers of programs and packages say of them, and what self-extractors hold."""

from __future__ import annotations

import pytest

from mailcore.view import FileSign
from tests import files
from tests.files_programs import elf, macho, noise, portable_executable
from tests.workers.attachments.scan import File, files_of, scan

SIGNS: dict[str, tuple[File, FileSign]] = {
    "unsigned": (("a.exe", portable_executable()), FileSign("pe.unsigned")),
    "signed": (("a.exe", portable_executable(signed=True)), FileSign("pe.signed")),
    "data behind": (
        ("a.exe", portable_executable(overlay=noise(5_000))),
        FileSign("pe.overlay", "5,000 bytes behind 1,536"),
    ),
    "a maker": (("a.exe", portable_executable(company="Example")), FileSign("pe.version", "CompanyName Example")),
    "cut off": (("a.exe", files.windows_program()[:70]), FileSign("pe.damaged", "File Header missing")),
    "Linux": (("a", elf()), FileSign("unix.kind", "ELF, x86-64, program, statically linked, no sections")),
    "Linux, packed": (("a", elf(packed=True)), FileSign("unix.packed", "UPX")),
    "Linux, writable": (("a", elf(writable_code=True)), FileSign("unix.writable_code", "segment 0")),
    "macOS": (("a", macho()), FileSign("unix.kind", "Mach-O, ARM 64 bit, program")),
    "macOS, signed": (("a", macho(signed=True)), FileSign("unix.signed")),
    "Linux, cut off": (
        ("a", elf()[:30]),
        FileSign("unix.damaged", "its headers are cut off: unpack_from requires a buffer of at least 64 bytes for "
        "unpacking 48 bytes at offset 16 (actual buffer size is 30)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "sign"), SIGNS.values(), ids=SIGNS)
def test_signs_are_seen(file: File, sign: FileSign) -> None:
    assert sign in files_of(file)[0][0].signs


def test_a_java_archive_says_what_it_starts() -> None:
    manifest = b"Manifest-Version: 1.0\r\nMain-Class: org.example.Main\r\n"
    tree, _ = files_of(("a.jar", files.zip_file({"META-INF/MANIFEST.MF": manifest, "org/example/Main.class": b"x"})))
    assert FileSign("package.starts", "Main-Class: org.example.Main") in tree[1].signs


def test_an_app_says_what_it_asks_for() -> None:
    strings = "android.permission.READ_SMS".encode("utf-16-le") + "android.permission.INTERNET".encode("utf-16-le")
    tree, _ = files_of(("a.apk", files.zip_file({"AndroidManifest.xml": b"\x03\x00\x08\x00" + strings})))
    assert [sign.evidence for sign in tree[1].signs] == ["android.permission.READ_SMS"]


INNER = files.cabinet({"a.txt": b"Read me\n", "run.vbs": b"MsgBox 1\r\n"})


def test_what_a_self_extractor_holds_is_judged() -> None:
    tree, problems = files_of(("setup.exe", portable_executable(overlay=INNER)))
    assert not problems
    assert [file.path for file in tree] == [
        "setup.exe",
        "setup.exe/self-extracting-1.cab",
        "setup.exe/self-extracting-1.cab/a.txt",
        "setup.exe/self-extracting-1.cab/run.vbs",
    ]


@pytest.mark.parametrize("signature", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\x00\x00\x00\x00"], ids=str)
def test_a_signature_in_code_is_no_archive(signature: bytes) -> None:
    tree, problems = files_of(("a.exe", portable_executable(signature + bytes(500))))
    assert (len(tree), problems) == (1, ())


def test_a_plain_program_is_a_program_and_no_more() -> None:
    report = scan(("tool.exe", portable_executable()))
    assert {finding.id for finding in report.findings} == {"attachment_is_program"}
