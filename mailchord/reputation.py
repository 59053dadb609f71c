"""`mailchord reputation`: what the history of a sender says, and an administrator's word in its place."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from mailchord.evaluation import tables
from mailchord.private_redis import with_private_servers
from mailchord.start import Start, start
from mailchord.terminal_text import printable, time_text
from mailcore.errors import ConfigurationError, StoreUnavailable
from mailcore.identity import identify
from mailcore.parse import parse
from mailcore.reputation import DAY, Evidence, Role, Subject
from mailcore.senders import named, pair_of, proven_subjects
from mailio.list_files import load_lists
from mailio.redis_client import connect
from mailio.reputation import judged
from mailio.reputation_store import Known, ReputationStore, SetValue
from mailio.urls_of_redis import RedisUrls

UNSEEN = 1  # exit status: nothing is known of whom was asked for
LONGEST_NOTE = 500


class Shown(Struct, frozen=True, kw_only=True):
    """One line of `show`. Times are ISO 8601 in UTC, "" where there is none."""

    kind: str
    name: str
    score: float
    confidence: float
    messages: float
    first_seen: str = ""
    last_seen: str = ""
    is_set: bool = False
    until: str = ""
    note: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    who = "an address, a domain, an IP address, or a network (/24; of IPv6 /48 or /64)"
    show = actions.add_parser("show", help="what is known of a sender, or everything that was set")
    show.add_argument("name", nargs="?", default="", metavar="NAME", help=f"{who}; none: what was set")
    show.add_argument("--to", default="", metavar="RECIPIENT", help="and what is known of its mail to this recipient")
    show.add_argument("--json", action="store_true", help="one JSON object")
    put = actions.add_parser("set", help="put a value in place of what was learned")
    put.add_argument("name", metavar="NAME", help=who)
    put.add_argument("score", type=float, metavar="SCORE", help="from -1 (bad) to 1 (good)")
    put.add_argument("--days", type=float, default=90.0, metavar="N", help="for so long (default: 90)")
    put.add_argument("--note", default="", metavar="TEXT", help="why")
    forget = actions.add_parser("forget", help="remove what was learned and what was set")
    forget.add_argument("name", metavar="NAME", help=who)
    forget.add_argument("--to", default="", metavar="RECIPIENT", help="its mail to this recipient instead")
    learn = actions.add_parser("learn", help="say what held mail was: counts like several messages")
    learn.add_argument("what", choices=("wanted", "unwanted"), help="what it was")
    learn.add_argument("messages", nargs="+", metavar="ID", help="folders of the quarantine")


def run(arguments: argparse.Namespace) -> int:
    """0 when it was done; 1 where nothing was known. Raises ConfigurationError and StoreUnavailable."""
    begun = start(arguments, component="reputation")
    redis = with_private_servers(begun.settings)
    store = ReputationStore(
        connect(RedisUrls.of(redis).state, timeout=redis.timeout_seconds), begun.settings.reputation
    )
    match arguments.action:
        case "show":
            return show(arguments, store, half_life=begun.settings.reputation.half_life_days * DAY)
        case "set":
            return put(arguments, store)
        case "forget":
            return forget(arguments, store)
        case _:
            return learn(arguments, store, begun)


def show(arguments: argparse.Namespace, store: ReputationStore, *, half_life: float) -> int:
    now = time.time()
    if not arguments.name:
        values = store.said(now)
        subjects = sorted(values, key=lambda subject: subject.label)
    else:
        subjects = list(meant(arguments.name, arguments.to))
    known, _ = store.read(subjects, now)
    lines = [shown(subject, each, now, half_life=half_life) for subject, each in zip(subjects, known, strict=True)]
    if arguments.json:
        print(msgspec.json.encode({"name": arguments.name, "senders": lines}).decode())
    elif lines:
        title = printable(f"Reputation of {arguments.name}") if arguments.name else "What was set"
        tables.print_grid(grid_of(title, lines), tables.console_for(is_terminal=sys.stdout.isatty()))
    else:
        print("nothing was set")
    return 0 if not arguments.name or any(each.record or each.set_value for each in known) else UNSEEN


def put(arguments: argparse.Namespace, store: ReputationStore) -> int:
    if not -1 <= arguments.score <= 1:
        raise ConfigurationError(f"a score is from -1 to 1, got {arguments.score:g}")
    if not 0 < arguments.days <= 36_500:
        raise ConfigurationError(f"--days must be more than 0, got {arguments.days:g}")
    now = time.time()
    value = SetValue(
        score=arguments.score, until=now + arguments.days * DAY, at=now, note=arguments.note[:LONGEST_NOTE]
    )
    subjects = own(meant(arguments.name))
    try:
        store.say(subjects, value)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    print(f"{names_of(subjects)}: {value.score:+.2f} until {time_text(value.until)}")
    return 0


def forget(arguments: argparse.Namespace, store: ReputationStore) -> int:
    found = meant(arguments.name, arguments.to)
    subjects = tuple(each for each in found if each.role is Role.PAIR) if arguments.to else own(found)
    count = store.forget(subjects)
    print(f"{names_of(subjects)}: {'forgotten' if count else 'nothing was known'}")
    return 0 if count else UNSEEN


def learn(arguments: argparse.Namespace, store: ReputationStore, begun: Start) -> int:
    """What a person says of held mail. Everybody whose part in it is proven hears of it."""
    # The quarantine is beside the front, whose libraries the other actions do not need.
    from mailchord.front import quarantine_path
    from mailio.quarantine_directory import QuarantineDirectory

    quarantine = QuarantineDirectory(quarantine_path(begun.settings))
    everybodys = load_lists(begun.configs / "lists").free_mail
    evidence = Evidence(wanted=1) if arguments.what == "wanted" else Evidence(unwanted=1)
    for name in arguments.messages:
        try:
            held = quarantine.load(name)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"{printable(name)}: is not in the quarantine, or cannot be read: {error}"
            ) from None
        verdict, envelope = held.verdict, held.envelope
        message = parse(held.raw, message_id=verdict.id, limits=begun.settings.limits).message
        identity = identify(envelope, message, verdict.auth, verdict.border)
        subjects = proven_subjects(identity, verdict.auth, envelope.recipients, everybodys=everybodys)
        if store.learn({Subject(each.kind, each.name): evidence for each in subjects}, time.time()):
            raise StoreUnavailable("others are learning of the same senders all the time: try again")
        print(f"{verdict.id}: {names_of(subjects) or 'nobody'}: learned as {arguments.what}")
    return 0


def meant(name: str, recipient: str = "") -> tuple[Subject, ...]:
    """Whom a name means: what it is itself, and what tells of it too. Raises ConfigurationError."""
    try:
        found = named(name)
    except ValueError as error:
        raise ConfigurationError(printable(str(error))) from None
    if found[0].role is not Role.ADDRESS:
        if recipient:
            raise ConfigurationError("--to goes with an address")
        return found
    domain = name.rpartition("@")[2]
    try:
        of_domain = named(domain)
    except ValueError:
        of_domain = ()
    return *found, *([pair_of(name, recipient)] if recipient else []), *of_domain


def own(found: Sequence[Subject]) -> tuple[Subject, ...]:
    """Who bears the name itself: an address without its domain, a client without its network."""
    beside = {Role.ADDRESS: (Role.ADDRESS,), Role.IP: (Role.IP,)}.get(found[0].role)
    return tuple(found) if beside is None else tuple(each for each in found if each.role in beside)


def shown(subject: Subject, known: Known, now: float, *, half_life: float) -> Shown:
    standing = judged(known, now, half_life=half_life)
    record, value = known.record, known.set_value
    return Shown(
        kind=subject.kind,
        name=subject.name,
        score=round(standing.score, 3),
        confidence=round(standing.confidence, 3),
        messages=round(standing.volume, 1),
        first_seen=time_text(record.first_seen) if record else "",
        last_seen=time_text(record.at) if record else "",
        is_set=standing.is_set,
        until=time_text(value.until) if value else "",
        note=value.note if value else "",
    )


def grid_of(title: str, lines: Sequence[Shown]) -> tables.Grid:
    rows = [
        (
            line.kind,
            printable(line.name),
            f"set until {line.until[:10]} {printable(line.note)}".rstrip() if line.is_set else "",
            f"{line.score:+.2f}" if line.first_seen or line.is_set else "-",
            f"{line.confidence:.2f}" if line.first_seen or line.is_set else "-",
            f"{line.messages:.0f}" if line.first_seen else "-",
            line.first_seen[:10] or "never",
            line.last_seen[:10] or "never",
        )
        for line in lines
    ]
    heads = ("what", "name", "said", "score", "sure", "messages", "first seen", "last seen")
    note = "Score from -1 (bad) to 1 (good); older messages count less."
    return tables.Grid(title=title, heads=heads, texts=3, rows=tuple(rows), note=note)


def names_of(subjects: Sequence[Subject]) -> str:
    return ", ".join(dict.fromkeys(printable(each.label) for each in subjects))
