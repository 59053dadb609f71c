"""`mailchord unwrap`: every address in front of a link's target, as far as the link itself says it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from mailchord.start import start
from mailchord.terminal_text import printable
from mailcore import safe_links
from mailcore.errors import ConfigurationError
from mailcore.links import make_link, passed_links
from mailcore.message import LinkOrigin
from mailcore.safe_links import Keys, Refusal
from mailcore.settings import Settings
from mailcore.unwrap import MOST_HOPS
from mailio.safe_link_keys import key_directory, load_keys

NO_LINK = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("urls", nargs="+", metavar="URL", help="a link as it stands in a mail")


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 where one of the arguments is no link. Raises ConfigurationError for settings that cannot be read."""
    settings = start(arguments, component="unwrap").settings
    keys = _keys(settings)
    status = 0
    for number, url in enumerate(arguments.urls):
        if number:
            print()
        lines = list(unwrapped(url, base_url=settings.safe_links.base_url, keys=keys, now=time.time()))
        if not lines:
            print(f"mailchord: no link: {printable(url)}", file=sys.stderr)
            status = NO_LINK
        for line in lines:
            print(printable(line))
    return status


def unwrapped(url: str, *, base_url: str, keys: Keys | None, now: float) -> Iterator[str]:
    """A line for each address on the way, the one that is certain to be the last as `target`; none for what is no link.

    Addresses inside of the target, to which it may lead on, come after it.
    """
    link = None
    for _ in range(MOST_HOPS):
        link = make_link(url, origin=LinkOrigin.TEXT)
        if link is None:
            return
        yield from (f"{hop.service:10} {hop.href}" for hop in link.hops)
        url = link.href
        target = safe_links.target_without_key(url)
        if not target:
            break
        yield f"{'safe link':10} {url}"
        yield f"{'':10}   {_standing(url, base_url, keys, now)}"
        url = target
    if link is None:
        return
    yield f"{'target':10} {url}"
    yield from (f"{'inside':10} {inner.href}" for inner in passed_links(link))


def _standing(url: str, base_url: str, keys: Keys | None, now: float) -> str:
    """What the signature of a safe link is worth here."""
    if not base_url or safe_links.split(url, base_url) is None:
        return "of another click service: nobody knows here whether it leads there"
    if keys is None:
        return "not checked: the keys of safe links cannot be read here"
    reading = safe_links.read_url(url, base_url, keys, now=now)
    if reading.link is None:
        return f"{reading.refusal}: our click service refuses it"
    link = reading.link
    end = "expired" if reading.refusal is Refusal.EXPIRED else "expires"
    return f"ours, of {_day(link.issued_at)}, {end} {_day(link.expires_at)}, message {link.reference or 'unknown'}"


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat()


def _keys(settings: Settings) -> Keys | None:
    """Whoever looks a link up need not be allowed to read the keys."""
    try:
        return load_keys(key_directory(settings))
    except ConfigurationError:
        return None
