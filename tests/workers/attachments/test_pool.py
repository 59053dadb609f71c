"""The attachments pool as a whole: what work there is, bounds, time, partial reports, hostile files."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from mailcore.errors import ConfigurationError
from mailcore.message import Message
from mailcore.verdict import PoolStatus
from tests import files
from tests.workers.attachments.scan import File, message_of, scan, scan_and_listen, shipped_rules, view_of
from workers.attachments import FileLimits, build
from workers.attachments.budget import Budget
from workers.pool import Work
from workers.runner import check_settings, run_pool

PHOTO = files.blank_picture()

LIGHT: dict[str, tuple[str, str]] = {
    "signature": ("smime.p7s", "application/pkcs7-signature"),
    "PGP signature": ("signature.asc", "application/pgp-signature"),
    "calendar": ("invite.ics", "text/calendar"),
    "contact": ("alice.vcf", "text/vcard"),
    "patch": ("0001-fix.patch", "text/x-patch"),
    "picture": ("logo.png", "image/png"),
    "no name": ("", "text/plain"),
    "PDF": ("a.pdf", "application/pdf"),
    "page": ("a.html", "text/html"),
}
HEAVY: dict[str, tuple[str, str]] = {
    "archive": ("a.zip", "application/zip"),
    "document": ("a.docx", "application/octet-stream"),
    "PDF of unknown type": ("a.pdf", "application/octet-stream"),
    "unknown type": ("a.png", "application/octet-stream"),
    "program as calendar": ("a.exe", "text/calendar"),
    "document as PDF": ("a.doc", "application/pdf"),
}


@pytest.mark.parametrize(("name", "kind"), LIGHT.values(), ids=LIGHT)
def test_small_harmless_files_are_light_work(name: str, kind: str) -> None:
    work = build(shipped_rules(), limits=FileLimits()).work(message_of((name, b"x" * 100), content_type=kind))
    assert work is not None
    assert work.light


@pytest.mark.parametrize(("name", "kind"), HEAVY.values(), ids=HEAVY)
def test_everything_else_is_not(name: str, kind: str) -> None:
    work = build(shipped_rules(), limits=FileLimits()).work(message_of((name, b"x" * 100), content_type=kind))
    assert work is not None
    assert not work.light


def test_large_files_are_not_light() -> None:
    pool = build(shipped_rules(), limits=FileLimits())
    work = pool.work(message_of(("a.png", b"x" * 600_000), content_type="image/png"))
    assert work is not None
    assert not work.light


def test_no_attachment_is_no_work() -> None:
    assert build(shipped_rules(), limits=FileLimits()).work(Message(id="m")) is None


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(Message(id="m", truncated=True), id="cut"),
        pytest.param(Message(id="m", defects=("too-many-parts",)), id="parts past the limit"),
        pytest.param(Message(id="m", defects=("bad-base64", "too-deep")), id="parts below the limit"),
        pytest.param(Message(id="m", defects=("boundary-flood",)), id="not split to the end"),
    ],
)
def test_attachments_that_nobody_may_have_seen_are_work(message: Message) -> None:
    """Else the pool would count as skipped, and a file behind a thousand parts as clean."""
    assert build(shipped_rules(), limits=FileLimits()).work(message) == Work(light=True)


def test_other_damage_is_no_work() -> None:
    damaged = Message(id="m", defects=("bad-base64", "no-closing-boundary", "text-cut"))
    assert build(shipped_rules(), limits=FileLimits()).work(damaged) is None


def test_good_mail_has_no_findings() -> None:
    report = scan(
        ("report.pdf", files.pdf()),
        ("minutes.docx", files.docx()),
        ("photo.jpeg", PHOTO),
        ("src-1.2.tar.gz", files.tar_gz({"src/main.c": b"int main;\n", "src/configure": b"#!/bin/sh\n"})),
        ("invite.ics", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"),
    )
    assert (report.status, report.findings, report.reason) == (PoolStatus.OK, (), "")
    assert report.bytes_read > 1_000


PARTIAL: dict[str, tuple[FileLimits, File, str]] = {
    "too many files": (
        FileLimits(files=5),
        ("a.zip", files.zip_file({f"{number}.txt": str(number).encode() for number in range(9)})),
        "more than 5 files",
    ),
    "too deep": (FileLimits(depth=2), ("a.zip", files.nested_zip(b"a", "a.txt", depth=5)), "2 deep"),
    "too many bytes": (FileLimits(unpacked_bytes=1_000), ("a.zip", files.zip_file({"a": bytes(9_000)})), "unpacked"),
    "a bomb": (FileLimits(ratio_free_bytes=1_000), ("a.zip", files.zip_file({"a": bytes(900_000)})), "250 times"),
    "a large file": (FileLimits(file_bytes=1_000), ("a.bin", bytes(9_000)), "first 1,000 bytes"),
    "a large member": (FileLimits(file_bytes=70_000), ("a.zip", files.zip_file({"a": bytes(900_000)})), "first"),
    "a large document": (FileLimits(document_bytes=1_000), ("a.doc", files.doc()), "searched for macros"),
}


@pytest.mark.parametrize(("limits", "file", "words"), PARTIAL.values(), ids=PARTIAL)
def test_what_was_not_looked_at_is_said(limits: FileLimits, file: File, words: str) -> None:
    report = scan(file, limits=limits)
    assert report.status is PoolStatus.PARTIAL
    assert words in report.reason


def test_missing_bytes_are_said() -> None:
    view, parts = view_of(("a.txt", b"a"), ("b.txt", b"b"))
    del parts["1"]
    report = run_pool(build(shipped_rules(), limits=FileLimits()), view, parts, seconds=5)
    assert report.status is PoolStatus.PARTIAL
    assert "a.txt: its bytes are not there any more" in report.reason


def test_no_time_is_timed_out_and_little_time_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scan(("eicar.com", files.eicar()), seconds=1e-9).status is PoolStatus.TIMED_OUT
    # As if the first of them had taken all of it.
    monkeypatch.setattr(Budget, "is_over", property(lambda budget: budget.bytes_read > 0))
    report = scan(("eicar.com", files.eicar()), ("a.zip", files.zip_file({"a.js": b"1"})))
    assert "attachment_is_eicar_test_file" in {finding.id for finding in report.findings}
    assert report.status is PoolStatus.PARTIAL


def test_bombs_end_soon() -> None:
    bomb = files.many_zips_in_zips(width=16, depth=4)
    began = time.process_time()
    report = scan(("42.zip", bomb))
    assert time.process_time() - began < 5
    assert report.status is PoolStatus.PARTIAL
    assert report.bytes_read < 100_000_000


def test_members_behind_a_bomb_of_another_attachment_are_seen() -> None:
    report = scan(("a.zip", files.zip_bomb()), ("b.zip", files.zip_file({"eicar.com": files.eicar()})))
    assert {"archive_is_a_bomb", "attachment_is_eicar_test_file"} <= {finding.id for finding in report.findings}


def test_the_same_archive_many_times_is_opened_once() -> None:
    inner = files.zip_file({"eicar.com": files.eicar()})
    report = scan(("a.zip", files.zip_file({f"{number}.zip": inner for number in range(50)})))
    assert report.status is PoolStatus.OK
    assert sum(finding.id == "attachment_is_eicar_test_file" for finding in report.findings) == 1


def test_the_same_attachment_many_times_is_looked_at_once() -> None:
    archive = files.zip_file({"a.exe": files.windows_program(), "b.txt": b"text " * 9_000})
    report = scan(*((f"{number}.zip", archive) for number in range(20)))
    once = scan(("0.zip", archive))
    assert [file.path for file in report.files if file.depth] == ["0.zip/a.exe", "0.zip/b.txt"]
    assert {file.sha256 for file in report.files if not file.depth} == {once.files[0].sha256}
    assert report.bytes_read < once.bytes_read + 20 * len(archive)
    assert [finding.id for finding in report.findings] == [finding.id for finding in once.findings]


def test_documents_are_read_for_other_pools() -> None:
    page = files.page(form='<a href="https://login.example/x">Log in</a>')
    link = files.external("hyperlink", "https://files.example/a?b=1&amp;c=2")
    _, heard = scan_and_listen(
        ("a.pdf", files.pdf("You have won")), ("b.html", page), ("c.docx", files.docx("Dear friend", links=link))
    )
    assert [(text.source, text.text.split("\n")[0].strip()) for text in heard] == [
        ("a.pdf", "You have won"),
        ("b.html", "Good day"),
        ("c.docx", "Dear friend"),
    ]
    assert heard[1].urls == ("https://login.example/x",)
    assert heard[2].urls == ("https://files.example/a?b=1&c=2",)


def test_reading_documents_can_be_switched_off() -> None:
    limits = FileLimits(pdf_pages=0, documents=0)
    _, heard = scan_and_listen(("a.pdf", files.pdf()), ("b.html", files.page()), limits=limits)
    assert heard == []


SEEDS: dict[str, bytes] = {
    "zip": files.zip_file({"a/b.txt": b"hello " * 50, "c.exe": files.windows_program()}),
    "encrypted zip": files.encrypted_zip({"a.txt": b"a" * 99}),
    "tar.gz": files.tar_gz({"a.txt": b"a" * 999, "b": bytes(999)}),
    "docm": files.macro_document(),
    "doc": files.doc(files.MACRO),
    "vba": files.vba_project(),
    "flat": files.flat_document(),
    "pdf": files.pdf_with_file("a.txt", b"a"),
    "cab": files.cabinet({"a.txt": b"a" * 9_000, "b.txt": b"b"}),
    "page": files.page(form="<form><input type=password></form>"),
}


@pytest.mark.parametrize("kind", SEEDS)
def test_damaged_files_never_break_the_pool(kind: str) -> None:
    """Deterministic damage: bytes changed, cut out, repeated."""
    dice = random.Random(kind)
    for _ in range(60):
        damaged = bytearray(SEEDS[kind])
        for _ in range(dice.randint(1, 12)):
            at = dice.randrange(len(damaged))
            damaged[at : at + dice.choice((0, 1, 4))] = dice.randbytes(dice.choice((1, 4, 9)))
        report = scan((f"a.{kind}", bytes(damaged)))
        assert report.status in (PoolStatus.OK, PoolStatus.PARTIAL), report.reason
        assert report.errors == ()


HOSTILE: dict[str, File] = {
    "no bytes": ("", b""),
    "a name of everything": ("../../\x00\u202e/C:\\a\r\nb.pdf.exe", b"x"),
    "a huge name": ("a." * 50_000 + "exe", b"x"),
    "lone surrogates": ("\udcff\udcfe.zip", files.zip_file({"a": b"a"})),
    "an OLE header": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600),
    "an OLE file in circles": ("a.doc", files.doc(files.MACRO)[:512] + bytes(4) + b"\x00\x00\x00\x00" * 2_000),
    "base64 of nothing": ("a.xml", b"0M8R4KGxGuE" + b"A" * 500_000),
    "a million brackets": ("a.html", b"<" * 1_000_000),
    "a zip directory of rubbish": ("a.zip", b"PK\x05\x06" + b"\xff" * 18),
    "a million relations": ("a.docx", files.docx(links="<Relationship " * 50_000)),
    "a cabinet whose files overlap": ("a.cab", b"MSCF" + bytes(4) + b"\xff" * 300 + bytes(300)),
    "only attribute lines": ("a.doc", files.doc("Attribute VB_Name = \n" * 20_000)),
}


@pytest.mark.parametrize("file", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_cost_little(file: File) -> None:
    began = time.process_time()
    report = scan(file)
    assert report.status in (PoolStatus.OK, PoolStatus.PARTIAL), report.reason
    assert report.errors == ()
    assert time.process_time() - began < 8


def test_settings_of_detectors_are_checked() -> None:
    pool = build(shipped_rules(), limits=FileLimits())
    check_settings(pool, {"archive_is_a_bomb.ratio": 100})
    with pytest.raises(ConfigurationError):
        check_settings(pool, {"archive_is_a_bomb.ration": 100})


def test_importing_the_pool_loads_no_heavy_library() -> None:
    code = (
        "import sys, workers.attachments, workers.ocr;"
        "print(*{'magic','yara','libarchive','pypdfium2','pikepdf','pdfminer','oletools','PIL','pytesseract','zxingcpp','turbohtml',"
        "'hyperscan'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""
