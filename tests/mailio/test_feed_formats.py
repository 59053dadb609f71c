"""Lists as their operators write them, and what else servers send in their place."""

from __future__ import annotations

import csv
import io
import json
import random
import time
from collections.abc import Iterator

import pytest

from mailcore.feed_settings import FeedFormat
from mailio.feed_formats import Entry, FeedUnreadable, Tally, day_of, read_entries

URLHAUS = '''\
################################################################
# abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #
################################################################
#
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"3012345","2026-11-20 08:15:07","http://192.0.2.7:40123/bin.sh","online","2026-11-21 01:00:00","malware_download","32-bit,elf","https://urlhaus.abuse.ch/url/3012345/","anna"
"3012344","2026-11-19 23:59:59","https://shop.example/wp/a,b.php?x=""1""","offline",,"malware_download",,"https://urlhaus.abuse.ch/url/3012344/","bob"
'''
PHISHTANK = """\
phish_id,url,phish_detail_url,submission_time,verified,verification_time,online,target
1,https://login.evil.example/a,http://www.phishtank.com/phish_detail.php?phish_id=1,2026-11-01T10:00:00+00:00,yes,2026-11-02T10:00:00+00:00,yes,Other
2,"https://evil.example/?a=1,2",http://x.example/,2026-11-01T10:00:00+00:00,yes,,yes,"Bank, A"
3,https://honest.example/,http://x.example/,2026-11-01T10:00:00+00:00,no,,yes,Other
"""
NOV_1, NOV_2, NOV_19, NOV_20 = 20_758, 20_759, 20_776, 20_777

LISTS: dict[str, tuple[FeedFormat, str, list[Entry]]] = {
    "urlhaus": (
        FeedFormat.URLHAUS_CSV,
        URLHAUS,
        [Entry("page 192.0.2.7:40123/bin.sh", NOV_20), Entry('page shop.example/wp/a,b.php?x="1"', NOV_19)],
    ),
    "phishtank": (
        FeedFormat.PHISHTANK_CSV,
        PHISHTANK,
        [Entry("page login.evil.example/a", NOV_2), Entry("page evil.example/?a=1,2", NOV_1)],
    ),
    "phishtank as json": (
        FeedFormat.PHISHTANK_JSON,
        json.dumps(
            [
                {"phish_id": "1", "url": "https://evil.example/a", "verification_time": "2026-11-02T00:00:00+00:00"},
                {"phish_id": 2, "url": "https://evil.example/b", "verified": "no"},
                {"phish_id": 3, "url": "https://evil.example/c", "details": [{"ip_address": "192.0.2.1"}]},
            ]
        ),
        [Entry("page evil.example/a", NOV_2), Entry("page evil.example/c")],
    ),
    "json, indented": (
        FeedFormat.PHISHTANK_JSON,
        '[\n {"url":\n "http://a.example/"}\n ,\n]\n',
        [Entry("page a.example/")],
    ),
    "json, empty": (FeedFormat.PHISHTANK_JSON, " [ ] ", []),
    "openphish": (
        FeedFormat.PLAIN,
        "https://a.example/login\nhttp://B.example\nc.example/x remark\nd.example\n192.0.2.1\n# remark\n\n",
        [
            *(Entry("page a.example/login"), Entry("page b.example/"), Entry("page c.example/x")),
            *(Entry("host d.example"), Entry("network 192.0.2.1/32")),
        ],
    ),
    "domains": (
        FeedFormat.DOMAINS,
        "Evil.Example\n*.b.example\n.c.example # why\nbücher.example\n192.0.2.9\n",
        [
            *(Entry("domain evil.example"), Entry("domain b.example"), Entry("domain c.example")),
            *(Entry("domain xn--bcher-kva.example"), Entry("network 192.0.2.9/32")),
        ],
    ),
    "hosts": (
        FeedFormat.HOSTS,
        "127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\nfe80::1%lo0 localhost\n0.0.0.0 0.0.0.0\n"
        "0.0.0.0 a.example b.example # both\n\tc.example\n127.0.0.1\td.example\n",
        [Entry(f"host {name}.example") for name in "abcd"],
    ),
    "addresses": (
        FeedFormat.IP,
        "192.0.2.1\n198.51.100.0/24 ; SBL1\n2001:db8::/32\n2001:db8::5 # why\n203.0.113.7,high\n",
        [
            *(Entry("network 192.0.2.1/32"), Entry("network 198.51.100.0/24"), Entry("network 2001:db8::/32")),
            *(Entry("network 2001:db8::5/128"), Entry("network 203.0.113.7/32")),
        ],
    ),
    "nothing": (FeedFormat.PLAIN, "", []),
}


def read(format: FeedFormat, content: bytes, tally: Tally | None = None) -> list[Entry]:  # noqa: A002
    return list(read_entries(io.BytesIO(content), format, tally or Tally()))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\ufeff"], ids=["lf", "crlf", "bom"])
@pytest.mark.parametrize(("format", "text", "expected"), LISTS.values(), ids=list(LISTS))
def test_what_is_listed(format: FeedFormat, text: str, expected: list[Entry], ends: str) -> None:  # noqa: A002
    written = "\ufeff" + text if ends == "\ufeff" else text.replace("\n", ends)
    assert read(format, written.encode()) == expected


LEFT_OUT = {
    "an address that leads nowhere": (FeedFormat.PLAIN, b"mailto:a@b.example/\nhttps://a.example/\n"),
    "a name without a dot": (FeedFormat.DOMAINS, b"localhost\nevil.example\n"),
    "a sentence": (FeedFormat.DOMAINS, b"Not+a+domain is here\nevil.example\n"),
    "a network that is much of the Internet": (FeedFormat.IP, b"0.0.0.0/0\n192.0.2.1\n"),
    "a zero": (FeedFormat.PLAIN, b"https://a.example/\0\nhttps://a.example/\n"),
    "a quote that does not end": (
        FeedFormat.URLHAUS_CSV,
        b'"1","2026-11-01","http://a.example/\n"2","","http://b.example/"\n',
    ),
    "a row that is too short": (FeedFormat.URLHAUS_CSV, b'"1","2026-11-01"\n"2","","http://b.example/"\n'),
    "no text": (FeedFormat.PLAIN, b"http://\xff\xfe\x80/\nhttps://a.example/\n"),
    "a line of a megabyte": (FeedFormat.PLAIN, b"https://a.example/" + b"a" * 1_000_000 + b"\nhttps://b.example/\n"),
    "a line that does not end": (FeedFormat.PLAIN, b"https://b.example/\n" + b"a" * 100_000),
    "an object without an address": (FeedFormat.PHISHTANK_JSON, b'[{"a": 1}, {"url": "http://a.example/"}]'),
    "a number in place of an object": (FeedFormat.PHISHTANK_JSON, b'[17, {"url": "http://a.example/"}]'),
}


@pytest.mark.parametrize(("format", "content"), LEFT_OUT.values(), ids=list(LEFT_OUT))
def test_a_line_that_makes_no_sense_is_left_out(format: FeedFormat, content: bytes) -> None:  # noqa: A002
    tally = Tally()
    assert len(read(format, content, tally)) == 1
    assert (tally.lines, tally.skipped) == (2, 1)


PAGE = b"<!DOCTYPE html>\n<html><body><h1>Too many requests</h1></body></html>\n"
OTHER_THINGS = {
    "page": PAGE,
    "page after blank lines": b"\n\n  " + PAGE,
    "page with a byte order mark": b"\xef\xbb\xbf" + PAGE,
    "junk": random.Random(1).randbytes(200_000),
    "zeros": bytes(300_000),
    "words": b"there is nothing to see here, go away\n" * 50,
    "objects": b'{"error": "no key"}\n' * 50,
}


@pytest.mark.parametrize("content", OTHER_THINGS.values(), ids=list(OTHER_THINGS))
@pytest.mark.parametrize("format", [each for each in FeedFormat if each is not FeedFormat.SAFE_BROWSING], ids=str)
def test_what_is_no_list_is_refused_or_empty(format: FeedFormat, content: bytes) -> None:  # noqa: A002
    try:
        found = read(format, content)
    except FeedUnreadable:
        return
    assert found == []


@pytest.mark.parametrize(
    ("format", "content", "words"),
    [
        (FeedFormat.PLAIN, PAGE, "it is a page"),
        (FeedFormat.PHISHTANK_CSV, b"id,address\n1,x\n", "names no column 'url'"),
        (FeedFormat.PHISHTANK_JSON, b'{"a": 1}', "no array"),
        (FeedFormat.PHISHTANK_JSON, b'[{"url": "http://a.example/"}, {"url": ', "ends in the middle, after 1"),
        (FeedFormat.PHISHTANK_JSON, b'[{"url": "' + b"a" * 400_000, "is broken, after 0"),
        (FeedFormat.PHISHTANK_JSON, b"[" * 100_000, "nested too deep"),
        (FeedFormat.DOMAINS, b"a.example\n" * 50 + b"not a domain!\n" * 20, "20 of 70 lines are not in its format"),
    ],
    ids=["page", "other columns", "object", "cut", "endless text", "deep", "mixture"],
)
def test_why_it_is_refused(format: FeedFormat, content: bytes, words: str) -> None:  # noqa: A002
    if words == "20 of 70 lines are not in its format":
        content = content.replace(b"not a domain!", b"!")
    with pytest.raises(FeedUnreadable, match=words):
        read(format, content)


class Endless(io.RawIOBase):
    """One line of so many bytes, made as it is read."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what the interpreter gives
        count = min(len(buffer), self._left)
        buffer[:count] = b"a" * count
        self._left -= count
        return count


def test_a_line_of_a_gigabyte_takes_no_memory() -> None:
    import tracemalloc

    tally = Tally()
    tracemalloc.start()
    try:
        stream = io.BufferedReader(Endless(1_000_000_000), 1_048_576)
        assert list(read_entries(stream, FeedFormat.PLAIN, tally)) == []
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert tally.skipped == 1


def test_many_rows_in_quotes_are_read_as_the_library_does() -> None:
    made = random.Random(5)
    paths = ["/" + "".join(made.choices("ab\",; '%?&=", k=12)) for _ in range(300)]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for number, path in enumerate(paths):
        writer.writerow([number, "2026-11-01 00:00:00", f"https://h{number}.example{path}", "online"])
    tally = Tally()
    found = read(FeedFormat.URLHAUS_CSV, text.getvalue().encode(), tally)
    assert (len(found), tally.skipped) == (len(paths), 0)
    assert [entry.key.split("/")[0] for entry in found] == [f"page h{number}.example" for number in range(len(paths))]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1970-01-02", 1),
        ("2026-11-20 08:15:07", NOV_20),
        ("2026-11-20 08:15:07 UTC", NOV_20),
        ("2026-11-20T23:30:00-02:00", NOV_20 + 1),
        ("1969-01-01", 0),
        ("9999-12-31", 65_535),
        ("0001-01-01", 0),
        ("yesterday", 0),
        ("", 0),
    ],
    ids=str,
)
def test_dates(text: str, day: int) -> None:
    assert day_of(text) == day


def some_lines() -> Iterator[bytes]:
    made = random.Random(11)
    for _ in range(20_000):
        yield made.randbytes(made.randrange(40)).replace(b"\n", b"") + b"\n"


def test_nonsense_is_given_up_early() -> None:
    tally = Tally()
    began = time.monotonic()
    with pytest.raises(FeedUnreadable):
        read(FeedFormat.PLAIN, b"".join(some_lines()), tally)
    assert tally.lines < 2_000
    assert time.monotonic() - began < 60
