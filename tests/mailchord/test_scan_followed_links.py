"""A phishing mail whose link hides behind three hops is held, by the page at its end, and its reasons name the way."""

from __future__ import annotations

import functools

import pytest

from mailchord.scan import scan_bytes
from mailcore.follow_settings import Following
from mailcore.message import Envelope
from mailcore.settings import PoolSettings, RuleSettings, Settings, default_pools
from mailcore.verdict import Action, Verdict
from mailio.configuration import default_configs
from tasks.pools import build_scanner
from tasks.scanner import Scanner
from tests.fakes import FakeResolver
from tests.http_server import WebServer

SITES = ("parcel.test", "hop.test", "second.test", "login.test")
MAIL = (
    "From: Support <office@sender.test>\r\nTo: bob@example.org\r\nDate: Sun, 22 Nov 2026 08:00:00 +0000\r\n"
    "Message-ID: <1@sender.test>\r\nSubject: Parcel 55012 on its way\r\n\r\n"
    "Hello,\r\n\r\nplease have a look at {link} for your parcel.\r\n\r\nKind regards\r\n"
)
LOGIN = "<title>DHL - Sign in</title><form action=/go><input name=user><input type=password></form>"
NEWS = "<title>DHL - where is your parcel</title><form action=/go><input name=number></form>"


@functools.cache
def scanner(*, follow: bool) -> Scanner:
    pools = {**default_pools(), "follow": PoolSettings(enabled=follow, seconds=60.0)}
    settings = Settings(
        pools=pools,
        following=Following(private_addresses=True, request_seconds=30.0),
        # That of the server stands for 80.
        rules=RuleSettings(disabled=("link_port_is_unusual",)),
    )
    resolver = FakeResolver({f"{site} A": ("127.0.0.1",) for site in SITES})
    return build_scanner(settings, default_configs(), resolver=resolver)


def scanned(*, follow: bool = True, start: str = "/track/55012", end: str = LOGIN) -> tuple[Verdict, list[str]]:
    def answer(path: str, _body: bytes) -> tuple[int, bytes]:
        port = server.url.rpartition(":")[2]
        pages = {
            "/track/55012": (301, f"http://hop.test:{port}/refresh"),
            "/refresh": (200, f"<meta http-equiv=refresh content='0; url=http://second.test:{port}/script'>"),
            "/script": (200, f"<script>location.replace('http://login.test:{port}/en/')</script>"),
            "/en/": (200, end),
        }
        status, text = pages.get(path, (404, ""))
        return status, text.encode()

    with WebServer(answer) as server:
        server.headers["Content-Type"] = "text/html"
        link = server.url.replace("127.0.0.1", SITES[-1] if start == "/en/" else SITES[0]) + start
        envelope = Envelope(sender="office@sender.test", recipients=("bob@example.org",), client_address="203.0.113.9")
        raw = MAIL.format(link=link).encode()
        verdict = scan_bytes(scanner(follow=follow), raw, envelope, message_id="m", limit=1_000_000)
        return verdict, [asked.path for asked in server.asked]


def test_without_following_nothing_is_seen_and_nobody_asked() -> None:
    verdict, asked = scanned(follow=False)
    assert (verdict.action, asked) == (Action.ACCEPT, [])


def test_the_mail_is_held_and_its_reasons_name_the_way() -> None:
    verdict, asked = scanned()
    assert list(dict.fromkeys(asked)) == ["/track/55012", "/refresh", "/script", "/en/", "/favicon.ico"]
    assert verdict.action is Action.QUARANTINE
    assert verdict.reasons[0] == (
        "A link leads through parcel.test, hop.test and second.test to a page at login.test that asks for a password "
        "in the name of DHL."
    )
    found = {finding.id: finding for finding in verdict.findings}
    assert found["page_asks_password_for_brand"].detail.startswith("parcel.test > hop.test > second.test > login.test;")
    assert found["link_leads_elsewhere"].weight == 1.0


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param("/track/55012", NEWS, id="a page that asks for no password"),
        pytest.param("/track/55012", LOGIN.replace("DHL", "Forum"), id="in nobody's name"),
        pytest.param("/gone", LOGIN, id="a page that is gone"),
    ],
)
def test_other_ends_are_left_alone(start: str, end: str) -> None:
    verdict, _ = scanned(start=start, end=end)
    assert verdict.action is Action.ACCEPT
    assert not any(finding.weight >= 3 for finding in verdict.findings)


def test_the_page_alone_marks_a_mail() -> None:
    verdict, _ = scanned(start="/en/")
    assert verdict.reasons[0] == "A link leads to a page at login.test that asks for a password in the name of DHL."
    assert verdict.action is Action.TAG
