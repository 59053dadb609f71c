"""Scanning labelled mail on all cores: one scanner, built before the processes fork, and a record for each message."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from msgspec import Struct, structs

from mailchord.evaluation.foreign_headers import as_received
from mailchord.evaluation.labelled import LabelledMail
from mailchord.evaluation.recorded import Recorded
from mailcore.addresses import read_addresses
from mailcore.errors import ConfigurationError
from mailcore.identity import NOBODY, Identity
from mailcore.message import Envelope
from mailcore.plan import Plan
from mailcore.policy_files import NO_FILES, PolicyFiles
from mailcore.settings import AUTH, Settings
from mailcore.verdict import PoolReport, Verdict
from mailcore.wire import decode, encode
from tasks.scanner import Scanner, decide_planned, decoded_parts

UNRECORDED = Recorded()
LEFT_OUT = "left out of the evaluation"
CHUNK = 8  # messages that a process takes at once: few enough that all end together


class Judged(Struct, frozen=True, kw_only=True):
    """What scanning one message yielded: all that `decide()` asks, and no mail but the quotes of findings.

    `cpu_ms` is processor time by step: `parse`, and each pool.
    """

    mail: LabelledMail
    expected: tuple[str, ...] = ()
    skipped: dict[str, str] = {}
    reports: tuple[PoolReport, ...] = ()
    identity: Identity = NOBODY
    recipients: tuple[str, ...] = ()
    cpu_ms: dict[str, float] = {}
    size: int = 0

    def without(self, pools: Collection[str]) -> Judged:
        """As if these pools had not been there."""
        if not pools:
            return self
        gone = {name: LEFT_OUT for name in self.expected if name in pools}
        return structs.replace(
            self,
            expected=tuple(name for name in self.expected if name not in pools),
            skipped=self.skipped | gone,
            reports=tuple(report for report in self.reports if report.pool not in pools),
        )


class Judging(Struct, frozen=True, kw_only=True):
    """How messages are judged: by which scanners (more than one to compare them), with which pools."""

    scanners: tuple[Scanner, ...]
    pools: frozenset[str]
    recorded: Mapping[str, Recorded] = {}


def judge_all(
    mails: Sequence[LabelledMail], judging: Judging, *, jobs: int, progress: Callable[[int], None]
) -> Iterator[tuple[Judged, ...]]:
    """One record for each message and scanner, in the order of `mails`; `progress` hears how many were judged.

    Raises ConfigurationError for a message that cannot be read, and when a process dies.
    """
    if jobs <= 1:
        for mail in mails:
            yield _judged(mail, judging)
            progress(1)
        return
    # Forked children share the compiled patterns; they find what they need in this module.
    _shared.append(judging)
    try:
        with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork")) as processes:
            try:
                for line in processes.map(_in_child, mails, chunksize=CHUNK):
                    yield tuple(decode(data, Judged) for data in line)
                    progress(1)
            except BrokenProcessPool as error:
                raise ConfigurationError(
                    "a process that judged mail died, perhaps for want of memory: try fewer with --jobs"
                ) from error
            finally:
                processes.shutdown(wait=False, cancel_futures=True)
    finally:
        _shared.pop()


_shared: list[Judging] = []


def _in_child(mail: LabelledMail) -> tuple[bytes, ...]:
    return tuple(encode(judged) for judged in _judged(mail, _shared[-1]))


def _judged(mail: LabelledMail, judging: Judging) -> tuple[Judged, ...]:
    try:
        raw = Path(mail.file).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{mail.file}: {error.strerror}") from error
    recorded = judging.recorded.get(mail.path, UNRECORDED)
    return tuple(judge(scanner, mail, raw, recorded, judging.pools) for scanner in judging.scanners)


def judge(scanner: Scanner, mail: LabelledMail, raw: bytes, recorded: Recorded, pools: Collection[str]) -> Judged:
    """Scan one message as it was received: the same steps as `Scanner.scan`, with the clock held at each."""
    received = as_received(raw, client_address=recorded.client_address, has_recorded_results=recorded.has_results)
    limit = scanner.settings.front.body_limit_bytes
    envelope = recorded.envelope(received.received_at)
    began = processor_ms()
    parsed = scanner.parse(received.raw[:limit], message_id="evaluate", truncated=len(received.raw) > limit)
    cpu_ms = {"parse": processor_ms() - began}
    auth = recorded.auth(parsed.message)
    planned = scanner.plan(envelope, parsed.message, auth)
    view = scanner.view(envelope, parsed.message, auth)
    reports = []
    for name, work in planned.works.items():
        if name in pools:
            began = processor_ms()
            parts = decoded_parts(parsed, work)
            reports.append(scanner.run(name, view, parts, seconds=scanner.settings.pools[name].seconds))
            cpu_ms[name] = processor_ms() - began
    senders = read_addresses(parsed.message.header("from"))
    return Judged(
        mail=structs.replace(mail, campaign=mail.campaign or (senders[0].domain if senders else "") or mail.cluster),
        expected=tuple(name for name in planned.plan.expected if name in pools),
        skipped=planned.plan.skipped | {name: LEFT_OUT for name in planned.works if name not in pools},
        reports=tuple(reports),
        identity=planned.plan.identity,
        cpu_ms=cpu_ms,
        size=len(raw),
    )


class Deciding(Struct, frozen=True, kw_only=True):
    """What turns reports into a verdict: the settings with their policy, and the files that it names."""

    settings: Settings
    files: PolicyFiles = NO_FILES
    policy_version: str = ""


def deciding_of(scanner: Scanner) -> Deciding:
    return Deciding(settings=scanner.settings, files=scanner.files, policy_version=scanner.policy_version)


def verdict_on(judged: Judged, deciding: Deciding) -> Verdict:
    """What that policy makes of the reports: the same `decide()` as behind every door."""
    return decide_planned(
        deciding.settings,
        judged.mail.path,
        envelope=Envelope(recipients=judged.recipients),
        plan=Plan(expected=judged.expected, skipped=judged.skipped, identity=judged.identity),
        reports=judged.reports,
        decided_by="evaluate",
        elapsed_ms=0.0,
        policy_version=deciding.policy_version,
        files=deciding.files,
    )


def processor_ms() -> float:
    """Processor time of this process and of the programs that it ran and that have ended, in milliseconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (time.process_time() + children.ru_utime + children.ru_stime) * 1_000


def chosen_pools(scanner: Scanner, *, only: Iterable[str], without: Iterable[str]) -> frozenset[str]:
    """The pools to judge with: those named, else all that are switched on, and not those left out.

    Who was sending is recorded, or nobody knows any more: the DNS of today is asked only by who names that pool.
    Raises ConfigurationError for a pool that is not there.
    """
    there = frozenset(scanner.pools)
    named = frozenset(only)
    for name in sorted((named | frozenset(without)) - frozenset(scanner.settings.pools)):
        raise ConfigurationError(f"there is no pool {name!r}; pools are {', '.join(scanner.settings.pools)}")
    for name in sorted(named - there):
        raise ConfigurationError(f"the pool {name!r} is switched off in the configuration")
    return (named or there - {AUTH}) - frozenset(without)
