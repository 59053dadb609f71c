"""DNS lists that fail are switched off, for all processes, and come back by themselves."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping

import pytest
from structlog.testing import capture_logs

from mailcore.dns import Answer, DnsStatus, Question
from mailcore.dns_lists import DnsList, DnsLists, ListKind
from mailcore.list_answers import ListOutcome, ListStanding, ListTrouble
from mailio.list_health import KEY, SHARE_SECONDS, SILENT_MESSAGES, DnsListHealth
from mailio.state import RedisState
from mailio.zone_file import ZoneResolver, parse_zone
from tests.fakes import Clock
from tests.redis_server import RedisServer

NOW = 1_800_000_000.0
OFF_SECONDS, TEST_SECONDS = 600.0, 900.0
SETTINGS = DnsLists(
    off_seconds=OFF_SECONDS,
    test_seconds=TEST_SECONDS,
    lists={
        "bad": DnsList(enabled=True, zone="bl.example.org", kind=ListKind.IP),
        "names": DnsList(enabled=True, zone="dbl.example.org", kind=ListKind.DOMAIN),
    },
)
WELL = "2.0.0.127.bl.example.org A 127.0.0.2\ntest.dbl.example.org A 127.0.0.2\n"
ENDED = "2.0.0.127.bl.example.org A 203.0.113.1\n1.0.0.127.bl.example.org A 203.0.113.1\n"
REFUSED = ListOutcome(trouble=ListTrouble.REFUSES, detail="127.255.255.254")
SILENT = ListOutcome(trouble=ListTrouble.IS_SILENT)
FINE, TESTED = ListOutcome(), ListOutcome(is_tested=True)


class Dns:
    """A zone that can be changed while it is asked."""

    def __init__(self, records: str = WELL) -> None:
        self.records = records
        self.asked = 0

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        self.asked += 1
        if not self.records:
            return dict.fromkeys(questions, Answer(status=DnsStatus.TIMEOUT))
        return ZoneResolver(parse_zone(self.records, "zone")).resolve(questions, seconds=seconds)


def at_once(work: Callable[[], None]) -> None:
    work()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dns() -> Dns:
    return Dns()


@pytest.fixture
def health(clock: Clock, dns: Dns) -> DnsListHealth:
    return DnsListHealth(SETTINGS, dns, clock=clock, aside=at_once)


def test_a_new_list_is_to_be_tested_and_then_well_for_a_while(health: DnsListHealth, clock: Clock) -> None:
    assert health.standing("bad") is ListStanding.UNTESTED
    health.note({"bad": TESTED})
    assert health.standing("bad") is ListStanding.WELL
    clock.now += TEST_SECONDS
    assert health.standing("bad") is ListStanding.UNTESTED


def test_answers_without_a_test_prove_nothing(health: DnsListHealth) -> None:
    health.note({"bad": FINE})
    assert health.standing("bad") is ListStanding.UNTESTED


@pytest.mark.parametrize("trouble", [trouble for trouble in ListTrouble if trouble is not ListTrouble.IS_SILENT])
def test_a_list_that_cannot_be_believed_is_off_at_once(health: DnsListHealth, trouble: ListTrouble) -> None:
    with capture_logs() as lines:
        health.note({"bad": ListOutcome(trouble=trouble, detail="why"), "names": TESTED})
    assert health.standing("bad") is ListStanding.OFF
    assert health.standing("names") is ListStanding.WELL
    (line,) = lines
    assert (line["log_level"], line["list"], line["trouble"]) == ("warning", "bad", str(trouble))


def test_it_is_said_once(health: DnsListHealth, clock: Clock, dns: Dns) -> None:
    dns.records = ENDED
    with capture_logs() as lines:
        for _ in range(5):
            health.note({"bad": REFUSED})
            clock.now += OFF_SECONDS
            assert health.standing("bad") is ListStanding.OFF
    assert len(lines) == 1


def test_silence_counts_when_it_lasts(health: DnsListHealth) -> None:
    for _ in range(SILENT_MESSAGES - 1):
        health.note({"bad": SILENT})
    assert health.standing("bad") is not ListStanding.OFF
    health.note({"bad": FINE})
    for _ in range(SILENT_MESSAGES - 1):
        health.note({"bad": SILENT})
    assert health.standing("bad") is not ListStanding.OFF
    health.note({"bad": SILENT})
    assert health.standing("bad") is ListStanding.OFF


def test_it_comes_back_by_itself(health: DnsListHealth, clock: Clock, dns: Dns) -> None:
    health.note({"bad": REFUSED})
    clock.now += OFF_SECONDS - 1
    assert health.standing("bad") is ListStanding.OFF
    assert dns.asked == 0
    clock.now += 1
    with capture_logs() as lines:
        assert health.standing("bad") is ListStanding.OFF  # the test runs aside: this message goes on without the list
    assert health.standing("bad") is ListStanding.WELL
    assert [line["event"] for line in lines] == ["a DNS list is asked again"]


@pytest.mark.parametrize(
    "records",
    [
        pytest.param("", id="silent"),
        pytest.param(ENDED, id="addresses of the world"),
        pytest.param(WELL + "1.0.0.127.bl.example.org A 127.0.0.2\n", id="lists everything"),
        pytest.param("test.dbl.example.org A 127.0.0.2\n", id="lists nothing"),
        pytest.param("2.0.0.127.bl.example.org A 127.255.255.255\n", id="refuses"),
        pytest.param(WELL + "1.0.0.127.bl.example.org STATUS timeout\n", id="half an answer"),
    ],
)
def test_it_stays_off_while_it_fails(health: DnsListHealth, clock: Clock, dns: Dns, records: str) -> None:
    dns.records = records
    health.note({"bad": REFUSED})
    for times in range(1, 4):
        clock.now += OFF_SECONDS
        assert health.standing("bad") is ListStanding.OFF
        assert health.standing("bad") is ListStanding.OFF
        assert dns.asked == times


def test_no_message_waits_for_a_test(clock: Clock) -> None:
    may_answer = threading.Event()

    class Slow(Dns):
        def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
            assert may_answer.wait(30)  # who asks in place of a thread waits for himself
            return super().resolve(questions, seconds=seconds)

    dns = Slow()
    health = DnsListHealth(SETTINGS, dns, clock=clock)
    health.note({"bad": REFUSED})
    clock.now += OFF_SECONDS
    assert {health.standing("bad") for _ in range(100)} == {ListStanding.OFF}
    may_answer.set()
    began = time.monotonic()
    while health.standing("bad") is ListStanding.OFF and time.monotonic() - began < 30:
        time.sleep(0.02)
    assert health.standing("bad") is ListStanding.WELL
    assert dns.asked == 1


def test_without_threads_mail_goes_on(clock: Clock, dns: Dns) -> None:
    def refuse(_work: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    health = DnsListHealth(SETTINGS, dns, clock=clock, aside=refuse)
    health.note({"bad": REFUSED})
    clock.now += OFF_SECONDS
    with capture_logs() as lines:
        assert [health.standing("bad") for _ in range(2)] == [ListStanding.OFF] * 2
    assert len(lines) == 2


def test_a_child_of_fork_knows_what_its_parent_knew(health: DnsListHealth) -> None:
    health.note({"bad": REFUSED})
    health._lock.acquire()  # as if another thread of the parent held it
    child = os.fork()
    if not child:
        os._exit(0 if health.standing("bad") is ListStanding.OFF else 1)
    health._lock.release()
    assert os.waitpid(child, 0)[1] == 0


@pytest.fixture
def processes(server: RedisServer, clock: Clock, dns: Dns) -> tuple[DnsListHealth, DnsListHealth]:
    server.client().flushall()
    one, other = (DnsListHealth(SETTINGS, dns, client=server.client(2), clock=clock, aside=at_once) for _ in range(2))
    return one, other


def pass_time(clock: Clock, *processes: DnsListHealth, seconds: float = SHARE_SECONDS) -> None:
    """Some messages later each process has looked what the others know."""
    clock.now += seconds
    for health in processes:
        health.standing("bad")


@pytest.mark.system
def test_what_one_process_finds_all_know(processes: tuple[DnsListHealth, DnsListHealth], clock: Clock) -> None:
    one, other = processes
    one.note({"bad": REFUSED})
    other.note({"bad": TESTED})
    pass_time(clock, one, other)
    assert other.standing("bad") is ListStanding.OFF
    assert other.standing("names") is ListStanding.UNTESTED


@pytest.mark.system
def test_what_one_process_brings_back_all_ask(
    processes: tuple[DnsListHealth, DnsListHealth], clock: Clock, dns: Dns
) -> None:
    one, other = processes
    one.note({"bad": REFUSED})
    pass_time(clock, one, other)
    pass_time(clock, one, other, seconds=OFF_SECONDS)
    assert dns.asked == 1
    pass_time(clock, other)
    assert one.standing("bad") is ListStanding.WELL
    assert other.standing("bad") is ListStanding.UNTESTED


@pytest.mark.system
def test_it_is_counted(
    processes: tuple[DnsListHealth, DnsListHealth], server: RedisServer, clock: Clock, dns: Dns
) -> None:
    one, other = processes
    one.note({"bad": REFUSED})
    pass_time(clock, one, other)
    pass_time(clock, one, other, seconds=OFF_SECONDS)
    counts = RedisState(server.client(2)).counts()
    assert counts == {"dns_list.bad.switched_off": 1, "dns_list.bad.switched_on": 1}


@pytest.mark.system
def test_what_stands_in_redis_says_why(
    processes: tuple[DnsListHealth, DnsListHealth], server: RedisServer, clock: Clock
) -> None:
    processes[0].note({"bad": REFUSED})
    pass_time(clock, processes[0])
    value = server.client(2).hget(KEY, "bad")
    assert isinstance(value, bytes)
    assert json.loads(value) == {
        "trouble": "refuses to answer",
        "detail": "127.255.255.254",
        "since": NOW,
        "until": NOW + OFF_SECONDS,
    }


@pytest.mark.system
def test_rubbish_in_redis_is_nothing(
    processes: tuple[DnsListHealth, DnsListHealth], server: RedisServer, clock: Clock
) -> None:
    server.client(2).hset(KEY, mapping={"bad": b"\xff", "names": b"{}", b"\xff\xfe": b"[]"})
    pass_time(clock, processes[0])
    assert processes[0].standing("bad") is ListStanding.UNTESTED


@pytest.mark.system
def test_without_redis_each_process_keeps_its_own_account(clock: Clock, dns: Dns) -> None:
    with RedisServer() as server:
        health = DnsListHealth(SETTINGS, dns, client=server.client(2, timeout=0.2), clock=clock, aside=at_once)
        server.kill()
        health.note({"bad": REFUSED})
        pass_time(clock, health)
        assert health.standing("bad") is ListStanding.OFF
        pass_time(clock, health, seconds=OFF_SECONDS)
        assert health.standing("bad") is ListStanding.WELL
        server.start()
        pass_time(clock, health)
        assert RedisState(server.client(2)).counts()["dns_list.bad.switched_off"] == 1
