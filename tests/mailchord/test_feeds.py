"""`mailchord feeds`: what people see of lists, and what a scan finds with them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from mailchord.__main__ import main
from tests.http_server import WebServer
from tests.mail import mail

LISTED = "https://stolen.example/pay\nnasty.example\n"


class Command:
    """`mailchord` with these words: exit status, output, errors."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self._capsys = capsys
        self.own = directory / "own.txt"
        self.own.write_text(LISTED)
        self._config = directory / "mailchord.yaml"
        self.configure(f"own: {{source: {self.own}, weight: 7}}")

    def configure(self, lists: str) -> None:
        text = f"state_dir: {self.directory}/state\nlogging: {{level: error}}\nfeeds: {{lists: {{{lists}}}}}\n"
        self._config.write_text(text, encoding="utf-8")

    def __call__(self, *words: str) -> tuple[int, str, str]:
        status = main(["-c", str(self._config), *words])
        printed = self._capsys.readouterr()
        return status, printed.out, printed.err


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


def test_nothing_is_fetched_by_default(command: Command) -> None:
    command.configure("")
    assert command("feeds", "update") == (0, "no list is switched on (feeds.lists.NAME.enabled)\n", "")
    assert not (command.directory / "state").exists()
    lines = json.loads(command("feeds", "list", "--json")[1])["feeds"]
    assert [line["name"] for line in lines if line["enabled"]] == []
    assert {"urlhaus", "phishtank", "openphish"} <= {line["name"] for line in lines}


def test_update_list_and_check(command: Command) -> None:
    assert command("feeds", "check", "https://nasty.example/")[0] == 1
    assert command("feeds", "update") == (0, "own: 2 entries (0 before)\n", "")
    status, out, _ = command("feeds", "check", "https://nasty.example/x")
    assert status == 0
    assert "own: bad, the host nasty.example since 20" in out
    status, out, _ = command("feeds", "check", "--json", "https://stolen.example/pay?id=1")
    (opinion,) = json.loads(out)["opinions"]["https://stolen.example/pay?id=1"]
    assert (status, opinion["source"], opinion["covers"], opinion["weight"]) == (0, "own", "page", 7.0)
    status, out, _ = command("feeds", "list")
    assert status == 0
    assert [word for word in ("own", "on", "urlhaus", "off", "0 h") if word not in out] == []


def test_a_wrapped_link_is_checked_with_its_way(command: Command) -> None:
    command("feeds", "update")
    assert command("feeds", "check", "https://www.google.com/url?q=https://nasty.example/")[0] == 0


def test_a_list_of_others_that_condemns_everybody_is_said_not_to_be_believed(command: Command) -> None:
    command.own.write_text("gmail.com\nnasty.example\n")
    with WebServer(lambda _path, _body: (200, b"gmail.com\nnasty.example\n")) as server:
        theirs = f"theirs: {{source: '{server.url}/x', private_addresses: true}}"
        command.configure(f"{theirs}, own: {{source: {command.own}}}")
        command("feeds", "update")
    lines = command("feeds", "check", "https://gmail.com/x")[1].splitlines()
    assert [line.partition(":")[0].strip() for line in lines if "not believed" in line] == ["theirs"]
    assert "not believed" not in command("feeds", "check", "https://nasty.example/")[1]


def test_what_fails_is_said_and_the_rest_is_done(command: Command) -> None:
    command.configure(f"gone: {{source: /no/such/file}}, own: {{source: {command.own}}}")
    status, out, err = command("feeds", "update")
    assert (status, out) == (1, "own: 2 entries (0 before)\n")
    assert err == "gone: /no/such/file: No such file or directory\n"
    command.own.write_text("")
    status, out, err = command("feeds", "update", "own")
    assert (status, out) == (1, "")
    assert err == "own: it has no entries (--force takes it over); the one before stays, 2 entries\n"
    assert command("feeds", "update", "--force", "own")[:2] == (0, "own: 0 entries (2 before)\n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("update", "owm"), "there is no list 'owm', did you mean 'own'?"),
        (("update", "urlhaus"), "urlhaus is switched off"),
        (("check", "mailto:anna@example.com"), "leads to no host"),
    ],
    ids=str,
)
def test_what_cannot_be_done(command: Command, words: tuple[str, ...], problem: str) -> None:
    status, _, err = command("feeds", *words)
    assert status == 2
    assert problem in err


WRONG = {
    "Safe Browsing without a key": (
        "x: {source: 'https://x.example/v5', format: safe-browsing}",
        "it answers nobody without a key",
    ),
    "Safe Browsing as a file": ("x: {source: /x, format: safe-browsing, key_file: /k}", "expected the address of"),
    "Safe Browsing as a good list": (
        "x: {source: 'https://x.example/v5', format: safe-browsing, key_file: /k, kind: good}",
        "expected bad",
    ),
    "plain http": ("x: {source: 'http://feeds.example/x'}", "expected https://HOST/PATH"),
    "a name and a password": ("x: {source: 'https://a:secret@feeds.example/x'}", "expected https://HOST/PATH"),
    "a relative path": ("x: {source: feeds/x.txt}", "or the absolute path of a file"),
    "a bad name": ("X/y: {source: /a}", "names of lists are"),
    "no key": ("urlhaus: {enabled: true}", "name the file that holds it"),
    "a relative key file": ("x: {source: /a, key_file: key}", "expected an absolute path"),
    "an unknown format": ("x: {source: /a, format: csv}", "urlhaus-csv"),
    "a line break": ('x: {source: /a, user_agent: "a\\nb"}', "printable ASCII"),
    "no source": ("x: {weight: 3}", "'source' is missing"),
}


@pytest.mark.parametrize(("lists", "problem"), WRONG.values(), ids=list(WRONG))
def test_settings_that_make_no_sense(command: Command, lists: str, problem: str) -> None:
    command.configure(lists)
    status, _, err = command("feeds", "list")
    assert status == 2
    assert problem in err
    assert "secret" not in err


def document(link: str) -> bytes:
    """A mail whose only link stands in an attached page."""
    page = base64.b64encode(f"<html><body><a href='{link}'>Pay here</a> now</body></html>".encode()).decode()
    return (
        b"From: Anna <anna@example.com>\r\nTo: bob@example.net\r\nSubject: Invoice\r\nMIME-Version: 1.0\r\n"
        b"Date: Sun, 22 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the page.\r\n'
        b'--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename="invoice.html"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + page.encode() + b"\r\n--b--\r\n"
    )


MAILS = {
    "in the text": (mail(text="Pay at https://stolen.example/pay?id=7 today"), True),
    "in an attached page": (document("https://nasty.example/x"), True),
    "another page": (mail(text="Pay at https://stolen.example/ today"), False),
    "no link": (mail(text="nasty.example is a bad host, they say"), False),
}


@pytest.mark.parametrize(("raw", "is_listed"), MAILS.values(), ids=list(MAILS))
def test_a_scan_finds_what_is_listed(command: Command, raw: bytes, *, is_listed: bool) -> None:
    command("feeds", "update")
    path = command.directory / "mail.eml"
    path.write_bytes(raw)
    _, out, err = command("scan", "--json", str(path))
    findings = [finding for finding in json.loads(out)["findings"] if finding["id"] == "link_is_on_bad_list"]
    assert [finding["weight"] for finding in findings] == ([7.0] if is_listed else []), err
