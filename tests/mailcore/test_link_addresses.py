"""Addresses are written in one way only, and cut into what lists have of them."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.link_addresses import (
    Address,
    Covers,
    address_of,
    expressions_of,
    host_of,
    hosts_of,
    key,
    keys_of,
    names_whole_host,
    network_key,
    page_key,
    paths_of,
    read_key,
)

# Most are of the examples in "URLs and Hashing" of Safe Browsing; what browsers refuse is None.
WRITTEN = {
    "http://host.example/%25%32%35": "host.example/%25",
    "http://host.example/%25%32%35%25%32%35": "host.example/%25%25",
    "http://host.example/asdf%25%32%35asd": "host.example/asdf%25asd",
    "http://host.example/%%%25%32%35asd%%": "host.example/%25%25%25asd%25%25",
    "http://www.example.com/": "www.example.com/",
    "http://3279880203/blah": "195.127.0.11/blah",
    "http://www.example.com/blah/..": "www.example.com/",
    "www.example.com": "www.example.com/",
    "http://www.evil.example/blah#frag": "www.evil.example/blah",
    "http://www.EXAMPLE.com./": "www.example.com/",
    "http://www.example.com/foo\tbar\rbaz\n2": "www.example.com/foobarbaz2",
    "http://www.example.com/q?": "www.example.com/q",
    "http://www.example.com/q?r?s": "www.example.com/q?r?s",
    "http://evil.example/foo#bar#baz": "evil.example/foo",
    "http://evil.example/foo;": "evil.example/foo;",
    "http://evil.example/foo?bar;": "evil.example/foo?bar;",
    "http://notrailingslash.example": "notrailingslash.example/",
    "http://www.gotaport.example:1234/": "www.gotaport.example:1234/",
    "https://www.example.com:443/": "www.example.com/",
    "  http://www.example.com/  ": "www.example.com/",
    "http://host.example//twoslashes?more//slashes": "host.example/twoslashes?more//slashes",
    "http://user:secret@host.example/x": "host.example/x",
    "http://host.example/a/%2e%2e/b": "host.example/b",
    "http://host.example/a%2f%252e%252e/b/": "host.example/b/",
    "http://xn--bcher-kva.example/": "xn--bcher-kva.example/",
    "http://bücher.example/ü": "xn--bcher-kva.example/%C3%BC",
    "http://[2001:DB8:0::1]/": "[2001:db8::1]/",
    "mailto:anna@example.com": None,
    "/only/a/path": None,
    "http://": None,
    "http://bad host.example/": None,
}


@pytest.mark.parametrize(("href", "expected"), WRITTEN.items(), ids=map(repr, WRITTEN))
def test_an_address_is_written_in_one_way(href: str, expected: str | None) -> None:
    address = address_of(href)
    assert (None if address is None else read_key(page_key(address))[1]) == expected


@given(st.text(max_size=200))
def test_writing_it_again_changes_nothing(text: str) -> None:
    address = address_of("http://host.example/" + text)
    assert address is not None
    again = address_of("http://" + read_key(page_key(address))[1])
    assert again is not None
    assert keys_of(again) == keys_of(address) or "%25" in page_key(address)


HOSTS = {
    "a.b.example.com": ("a.b.example.com", "b.example.com", "example.com"),
    "example.com": ("example.com",),
    "www.example.co.uk": ("www.example.co.uk", "example.co.uk"),
    "a.b.c.d.e.f.example.com": (
        "a.b.c.d.e.f.example.com",
        "d.e.f.example.com",
        "e.f.example.com",
        "f.example.com",
        "example.com",
    ),
    # What stands below a private suffix is somebody's own; the suffix itself is the hoster's.
    "shop.victim.github.io": ("shop.victim.github.io", "victim.github.io"),
    "github.io": ("github.io",),
    "192.0.2.1": ("192.0.2.1",),
    "[2001:db8::1]": ("[2001:db8::1]",),
    "intranet": ("intranet",),
}


@pytest.mark.parametrize(("host", "expected"), HOSTS.items(), ids=list(HOSTS))
def test_hosts_end_at_the_registered_domain(host: str, expected: tuple[str, ...]) -> None:
    assert hosts_of(host) == expected


def test_paths_are_the_page_and_the_folders_above() -> None:
    address = Address("example.com", "", "/a/b/c/d/e.html", "?x=1")
    expected = ("/a/b/c/d/e.html?x=1", "/a/b/c/d/e.html", "/", "/a/", "/a/b/", "/a/b/c/")
    assert paths_of(address) == expected


def test_the_home_page_of_a_host_above_is_no_key() -> None:
    found = keys_of(Address("www.example.com", "", "/a/b", ""))
    assert found == (
        *("page www.example.com/a/b", "page www.example.com/", "page www.example.com/a/"),
        *("page example.com/a/b", "page example.com/a/"),
        "host www.example.com",
        *("domain www.example.com", "domain example.com"),
    )


def test_networks_are_keys_of_addresses() -> None:
    found = keys_of(Address("192.0.2.77"))
    assert {"network 192.0.2.77/32", "network 192.0.2.0/24", "network 192.0.0.0/16", "network 192.0.0.0/8"} <= {*found}
    assert not any(each.startswith("domain") for each in found)
    assert network_key("2001:db8::/32") in keys_of(Address("[2001:db8::1]"))
    assert network_key("2001:db8::1") in keys_of(Address("[2001:db8::1]"))
    assert network_key("192.0.2.77") in keys_of(Address("[::ffff:c000:24d]"))


@given(st.ip_addresses(), st.integers(0, 128))
def test_every_network_that_may_be_listed_is_found(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int
) -> None:
    network = ipaddress.ip_network((address, min(bits, address.max_prefixlen)), strict=False)
    host = f"[{address}]" if address.version == 6 else str(address)
    if host.startswith("[") and ipaddress.IPv6Address(int(address)).ipv4_mapped:
        return
    try:
        listed = network_key(str(network))
    except ValueError:
        assert network.prefixlen < 19 or network.prefixlen > 64
        return
    assert listed in keys_of(Address(host))


@pytest.mark.parametrize("text", ["0.0.0.0/0", "10.0.0.0/7", "::/0", "2001:db8::/100", "300.1.1.1", "x", ""])
def test_what_is_no_network_to_be_listed(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        network_key(text)


@pytest.mark.parametrize(
    "href", ["http://" + ".".join("abcdefghij") + ".example.com/" + "x/" * 500, "http://[::1]/a/b/c/d/e"]
)
def test_keys_are_few(href: str) -> None:
    address = address_of(href)
    assert address is not None
    assert len(keys_of(address)) <= 60


@pytest.mark.parametrize(
    ("listed", "is_whole", "host"),
    [
        (key(Covers.PAGE, "example.com/"), True, "example.com"),
        (key(Covers.PAGE, "example.com:8080/"), True, "example.com"),
        (key(Covers.PAGE, "[2001:db8::1]/"), True, "[2001:db8::1]"),
        (key(Covers.HOST, "example.com"), True, "example.com"),
        (key(Covers.DOMAIN, "example.com"), True, "example.com"),
        (key(Covers.PAGE, "example.com/a/"), False, "example.com"),
        (key(Covers.PAGE, "example.com/?x"), False, "example.com"),
    ],
    ids=str,
)
def test_which_entries_name_a_whole_host(listed: str, *, is_whole: bool, host: str) -> None:
    covers, text = read_key(listed)
    assert names_whole_host(covers, text) is is_whole
    assert host_of(text) == host


# "Suffix/Prefix Expressions" of Safe Browsing (v5), under names that have a public suffix.
EXPRESSIONS = {
    "http://a.b.com:8080/1/2.html?param=1": [
        *("a.b.com/1/2.html?param=1", "a.b.com/1/2.html", "a.b.com/", "a.b.com/1/"),
        *("b.com/1/2.html?param=1", "b.com/1/2.html", "b.com/", "b.com/1/"),
    ],
    "http://a.b.c.d.e.f.com/1.html": [
        f"{host}/{page}"
        for host in ("a.b.c.d.e.f.com", "b.c.d.e.f.com", "c.d.e.f.com", "d.e.f.com", "e.f.com", "f.com")
        for page in ("1.html", "")
        if host != "b.c.d.e.f.com"
    ],
    "http://1.2.3.4/1/": ["1.2.3.4/1/", "1.2.3.4/"],
    "http://b.com/1/2/3/4/5/": ["b.com/1/2/3/4/5/", "b.com/", "b.com/1/", "b.com/1/2/", "b.com/1/2/3/"],
    "http://mine.github.io/": ["mine.github.io/"],
}


@pytest.mark.parametrize("href", EXPRESSIONS)
def test_texts_that_are_hashed(href: str) -> None:
    address = address_of(href)
    assert address is not None
    found = expressions_of(address)
    assert {text for _, text in found} == set(EXPRESSIONS[href])
    assert len(found) == len(EXPRESSIONS[href])
    assert {text for covers, text in found if covers is Covers.DOMAIN} == {
        text for _, text in found if text.count("/") == 1 and text.endswith("/")
    }
