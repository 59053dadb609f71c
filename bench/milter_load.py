"""The load generator: many connections of the milter protocol in one thread, in closed loop or at a fixed rate.

At a fixed rate a message's latency counts from the moment at which it was meant to be sent, so that a slow
milter cannot hide by slowing the generator down (no coordinated omission).
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import itertools
import select
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.messages import read_directory
from bench.packets import Delivery, Mail, Stage, packet, read_negotiation, session_flights, split_packets
from bench.percentiles import Spread, spread
from bench.session import LOST, MODIFICATIONS, Session, action_of, connect

# An MTA opens a connection for each SMTP session. New ones now and then also spread the load over the processes of a
# milter that has several, which one that takes all connections at the start would hide.
MESSAGES_PER_SESSION = 10
REOPEN_SECONDS = 0.01  # a Unix socket whose backlog is full says EAGAIN: try again shortly, as connect(2) advises


class Sample(Struct, frozen=True):
    """One message: when it was meant to go (seconds from the start), latencies in seconds, what became of it."""

    intended: float
    latency: float
    answer: float
    action: str
    name: str
    size: int


class LoadResult(Struct, frozen=True, kw_only=True):
    """What a run showed.

    `latency` counts from the intended moment, `answer` from the first byte of the message on its connection.
    """

    sent: int
    answered: int
    seconds: float
    messages_per_second: float
    mean_bytes: int
    latency: Spread
    answer: Spread
    actions: dict[str, int]
    modifications: dict[str, int]
    progress_packets: int
    connections: int
    generator_cpu_ms: float


class Generator:
    """Connections to one milter. Sessions stay open from run to run; mails go round in their order."""

    def __init__(
        self,
        address: str,
        mails: Sequence[Mail],
        *,
        connections: int = 8,
        most_connections: int | None = None,
        messages_per_session: int = MESSAGES_PER_SESSION,
    ) -> None:
        self._address = address
        self._mails = mails
        self._most = max(connections, most_connections or 0)
        self._messages_per_session = messages_per_session
        self._deliveries: dict[int, list[Delivery]] = {}
        self._order = itertools.cycle(range(len(mails))) if mails else itertools.repeat(0)
        self._numbers = itertools.count(time.time_ns() // 1_000_000 % 1_000_000_000 * 1_000)
        self._epoll = select.epoll()
        self._sessions: dict[int, Session] = {}
        self._idle: deque[Session] = deque()
        self._reopen_at: float | None = None
        self._wanted = connections
        self._done: list[Sample] = []
        self._modifications: Counter[str] = Counter()
        self._progress = 0
        self._start = 0.0

    def open(self, *, seconds: float = 30.0) -> None:
        """Open the connections and negotiate; TimeoutError when the milter does not answer in time."""
        until = time.perf_counter() + seconds
        self._top_up()
        while len(self._idle) < self._wanted:
            if time.perf_counter() > until:
                raise TimeoutError(f"{self._address}: {len(self._idle)} of {self._wanted} connections in {seconds} s")
            self._turn(0.05)

    def close(self) -> None:
        for session in list(self._sessions.values()):
            with contextlib.suppress(OSError):  # the milter may have been faster
                session.sock.send(packet(b"Q"))
            self._drop(session)
        self._epoll.close()

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Every message of the last run."""
        return tuple(self._done)

    def closed_loop(self, *, count: int = 0, seconds: float = 0.0, patience: float = 60.0) -> LoadResult:
        """Each connection sends its next message as soon as it has the answer; until `count` or `seconds`."""
        started = self._begin()
        sent = 0
        until = started + seconds if seconds else float("inf")

        def more() -> bool:
            return (not count or sent < count) and time.perf_counter() < until

        while more():
            while self._idle and more():
                self._assign(self._idle.popleft(), time.perf_counter())
                sent += 1
            self._turn(0.05)
        return self._finish(started, sent, patience)

    def open_loop(self, offsets: Sequence[float], *, patience: float = 60.0) -> LoadResult:
        """Send one message at each offset (seconds, in order) whatever the answers do; see `at_rate`.

        New connections are opened while all are busy. What is not answered `patience` seconds after the last
        offset is counted as sent and not as answered.
        """
        started = self._begin()
        due: deque[float] = deque()
        sent = 0
        give_up = started + (offsets[-1] if offsets else 0.0) + patience
        while sent < len(offsets) or due:
            now = time.perf_counter()
            if now > give_up:
                break
            while sent < len(offsets) and started + offsets[sent] <= now:
                due.append(started + offsets[sent])
                sent += 1
            while due and self._idle:
                self._assign(self._idle.popleft(), due.popleft())
            if due and len(self._sessions) < self._most:
                self._wanted = min(self._most, len(self._sessions) + len(due))
                self._top_up()
            wait = started + offsets[sent] - time.perf_counter() if sent < len(offsets) else 0.05
            self._turn(min(0.05, max(0.0, wait)))
        return self._finish(started, sent, max(0.0, give_up - time.perf_counter()))

    # One run

    def _begin(self) -> float:
        self._done.clear()
        self._modifications.clear()
        self._progress = 0
        self._cpu = time.thread_time()
        self._start = time.perf_counter()
        return self._start

    def _finish(self, started: float, sent: int, patience: float) -> LoadResult:
        until = time.perf_counter() + patience
        while len(self._done) < sent and time.perf_counter() < until:
            self._turn(0.05)
        seconds = max(1e-9, time.perf_counter() - started)
        cpu = time.thread_time() - self._cpu
        done = self._done
        return LoadResult(
            sent=sent,
            answered=sum(1 for sample in done if sample.action != LOST),
            seconds=round(seconds, 3),
            messages_per_second=round(len(done) / seconds, 2),
            mean_bytes=sum(sample.size for sample in done) // max(1, len(done)),
            latency=spread([sample.latency for sample in done]),
            answer=spread([sample.answer for sample in done]),
            actions=dict(sorted(Counter(sample.action for sample in done).items())),
            modifications=dict(sorted(self._modifications.items())),
            progress_packets=self._progress,
            connections=len(self._sessions),
            generator_cpu_ms=round(1000 * cpu / max(1, sent), 3),
        )

    def _assign(self, session: Session, intended: float) -> None:
        deliveries = self._deliveries.get(session.protocol)
        if deliveries is None:
            deliveries = [Delivery(mail, session.protocol) for mail in self._mails]
            self._deliveries[session.protocol] = deliveries
        session.delivery = deliveries[next(self._order)]
        session.number = next(self._numbers)
        session.intended = intended
        session.started = time.perf_counter()
        if session.refused:
            self._end_message(session, session.refused)
            return
        session.flights = session.delivery.flights(session.number)
        session.position = 0
        self._send_flight(session)

    def _end_message(self, session: Session, action: str, *, early: bool = False) -> None:
        delivery = session.delivery
        if delivery is None:
            return
        now = time.perf_counter()
        self._done.append(
            Sample(
                session.intended - self._start,
                now - session.intended,
                now - session.started,
                action,
                delivery.mail.name,
                delivery.size,
            )
        )
        session.delivery = None
        session.delivered += 1
        session.stage = None
        if session.delivered >= self._messages_per_session:
            session.send(packet(b"Q"), self._epoll)
            self._drop(session)
            self._top_up()
            return
        if session.refused or action == LOST or (early and session.outbox):
            self._drop(session)
            self._top_up()
            return
        if early:
            session.send(packet(b"A"), self._epoll)
        self._idle.append(session)

    # Connections

    def _top_up(self) -> None:
        self._reopen_at = None
        while len(self._sessions) < self._wanted:
            sock, error = connect(self._address)
            if sock is None:
                if error != errno.EAGAIN:
                    raise OSError(error, errno.errorcode.get(error, str(error)), self._address)
                self._reopen_at = time.perf_counter() + REOPEN_SECONDS
                return
            session = Session(sock)
            self._sessions[sock.fileno()] = session
            self._epoll.register(sock.fileno(), session.watched)

    def _drop(self, session: Session) -> None:
        number = session.sock.fileno()
        if number < 0:
            return
        self._epoll.unregister(number)
        del self._sessions[number]
        if session in self._idle:
            self._idle.remove(session)
        session.sock.close()

    def _lost(self, session: Session) -> None:
        if session.delivery is not None:
            self._end_message(session, LOST)
            return
        was_ready = session.ready
        self._drop(session)
        if was_ready:
            self._top_up()
        else:
            # The milter closes while it negotiates: it is overloaded or broken; do not spin.
            self._reopen_at = time.perf_counter() + 10 * REOPEN_SECONDS

    def _turn(self, timeout: float) -> None:
        """Wait for events and serve them."""
        if self._reopen_at is not None:
            timeout = min(timeout, REOPEN_SECONDS)
            if time.perf_counter() >= self._reopen_at:
                self._top_up()
        for number, event in self._epoll.poll(timeout):
            session = self._sessions.get(number)
            if session is None:
                continue
            try:
                if event & select.EPOLLOUT:
                    session.flush(self._epoll)
                if event & ~select.EPOLLOUT:
                    self._receive(session)
            except (ConnectionError, ValueError):
                self._lost(session)

    def _receive(self, session: Session) -> None:
        try:
            data = session.sock.recv(65_536)
        except BlockingIOError:
            return
        if not data:
            self._lost(session)
            return
        session.inbox += data
        for command, payload in split_packets(session.inbox):
            self._take(session, command, payload)

    # The conversation

    def _send_flight(self, session: Session) -> None:
        flight = session.flights[session.position]
        session.stage = flight.stage
        session.send(flight.data, self._epoll)

    def _take(self, session: Session, command: bytes, payload: bytes) -> None:
        """One packet from the milter."""
        if command == b"p":
            self._progress += 1
        elif command in MODIFICATIONS:
            self._modifications[MODIFICATIONS[command]] += 1
        elif session.stage is Stage.NEGOTIATE:
            self._negotiated(session, command, payload)
        elif session.stage in (Stage.CONNECT, Stage.HELO):
            self._greeted(session, command, payload)
        elif session.stage is None:
            raise ValueError(f"reply {command!r} that nobody waits for")
        elif session.stage is Stage.END_OF_MESSAGE:
            self._end_message(session, action_of(command, payload))
        elif command == b"c":
            session.position += 1
            self._send_flight(session)
        elif command == b"s" and session.stage is Stage.BODY:
            session.position = len(session.flights) - 1
            self._send_flight(session)
        else:
            self._end_message(session, action_of(command, payload), early=True)

    def _negotiated(self, session: Session, command: bytes, payload: bytes) -> None:
        if command != b"O":
            raise ValueError(f"{command!r} instead of a negotiation")
        _, _, session.protocol = read_negotiation(payload)
        session.flights = session_flights(
            session.protocol, client_name="mail.example.net", client_address="198.51.100.25", helo="mail.example.net"
        )
        session.position = -1
        self._next_of_greeting(session)

    def _next_of_greeting(self, session: Session) -> None:
        session.position += 1
        while session.position < len(session.flights):
            self._send_flight(session)
            if session.flights[session.position].stage.is_answered(session.protocol):
                return
            session.position += 1
        session.stage = None
        session.ready = True
        self._idle.append(session)

    def _greeted(self, session: Session, command: bytes, payload: bytes) -> None:
        if command != b"c":
            session.refused = action_of(command, payload)
            session.position = len(session.flights)
        self._next_of_greeting(session)


def at_rate(rate: float, seconds: float, *, start: float = 0.0) -> list[float]:
    """Offsets of messages at a fixed rate (messages a second)."""
    return [start + number / rate for number in range(max(1, round(rate * seconds)))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.milter_load", description=__doc__)
    parser.add_argument("--socket", required=True, help="unix:PATH or inet:PORT@HOST")
    parser.add_argument("--messages", required=True, type=Path, help="directory of messages, one a file")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--most-connections", type=int, default=64, help="opened at a fixed rate when all are busy")
    parser.add_argument("--count", type=int, default=0, help="messages in all (closed loop)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long, where there is no count")
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second (open loop); 0: closed loop")
    arguments = parser.parse_args()
    mails = read_directory(arguments.messages)
    if not mails:
        parser.error(f"no messages in {arguments.messages}")
    generator = Generator(
        arguments.socket, mails, connections=arguments.connections, most_connections=arguments.most_connections
    )
    try:
        generator.open()
        if arguments.rate:
            seconds = arguments.count / arguments.rate if arguments.count else arguments.seconds
            result = generator.open_loop(at_rate(arguments.rate, seconds))
        elif arguments.count:
            result = generator.closed_loop(count=arguments.count)
        else:
            result = generator.closed_loop(seconds=arguments.seconds)
    finally:
        generator.close()
    print(msgspec.json.format(msgspec.json.encode(result)).decode())


if __name__ == "__main__":
    main()
