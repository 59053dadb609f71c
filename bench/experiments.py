"""What is measured besides throughput: latency at a fixed rate, overload, idle sessions, a large message, memory."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Sequence

from msgspec import Struct

from bench.mailchord_target import FrontAlone, Mailchord
from bench.milter_load import LoadResult, Sample, at_rate
from bench.packets import Mail
from bench.plan import Budget, Plan, loaded, say, started
from bench.processes import PeakMemory, Usage, memory
from bench.targets import Target

LARGE_BYTES = 50_000_000
IDLE_SESSIONS = 1_000
# Postfix' default is 100 SMTP sessions; ten times that, so that the milter's own limits show and not the generator's.
OVERLOAD_CONNECTIONS = 1_000
PROBES_A_SECOND = 5.0
# A probe that is answered by a verdict within this long finds the milter recovered.
RECOVERED_SECONDS = 0.25
SETTLE_SECONDS = 3.0
LATENCY_SHARE = 0.65  # of the time of a bench is gone when these end


class Latency(Struct, frozen=True, kw_only=True):
    """One run of one target at one rate."""

    target: str
    rate: float
    load: LoadResult


class Overload(Struct, frozen=True, kw_only=True):
    """Twice what the target can do, then probes. `recovery_seconds` is None when it did not recover in time."""

    target: str
    capacity: float
    rate: float
    seconds: float
    load: LoadResult
    deadline_seconds: float
    late_answers: int
    recovery_seconds: float | None


class IdleSessions(Struct, frozen=True, kw_only=True):
    """Memory of the front without and with idle sessions (bytes), and the latency of others meanwhile."""

    target: str
    sessions: int
    front_before: float
    front_with: float
    front_after: float
    load_before: LoadResult
    load_with: LoadResult


class LargeMessage(Struct, frozen=True, kw_only=True):
    """One large message: memory by role in bytes before, at the peak, and a while after."""

    target: str
    size: int
    action: str
    seconds: float
    before: Usage
    peak: Usage
    after: Usage


class IdleMemory(Struct, frozen=True, kw_only=True):
    """Memory in bytes by role: of `serve` with every pool on after the start and after load, and of a front alone."""

    fresh: Usage
    after_load: Usage
    front_alone: float


def latencies(targets: Sequence[Target], mails: Sequence[Mail], plan: Plan, budget: Budget) -> list[Latency]:
    """Open loop at each rate, targets in turn."""
    found: list[Latency] = []
    for turn in range(plan.rate_repeats):
        if not budget.allows(turn, share=LATENCY_SHARE):
            break
        for target in targets:
            say(f"latency {turn + 1}/{plan.rate_repeats}: {target.name}")
            with started(target) as running, loaded(running, mails) as generator:
                generator.closed_loop(seconds=plan.warm_seconds)
                for rate in plan.rates:
                    load = generator.open_loop(at_rate(rate, plan.rate_seconds))
                    found.append(Latency(target=target.name, rate=rate, load=load))
    return found


def overload(
    target: Target, mails: Sequence[Mail], plan: Plan, *, capacity: float = 0.0, deadline_seconds: float
) -> Overload:
    """Offer twice the capacity (measured here when it is 0), then look how soon probes are answered as usual."""
    say(f"overload: {target.name}")
    with (
        started(target) as running,
        loaded(running, mails, connections=plan.connections, most_connections=OVERLOAD_CONNECTIONS) as generator,
    ):
        warm = generator.closed_loop(seconds=plan.seconds if not capacity else plan.warm_seconds)
        capacity = capacity or warm.messages_per_second
        rate = 2 * capacity
        probes = at_rate(PROBES_A_SECOND, plan.recovery_seconds, start=plan.overload_seconds)
        load = generator.open_loop(at_rate(rate, plan.overload_seconds) + probes)
        samples = generator.samples
    return Overload(
        target=target.name,
        capacity=capacity,
        rate=rate,
        seconds=plan.overload_seconds,
        load=load,
        deadline_seconds=deadline_seconds,
        late_answers=sum(1 for sample in samples if sample.answer > deadline_seconds),
        recovery_seconds=recovery(samples, plan.overload_seconds),
    )


def recovery(samples: Sequence[Sample], overload_seconds: float) -> float | None:
    """Seconds from the end of the overload to the first probe from which on all are answered as usual."""
    probes = sorted(
        (sample for sample in samples if sample.intended >= overload_seconds), key=lambda sample: sample.intended
    )
    since: float | None = None
    for probe in probes:
        as_usual = probe.latency <= RECOVERED_SECONDS and probe.action not in ("tempfail", "connection lost")
        if not as_usual:
            since = None
        elif since is None:
            since = round(probe.intended - overload_seconds, 1)
    return since


def idle_sessions(target: Target, mails: Sequence[Mail], plan: Plan) -> IdleSessions:
    """A thousand clients that say HELO and nothing else."""
    say(f"idle sessions: {target.name}")
    rate = plan.rates[0]
    with started(target) as running, loaded(running, mails) as generator:
        generator.closed_loop(seconds=plan.warm_seconds)
        load_before = generator.open_loop(at_rate(rate, plan.rate_seconds))
        before = memory(running.roots, running.role_of).roles.get("front", 0.0)
        with loaded(running, mails, connections=IDLE_SESSIONS):
            time.sleep(1.0)
            front_with = memory(running.roots, running.role_of).roles.get("front", 0.0)
            load_with = generator.open_loop(at_rate(rate, plan.rate_seconds))
        time.sleep(1.0)
        after = memory(running.roots, running.role_of).roles.get("front", 0.0)
    return IdleSessions(
        target=target.name,
        sessions=IDLE_SESSIONS,
        front_before=before,
        front_with=front_with,
        front_after=after,
        load_before=load_before,
        load_with=load_with,
    )


def large_message(target: Target, mails: Sequence[Mail], plan: Plan) -> LargeMessage:
    """One message of 50 MB, sent to a target that has seen ordinary mail before."""
    say(f"large message: {target.name}")
    with started(target) as running:
        with loaded(running, mails) as generator:
            generator.closed_loop(seconds=plan.warm_seconds)
        time.sleep(SETTLE_SECONDS)
        before = memory(running.roots, running.role_of)
        with (
            PeakMemory(running.roots, running.role_of, every_seconds=0.05) as peak,
            loaded(running, [large_mail(LARGE_BYTES)], connections=1) as generator,
        ):
            generator.closed_loop(count=1)
            sample = generator.samples[0]
        time.sleep(SETTLE_SECONDS)
        after = memory(running.roots, running.role_of)
    return LargeMessage(
        target=target.name,
        size=LARGE_BYTES,
        action=sample.action,
        seconds=round(sample.answer, 2),
        before=before,
        peak=Usage(total=peak.total, roles=peak.roles),
        after=after,
    )


def large_mail(size: int) -> Mail:
    """A message of that many bytes: a short text, and one attachment in base64 that does not compress."""
    head = (
        b"From: sender@example.net\r\nTo: user@example.com\r\nSubject: the recording\r\n"
        b"Date: Mon, 5 Jan 2026 08:59:00 +0000\r\nMessage-ID: <large@example.net>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="large"\r\n\r\n'
        b"--large\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nHere is the recording.\r\n"
        b'--large\r\nContent-Type: application/octet-stream; name="recording.bin"\r\n'
        b'Content-Disposition: attachment; filename="recording.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    tail = b"--large--\r\n"
    lines = (size - len(head) - len(tail)) // 78
    data = base64.b64encode(random.Random(1).randbytes(lines * 57))
    body = b"\r\n".join(data[start : start + 76] for start in range(0, len(data), 76)) + b"\r\n"
    return Mail(name="large", raw=head + body + tail)


def idle_memory(mails: Sequence[Mail], plan: Plan) -> IdleMemory:
    """`serve` with every pool on, and a front alone against a Redis that it does not share."""
    say("idle memory")
    everything = Mailchord(name="mailchord+ocr", ocr=True)
    with started(everything) as running:
        time.sleep(SETTLE_SECONDS)
        fresh = memory(running.roots, running.role_of)
        with loaded(running, mails) as generator:
            generator.closed_loop(seconds=plan.seconds)
        time.sleep(SETTLE_SECONDS)
        after_load = memory(running.roots, running.role_of)
    front = FrontAlone().measure(settle_seconds=SETTLE_SECONDS)
    return IdleMemory(fresh=fresh, after_load=after_load, front_alone=front)
