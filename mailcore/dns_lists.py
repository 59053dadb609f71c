"""Lists that are asked through the DNS (RFC 5782): which ones, about what, and what their answers mean. Settings only.

Shipped lists are described and switched off: asking tells their operators who writes to you, and most have terms.
"""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct, field


class ListKind(enum.StrEnum):
    """What stands in a list: addresses or domains that are bad, or those that somebody vouches for."""

    IP = "ip"
    DOMAIN = "domain"
    ALLOW = "allow"


class Subject(enum.StrEnum):
    """What of a message is looked up."""

    CLIENT = "client"
    AUTHOR = "author"
    FROM = "from"
    SENDER = "sender"
    HELO = "helo"
    REVERSE = "reverse"
    DKIM = "dkim"
    LINKS = "links"


# What each kind can be asked about. Lists that vouch are asked by nothing that a sender can make up.
SUBJECTS: dict[ListKind, tuple[Subject, ...]] = {
    ListKind.IP: (Subject.CLIENT, Subject.LINKS),
    ListKind.DOMAIN: (
        *(Subject.FROM, Subject.SENDER, Subject.HELO, Subject.REVERSE, Subject.DKIM),
        Subject.LINKS,
    ),
    ListKind.ALLOW: (Subject.CLIENT, Subject.AUTHOR),
}
_USUAL: dict[ListKind, tuple[Subject, ...]] = {
    ListKind.IP: (Subject.CLIENT,),
    ListKind.DOMAIN: SUBJECTS[ListKind.DOMAIN],
    ListKind.ALLOW: (Subject.CLIENT,),
}


class ListCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an address in an answer means."""

    means: Annotated[str, Meta(description="What the list says by it; stands in the finding.")]
    weight: Annotated[
        Annotated[float, Meta(ge=-1_000, le=1_000)] | None, Meta(description="Weight of that; empty: the list's own.")
    ] = None
    error: Annotated[bool, Meta(description="No listing: the list refuses to answer.")] = False


class DnsList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One list."""

    enabled: Annotated[bool, Meta(description="Whether it is asked.")]
    zone: Annotated[
        str, Meta(description="Where it is asked, such as `zen.spamhaus.org`; with your key where you have one.")
    ]
    kind: Annotated[
        ListKind, Meta(description="`ip` (addresses), `domain`, or `allow` (those that somebody vouches for).")
    ]
    looks_up: Annotated[
        tuple[Subject, ...],
        Meta(
            description="What is looked up. `ip`: `client` (the default), `links` (addresses that stand in links). "
            "`domain`: `from`, `sender`, `helo`, `reverse` (names of the client), `dkim` (signatures that hold), "
            "`links`; all by default. `allow`: `client` (the default), `author` (From, where DMARC passed)."
        ),
    ] = ()
    weight: Annotated[
        float,
        Meta(description="Weight of what `codes` do not name; at most 0 where it vouches.", ge=-1_000, le=1_000),
    ] = 0.0
    codes: Annotated[
        dict[str, ListCode],
        Meta(
            description="What answers mean: `127.0.0.2`, `127.0.0.[4..7;10]`, `127.0.[0..255].3`, or `&8` for a bit of "
            "the last number. 127.255.255.0/24 is always an error, and 127.0.0.1 unless it stands here."
        ),
    ] = field(default_factory=dict)
    whole_names: Annotated[
        bool, Meta(description="Ask about whole names, instead of registered domains (`example.co.uk`).")
    ] = False
    ip_versions: Annotated[tuple[int, ...], Meta(description="Kinds of addresses that it lists: 4, 6.")] = (4, 6)
    reasons: Annotated[bool, Meta(description="Ask for the reason of a listing too (TXT).")] = False
    tested: Annotated[
        bool,
        Meta(description="Test whether it lists what it must and nothing else; false: for lists without test entries."),
    ] = True
    listed_test: Annotated[
        str,
        Meta(description="What it must list, as it stands before the zone; empty: 2.0.0.127 or `test` (RFC 5782, 5)."),
    ] = ""
    unlisted_test: Annotated[str, Meta(description="What it must not list; empty: 1.0.0.127 or `invalid`.")] = ""

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What it is asked about."""
        return self.looks_up or _USUAL[self.kind]


def default_lists() -> dict[str, DnsList]:
    """Lists that are known to be of use, with codes as their operators document them; none is switched on."""
    return {**_spamhaus(), **_of_clients(), **_of_links()}


def _spamhaus() -> dict[str, DnsList]:
    return {
        "spamhaus_zen": DnsList(
            enabled=False,
            zone="zen.spamhaus.org",
            kind=ListKind.IP,
            weight=2.0,
            codes={
                "127.0.0.2": ListCode(means="sends spam (SBL)", weight=4.0),
                "127.0.0.3": ListCode(means="sends spam from many addresses (CSS)", weight=3.5),
                "127.0.0.[4..7]": ListCode(means="hijacked machine (XBL)", weight=4.0),
                "127.0.0.9": ListCode(means="network of criminals (DROP)", weight=5.0),
                "127.0.0.[10;11]": ListCode(means="not meant to send mail directly (PBL)", weight=3.0),
                "127.0.0.30": ListCode(means="controls a botnet (BCL)", weight=5.0),
            },
        ),
        "spamhaus_dbl": DnsList(
            enabled=False,
            zone="dbl.spamhaus.org",
            kind=ListKind.DOMAIN,
            weight=2.0,
            listed_test="dbltest.com",
            codes={
                "127.0.1.2": ListCode(means="bad reputation", weight=4.0),
                "127.0.1.4": ListCode(means="phishing", weight=6.0),
                "127.0.1.5": ListCode(means="malware", weight=6.0),
                "127.0.1.6": ListCode(means="controls a botnet", weight=6.0),
                "127.0.1.[102..106]": ListCode(means="good, but abused at the moment", weight=2.0),
                "127.0.1.255": ListCode(means="it was asked about an address", error=True),
            },
        ),
    }


def _of_clients() -> dict[str, DnsList]:
    return {
        "spamcop": DnsList(
            enabled=False,
            zone="bl.spamcop.net",
            kind=ListKind.IP,
            weight=2.0,
            ip_versions=(4,),
            codes={"127.0.0.2": ListCode(means="reported by those who got its spam")},
        ),
        "psbl": DnsList(
            enabled=False,
            zone="psbl.surriel.com",
            kind=ListKind.IP,
            weight=2.0,
            codes={"127.0.0.2": ListCode(means="wrote to a spam trap")},
        ),
        "dnswl": DnsList(
            enabled=False,
            zone="list.dnswl.org",
            kind=ListKind.ALLOW,
            weight=0.0,
            codes={
                "127.0.0.255": ListCode(means="too many questions", error=True),
                "127.0.[2..20].1": ListCode(means="sends little spam", weight=-0.5),
                "127.0.[2..20].2": ListCode(means="sends very little spam", weight=-2.0),
                "127.0.[2..20].3": ListCode(means="never sends spam", weight=-4.0),
            },
        ),
    }


def _of_links() -> dict[str, DnsList]:
    return {
        "surbl": DnsList(
            enabled=False,
            zone="multi.surbl.org",
            kind=ListKind.DOMAIN,
            looks_up=(Subject.LINKS, Subject.FROM, Subject.DKIM),
            weight=2.0,
            listed_test="surbl-org-permanent-test-point.com",
            codes={
                "&1": ListCode(means="it does not answer this resolver", error=True),
                "&8": ListCode(means="phishing", weight=5.0),
                "&16": ListCode(means="malware", weight=5.0),
                "&64": ListCode(means="stands in spam", weight=4.0),
                "&128": ListCode(means="cracked site", weight=3.0),
            },
        ),
        "uribl": DnsList(
            enabled=False,
            zone="multi.uribl.com",
            kind=ListKind.DOMAIN,
            looks_up=(Subject.LINKS, Subject.FROM, Subject.DKIM),
            weight=0.0,
            listed_test="2.0.0.127",
            codes={
                "&1": ListCode(means="it does not answer this resolver", error=True),
                "&2": ListCode(means="stands in spam", weight=4.0),
                "&4": ListCode(means="stands in bulk mail", weight=0.5),
                "&8": ListCode(means="on probation", weight=0.5),
            },
        ),
    }


class DnsLists(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lists in the DNS. None is asked unless it is switched on."""

    seconds: Annotated[
        float,
        Meta(description="Longest wait for lists when everything else is known, of what `auth.seconds` leaves.", gt=0),
    ] = 2.0
    most_links: Annotated[
        int, Meta(description="Domains of links that are looked up in one message.", ge=0, le=100)
    ] = 20
    test_seconds: Annotated[
        float, Meta(description="How often each list is tested: does it list what it must, and nothing else.", gt=0)
    ] = 900.0
    off_seconds: Annotated[
        float, Meta(description="How long a list that fails is left alone before it is tested again.", gt=0)
    ] = 600.0
    lists: Annotated[dict[str, DnsList], Meta(description="The lists, by a name of yours: it stands in findings.")] = (
        field(default_factory=default_lists)
    )

    def enabled(self) -> dict[str, DnsList]:
        """The lists that are asked."""
        return {name: each for name, each in self.lists.items() if each.enabled}
