"""Links in whatever form mail comes: what is replaced, what must be left alone, and that nothing else changes."""

from __future__ import annotations

import base64
import quopri
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore import safe_links
from mailcore.link_rewriting import Wrapping, unwrap, wrap
from mailcore.parse import parse
from mailcore.rewriting import Rewriting
from mailcore.safe_links import Flag
from mailcore.settings import ParseLimits

BASE = "https://links.example.org/s"
KEYS = safe_links.make_keys([b"k" * 32])
LIMITS = ParseLimits()
SAFE = re.compile(re.escape(BASE) + r"/[\w.-]+/[\w.-]+")


def wrapping(most: int = 1_000) -> Wrapping:
    return Wrapping(
        base_url=BASE,
        keys=KEYS,
        reference="id-1",
        now=1_700_000_000,
        days=30,
        spared=lambda host: host == "own.example",
        most=most,
    )


def rewritten(raw: bytes, most: int = 1_000) -> Rewriting:
    return wrap(raw, wrapping(most), limits=LIMITS)


def unwrapped(raw: bytes) -> bytes:
    return unwrap(raw, base_url=BASE, keys=KEYS, limits=LIMITS).applied(raw)


def mail(body: bytes, content_type: str = "text/plain; charset=utf-8", encoding: str = "8bit", more: str = "") -> bytes:
    header = f"From: a@example.com\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n{more}"
    return header.encode() + b"\r\n" + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def html(body: bytes, encoding: str = "8bit") -> bytes:
    return mail(body, "text/html; charset=utf-8", encoding)


def multipart(*parts: bytes, kind: str = "mixed", more: str = "") -> bytes:
    body = b"".join(b"--b0\r\n" + part + b"\r\n" for part in parts) + b"--b0--\r\n"
    return f"From: a@example.com\r\nContent-Type: multipart/{kind}; boundary=b0{more}\r\n\r\n".encode() + body


def targets(raw: bytes) -> list[str]:
    """What the safe links of a message lead to, in order."""
    message = parse(raw, message_id="x").message
    links = [link.href for link in message.links if safe_links.split(link.href, BASE)]
    readings = [safe_links.read_url(link, BASE, KEYS, now=1_700_000_001).link for link in links]
    return [reading.target for reading in readings if reading is not None]


U, V = "https://example.com/a?b=1&c=2", "http://www.example.net/"
WRITTEN = {
    "text": (mail(f"See {U}.\n".encode()), [U]),
    "two in a line": (mail(f"{U} and <{V}>\n".encode()), [U, V]),
    "no MIME at all": (f"Subject: x\r\n\r\n{U}\r\n".encode(), [U]),
    "no end of line": (f"Subject: x\r\n\r\n{U}".encode(), [U]),
    "LF alone": (f"Subject: x\n\nsee\n{U}\n".encode(), [U]),
    "flowed": (mail(f"see \n{U} \nmore\n".encode(), "text/plain; format=flowed"), [U]),
    "capitals": (mail(b"HTTPS://EXAMPLE.COM/X\n"), ["HTTPS://EXAMPLE.COM/X"]),
    "quoted": (mail(f"> > {U}\n".encode()), [U]),
    "letters": (mail("größer: https://bücher.example/ü\n".encode()), ["https://bücher.example/ü"]),
    "latin-1": (mail(f"größer: {U}\n".encode("latin-1"), "text/plain; charset=iso-8859-1"), [U]),
    "Japanese": (mail(f"日本 {U} 日本\n".encode("iso-2022-jp"), "text/plain; charset=iso-2022-jp", "7bit"), [U]),
    "Shift JIS": (mail(f"表示 {U}\n".encode("cp932"), "text/plain; charset=shift_jis"), [U]),
    "charset in the wrong case": (mail(f"{U}\n".encode(), "Text/Plain; Charset=UTF-8", "8BIT"), [U]),
    "anchor": (html(b'<p><a href="https://example.com/a?b=1&amp;c=2">x</a>\n'), [U]),
    "bare ampersand": (html(b'<a href="https://example.com/a?b=1&c=2">x</a>\n'), [U]),
    "reference without semicolon": (
        html(b'<a href="http://a.example/?b&copy=1">x</a>'),
        ["http://a.example/?b&copy=1"],
    ),
    "upper case": (html(b"<A CLASS=x HREF='http://www.example.net/' ID=y>x</A>\n"), [V]),
    "no quotes": (html(b"<a href=http://www.example.net/ id=y>x</a><a href=http://www.example.net/>y</a>"), [V, V]),
    "blanks around": (html(b'<a href = "http://www.example.net/"\n>x</a>'), [V]),
    "over lines": (html(b'<a\nhref=\n"http://www.example.net/">x</a>\n\n<a href="http://www.example.net/">y'), [V, V]),
    "blanks inside": (html(b'<a href=" http://www.exa\nmple.net/ ">x</a>'), [V]),
    "wrong charset": (mail(f"\xff\xfe {U}\n".encode("latin-1"), "text/plain; charset=utf-8"), [U]),
    "a wrong byte": (html(b'<p>\xe4<a href="http://www.example.net/">x</a>\xff'), [V]),
    "a wrong byte in a link": (html(b'\xff<a href="http://www.example.net/\xff">x</a>'), [V + "\ufffd"]),
    "a wrong byte in Japanese": (mail(b"\x81 " + U.encode() + b"\n", "text/plain; charset=shift_jis"), [U]),
    "a wrong byte in base64": (html(base64.encodebytes(b'\xff<a href="http://www.example.net/">'), "base64"), [V]),
    "checksum": (multipart(mail(f"{U}\n".encode(), more="Content-MD5: x\r\n")), [U]),
    "words of PGP on a page": (html(f'<!-- -----BEGIN PGP MESSAGE----- --><a href="{V}">x</a>'.encode()), [V]),
    "no scheme": (html(b'<a href="//www.example.net/x">x</a>'), ["https://www.example.net/x"]),
    "backslashes": (html(b'<a href="https:\\\\www.example.net\\x">x</a>'), ["https:\\\\www.example.net\\x"]),
    "one slash": (html(b'<a href="https:/www.example.net/x">x</a>'), ["https://www.example.net/x"]),
    "no slash": (html(b'<a href="https:www.example.net/x">x</a>'), ["https://www.example.net/x"]),
    "one backslash": (html(b'<a href="http:\\www.example.net/">x</a>'), [V]),
    "control characters": (html(b'<a href="http://www.example.net/\x01\x7f">x</a>'), [V + "%01%7F"]),
    "bracket in no quotes": (html(b"<a href=http://www.example.net/?<b>x</a>"), [V + "?<b"]),
    "odd blanks": (html("<a href=http://www.example.net/?\xa0\x0bb>x</a>".encode()), [V + "?%C2%A0%0Bb"]),
    "far from its name": (html(b"<a href" + b" " * 500 + b"=\n\f" + b'\t"http://www.example.net/">x</a>'), [V]),
    "area": (html(b'<map><area shape=rect href="http://www.example.net/"></map>'), [V]),
    "form": (html(b'<form action="http://www.example.net/"><input></form>'), [V]),
    "twice the same attribute": (html(b'<a href="http://www.example.net/" href="http://x.example/">x</a>'), [V]),
    "foster parents": (html(b'<table><a href="http://www.example.net/">x</a><tr><td></table>'), [V]),
    "adopted": (html(b'<b><a href="http://www.example.net/">x</b>y</a>'), [V, V]),
    "base": (
        html(b'<base href="http://b.example/"><a href="http://www.example.net/">x</a><a href="y">z</a>'),
        [V, "http://b.example/y"],
    ),
    "base of forms": (
        html(b'<base href="//b.example/"><base href="http://c.example/"><form action=y></form><a href="#z">z</a>'),
        ["https://b.example/y"],
    ),
    "base that leads nowhere": (html(b'<base href="x/"><a href="y">z</a><a href="http://www.example.net/">x</a>'), [V]),
    "buttons": (html(b'<form><button formaction="http://www.example.net/">x</button></form>'), [V]),
    "pictures of a button": (html(b'<form><input type=image formaction="http://www.example.net/"></form>'), [V]),
    "drawings": (html(b'<svg><a xlink:href="http://www.example.net/"><text>x</text></a></svg>'), [V]),
    "Outlook": (html(b'<!--[if mso]><v:roundrect href="http://www.example.net/">x<![endif]--><p>y'), [V]),
    "base64": (html(base64.encodebytes(b'<p>x</p><a href="http://www.example.net/">x</a>' * 3), "base64"), [V]),
    "quoted-printable": (html(quopri.encodestring(f'<p>ü=<a href="{V}">x</a>\n'.encode()), "quoted-printable"), [V]),
    "soft break inside": (html(b'<a href=3D"http://www.exam=\nple.net/">x</a>\n', "quoted-printable"), [V]),
    "soft breaks around": (html(b'<a href=3D"=\nhttp://www.example.net/=\n">x</a>=\n', "quoted-printable"), [V]),
    "alternative": (
        multipart(mail(f"{U}\n".encode()), html(f'<a href="{V}">x</a>'.encode()), kind="alternative"),
        [U, V],
    ),
    "lines like boundaries": (multipart(mail(f"--b\n--b0x\n-- \n{U}\n--\n".encode())), [U]),
    "footer of a list behind a signed mail": (
        multipart(
            b"Content-Type: multipart/signed; boundary=b1\r\n\r\n--b1\r\n\r\nhttp://signed.example/\r\n--b1--",
            mail(f"{U}\n".encode()),
        ),
        [U],
    ),
}


@pytest.mark.parametrize(("raw", "expected"), WRITTEN.values(), ids=WRITTEN.keys())
def test_written(raw: bytes, expected: list[str]) -> None:
    found = rewritten(raw)
    after = found.applied(raw)

    assert targets(after) == list(dict.fromkeys(expected)) or targets(after) == expected
    assert not found.left
    assert found.links >= len(set(expected))
    # The header is untouched, and no link of ours is written again.
    assert after[: raw.index(b"\n\n" if b"\r\n" not in raw else b"\r\n\r\n")] in raw
    assert rewritten(after).edits == ()
    # Nothing but links has changed.
    before, now = parse(raw, message_id="x").message, parse(after, message_id="x").message
    assert now.html_text == before.html_text
    assert now.defects == before.defects
    assert max(map(len, after.split(b"\n"))) <= 999


LEFT_ALONE = {
    "no link": mail(b"Dear all,\n\nnothing here.\n"),
    "only a host": mail(b"www.example.com and example.com/x\n"),
    "mail and telephone": html(b'<a href="mailto:a@example.com">x</a><a href="tel:+123">y</a><a href="#z">z</a>'),
    "relative": html(b'<a href="/x">x</a><a href="x?http://example.com/">y</a><base href="b/">'),
    "script": html(b'<a href="javascript:x(1)">x</a><a href="data:text/html,http://a.example/">x</a>'),
    "other schemes": mail(b"ftp://example.com/x\n"),
    "a picture": html(b'<img src="http://a.example/x.gif"><link href="http://a.example/x.css">'),
    "styles": html(b'<style>a{background:url(http://a.example/x)}</style><p style="background:url(http://a.example/)">'),
    "shown text": html(b"<p>http://a.example/</p><textarea><a href='http://a.example/'></textarea>"),
    "comment": html(b'<!-- <a href="http://a.example/">x</a> --><p>y'),
    "script element": html(b"<script>'<a href=\"http://a.example/\">'</script><xmp><a href='http://a.example/'></xmp>"),
    "attribute of something else": html(b'<p title=\'<a href="http://a.example/">\' data-href="http://a.example/">'),
    "end tag": html(b'</a href="http://a.example/">'),
    "own domain": mail(b"https://own.example/x\n"),
    "over two lines": mail(b"<https://example.com/aaaa\nbbbb>\n"),
    "safe before": mail(
        f"{safe_links.make(U, base_url=BASE, key=KEYS.signing, reference='x', issued_at=1, days=1)}\n".encode()
    ),
    "forged": mail(f"{BASE}/example.com/1.{'a' * 20}.{'a' * 20}.{'a' * 22}.00000000\n".encode()),
    "too long": mail(b"https://example.com/" + b"a" * 1_990 + b"\n"),
    "no room in the line": mail(b"x" * 900 + b" https://example.com/\n"),
    "no room in the page": html(b"<p>" + b"x" * 900 + b' <a href="https://example.com/">\n'),
    "attachment": mail(f"{U}\n".encode(), more="Content-Disposition: attachment\r\n"),
    "file with a name": multipart(mail(b"hello\n"), mail(f"{U}\n".encode(), "text/plain; name=x.patch")),
    "calendar": mail(b"BEGIN:VCALENDAR\nURL:https://example.com/\n", "text/calendar"),
    "AMP": mail(b'<a href="https://example.com/">', "text/x-amp-html"),
    "another mail": multipart(b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nhttps://example.com/"),
    "S/MIME": multipart(mail(f"{U}\n".encode()), b"Content-Type: application/pkcs7-signature\r\n\r\nx", kind="signed"),
    "encrypted": multipart(mail(f"{U}\n".encode()), kind="encrypted"),
    "pkcs7": mail(b"https://example.com/", "application/pkcs7-mime"),
    "inline PGP": mail(f"-----BEGIN PGP SIGNED MESSAGE-----\n\n{U}\n-----BEGIN PGP SIGNATURE-----\n".encode()),
    "UTF-16": mail(base64.encodebytes(f"{U}\n".encode("utf-16")), "text/plain; charset=utf-16", "base64"),
    "UTF-7": mail(f"{U}\n".encode(), "text/plain; charset=utf-7"),
    "unknown charset": mail(f"{U}\n".encode(), "text/plain; charset=x-none"),
    "unknown transfer encoding": mail(f"{U}\n".encode(), encoding="x-none"),
    "uuencode": mail(b"begin 644 x\n#:'1T\n`\nend\n", encoding="x-uuencode"),
    "damaged base64": html(b'!!!' + base64.encodebytes(b'<a href="http://a.example/">'), "base64"),
    "base64 in two pieces": html(base64.encodebytes(b'<a href="http://a.example/">x') * 2, "base64"),
    "two boundaries": multipart(mail(f"{U}\n".encode()), more="; boundary=b1"),
    "CR alone": f"Subject: x\r\r{U}\r".encode(),
    "empty": b"",
    "no body": b"Subject: x\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("raw", LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_left_alone(raw: bytes) -> None:
    found = rewritten(raw)

    assert (found.edits, found.links) == ((), 0)
    assert found.applied(raw) == raw


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (LEFT_ALONE["too long"], "too long"),
        (LEFT_ALONE["own domain"], "spared"),
        (LEFT_ALONE["no room in the line"], "line too long"),
        (LEFT_ALONE["no room in the page"], "line too long"),
        (LEFT_ALONE["inline PGP"], "signed or encrypted"),
        (LEFT_ALONE["UTF-16"], "charset"),
        (LEFT_ALONE["damaged base64"], "transfer encoding"),
        (LEFT_ALONE["two boundaries"], "parts unclear"),
        (LEFT_ALONE["safe before"], "safe before"),
    ],
)
def test_it_says_why(raw: bytes, why: str) -> None:
    assert rewritten(raw).left == {why: 1}


def test_pgp_in_one_part_keeps_no_other_as_it_was() -> None:
    """Else a line that nobody sees keeps the page from being changed."""
    raw = multipart(LEFT_ALONE["inline PGP"], html(f'<a href="{V}">x</a>'.encode()), kind="alternative")
    found = rewritten(raw)

    assert (found.links, found.left) == (1, {"signed or encrypted": 1})
    assert V in targets(found.applied(raw))


def test_one_link_too_many_stays() -> None:
    raw = mail(b"http://a.example/ http://b.example/ http://c.example/ http://a.example/\n")
    found = rewritten(raw, most=2)

    assert found.left == {"over the limit": 1}
    assert found.links == 3


def test_flags_say_how_it_stood() -> None:
    raw = html(b'<form action="http://a.example/?b&c"></form><a href="http://b.example/?b&amp;c">x</a>')
    after = rewritten(raw).applied(raw).decode()
    readings = [safe_links.read_url(url, BASE, KEYS, now=1_700_000_001).link for url in SAFE.findall(after)]

    assert [reading.flags for reading in readings if reading] == [Flag.FORM | Flag.BARE, Flag.NONE]


@pytest.mark.parametrize("other", ["//x.example/a?b=1&c=2", "https://x.exam\nple/a?b=1&c=2", " //x.example/a?b=1&c=2 "])
@pytest.mark.parametrize("in_comment", [False, True])
def test_the_same_address_written_in_two_ways_is_replaced_both_times(other: str, in_comment: bool) -> None:
    """Else whoever writes a link a second time, without its scheme, keeps all of a page from being checked."""
    second = f'<a href="{other}">two</a>'
    second = f"<!--[if mso]>{second}<![endif]-->" if in_comment else second
    form = f'<form action="{other}"></form><form action="https://x.example/a?b=1&c=2"></form>'
    raw = html(f'<a href="https://x.example/a?b=1&c=2">one</a> {second} {form}'.encode())

    done = rewritten(raw)

    assert (done.links, done.left) == (4, {})
    assert set(targets(done.applied(raw))) == {"https://x.example/a?b=1&c=2"}


BESIDE = {
    "a blank that browsers keep": '<a href="https://x.example/\xa0">',
    "another address in one without a scheme": '<a href="//x.example/?b=http://y.example/">',
    "another address behind a broken scheme": '<a href="ht\ntps://x.example/?b=http://y.example/">',
    "another address behind a control character": '<a href="\x01https://x.example/?b=http://y.example/">',
    "a bracket in a comment": '<!--[if mso]><a href="https://x.example/?<"><![endif]-->',
    "a quote in a comment": '<!--[if mso]><a href=https://x.example/"x><![endif]-->',
    "many line ends in a comment": '<!--[if mso]><a href="https://x.example/' + "\n" * 5_000 + '"><![endif]-->',
    "no comment, in a script": '<script><!--[if mso]></script><base href="https://y.example/"><a href=z>',
    "no comment, before a bracket": '<style><!--[if mso]></style><a href="https://x.example/?<">',
    "a backslash in a comment": r'<!--[if mso]><a href="https:\\x.example"><![endif]-->',
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE.keys())
def test_no_link_keeps_another_from_being_replaced(beside: str) -> None:
    raw = html(f'<a href="http://www.example.net/">one</a> {beside}two</a>'.encode(), "8bit")

    assert V in targets(rewritten(raw).applied(raw))


def test_a_base_of_any_length_costs_no_time() -> None:
    links = b'<a href="x">' * 20_000
    raw = html(b'<base href="http://b.example/' + b"y/" * 200_000 + b'">' + links, "base64")
    raw = mail(base64.encodebytes(raw.partition(b"\r\n\r\n")[2]), "text/html", "base64")
    began = time.process_time()
    rewritten(raw)
    assert time.process_time() - began < 20  # a tenth of it on a quiet machine


def test_a_page_that_would_read_otherwise_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the place of a link ever be wrong, people get the page as it was."""
    from mailcore import link_rewriting
    from mailcore.html_links import Target

    wrong = [Target(3, 6, "http://a.example/", is_form=False)]
    monkeypatch.setattr(link_rewriting, "link_targets", lambda html: wrong)
    raw = html(b'<p>abc</p><a href="http://a.example/">x</a>')

    assert rewritten(raw).left == {"page unclear": 1}
    assert rewritten(raw).edits == ()


def test_lines_of_quoted_printable_stay_short() -> None:
    page = "".join(f'<p>ä{"x" * (number % 70)} <a href="http://a{number}.example/">y</a></p>\n' for number in range(90))
    raw = html(quopri.encodestring(page.encode()), "quoted-printable")
    after = rewritten(raw).applied(raw)

    assert max(map(len, after.split(b"\r\n"))) <= 76
    assert after.count(b"=\r\n") > raw.count(b"=\r\n")
    assert b"\n-" not in after


UNWRAPPED = {
    "text": mail(f"> {U}\n> {V}\n".encode()),
    "bare and written out": html(
        b'<a href="http://a.example/?b&c=&amp;d">x</a><a href="http://a.example/?b&amp;c">y</a>'
    ),
    "quotes": html(b"<a href='http://a.example/?\"'>x</a>"),
    "no scheme stays as read": html(b'<a href="http://a.example/x">x</a>'),
    "base64": html(base64.encodebytes(b'<p>x</p><a href="http://www.example.net/">x</a>' * 3), "base64"),
    "alternative": multipart(mail(f"{U}\n".encode()), html(f'<a href="{V}">x</a>'.encode()), kind="alternative"),
}


@pytest.mark.parametrize("name", ["text", "no scheme stays as read", "base64", "alternative"])
def test_unwrapping_gives_back_what_was(name: str) -> None:
    raw = UNWRAPPED[name]

    assert rewritten(raw).edits
    assert unwrapped(rewritten(raw).applied(raw)) == raw


@pytest.mark.parametrize("raw", UNWRAPPED.values(), ids=UNWRAPPED.keys())
def test_unwrapping_leads_where_it_led(raw: bytes) -> None:
    again = unwrapped(rewritten(raw).applied(raw))

    assert parse(again, message_id="x").message.links == parse(raw, message_id="x").message.links


def test_unwrapping_reaches_what_a_reply_shows() -> None:
    """Programs make a page of a quoted text, in which the safe link is text as well."""
    link = safe_links.make(U, base_url=BASE, key=KEYS.signing, reference="x", issued_at=1, days=1)
    raw = html(f'<blockquote><a href="{link}">{link}</a></blockquote>'.encode())

    assert unwrapped(raw).count(b"https://example.com/a?b=1&amp;c=2") == 2


@pytest.mark.parametrize("change", [lambda text: text.replace("/example.com/", "/bank.example/"), str.upper])
def test_forged_links_are_not_unwrapped(change: object) -> None:
    link = safe_links.make(U, base_url=BASE, key=KEYS.signing, reference="x", issued_at=1, days=1)
    assert link is not None
    assert callable(change)
    raw = mail(change(link).encode())

    assert unwrapped(raw) == raw


words = st.text(alphabet="abc xäß日\n>-.,<&\"'=", max_size=30)
urls = st.sampled_from([U, V, "https://own.example/", "http://a.example/?x=1#y", "HTTP://A.EXAMPLE"])


@given(st.lists(st.tuples(words, urls), max_size=6), words)
def test_text_without_its_links_stays_and_comes_back(pieces: list[tuple[str, str]], end: str) -> None:
    text = "".join(f"{word} {url} " for word, url in pieces) + end
    raw = mail(text.encode())
    after = rewritten(raw).applied(raw)

    assert SAFE.sub(target_of, after.decode()) == raw.decode()
    assert unwrapped(after) == raw


def target_of(link: re.Match[str]) -> str:
    reading = safe_links.read_url(link[0], BASE, KEYS, now=1_700_000_001).link
    return reading.target if reading is not None else ""


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(junk: bytes) -> None:
    for raw in (junk, mail(junk), html(junk, "quoted-printable"), html(junk, "base64"), multipart(html(junk))):
        after = rewritten(raw).applied(raw)
        unwrapped(after)
