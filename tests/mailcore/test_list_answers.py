"""What DNS lists are asked and what their answers mean."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailcore.dns import Answer, DnsStatus, Question, RecordType
from mailcore.dns_lists import SUBJECTS, DnsList, ListCode, ListKind, Subject, default_lists
from mailcore.list_answers import (
    MOST_CODES,
    REASON_CHARACTERS,
    Listing,
    ListTrouble,
    Reading,
    hit_of,
    judge_tests,
    question_about,
    read_answer,
    read_code,
    reason_of,
)
from mailcore.list_answers import test_questions as questions_of_test

IP_LIST = DnsList(
    enabled=True,
    zone="bl.example.org",
    kind=ListKind.IP,
    weight=2.0,
    codes={
        "127.0.0.2": ListCode(means="spam", weight=3.0),
        "127.0.0.[4..7]": ListCode(means="hijacked", weight=4.0),
        "127.0.0.[10;11]": ListCode(means="dynamic", weight=1.0),
        "127.0.1.255": ListCode(means="asked in the wrong way", error=True),
        "127.0.0.20": ListCode(means="as heavy as the list"),
    },
)
BIT_LIST = DnsList(
    enabled=True,
    zone="multi.example.org",
    kind=ListKind.DOMAIN,
    weight=0.5,
    codes={
        "&1": ListCode(means="refused", error=True),
        "&8": ListCode(means="phishing", weight=5.0),
        "&64": ListCode(means="abused", weight=3.0),
    },
)
ALLOW_LIST = DnsList(
    enabled=True,
    zone="wl.example.org",
    kind=ListKind.ALLOW,
    codes={
        "127.0.[2..20].1": ListCode(means="low", weight=-1.0),
        "127.0.[2..20].3": ListCode(means="high", weight=-4.0),
    },
)


def answer(*records: str) -> Answer:
    return Answer(status=DnsStatus.OK, records=records, ttl=60)


NOBODY = Answer(status=DnsStatus.NO_SUCH_NAME)

READ = {
    "one address": ("127.0.0.2", "127.0.0.2", True),
    "another": ("127.0.0.2", "127.0.0.3", False),
    "range, first": ("127.0.0.[4..7]", "127.0.0.4", True),
    "range, last": ("127.0.0.[4..7]", "127.0.0.7", True),
    "range, beyond": ("127.0.0.[4..7]", "127.0.0.8", False),
    "several": ("127.0.0.[2;4..5;11]", "127.0.0.5", True),
    "several, between": ("127.0.0.[2;4..5;11]", "127.0.0.3", False),
    "range in the middle": ("127.0.[0..255].3", "127.0.77.3", True),
    "range in the middle, other end": ("127.0.[0..255].3", "127.0.77.2", False),
    "bit": ("&8", "127.0.0.8", True),
    "bit among others": ("&8", "127.0.0.206", True),
    "bit that is not there": ("&8", "127.0.0.64", False),
    "bits, all": ("&24", "127.0.0.24", True),
    "bits, not all": ("&24", "127.0.0.8", False),
    "bit of another octet": ("&8", "127.8.8.0", False),
}


@pytest.mark.parametrize(("code", "record", "matches"), READ.values(), ids=READ)
def test_codes(code: str, record: str, matches: bool) -> None:
    listed = replace(IP_LIST, weight=0.0, codes={code: ListCode(means="x", weight=1.0)})
    assert [each.weight for each in read_answer(listed, answer(record)).listings] == [1.0 if matches else 0.0]


@pytest.mark.parametrize(
    "code",
    [
        *("", "127.0.0", "127.0.0.2.3", "127.0.0.256", "127.0.0.[7..4]", "127.0.0.[", "127.0.0.[]", "127.0.0.2 "),
        *("127.0.0.[1..2..3]", "127.0.0.-1", "127..0.2", "192.0.2.1", "[0..255].0.0.2", "&", "&0", "&256", "&x", "*"),
        *("127.0.0.2.", ".127.0.0.2", "127.0.0.[4-7]", "127.0.0.²"),
    ],
)
def test_codes_that_cannot_be_read(code: str) -> None:
    with pytest.raises(ValueError, match=r"expected|begin with 127"):
        read_code(code)


LISTED = {
    "by one code": (IP_LIST, ("127.0.0.2",), [("spam", 3.0)]),
    "by a range": (IP_LIST, ("127.0.0.6",), [("hijacked", 4.0)]),
    "by several addresses": (IP_LIST, ("127.0.0.2", "127.0.0.10"), [("spam", 3.0), ("dynamic", 1.0)]),
    "by the same address twice": (IP_LIST, ("127.0.0.2", "127.0.0.2"), [("spam", 3.0)]),
    "by a code nobody named": (IP_LIST, ("127.0.0.99",), [("listed", 2.0)]),
    "by a code without a weight": (IP_LIST, ("127.0.0.20",), [("as heavy as the list", 2.0)]),
    "by bits": (BIT_LIST, ("127.0.0.72",), [("phishing", 5.0), ("abused", 3.0)]),
    "by a bit that nobody named": (BIT_LIST, ("127.0.0.2",), [("listed", 0.5)]),
    "as good": (ALLOW_LIST, ("127.0.5.3",), [("high", -4.0)]),
}


@pytest.mark.parametrize(("listed", "records", "means"), LISTED.values(), ids=LISTED)
def test_listings(listed: DnsList, records: tuple[str, ...], means: list[tuple[str, float]]) -> None:
    reading = read_answer(listed, answer(*records))
    assert [(each.means, each.weight) for each in reading.listings] == means
    assert reading.trouble is None


NOT_LISTED = {
    "no such name": (NOBODY, None, True),
    "no data": (Answer(status=DnsStatus.NO_DATA), None, True),
    "time out": (Answer(status=DnsStatus.TIMEOUT), None, False),
    "server failed": (Answer(status=DnsStatus.SERVER_FAILED), None, False),
    "in circles or too long": (Answer(status=DnsStatus.MALFORMED), None, False),
    "error: misspelt": (answer("127.255.255.252"), ListTrouble.REFUSES, True),
    "error: public resolver": (answer("127.255.255.254"), ListTrouble.REFUSES, True),
    "error: too many": (answer("127.255.255.255"), ListTrouble.REFUSES, True),
    "error: not known yet": (answer("127.255.255.3"), ListTrouble.REFUSES, True),
    "error beside a listing": (answer("127.0.0.2", "127.255.255.254"), ListTrouble.REFUSES, True),
    "error of that list": (answer("127.0.1.255"), ListTrouble.REFUSES, True),
    "127.0.0.1": (answer("127.0.0.1"), ListTrouble.REFUSES, True),
    "address of the world": (answer("203.0.113.7"), ListTrouble.MAKES_NO_SENSE, True),
    "address of the world beside a listing": (answer("127.0.0.2", "203.0.113.7"), ListTrouble.MAKES_NO_SENSE, True),
    "address of a private network": (answer("10.0.0.2"), ListTrouble.MAKES_NO_SENSE, True),
    "no address": (answer("listed"), ListTrouble.MAKES_NO_SENSE, True),
    "IPv6": (answer("::1"), ListTrouble.MAKES_NO_SENSE, True),
    "without end": (answer(*(f"127.0.0.{n}" for n in range(2, MOST_CODES + 3))), ListTrouble.MAKES_NO_SENSE, True),
}


@pytest.mark.parametrize(("given", "trouble", "is_known"), NOT_LISTED.values(), ids=NOT_LISTED)
def test_no_listings(given: Answer, trouble: ListTrouble | None, is_known: bool) -> None:
    reading = read_answer(IP_LIST, given)
    assert not reading.listings
    assert (reading.trouble, reading.is_known) == (trouble, is_known)


def test_a_list_may_mean_something_by_127_0_0_1() -> None:
    listed = replace(ALLOW_LIST, codes={"127.0.0.1": ListCode(means="trusted", weight=-1.0)})
    assert read_answer(listed, answer("127.0.0.1")).listings == (Listing("127.0.0.1", "trusted", -1.0),)


def test_refused_by_a_bit() -> None:
    reading = read_answer(BIT_LIST, answer("127.0.0.1"))
    assert (reading.trouble, reading.detail) == (ListTrouble.REFUSES, "127.0.0.1: refused")


V6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
QUESTIONS = {
    "IPv4": (IP_LIST, "192.0.2.7", "7.2.0.192.bl.example.org"),
    "IPv6": (IP_LIST, "2001:db8::1", f"{V6}.bl.example.org"),
    "IPv6 of a list of IPv4": (replace(IP_LIST, ip_versions=(4,)), "2001:db8::1", ""),
    "IPv4 of a list of IPv6": (replace(IP_LIST, ip_versions=(6,)), "192.0.2.7", ""),
    "domain": (BIT_LIST, "example.com", "example.com.multi.example.org"),
    "zone as people write it": (
        replace(BIT_LIST, zone="Multi.Example.ORG."),
        "a.example",
        "a.example.multi.example.org",
    ),
    "too long for a question": (BIT_LIST, ".".join(["a" * 60] * 4), ""),
}


@pytest.mark.parametrize(("listed", "value", "name"), QUESTIONS.values(), ids=QUESTIONS)
def test_questions(listed: DnsList, value: str, name: str) -> None:
    assert question_about(listed, value) == (Question(name, RecordType.A) if name else None)


TESTS = {
    "IPv4": (IP_LIST, ["2.0.0.127.bl.example.org", "1.0.0.127.bl.example.org"]),
    "IPv6 only": (
        replace(IP_LIST, ip_versions=(6,)),
        [f"{last}.0.0.0.0.0.f.7.f.f.f.f.{'0.' * 20}bl.example.org" for last in "21"],
    ),
    "domains": (BIT_LIST, ["test.multi.example.org", "invalid.multi.example.org"]),
    "vouches": (ALLOW_LIST, ["2.0.0.127.wl.example.org", "1.0.0.127.wl.example.org"]),
    "of its own": (
        replace(BIT_LIST, listed_test="dbltest.com", unlisted_test="good.com"),
        ["dbltest.com.multi.example.org", "good.com.multi.example.org"],
    ),
    "none": (replace(IP_LIST, tested=False), []),
}


@pytest.mark.parametrize(("listed", "names"), TESTS.values(), ids=TESTS)
def test_entries_that_are_tested(listed: DnsList, names: list[str]) -> None:
    assert [question.name for question in questions_of_test(listed)] == names


SILENT = Answer(status=DnsStatus.TIMEOUT)
JUDGED = {
    "well": (answer("127.0.0.2"), NOBODY, None, "", True),
    "well by a code that weighs nothing": (answer("127.0.0.99"), NOBODY, None, "", True),
    "lists everything": (answer("127.0.0.2"), answer("127.0.0.2"), ListTrouble.LISTS_EVERYTHING, "1.0.0.127", True),
    "lists nothing": (NOBODY, NOBODY, ListTrouble.LISTS_NOTHING, "2.0.0.127", True),
    "lists only what it must not": (NOBODY, answer("127.0.0.2"), ListTrouble.LISTS_EVERYTHING, "1.0.0.127", True),
    "refuses everything": (
        answer("127.255.255.255"),
        answer("127.255.255.255"),
        ListTrouble.REFUSES,
        "127.255.255.255: too many questions",
        True,
    ),
    "domain was sold": (answer("203.0.113.1"), answer("203.0.113.1"), ListTrouble.MAKES_NO_SENSE, "203.0.113.1", True),
    "silent": (SILENT, SILENT, None, "", False),
    "half silent": (answer("127.0.0.2"), SILENT, None, "", False),
    "other half silent": (SILENT, NOBODY, None, "", False),
    "silent, but lists what it must not": (
        SILENT,
        answer("127.0.0.2"),
        ListTrouble.LISTS_EVERYTHING,
        "1.0.0.127",
        True,
    ),
}


@pytest.mark.parametrize(("must", "must_not", "trouble", "detail", "is_known"), JUDGED.values(), ids=JUDGED)
def test_tests(must: Answer, must_not: Answer, trouble: ListTrouble | None, detail: str, is_known: bool) -> None:
    answers = dict(zip(questions_of_test(IP_LIST), (must, must_not), strict=True))
    reading = judge_tests(IP_LIST, answers)
    assert (reading.trouble, reading.detail, reading.is_known) == (trouble, detail, is_known)


def test_the_zone_stays_out_of_what_is_told() -> None:
    listed = replace(IP_LIST, zone="secret-key.zen.example.net")
    questions = questions_of_test(listed)
    for given in (NOBODY, answer("127.0.0.2")):
        assert "secret" not in judge_tests(listed, dict.fromkeys(questions, given)).detail


def test_of_bad_meanings_the_worst_counts_and_of_good_ones_the_weakest() -> None:
    bad = Reading(listings=(Listing("127.0.0.2", "spam", 3.0), Listing("127.0.0.10", "dynamic", 1.0)))
    good = Reading(listings=(Listing("127.0.2.3", "high", -4.0), Listing("127.0.2.1", "low", -1.0)))
    assert hit_of("bl", IP_LIST, Subject.CLIENT, "192.0.2.7", bad).weight == 3.0
    assert hit_of("wl", ALLOW_LIST, Subject.CLIENT, "192.0.2.7", good).weight == -1.0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param(answer("https://example.org/?ip=192.0.2.7"), "https://example.org/?ip=192.0.2.7", id="plain"),
        pytest.param(answer("one", "two"), "one", id="several"),
        pytest.param(answer("a\x1b[31m\r\nX: y\xe9"), "a [31m X: y", id="hostile"),
        pytest.param(answer("x" * 60_000), "x" * REASON_CHARACTERS, id="huge"),
        pytest.param(NOBODY, "", id="none"),
        pytest.param(SILENT, "", id="silent"),
    ],
)
def test_reasons(given: Answer, reason: str) -> None:
    assert reason_of(given) == reason


def test_shipped_lists_are_off_and_make_sense() -> None:
    lists = default_lists()
    assert lists
    assert not any(listed.enabled for listed in lists.values())
    for listed in lists.values():
        assert set(listed.subjects) <= set(SUBJECTS[listed.kind])
        assert all(read_code(code) for code in listed.codes)
