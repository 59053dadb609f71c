"""Pools in a cage come to the same reports as without, and what breaks one message leaves the others alone."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
from collections.abc import Callable, Mapping

import pytest
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.message import Envelope, Message
from mailcore.sandbox_settings import Layer, Sandbox
from mailcore.settings import Settings
from mailcore.verdict import PoolReport, PoolStatus
from mailcore.view import FileFacts, ImageFacts, Lists, MailView
from mailio.cage_ports import Outside
from mailio.configuration import default_configs
from tasks.caged_pools import NO_MESSAGE, Found, caged_pools
from tasks.pools import build_scanner
from tasks.scanner import Scanner, decoded_parts
from tests import files, mail
from tests.files_old_archives import lzh
from workers.pool import DerivedText, Gathered, Pool, Work
from workers.runner import run_pool

UNCAGED = Sandbox(enabled=False)


def pool_that(gather: Callable[[MailView, Mapping[str, bytes]], Gathered]) -> Pool:
    def run(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        assert seconds > 0
        return gather(view, parts)

    return Pool(name="attachments", work=lambda _message: Work(parts=("2",)), gather=run, detectors=())


def caged(gather: Callable[[MailView, Mapping[str, bytes]], Gathered], unchanging: MailView = NO_MESSAGE) -> Pool:
    return caged_pools({"attachments": pool_that(gather)}, Sandbox(), Outside(), unchanging=unchanging)["attachments"]


def report_of(pool: Pool, data: bytes = b"", *, text: str = "hello") -> PoolReport:
    view = MailView(envelope=Envelope(sender="a@example.com"), message=Message(id="m", text=text))
    return run_pool(pool, view, {"2": data}, seconds=20.0, judge_derived=lambda _view, _derived: ())


def segfault(_view: MailView, _parts: Mapping[str, bytes]) -> Gathered:
    ctypes.string_at(8)
    raise AssertionError


def connects(view: MailView, _parts: Mapping[str, bytes]) -> Gathered:
    with socket.create_connection(("192.0.2.1", 80)):
        return Gathered(view=view)


def eats(view: MailView, _parts: Mapping[str, bytes]) -> Gathered:
    return Gathered(view=view, bytes_read=len(bytearray(1_073_741_824)))


def raises(_view: MailView, _parts: Mapping[str, bytes]) -> Gathered:
    raise KeyError("stream")


BAD: dict[str, tuple[Callable[[MailView, Mapping[str, bytes]], Gathered], str]] = {
    "crash": (segfault, "SIGSEGV"),
    "network": (connects, "Operation not permitted"),
    "memory": (eats, "MemoryError"),
    "error": (raises, "KeyError: 'stream'"),
    "end": (lambda _view, _parts: os._exit(0), "status 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_message_that_breaks_its_parser_has_failed_and_the_next_is_judged(name: str) -> None:
    gather, reason = BAD[name]

    def either(view: MailView, parts: Mapping[str, bytes]) -> Gathered:
        return gather(view, parts) if parts["2"] == b"bad" else Gathered(view=view, bytes_read=len(parts["2"]))

    pool = caged(either)
    bad = report_of(pool, b"bad")
    assert bad.status is PoolStatus.FAILED
    assert reason in bad.reason
    good = report_of(pool, b"good")
    assert (good.status, good.bytes_read) == (PoolStatus.OK, 4)


def test_facts_come_out_as_they_were_found() -> None:
    gathered: list[Gathered] = []
    facts = FileFacts(part="2", path="a.zip/b", signs=(), yara=("x.y",), unsafe_member_names=("../b",))

    def gather(view: MailView, _parts: Mapping[str, bytes]) -> Gathered:
        return Gathered(
            view=structs.replace(view, files=(facts,), images=(ImageFacts(part="3", codes=("https://example.com",)),)),
            problems=("half of it",),
            derived=(DerivedText(part="2", source="a.zip/b", text="words", urls=("https://example.net",)),),
            bytes_read=7,
        )

    pool = caged(gather)
    view = MailView(envelope=Envelope(), message=Message(id="m"), lists=Lists(shorteners=frozenset({"sho.example"})))
    gathered = [pool.gather(view, {}, seconds=20.0), gather(view, {})]
    assert gathered[0] == gathered[1]


def test_nothing_that_is_gathered_stays_inside() -> None:
    """A field that is new in what pools gather is to be carried out, or named here with its reason."""
    # Who is sending is another pool's fact; what is remembered is remembered outside.
    others = {"view", "auth", "from_cache"}
    assert {*Gathered.__struct_fields__} - others == {*Found.__struct_fields__} - {"files", "images", "behaviour"}


def test_what_does_not_change_is_there_without_being_sent() -> None:
    unchanging = structs.replace(NO_MESSAGE, lists=Lists(shorteners=frozenset({"sho.example"})))

    def gather(view: MailView, _parts: Mapping[str, bytes]) -> Gathered:
        return Gathered(view=view, problems=(*view.lists.shorteners, view.envelope.sender, view.message.text))

    assert report_of(caged(gather, unchanging)).reason == "sho.example; a@example.com; hello"


def test_half_characters_in_names_break_nothing() -> None:
    def gather(view: MailView, _parts: Mapping[str, bytes]) -> Gathered:
        return Gathered(view=structs.replace(view, files=(FileFacts(part="2", path="a\udc80b"),)))

    report = report_of(caged(gather), text="half \udc80")
    assert (report.status, [file.path for file in report.files]) == (PoolStatus.OK, ["a?b"])


def test_other_pools_and_a_sandbox_that_is_off_are_left_alone() -> None:
    pool = pool_that(lambda view, _parts: Gathered(view=view))
    assert caged_pools({"urls": pool}, Sandbox(), Outside()) == {"urls": pool}
    assert caged_pools({"attachments": pool}, UNCAGED, Outside()) == {"attachments": pool}


def test_the_start_stops_where_a_required_layer_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses() -> None:
        raise ImportError("libseccomp: not there")

    monkeypatch.setattr("mailio.system_calls.allow_parsing_only", refuses)
    pool = pool_that(lambda view, _parts: Gathered(view=view))
    with pytest.raises(ConfigurationError, match=r"sandbox\.required is not met: seccomp: libseccomp"):
        caged_pools({"attachments": pool}, Sandbox(required=(Layer.SECCOMP,)), Outside())


def scanner(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Scanner:
    settings = Settings(state_dir=str(tmp_path_factory.mktemp("state")), sandbox=sandbox)
    return build_scanner(settings, default_configs(), only=("attachments", "ocr"))


@pytest.fixture(scope="module")
def scanners(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scanner, Scanner]:
    return scanner(tmp_path_factory, UNCAGED), scanner(tmp_path_factory, Sandbox())


FILES: dict[str, tuple[str, bytes]] = {
    "text": ("a.txt", b"hello"),
    "program": ("a.exe", files.windows_program()),
    "shortcut": ("a.lnk", files.shortcut()),
    "archive": ("a.zip", files.nested_zip(b"MZ", "a.exe", depth=3)),
    "tar": ("a.tar.gz", files.tar_gz({"a.txt": b"hello", "../b": b"x"})),
    "cabinet": ("a.cab", files.cabinet({"a.txt": b"hello"})),
    "another program's archive": ("a.lzh", lzh([(b"a.exe", files.windows_program())])),
    "bomb": ("a.zip", files.zip_bomb()),
    "document": ("a.docx", files.docx()),
    "macro": ("a.doc", files.doc()),
    "encrypted document": ("a.docx", files.encrypted_document()),
    "PDF": ("a.pdf", files.pdf("Pay at https://example.com/pay")),
    "PDF with a file": ("a.pdf", files.pdf_with_file("a.exe", files.windows_program())),
    "picture": ("a.png", files.blank_picture(400, 300)),
    "huge picture": ("a.png", files.png_header(60_000, 60_000) + bytes(400)),
    "page": ("a.html", files.page(form="https://example.com/x")),
    "nothing": ("a.bin", b""),
}


@pytest.mark.parametrize("name", FILES)
def test_a_cage_changes_no_report(name: str, scanners: tuple[Scanner, Scanner]) -> None:
    filename, data = FILES[name]
    raw = mail.mail(attachments=[(filename, data)])
    reports = [reports_of(each, raw) for each in scanners]
    assert reports[0] == reports[1]
    assert reports[0]


@pytest.mark.skipif(shutil.which("unar") is None, reason="unar is not installed")
def test_a_cage_has_archives_opened_outside(scanners: tuple[Scanner, Scanner]) -> None:
    # Not the one of the table: what was seen once is remembered, and the report says so.
    raw = mail.mail(attachments=[("a.lzh", lzh([(b"b.exe", files.windows_program())]))])
    findings = [finding for report in reports_of(scanners[1], raw) for finding in report.findings]
    assert "a.lzh/b.exe" in {finding.where.file for finding in findings if finding.where}


def reports_of(scanner: Scanner, raw: bytes) -> list[PoolReport]:
    parsed = scanner.parse(raw, message_id="m", truncated=False)
    planned = scanner.plan(Envelope(), parsed.message)
    view = scanner.view(Envelope(), parsed.message)
    return [
        structs.replace(scanner.run(name, view, decoded_parts(parsed, work), seconds=20.0), run_ms=0.0)
        for name, work in planned.works.items()
    ]
