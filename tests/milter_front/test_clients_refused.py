"""The connection filter in a running front: real libmilter, real Redis, and real Postfix."""

from __future__ import annotations

import contextlib
import shutil
import smtplib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from mailcore.connections import Connections, Greylisting
from mailcore.settings import Redis, Settings
from tests.mail import mail
from tests.milter_client import NR_CONN, NR_HELO, NR_RCPT, Result
from tests.milter_front.conftest import Start
from tests.milter_front.running_front import RunningFront, settings
from tests.postfix import Client, PrivatePostfix, needs_postfix
from tests.redis_server import RedisServer
from tests.system.installation import eventually

OUTSIDE, ELSEWHERE = "203.0.113.9", "203.0.113.10"
FROM = (b"From", b" anna@example.net")


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """Postfix runs as its own user, and pytest's directories are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="mailchord-front-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def shared_redis() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


def filtering(
    folder: Path,
    redis: RedisServer,
    limits: dict[str, object],
    greylisting: dict[str, object] | None = None,
    **front: Any,
) -> Settings:
    return replace(
        settings(folder, socket_mode="0666", **front),
        connections=msgspec.convert({"window_seconds": 3_600, **limits}, Connections),
        greylisting=msgspec.convert({"enabled": greylisting is not None, **(greylisting or {})}, Greylisting),
        redis=Redis(broker=redis.url()),
    )


@pytest.fixture(scope="module")
def shared_front(shared_redis: RedisServer) -> Iterator[RunningFront]:
    limits: dict[str, object] = {"recipients_per_message": 2, "messages_per_user": 2, "recipients_per_user": 3}
    greylisting: dict[str, object] = {"delay_seconds": 1.5, "retry_seconds": 60, "allowed_names": ["example.net"]}
    with open_folder() as folder:
        running = RunningFront(folder, filtering(folder, shared_redis, limits, greylisting))
        running.tell("ready")
        yield running
        assert running.stop() == 0


@pytest.fixture
def front(shared_front: RunningFront, shared_redis: RedisServer) -> RunningFront:
    """The shared front, and nobody has been there."""
    shared_redis.client().flushall()
    shared_front.settled()
    shared_front.events()
    shared_front.log.clear()
    return shared_front


def connect(front: RunningFront, address: str = OUTSIDE) -> str:
    """What one connection is told at its very beginning."""
    with front.client() as client:
        client.negotiate()
        return told(client.connect(address=address, family=b"6" if ":" in address else b"4"))


def told(result: Result) -> str:
    """`continue`, or the beginning of the refusal: both codes."""
    return " ".join(result.text.split()[:2]) if result.text else result.outcome


def test_the_51st_connection_is_refused_and_another_client_is_not(front: RunningFront) -> None:
    assert [connect(front) for _ in range(50)] == ["continue"] * 50
    assert [connect(front) for _ in range(3)] == ["421 4.7.1"] * 3
    assert connect(front, ELSEWHERE) == "continue"
    assert connect(front, "192.0.2.9") == "continue"  # our own network
    logged = front.logged("client refused")
    assert (logged["why"], logged["step"], logged["client"]) == ("connections_per_client", "connect", OUTSIDE)
    assert front.tell("counted")["name"] == "refused.connections_per_client"


def test_a_network_of_ipv6_is_one_client_whatever_its_addresses(front: RunningFront) -> None:
    found = [connect(front, f"2001:db8:9::{number:x}") for number in range(1, 53)]
    assert found == ["continue"] * 50 + ["421 4.7.1"] * 2
    assert connect(front, "2001:db8:9:1::1") == "continue"


def test_the_101st_message_is_put_off_and_the_rest_was_judged(front: RunningFront) -> None:
    with front.client() as client:
        client.greet()
        assert [client.message([FROM]).outcome for _ in range(100)] == ["accept"] * 100
        assert told(client.mail(b"<anna@example.net>")) == "421 4.7.1"


def test_a_recipient_too_many_is_none_and_the_others_get_the_message(front: RunningFront) -> None:
    with front.client() as client:
        client.greet()
        client.mail(b"<anna@example.net>")
        found = [told(client.rcpt(f"<r{number}@example.com>".encode())) for number in range(4)]
        assert found == ["continue", "continue", "452 4.5.3", "452 4.5.3"]
        client.data()
        client.header(*FROM)
        client.eoh()
        client.body(b"Hello\r\n")
        assert client.end().outcome == "accept"
    envelope = front.tell("judged")["envelope"]
    assert isinstance(envelope, dict)
    assert envelope["recipients"] == ["r0@example.com", "r1@example.com"]


def test_a_user_who_floods_is_stopped_from_any_address(front: RunningFront) -> None:
    def sent(address: str, user: str) -> list[str]:
        with front.client() as client:
            client.greet(address=address)
            client.macros(b"M", {"{auth_authen}": user})
            mailed = told(client.mail(b"<anna@example.com>"))
            return [mailed, told(client.rcpt(b"<x@example.net>"))] if mailed == "continue" else [mailed]

    assert sent("192.0.2.9", "bob") == ["continue", "continue"]
    assert sent(OUTSIDE, "bob") == ["continue", "continue"]
    assert sent(OUTSIDE, "Bob") == ["450 4.7.1"]
    assert sent(OUTSIDE, "eve") == ["continue", "continue"]


@pytest.mark.parametrize(
    ("sender", "expected"),
    [(b"<anna@example.net>", ["continue", "451 4.7.1"]), (b"<>", ["continue", "continue", "451 4.7.1"])],
    ids=["at RCPT", "a bounce at its end"],
)
def test_who_comes_again_passes_the_greylist(front: RunningFront, sender: bytes, expected: list[str]) -> None:
    def sent() -> list[str]:
        with front.client() as client:
            client.greet(name="mail.example.org")
            steps = [lambda: client.mail(sender), lambda: client.rcpt(b"<bob@example.com>"), client.end]
            found: list[str] = []
            while steps and set(found) <= {"continue"}:
                found.append(told(steps.pop(0)()))
            return found

    assert sent() == expected
    assert sent() == expected
    time.sleep(1.6)
    assert sent() == sent() == ["continue", "continue", "accept"]
    assert front.settled()["transactions"] == 0


@pytest.mark.parametrize("address", [b"", b"not an address", b"\xff\xfe", b"999.999.999.999"], ids=repr)
def test_clients_with_odd_addresses_hurt_nobody(front: RunningFront, address: bytes) -> None:
    with front.client() as client:
        client.negotiate()
        client.send(b"C", b"name\0" + b"4" + (40_000).to_bytes(2, "big") + address + b"\0")
        with contextlib.suppress(ConnectionError):  # libmilter itself ends the session on some
            assert told(client.reply()) == "continue"
    assert connect(front) == "continue"


def test_only_steps_that_may_be_answered_are_waited_for(
    start: Start, front: RunningFront, folder: Path, shared_redis: RedisServer
) -> None:
    def answered(door: RunningFront) -> int:
        with door.client() as client:
            client.negotiate()
            return ~client.protocol & (NR_CONN | NR_HELO | NR_RCPT)

    assert answered(front) == NR_CONN | NR_RCPT
    limits = {"connections_per_client": 0, "clients_log_in": False, "names": {"helo_is_localhost": "reject"}}
    other = start(filtering(folder, shared_redis, limits))
    assert answered(other) == NR_HELO
    with other.client() as client:
        client.negotiate()
        assert client.connect().outcome == "none"
        assert told(client.helo(b"localhost")) == "550 5.7.1"


def test_an_mta_that_wants_every_step_answered_is_told(front: RunningFront) -> None:
    with front.client() as client:
        client.negotiate(protocol=0)
        found = [client.connect(address=OUTSIDE), client.helo(), client.mail(b"<anna@example.net>")]
        found += [client.rcpt(f"<r{number}@example.com>".encode()) for number in range(3)]
        assert list(map(told, found)) == ["continue"] * 5 + ["452 4.5.3"]


def test_fronts_and_their_processes_share_the_count(start: Start, folder: Path, shared_redis: RedisServer) -> None:
    shared_redis.client().flushall()
    limits: dict[str, object] = {"connections_per_client": 20}
    front = start(filtering(folder, shared_redis, limits, processes=2, listen=f"unix:{folder}/one.sock"))
    other = start(filtering(folder, shared_redis, limits, listen=f"unix:{folder}/two.sock"))
    found = [connect(door) for _ in range(12) for door in (front, other)]
    assert found == ["continue"] * 20 + ["421 4.7.1"] * 4


def test_redis_that_hangs_or_dies_holds_up_nobody(start: Start, folder: Path) -> None:
    with RedisServer() as redis:
        front = start(filtering(folder, redis, {"connections_per_client": 5}, {}))
        assert [connect(front) for _ in range(6)] == ["continue"] * 5 + ["421 4.7.1"]
        redis.freeze()
        try:
            began = time.monotonic()
            # Counted anew, by the front alone, after one wait of a tenth of a second.
            assert [connect(front) for _ in range(8)] == ["continue"] * 5 + ["421 4.7.1"] * 3
            assert time.monotonic() - began < 1.0
        finally:
            redis.thaw()
        redis.kill()
        with front.client() as client:
            client.greet(address=ELSEWHERE)
            assert client.message([FROM]).outcome == "accept"  # nobody is asked to come again
        assert front.logged("each front counts its clients by itself")


@pytest.mark.system
@needs_postfix
def test_what_postfix_makes_of_refusals(front: RunningFront) -> None:
    def send(address: str, name: str = "mail.example.net") -> str:
        client = Client(address=address, name=name, helo=name)
        try:
            reply = postfix.send(mail(), client=client)
        except smtplib.SMTPResponseException as refused:  # before the greeting: no mail could be sent
            return f"{refused.smtp_code} {refused.smtp_error!r}"
        return f"{reply.code} {reply.text.split()[0]}"

    with PrivatePostfix(milter=front.address) as postfix:
        for _ in range(49):
            connect(front)
        assert send(OUTSIDE) == "250 2.0.0"
        # The client is told so in place of the greeting, in Postfix's own words; ours stand in its log.
        assert send(OUTSIDE) == "421 b'mx.example.org Service unavailable - try again later'"
        ours = "from mail.example.net[203.0.113.9]: 421 4.7.1 Too many connections, please try again"
        assert send(ELSEWHERE) == "250 2.0.0"
        assert send("198.51.100.9", "mail.example.org") == "451 4.7.1"
        time.sleep(1.6)
        assert send("198.51.100.10", "mail.example.org") == "250 2.0.0"  # from its neighbour
        assert len(postfix.wait_for_deliveries(3)) == 3
        assert eventually(lambda: ours in postfix.log())  # a program of its own writes the log
