"""`mailchord links`: say of a link what it is, after mail with it was delivered, and which messages carried it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from mailchord.evaluation import tables
from mailchord.private_redis import with_private_servers
from mailchord.start import start
from mailchord.terminal_text import printable, time_text
from mailcore import safe_links
from mailcore.clicks import Mark
from mailcore.errors import ConfigurationError
from mailcore.link_addresses import Address, Covers, Key, address_of, host_of, keys_of, read_key
from mailcore.links import make_link
from mailcore.message import LinkOrigin
from mailcore.unwrap import MOST_HOPS
from mailio.carried_links import Carrier
from mailio.link_marks import keys_about, link_key
from tasks.late_links import Cause, LateLinks, build_late_links

UNKNOWN = 1  # exit status: nothing is known of it
LONGEST_REASON = 300
MOST_LISTED = 10_000
SAID_BAD, SAID_GOOD = "An administrator marked this link as bad.", "An administrator found this link to be good."


class Listed(Struct, frozen=True, kw_only=True):
    """One line of `list`. `at` is ISO 8601 in UTC."""

    about: Key
    is_bad: bool
    reason: str
    at: str


class Who(Struct, frozen=True, kw_only=True):
    """One line of `who`. `at` is ISO 8601 in UTC; `is_marked`: its safe links are blocked."""

    id: str
    queue_id: str
    at: str
    is_marked: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, about in (
        ("bad", "block it at the click, and mark the messages that carried it"),
        ("good", "let it through at the click, whatever is said of it"),
        ("forget", "remove what was said of it, and the marks on messages that came of it"),
        ("who", "which messages carried it"),
    ):
        action = actions.add_parser(name, help=about)
        action.add_argument("url", metavar="URL", help="the link, as it stands in a mail")
        action.add_argument("--host", action="store_true", help="all of its host is meant")
        if name in ("bad", "good"):
            action.add_argument("--reason", default="", metavar="TEXT", help="why; readers see it when they click")
        if name == "who":
            action.add_argument("--json", action="store_true", help="one JSON object")
    listing = actions.add_parser("list", help="what was said of links, the latest first")
    listing.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """0 when it was done; 1 where nothing is known. Raises ConfigurationError and StoreUnavailable."""
    settings = start(arguments, component="links").settings
    late = build_late_links(msgspec.structs.replace(settings, redis=with_private_servers(settings)))
    if arguments.action == "list":
        return show(late, as_json=arguments.json)
    address = meant(arguments.url)
    match arguments.action:
        case "bad":
            return bad(late, address, whole_host=arguments.host, reason=arguments.reason)
        case "good":
            return good(late, address, whole_host=arguments.host, reason=arguments.reason)
        case "forget":
            return forget(late, address, whole_host=arguments.host)
        case _:
            return who(late, address, whole_host=arguments.host, as_json=arguments.json)


def meant(url: str) -> Address:
    """The address that a link leads to, safe links and known services taken off. Raises ConfigurationError."""
    href = url
    for _ in range(MOST_HOPS):
        link = make_link(href, origin=LinkOrigin.TEXT)
        href = link.href if link is not None else href
        target = safe_links.target_without_key(href)
        if not target:
            break
        href = target
    address = address_of(href)
    if address is None:
        raise ConfigurationError(f"{printable(url[:200])}: leads to no host")
    return address


def bad(late: LateLinks, address: Address, *, whole_host: bool, reason: str) -> int:
    key = link_key(address, whole_host=whole_host)
    cause = Cause(reason=reason[:LONGEST_REASON] or SAID_BAD, host=address.host)
    late.marks.mark_link(address, Mark(is_bad=True, reason=cause.reason, at=time.time()), whole_host=whole_host)
    messages = late.turned_bad({key: cause})
    print(f"{printable(key)}: bad; {messages:,} delivered messages carried it and had no mark yet")
    return 0


def good(late: LateLinks, address: Address, *, whole_host: bool, reason: str) -> int:
    late.marks.forget_link(address, whole_host=whole_host)
    mark = Mark(is_bad=False, reason=reason[:LONGEST_REASON] or SAID_GOOD, at=time.time())
    late.marks.mark_link(address, mark, whole_host=whole_host)
    count = unmark(late, address, whole_host=whole_host)
    key = link_key(address, whole_host=whole_host)
    print(f"{printable(key)}: good; {count:,} messages are no longer marked")
    return 0


def forget(late: LateLinks, address: Address, *, whole_host: bool) -> int:
    was_marked = late.marks.forget_link(address, whole_host=whole_host)
    count = unmark(late, address, whole_host=whole_host)
    said = "forgotten" if was_marked or count else "nothing was said of it"
    print(f"{printable(link_key(address, whole_host=whole_host))}: {said}; {count:,} messages are no longer marked")
    return 0 if was_marked or count else UNKNOWN


def unmark(late: LateLinks, address: Address, *, whole_host: bool) -> int:
    """Remove marks on messages that came of that link; returns how many. Others stay.

    Marks that came of what the link is a part of go from messages that carried it, as far as that is remembered.
    """
    if whole_host:
        return late.marks.forget_messages_about(lambda mark: bool(mark.about) and _host(mark.about) == address.host)
    pages, keys = keys_about(address)[:2], frozenset(keys_of(address))
    count = late.marks.forget_messages_about(lambda mark: mark.about in pages)
    names = [carrier.id for carrier in carriers(late, address, whole_host)]
    return count + late.marks.forget_messages(names, lambda mark: mark.about in keys)


def _host(about: Key) -> str:
    covers, text = read_key(about)
    return "" if covers is Covers.NETWORK else host_of(text)


def carriers(late: LateLinks, address: Address, whole_host: bool) -> Sequence[Carrier]:
    """Messages that carried it, the oldest first; none where that is not remembered."""
    return tuple(late.carried.carriers([link_key(address, whole_host=whole_host)])) if late.carried is not None else ()


def who(late: LateLinks, address: Address, *, whole_host: bool, as_json: bool) -> int:
    if late.carried is None:
        raise ConfigurationError("carried_links.enabled is off: nobody remembers which messages carried which links")
    found = [
        Who(
            id=carrier.id,
            queue_id=carrier.queue_id,
            at=time_text(carrier.at),
            is_marked=any(mark.is_bad for mark in late.marks.find([], carrier.id)),
        )
        for carrier in carriers(late, address, whole_host)
    ]
    if as_json:
        about = link_key(address, whole_host=whole_host)
        print(msgspec.json.encode({"about": about, "messages": found}).decode())
    elif found:
        rows = [(line.at, line.id, printable(line.queue_id), "marked" if line.is_marked else "") for line in found]
        print_rows("Messages that carried it", ("delivered", "message", "queue id", ""), rows)
    else:
        print("no message that is remembered carried it")
    return 0 if found else UNKNOWN


def show(late: LateLinks, *, as_json: bool) -> int:
    marks = late.marks.links(most=MOST_LISTED)
    lines = [Listed(about=mark.about, is_bad=mark.is_bad, reason=mark.reason, at=time_text(mark.at)) for mark in marks]
    if as_json:
        print(msgspec.json.encode({"links": lines}).decode())
    elif lines:
        rows = [
            (line.at, "bad" if line.is_bad else "good", printable(line.about[:200]), printable(line.reason))
            for line in lines
        ]
        print_rows("What was said of links", ("at", "is", "link", "why"), rows)
    else:
        print("nothing was said of any link")
    return 0


def print_rows(title: str, heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    grid = tables.Grid(title=title, heads=tuple(heads), texts=len(heads), rows=tuple(rows), note="")
    tables.print_grid(grid, tables.console_for(is_terminal=sys.stdout.isatty()))
