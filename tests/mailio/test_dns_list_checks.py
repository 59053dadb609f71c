"""What is refused in the section `dns_lists`, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.dns_lists import DnsLists, ListKind, Subject
from mailcore.errors import ConfigurationError
from mailio.configuration import load_settings

OWN = "{lists: {ours: {enabled: true, zone: bl.example.org, kind: ip, %s}}}"
GOOD = "{lists: {ours: {enabled: true, zone: wl.example.org, kind: allow, %s}}}"
REFUSED = {
    "no zone": ("{lists: {ours: {enabled: true, kind: ip}}}", "'zone' is missing"),
    "no kind": ("{lists: {ours: {enabled: true, zone: bl.example.org}}}", "'kind' is missing"),
    "misspelt list": ("{lists: {spamhous_zen: {enabled: true}}}", "'zone' is missing"),
    "unknown key": (OWN % "weigth: 3", "did you mean 'weight'"),
    "unknown kind": ("{lists: {ours: {enabled: true, zone: bl.example.org, kind: rbl}}}", "expected one of ip, domain"),
    "name with a blank": (
        "{lists: {our list: {enabled: true, zone: bl.example.org, kind: ip}}}",
        "names of lists are of",
    ),
    "zone of one label": ("{lists: {ours: {enabled: true, zone: example, kind: ip}}}", "ours.zone: expected a domain"),
    "zone that is none": ("{lists: {ours: {enabled: true, zone: 'a b.example', kind: ip}}}", "ours.zone: expected"),
    "zone without end": (
        f"{{lists: {{ours: {{enabled: true, zone: {'a.' * 70}org, kind: ip}}}}}}",
        "ours.zone: expected a domain such as bl.example.org, at most 120 characters",
    ),
    "asked about the wrong thing": (OWN % "looks_up: [client, from]", "looks_up.1: a list of kind `ip` is asked about"),
    "vouches by what can be made up": (GOOD % "looks_up: [helo]", "looks_up.0: a list of kind `allow` is asked about"),
    "unknown subject": (OWN % "looks_up: [received]", "expected one of client"),
    "IP version": (OWN % "ip_versions: [5]", "expected [4], [6] or [4, 6]"),
    "no IP version": (OWN % "ip_versions: []", "expected [4], [6] or [4, 6]"),
    "test with a blank": (OWN % "listed_test: 'a b'", "listed_test: expected what stands before the zone"),
    "negative weight": (OWN % "weight: -1", "only lists of kind `allow` weigh less than 0"),
    "positive weight of a list that vouches": (GOOD % "weight: 1", "a list that vouches weighs 0 or less"),
    "weight of a code": (OWN % "codes: {127.0.0.2: {means: x, weight: -2}}", "codes.127.0.0.2.weight: only lists of"),
    "endless weight": (OWN % "weight: .inf", "weight"),
    "code that is none": (OWN % "codes: {'127.0.0.[4-7]': {means: x}}", "expected numbers such as 4..7;10"),
    "code without a meaning": (OWN % "codes: {127.0.0.2: {weight: 2}}", "'means' is missing"),
    "too many links": ("{most_links: 1000}", "most_links"),
}


def load(tmp_path: Path, text: str) -> DnsLists:
    path = tmp_path / "mailchord.yaml"
    path.write_text(f"dns_lists: {text}\n", encoding="utf-8")
    return load_settings(path, {}).dns_lists


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert problem in str(caught.value)
    assert "mailchord.yaml:1" in str(caught.value)


def test_a_zone_with_a_key_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, "{lists: {spamhaus_zen: {zone: 'secret key.zen.dq.spamhaus.net'}}}")
    assert "secret" not in str(caught.value)


def test_nothing_is_on_unless_it_is_switched_on(tmp_path: Path) -> None:
    assert not load(tmp_path, "{}").enabled()


def test_a_shipped_list_is_switched_on_by_one_word(tmp_path: Path) -> None:
    settings = load(tmp_path, "{lists: {spamhaus_zen: {enabled: true}}}")
    assert list(settings.enabled()) == ["spamhaus_zen"]
    assert settings.enabled()["spamhaus_zen"].codes["127.0.0.2"].weight == 4.0


def test_a_zone_with_a_key_can_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "zone"
    secret.write_text("0123456789abcdef.zen.dq.spamhaus.net\n", encoding="utf-8")
    path = tmp_path / "mailchord.yaml"
    path.write_text("dns_lists: {}\n", encoding="utf-8")
    environ = {"MAILCHORD_DNS_LISTS__LISTS__SPAMHAUS_ZEN__ZONE_FILE": str(secret)}
    settings = load_settings(path, environ).dns_lists
    assert settings.lists["spamhaus_zen"].zone == "0123456789abcdef.zen.dq.spamhaus.net"


def test_one_code_of_a_shipped_list_is_changed(tmp_path: Path) -> None:
    codes = "{'127.0.0.[10;11]': {means: dynamic, weight: 0}}"
    settings = load(tmp_path, f"{{lists: {{spamhaus_zen: {{enabled: true, codes: {codes}}}}}}}")
    assert settings.lists["spamhaus_zen"].codes["127.0.0.[10;11]"].weight == 0
    assert settings.lists["spamhaus_zen"].codes["127.0.0.2"].weight == 4.0


def test_an_own_list(tmp_path: Path) -> None:
    listed = load(tmp_path, OWN % "looks_up: [client, links], weight: 1.5, ip_versions: [4], reasons: true").lists[
        "ours"
    ]
    assert (listed.kind, listed.subjects) == (ListKind.IP, (Subject.CLIENT, Subject.LINKS))
