"""Safe links: what goes in comes out, nothing forged is believed, and no text makes the reader fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore import safe_links
from mailcore.links import find_links, make_link, passed_links
from mailcore.safe_links import Flag, Key, Keys, Reading, Refusal

BASE = "https://links.example.org/s"
OLD, NEW = b"o" * 32, b"n" * 48
KEYS = safe_links.make_keys([OLD, NEW])
REFERENCE = "0193a5b2c3d-0123456789abcdef"
NOW = 1_700_000_000.0
DAY = 86_400


def made(target: str, *, key: Key = KEYS.signing, days: int = 30, flags: Flag = Flag.NONE) -> str:
    link = safe_links.make(target, base_url=BASE, key=key, reference=REFERENCE, issued_at=NOW, days=days, flags=flags)
    assert link is not None
    return link


def reading(url: str, *, keys: Keys = KEYS, now: float = NOW) -> Reading:
    return safe_links.read_url(url, BASE, keys, now=now)


TARGETS = {
    "plain": "https://example.com/",
    "query and fragment": "http://shop.example.com:8080/a?b=c&amp=1#top",
    "upper case": "HTTPS://WWW.Example.COM/Path",
    "letters that are not ASCII": "https://bücher.example/straße?q=ü",
    "percent-encoded": "https://example.com/%2e%2E/%zz",
    "user": "https://user:secret@example.com/",
    "IPv4 in hexadecimal": "http://0xC0000201/x",
    "IPv6": "http://[2001:db8::1]/x",
    "backslashes": "https:\\\\example.com\\x",
    "a blank": "https://example.com/a b",
    "our own host": "https://links.example.org/about",
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_what_goes_in_comes_out(target: str) -> None:
    found = reading(made(target, flags=Flag.FORM))

    assert found.refusal is None
    assert found.link is not None
    assert (found.link.target, found.link.reference, found.link.flags) == (target, REFERENCE, Flag.FORM)
    assert (found.link.issued_at, found.link.expires_at) == (NOW, NOW + 30 * DAY)


def test_people_can_read_the_host() -> None:
    assert made("https://WWW.Bücher.example/x").startswith(f"{BASE}/www.xn--bcher-kva.example/1.")


@pytest.mark.parametrize(
    "target",
    [
        "mailto:a@example.com",
        "javascript:alert(1)",
        "//example.com/",
        "example.com",
        "",
        "https://",
        "http://a b/",
        "ftp://example.com/",
        "https://example.com/" + "a" * 2_048,
        "https://example.com/\ud800",
        "https://999.1.1.1/",
        "https://example.com/\r\nSet-Cookie: a=b",
        " https://example.com/",
        "https:example.com",
    ],
)
def test_some_links_have_no_safe_one(target: str) -> None:
    assert safe_links.make(target, base_url=BASE, key=KEYS.signing, reference="x", issued_at=NOW, days=1) is None


def test_none_is_longer_than_programs_take() -> None:
    lengths = [
        len(link)
        for extra in range(1_200, 1_600)
        if (
            link := safe_links.make(
                "https://example.com/" + "a" * extra,
                base_url=BASE,
                key=KEYS.signing,
                reference=REFERENCE,
                issued_at=NOW,
                days=1,
            )
        )
    ]

    assert lengths
    assert max(lengths) <= safe_links.MOST_CHARACTERS


def other_host(url: str) -> str:
    return url.replace("/example.com/", "/bank.example/")


def swapped(url: str, at: int) -> str:
    return url[:at] + ("B" if url[at] == "A" else "A") + url[at + 1 :]


def next_form(url: str) -> str:
    """The last letter of the MAC with another of the bits that stand for nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at = url.rindex(".") - 1
    return url[:at] + letters[letters.index(url[at]) ^ 1] + url[at + 1 :]


FORGERIES: dict[str, Callable[[str], str]] = {
    "another target": lambda url: url.replace(".aHR0c", ".aHR0d"),
    "another host to be read": other_host,
    "no host to be read": lambda url: url.replace("/example.com/", "/link/"),
    "another MAC": lambda url: swapped(url, url.rindex(".") - 5),
    "another form of the MAC": next_form,
    "other times": lambda url: swapped(url, url.index("/1.") + 8),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_forgeries_are_refused(forge: Callable[[str], str]) -> None:
    found = reading(forge(made("https://example.com/")))

    assert (found.refusal, found.link) == (Refusal.FORGED, None)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://links.example.org/",
        "https://links.example.org/s",
        "https://links.example.org/s/example.com/1.a.b.c.d",
        "https://links.example.org/s/example.com/2." + "a" * 60,
        "https://other.example/s/example.com/1.aaaaaaaaaaaa.aaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaa.00000000",
        "http://[",
        "https://links.example.org/s/example.com/1." + "a" * 1_000_000,
    ],
)
def test_what_is_none_is_malformed(url: str) -> None:
    assert reading(url).refusal is Refusal.MALFORMED


def test_cut_off_links_are_refused() -> None:
    url = made("https://example.com/")

    assert {reading(url[:end]).refusal for end in range(len(url))} == {Refusal.MALFORMED}


def test_old_keys_are_accepted_and_others_are_not() -> None:
    other = safe_links.make_key(b"x" * 32)

    assert reading(made("https://example.com/", key=KEYS.keys[0])).refusal is None
    assert reading(made("https://example.com/", key=other)).refusal is Refusal.UNKNOWN_KEY
    # The id of a key is no secret: who puts it on a token of his own still has no MAC.
    borrowed = made("https://example.com/", key=Key(KEYS.signing.id, b"x" * 32))
    assert reading(borrowed).refusal is Refusal.FORGED


@pytest.mark.parametrize(
    ("now", "refusal"),
    [(NOW, None), (NOW + DAY - 1, None), (NOW + DAY, Refusal.EXPIRED), (NOW + 10**9, Refusal.EXPIRED)],
)
def test_links_expire_and_still_say_where_they_led(now: float, refusal: Refusal | None) -> None:
    found = reading(made("https://example.com/", days=1), now=now)

    assert found.refusal is refusal
    assert found.link is not None


def test_it_is_found_however_the_address_is_written() -> None:
    url = made("https://example.com/x")
    written = url.replace("https://links.example.org", "HTTPS://LINKS.Example.org:443")

    assert reading(written + "?utm_source=x#y").refusal is None
    assert safe_links.split(url, "https://links.example.org/other") is None
    assert safe_links.split(url.replace("https:", "http:"), BASE) is None
    assert safe_links.split(url.replace("/s/", "/sx/"), BASE) is None


def test_it_stays_whole_in_text() -> None:
    """Also in the middle of a sentence, where the end of an address is easily mistaken."""
    for number in range(300):
        url = made(f"https://example.com/{number}")
        found = find_links(f"Look at {url}.\r\n(Or: {url}, or <{url}>)")
        assert [link.href for link in found] == [url]


def test_the_links_of_a_mail_know_what_is_inside() -> None:
    """Mail with safe links comes back in replies, and from other organisations."""
    link = make_link(made("https://stranger.example/login"), origin=find_links("http://a.example/")[0].origin)

    assert link is not None
    assert [inner.host for inner in passed_links(link)] == ["stranger.example"]


def test_targets_can_be_shown_without_the_key() -> None:
    assert safe_links.target_without_key(made("https://example.com/x?y") + "?a=b") == "https://example.com/x?y"
    assert safe_links.target_without_key("https://example.com/x") == ""


@pytest.mark.parametrize("secrets", [[], [b"short"], [OLD, b""]])
def test_keys_have_a_length(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="needs"):
        safe_links.make_keys(secrets)


def test_secrets_do_not_come_into_log_lines() -> None:
    assert "nnnn" not in repr(KEYS)


@pytest.mark.parametrize(("days", "reference"), [(0, "x"), (4_000, "x"), (1, "a@example.com"), (1, "x" * 41)])
def test_nothing_about_people_fits_into_a_reference(days: int, reference: str) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        safe_links.make(
            "https://example.com/", base_url=BASE, key=KEYS.signing, reference=reference, issued_at=NOW, days=days
        )


@given(st.text(max_size=80), st.text(alphabet="1.-_aAzZ09/=%", max_size=120))
def test_no_text_makes_it_fail(label: str, token: str) -> None:
    assert safe_links.read(label, token, KEYS, now=NOW).link is None
    assert safe_links.read_url(label + token, BASE, KEYS, now=NOW).link is None
    assert safe_links.target_without_key(label + token) == ""
