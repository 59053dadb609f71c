"""Where the time goes in our own code: CPU of parsing, of each pool and of deciding, in one process, without a broker.

python -m bench.profile_stages --messages DIR     or, without DIR, over the messages of the bench
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.messages import choose_messages, plain_only, read_directory, without_attachments
from bench.packets import Mail
from bench.percentiles import spread
from bench.stages import Stages
from mailchord.start import configs_directory
from mailcore.errors import ConfigurationError
from mailcore.message import Envelope
from mailcore.settings import AUTH
from mailio.configuration import load_settings
from tasks.pools import build_scanner
from tasks.scanner import Scanner, decoded_parts

WARM_MESSAGES = 30


class Stopwatch:
    """CPU time of this process and of the children that it waited for (Tesseract), by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        before = cpu_seconds()
        yield
        self.seconds[name].append(cpu_seconds() - before)


def cpu_seconds() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def profile(scanner: Scanner, mails: Sequence[Mail]) -> Stages:
    """Every message once, after a few to warm up."""
    for mail in mails[:WARM_MESSAGES]:
        scan(scanner, mail, Stopwatch(), defaultdict(lambda: defaultdict(int)))
    watch = Stopwatch()
    statuses: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    began = cpu_seconds()
    for mail in mails:
        scan(scanner, mail, watch, statuses)
    count = max(1, len(mails))
    return Stages(
        messages=len(mails),
        cpu_ms=round(1000 * (cpu_seconds() - began) / count, 3),
        mean_ms={name: round(1000 * sum(times) / count, 3) for name, times in watch.seconds.items()},
        spreads={name: spread(times) for name, times in watch.seconds.items()},
        statuses={pool: dict(counts) for pool, counts in statuses.items()},
    )


def scan(scanner: Scanner, mail: Mail, watch: Stopwatch, statuses: defaultdict[str, defaultdict[str, int]]) -> None:
    """What `Scanner.scan` does, with a stopwatch between the steps."""
    envelope = Envelope(sender=mail.sender, recipients=mail.recipients, client_address="198.51.100.25")
    with watch.stage("parse"):
        parsed = scanner.parse(mail.raw, message_id=mail.name, truncated=False)
    with watch.stage("plan"):
        planned = scanner.plan(envelope, parsed.message)
        view = scanner.view(envelope, parsed.message)
    reports = []
    for name, work in planned.works.items():
        with watch.stage(name):
            parts = decoded_parts(parsed, work)
            reports.append(scanner.run(name, view, parts, seconds=scanner.settings.pools[name].seconds))
        statuses[name][str(reports[-1].status)] += 1
        if name == AUTH:
            view = scanner.verified(view, reports)
    with watch.stage("decide"):
        scanner.decide(
            mail.name, envelope=envelope, plan=planned.plan, reports=reports, decided_by="scan", elapsed_ms=0.0
        )


def scanner_from_environment() -> Scanner:
    # Nobody is asked: what waiting for the DNS takes is no CPU.
    settings = load_settings(None, {"MAILCHORD_DNS__ZONE_FILE": os.devnull, **os.environ})
    return build_scanner(settings, configs_directory(settings))


def as_table(stages: Stages) -> str:
    """The dearest stage first."""
    lines = [
        f"{stages.messages} messages, {stages.cpu_ms:.2f} ms CPU each",
        "",
        f"{'stage':14} mean ms  of each: p50    p99",
    ]
    for name, mean in sorted(stages.mean_ms.items(), key=lambda item: -item[1]):
        times = stages.spreads[name]
        count = f"{sum(stages.statuses[name].values())} runs" if name in stages.statuses else ""
        others = {status: number for status, number in stages.statuses.get(name, {}).items() if status != "ok"}
        lines.append(f"{name:14} {mean:7.3f} {times.p50:14.3f} {times.p99:6.2f}  {count} {others or ''}".rstrip())
    return "\n".join(lines)


KINDS = {"all": lambda mails: mails, "text": without_attachments, "plain": plain_only}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.profile_stages", description=__doc__)
    parser.add_argument("--messages", type=Path, help="directory of messages; default: those of the bench")
    parser.add_argument("--count", type=int, default=400, help="messages of the bench")
    parser.add_argument("--kind", choices=sorted(KINDS), default="all")
    parser.add_argument("--ocr", action="store_true", help="with OCR of pictures")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cprofile", type=Path, help="write a cProfile of everything to this file")
    arguments = parser.parse_args()
    mails: Iterable[Mail] = (
        read_directory(arguments.messages) if arguments.messages else benchmark_mails(arguments.count)
    )
    chosen = KINDS[arguments.kind](tuple(mails))
    if not arguments.ocr:
        os.environ["MAILCHORD_POOLS__OCR__ENABLED"] = "false"
    try:
        scanner = scanner_from_environment()
    except ConfigurationError as error:
        parser.error(str(error))
    if arguments.cprofile:
        import cProfile

        profiler = cProfile.Profile()
        profiler.runcall(profile, scanner, chosen)
        profiler.dump_stats(arguments.cprofile)
        return
    stages = profile(scanner, chosen)
    print(msgspec.json.encode(stages).decode() if arguments.json else as_table(stages))


def benchmark_mails(count: int) -> tuple[Mail, ...]:
    shared = Path(os.environ.get("MAILCHORD_SHARED", "../shared"))
    cache = Path(tempfile.gettempdir()) / "mailchord-corpora"
    chosen = choose_messages(count, shared=shared if shared.is_dir() else None, cache=cache)
    print(f"{chosen.origin} mail, mean {chosen.mean_bytes} bytes, median {chosen.median_bytes}", file=sys.stderr)
    return chosen.mails


if __name__ == "__main__":
    main()
