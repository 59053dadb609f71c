"""`mailchord links`: what administrators say of links, and what follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from mailchord.__main__ import main
from mailcore import safe_links
from mailcore.carried_link_settings import CarriedLinks
from mailcore.clicks import Mark
from mailcore.link_addresses import address_of
from mailio.carried_links import RedisCarriedLinks
from mailio.link_marks import LinkMarks
from mailio.state import EVENTS
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system
LOGIN = "https://shop.example/login"


class Command:
    """`mailchord links` on a server with a history of three messages."""

    def __init__(self, server: RedisServer, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        server.client(2).flushdb()
        self.client = server.client(2)
        self.marks = LinkMarks(self.client)
        self._capsys = capsys
        self._config = directory / "mailchord.yaml"
        self._server = server
        self.configure()
        known = RedisCarriedLinks(self.client, CarriedLinks(), every=3_600)
        known.remember("m-1", "Q1", (LOGIN,))
        known.remember("m-2", "Q2", (f"{LOGIN}?id=7", "https://honest.example/"))
        known.remember("m-3", "Q3", ("https://shop.example/cart",))
        known.flush()

    def configure(self, more: str = "") -> None:
        text = f"logging: {{level: error}}\nredis: {{broker: '{self._server.url()}'}}\n{more}"
        self._config.write_text(text, encoding="utf-8")

    def __call__(self, *words: str) -> tuple[int, str]:
        status = main(["-c", str(self._config), "links", *words])
        printed = self._capsys.readouterr()
        return status, printed.out or printed.err

    def marked(self) -> list[str]:
        return [message_id for message_id in ("m-1", "m-2", "m-3") if self.marks.find([], message_id)]

    def is_bad(self, href: str) -> bool | None:
        address = address_of(href)
        assert address is not None
        return next((mark.is_bad for mark in self.marks.find([address])), None)


@pytest.fixture
def links(server: RedisServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(server, tmp_path, capsys)


def test_a_bad_page_marks_who_carried_it(links: Command) -> None:
    status, out = links("bad", LOGIN, "--reason", "Wants your password.")
    assert (status, out) == (0, "page shop.example/login: bad; 2 delivered messages carried it and had no mark yet\n")
    assert links.marked() == ["m-1", "m-2"]
    assert [links.is_bad(href) for href in (LOGIN, f"{LOGIN}?id=9", "https://shop.example/")] == [True, True, None]
    events = [fields[b"id"] for _, fields in links.client.xrange(EVENTS)]
    assert events == [b"m-1", b"m-2"]
    (mark,) = links.marks.find([], "m-1")
    assert mark.reason == "Wants your password."
    assert "; 0 delivered messages" in links("bad", LOGIN)[1]


def test_a_bad_host_is_all_of_it(links: Command) -> None:
    assert "; 3 delivered messages" in links("bad", "https://shop.example/any", "--host")[1]
    assert links.is_bad("https://shop.example/other") is True
    assert links.is_bad("https://www.shop.example/") is None


def test_what_is_good_again_is_no_longer_blocked(links: Command) -> None:
    links("bad", "https://honest.example/")
    links("bad", LOGIN)
    assert links("good", LOGIN) == (0, "page shop.example/login: good; 1 messages are no longer marked\n")
    assert links.is_bad(LOGIN) is False
    assert links.marked() == ["m-2"], "that has another bad link"


@pytest.mark.parametrize("about", ["page shop.example/login", "host shop.example", "domain shop.example"])
def test_marks_on_messages_go_with_what_they_came_of(links: Command, about: str) -> None:
    links.marks.mark_messages({"m-1": Mark(is_bad=True, reason="r", about=about)})
    links.marks.mark_messages({"m-2": Mark(is_bad=True, reason="r", about="page honest.example/")})
    links.marks.mark_messages({"m-3": Mark(is_bad=True, reason="r")})
    assert "1 messages are no longer marked" in links("forget", LOGIN)[1]
    assert links.marked() == ["m-2", "m-3"]


def test_messages_that_are_no_longer_remembered_are_unmarked_too(links: Command) -> None:
    about = Mark(is_bad=True, reason="r", about="page shop.example/login")
    links.marks.mark_messages({"m-old": about, "m-older": replace(about, about="domain shop.example")})
    assert "1 messages are no longer marked" in links("good", LOGIN)[1]
    assert [len(links.marks.find([], name)) for name in ("m-old", "m-older")] == [0, 1]
    assert "1 messages are no longer marked" in links("good", LOGIN, "--host")[1]


def test_what_a_click_marked_is_found_good_as_it_is_listed(links: Command) -> None:
    """Its query, which may name a recipient, stands nowhere."""
    address = address_of(f"{LOGIN}?to=anna")
    assert address is not None
    links.marks.mark_link(address, Mark(is_bad=True, reason="r", about="page shop.example/login"))
    links("good", LOGIN)
    assert links.is_bad(f"{LOGIN}?to=anna") is False


def test_a_whole_host_takes_the_marks_of_its_pages_along(links: Command) -> None:
    links("bad", LOGIN)
    assert "2 messages are no longer marked" in links("good", "https://shop.example/", "--host")[1]
    assert links.is_bad("https://shop.example/cart") is False
    assert links.is_bad(LOGIN) is True, "what is said of a page itself stands"


def test_what_was_said_is_forgotten(links: Command) -> None:
    links("bad", LOGIN)
    assert links("forget", LOGIN) == (0, "page shop.example/login: forgotten; 2 messages are no longer marked\n")
    assert (links.marked(), links.is_bad(LOGIN)) == ([], None)
    status, out = links("forget", LOGIN)
    assert (status, "nothing was said of it" in out) == (1, True)


def test_who_carried_it(links: Command) -> None:
    links("bad", LOGIN)
    status, out = links("who", "https://shop.example/", "--host", "--json")
    found = json.loads(out)
    assert (status, found["about"]) == (0, "host shop.example")
    assert [(each["id"], each["queue_id"], each["is_marked"]) for each in found["messages"]] == [
        ("m-1", "Q1", True),
        ("m-2", "Q2", True),
        ("m-3", "Q3", False),
    ]
    status, out = links("who", LOGIN)
    assert status == 0
    assert [word for word in ("m-1", "Q2", "marked") if word not in out] == []
    assert "m-3" not in out
    assert links("who", "https://nobody.example/") == (1, "no message that is remembered carried it\n")


def test_what_was_said_is_listed(links: Command) -> None:
    assert links("list") == (0, "nothing was said of any link\n")
    links("bad", LOGIN, "--reason", "one\x1b[31m two")
    links("good", "https://partner.example/x", "--host")
    lines = json.loads(links("list", "--json")[1])["links"]
    assert [(line["about"], line["is_bad"]) for line in lines] == [
        ("host partner.example", False),
        ("page shop.example/login", True),
    ]
    _, out = links("list")
    assert "host partner.example" in out
    assert "\x1b" not in out


def test_a_wrapped_link_means_its_target(links: Command) -> None:
    links("bad", f"https://www.google.com/url?q={LOGIN}")
    assert links.is_bad(LOGIN) is True
    key = safe_links.make_key(bytes(32))
    safe = safe_links.make(
        "https://honest.example/", base_url="https://links.our.example", key=key, reference="m-2", issued_at=0, days=9
    )
    assert safe is not None
    assert links("who", safe)[0] == 0


@pytest.mark.parametrize("url", ["", "nonsense", "javascript:alert(1)", "https://", "https://[::1", "\udcff"])
@pytest.mark.parametrize("action", ["bad", "who"])
def test_what_is_no_link_is_refused(links: Command, action: str, url: str) -> None:
    status, out = links(action, url)
    assert (status, "leads to no host" in out) == (2, True)
    assert links.marks.links(most=10) == []


def test_the_update_of_a_list_compares_it(links: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.txt"
    own.write_text("https://honest.example/\n")
    links.configure(f"state_dir: {tmp_path}/state\nfeeds: {{lists: {{own: {{source: {own}}}}}}}\n")
    words = ["-c", str(tmp_path / "mailchord.yaml"), "feeds", "update"]
    assert main(words) == 0
    told = "1 delivered messages have links that are listed now: marked, and told as events"
    assert capsys.readouterr().out.splitlines() == ["own: 1 entries (0 before)", told]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines() == ["own: 1 entries (1 before)"]
    assert links.marked() == ["m-2"]


def test_where_nothing_is_remembered_that_is_said(links: Command) -> None:
    links.configure("carried_links: {enabled: false}\n")
    status, out = links("who", LOGIN)
    assert (status, "carried_links.enabled" in out) == (2, True)
    assert links("bad", LOGIN)[0] == 0
    assert (links.is_bad(LOGIN), links.marked()) == (True, [])


def test_redis_that_is_away_is_said(links: Command, tmp_path: Path) -> None:
    (tmp_path / "mailchord.yaml").write_text(f"redis: {{broker: 'unix://{tmp_path}/none.sock'}}\n")
    status, out = links("bad", LOGIN)
    assert (status, out.startswith("mailchord: Redis:")) == (2, True)
