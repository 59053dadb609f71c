"""`mailchord feeds`: lists of bad and good links: bring them up to date, see how they stand, ask them about a link."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from mailchord.evaluation import tables
from mailchord.private_redis import is_running, with_private_servers
from mailchord.registries import update_registries
from mailchord.start import Start, start
from mailchord.terminal_text import printable, size, time_text
from mailcore.brands import BrandIndex
from mailcore.errors import ConfigurationError
from mailcore.feed_settings import Feed, Feeds, is_local
from mailcore.link_opinions import LinkOpinion, LinkStanding
from mailcore.links import make_link
from mailcore.message import LinkOrigin
from mailcore.settings import Settings
from mailcore.view import Lists
from mailio.brand_files import load_brands
from mailio.feed_store import DAY
from mailio.feed_update import (
    Outcome,
    Updated,
    feeds_directory,
    imported_path,
    open_imported,
    update_feed,
    updating,
)
from mailio.list_files import load_lists
from mailio.yaml_document import did_you_mean
from tasks.known_links import link_sources
from tasks.listed_links import ListedLinks, build_listed_links
from workers.urls.opinions import addresses_in, is_believed, opinions_on

DONE, NOT_DONE = 0, 1
NOT_LISTED = 1  # exit status of `check`
CHECK_SECONDS = 10.0


class Listed(Struct, frozen=True, kw_only=True):
    """How one list stands. `imported` and `checked` are ISO 8601 in UTC, "" where it was never fetched."""

    name: str
    kind: str
    format: str
    enabled: bool
    is_local: bool
    weight: float
    entries: int = 0
    skipped: int = 0
    bytes: int = 0
    imported: str = ""
    checked: str = ""
    problem: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="update|list|check")
    update = actions.add_parser("update", help="fetch and read lists that are switched on")
    update.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    update.add_argument(
        "--force", action="store_true", help="also where it was fetched just now, or hardly anything is left of it"
    )
    shown = actions.add_parser("list", help="every list, with its entries, age and memory")
    shown.add_argument("--json", action="store_true", help="one JSON object")
    check = actions.add_parser("check", help="what the lists say of a link; status 1 where they do not know it")
    check.add_argument("url", metavar="URL", help="the link, as it stands in a mail")
    check.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """0 when it was done; 1 where a list could not be updated, or the link is on none. Raises ConfigurationError."""
    begun = start(arguments, component="feeds")
    settings = begun.settings
    directory = feeds_directory(settings.state_dir)
    match arguments.action:
        case "update":
            names, force = arguments.names, arguments.force
            registries = update_registries(settings.feeds.domain_age, directory, names=names, force=force)
            return max(registries, update(begun, directory, names=names, force=force))
        case "list":
            return show(settings.feeds, directory, as_json=arguments.json)
        case _:
            return check(settings, arguments.url, begun.configs, as_json=arguments.json)


def update(begun: Start, directory: Path, *, names: Sequence[str], force: bool) -> int:
    feeds = begun.settings.feeds
    chosen = chosen_feeds(feeds, names)
    if not chosen:
        print("no list is switched on (feeds.lists.NAME.enabled)")
        return DONE
    failed = False
    with updating(directory):
        listed_links = comparison(begun, directory)
        for name, feed in chosen.items():
            heed = listed_links.heed(feed) if listed_links is not None else None
            updated = update_feed(name, feed, feeds, directory, force=force, heed=heed)
            is_failed = updated.outcome is Outcome.FAILED
            failed = failed or is_failed
            if listed_links is not None and updated.outcome is Outcome.UPDATED:
                listed_links.read(name, feed)
            print(in_words(updated, feed), file=sys.stderr if is_failed else sys.stdout, flush=True)
        if listed_links is not None and (messages := listed_links.tell()):
            print(f"{messages:,} delivered messages have links that are listed now: marked, and told as events")
    return NOT_DONE if failed else DONE


def comparison(begun: Start, directory: Path) -> ListedLinks | None:
    """What compares new entries with delivered mail; None where no part of mailchord runs that would remember any."""
    redis = with_private_servers(begun.settings)
    given = begun.settings.redis
    if not given.broker and not given.state and not is_running(redis.state):
        return None
    return build_listed_links(msgspec.structs.replace(begun.settings, redis=redis), begun.configs, directory)


def chosen_feeds(feeds: Feeds, names: Sequence[str]) -> dict[str, Feed]:
    """Those of these names, all that are switched on where there are none. Raises ConfigurationError."""
    for name in names:
        if name not in feeds.lists:
            raise ConfigurationError(f"there is no list {printable(name)!r}{did_you_mean(name, feeds.lists)}")
        if not feeds.lists[name].enabled:
            raise ConfigurationError(f"{name} is switched off: set feeds.lists.{name}.enabled, and read its terms")
    return {name: feed for name, feed in feeds.enabled().items() if not names or name in names}


def in_words(updated: Updated, feed: Feed) -> str:
    match updated.outcome:
        case Outcome.UPDATED:
            left_out = f", {updated.skipped:,} lines left out" if updated.skipped else ""
            return f"{updated.name}: {updated.entries:,} entries ({updated.before:,} before{left_out})"
        case Outcome.UNCHANGED:
            return f"{updated.name}: unchanged, {updated.entries:,} entries"
        case Outcome.TOO_SOON:
            asked = f"was fetched less than {feed.least_minutes:g} minutes ago (--force fetches it again)"
            return f"{updated.name}: {updated.words or asked}"
        case Outcome.FAILED:
            kept = f"; the one before stays, {updated.before:,} entries" if updated.before else ""
            return printable(f"{updated.name}: {updated.words}{kept}")


def show(feeds: Feeds, directory: Path, *, as_json: bool) -> int:
    lines = [listed(name, feed, directory) for name, feed in feeds.lists.items()]
    if as_json:
        print(msgspec.json.encode({"feeds": lines}).decode())
        return DONE
    now = time.time()
    rows = tuple(
        (
            line.name,
            line.kind,
            line.format,
            state_of(line, feeds.lists[line.name], now),
            f"{line.entries:,}" if line.imported else "-",
            age_of(line.checked, now),
            size(line.bytes) if line.imported else "-",
            f"{line.weight:g}",
        )
        for line in lines
    )
    heads = ("list", "kind", "format", "state", "entries", "age", "memory", "weight")
    whole = sum(line.bytes for line in lines if line.enabled)
    note = f"Memory is shared by all processes: {size(whole)} in all. {directory}"
    grid = tables.Grid(title="Lists of links", heads=heads, texts=4, rows=rows, note=note)
    tables.print_grid(grid, tables.console_for(is_terminal=sys.stdout.isatty()))
    return DONE


def listed(name: str, feed: Feed, directory: Path) -> Listed:
    base = Listed(
        name=name,
        kind=feed.kind,
        format=feed.format,
        enabled=feed.enabled,
        is_local=is_local(feed),
        weight=feed.weight,
    )
    path = imported_path(directory, name, feed)
    try:
        file = open_imported(directory, name, feed)
    except OSError as error:
        return msgspec.structs.replace(base, problem=f"cannot be read: {error.strerror}")
    if file is None:
        return msgspec.structs.replace(base, problem="cannot be read: it is damaged") if path.exists() else base
    return msgspec.structs.replace(
        base,
        entries=len(file),
        skipped=file.description.skipped,
        bytes=file.size,
        imported=time_text(file.description.imported_at),
        checked=time_text(file.checked_at),
    )


def state_of(line: Listed, feed: Feed, now: float) -> str:
    if line.problem:
        return line.problem
    if not line.enabled:
        return "off"
    if not line.imported:
        return "on, never fetched"
    return "on" if line.is_local or now - at_of(line.checked) <= feed.max_age_days * DAY else "too old: not asked"


def age_of(checked: str, now: float) -> str:
    if not checked:
        return "-"
    hours = max(0.0, now - at_of(checked)) / 3_600
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"


def check(settings: Settings, url: str, configs: Path, *, as_json: bool) -> int:
    link = make_link(url, origin=LinkOrigin.TEXT)
    if link is None:
        raise ConfigurationError(f"{printable(url[:200])}: leads to no host")
    opinions = opinions_on(addresses_in((link,)), link_sources(settings), seconds=CHECK_SECONDS)
    if as_json:
        print(msgspec.json.encode({"url": url, "opinions": opinions}).decode())
    elif not opinions:
        directory, feeds = feeds_directory(settings.state_dir), settings.feeds.enabled()
        there = [name for name, feed in feeds.items() if imported_path(directory, name, feed).exists()]
        print(f"on none of {len(there)} lists")
    else:
        print_opinions(opinions, load_lists(configs / "lists"), load_brands(configs / "brands"))
    return DONE if opinions else NOT_LISTED


def print_opinions(opinions: Mapping[str, Sequence[LinkOpinion]], lists: Lists, brands: BrandIndex) -> None:
    for href, said in opinions.items():
        print(printable(href))
        for opinion in said:
            since = f" since {time_text(opinion.since)[:10]}" if opinion.since else ""
            is_mistake = opinion.kind is LinkStanding.BAD and not is_believed(opinion, lists, brands)
            note = " (not believed: everybody uses that service)" if is_mistake else ""
            words = f" ({opinion.words})" if opinion.words else ""
            said_of = f"the {opinion.covers} {opinion.entry}{since}{words}{note}"
            print(printable(f"  {opinion.source}: {opinion.kind}, {said_of}"))


def at_of(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
