"""`mailchord doctor` about DNS lists."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailchord.checkup import Level, Result
from mailchord.checkup_dns_lists import check_dns_lists
from mailcore.dns_lists import DnsLists, default_lists
from mailcore.settings import Settings
from mailio.zone_file import ZoneResolver, parse_zone


def checked(records: str, *names: str, tested: bool = True) -> list[Result]:
    lists = {name: replace(default_lists()[name], enabled=True, tested=tested) for name in names}
    resolver = ZoneResolver(parse_zone(records, "zone"))
    return list(check_dns_lists(Settings(dns_lists=DnsLists(lists=lists)), resolver=resolver))


LISTED = "2.0.0.127.zen.spamhaus.org A 127.0.0.2\n"


@pytest.mark.parametrize(
    ("records", "level", "words"),
    [
        pytest.param(LISTED, Level.OK, "lists what it must", id="well"),
        pytest.param("", Level.FAIL, "does not list what it must list (2.0.0.127)", id="lists nothing"),
        pytest.param(
            LISTED + "1.0.0.127.zen.spamhaus.org A 127.0.0.2\n",
            Level.FAIL,
            "lists what it must not list (1.0.0.127)",
            id="lists everything",
        ),
        pytest.param(
            "2.0.0.127.zen.spamhaus.org A 127.255.255.254\n",
            Level.FAIL,
            "refuses to answer (127.255.255.254: it",
            id="public",
        ),
        pytest.param("2.0.0.127.zen.spamhaus.org A 203.0.113.1\n", Level.FAIL, "answers what no list says", id="sold"),
        pytest.param("2.0.0.127.zen.spamhaus.org STATUS timeout\n", Level.WARN, "no answer within 5 s", id="silent"),
    ],
)
def test_a_list(records: str, level: Level, words: str) -> None:
    (result,) = checked(records, "spamhaus_zen")
    assert (result.name, result.level) == ("dns list spamhaus_zen", level)
    assert words in result.says
    assert bool(result.advice) is (level is not Level.OK)


def test_each_list_that_is_on_has_its_line() -> None:
    results = checked(LISTED, "spamhaus_zen", "psbl")
    assert [result.level for result in results] == [Level.OK, Level.FAIL]


def test_a_list_without_test_entries_is_not_judged() -> None:
    (result,) = checked("", "psbl", tested=False)
    assert result.level is Level.OK


def test_lists_that_are_off_are_not_asked() -> None:
    assert not list(check_dns_lists(Settings()))
