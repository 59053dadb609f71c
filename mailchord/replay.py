"""`mailchord replay`: what another policy would have done with mail that was judged before; see docs/evaluation.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from mailchord.evaluation import tables
from mailchord.evaluation.comparison import Comparison, compare
from mailchord.evaluation.figures import Outcome
from mailchord.evaluation.judging import Deciding, Judged, verdict_on
from mailchord.evaluation.labelled import LabelledMail
from mailchord.evaluation.saved import load_findings
from mailchord.private_redis import with_private_servers
from mailchord.start import Start, configs_directory, start
from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from mailio.configuration import load_settings, policy_version
from mailio.policy_files import load_policy_files
from mailio.recent_reports import recent_reports
from mailio.redis_client import connect
from mailio.urls_of_redis import RedisUrls

UNLABELLED = "unlabelled"
MOST_CHANGES = 200


class Replayed(Struct, frozen=True, kw_only=True):
    """What `replay --json` prints."""

    format: str = "mailchord-replay"
    version: int = 1
    messages: int
    comparison: Comparison


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "findings", nargs="*", type=Path, metavar="FILE", help="findings that `mailchord evaluate --save` kept"
    )
    parser.add_argument(
        "--policy", required=True, type=Path, metavar="CONFIG", help="the configuration whose `policy:` is tried"
    )
    parser.add_argument("--recent", action="store_true", help="mail of the last minute, of the running installation")
    parser.add_argument("--limit", type=int, default=10_000, metavar="N", help="at most N recent messages")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """0 when everything was decided anew, whatever came of it. Raises ConfigurationError and StoreUnavailable."""
    if bool(arguments.findings) == arguments.recent:
        raise ConfigurationError("give files of findings (mailchord evaluate --save FILE), or --recent")
    begun = start(arguments, component="replay")
    tried = deciding_by(load_settings(arguments.policy, os.environ))
    before: list[Outcome] = []
    after: list[Outcome] = []
    for judged, standing in _recorded(arguments, begun):
        before += decided([judged], standing)
        after += decided([judged], tried)
    if not before:
        raise ConfigurationError("there is nothing to replay" + (": no recent message" if arguments.recent else ""))
    name = "the policy in force" if arguments.recent else "the policy then"
    comparison = compare((name, str(arguments.policy)), before, after)
    show(Replayed(messages=len(before), comparison=comparison), as_json=arguments.json)
    return 0


def deciding_by(settings: Settings) -> Deciding:
    """What decides under those settings, without any pool. Raises ConfigurationError."""
    configs = configs_directory(settings)
    files = load_policy_files(configs, settings.policy)
    return Deciding(settings=settings, files=files, policy_version=policy_version(settings, configs))


def decided(judged: Iterable[Judged], deciding: Deciding) -> list[Outcome]:
    return [Outcome(mail=each.mail, verdict=verdict_on(each, deciding)) for each in judged]


def _recorded(arguments: argparse.Namespace, begun: Start) -> Iterable[tuple[Judged, Deciding]]:
    """Every message, with what decided then: the policy kept in its file, or the one in force."""
    if arguments.recent:
        standing = deciding_by(begun.settings)
        for each in recent(begun.settings, limit=arguments.limit):
            yield each, standing
    for file in arguments.findings:
        saved = load_findings(file)
        then = deciding_by(structs.replace(begun.settings, policy=saved.head.policy))
        for each in saved.judged:
            yield each, then


def recent(settings: Settings, *, limit: int) -> Iterable[Judged]:
    """What the installation found in the last minute, in the form of saved findings."""
    urls = RedisUrls.of(with_private_servers(settings))
    client = connect(urls.claims, timeout=settings.redis.timeout_seconds)
    for each in recent_reports(client, limit=limit):
        yield Judged(
            mail=LabelledMail(path=each.id, label=UNLABELLED, source="recent"),
            expected=each.plan.expected,
            skipped=each.plan.skipped,
            reports=each.reports,
            identity=each.plan.identity,
            recipients=each.recipients,
        )


def show(replayed: Replayed, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(replayed).decode())
        return
    console = tables.console_for(is_terminal=sys.stdout.isatty())
    tables.print_grid(tables.move_grid(replayed.comparison), console)
    if replayed.comparison.changes:
        tables.print_grid(tables.change_grid(replayed.comparison, MOST_CHANGES), console)
    other = sum(change.is_other_action for change in replayed.comparison.changes)
    print(f"{replayed.messages} messages, {other} of them would have been answered otherwise")
