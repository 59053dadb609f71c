"""Links as a person's mail program and browser would take them."""

from __future__ import annotations

import time

import pytest

from mailcore.link_addresses import address_of
from mailcore.links import find_links, make_link, registered_domain
from mailcore.message import LinkOrigin


@pytest.mark.parametrize(
    ("text", "hrefs"),
    [
        pytest.param("see https://www.example.com/a?b=c#d now", ["https://www.example.com/a?b=c#d"], id="https"),
        pytest.param("HTTP://EXAMPLE.COM/X", ["HTTP://EXAMPLE.COM/X"], id="upper case"),
        pytest.param("ftp://files.example.com/x", ["ftp://files.example.com/x"], id="ftp"),
        pytest.param("at www.example.com, or", ["www.example.com"], id="www without scheme"),
        pytest.param("www.a-b.example/x", ["www.a-b.example/x"], id="www with an unknown top-level domain"),
        pytest.param("at WWW.example.com/x.", ["WWW.example.com/x"], id="www in capitals"),
        pytest.param("go to example.com/login today", ["example.com/login"], id="bare host with a path"),
        pytest.param("шаблон пример.example.com/x", ["пример.example.com/x"], id="bare host with Cyrillic"),
        pytest.param("请访问example.com/x 谢谢", ["example.com/x"], id="bare host after Chinese"),
        pytest.param("请访问http://example.com/x。谢谢", ["http://example.com/x"], id="ideographic full stop ends it"),
        pytest.param("http://exam。ple。com/x", ["http://exam。ple。com/x"], id="ideographic full stop in the host"),
        pytest.param("(see http://example.com/a_(b))", ["http://example.com/a_(b)"], id="brackets in balance"),
        pytest.param(
            '<http://example.com/a>, "http://example.com/b"',
            ["http://example.com/a", "http://example.com/b"],
            id="quoted",
        ),
        pytest.param(
            "http://example.com/a!?... http://example.com/b",
            ["http://example.com/a", "http://example.com/b"],
            id="end of sentence",
        ),
        pytest.param(
            "http://a.example/?u=http://b.example/",
            ["http://a.example/?u=http://b.example/"],
            id="URL inside a URL is one link",
        ),
        pytest.param("http://a.example/ http://a.example/", ["http://a.example/"], id="each once"),
        pytest.param(
            "http://user@evil.example\\@good.example/",
            ["http://user@evil.example\\@good.example/"],
            id="user-info trick",
        ),
        # What must not become a link.
        pytest.param("the report.pdf and notes.md/readme are done", [], id="file names"),
        pytest.param("run main.py/x, lib.so/y, a.zip/b and src/main.rs/x", [], id="file names that end in a domain"),
        pytest.param("we came to the end.Next week either.Or not", [], id="no space after a full stop"),
        pytest.param("it is.So/so", [], id="capital after a full stop, with a slash"),
        pytest.param("and/or, his/her, 1/2, n/a, TCP/IP, w/o", [], id="slashes in prose"),
        pytest.param("e.g./i.e. a.m./p.m.", [], id="abbreviations with slashes"),
        pytest.param("mail bob@example.com or bob@example.com/x", [], id="addresses"),
        pytest.param("com.example.foo.Bar/x.y and host.internal/z", [], id="unknown top-level domain"),
        pytest.param("/usr/lib/example.com/x ../example.com/x C:\\example.com/x", [], id="paths"),
        pytest.param("example.com is a domain", [], id="bare host without a path"),
        pytest.param("version 1.2.3/4 on 10.0.0.1/24", [], id="versions and networks"),
        pytest.param("http:// https://. ftp://", [], id="schemes without hosts"),
        pytest.param("www. www.x www.example wwww.example.com awww.example.com", [], id="not quite www"),
        pytest.param("mailto:a@example.com tel:+491234 cid:1@example.com", [], id="other schemes"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_find_links(text: str, hrefs: list[str]) -> None:
    assert [link.href for link in find_links(text)] == hrefs


@pytest.mark.parametrize(
    ("href", "scheme", "host", "domain"),
    [
        pytest.param("https://Login.Example.co.uk/x", "https", "login.example.co.uk", "example.co.uk", id="plain"),
        pytest.param(
            " \n http://www.example.com \t", "http", "www.example.com", "example.com", id="white space around"
        ),
        pytest.param("ht\ntps://exa\tmple.com/", "https", "example.com", "example.com", id="white space inside"),
        pytest.param("http://u@evil.example\\@good.example/", "http", "evil.example", "evil.example", id="backslash"),
        pytest.param("http://good.example:pw@evil.example/", "http", "evil.example", "evil.example", id="user info"),
        pytest.param("https:evil.example", "https", "evil.example", "evil.example", id="no slashes"),
        pytest.param("http:///evil.example", "http", "evil.example", "evil.example", id="three slashes"),
        pytest.param("http://%65vil.example/", "http", "evil.example", "evil.example", id="percent-encoded host"),
        pytest.param("http://ｅｖｉｌ．example", "http", "evil.example", "evil.example", id="full-width host"),  # noqa: RUF001
        pytest.param("http://3221225985/", "http", "192.0.2.1", "", id="integer address"),
        pytest.param("http://0xc0.0.2.1/", "http", "192.0.2.1", "", id="hexadecimal address"),
        pytest.param("http://192.0.2.1:8080/", "http", "192.0.2.1", "", id="IPv4"),
        pytest.param("http://[2001:db8::1]/", "http", "[2001:db8::1]", "", id="IPv6"),
        pytest.param("http://münchen.example", "http", "xn--mnchen-3ya.example", "xn--mnchen-3ya.example", id="IDN"),
        pytest.param("http://example.com./", "http", "example.com", "example.com", id="root dot"),
        pytest.param("//cdn.example.com/x", "https", "cdn.example.com", "example.com", id="without scheme"),
        pytest.param("\\\\files.example.com\\share", "file", "files.example.com", "example.com", id="file share"),
        pytest.param("file://files.example.com/share", "file", "files.example.com", "example.com", id="file URL"),
        pytest.param("www.example.com/x", "http", "www.example.com", "example.com", id="www in an href"),
        pytest.param("example.com:8080/x", "http", "example.com", "example.com", id="host with port"),
        pytest.param("http://localhost/", "http", "localhost", "", id="single label"),
        pytest.param(
            "http://" + "a" * 9000 + "@evil.example/", "http", "evil.example", "evil.example", id="host far behind"
        ),
    ],
)
def test_make_link_reads_targets_as_browsers_do(href: str, scheme: str, host: str, domain: str) -> None:
    link = make_link(href, shown="here", part="1", origin=LinkOrigin.HTML)

    assert link is not None
    assert (link.scheme, link.host, link.domain, link.shown, link.part) == (scheme, host, domain, "here", "1")


@pytest.mark.parametrize(
    "href",
    [
        "", " ", "#", "#top", "?x=1", "/path", "../x", "page.html", "page.php?x=y", "images/logo.png", "script.py",
        "mailto:bob@example.com", "MAILTO:bob@example.com", "cid:image1@example.com", "mid:1@example.com", "tel:+49123",
        "sms:123", "javascript:alert(1)", "data:text/html,x", "about:blank", "blob:x", "urn:isbn:1", "http://", "http:",
        "https://", "http://exa mple.com", "http://a:b:c:d/", "http://[::1", "http://example.com:99999/", "%%url%%",
        "[unsubscribe]", "{{link}}", "http://[[LINK]]/", "http://.", "\x00", "\ud800", "http://" + "x" * 70_000,
    ],
)  # fmt: skip
def test_make_link_gives_none_for_what_leads_to_no_host(href: str) -> None:
    assert make_link(href, origin=LinkOrigin.HTML) is None


def test_make_link_bounds_what_it_keeps() -> None:
    link = make_link("http://example.com/" + "x" * 9000, shown="y" * 9000, origin=LinkOrigin.HTML)

    assert link is not None
    assert len(link.href) == 4096
    assert len(link.shown) == 200


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.com", "example.com"),
        ("WWW.Example.COM.", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("user.github.io", "user.github.io"),
        ("github.io", "github.io"),
        ("a.b.unknowntld", "b.unknowntld"),
        ("com", ""),
        ("co.uk", ""),
        ("localhost", ""),
        ("192.0.2.1", ""),
        ("[2001:db8::1]", ""),
        ("2001:db8::1", ""),
        ("", ""),
        (".", ""),
        ("..", ""),
        ("a..b", ""),
        ("a." * 200 + "example", ""),
    ],
)
def test_registered_domain(host: str, domain: str) -> None:
    assert registered_domain(host) == domain


def test_links_past_the_limit_are_left() -> None:
    text = " ".join(f"http://h{number}.example/" for number in range(50))

    assert len(find_links(text, limit=10)) == 10


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(" ".join(f"http://h{number}.example/x" for number in range(50_000)), id="50,000 links"),
        pytest.param("http://a.example/" * 60_000, id="one long URL"),
        pytest.param("http://a.example/ " * 60_000, id="the same link again and again"),
        pytest.param("www." * 250_000, id="www"),
        pytest.param("www.a.a " * 120_000, id="www with unknown domains"),
        pytest.param(".com/x" * 160_000, id="paths"),
        pytest.param("a.com/ " * 140_000, id="hosts without paths"),
        pytest.param("a." * 500_000, id="labels"),
        pytest.param("a" * 1_000_000, id="one word"),
        pytest.param("/" * 1_000_000, id="slashes"),
        pytest.param("http://a/" + ")" * 1_000_000, id="closing brackets"),
        pytest.param("://" * 330_000, id="schemes"),
        pytest.param("http://" * 140_000, id="schemes without hosts"),
        pytest.param("http://[ " * 110_000, id="URLs that are refused"),
        pytest.param("。" * 1_000_000, id="ideographic full stops"),
        pytest.param("x.co/a@" * 140_000, id="glued together"),
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    began = time.process_time()
    links = find_links(text, limit=1000)

    assert len(links) <= 1000
    assert time.process_time() - began < 2.0  # about 0.3 s on a quiet machine


PADDED = [
    "http://" + "a" * 5_000 + "@evil.example/wp/login",
    "http://www.bank.example:" + "%41" * 5_000 + "@evil.example/wp/login",
    "http://" + "a:b@" * 2_000 + "evil.example/wp/login",
    "http://evil.example/" + "x/../" * 1_000 + "wp/login",
    "http://evil.example/" + "./" * 3_000 + "wp/login",
    "http:" + "/" * 5_000 + "evil.example/wp/login",
    "http://evil.example/wp/" + "\t" * 5_000 + "login",
    "http://evil.example/wp/login?" + "a" * 5_000,
    "http://evil.example/wp/login#" + "a" * 5_000,
]


@pytest.mark.parametrize("href", PADDED, ids=lambda href: href[:30])
def test_what_pads_an_address_hides_from_no_list_where_it_leads(href: str) -> None:
    link = make_link(href, origin=LinkOrigin.HTML)
    assert link is not None
    assert len(link.href) <= 4_096
    address = address_of(link.href)
    assert address is not None
    assert (address.host, address.path) == (link.host, "/wp/login")
