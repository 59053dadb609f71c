"""`mailchord evaluate`: detection figures over labelled mail, each with its 95 % interval; see docs/evaluation.md."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Collection, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from mailchord.evaluation import tables
from mailchord.evaluation.judging import Judged, Judging, chosen_pools, deciding_of, judge_all
from mailchord.evaluation.labelled import (
    CHECK_ENDING,
    LEARN_ENDING,
    LabelledMail,
    divided,
    in_folders,
    limited,
    merged,
    read_list,
)
from mailchord.evaluation.output import progress_bar, write_report
from mailchord.evaluation.recorded import read_envelopes
from mailchord.evaluation.report import Evaluation, Reading, build, reading
from mailchord.evaluation.saved import save_findings
from mailchord.start import configs_directory, start
from mailcore.errors import ConfigurationError
from mailcore.verdict import POOLS
from mailio.configuration import load_settings
from tasks.pools import build_scanner
from tasks.scanner import Scanner


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_mail_arguments(parser)
    add_pool_arguments(parser)
    output = parser.add_argument_group("what comes out")
    output.add_argument("--out", type=Path, metavar="DIR", help="write report.json, report.html and the plots there")
    output.add_argument("--save", type=Path, metavar="FILE", help="keep findings for replay and tune (.jsonl[.gz|.xz])")
    output.add_argument("--json", action="store_true", help="print the whole report as one JSON object")
    output.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    output.add_argument("--note", action="append", default=[], metavar="TEXT", help="a remark for the report")


def add_mail_arguments(parser: argparse.ArgumentParser) -> None:
    """Which mail is judged, and how; shared with `mailchord tune`."""
    mail = parser.add_argument_group("which mail")
    folder = {"action": "append", "default": [], "type": Path}
    mail.add_argument("--spam", **folder, metavar="DIR", help="folder of unwanted mail; repeatable")  # type: ignore[arg-type]
    mail.add_argument("--ham", **folder, metavar="DIR", help="folder of good mail; repeatable")  # type: ignore[arg-type]
    mail.add_argument(
        "--list",
        **folder,  # type: ignore[arg-type]
        metavar="FILE",
        help="labelled mail: path, label, source[, date, cluster], with tabs between; repeatable",
    )
    mail.add_argument("--root", type=Path, metavar="DIR", help="folder of the paths in lists; default: the list's own")
    mail.add_argument("--merge", action="append", default=[], metavar="PREFIX", help="sources PREFIX:... are one")
    mail.add_argument("--limit", type=int, default=0, metavar="N", help="at most N messages of each source and label")
    mail.add_argument(
        "--split",
        action="append",
        default=[],
        metavar="LIST",
        help="keep a quarter of that list back, by sender",
    )
    mail.add_argument("--check-quarter", action="store_true", help="judge the quarter that --split keeps back, too")
    mail.add_argument(
        "--envelopes",
        type=Path,
        metavar="FILE",
        help="recorded client, envelope and authentication, replayed: path, IP, HELO, MAIL FROM, SPF, DKIM, DMARC",
    )


def add_pool_arguments(parser: argparse.ArgumentParser) -> None:
    pools = parser.add_argument_group("with what")
    pools.add_argument("--pools", default="", metavar="NAMES", help="only these pools, with commas between")
    pools.add_argument("--without", default="", metavar="NAMES", help="all pools but these")
    pools.add_argument("--beside", default="", metavar="NAMES", help="figures with these pools too, beside the others")
    pools.add_argument("--against", type=Path, metavar="CONFIG", help="compare with that configuration, by message")
    pools.add_argument("--jobs", type=int, default=0, metavar="N", help="processes; default: one for each core")


def run(arguments: argparse.Namespace) -> int:
    """0 when all mail was judged. Raises ConfigurationError for mail, lists or packages that are not there."""
    begun = start(arguments, component="evaluate")
    mails = collect(arguments)
    scanner = build_scanner(begun.settings, begun.configs, only=named(arguments.pools, arguments.beside))
    other = scanner_of(arguments.against, scanner) if arguments.against else None
    began = time.monotonic()
    judged = scan(mails, arguments, [scanner, *([other] if other is not None else [])])
    readings = list(read_as_asked(judged, arguments, scanner, other))
    evaluation = build(
        readings,
        [each[0] for each in judged],
        policy_version=scanner.policy_version,
        pools=sorted({report.pool for each in judged for report in each[0].reports}),
        seconds=time.monotonic() - began,
        jobs=jobs_of(arguments),
        notes=arguments.note,
    )
    if arguments.save:
        save_findings(arguments.save, [each[0] for each in judged], begun.settings, scanner.policy_version)
    if arguments.out:
        write_report(arguments.out, evaluation)
    show(evaluation, arguments)
    return 0


def collect(arguments: argparse.Namespace) -> list[LabelledMail]:
    """The mail that the arguments name. Raises ConfigurationError where there is none."""
    mails = chain(
        chain.from_iterable(in_folders(folder, "spam") for folder in arguments.spam),
        chain.from_iterable(in_folders(folder, "ham") for folder in arguments.ham),
        chain.from_iterable(read_list(file, arguments.root) for file in arguments.list),
    )
    chosen = divided(merged(mails, arguments.merge), arguments.split, check_quarter=arguments.check_quarter)
    found = list(limited(chosen, arguments.limit))
    if not found:
        raise ConfigurationError("nothing to evaluate: give --spam DIR and --ham DIR, or --list FILE")
    unknown = set(arguments.split) - {mail.part.removesuffix(LEARN_ENDING).removesuffix(CHECK_ENDING) for mail in found}
    if unknown:
        raise ConfigurationError(f"--split {min(unknown)}: no list of that name was given")
    return found


def scanner_of(config: Path, like: Scanner) -> Scanner:
    """The scanner of another configuration, with the same pools where it has them."""
    settings = load_settings(config, os.environ)
    return build_scanner(settings, configs_directory(settings), only=tuple(like.pools))


def scan(
    mails: Sequence[LabelledMail], arguments: argparse.Namespace, scanners: Sequence[Scanner]
) -> list[tuple[Judged, ...]]:
    """Every message by every scanner, on all cores."""
    judging = Judging(
        scanners=tuple(scanners),
        pools=chosen_pools(
            scanners[0],
            only=named(arguments.pools, arguments.beside) or (),
            without=names_of(arguments.without),
        ),
        recorded=read_envelopes(arguments.envelopes) if arguments.envelopes else {},
    )
    with progress_bar(len(mails)) as progress:
        return list(judge_all(mails, judging, jobs=jobs_of(arguments), progress=progress))


def read_as_asked(
    judged: Sequence[tuple[Judged, ...]], arguments: argparse.Namespace, scanner: Scanner, other: Scanner | None
) -> list[Reading]:
    """The figures asked for first, then those with `--beside`, then those of `--against`."""
    beside = frozenset(names_of(arguments.beside))
    pools = sorted({report.pool for each in judged for report in each[0].reports} - beside, key=_place)
    name = " + ".join(pools)
    deciding = deciding_of(scanner)
    readings = [reading(name, [each[0].without(beside) for each in judged], deciding)]
    if beside:
        readings.append(reading(f"with {', '.join(sorted(beside))}", [each[0] for each in judged], deciding))
    if other is not None:
        changed = [each[1].without(beside) for each in judged]
        readings.append(reading(str(arguments.against), changed, deciding_of(other)))
    return readings


def _place(pool: str) -> int:
    return POOLS.index(pool) if pool in POOLS else len(POOLS)


def names_of(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def named(pools: str, beside: str) -> Collection[str] | None:
    """The pools to load: those of `--pools` and `--beside`; None (all) where `--pools` names none."""
    return (*names_of(pools), *names_of(beside)) if pools else None


def jobs_of(arguments: argparse.Namespace) -> int:
    return arguments.jobs or len(os.sched_getaffinity(0))


def show(evaluation: Evaluation, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(msgspec.json.encode(evaluation).decode())
        return
    if arguments.markdown:
        print(tables.as_markdown(tables.source_grid(evaluation)))
        print(tables.as_markdown(tables.rule_grid(evaluation.figures[0])))
        return
    tables.print_evaluation(evaluation, tables.console_for(is_terminal=sys.stdout.isatty()))
    if arguments.out:
        print(f"report: {arguments.out / 'report.html'}")
