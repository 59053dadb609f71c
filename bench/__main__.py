"""`python -m bench`: mailchord beside the limit and its peers, on the same messages, in alternating runs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from bench import distribution, experiments, report
from bench.feed_speed import feed_costs
from bench.file_speed import file_costs
from bench.mailchord_target import Mailchord
from bench.messages import Chosen, choose_messages, find_corpora, learning_mails, plain_only, without_attachments
from bench.peers import Rspamd, SpamAssassin
from bench.plan import FULL, QUICK, SECTIONS, Budget, Measured, Plan, measure_throughput, say, usable
from bench.results import Corpus, Results, throughput_of
from bench.rule_speed import rule_costs
from bench.senders import senders
from bench.synthetic import synthetic_mails
from bench.targets import Nothing, Target, TargetFailed
from mailio.configuration import load_settings

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "bench"
MESSAGES = 400
LEARNED = 240
THROUGHPUT_SHARE = 0.4  # of the time is gone when this section ends; the others follow in the same way
# What can hold 50 messages a second at all.
FOR_LATENCY = ("mailchord", "rspamd", "rspamd+bayes")


def main() -> int:
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that targets are stopped
    mode = arguments.mode
    plan = {"full": FULL, "quick": QUICK}.get(mode) or msgspec.structs.replace(
        QUICK, sections=(mode,), targets=(), minutes=FULL.minutes
    )
    shared = shared_directory()
    chosen = choose_messages(MESSAGES, shared=shared, cache=KEPT / "corpora")
    say(f"{chosen.origin} mail: {len(chosen.mails)} messages, mean {chosen.mean_bytes}, median {chosen.median_bytes}")
    wanted = arguments.targets or plan.targets
    targets = [target for target in every_target(shared) if not wanted or target.name in wanted]
    bench = Bench(plan, chosen, usable(targets))
    try:
        for section in plan.sections:
            bench.run(section)
            bench.results.minutes = round(bench.budget.minutes, 1)
    finally:
        keep(bench.results, KEPT / f"{mode}.json")
    print(report.markdown(bench.results))
    out = arguments.out or (ROOT / "docs" / "performance.md" if mode == "full" and not arguments.targets else None)
    if out:
        report.write(bench.results, out)
    say(f"{bench.results.minutes:g} minutes; raw results in {KEPT / f'{mode}.json'}")
    return 1 if bench.results.failures else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "mode",
        nargs="?",
        default="full",
        choices=("quick", "full", *SECTIONS),
        help="full: a quarter of an hour; quick: some minutes; or one section",
    )
    parser.add_argument("--targets", nargs="*", help="only these (nothing, mailchord, rspamd ...)")
    parser.add_argument("--out", type=Path, help="write the report there too (default of full: docs/performance.md)")
    return parser.parse_args()


def shared_directory() -> Path | None:
    shared = Path(os.environ.get("MAILCHORD_SHARED", ROOT.parent / "shared"))
    return shared if shared.is_dir() else None


def every_target(shared: Path | None) -> list[Target]:
    """In the order in which they run."""
    corpora = find_corpora(shared, KEPT / "corpora") if shared else None
    if corpora:
        spam, ham = learning_mails(corpora, LEARNED)
    else:
        # What it learns does not matter for what it costs.
        made = synthetic_mails(2 * LEARNED, seed=7, sizes=[8_000.0] * 2 * LEARNED)
        spam, ham = made[:LEARNED], made[LEARNED:]
    cache = KEPT / "hyperscan"
    return [
        Nothing(),
        Mailchord(),
        Rspamd(hyperscan_cache=cache),
        Rspamd(name="rspamd+bayes", spam=spam, ham=ham, hyperscan_cache=cache),
        SpamAssassin(),
        Mailchord(name="mailchord+ocr", ocr=True),
    ]


class Bench:
    """Runs sections and gathers what they find."""

    def __init__(self, plan: Plan, chosen: Chosen, targets: Sequence[Target]) -> None:
        self._plan = plan
        self._mails = chosen.mails
        self._text = without_attachments(chosen.mails)
        self._plain = plain_only(chosen.mails)
        self._targets = targets
        self.budget = Budget(plan.minutes)
        self.results = Results(
            plan=plan,
            corpus=Corpus(
                origin=chosen.origin,
                messages=len(chosen.mails),
                mean_bytes=chosen.mean_bytes,
                median_bytes=chosen.median_bytes,
                text_only=len(self._text),
                plain=len(self._plain),
            ),
            processors=os.cpu_count() or 1,
            load_before=os.getloadavg()[0],
            date=datetime.now(UTC).date().isoformat(),
        )

    def run(self, section: str) -> None:
        sections: dict[str, Callable[[], None]] = {
            "throughput": self._throughput,
            "latency": self._latency,
            "distribution": self._distribution,
            "overload": self._overload,
            "idle": self._idle,
            "large": self._large,
            "memory": self._memory,
            "rules": self._rules,
            "senders": self._senders,
            "files": self._files,
            "feeds": self._feeds,
        }
        self._attempt(section, sections[section])

    def _attempt(self, what: str, work: Callable[[], None]) -> None:
        """One part that fails does not take the others with it; it is named at the end."""
        try:
            work()
        except (TargetFailed, TimeoutError, ConnectionError) as error:
            say(f"{what}: FAILED: {error}")
            self.results.failures.append(f"{what}: {error}")

    def _throughput(self) -> None:
        for turn in range(self._plan.repeats):
            if not self.budget.allows(turn, share=THROUGHPUT_SHARE):
                break
            for target in self._targets:
                self._attempt(f"throughput {turn + 1}/{self._plan.repeats}", partial(self._measure, target, turn))

    def _measure(self, target: Target, turn: int) -> None:
        measured = measure_throughput(target, self._mails, self._plan, turn=turn)
        say(in_short(measured))
        self.results.throughput.append(measured)

    def _latency(self) -> None:
        targets = [target for target in self._targets if target.name in FOR_LATENCY]
        self.results.latency += experiments.latencies(targets, self._text, self._plan, self.budget)

    def _distribution(self) -> None:
        if self._ours():
            self.results.distribution = distribution.distribution(self._plain, self._plan, self.budget)

    def _overload(self) -> None:
        deadline = load_settings(None, {}).front.deadline_seconds
        for target in self._ours():
            capacity = throughput_of(self.results.throughput, target.name)
            self.results.overload.append(
                experiments.overload(target, self._mails, self._plan, capacity=capacity, deadline_seconds=deadline)
            )

    def _idle(self) -> None:
        for target in self._ours():
            self.results.idle_sessions.append(experiments.idle_sessions(target, self._text, self._plan))

    def _large(self) -> None:
        for target in self._ours():
            self.results.large.append(experiments.large_message(target, self._mails, self._plan))

    def _memory(self) -> None:
        if self._ours():
            self.results.memory = experiments.idle_memory(self._mails, self._plan)

    def _rules(self) -> None:
        self.results.rules = rule_costs(say=say)

    def _senders(self) -> None:
        if self._ours():
            self.results.senders = senders(self._plan)

    def _files(self) -> None:
        self.results.files = file_costs()

    def _feeds(self) -> None:
        self.results.feeds = feed_costs(say=say)

    def _ours(self) -> list[Target]:
        return [target for target in self._targets if target.name == "mailchord"]


def in_short(measured: Measured) -> str:
    return (
        f"{measured.target}: {measured.load.messages_per_second:.0f} messages/s, {measured.cpu_ms.total:.2f} ms CPU, "
        f"p99 {measured.load.latency.p99:.0f} ms, {measured.load.actions}, "
        f"others {100 * measured.others:.0f} % of the machine"
    )


def keep(results: Results, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results)))


if __name__ == "__main__":
    sys.exit(main())
