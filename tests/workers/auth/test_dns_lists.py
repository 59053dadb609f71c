"""How DNS lists are asked: about what, beside what, for how long, and what is made of those that fail."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

import dns.message
import dns.rrset
import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthResult
from mailcore.decide import decide
from mailcore.dns import NOT_ASKED, Answer, DnsStatus, Question, RecordType
from mailcore.identity import identify
from mailcore.list_answers import ListOutcome, ListStanding, ListTrouble
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.policy import Policy
from mailcore.settings import Dns, Settings
from mailcore.verdict import Action, PoolReport, PoolStatus
from mailcore.view import MailView
from mailio.dns_cache import open_resolver
from mailio.zone_file import ZoneResolver, parse_zone
from tests.dns_proxy import DnsProxy
from tests.workers.auth.listing import BAD, GOOD, NAMES, ZONE, listing
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import CLIENT, ENVELOPE, FORGED, keys, mail, verify
from workers.auth import build
from workers.auth.dns_lists import MOST_HITS, MOST_QUESTIONS
from workers.runner import run_pool

LISTED = ZONE + "9.100.51.198.bl.example.org A 127.0.0.2\n"
ZONES = ("bl.example.org", "dbl.example.org", "wl.example.org")


class Watched:
    """A zone that remembers what it was asked, and takes its time over some names."""

    def __init__(self, records: str = ZONE, *, slow: str = "", seconds: float = 0.0) -> None:
        self.zone = ZoneResolver(parse_zone(records, "zone"))
        self.asked: list[Question] = []
        self._slow = slow
        self._seconds = seconds

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        self.asked += questions
        if self._slow and any(question.name.endswith(self._slow) for question in questions):
            time.sleep(min(seconds, self._seconds))
            if seconds < self._seconds:
                return {}
        return self.zone.resolve(questions, seconds=seconds)

    def lists(self) -> set[str]:
        """What lists were asked about."""
        return {question.name for question in self.asked if question.name.endswith(ZONES)}


class Health:
    """A health that says what it is told, and keeps what it hears."""

    def __init__(self, **standings: ListStanding) -> None:
        self._standings = standings
        self.heard: dict[str, ListOutcome] = {}

    def standing(self, name: str) -> ListStanding:
        return self._standings.get(name, ListStanding.WELL)

    def note(self, outcomes: Mapping[str, ListOutcome]) -> None:
        self.heard |= outcomes


def verified(
    raw: bytes,
    envelope: Envelope = FORGED,
    *,
    resolver: Watched,
    settings: Settings | None = None,
    health: Health | None = None,
) -> PoolReport:
    pool = build(resolver, settings=settings or listing(), list_health=health or Health())
    view = MailView(envelope=envelope, message=parse(raw, message_id="test").message)
    return run_pool(pool, view, {"raw": raw}, seconds=6.0)


def test_what_is_asked() -> None:
    resolver = Watched(ZONE + keys())
    verified(signed(mail(body="http://www.shop.co.uk/\r\n")), ENVELOPE, resolver=resolver)
    assert resolver.lists() == {
        "1.2.0.192.bl.example.org",
        "1.2.0.192.wl.example.org",
        "example.com.dbl.example.org",
        "shop.co.uk.dbl.example.org",
        "example.com.wl.example.org",
    }


UNTOLD: dict[str, tuple[Envelope, str, Settings]] = {
    "client in a private network": (replace(FORGED, client_address="10.0.0.9"), "", listing()),
    "client of this host": (replace(FORGED, client_address="127.0.0.1"), "", listing()),
    "link-local": (replace(FORGED, client_address="fe80::1"), "", listing()),
    "unique local": (replace(FORGED, client_address="fd00::1"), "", listing()),
    "carrier-grade NAT": (replace(FORGED, client_address="100.64.0.1"), "", listing()),
    "our own network": (replace(FORGED, client_address="203.0.113.5"), "", listing()),
    "who logged in": (replace(FORGED, authenticated_user="alice"), "", listing()),
    "a relay of ours that names nobody": (
        replace(FORGED, client_address="198.51.100.1"),
        "Received: from unknown by mx.example.org; Mon, 5 Jan 2026 10:00:00 +0000\r\n",
        listing(relays=("198.51.100.0/24",)),
    ),
    "no client": (replace(FORGED, client_address=""), "", listing()),
}


@pytest.mark.parametrize(("envelope", "more", "settings"), UNTOLD.values(), ids=UNTOLD)
def test_no_list_hears_of_addresses_inside(envelope: Envelope, more: str, settings: Settings) -> None:
    resolver = Watched()
    verified(mail(more=more), envelope, resolver=resolver, settings=settings)
    assert not {name for name in resolver.lists() if name.endswith((".bl.example.org", ".wl.example.org"))}


def test_behind_a_relay_the_client_before_it_is_asked_about() -> None:
    more = f"Received: from mx.example.com (mx.example.com [{CLIENT}]) by in.example.org; 5 Jan 2026 10:00:00 +0000\r\n"
    resolver = Watched()
    envelope = replace(ENVELOPE, client_address="198.51.100.1")
    verified(mail(more=more), envelope, resolver=resolver, settings=listing(relays=("198.51.100.0/24",)))
    assert "1.2.0.192.bl.example.org" in resolver.lists()
    assert "1.100.51.198.bl.example.org" not in resolver.lists()


def test_nothing_is_asked_of_lists_that_are_off() -> None:
    resolver = Watched()
    settings = listing(bad=replace(BAD, enabled=False), names=NAMES)
    verified(mail(), resolver=resolver, settings=settings, health=Health(names=ListStanding.OFF))
    assert not resolver.lists()


def test_a_new_list_is_tested_in_the_same_round_and_a_known_one_is_not() -> None:
    health = Health(bad=ListStanding.UNTESTED)
    resolver = Watched()
    verified(mail(), resolver=resolver, health=health)
    assert {"2.0.0.127.bl.example.org", "1.0.0.127.bl.example.org"} <= resolver.lists()
    assert "test.dbl.example.org" not in resolver.lists()
    assert health.heard["bad"] == ListOutcome(is_tested=True)
    assert health.heard["names"] == ListOutcome()


def test_the_questions_about_one_message_are_bounded() -> None:
    lists = {f"names{number}": replace(NAMES, zone=f"{number}.dbl.example.org", tested=False) for number in range(12)}
    resolver = Watched()
    raw = mail(body="".join(f"http://site{number}.com/\r\n" for number in range(200)))
    verified(raw, resolver=resolver, settings=listing(most_links=100, **lists))  # type: ignore[arg-type]
    assert len(resolver.lists()) == MOST_QUESTIONS
    assert "example.com.11.dbl.example.org" in resolver.lists()


def test_reasons_are_asked_for_where_wanted_and_shown() -> None:
    records = LISTED + '9.100.51.198.bl.example.org TXT "see https://example.org/why"\n'
    for is_wanted in (True, False):
        resolver = Watched(records)
        report = verified(mail(), resolver=resolver, settings=listing(bad=replace(BAD, reasons=is_wanted)))
        (finding,) = (each for each in report.findings if each.id == "client_is_listed")
        assert finding.detail.endswith('"see https://example.org/why"') is is_wanted
        assert (Question("9.100.51.198.bl.example.org", RecordType.TXT) in resolver.asked) is is_wanted


def test_hits_are_bounded_and_the_weightiest_are_kept() -> None:
    sites = "".join(f"site{number}.com.dbl.example.org A 127.0.0.4\n" for number in range(80))
    records = ZONE + sites.replace("site70.com.dbl.example.org A 127.0.0.4", "site70.com.dbl.example.org A 127.0.0.8")
    raw = mail(body="".join(f"http://site{number}.com/\r\n" for number in range(80)))
    report = verified(raw, resolver=Watched(records), settings=listing(most_links=100, names=NAMES))
    assert report.auth is not None
    assert len(report.auth.lists) == MOST_HITS
    assert report.auth.lists[0].value == "site70.com"


PROBLEMS = {
    "refuses": (
        "9.100.51.198.bl.example.org A 127.255.255.254\n",
        ListTrouble.REFUSES,
        "the list bad refuses to answer",
    ),
    "no sense": ("9.100.51.198.bl.example.org A 203.0.113.1\n", ListTrouble.MAKES_NO_SENSE, "(203.0.113.1)"),
    "without end": (
        "".join(f"9.100.51.198.bl.example.org A 127.0.1.{number}\n" for number in range(200)),
        ListTrouble.MAKES_NO_SENSE,
        "(200 addresses)",
    ),
    "everything": ("1.0.0.127.bl.example.org A 127.0.0.2\n", ListTrouble.LISTS_EVERYTHING, "(1.0.0.127)"),
}


@pytest.mark.parametrize(("more", "trouble", "words"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_list_that_fails_is_a_problem_and_no_hit(more: str, trouble: ListTrouble, words: str) -> None:
    health = Health(bad=ListStanding.UNTESTED)
    report = verified(mail(), resolver=Watched(ZONE + more), health=health)
    assert health.heard["bad"].trouble is trouble
    assert report.status is PoolStatus.PARTIAL
    assert words in report.reason
    assert report.auth is not None
    assert not report.auth.lists


def test_a_list_without_test_entries_can_be_asked() -> None:
    records = LISTED.replace("2.0.0.127.bl.example.org A 127.0.0.2\n", "")
    report = verify(mail(), FORGED, records=records, settings=listing(bad=replace(BAD, tested=False)))
    assert "client_is_listed" in {finding.id for finding in report.findings}


def test_a_list_that_does_not_answer_is_missing_and_nothing_else_is() -> None:
    report = verified(mail(), ENVELOPE, resolver=Watched(LISTED + "1.2.0.192.bl.example.org STATUS timeout\n"))
    assert report.status is PoolStatus.PARTIAL
    assert report.reason == "the DNS did not answer for the list bad"
    assert report.auth is not None
    assert report.auth.missing == ("the list bad",)
    assert report.auth.spf is AuthResult.PASS


def test_a_slow_list_is_waited_for_as_long_as_is_set_and_blamed() -> None:
    health = Health()
    began = time.monotonic()
    report = verified(
        mail(),
        ENVELOPE,
        resolver=Watched(slow="bl.example.org", seconds=9.0),
        settings=listing(seconds=0.4, bad=BAD),
        health=health,
    )
    assert time.monotonic() - began < 1.5
    assert report.auth is not None
    assert report.auth.dmarc is AuthResult.PASS
    assert health.heard["bad"].trouble is ListTrouble.IS_SILENT


def test_no_list_is_blamed_where_the_dns_is_away() -> None:
    class Away(Watched):
        def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
            time.sleep(min(seconds, 0.2))
            return dict.fromkeys(questions, Answer(status=DnsStatus.TIMEOUT))

    health = Health()
    report = verified(
        mail(), ENVELOPE, resolver=Away(), settings=listing(seconds=0.1, bad=BAD, good=GOOD), health=health
    )
    assert report.status is PoolStatus.PARTIAL
    assert "the list bad, the list good" in report.reason
    assert not report.errors
    assert not health.heard
    assert not report.auth or not report.auth.lists


def test_no_list_is_blamed_that_had_no_time() -> None:
    health = Health()
    verified(mail(), ENVELOPE, resolver=Watched(ZONE + "1.2.0.192.bl.example.org STATUS timeout\n"), health=health)
    assert "bad" not in health.heard


def silent_lists(question: bytes, _answer: bytes) -> list[bytes]:
    """A server for everything but the lists, whose servers are dead."""
    asked = dns.message.from_wire(question)
    name = asked.question[0].name.to_text()
    if "bl.example.org" in name:
        return []
    response = dns.message.make_response(asked)
    if name == "example.com." and asked.question[0].rdtype.name == "TXT":
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"v=spf1 ip4:192.0.2.1 -all"'))
    return [response.to_wire()]


def test_dead_lists_take_nothing_from_the_other_checks() -> None:
    with DnsProxy(behave=silent_lists) as server:
        resolver = open_resolver(Dns(servers=(server.address,), lookup_seconds=2.0))
        pool = build(resolver, settings=listing(seconds=0.5, bad=BAD, names=NAMES))
        raw = mail()
        view = MailView(envelope=ENVELOPE, message=parse(raw, message_id="test").message)
        began = time.monotonic()
        report = run_pool(pool, view, {"raw": raw}, seconds=6.0)
        took = time.monotonic() - began
    assert took < 1.5
    assert report.auth is not None
    assert report.auth.spf is AuthResult.PASS
    assert report.auth.missing == ("the list bad", "the list names")


def test_lists_alone_hold_no_mail_and_refuse_none() -> None:
    lists = {f"bad{number}": replace(BAD, zone=f"{number}.bl.example.org", tested=False) for number in range(9)}
    records = ZONE + "".join(f"1.2.0.192.{number}.bl.example.org A 127.0.0.2\n" for number in range(9))
    raw = mail()
    report = verify(raw, ENVELOPE, records=records, settings=listing(**lists))  # type: ignore[arg-type]
    assert report.auth is not None
    assert sum(finding.weight for finding in report.findings) == 27
    verdict = decide(
        [report],
        ["auth"],
        Policy(),
        message_id="test",
        recipients=("bob@example.org",),
        identity=identify(ENVELOPE, parse(raw, message_id="test").message, report.auth),
    )
    assert verdict.score == 8.0
    assert verdict.action is Action.TAG


def test_where_nobody_may_wait_an_unknown_listing_is_left_to_others() -> None:
    class Forgetful(Watched):
        def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
            known = super().resolve(questions, seconds=seconds)
            return {each: NOT_ASKED if each.name.endswith(ZONES) else known[each] for each in questions}

    view = MailView(envelope=ENVELOPE, message=parse(mail(), message_id="test").message)
    for resolver, is_known in ((Watched(), True), (Forgetful(), False)):
        pool = build(resolver, settings=listing(), list_health=Health())
        assert pool.gather_at_once is not None
        report = run_pool(replace(pool, gather=pool.gather_at_once), view, {"raw": mail()}, seconds=6.0)
        assert (report.status is PoolStatus.OK) is is_known


def test_with_hardly_any_time_the_sender_is_still_looked_at() -> None:
    view = MailView(envelope=FORGED, message=parse(mail(), message_id="test").message)
    report = run_pool(build(Watched(LISTED), settings=listing(bad=BAD)), view, {"raw": mail()}, seconds=0.6)
    assert report.auth is not None
    assert report.auth.dmarc is AuthResult.FAIL
