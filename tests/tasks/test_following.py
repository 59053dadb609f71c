"""The pool that follows links, as an installation builds it: off unless wanted, files behind links are opened."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from msgspec import structs

from mailcore.follow_settings import Following
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.safe_link_settings import SafeLinks
from mailcore.sandbox_settings import Sandbox
from mailcore.settings import PoolSettings, Settings, default_pools
from mailcore.verdict import PoolReport, PoolStatus
from mailio.configuration import default_configs
from tasks.pools import build_scanner
from tests.fakes import FakeResolver
from tests.files_logos import logo, png
from tests.http_server import WebServer
from workers.ocr.logos import entry_of, fingerprint

MAIL = b"From: a@example.net\r\nSubject: your invoice\r\n\r\nPlease see https://files.test/invoice today.\r\n"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def settings_with(*, enabled: bool = True) -> Settings:
    return Settings(
        pools={**default_pools(), "follow": PoolSettings(enabled=enabled, seconds=60.0)},
        following=Following(private_addresses=True, request_seconds=30.0),
    )


def zip_of(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, data)
    return file.getvalue()


def follow(content_type: str, body: bytes, mail: bytes = MAIL) -> PoolReport:
    with WebServer(lambda _path, _body: (200, body)) as server:
        server.headers["Content-Type"] = content_type
        return report_of(server, mail, settings_with(), default_configs())


def report_of(server: WebServer, mail: bytes, settings: Settings, configs: Path) -> PoolReport:
    mail = mail.replace(b"https://files.test", server.url.replace("127.0.0.1", "files.test").encode())
    resolver = FakeResolver({"files.test A": ("127.0.0.1",)})
    scanner = build_scanner(settings, configs, only=("follow",), resolver=resolver)
    message = parse(mail, message_id="m").message
    view = scanner.view(Envelope(recipients=("bob@example.org",)), message)
    return scanner.run("follow", view, {}, seconds=60.0)


def test_it_is_off_unless_wanted() -> None:
    assert "follow" not in build_scanner(Settings(), default_configs(), only=("follow",)).pools
    assert [group.pools for group in Settings().working_groups][-1] != ("follow",)
    assert [group.pools for group in settings_with().working_groups][-1] == ("follow",)


def test_a_mail_without_links_is_no_work() -> None:
    scanner = build_scanner(settings_with(), default_configs(), only=("follow",), resolver=FakeResolver())
    message = parse(MAIL.replace(b"https://files.test/invoice", b"the file"), message_id="m").message
    assert scanner.pools["follow"].work(message) is None


def test_files_behind_links_are_opened_like_attachments() -> None:
    report = follow("application/zip", zip_of("invoice.pdf.com", EICAR))
    assert report.status is PoolStatus.OK, report.reason
    assert "invoice/invoice.pdf.com" in [file.path for file in report.files]
    assert any("EICAR" in finding.summary or "eicar" in finding.id for finding in report.findings)


def test_the_click_service_is_never_asked() -> None:
    """It follows links itself: a page that leads on to a safe link of its own would have it ask itself."""
    answers = {"/invoice": (302, b"http://links.test/s/files.test/1.x"), "/favicon.ico": (404, b"")}
    with WebServer(lambda path, _body: answers.get(path, (200, b"<p>asked"))) as server:
        settings = structs.replace(settings_with(), safe_links=SafeLinks(base_url="https://links.test/s"))
        report = report_of(server, MAIL, settings, default_configs())
        assert {asked.path for asked in server.asked} == {"/invoice"}
    assert report.status is PoolStatus.OK, report.reason


@pytest.mark.parametrize("never", ["files.test", "Files.Test", "TEST."])
def test_domains_that_are_never_asked_may_be_written_in_any_way(never: str) -> None:
    settings = settings_with()
    settings = structs.replace(settings, following=structs.replace(settings.following, never=(never,)))
    with WebServer(lambda _path, _body: (200, b"<p>asked")) as server:
        report_of(server, MAIL, settings, default_configs())
        assert server.asked == []


def test_pages_are_no_files() -> None:
    report = follow("text/html", b"<p>hello")
    assert (report.status, report.files) == (PoolStatus.OK, ())
    assert [finding.id for finding in report.findings if finding.weight > 0.5] == []


def test_attachments_of_the_mail_are_not_judged_a_second_time() -> None:
    mail = (
        b"From: a@example.net\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        b"https://files.test/invoice\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Disposition: attachment; filename=invoice.pdf.exe\r\n\r\nMZ\r\n--b--\r\n"
    )
    report = follow("text/html", b"<p>hello", mail)
    assert [finding.id for finding in report.findings if finding.weight > 0.5] == []


@pytest.mark.parametrize("caged", [True, False], ids=["in the cage", "without one"])
def test_icons_are_held_against_known_logos(caged: bool, tmp_path: Path) -> None:
    shown = png(logo().resize((256, 256)))
    for folder in ("brands", "yara", "content", "composites", "models"):
        (tmp_path / folder).symlink_to(default_configs() / folder)
    (tmp_path / "lists").mkdir()
    for file in (default_configs() / "lists").iterdir():
        (tmp_path / "lists" / file.name).symlink_to(file)
    entry = entry_of(fingerprint(logo().resize((180, 180)).convert("L")), "dhl")
    (tmp_path / "lists" / "logos.txt").write_text(entry)
    settings = structs.replace(settings_with(), sandbox=Sandbox(enabled=caged))
    login = b"<link rel=icon href=/i.png><form><input type=password></form>"
    with WebServer(lambda path, _body: (200, shown if path == "/i.png" else login)) as server:
        server.headers["Content-Type"] = "text/html"
        report = report_of(server, MAIL, settings, tmp_path)
    assert report.status is PoolStatus.OK, report.reason
    found = {finding.id: finding for finding in report.findings}
    assert "icon like that of DHL" in found["page_wears_icon_of_brand"].summary
    assert found["page_wears_icon_of_brand"].weight == 4.0
