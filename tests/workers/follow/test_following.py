"""Links followed to their end: which, how far, and never with a word about the recipient."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

import pytest
from msgspec import structs

from mailcore.fetched_pages import FetchedPage
from mailcore.follow_settings import Following
from mailcore.following import StepKind
from mailcore.view import FileFacts, MailView
from mailio.page_fetcher import PageFetcher
from tests.fakes import FakePages, FakeResolver
from tests.http_server import WebServer
from tests.workers.follow.pages import LOGIN, START, page, to, trails, view_of
from workers.follow import build
from workers.pool import Gathered

AT_ONCE = b"<meta http-equiv=refresh content='0;url=%s'>"
WAYS = [
    ("redirect", {START: to("https://end.test/")}, StepKind.REDIRECT),
    ("permanent", {START: to("https://end.test/", 308)}, StepKind.REDIRECT),
    ("no scheme", {START: to("//end.test/")}, StepKind.REDIRECT),
    ("backslashes", {START: to("\\\\end.test\\")}, StepKind.REDIRECT),
    ("refresh", {START: page(b"<meta http-equiv=Refresh content='0; url=https://end.test/'>")}, StepKind.REFRESH),
    ("base", {START: page(b"<base href=//end.test/><meta http-equiv=refresh content='0;url=/'>")}, StepKind.REFRESH),
    ("many slashes", {START: to("////end.test/")}, StepKind.REDIRECT),
    ("a tab", {START: to("/\t/end.test/")}, StepKind.REDIRECT),
    ("soon", {START: page(b"<meta http-equiv=refresh content='5;url=https://end.test/'>")}, StepKind.REFRESH),
    ("no type", {START: page(b" <meta http-equiv=refresh content='0;//end.test'>", content_type="")}, StepKind.REFRESH),
    ("second base", {START: page(b"<base target=x><base href=//end.test/>" + AT_ONCE % b"/")}, StepKind.REFRESH),
    ("base of data", {START: page(b"<base href=data:,>" + AT_ONCE % b"//end.test/")}, StepKind.REFRESH),
    ("base of a script", {START: page(b"<base href=javascript:1>" + AT_ONCE % b"//end.test/")}, StepKind.REFRESH),
    ("broken base", {START: page(b"<base href='http://[x'>" + AT_ONCE % b"//end.test/")}, StepKind.REFRESH),
    ("UTF-16", {START: page((AT_ONCE % b"//end.test").decode().encode("utf-16"))}, StepKind.REFRESH),
    ("script", {START: page(b"<script>window.location.href = 'https://end.test/'</script>")}, StepKind.SCRIPT),
    ("replace", {START: page(b'<script>location.replace("https://end.test/")</script>')}, StepKind.SCRIPT),
]


@pytest.mark.parametrize(("pages", "kind"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_ways_on(pages: Mapping[str, FetchedPage], kind: StepKind) -> None:
    (trail,) = trails(view_of(START), FakePages({**pages, "https://end.test/": page()}))
    assert [step.url for step in trail.steps] == [START, "https://end.test/"]
    assert [step.kind for step in trail.steps] == [StepKind.LINK, kind]
    assert (trail.way, trail.problem) == ("start.test > end.test", "")


STAYS = [
    page(b"<meta http-equiv=refresh content='600; url=https://end.test/'>"),
    page(b"<noscript>" + AT_ONCE % b"https://end.test/" + b"</noscript>"),
    page(b"<template>" + AT_ONCE % b"https://end.test/" + b"</template>"),
    page(b"<meta http-equiv=refresh content='3; url=https://end.test/'><form><input type=Password></form>"),
    page(content_type="", body=b"words" + AT_ONCE % b"https://end.test/"),
    page(b"<meta http-equiv=refresh content=30>"),
    page(b"<meta name=refresh content='0; url=https://end.test/'>"),
    page(b"<p>" + b"a long page " * 500 + b"<script>location.href='https://end.test/'</script>"),
    page(b"<form></form><script>location.href='https://end.test/'</script>"),
    page(b"<script>if (mylocation == 'https://end.test/') {}</script>"),
    page(b"<script>" + b"/**/" * 5_000 + b"location.href='https://end.test/'</script>"),
    page(b"location.href='https://end.test/'"),
    page(content_type="text/plain", body=b"<meta http-equiv=refresh content='0; url=https://end.test/'>"),
    FetchedPage(url="", status=302),
    FetchedPage(url="", status=404, content_type="text/html", location="https://end.test/"),
]


@pytest.mark.parametrize("start", STAYS)
def test_what_leads_nowhere(start: FetchedPage) -> None:
    (trail,) = trails(view_of(START), FakePages({START: start, "https://end.test/": page()}))
    assert [step.url for step in trail.steps] == [START]


def test_long_addresses_that_begin_alike_are_no_circle() -> None:
    first, last = (f"https://a.test/{'x' * 5_000}{number}" for number in "12")
    (trail,) = trails(view_of(START), FakePages({START: to(first), first: to(last), last: page()}))
    assert (len(trail.steps), trail.problem) == (3, "")
    assert trail.page is not None


ENDS = [
    ({START: to(START)}, "it leads in a circle"),
    ({START: to("https://b.test/"), "https://b.test/": to(START)}, "it leads in a circle"),
    ({START: to("javascript:alert(1)")}, "it leads to no page of the web"),
    ({START: to("file:///etc/passwd")}, "it leads to no page of the web"),
    ({START: to("data:text/html,<p>")}, "it leads to no page of the web"),
    ({START: to("http://[::bad/")}, "it leads to no page of the web"),
    ({START: FetchedPage(url="", problem="no answer within 4.0 s")}, "no answer within 4.0 s"),
]


@pytest.mark.parametrize(("pages", "problem"), ENDS)
def test_ways_that_end_early(pages: Mapping[str, FetchedPage], problem: str) -> None:
    (trail,) = trails(view_of(START), FakePages(pages))
    assert trail.problem == problem


def test_an_endless_way_is_left() -> None:
    web = FakePages({f"https://n{n}.test/": to(f"https://n{n + 1}.test/") for n in range(100)})
    (trail,) = trails(view_of("https://n0.test/"), web)
    assert trail.problem == "more than 10 hops"
    assert len(web.asked) == 20  # what it is, and the page


NOT_FOLLOWED = [
    "mailto:bob@start.test",
    "ftp://start.test/x",
    "https://intranet/x",
    "https://10.0.0.1/x",
    "https://www.example.org/ours",
    "https://never.test/x",
    "https://below.never.test/x",
    "https://www.northwind-bank.example/login",
    "https://start.test/unsubscribe?u=1",
    "https://start.test/opt-out",
    "https://start.test/account/confirm?token=1",
    "https://start.test/abmelden",
    "https://start.test/invitation/accept",
    "https://start.test/rsvp?answer=yes",
    "https://start.test/password-reset/x7Gq2kLm9PzT",
    "https://start.test/magic-link/0123456789abcdef",
    "https://start.test/activate?uid=7",
    "https://start.test/c/x7Gq2kLm9PzT/verify",
    "https://start.test/a?next=/approve/7",
]


@pytest.mark.parametrize("href", NOT_FOLLOWED)
def test_what_is_not_followed(href: str) -> None:
    web = FakePages({})
    assert trails(view_of(href), web, Following(never=("never.test",))) == ()
    assert web.asked == []


ASKED_OF_EVERYBODY = [
    "https://start.test/verify",
    "https://start.test/account/verification/step1.php",
    "https://start.test/reset?email=alice@example.org",
    "https://verify-account.start.test/login",
]


@pytest.mark.parametrize("href", ASKED_OF_EVERYBODY)
def test_what_asks_everybody_to_verify_is_followed(href: str) -> None:
    assert len(trails(view_of(href), FakePages({}))) == 1


def test_each_site_is_asked_before_another_page_of_one() -> None:
    hrefs = ("https://a.test/1", "https://a.test/2", "https://b.test/1", "https://c.test/1", "https://d.test/1")
    assert [trail.href for trail in trails(view_of(*hrefs), FakePages({}))] == [hrefs[0], hrefs[2], hrefs[3]]


NAMES = "alice@example.org"
TOLD = [
    f"https://a.test/?u={NAMES}",
    f"https://a.test/#{NAMES}",
    f"https://a.test/{NAMES.upper()}/x",
    "https://a.test/?u=alice%40example.org",
    "https://a.test/?u=alice%2540example.org",
    f"https://a.test/?u={base64.b64encode(NAMES.encode()).decode()}",
    f"https://a.test/?u={base64.b64encode(b'id=7;mail=' + NAMES.encode()).decode().rstrip('=')}",
    f"https://a.test/?u={base64.urlsafe_b64encode(b'??>>' + NAMES.encode()).decode()}",
    f"https://a.test/{NAMES.encode().hex()}",
    f"https://a.test/a{NAMES.encode().hex()}",
    "https://a.test/?u=%61lice%40example%2Eorg",
    "https://a.test/?u=alice%252540example.org",
    "https://a.test/bounce-alice=example.org",
    *(f"https://a.test/{'x' * n}/{base64.b64encode(NAMES.encode()).decode()}/p.gif" for n in range(4)),
    f"https://a.test/c/u-{base64.urlsafe_b64encode(NAMES.upper().encode()).decode()}_7",
    f"https://a.test/?u={base64.b64encode(b'alice%40example.org').decode()}",
    f"https://a.test/?u={base64.b64encode(2 * (NAMES + '|').encode()).decode()}",
]


def decode(token: str) -> bytes:
    """What that is in base64 of either alphabet."""
    whole = token.translate(str.maketrans("-_", "+/"))[: len(token) // 4 * 4]
    return base64.b64decode(whole)


@pytest.mark.parametrize("href", TOLD)
def test_servers_do_not_learn_who_got_the_mail(href: str) -> None:
    web = FakePages({})
    trails(view_of(href), web)
    (_, url), *_ = web.asked
    assert url.startswith("https://a.test/")
    decoded = [decode(token[n:]) for n in range(4) for token in re.findall(r"[\w+/-]+", url)]
    for told in ("alice", NAMES.encode().hex(), "%61lice"):
        assert told not in url.lower()
        assert all(told.encode() not in each.lower() for each in decoded)


def test_nor_by_a_redirect_that_names_them() -> None:
    web = FakePages({START: to(f"https://b.test/?m={NAMES}")})
    trails(view_of(START), web)
    assert ("HEAD", "https://b.test/?m=office@example.com") in web.asked


def test_what_stands_around_a_name_stays() -> None:
    token = base64.b64encode(b'{"id":77,"to":"alice@example.org","list":3}').decode()
    web = FakePages({})
    trails(view_of(f"https://a.test/c/track/{token}/open"), web)
    asked = web.asked[0][1]
    assert asked.startswith("https://a.test/c/track/")
    assert asked.endswith("/open")
    other = asked.removeprefix("https://a.test/c/track/").removesuffix("/open")
    assert re.fullmatch(rb'\{"id":77,"to":"offices*@example.com","list":3\}', base64.b64decode(other))


OTHERS = [
    "https://a.test/x?id=12345678",
    "https://a.test/QUJDREVGR0hJSktMTU5PUA==",
    "https://a.test/c/u-QUJDREVGR0hJSktMTU5PUA/x_y",
    "https://malice.test/?to=bob@example.org",
    START,
]


@pytest.mark.parametrize("href", OTHERS)
def test_other_links_stay_as_they_are(href: str) -> None:
    web = FakePages({})
    trails(view_of(href), web)
    assert web.asked[0] == ("HEAD", href)


def test_pictures_and_videos_are_not_loaded() -> None:
    web = FakePages({START: page(content_type="video/mp4", body=b"x" * 1_000)})
    (trail,) = trails(view_of(START), web)
    assert web.asked == [("HEAD", START), ("GET", START)]
    assert web.most_bytes == [0, 512]
    assert trail.download is None


class ForPrograms:
    """Whoever asks for the head alone gets something else than a browser."""

    def __init__(self, head: FetchedPage, got: FetchedPage) -> None:
        self._head, self._got = FakePages({START: head}), FakePages({START: got})

    def fetch(self, url: str, *, seconds: float, most_bytes: int, only_head: bool = False) -> FetchedPage:
        pages = self._head if only_head else self._got
        return pages.fetch(url, seconds=seconds, most_bytes=most_bytes, only_head=only_head)


LIES = {
    "redirect": to("https://search.test/"),
    "picture": page(b"", content_type="image/png"),
    "text": page(b"", content_type="text/plain"),
    "not found": FetchedPage(url="", status=404, content_type="text/html"),
    "not allowed": FetchedPage(url="", status=405),
    "hangs up": FetchedPage(url="", problem="RemoteDisconnected"),
}


@pytest.mark.parametrize("head", LIES.values(), ids=LIES.keys())
def test_what_counts_is_what_browsers_get(head: FetchedPage) -> None:
    login = page(b"<!-- %s -->" % (b"x" * 2_000) + LOGIN % (b"Sign in", b"/x"))
    (trail,) = trails(view_of(START), ForPrograms(head, login))
    assert trail.page is not None
    assert trail.page.password_fields == 1


LEFT_ALONE = [
    "https://www.example.org/admin/delete-nothing",
    "https://never.test/x",
    "https://below.never.test/x",
    "https://shop.test/unsubscribe?u=1",
    "https://shop.test/newsletter/confirm/7",
]


@pytest.mark.parametrize("target", LEFT_ALONE)
def test_nor_is_what_a_redirect_leads_to(target: str) -> None:
    web = FakePages({START: to(target), target: page()})
    (trail,) = trails(view_of(START), web, Following(never=("never.test",)))
    assert {url for _, url in web.asked} == {START}
    assert trail.end.url == target
    assert trail.problem
    assert not trail.is_forbidden


@pytest.mark.parametrize("target", LEFT_ALONE)
def test_nor_what_a_page_calls_its_icon(target: str) -> None:
    login = LOGIN % (b"Sign in", b"/x") + b"<link rel=icon href='%s'>" % target.encode()
    web = FakePages({START: page(login), target: page(b"PNG", content_type="image/png")})
    (trail,) = trails(view_of(START), web, Following(never=("never.test",)))
    assert trail.page is not None
    assert {url for _, url in web.asked} == {START}


def test_a_page_is_read() -> None:
    login = LOGIN % (b"Sign in - Northwind  Bank", b"https://collect.test/x")
    icon = b"<link rel='shortcut icon' href=/i.png>"
    web = FakePages({START: page(icon + login), "https://start.test/i.png": page(b"PNG", content_type="image/png")})
    (trail,) = trails(view_of(START), web)
    assert trail.page is not None
    assert trail.page.title == "Sign in - Northwind Bank"
    assert trail.page.password_forms == ("https://collect.test/x",)
    assert trail.page.password_fields == 1
    assert len(trail.page.icons) == 1


def test_a_button_may_send_a_password_elsewhere() -> None:
    form = (
        b"<form action=/ours><input type=password><button formaction='https://collect.test/x'>Sign in</button></form>"
    )
    (trail,) = trails(view_of(START), FakePages({START: page(form)}))
    assert trail.page is not None
    assert trail.page.password_forms == ("https://start.test/ours", "https://collect.test/x")


def test_a_file_at_the_end_is_looked_into() -> None:
    web = FakePages({START: page(b"MZ" + bytes(100), content_type="application/octet-stream", filename="bill.exe")})

    def look_into(view: MailView, name: str, data: bytes, *, seconds: float) -> Gathered:
        assert (name, data[:2]) == ("bill.exe", b"MZ")
        assert seconds > 0
        return Gathered(view=structs.replace(view, files=(FileFacts(part="", path=name),)), problems=("one",))

    gathered = build(web, Following(), look_into).gather(view_of(START), {}, seconds=10)
    assert [file.path for file in gathered.view.files] == ["bill.exe"]
    assert gathered.problems == ("one",)
    (trail,) = gathered.view.followed
    assert trail.download is not None
    assert (trail.download.name, trail.download.size) == ("bill.exe", 102)


def test_large_files_are_cut_and_have_no_hash() -> None:
    web = FakePages({START: page(bytes(5_000), content_type="application/zip")})
    (trail,) = trails(view_of(START), web, Following(download_bytes=1_000))
    assert trail.download is not None
    assert (trail.download.size, trail.download.sha256, trail.download.is_cut) == (1_000, "", True)


def test_with_no_time_nobody_is_asked() -> None:
    web = FakePages({})
    gathered = build(web, Following()).gather(view_of(START), {}, seconds=0.0)
    assert web.asked == []
    assert gathered.problems == ("there was no time to follow all links",)


def test_new_addresses_on_the_way_are_judged_like_links() -> None:
    web = FakePages({START: to("https://evil.test/p"), "https://evil.test/p": page()})
    (derived,) = build(web, Following()).gather(view_of(START), {}, seconds=10).derived
    assert (derived.urls, derived.source) == (("https://evil.test/p",), "start.test > evil.test")


# Ways to write 127.0.0.1, metadata of clouds and inner networks, as browsers and resolvers understand them.
INSIDE = [
    *("127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "017700000001", "0x7f000001", "0x7f.1"),
    *("0177.0.0.1", "0x7f.0x0.0x0.0x1", "127.0.0.1.", "127。0。0。1", "①②⑦.⓪.⓪.①", "%31%32%37.0.0.1"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:a9fe:a9fe]", "192.0.0.192"),
    *("10.0.0.1", "172.16.0.1", "192.168.0.1", "100.100.100.200", "168.63.129.16", "3232235521", "224.0.0.1"),
    *("inner.test", "mixed.test", "user:pw@127.0.0.1"),
]
ZONE = {
    "start.test A": ("203.0.113.80",),
    "inner.test A": ("127.0.0.1",),
    "mixed.test A": ("198.51.100.1", "127.0.0.1"),
}


class FirstPublic:
    """The first address is answered by a page that leads on; all others are asked for real."""

    def __init__(self, location: str, real: PageFetcher) -> None:
        self._location, self._real = location, real

    def fetch(self, url: str, *, seconds: float, most_bytes: int, only_head: bool = False) -> FetchedPage:
        if url == START:
            return to(self._location)
        return self._real.fetch(url, seconds=seconds, most_bytes=most_bytes, only_head=only_head)


@pytest.mark.parametrize("host", INSIDE)
def test_no_redirect_reaches_a_server_inside(host: str) -> None:
    with WebServer(lambda _path, _body: (200, b"secret")) as server:
        port = server.url.rpartition(":")[2]
        real = PageFetcher(FakeResolver(ZONE), user_agent="x")
        (trail,) = trails(view_of(START), FirstPublic(f"http://{host}:{port}/", real))
        assert server.asked == []
    assert trail.problem


def test_there_are_as_many_notations_as_said() -> None:
    assert len(INSIDE) >= 40
