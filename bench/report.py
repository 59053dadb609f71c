"""Writes what a bench found as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.peers import RSPAMD_OFF
from bench.percentiles import median
from bench.processes import Usage
from bench.results import RSPAMD, Results, cpu_of, cpu_ratio, figures, megabytes, names, ratio, runs_of, throughput_of

ABOUT = {
    "nothing": "a milter on pymilter that reads everything and accepts: the limit",
    "mailchord": "`mailchord serve` as shipped, every pool but OCR of pictures",
    "mailchord+ocr": "the same with OCR of pictures",
    "rspamd": "two proxy workers that scan themselves; what needs DNS or other servers is off",
    "rspamd+bayes": "the same with Bayes in Redis, 240 good and 240 bad messages learned",
    "spamassassin": "spamd (`--local`, five children) behind spamass-milter",
}
LEGEND = """\
*ratio* is messages/s over rspamd's, the median of the ratios of runs that followed each other; *CPU* is that of all
processes of a target, workers, Redis and supervisors included, the load generator not; *memory* is the proportional
set size (PSS) summed over all processes, at the peak of the run."""


def write(results: Results, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(markdown(results), encoding="utf-8")


def markdown(results: Results) -> str:
    sections = [
        head(results),
        figures_section(results),
        throughput_section(results),
        latency_section(results),
        distribution_section(results),
        overload_section(results),
        idle_section(results),
        large_section(results),
        memory_section(results),
        rules_section(results),
        senders_section(results),
        files_section(results),
        feeds_section(results),
    ]
    if results.failures:
        sections.append("## Failures\n\n" + "\n".join(f"- {failure}" for failure in results.failures))
    return "\n\n".join(section for section in sections if section) + "\n"


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [titles, ["---"] * len(titles), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def head(results: Results) -> str:
    corpus, plan = results.corpus, results.plan
    when = f" on {results.date}" if results.date else ""
    sizes = f"mean {corpus.mean_bytes / 1000:.0f} KB, median {corpus.median_bytes / 1000:.0f} KB"
    return f"""\
# Performance

`make bench` wrote this page{when}. Everything ran on one machine with
{results.processors} cores: load generator, front, broker and workers. Absolute figures vary with the machine; ratios
hold better, because the targets ran in turn
({plan.repeats} runs of {plan.seconds:g} s each, started afresh every time, medians).

Messages: {corpus.messages} of {corpus.origin} mail, {sizes};
{corpus.text_only} of them without pictures and attachments, {corpus.plain} plain text alone. Each delivery differs in
a header, each target starts with empty caches. A connection carries ten messages. The generator speaks the milter
protocol (version 6) over a Unix socket; at a fixed rate, latency counts from the moment at which a message was meant
to be sent."""


def figures_section(results: Results) -> str:
    rows = [
        (figure.what, figure.goal, figure.measured, {True: "yes", False: "**no**", None: "-"}[figure.reached])
        for figure in figures(results)
    ]
    return f"## Figures to reach\n\n{table(('figure', 'goal', 'measured', 'reached'), rows)}" if rows else ""


def throughput_section(results: Results) -> str:
    rows = results.throughput
    if not rows:
        return ""
    lines = []
    for name in names(rows):
        runs = runs_of(rows, name)
        speeds = [run.load.messages_per_second for run in runs]
        lines.append(
            (
                f"**{name}**" if name.startswith("mailchord") else name,
                f"{throughput_of(rows, name):.0f} ({min(speeds):.0f}-{max(speeds):.0f})",
                shown(ratio(rows, name, RSPAMD)),
                f"{cpu_of(rows, name):.2f}",
                shown(cpu_ratio(rows, name, RSPAMD)),
                " / ".join(f"{median([getattr(run.load.latency, at) for run in runs]):.0f}" for at in ("p50", "p99")),
                f"{megabytes(median([run.peak_bytes.total for run in runs])):.0f}",
                actions(run.load.actions for run in runs),
            )
        )
    titles = ("target", "messages/s (range)", "ratio", "CPU ms", "CPU ratio", "p50 / p99 ms", "memory MB", "answers")
    about = "\n".join(f"- {name}: {ABOUT[name]}" for name in names(rows) if name in ABOUT)
    if RSPAMD in names(rows):
        about += f"\n\nModules of rspamd that are off: {RSPAMD_OFF}."
    generator = median([run.load.generator_cpu_ms for run in rows])
    title = f"## Throughput: closed loop, {results.plan.connections} connections"
    others = max(run.others for run in rows)
    noise = f"Other programs used up to {100 * others:.0f} % of the machine during these runs."
    return (
        f"{title}\n\n{table(titles, lines)}\n\n{about}\n\n{LEGEND}\n"
        f"The generator itself takes {generator:.2f} ms a message. {noise}\n\n{roles_table(results)}"
    )


def roles_table(results: Results) -> str:
    """CPU of mailchord's processes by role."""
    runs = runs_of(results.throughput, "mailchord")
    if not runs:
        return ""
    roles = sorted({role for run in runs for role in run.cpu_ms.roles})
    lines = [
        (
            role,
            f"{median([run.cpu_ms.roles.get(role, 0.0) for run in runs]):.2f}",
            f"{megabytes(median([run.peak_bytes.roles.get(role, 0.0) for run in runs])):.0f}",
        )
        for role in roles
    ]
    return "mailchord by process:\n\n" + table(("process", "CPU ms a message", "memory MB"), lines)


def latency_section(results: Results) -> str:
    if not results.latency:
        return ""
    keys = list(dict.fromkeys((row.target, row.rate) for row in results.latency))
    lines = []
    for target, rate in sorted(keys, key=lambda key: key[1]):
        loads = [row.load for row in results.latency if (row.target, row.rate) == (target, rate)]
        lines.append(
            (
                f"{rate:g}",
                target,
                *(
                    f"{median([getattr(load.latency, name) for load in loads]):.1f}"
                    for name in ("p50", "p95", "p99", "max")
                ),
                actions(load.actions for load in loads),
            )
        )
    titles = ("messages/s", "target", "p50 ms", "p95 ms", "p99 ms", "max ms", "answers")
    return f"## Latency: open loop, mail without pictures or attachments\n\n{table(titles, lines)}"


def distribution_section(results: Results) -> str:
    found = results.distribution
    if found is None:
        return ""
    items = sorted(found.items.items(), key=lambda item: -item[1])
    lines = [(name, f"{ms:.2f}") for name, ms in items]
    lines.append(("**distribution in all**", f"**{found.cost_ms:.2f}**"))
    stages = sorted(found.scan.mean_ms.items(), key=lambda item: -item[1])
    lines += [(f"scan: {name}", f"{ms:.2f}") for name, ms in stages]
    lines.append(("**scan in one process**", f"**{found.scan.cpu_ms:.2f}**"))
    lines.append(("**everything**", f"**{found.served.total:.2f}**"))
    return f"""\
## Cost of distribution: plain text mail

CPU of every process of `serve` for a message, less what the same messages cost when one process parses, scans and
decides them without a broker ({found.scan.messages} messages).

{table(("what", "CPU ms a message"), lines)}"""


def overload_section(results: Results) -> str:
    lines = []
    for run in results.overload:
        recovered = "not while it was watched" if run.recovery_seconds is None else f"{run.recovery_seconds:g} s"
        lines.append(
            (
                run.target,
                f"{run.capacity:.0f}",
                f"{run.rate:.0f} for {run.seconds:g} s",
                f"{run.load.answered} of {run.load.sent}",
                actions([run.load.actions]),
                f"{run.load.answer.p50 / 1000:.1f} / {run.load.answer.max / 1000:.1f}",
                run.late_answers,
                recovered,
            )
        )
    if not lines:
        return ""
    titles = ("target", "capacity", "offered/s", "answered", "answers", "p50 / max s", "after the deadline", "recovery")
    return f"""\
## Overload: twice what the machine can do

{table(titles, lines)}

Capacity is that of the closed loop above. Recovery: from the end of the overload to the first probe from which on all
(five a second) are judged within 250 ms."""


def idle_section(results: Results) -> str:
    lines = [
        (
            run.target,
            f"{run.sessions:,}",
            " / ".join(f"{megabytes(size):.0f}" for size in (run.front_before, run.front_with, run.front_after)),
            f"{run.load_before.latency.p50:.1f} / {run.load_before.latency.p99:.1f}",
            f"{run.load_with.latency.p50:.1f} / {run.load_with.latency.p99:.1f}",
        )
        for run in results.idle_sessions
    ]
    titles = ("target", "idle sessions", "front MB before / with / after", "p50 / p99 ms before", "p50 / p99 ms with")
    return f"## Idle sessions\n\n{table(titles, lines)}" if lines else ""


def large_section(results: Results) -> str:
    sections = []
    for run in results.large:
        roles = sorted(run.peak.roles)
        lines = [
            (
                role,
                *(f"{megabytes(usage.roles.get(role, 0.0)):.0f}" for usage in (run.before, run.peak, run.after)),
            )
            for role in roles
        ]
        text = f"Answered with {run.action} after {run.seconds:g} s."
        sections.append(f"{text}\n\n{table(('process', 'MB before', 'MB at the peak', 'MB after'), lines)}")
    return "\n\n".join(("## A message of 50 MB", *sections)) if sections else ""


def memory_section(results: Results) -> str:
    found = results.memory
    if found is None:
        return ""
    lines = [
        (role, f"{megabytes(found.fresh.roles.get(role, 0.0)):.0f}", f"{megabytes(size):.0f}")
        for role, size in sorted(found.after_load.roles.items(), key=lambda item: -item[1])
    ]
    lines.append(("**in all**", bold(found.fresh), bold(found.after_load)))
    return f"""\
## Memory of `mailchord serve`, idle, every pool on

{table(("process", "MB after the start", "MB after load"), lines)}

A front alone (`mailchord front`): {megabytes(found.front_alone):.0f} MB."""


def rules_section(results: Results) -> str:
    lines = [
        (f"{cost.rules:,}", f"{cost.patterns:,}", f"{cost.ms:.2f}", f"{cost.hits:g}", f"{cost.build_seconds:g}")
        for cost in results.rules
    ]
    titles = ("rules", "different patterns", "ms CPU a message", "rules that hit", "s CPU to build, without a cache")
    return (
        f"""\
## Rules

{table(titles, lines)}

Judging a message of 20 KB (half plain text, half HTML) by generated rules that are written like the shipped ones:
phrases, regular expressions, senders, lists, numbers, `all`, `any`, `not`, `at_least`. Parsing is not in it; reading
and normalising the text is. Rounds alternate; the fastest counts."""
        if lines
        else ""
    )


def bold(usage: Usage) -> str:
    return f"**{megabytes(usage.total):.0f}**"


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def actions(runs: Iterable[dict[str, int]]) -> str:
    """All answers of the runs in percent, the most frequent first."""
    totals: dict[str, int] = {}
    for run in runs:
        for action, count in run.items():
            totals[action] = totals.get(action, 0) + count
    every = sum(totals.values()) or 1
    ordered = sorted(totals.items(), key=lambda item: -item[1])
    return ", ".join(f"{action} {100 * count / every:.1f} %" for action, count in ordered)


def senders_section(results: Results) -> str:
    found = results.senders
    if found is None:
        return ""
    rows = [
        ("50 domains", found.few),
        ("each message of a new domain", found.new),
    ]
    lines = [
        (
            what,
            f"{load.latency.p50:.0f} / {load.latency.p95:.0f} / {load.latency.max:.0f}",
            f"{load.answered} of {load.sent}",
            actions([load.actions]),
        )
        for what, load in rows
    ]
    waits = table((f"{found.rate:g} messages/s", "p50 / p95 / longest ms", "answered", "answers"), lines)
    return (
        f"## Senders that are verified\n\nNSD on this machine, each answer after {found.delay_ms:.0f} ms; nothing is "
        f"remembered at the start.\n\n{waits}\n\n"
        f"The pool alone: {found.cpu_ms:.2f} ms CPU for 20 KB with one RSA-2048 signature, answers remembered. "
        f"A domain's first message takes {found.first_ms:.0f} ms, its thousandth {found.thousandth_ms:.1f} ms."
    )


def files_section(results: Results) -> str:
    lines = [
        (cost.what, f"{cost.size / 1_000:.0f}", f"{cost.first_ms:.1f}", f"{cost.again_ms:.1f}")
        for cost in results.files
    ]
    found = table(("file", "KB", "ms CPU at first sight", "at the second"), lines)
    return f"## Files\n\n{found}\n\nWithout the cage; the median of five files of a kind." if lines else ""


def feeds_section(results: Results) -> str:
    found = results.feeds
    if found is None:
        return ""
    return (
        f"## Lists of links\n\nA list of {found.entries:,} domains: imported in {found.import_seconds:.0f} s CPU "
        f"with {found.import_mb:.0f} MB; {found.file_mb:.0f} MB on disk and mapped.\nA lookup takes "
        f"{found.hit_us:.1f} µs where it is listed, {found.miss_us:.1f} where not;\nwhat lists say of "
        f"a message with 20 links takes {found.message_ms:.2f} ms."
    )
