"""DNS lists for tests: settings with some lists that are on, and zones in which these lists are well."""

from __future__ import annotations

from msgspec.structs import replace

from mailcore.dns_lists import DnsList, DnsLists, ListCode, ListKind, Subject
from mailcore.settings import Networks, Settings
from tests.workers.auth.verifying import RECORDS, configured

BAD = DnsList(
    enabled=True,
    zone="bl.example.org",
    kind=ListKind.IP,
    looks_up=(Subject.CLIENT, Subject.LINKS),
    weight=2.0,
    codes={"127.0.0.2": ListCode(means="spam", weight=3.0), "127.0.0.10": ListCode(means="dynamic", weight=1.0)},
)
NAMES = DnsList(
    enabled=True,
    zone="dbl.example.org",
    kind=ListKind.DOMAIN,
    weight=2.0,
    codes={"&4": ListCode(means="phishing", weight=5.0), "&8": ListCode(means="malware", weight=6.0)},
)
GOOD = DnsList(
    enabled=True,
    zone="wl.example.org",
    kind=ListKind.ALLOW,
    looks_up=(Subject.CLIENT, Subject.AUTHOR),
    codes={
        "127.0.[0..255].2": ListCode(means="good", weight=-2.0),
        "127.0.[0..255].3": ListCode(means="best", weight=-9),
    },
)
WELL = """
2.0.0.127.bl.example.org A 127.0.0.2
test.dbl.example.org A 127.0.0.12
2.0.0.127.wl.example.org A 127.0.10.2
"""
ZONE = RECORDS + WELL


def listing(*, relays: tuple[str, ...] = (), most_links: int = 20, seconds: float = 2.0, **lists: DnsList) -> Settings:
    """The settings with these lists; without any, `bad`, `names` and `good`."""
    lists = lists or {"bad": BAD, "names": NAMES, "good": GOOD}
    return replace(
        configured(relays=relays),
        networks=Networks(
            internal=("127.0.0.0/8", "203.0.113.0/24"), trusted_relays=relays, local_domains=("example.org",)
        ),
        dns_lists=DnsLists(lists=lists, most_links=most_links, seconds=seconds),
    )
