"""What became known of links and messages, on a real server."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailcore.clicks import Mark
from mailcore.errors import StoreUnavailable
from mailcore.link_addresses import Address, address_of
from mailio.link_marks import LINK, MESSAGE, LinkMarks
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system
BAD = Mark(is_bad=True, reason="It turned out to be bad.", at=1_800_000_000.0)
GOOD = Mark(is_bad=False, reason="Somebody looked at it.")


def at(href: str) -> Address:
    found = address_of(href)
    assert found is not None
    return found


@pytest.fixture
def marks(server: RedisServer) -> LinkMarks:
    server.client(2).flushdb()
    return LinkMarks(server.client(2))


@pytest.mark.parametrize(
    "href",
    [
        "https://shop.example/login",
        "http://shop.example/login#top",
        "https://user@SHOP.example:443/login",
        "https://shop.example/a/../login",
        "https://shop.example/login?id=7",
    ],
)
def test_a_page_is_marked_however_it_is_written(marks: LinkMarks, href: str) -> None:
    marks.mark_link(at("https://shop.example/login"), BAD)
    (found,) = marks.find([at(href)])
    assert (found.is_bad, found.reason, found.at, found.about) == (True, BAD.reason, BAD.at, "page shop.example/login")


@pytest.mark.parametrize(
    "href",
    [
        "https://shop.example/",
        "https://shop.example/login/",
        "https://shop.example/login/x",
        "https://www.shop.example/login",
        "https://shop.example:8443/login",
        "https://other.example/login",
    ],
)
def test_other_pages_are_not(marks: LinkMarks, href: str) -> None:
    marks.mark_link(at("https://shop.example/login"), BAD)
    assert marks.find([at(href)], "m-1") == ()


def test_a_page_with_a_query_is_that_one(marks: LinkMarks) -> None:
    marks.mark_link(at("https://shop.example/go?to=evil"), BAD)
    assert len(marks.find([at("https://shop.example/go?to=evil")])) == 1
    assert marks.find([at("https://shop.example/go?to=good"), at("https://shop.example/go")]) == ()


def test_a_host_is_all_its_pages_and_no_other_host(marks: LinkMarks) -> None:
    marks.mark_link(at("https://shop.example/x"), BAD, whole_host=True)
    (found,) = marks.find([at("https://shop.example/y?z")])
    assert found.about == "host shop.example"
    assert marks.find([at("https://www.shop.example/x"), at("https://example/x")]) == ()


def test_the_narrower_mark_stands_in_place_of_the_wider(marks: LinkMarks) -> None:
    marks.mark_link(at("https://shop.example/"), BAD, whole_host=True)
    marks.mark_link(at("https://shop.example/good"), GOOD)
    marks.mark_link(at("https://shop.example/good?but=bad"), BAD)
    asked = [at(f"https://shop.example/{page}") for page in ("x", "good", "good?id=1", "good?but=bad")]
    assert [mark.is_bad for mark in marks.find(asked)] == [True, False, False, True]


def test_marks_come_in_the_order_of_links_then_the_message(marks: LinkMarks) -> None:
    marks.mark_message("m-1", GOOD)
    marks.mark_link(at("https://b.example/"), BAD)
    found = marks.find([at("https://a.example/"), at("https://b.example/")], "m-1")
    assert [mark.is_bad for mark in found] == [True, False]
    assert [mark.is_bad for mark in marks.find([], "m-1")] == [False]
    assert marks.find([], "m-2") == marks.find([]) == ()


def test_messages_are_marked_once(marks: LinkMarks) -> None:
    many = {f"m-{number}": BAD for number in range(1_200)}
    assert marks.mark_messages(many) == list(many)
    assert marks.mark_messages({"m-7": GOOD, "m-new": BAD}) == ["m-new"]
    assert marks.find([], "m-7")[0].is_bad
    assert marks.mark_messages({}) == []


def test_what_is_said_again_is_what_counts(marks: LinkMarks) -> None:
    for mark in (BAD, GOOD):
        marks.mark_link(at("https://shop.example/"), mark)
        marks.mark_message("m-1", mark)
    assert [mark.is_bad for mark in marks.find([at("https://shop.example/")], "m-1")] == [False, False]


def test_marks_are_forgotten(marks: LinkMarks) -> None:
    page = at("https://shop.example/")
    marks.mark_link(page, BAD)
    assert not marks.forget_link(page, whole_host=True)
    assert marks.forget_link(page)
    assert not marks.forget_link(page)
    assert marks.find([page]) == ()


def test_only_those_marks_on_messages_are_forgotten_that_are_meant(marks: LinkMarks) -> None:
    about = Mark(is_bad=True, reason="r", about="page shop.example/")
    marks.mark_messages({"m-1": about, "m-2": BAD, "m-3": about})
    meant = ["m-1", "m-2", "m-4"]
    assert marks.forget_messages(meant, lambda mark: mark.about == about.about) == 1
    assert [len(marks.find([], f"m-{number}")) for number in (1, 2, 3)] == [0, 1, 1]
    assert marks.forget_messages([], lambda _mark: True) == 0


def test_a_mark_that_does_not_tell_its_query_is_forgotten_by_its_page(marks: LinkMarks) -> None:
    page, other = at("https://shop.example/go?to=anna"), at("https://shop.example/other")
    marks.mark_link(page, replace(BAD, about="page shop.example/go"))
    marks.mark_link(other, BAD)
    assert marks.forget_link(at("https://shop.example/go"))
    assert (marks.find([page]), len(marks.find([other]))) == ((), 1)


def test_of_all_marks_on_messages_those_are_forgotten_that_are_meant(marks: LinkMarks) -> None:
    marks.mark_messages({f"m-{number}": replace(BAD, about=f"page a.example/{number % 2}") for number in range(1_200)})
    marks.mark_link(at("https://a.example/0"), BAD)
    assert marks.forget_messages_about(lambda mark: mark.about == "page a.example/0") == 600
    assert [len(marks.find([], f"m-{number}")) for number in (0, 1)] == [0, 1]
    assert len(marks.find([at("https://a.example/0")])) == 1


def test_marks_on_links_are_listed(marks: LinkMarks) -> None:
    marks.mark_link(at("https://a.example/x"), BAD)
    marks.mark_link(at("https://b.example/"), GOOD, whole_host=True)
    marks.mark_message("m-1", BAD)
    assert [mark.about for mark in marks.links(most=10)] == ["page a.example/x", "host b.example"]
    assert len(marks.links(most=1)) == 1


def test_marks_expire(server: RedisServer) -> None:
    client = server.client(2)
    client.flushdb()
    marks = LinkMarks(client, seconds=100)
    marks.mark_link(at("https://a.example/x"), BAD)
    marks.mark_link(at("https://b.example/x"), BAD, seconds=50)
    marks.mark_message("m-1", BAD)
    marks.mark_messages({"m-2": BAD}, seconds=50)
    left = sorted(client.ttl(name) for name in client.scan_iter())
    assert all(0 < seconds <= 100 for seconds in left)
    assert [seconds <= 50 for seconds in left] == [True, True, False, False]


def test_what_a_later_version_wrote_is_no_mark_yet(marks: LinkMarks, server: RedisServer) -> None:
    page = at("https://shop.example/")
    marks.mark_link(page, BAD)
    client = server.client(2)
    (name,) = client.scan_iter(match=LINK + "*")
    for value in (b"", b"\x93\x01\x02\x03", b"\xff" * 20, b"\x81\xa6is_bad\xc3"):
        client.set(name, value)
        client.set(MESSAGE + "m-1", value)
        assert marks.find([page], "m-1") == ()
        assert marks.links(most=10) == []


def test_words_of_hostile_mail_are_kept_within_bounds(marks: LinkMarks) -> None:
    marks.mark_message("m-1", Mark(is_bad=True, reason="\udcff" * 100_000, about="page \udcff"))
    (mark,) = marks.find([], "m-1")
    assert (mark.reason, mark.about) == ("?" * 500, "page ?")


def test_a_store_that_is_away_is_said() -> None:
    with RedisServer() as gone:
        marks = LinkMarks(gone.client(2, timeout=0.5))
        gone.kill()
        page = at("https://shop.example/")
        for call in (
            lambda: marks.find([page]),
            lambda: marks.mark_link(page, BAD),
            lambda: marks.mark_message("m-1", BAD),
            lambda: marks.mark_messages({"m-1": BAD}),
            lambda: marks.forget_link(page),
            lambda: marks.links(most=1),
            lambda: marks.forget_messages_about(lambda _mark: True),
            lambda: marks.forget_messages(["m-1"], lambda _mark: True),
        ):
            with pytest.raises(StoreUnavailable):
                call()
