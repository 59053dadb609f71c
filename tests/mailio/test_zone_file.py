"""Zone files that stand in for the DNS."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.dns import DnsStatus, Question, RecordType
from mailcore.errors import ConfigurationError
from mailio.zone_file import ZoneResolver, load_zone, parse_zone

SIMPLE = """
; a comment
example.com   A     192.0.2.1
example.com   A     192.0.2.2   ; another
example.com   AAAA  2001:DB8::1
example.com.  MX    20 Second.example.com.
example.com   MX    10 first.example.com
example.com   TXT   "v=spf1 a" " -all"
example.com   TXT   "with ; and \\"quotes\\" and \\\\ and \\255"
umlaut.example TXT  "ä"
null.example  MX    0 .
1.2.0.192.in-addr.arpa PTR mail.example.com
www.example.com CNAME example.com
one.loop.test CNAME two.loop.test
two.loop.test CNAME one.loop.test
deep.er.example A 192.0.2.9
*.wild.example TXT "any"
there.wild.example A 192.0.2.10
slow.example  STATUS timeout
bad.example   STATUS server failed
"""

BIND = """
$ORIGIN example.net.
$TTL 600
@   IN SOA ns.example.net. host.example.net. (
        1       ; serial
        3600 600 86400 60 )
    IN NS ns
    60 IN MX 10 mail
mail 120 A 192.0.2.5
     AAAA 2001:db8::5
selector._domainkey IN TXT ( "v=DKIM1; k=rsa; "
    "p=MIGf" )
$ORIGIN sub.example.net.
www A 192.0.2.6
"""


def zone(text: str) -> ZoneResolver:
    return ZoneResolver(parse_zone(text, "zone"))


@pytest.mark.parametrize(
    ("name", "kind", "records"),
    [
        ("example.com", "A", ("192.0.2.1", "192.0.2.2")),
        ("example.com", "AAAA", ("2001:db8::1",)),
        ("example.com", "MX", ("10 first.example.com", "20 second.example.com")),
        ("example.com", "TXT", ("v=spf1 a -all", 'with ; and "quotes" and \\ and \xff')),
        ("umlaut.example", "TXT", ("\xc3\xa4",)),
        ("null.example", "MX", ("0 .",)),
        ("192.0.2.1", "PTR", ("mail.example.com",)),
        ("1.2.0.192.in-addr.arpa", "PTR", ("mail.example.com",)),
        ("www.example.com", "A", ("192.0.2.1", "192.0.2.2")),
        ("a.b.wild.example", "TXT", ("any",)),
    ],
)
def test_records(name: str, kind: str, records: tuple[str, ...]) -> None:
    asked = Question(name, RecordType(kind))
    answer = zone(SIMPLE).resolve([asked], seconds=1)[asked]
    assert (answer.status, answer.records, answer.ttl) == (DnsStatus.OK, records, 3_600)


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("example.org", "A", DnsStatus.NO_SUCH_NAME),
        ("x.example.com", "A", DnsStatus.NO_SUCH_NAME),
        ("null.example", "A", DnsStatus.NO_DATA),
        ("er.example", "A", DnsStatus.NO_DATA),
        ("wild.example", "TXT", DnsStatus.NO_DATA),
        ("there.wild.example", "TXT", DnsStatus.NO_DATA),  # a name that exists hides the wildcard
        ("x.there.wild.example", "TXT", DnsStatus.NO_SUCH_NAME),  # and so does one above (RFC 4592 section 2.2.1)
        ("one.loop.test", "A", DnsStatus.SERVER_FAILED),
        ("slow.example", "A", DnsStatus.TIMEOUT),
        ("bad.example", "TXT", DnsStatus.SERVER_FAILED),
        ("", "A", DnsStatus.NO_SUCH_NAME),
    ],
)
def test_nothing(name: str, kind: str, status: DnsStatus) -> None:
    asked = Question(name, RecordType(kind))
    answer = zone(SIMPLE).resolve([asked], seconds=1)[asked]
    assert (answer.status, answer.records) == (status, ())


@pytest.mark.parametrize(
    ("name", "kind", "records", "ttl"),
    [
        ("example.net", "MX", ("10 mail.example.net",), 60),
        ("mail.example.net", "A", ("192.0.2.5",), 120),
        ("mail.example.net", "AAAA", ("2001:db8::5",), 600),
        ("selector._domainkey.example.net", "TXT", ("v=DKIM1; k=rsa; p=MIGf",), 600),
        ("www.sub.example.net", "A", ("192.0.2.6",), 600),
    ],
)
def test_what_bind_writes(name: str, kind: str, records: tuple[str, ...], ttl: int) -> None:
    asked = Question(name, RecordType(kind))
    answer = zone(BIND).resolve([asked], seconds=1)[asked]
    assert (answer.records, answer.ttl) == (records, ttl)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a.test A 192.0.2.256", r"zone:1: .*192\.0\.2\.256"),
        ("\na.test AAAA 192.0.2.1", "zone:2: "),
        ("a.test", "zone:1: a line is `name type value`"),
        ("a.test 300 IN", "zone:1: a line is `name type value`"),
        ("a.test A", "zone:1: A cannot have the value"),
        ("a.test A 192.0.2.1 192.0.2.2", "zone:1: A cannot have"),
        ("a.test MX mail.test", "zone:1: MX cannot have"),
        ("a.test MX ten mail.test", "zone:1: MX cannot have"),
        ("a.test SPF x", "zone:1: SPF: the type is one of A, AAAA"),
        ("a.test STATUS asleep", "zone:1: STATUS cannot have"),
        ('a.test TXT "open', "zone:1: a quoted string has no end"),
        ("a.test TXT ( x\n y", r"zone:2: `\(` is not closed"),
        ("a.test TXT x )", r"zone:1: `\)` without"),
        ("  A 192.0.2.1", "zone:1: the first line needs a name"),
        ("$INCLUDE other", "zone:1: only `\\$ORIGIN"),
        ("$TTL soon", "zone:1: only"),
        ("müller.test A 192.0.2.1", "zone:1: names are written in ASCII"),
    ],
)
def test_errors_name_the_line(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        parse_zone(text, "zone")


def test_a_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "zone"
    path.write_text(SIMPLE, encoding="utf-8")
    asked = Question("example.com", RecordType.A)
    assert load_zone(path).resolve([asked], seconds=1)[asked].status is DnsStatus.OK


@pytest.mark.parametrize("content", [None, b"\xff\xfe A 192.0.2.1"], ids=["no file", "no UTF-8"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "zone"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=str(path)):
        load_zone(path)


def test_aliases_that_never_end_do_not_hold_anybody() -> None:
    text = "\n".join(f"c{number}.test CNAME c{number + 1}.test" for number in range(100))
    asked = Question("c0.test", RecordType.A)
    assert zone(text).resolve([asked], seconds=1)[asked].status is DnsStatus.SERVER_FAILED
