"""The DNS through c-ares, against a real name server and against one that is slow, deaf or lies."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import dns.flags
import dns.rcode
import pytest

from mailcore.dns import NOT_ASKED, Answer, DnsStatus, Question, RecordType
from mailcore.errors import ConfigurationError
from mailcore.settings import Dns
from mailio import c_ares
from mailio.dns_resolver import DnsResolver
from tests.dns_proxy import Behaviour, DnsProxy, deaf, honest, other_question, raw, says, wrong_id
from tests.dns_server import NameServer, skip_without_nsd

KEY = "k" * 250
ZONE = f"""
@       IN TXT  "v=spf1 " "-all"
@       IN MX   20 second
@       IN MX   10 First
null    IN MX   0 .
a       IN A    192.0.2.1
a       IN A    192.0.2.2
a       IN AAAA 2001:db8::1
alias 10 IN CNAME a
chain   IN CNAME alias
nowhere IN CNAME gone
inner.between IN A 192.0.2.3
bytes   IN TXT  "\\195\\164\\255\\000"
large   IN TXT  "{KEY}" "{KEY}" "{KEY}" "{KEY}" "{KEY}" "{KEY}" "{KEY}" "{KEY}"
*.wild  IN A    192.0.2.4
"""
REVERSE = "1 IN PTR a.example.test.\n1 IN PTR B.example.test.\n"


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    skip_without_nsd()
    with NameServer({"example.test": ZONE, "2.0.192.in-addr.arpa": REVERSE}) as running:
        yield running


def question(name: str, kind: str = "A") -> Question:
    return Question(name, RecordType(kind))


def asking(*addresses: str, seconds: float = 2.0, retries: int = 1, **more: object) -> DnsResolver:
    return DnsResolver(Dns(servers=addresses, lookup_seconds=seconds, retries=retries, **more))  # type: ignore[arg-type]


def ask(resolver: DnsResolver, name: str, kind: str = "A", *, seconds: float = 5.0) -> Answer:
    asked = question(name, kind)
    return resolver.resolve([asked], seconds=seconds)[asked]


def ok(*records: str, ttl: int = 300) -> Answer:
    return Answer(status=DnsStatus.OK, records=records, ttl=ttl)


def nothing(status: DnsStatus, ttl: int) -> Answer:
    return Answer(status=status, ttl=ttl)


CASES = [
    pytest.param("example.test", "TXT", ok("v=spf1 -all"), id="strings of one record are one text"),
    pytest.param("example.test", "MX", ok("10 first.example.test", "20 second.example.test"), id="hosts by preference"),
    pytest.param("null.example.test", "MX", ok("0 ."), id="takes no mail"),
    pytest.param("a.example.test", "AAAA", ok("2001:db8::1"), id="IPv6"),
    pytest.param("192.0.2.1", "PTR", ok("a.example.test", "b.example.test"), id="names of an address"),
    pytest.param("1.2.0.192.in-addr.arpa", "PTR", ok("a.example.test", "b.example.test"), id="the name in full"),
    pytest.param("::ffff:192.0.2.1", "PTR", ok("a.example.test", "b.example.test"), id="a mapped address"),
    pytest.param("bytes.example.test", "TXT", ok("\xc3\xa4\xff\x00"), id="every byte survives"),
    pytest.param("alias.example.test", "A", ok("192.0.2.1", "192.0.2.2", ttl=10), id="alias, with its lower TTL"),
    pytest.param("chain.example.test", "A", ok("192.0.2.1", "192.0.2.2", ttl=10), id="alias of an alias"),
    pytest.param("x.wild.example.test", "A", ok("192.0.2.4"), id="wildcard"),
    pytest.param("a.example.test", "TXT", nothing(DnsStatus.NO_DATA, 60), id="no record of that type"),
    pytest.param("between.example.test", "A", nothing(DnsStatus.NO_DATA, 60), id="a name with names below only"),
    pytest.param("no.example.test", "A", nothing(DnsStatus.NO_SUCH_NAME, 60), id="no such name"),
    pytest.param("nowhere.example.test", "A", nothing(DnsStatus.NO_SUCH_NAME, 60), id="alias of nothing"),
    pytest.param("elsewhere.test", "A", nothing(DnsStatus.SERVER_FAILED, 0), id="the server refuses"),
]


@pytest.mark.parametrize(("name", "kind", "expected"), CASES)
def test_answers_of_a_real_server(server: NameServer, name: str, kind: str, expected: Answer) -> None:
    answer = ask(asking(server.address), name, kind)
    assert sorted(answer.records) == sorted(expected.records)
    assert (answer.status, answer.ttl, answer.secure) == (expected.status, expected.ttl, False)


def test_an_answer_that_does_not_fit_comes_over_tcp(server: NameServer) -> None:
    assert ask(asking(server.address), "large.example.test", "TXT").records == (KEY * 8,)


def test_all_questions_are_answered_at_once(server: NameServer) -> None:
    asked = [question(f"n{number}.wild.example.test") for number in range(300)]
    with DnsProxy(server=server.port, delay=0.2) as slow:
        begun = time.monotonic()
        answers = asking(slow.address).resolve(asked, seconds=5)
        assert time.monotonic() - begun < 2.0
    assert {answer.records for answer in answers.values()} == {("192.0.2.4",)}


def test_fifty_threads_at_once(server: NameServer) -> None:
    with DnsProxy(server=server.port, delay=0.1) as slow:
        resolver = asking(slow.address)

        def one(number: int) -> list[str]:
            asked = [question(f"t{number}-{turn}.wild.example.test") for turn in range(4)] + [
                question("a.example.test")
            ]
            return [answer.status for answer in resolver.resolve(asked, seconds=5).values()]

        begun = time.monotonic()
        with ThreadPoolExecutor(50) as threads:
            results = list(threads.map(one, range(50)))
        assert time.monotonic() - begun < 2.0
    assert all(statuses == ["ok"] * 5 for statuses in results)


def test_who_asks_the_same_waits_for_the_same_question(server: NameServer) -> None:
    with DnsProxy(server=server.port, delay=0.3) as slow:
        resolver = asking(slow.address)
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: ask(resolver, "a.example.test"), range(8)))
        assert slow.asked == 1
    assert all(answer.records for answer in answers)


def test_validated_answers_are_marked() -> None:
    with DnsProxy(behave=says("@ A 192.0.2.1", flags=dns.flags.AD)) as validating:
        assert ask(asking(validating.address), "a.example.test").secure


# What the server says about others, or without sense, is not what it says about the question.
LIES: list[tuple[str, Behaviour, DnsStatus]] = [
    ("alias that is its own alias", says("@ CNAME b.test.", "b.test. CNAME a.example.test."), DnsStatus.MALFORMED),
    (
        "aliases without end",
        says("@ CNAME c0.test.", *(f"c{n}.test. CNAME c{n + 1}.test." for n in range(40))),
        DnsStatus.MALFORMED,
    ),
    ("records of another name", says("bank.test. A 203.0.113.66"), DnsStatus.NO_DATA),
    ("records of another type", says('@ TXT "192.0.2.1"'), DnsStatus.NO_DATA),
    ("records for a name that does not exist", says("@ A 192.0.2.1", rcode=dns.rcode.NXDOMAIN), DnsStatus.NO_SUCH_NAME),
    (
        "more records than anybody has",
        says(*(f"@ A 10.1.{n // 250}.{n % 250}" for n in range(900))),
        DnsStatus.MALFORMED,
    ),
    ("failed", says(rcode=dns.rcode.SERVFAIL), DnsStatus.SERVER_FAILED),
    ("refused", says(rcode=dns.rcode.REFUSED), DnsStatus.SERVER_FAILED),
]


@pytest.mark.parametrize(("behave", "expected"), [case[1:] for case in LIES], ids=[case[0] for case in LIES])
def test_lies_are_no_answers(behave: Behaviour, expected: DnsStatus) -> None:
    with DnsProxy(behave=behave) as lying:
        answer = ask(asking(lying.address, retries=0), "a.example.test")
    assert (answer.status, answer.records) == (expected, ())


def test_a_text_of_64_kilobytes_is_no_answer() -> None:
    huge = says("@ TXT " + " ".join(f'"{"x" * 250}"' for _ in range(240)))
    with DnsProxy(behave=huge) as lying:
        assert ask(asking(lying.address), "a.example.test", "TXT").status is DnsStatus.MALFORMED
        assert lying.asked_by_tcp == 1


@pytest.mark.parametrize("behave", [wrong_id, other_question])
def test_forged_answers_are_passed_over(server: NameServer, behave: Behaviour) -> None:
    with DnsProxy(server=server.port, behave=behave) as attacked:
        assert ask(asking(attacked.address), "alias.example.test").records == ("192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        b"\x81\x80" + b"\xff" * 8,
        b"\x81\x80\0\1\0\1\0\0\0\0" + b"\xc0\x0c" * 200,
        b"\x81\x80" + bytes(500),
    ],
    ids=["nothing", "a byte", "counts that are not true", "a pointer to itself", "zeros"],
)
def test_rubbish_is_no_answer(data: bytes) -> None:
    with DnsProxy(behave=raw(data)) as broken:
        begun = time.monotonic()
        answer = ask(asking(broken.address, seconds=0.3, retries=1), "a.example.test", seconds=3)
        assert time.monotonic() - begun < 2.5
    assert not answer.is_known


def test_a_dead_server_holds_nobody_longer_than_asked() -> None:
    with DnsProxy(behave=deaf) as dead:
        resolver = asking(dead.address, seconds=5, retries=3)
        begun = time.monotonic()
        assert ask(resolver, "a.example.test", seconds=0.3) is NOT_ASKED
        assert time.monotonic() - begun < 1.0


def test_a_lost_question_is_asked_again(server: NameServer) -> None:
    lost: list[bytes] = []

    def loses_one(sent: bytes, answer: bytes) -> list[bytes]:
        lost.append(sent)
        return [answer] if len(lost) > 1 else []

    with DnsProxy(server=server.port, behave=loses_one) as flaky:
        assert ask(asking(flaky.address, seconds=0.3), "a.example.test").status is DnsStatus.OK
    assert len(lost) == 2


def test_retries_end() -> None:
    with DnsProxy(behave=deaf) as dead:
        assert ask(asking(dead.address, seconds=0.2, retries=1), "a.example.test").status is DnsStatus.TIMEOUT
        assert dead.asked == 2


def test_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
    assert ask(asking(address, seconds=0.2), "a.example.test").status in (DnsStatus.SERVER_FAILED, DnsStatus.TIMEOUT)


def test_the_next_server_helps(server: NameServer) -> None:
    with DnsProxy(behave=deaf) as dead:
        assert ask(asking(dead.address, server.address, seconds=0.3), "a.example.test").status is DnsStatus.OK


def test_an_answer_that_comes_late_is_not_lost(server: NameServer) -> None:
    late: dict[Question, Answer] = {}
    came = threading.Event()

    def keep(asked: Question, answer: Answer) -> None:
        late[asked] = answer
        came.set()

    with DnsProxy(server=server.port, delay=0.3) as slow:
        resolver = DnsResolver(Dns(servers=(slow.address,)), on_late=keep)
        assert ask(resolver, "a.example.test", seconds=0.05) is NOT_ASKED
        assert came.wait(5)
    assert late[question("a.example.test")].records == ("192.0.2.1", "192.0.2.2")


def test_c_ares_remembers_nothing_by_itself(server: NameServer) -> None:
    with DnsProxy(server=server.port) as counting:
        resolver = asking(counting.address)
        for name in ("a.example.test", "no.example.test", "between.example.test"):
            for _ in range(3):
                ask(resolver, name)
        assert counting.asked == 9


def test_a_flood_of_questions_is_cut_off_and_the_rest_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailio.dns_resolver.MOST_UNDER_WAY", 10)
    with DnsProxy(behave=deaf) as dead:
        resolver = asking(dead.address)
        asked = [question(f"n{number}.test") for number in range(50)]
        assert set(resolver.resolve(asked, seconds=0.2).values()) == {NOT_ASKED}
        assert dead.asked == 10
        dead.behave = says("@ A 192.0.2.1")
        assert ask(resolver, "n3.test").status is DnsStatus.OK  # one of the ten, asked again
        deadline = time.monotonic() + 5
        while not ask(resolver, "new.test").is_known and time.monotonic() < deadline:
            time.sleep(0.05)
        assert ask(resolver, "new.test").status is DnsStatus.OK


def test_where_c_ares_does_not_start_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[int] = []

    def refuse(*_: object, **__: object) -> None:
        starts.append(1)
        raise OSError("no more inotify instances")

    monkeypatch.setattr("mailio.dns_resolver.Channel", refuse)
    resolver = asking("127.0.0.1")
    for _ in range(5):
        assert ask(resolver, "a.example.test").status is DnsStatus.SERVER_FAILED
    assert len(starts) == 1


def test_c_ares_is_started_again_when_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailio.dns_resolver.START_AGAIN_SECONDS", 0.0)
    with DnsProxy(behave=says("@ A 192.0.2.1")) as server:
        resolver = asking(server.address)
        with monkeypatch.context() as failing:
            failing.setattr("mailio.dns_resolver.Channel", Mock(side_effect=OSError("no more inotify instances")))
            assert ask(resolver, "a.example.test").status is DnsStatus.SERVER_FAILED
        assert ask(resolver, "a.example.test").status is DnsStatus.OK


SPECIAL = (
    *("localhost", "mail.localhost", "printer.local", "x.invalid", "hidden.onion", "router.home.arpa"),
    *("10.1.2.3", "172.16.0.1", "172.31.9.9", "192.168.1.1", "127.0.0.1", "169.254.1.1", "::1", "fd00::1", "fe80::1"),
)
# Ours, or of everybody: these look alike and are asked.
ORDINARY = ("local.test", "mylocalhost", "corp.internal", "172.32.0.1", "172.15.0.1", "11.0.0.1", "2001:db8::1")


@pytest.mark.parametrize("name", SPECIAL)
def test_names_that_never_leave(name: str) -> None:
    with DnsProxy(behave=says("@ A 192.0.2.1")) as curious:
        answer = ask(asking(curious.address), name, "PTR" if name[0].isdigit() or ":" in name else "A")
        assert (answer.status, curious.asked) == (DnsStatus.NO_SUCH_NAME, 0)


@pytest.mark.parametrize("name", ORDINARY)
def test_names_that_are_asked(name: str) -> None:
    with DnsProxy(behave=says(rcode=dns.rcode.NXDOMAIN)) as curious:
        ask(asking(curious.address), name, "PTR" if name[0].isdigit() or ":" in name else "A")
        assert curious.asked == 1


def test_private_zones_that_our_servers_know_are_asked() -> None:
    with DnsProxy(behave=says("@ A 192.0.2.1")) as inside:
        resolver = asking(inside.address, own_zones=("corp.local", "10.in-addr.arpa"))
        assert ask(resolver, "mx.corp.local").status is DnsStatus.OK
        ask(resolver, "10.0.0.1", "PTR")
        assert ask(resolver, "mx.home.local").status is DnsStatus.NO_SUCH_NAME
        assert inside.asked == 2


@pytest.mark.parametrize(
    "name",
    ["", ".", "a..test", f"{'x' * 64}.test", ".".join(["x" * 60] * 5), "müller.test", "a.test.", "\ud800.test"],
    ids=["empty", "root", "empty label", "long label", "long name", "no ASCII", "dot at the end", "surrogate"],
)
def test_what_is_no_name_is_not_asked(name: str) -> None:
    with DnsProxy(behave=says("@ A 192.0.2.1")) as curious:
        assert ask(asking(curious.address), name).status is DnsStatus.NO_SUCH_NAME
        assert curious.asked == 0


@pytest.mark.parametrize("label", ["_dmarc", "*", "a/b", "-a-", "xn--mller-kva"])
def test_names_that_are_no_host_names_are_asked(label: str) -> None:
    with DnsProxy(behave=says("@ A 192.0.2.1")) as server:
        assert ask(asking(server.address), f"{label}.example.test").status is DnsStatus.OK


@pytest.mark.parametrize("label", ["a b", "a\\046b", 'a"b', "a;b", "a@b", "a\nb", "a\x00b", "b+x", "b=x"])
def test_what_cannot_be_asked_stays_unknown(label: str) -> None:
    with DnsProxy(behave=says("@ A 192.0.2.1")) as server:
        assert ask(asking(server.address), f"{label}.example.test").status is DnsStatus.MALFORMED
        assert server.asked == 0


def test_no_time_is_no_question() -> None:
    with DnsProxy(behave=honest) as server:
        assert ask(asking(server.address), "a.example.test", seconds=0) is NOT_ASKED
        assert server.asked == 0


def test_children_of_fork_ask_for_themselves(server: NameServer) -> None:
    resolver = asking(server.address)
    assert ask(resolver, "a.example.test").status is DnsStatus.OK
    # Another thread asks all the time, so that locks are held at the moment of the fork.
    stop = threading.Event()

    def noise() -> None:
        while not stop.is_set():
            ask(resolver, "no.example.test")

    noisy = threading.Thread(target=noise)
    noisy.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                status = ask(resolver, "alias.example.test").status
                os._exit(0 if status is DnsStatus.OK else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        noisy.join()
    assert ask(resolver, "alias.example.test").status is DnsStatus.OK


def test_a_resolver_that_nobody_knows_leaves_no_thread() -> None:
    with DnsProxy(behave=deaf) as dead:
        before = len(os.listdir("/proc/self/task"))
        for number in range(20):
            ask(asking(dead.address), f"n{number}.test", seconds=0.01)
        gc.collect()
        deadline = time.monotonic() + 5
        while len(os.listdir("/proc/self/task")) > before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(os.listdir("/proc/self/task")) <= before


@pytest.mark.parametrize("address", ["resolver.example", "192.0.2.1:http", "192.0.2.1:99999", "[2001:db8::1"])
def test_a_server_is_an_address(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"dns\.servers"):
        asking(address)


def test_c_ares_has_the_layout_that_we_expect() -> None:
    """The package knows the true layout of the options: the compiler told it."""
    from pycares._cares import ffi

    fields = dict(ffi.typeof("struct ares_options").fields)
    ours = {name for name, _ in c_ares.Options._fields_ if not name.startswith("failover")}
    assert ours == set(fields) - {"server_failover_opts"}
    assert all(getattr(c_ares.Options, name).offset == fields[name].offset for name in ours)
