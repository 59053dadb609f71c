"""Lists of links that are fetched or read from files (`mailchord feeds`): which ones, of what, how long believed.

Shipped ones are described and switched off: each has terms of its own, most allow no commercial use.
"""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct, field

from mailcore.domain_age_settings import DomainAge
from mailcore.link_opinions import LinkStanding


class FeedFormat(enum.StrEnum):
    """How a list is written."""

    URLHAUS_CSV = "urlhaus-csv"
    PHISHTANK_CSV = "phishtank-csv"
    PHISHTANK_JSON = "phishtank-json"
    PLAIN = "plain"
    DOMAINS = "domains"
    HOSTS = "hosts"
    IP = "ip"
    SAFE_BROWSING = "safe-browsing"


class Feed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One list."""

    enabled: Annotated[bool, Meta(description="Whether it is fetched by `mailchord feeds update`, and asked.")] = True
    source: Annotated[
        str,
        Meta(
            description="Where it is: an `https:` address (`{key}` stands for the key), or the absolute path of a "
            "file: a list of your own. Plain, or packed with gzip, bzip2 or zip."
        ),
    ]
    format: Annotated[
        FeedFormat,
        Meta(
            description="`urlhaus-csv`, `phishtank-csv`, `phishtank-json`; `plain`: an address or a host a line, as of "
            "OpenPhish; `domains`: a domain a line, which stands for all below it; `hosts`: as /etc/hosts, or a host a "
            "line; `ip`: an address or a network a line; `safe-browsing`: Google's lists of parts of hashes "
            "(API version 5), of which each hit is asked for."
        ),
    ] = FeedFormat.PLAIN
    kind: Annotated[
        LinkStanding,
        Meta(description="`bad`; or `good`: what only looks doubtful in such a link weighs nothing."),
    ] = LinkStanding.BAD
    weight: Annotated[float, Meta(description="Weight of a link that is on it, where it is bad.", ge=0, le=1_000)] = 6.0
    max_age_days: Annotated[
        float,
        Meta(description="Days after which a list that could not be fetched again is no longer believed.", gt=0),
    ] = 7.0
    entry_days: Annotated[
        int, Meta(description="Entries with an older date are left out when it is fetched; 0: none.", ge=0)
    ] = 0
    least_minutes: Annotated[
        float, Meta(description="It is not fetched again before, whoever asks; most operators want that.", ge=0)
    ] = 60.0
    key_file: Annotated[str, Meta(description="File that holds the key for it.")] = ""
    user_agent: Annotated[
        str, Meta(description="What it is told who asks; PhishTank wants `phishtank/USERNAME`.", max_length=200)
    ] = "mailchord"
    private_addresses: Annotated[
        bool, Meta(description="It may be in a network of our own: private and loopback addresses, and plain `http:`.")
    ] = False


def default_feeds() -> dict[str, Feed]:
    """Lists that are known to be of use, where their operators say they are; none is switched on."""
    return {
        "urlhaus": Feed(
            enabled=False,
            source="https://urlhaus-api.abuse.ch/files/exports/recent.csv?auth-key={key}",
            format=FeedFormat.URLHAUS_CSV,
            weight=8.0,
            least_minutes=15.0,
        ),
        "phishtank": Feed(
            enabled=False,
            source="https://data.phishtank.com/data/{key}/online-valid.csv.gz",
            format=FeedFormat.PHISHTANK_CSV,
            weight=7.0,
            user_agent="phishtank/mailchord",
        ),
        "openphish": Feed(
            enabled=False,
            source="https://raw.githubusercontent.com/openphish/public_feed/refs/heads/main/feed.txt",
            format=FeedFormat.PLAIN,
            weight=7.0,
            max_age_days=3.0,
        ),
        # Not for commercial use; says of a link what it is at that minute.
        "safe-browsing": Feed(
            enabled=False,
            source="https://safebrowsing.googleapis.com/v5",
            format=FeedFormat.SAFE_BROWSING,
            weight=8.0,
            max_age_days=1.0,
            least_minutes=0.0,  # the server says when it may be asked again
        ),
    }


class Feeds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lists of links. Nothing is fetched unless a list is switched on and `mailchord feeds update` is called."""

    most_bytes: Annotated[
        int, Meta(description="Longest download of one list; unpacked it may be ten times as long.", gt=0)
    ] = 314_572_800
    most_entries: Annotated[
        int,
        Meta(description="Most entries of one list; each takes 10.4 bytes of memory and disk.", gt=0, le=100_000_000),
    ] = 10_000_000
    seconds: Annotated[float, Meta(description="Longest time for one download.", gt=0)] = 600.0
    lists: Annotated[dict[str, Feed], Meta(description="The lists, by a name of yours: it stands in findings.")] = (
        field(default_factory=default_feeds)
    )

    domain_age: Annotated[DomainAge, Meta(description="How old domains of links and senders are.")] = DomainAge()

    def enabled(self) -> dict[str, Feed]:
        """The lists that are asked."""
        return {name: feed for name, feed in self.lists.items() if feed.enabled}


def is_local(feed: Feed) -> bool:
    """Whether it is a file of our own: it is believed without reserve, and does not grow old."""
    return feed.source.startswith("/")
