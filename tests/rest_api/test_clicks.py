"""Clicks on safe links: where they lead, whom they stop, and that nobody can make them lead elsewhere."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from mailcore import safe_links
from mailcore.click_settings import Clicks, Recorded
from mailcore.clicks import ClickAnswer, Judgement
from mailcore.safe_links import Flag
from rest_api import server
from rest_api.clicks import client_of
from tests.rest_api.service import BASE_URL, KEYS, NOW, OTHER, TARGET, Service, path_of, running

WARN = Judgement(answer=ClickAnswer.WARN, score=4.0, reasons=("A link leads to <b>evil</b>.",))
BLOCK = Judgement(answer=ClickAnswer.BLOCK, score=9.0, reasons=("It is on a list.",))


@pytest.fixture(scope="module")
def running_service() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture
def service(running_service: Service) -> Service:
    running_service.answer = Judgement(answer=ClickAnswer.GO)
    running_service.asked.clear()
    running_service.events.counts.clear()
    running_service.events.told.clear()
    running_service.now = NOW
    return running_service


def test_a_good_link_leads_on(service: Service) -> None:
    answer = service.ask(path_of())
    assert (answer.status, answer.headers["location"]) == (302, TARGET)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert service.asked[0].target == TARGET
    assert "server" not in answer.headers


def test_a_head_request_gets_the_same(service: Service) -> None:
    answer = service.ask(path_of(), "HEAD")
    assert (answer.status, answer.text) == (302, "")


def test_what_an_older_key_has_signed_is_good(service: Service) -> None:
    assert service.ask(path_of(key=KEYS.keys[0])).status == 302


@pytest.mark.parametrize("judgement", [WARN, BLOCK], ids=["warn", "block"])
def test_a_bad_link_is_shown_and_not_followed(service: Service, judgement: Judgement) -> None:
    service.answer = judgement
    answer = service.ask(path_of())
    assert answer.status == (200 if judgement is WARN else 403)
    assert "location" not in answer.headers
    assert "shop.example" in answer.text
    assert "https://shop.example/cart?id=7&amp;x=%20y#top" in answer.text
    assert "<b>evil</b>" not in answer.text
    assert ("/continue" in answer.text) == (judgement is WARN)
    assert "href=" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_who_goes_on_is_led_on(service: Service) -> None:
    service.answer = WARN
    answer = service.ask(f"{path_of()}/continue", "POST")
    assert (answer.status, answer.headers["location"]) == (303, TARGET)
    assert service.events.counts == ["clicks", "clicks_went_on"]


def test_nobody_goes_on_to_what_is_blocked(service: Service) -> None:
    service.answer = BLOCK
    answer = service.ask(f"{path_of()}/continue", "POST")
    assert answer.status == 403
    assert "location" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_others_press_no_button(service: Service, site: str) -> None:
    service.answer = WARN
    for action in ("continue", "report-good"):
        answer = service.ask(f"{path_of()}/{action}", "POST", Sec_Fetch_Site=site)
        assert answer.status == 404
    assert service.events.told == []


def test_a_report_is_an_event_with_the_target(service: Service) -> None:
    service.answer = WARN
    answer = service.ask(f"{path_of()}/report-bad", "POST", Sec_Fetch_Site="same-origin")
    assert "Thank you" in answer.text
    ((kind, fields),) = service.events.told
    assert (kind, fields["says"], fields["target"], fields["id"]) == ("link reported", "bad", TARGET, "m-1")


MAC_OF_LINK = path_of().split(".")[-2]


@pytest.mark.parametrize("empty", ["report:127.0.0.1", f"report:{MAC_OF_LINK}"], ids=["somebody", "a link"])
def test_reports_push_no_other_events_out(empty: str) -> None:
    with running(empty=empty) as service:
        service.answer = WARN
        answer = service.ask(f"{path_of()}/report-bad", "POST")
        assert "Thank you" in answer.text
        assert service.events.told == []
        assert service.events.counts == ["links_reported_too_often"]


def test_who_reports_what_nobody_warns_of_is_thanked_and_not_warned(service: Service) -> None:
    text = service.ask(f"{path_of()}/report-bad", "POST").text
    assert "Thank you" in text
    assert "looks dangerous" not in text


def test_a_mistake_is_reported(service: Service) -> None:
    service.answer = BLOCK
    assert service.ask(f"{path_of()}/report-good", "POST").status == 403
    assert service.events.told[0][1]["says"] == "good"


GOOD_PATH = path_of()
LABEL, TOKEN = GOOD_PATH.split("/")[2:]
VERSION, FACTS, TO, MAC, KEY = TOKEN.split(".")
EVIL = path_of("https://evil.example/").split("/")[3].split(".")[2]
NO_LINKS = [
    "/",
    "/s",
    "/s/",
    "/s/shop.example",
    "/s/shop.example/",
    f"/s/evil.example/{TOKEN}",  # another host in front of an honest token
    f"/s/{LABEL}/{VERSION}.{FACTS}.{EVIL}.{MAC}.{KEY}",  # another target under the same signature
    f"/s/evil.example/{VERSION}.{FACTS}.{EVIL}.{MAC}.{KEY}",
    f"/s/{LABEL}/{VERSION}.{FACTS}.{TO}.{'A' * 22}.{KEY}",
    f"/s/{LABEL}/{VERSION}.{FACTS}.{TO}.{MAC}.00000000",
    f"/s/{LABEL}/{VERSION}.{FACTS[:-2]}AA.{TO}.{MAC}.{KEY}",
    f"/s/{LABEL}/2.{FACTS}.{TO}.{MAC}.{KEY}",
    f"/s/{LABEL}/{TOKEN[:-4]}",
    f"/s/{LABEL}/{TOKEN}/x",
    f"/s/{LABEL}/x/../{TOKEN}",
    f"/t/{LABEL}/{TOKEN}",
    "/s/https://evil.example/",
    "/s/evil.example/?u=https://evil.example",
    "/s//evil.example/%2f..",
    "//evil.example/",
    "/s/%0d%0aLocation:%20https://evil.example/x",
    f"/s/{LABEL}/{'A' * 10_000}",
    path_of(key=OTHER),
    path_of(f"{BASE_URL}/{LABEL}/{TOKEN}"),  # a circle
]


@pytest.mark.parametrize("path", NO_LINKS, ids=lambda path: path[:40])
def test_what_is_no_link_of_ours_leads_nowhere(service: Service, path: str) -> None:
    answer = service.ask(path)
    assert answer.status in (404, 431, 400)
    assert "location" not in answer.headers
    assert "evil.example" not in answer.text
    assert service.asked == []


def test_an_expired_link_shows_where_it_led(service: Service) -> None:
    service.now = NOW + 40 * 86_400
    for method, path in (("GET", path_of()), ("POST", f"{path_of()}/continue")):
        answer = service.ask(path, method)
        assert answer.status == 410
        assert "shop.example" in answer.text
        assert "location" not in answer.headers
        assert "<form" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(service: Service, method: str) -> None:
    assert service.ask(path_of(), method).status == 405


def test_a_form_is_passed_on_with_what_was_filled_in(service: Service) -> None:
    path = path_of("https://list.example/join?a=1", flags=Flag.FORM)
    assert service.ask(f"{path}?q=x%20y").headers["location"] == "https://list.example/join?q=x%20y"
    assert service.asked[-1].target == "https://list.example/join?a=1", "what was filled in is the reader's own"
    answer = service.ask(path, "POST", form={"name": "Al"})
    assert (answer.status, answer.headers["location"]) == (307, "https://list.example/join?a=1")


@pytest.mark.parametrize("action", ["https://www.google.com/url", "https://www.google.com/url?q=https://good.example/"])
def test_a_form_that_a_service_leads_on_by_is_judged_with_what_was_filled_in(service: Service, action: str) -> None:
    service.answer = BLOCK
    answer = service.ask(f"{path_of(action, flags=Flag.FORM)}?q=https://evil.example/x")
    assert service.asked[-1].target == "https://www.google.com/url?q=https://evil.example/x"
    assert answer.status == 403
    assert "<b>evil.example</b>" in answer.text


def test_a_form_to_a_bad_place_is_not_sent(service: Service) -> None:
    service.answer = WARN
    answer = service.ask(path_of("https://list.example/join", flags=Flag.FORM), "POST", form={"password": "secret"})
    assert answer.status == 200
    assert "What you have filled in was not sent." in answer.text
    assert "secret" not in answer.text


def test_what_is_no_form_takes_no_post_and_no_query(service: Service) -> None:
    assert service.ask(path_of(), "POST", form={"a": "b"}).status == 404
    assert service.ask(f"{path_of()}?utm=1").headers["location"] == TARGET


LANGUAGES = [
    ("de-AT, en;q=0.5", "de", "gefährlich"),
    ("ar", "ar", 'dir="rtl"'),
    ("ja", "ja", "危険"),
    ("xx", "en", "danger"),
]


@pytest.mark.parametrize(("accepted", "language", "word"), LANGUAGES)
def test_pages_are_in_the_readers_language(service: Service, accepted: str, language: str, word: str) -> None:
    service.answer = WARN
    answer = service.ask(path_of(), Accept_Language=accepted)
    assert answer.headers["content-language"] == language
    assert word in answer.text


def test_a_host_in_other_letters_is_shown_in_both_ways(service: Service) -> None:
    service.answer = WARN
    text = service.ask(path_of("https://xn--mnchen-3ya.example/")).text
    assert "münchen.example" in text
    assert "xn--mnchen-3ya.example" in text


DISGUISED = [
    ("https://shop.example/\u202egpj.exe", "/%E2%80%AEgpj.exe"),
    ("https://shop.example/a\u3000b", "/a%E3%80%80b"),
    ("https://shop.example\\@bank.example/", "https://shop.example/@bank.example/"),
    ("https://bank.example@shop.example/", "<b>shop.example</b>"),
    ("https://shop.example/<script>alert(1)</script>", "/%3Cscript%3Ealert(1)%3C/script%3E"),
]


@pytest.mark.parametrize(("target", "shown"), DISGUISED, ids=[shown for _, shown in DISGUISED])
def test_a_target_is_shown_as_what_it_is(service: Service, target: str, shown: str) -> None:
    service.answer = WARN
    text = service.ask(path_of(target)).text
    assert shown in text
    assert "\u202e" not in text


GOOGLE = "https://www.google.com/url?q="
SHOWN_WAYS = {
    "one portal": (f"{GOOGLE}https%3A%2F%2Fbad.example%2Fx", "www.google.com → "),
    "two": (
        f"https://www.linkedin.com/redir/redirect?url={quote(GOOGLE + 'https%3A%2F%2Fbad.example%2Fx', safe='')}",
        "www.linkedin.com → www.google.com → ",
    ),
    "none": ("https://bad.example/x", ""),
    # Whether it leads on there is for its server to say: what is certain is shown.
    "an address inside of an address": ("https://bad.example/x?u=https://bank.example/", ""),
}


@pytest.mark.parametrize(("target", "way"), SHOWN_WAYS.values(), ids=list(SHOWN_WAYS))
def test_the_real_target_is_shown_and_what_stands_in_front_of_it(service: Service, target: str, way: str) -> None:
    service.answer = BLOCK
    text = service.ask(path_of(target)).text
    assert "<b>bad.example</b>" in text
    assert re.findall(r"<small>(https?://[^<]*)</small>", text) == [target if not way else "https://bad.example/x"]
    assert re.findall(r'<small class="way">([^<]*)</small>', text) == ([way] if way else [])


def test_the_reader_is_led_by_the_whole_way(service: Service) -> None:
    """Services in front count clicks and know those who unsubscribed: what was signed is followed."""
    target = SHOWN_WAYS["one portal"][0]
    assert service.ask(path_of(target)).headers["location"] == target


def test_words_of_strangers_break_no_page(service: Service) -> None:
    service.answer = Judgement(answer=ClickAnswer.BLOCK, score=9.0, reasons=("a file \ud800<img src=x>.exe",))
    answer = service.ask(path_of())
    assert answer.status == 403
    assert "a file ?&lt;img src=x&gt;.exe" in answer.text


SPOOFED = ["192.0.2.7", "192.0.2.7, 127.0.0.1", "unknown", "", "127.0.0.1", "[", "192.0.2.7:80"]


@pytest.mark.parametrize("forwarded", SPOOFED)
def test_nobody_but_a_trusted_proxy_says_who_asks(service: Service, forwarded: str) -> None:
    """The service of these tests trusts none."""
    service.ask(path_of(), X_Forwarded_For=forwarded, Forwarded=f"for={forwarded}", X_Real_IP=forwarded)
    assert service.limits.taken[-1][0].key == "click:127.0.0.1"


SILENT = [b"", b"GET / HTTP/1.1\r\nHost: x", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"]


@pytest.mark.parametrize("begun", SILENT, ids=["nothing", "half a head", "half a body"])
def test_who_holds_a_connection_loses_it(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    with running() as service, socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(begun)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    assert answer[:12] in (b"", b"HTTP/1.1 404")


def test_what_cannot_be_checked_says_so(service: Service) -> None:
    service.answer = Judgement(answer=ClickAnswer.WARN, is_checked=False)
    assert "could not be checked" in service.ask(path_of()).text


def test_only_counts_are_kept_by_default(service: Service) -> None:
    service.ask(path_of(), User_Agent="Browser")
    assert service.events.counts == ["clicks", "clicks_go"]
    assert service.events.told == []


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (Recorded.LINKS, {"id", "host", "became", "score"}),
        (Recorded.PEOPLE, {"id", "host", "became", "score", "client", "program"}),
    ],
)
def test_more_is_kept_where_it_is_wanted(record: Recorded, fields: set[str]) -> None:
    with running(Clicks(record=record)) as service:
        service.ask(path_of(), User_Agent="Browser")
        ((kind, found),) = service.events.told
    assert (kind, set(found)) == ("click", fields)


def test_who_asks_too_often_waits() -> None:
    with running(empty="click:127.0.0.1") as service:
        answer = service.ask(path_of())
        assert answer.status == 429
        assert service.asked == []
        assert service.ask("/health").status == 200


NETWORKS = [
    ("192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("fe80::1%eth0", "fe80::/64"),
    ("testclient", "unknown"),
    ("", "unknown"),
]


@pytest.mark.parametrize(("address", "network"), NETWORKS)
def test_whom_requests_are_counted_for(address: str, network: str) -> None:
    assert client_of(address) == network


def test_the_token_is_what_the_mail_has() -> None:
    """The service reads exactly what is written into mail: `mailcore.safe_links` makes both."""
    assert safe_links.split("http://127.0.0.1" + GOOD_PATH, BASE_URL) == (LABEL, TOKEN)
