"""What distribution costs: CPU of all processes for plain mail, less what the same messages cost in one process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.mailchord_target import Mailchord
from bench.packets import Mail
from bench.percentiles import median
from bench.plan import Budget, Measured, Plan, measure_throughput, say
from bench.processes import Usage
from bench.stages import Stages
from bench.targets import TargetFailed, here

DISTRIBUTION_SHARE = 0.75
SCANNING = "intake worker, children"


class Distribution(Struct, frozen=True, kw_only=True):
    """CPU milliseconds a message: of all processes by role, of the scan in one process, and the difference."""

    messages: int
    served: Usage
    scan: Stages
    cost_ms: float
    items: dict[str, float]


def distribution(mails: Sequence[Mail], plan: Plan, budget: Budget) -> Distribution:
    """Runs of `serve` and of the scan in one process in turn; medians."""
    served: list[Measured] = []
    scans: list[Stages] = []
    for turn in range(plan.repeats):
        if not budget.allows(turn, share=DISTRIBUTION_SHARE):
            break
        say(f"distribution {turn + 1}/{plan.repeats}")
        served.append(measure_throughput(Mailchord(), mails, plan))
        scans.append(in_process(mails))
    return itemised(served, scans)


def itemised(served: Sequence[Measured], scans: Sequence[Stages]) -> Distribution:
    """The scan in one process is taken off the children that scan; what is left of them is Celery, store and log."""
    roles = sorted({role for run in served for role in run.cpu_ms.roles})
    medians = {role: median([run.cpu_ms.roles.get(role, 0.0) for run in served]) for role in roles}
    scan = sorted(scans, key=lambda stages: stages.cpu_ms)[len(scans) // 2]
    items = {role: round(ms, 3) for role, ms in medians.items() if role != SCANNING}
    items[f"{SCANNING}: Celery, store, log"] = round(medians.get(SCANNING, 0.0) - scan.cpu_ms, 3)
    return Distribution(
        messages=min(run.load.answered for run in served),
        served=Usage(total=round(sum(medians.values()), 3), roles={role: round(ms, 3) for role, ms in medians.items()}),
        scan=scan,
        cost_ms=round(sum(items.values()), 3),
        items=items,
    )


def in_process(mails: Sequence[Mail]) -> Stages:
    """The stages of the same messages in a fresh process, as `mailchord scan` would judge them."""
    with tempfile.TemporaryDirectory(prefix="mailchord-bench-") as name:
        folder = Path(name)
        messages = folder / "messages"
        messages.mkdir()
        for number, mail in enumerate(mails):
            (messages / f"{number:05d}.eml").write_bytes(mail.raw)
        done = subprocess.run(
            [sys.executable, "-m", "bench.profile_stages", "--messages", str(messages), "--json"],
            env={**os.environ, **Mailchord().settings(folder), **here()},
            capture_output=True,
            check=False,
        )
    if done.returncode:
        raise TargetFailed(f"the scan in one process ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return msgspec.json.decode(done.stdout, type=Stages)
