"""Answers of the DNS remembered: how long, how many, by whom; and Redis away."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from mailcore.dns import NOT_ASKED, Answer, DnsStatus, Question, RecordType
from mailcore.errors import ConfigurationError
from mailcore.settings import Dns
from mailio.dns_cache import AVERAGE_BYTES, AnswerCache, CachingResolver, SharedAnswers, open_resolver, seconds_of
from mailio.dns_names import NO_SUCH_NAME
from tests.dns_proxy import DnsProxy, says
from tests.fakes import Clock
from tests.redis_server import RedisServer


class CountingResolver:
    """Answers as it is told, and notes what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Question] = []

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        self.asked += questions
        return dict.fromkeys(questions, self.answer)


ASKED = Question("a.example.test", RecordType.A)


def answer(status: DnsStatus = DnsStatus.OK, *, ttl: int = 300, records: tuple[str, ...] = ("192.0.2.1",)) -> Answer:
    return Answer(status=status, ttl=ttl, records=records if status is DnsStatus.OK else ())


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        pytest.param(answer(ttl=300), 300, id="as it says"),
        pytest.param(answer(ttl=0), 30, id="not shorter than the least"),
        pytest.param(answer(ttl=2**31), 86_400, id="not longer than the most"),
        pytest.param(answer(DnsStatus.NO_DATA, ttl=60), 60, id="nothing: as its zone says"),
        pytest.param(answer(DnsStatus.NO_SUCH_NAME, ttl=60), 60, id="no such name: as its zone says"),
        pytest.param(answer(DnsStatus.NO_SUCH_NAME, ttl=0), 30, id="no such name, and nobody says how long"),
        pytest.param(answer(DnsStatus.NO_SUCH_NAME, ttl=86_400), 900, id="no such name, a day"),
        pytest.param(answer(DnsStatus.TIMEOUT, ttl=0), 5, id="failures for seconds"),
        pytest.param(answer(DnsStatus.SERVER_FAILED, ttl=86_400), 5, id="a failure has no TTL"),
        pytest.param(answer(DnsStatus.MALFORMED, ttl=86_400), 5, id="rubbish has none"),
    ],
)
def test_how_long_an_answer_is_remembered(given: Answer, seconds: float) -> None:
    clock = Clock(1_000_000.0)
    cache = AnswerCache(Dns(), clock=clock)
    cache.put(ASKED, given)
    clock.now += seconds - 0.5
    assert cache.find([ASKED]) == {ASKED: given}
    clock.now += 1
    assert cache.find([ASKED]) == {}
    assert len(cache) == 0
    assert seconds_of(given, Dns()) == seconds


def test_a_remembered_answer_is_not_asked_for() -> None:
    below = CountingResolver(answer())
    resolver = CachingResolver(below, AnswerCache(Dns()))
    for _ in range(3):
        assert resolver.resolve([ASKED, ASKED], seconds=1) == {ASKED: answer()}
    assert below.asked == [ASKED]


def test_types_are_told_apart() -> None:
    below = CountingResolver(answer())
    resolver = CachingResolver(below, AnswerCache(Dns()))
    resolver.resolve([ASKED], seconds=1)
    resolver.resolve([Question(ASKED.name, RecordType.TXT)], seconds=1)
    assert len(below.asked) == 2


@pytest.mark.parametrize("unasked", [NOT_ASKED, NO_SUCH_NAME], ids=["no time", "never leaves"])
def test_what_no_server_said_is_not_remembered(unasked: Answer) -> None:
    below = CountingResolver(unasked)
    cache = AnswerCache(Dns())
    resolver = CachingResolver(below, cache)
    assert resolver.resolve([ASKED], seconds=1)[ASKED] is unasked
    assert len(cache) == 0


def test_without_entries_nothing_is_remembered() -> None:
    cache = AnswerCache(Dns(cache_entries=0))
    cache.put(ASKED, answer())
    assert cache.find([ASKED]) == {}


def test_unique_names_of_an_attacker_push_out_the_oldest() -> None:
    cache = AnswerCache(Dns(cache_entries=100))
    cache.put(ASKED, answer())
    for number in range(10_000):
        cache.put(Question(f"{number}.evil.test", RecordType.A), answer(DnsStatus.NO_SUCH_NAME))
        assert cache.find([ASKED])  # what is used stays
    assert len(cache) == 100


def test_large_answers_of_an_attacker_take_no_more_memory() -> None:
    cache = AnswerCache(Dns(cache_entries=1_000))
    for number in range(2_000):
        cache.put(Question(f"{number}.evil.test", RecordType.TXT), answer(records=("x" * 32_000,)))
        assert cache.size <= 1_000 * AVERAGE_BYTES
    assert 20 < len(cache) < 40


def test_an_entry_that_is_replaced_or_ends_gives_its_bytes_back() -> None:
    clock = Clock(1_000_000.0)
    cache = AnswerCache(Dns(), clock=clock)
    for _ in range(5):
        cache.put(ASKED, answer(records=("x" * 1_000,)))
    cache.put(ASKED, answer())
    assert cache.size < 1_000
    clock.now += 1_000
    cache.find([ASKED])
    assert cache.size == 0


def test_many_threads_use_one_cache() -> None:
    cache = AnswerCache(Dns(cache_entries=50))

    def use(number: int) -> None:
        for turn in range(500):
            asked = Question(f"{(number * 7 + turn) % 80}.test", RecordType.A)
            cache.put(asked, answer())
            cache.find([asked])

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cache) == 50
    assert cache.size == sum(600 + len(f"{n}.test") + 64 + len("192.0.2.1") for n in _numbers(cache))


def _numbers(cache: AnswerCache) -> list[int]:
    return [n for n in range(80) if cache.find([Question(f"{n}.test", RecordType.A)])]


def test_a_child_of_fork_does_not_wait_for_a_lock_of_its_parent() -> None:
    cache = AnswerCache(Dns())
    cache.put(ASKED, answer())
    with cache._lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if cache.find([ASKED]) else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.mark.system
def test_processes_share_answers(redis_server: RedisServer) -> None:
    below = CountingResolver(answer(records=("\xc3\xa4\xff\x00", "v=spf1 -all")))
    for _ in range(3):  # three processes, each with an empty memory
        shared = SharedAnswers(redis_server.client(2), Dns())
        resolver = CachingResolver(below, AnswerCache(Dns()), shared)
        assert resolver.resolve([ASKED], seconds=1) == {ASKED: below.answer}
    assert below.asked == [ASKED]


@pytest.mark.system
def test_a_shared_answer_ends_for_all_at_the_same_time(redis_server: RedisServer) -> None:
    clock = Clock(1_000_000.0)
    SharedAnswers(redis_server.client(2), Dns(), clock=clock).keep({ASKED: answer(ttl=100)})
    clock.now += 90
    memory = AnswerCache(Dns(), clock=clock)
    below = CountingResolver(NOT_ASKED)
    resolver = CachingResolver(below, memory, SharedAnswers(redis_server.client(2), Dns(), clock=clock))
    assert resolver.resolve([ASKED], seconds=1)[ASKED].status is DnsStatus.OK
    clock.now += 11
    assert resolver.resolve([ASKED], seconds=1)[ASKED] is NOT_ASKED


@pytest.mark.system
@pytest.mark.parametrize(
    ("given", "lives"),
    [
        pytest.param(answer(ttl=300), 300, id="an answer"),
        pytest.param(answer(DnsStatus.NO_SUCH_NAME, ttl=60), 60, id="no such name"),
        pytest.param(answer(DnsStatus.TIMEOUT), 5, id="a failure"),
    ],
)
def test_redis_forgets_by_itself(redis_server: RedisServer, given: Answer, lives: int) -> None:
    client = redis_server.client(2)
    SharedAnswers(client, Dns()).keep({ASKED: given})
    (key,) = client.keys()
    assert lives - 2 <= client.ttl(key) <= lives


@pytest.mark.system
def test_names_of_an_attacker_do_not_fill_redis(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailio.dns_cache.SHARED_PLACES", 100)
    shared = SharedAnswers(redis_server.client(2), Dns())
    asked = [Question(f"{number}.evil.test", RecordType.TXT) for number in range(2_000)]
    for question in asked:
        shared.keep({question: answer(records=(question.name,))})
    shared.keep({ASKED: answer(records=("x" * 3_000,))})  # too long to be shared
    assert redis_server.client(2).dbsize() == 100
    found = shared.find([*asked, ASKED])
    assert len(found) == 100
    assert all(entry[1].records == (question.name,) for question, entry in found.items())


@pytest.mark.system
@pytest.mark.parametrize(
    "value",
    [b"", b"\xc1", b"\x80", b"\x92\xcb\x7f\xf0\0\0\0\0\0\0\x80", b"x" * 1_000],
    ids=["empty", "no msgpack", "another shape", "endless", "text"],
)
def test_rubbish_in_redis_is_asked_for_again(redis_server: RedisServer, value: bytes) -> None:
    client = redis_server.client(2)
    SharedAnswers(client, Dns()).keep({ASKED: answer()})
    client.set(client.keys()[0], value)
    below = CountingResolver(answer())
    resolver = CachingResolver(below, AnswerCache(Dns()), SharedAnswers(redis_server.client(2), Dns()))
    assert resolver.resolve([ASKED], seconds=1) == {ASKED: answer()}
    assert below.asked == [ASKED]


@pytest.mark.system
def test_nobody_notices_that_redis_is_gone(redis_server: RedisServer) -> None:
    clock = Clock(1_000_000.0)
    below = CountingResolver(answer())
    shared = SharedAnswers(redis_server.client(2, timeout=0.25), Dns(), clock=clock)
    redis_server.kill()
    for number in range(50):
        asked = Question(f"{number}.test", RecordType.A)
        begun = time.monotonic()
        assert CachingResolver(below, AnswerCache(Dns()), shared).resolve([asked], seconds=1) == {asked: answer()}
        assert time.monotonic() - begun < 1.0
    redis_server.start()
    clock.now += 60
    shared.keep({ASKED: answer()})
    assert ASKED in shared.find([ASKED])


@pytest.mark.system
def test_a_redis_that_hangs_costs_its_time_out_once(redis_server: RedisServer) -> None:
    below = CountingResolver(answer())
    shared = SharedAnswers(redis_server.client(2, timeout=0.25), Dns())
    shared.find([ASKED])
    redis_server.freeze()
    try:
        begun = time.monotonic()
        for number in range(50):
            asked = Question(f"{number}.test", RecordType.A)
            CachingResolver(below, AnswerCache(Dns()), shared).resolve([asked], seconds=1)
        assert time.monotonic() - begun < 1.5
    finally:
        redis_server.thaw()


def test_all_parts_together() -> None:
    with DnsProxy(behave=says("@ A 192.0.2.7")) as server:
        resolver = open_resolver(Dns(servers=(server.address,)))
        for _ in range(3):
            assert resolver.resolve([ASKED], seconds=2)[ASKED].records == ("192.0.2.7",)
        assert server.asked == 1


def test_a_late_answer_is_there_for_the_next_message() -> None:
    with DnsProxy(behave=says("@ A 192.0.2.7"), delay=0.3) as server:
        resolver = open_resolver(Dns(servers=(server.address,)))
        assert resolver.resolve([ASKED], seconds=0.05)[ASKED] is NOT_ASKED
        until = time.monotonic() + 10
        # Without time only what is remembered is said: nobody asks again.
        while resolver.resolve([ASKED], seconds=0.0)[ASKED] is NOT_ASKED and time.monotonic() < until:
            time.sleep(0.02)
        assert resolver.resolve([ASKED], seconds=0.0)[ASKED].status is DnsStatus.OK
        assert server.asked == 1


def test_without_time_only_what_is_remembered_is_said() -> None:
    """Intake asks like this, and hands on what it would have to wait for."""
    with DnsProxy(behave=says("@ A 192.0.2.7")) as server:
        resolver = open_resolver(Dns(servers=(server.address,)))
        assert resolver.resolve([ASKED], seconds=0.0)[ASKED] is NOT_ASKED
        assert server.asked == 0
        known = resolver.resolve([ASKED], seconds=2)[ASKED]
        assert resolver.resolve([ASKED], seconds=0.0)[ASKED] == known


def test_a_zone_file_stands_in_for_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "zone").write_text("a.test A 192.0.2.9\n")
    resolver = open_resolver(Dns(servers=("192.0.2.1",), zone_file=str(tmp_path / "zone")))
    known, unknown = Question("a.test", RecordType.A), Question("b.test", RecordType.A)
    answers = resolver.resolve([known, unknown], seconds=0.0)
    assert answers[known].records == ("192.0.2.9",)
    assert answers[unknown].status is DnsStatus.NO_SUCH_NAME


def test_a_zone_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no-such-zone"):
        open_resolver(Dns(zone_file=str(tmp_path / "no-such-zone")))
