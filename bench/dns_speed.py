"""What the DNS and verifying senders cost: `python -m bench.dns_speed`, against a name server that it starts itself.

CPU of a question that is remembered and of one that is not; how long messages wait at 50 a second on a resolver that
takes 200 ms; the first message of a domain and the thousandth.
"""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bench.percentiles import spread
from mailcore.dns import Question, RecordType
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.ports import Resolver
from mailcore.settings import Dns, Settings
from mailcore.verdict import PoolStatus
from mailcore.view import MailView
from mailio.dns_cache import open_resolver
from mailio.dns_resolver import DnsResolver
from tests.dns_proxy import DnsProxy
from tests.dns_server import NameServer
from tests.workers.auth.signing import record, rsa_key, signed
from workers.auth import build
from workers.pool import Pool
from workers.runner import run_pool

DOMAINS = 300
RATE, SECONDS = 50, 6
DELAY = 0.2
TURNS = 2_000

Sample = tuple[Envelope, bytes]


def main() -> None:
    print("making the zones and signing", flush=True)
    samples = [sample(number) for number in range(DOMAINS)]
    with NameServer({"test": zone(), "2.0.192.in-addr.arpa": "1 IN PTR mx.d0.test.\n"}) as server:
        questions(server)
        verifying(server, samples)
        with slow(server) as address:
            waiting("4 questions a message, nothing remembered: p50", ask_four(address))
            waiting("whole pool, 50 domains: p50", judge(address, samples[:50]))
            waiting("whole pool, a new domain each message: p50", judge(address, samples))
            first_and_thousandth(address, samples[0])


def questions(server: NameServer) -> None:
    """CPU of the process for one question."""
    settings = Dns(servers=(server.address,))
    cached, uncached = open_resolver(settings), DnsResolver(settings)
    four = [Question(name, RecordType.TXT) for name in ("d1.test", "_dmarc.d1.test", "s._domainkey.d1.test")]
    four.append(Question("mx.d1.test", RecordType.A))
    cached.resolve(four, seconds=5)
    show("a question that is remembered", cpu(lambda: cached.resolve(four, seconds=5), TURNS) / 4)
    show("a question that is asked, four at once", cpu(lambda: uncached.resolve(four, seconds=5), TURNS // 4) / 4)
    show("a question that is asked, alone", cpu(lambda: uncached.resolve(four[:1], seconds=5), TURNS // 4))


def verifying(server: NameServer, samples: Sequence[Sample]) -> None:
    """CPU of the whole pool on a message with one RSA-2048 signature, all answers remembered."""
    run = once(pool(open_resolver(Dns(servers=(server.address,)))), samples[0])
    run()
    show("whole pool on a message, all answers remembered", cpu(run, 200))


def waiting(what: str, message: Callable[[int], None]) -> None:
    """How long messages take that come at a fixed rate, whatever those before them do."""
    took: list[float] = []

    def one(number: int) -> None:
        begun = time.monotonic()
        message(number)
        took.append(time.monotonic() - begun)

    threads: list[threading.Thread] = []
    begun = time.monotonic()
    for number in range(RATE * SECONDS):
        time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
        threads.append(threading.Thread(target=one, args=(number,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(took) == RATE * SECONDS, "a message did not end"
    times = spread(took)
    print(
        f"{RATE}/s, answers after {DELAY * 1_000:.0f} ms: {what} {times.p50:.0f} ms, p95 {times.p95:.0f} ms", flush=True
    )


def ask_four(address: str) -> Callable[[int], None]:
    resolver = open_resolver(Dns(servers=(address,)))

    def ask(number: int) -> None:
        names = (f"u{number}.test", f"_dmarc.u{number}.test", f"mx.u{number}.test", f"s._domainkey.u{number}.test")
        answers = resolver.resolve([Question(name, RecordType.TXT) for name in names], seconds=5)
        assert all(answer.is_known for answer in answers.values())

    return ask


def judge(address: str, samples: Sequence[Sample]) -> Callable[[int], None]:
    verifier = pool(open_resolver(Dns(servers=(address,))))
    return lambda number: once(verifier, samples[number % len(samples)])()


def first_and_thousandth(address: str, chosen: Sample) -> None:
    first, second, late = domain_times(address, chosen)
    print(f"first message of a domain {first:.0f} ms, second {second:.1f} ms, thousandth {late:.1f} ms")


def domain_times(address: str, chosen: Sample) -> tuple[float, float, float]:
    """Milliseconds of the first message of a domain, of the second, and of the thousandth."""
    run = once(pool(open_resolver(Dns(servers=(address,)))), chosen)
    took = []
    for _ in range(1_000):
        begun = time.monotonic()
        run()
        took.append((time.monotonic() - begun) * 1_000)
    late = statistics.median(took[-100:])  # one alone would show what else the machine did
    return took[0], took[1], late


def pool(resolver: Resolver) -> Pool:
    return build(resolver, settings=Settings())


def once(verifier: Pool, chosen: Sample) -> Callable[[], None]:
    """The pool on one message, which must pass."""
    envelope, raw = chosen
    message = parse(raw, message_id="bench").message
    view = MailView(envelope=envelope, message=message)

    def run() -> None:
        report = run_pool(verifier, view, {"raw": raw}, seconds=6.0)
        assert report.status is PoolStatus.OK, report.reason
        assert report.auth is not None
        assert report.auth.is_aligned

    return run


def sample(number: int) -> Sample:
    """A 20 KB message from a domain of its own, signed with RSA-2048."""
    domain = f"d{number}.test"
    body = "".join(f"Line {line} of a message that is neither short nor long.\r\n" for line in range(350))
    raw = (
        f"From: Alice <alice@{domain}>\r\nTo: bob@example.org\r\nSubject: Figures\r\n"
        f"Date: Mon, 5 Jan 2026 10:00:00 +0000\r\nMessage-ID: <{number}@{domain}>\r\n\r\n{body}"
    )
    envelope = Envelope(
        sender=f"alice@{domain}",
        recipients=("bob@example.org",),
        client_address="192.0.2.1",
        helo=f"mx.{domain}",
        received_at=1_767_607_200.0,
    )
    return envelope, signed(raw.encode(), key=rsa_key(2_048), d=domain, s="s")


def zone() -> str:
    """For each domain what a well-kept one has: SPF over two includes, a key, a DMARC policy, a host."""
    key = record(rsa_key(2_048))
    text = f'"{key[:250]}" "{key[250:]}"'
    lines = ['spf.provider TXT "v=spf1 ip4:198.51.100.0/24 -all"', 'spf2.provider TXT "v=spf1 ip4:192.0.2.0/24 -all"']
    for number in range(DOMAINS):
        lines += (
            f'd{number} TXT "v=spf1 mx include:spf.provider.test include:spf2.provider.test -all"',
            f"d{number} MX 10 in.d{number}",
            f"in.d{number} A 198.51.100.1",
            f"mx.d{number} A 192.0.2.1",
            f'_dmarc.d{number} TXT "v=DMARC1; p=reject"',
            f"s._domainkey.d{number} TXT {text}",
        )
    return "\n".join(lines) + "\n"


@contextmanager
def slow(server: NameServer) -> Iterator[str]:
    """The server behind one that takes its time, in a process of its own: its CPU is not ours."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()

    def serve() -> None:
        with DnsProxy(server=server.port, delay=DELAY) as proxy:
            there.send(proxy.address)
            there.recv()

    process = context.Process(target=serve, daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join(5)


def cpu(run: Callable[[], object], turns: int) -> float:
    """Seconds of CPU a turn, in the best of three rounds."""
    rounds = []
    for _ in range(3):
        begun = time.process_time()
        for _ in range(turns):
            run()
        rounds.append((time.process_time() - begun) / turns)
    return min(rounds)


def show(what: str, seconds: float) -> None:
    print(f"CPU of {what}: {seconds * 1e6:.1f} µs", flush=True)


if __name__ == "__main__":
    main()
