"""Whom a message names, what its verdict teaches about them, and whom an administrator means."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mailcore.composites import POLICY_POOL
from mailcore.identity import Identity
from mailcore.message import Direction
from mailcore.policy import Thresholds
from mailcore.reputation import BAD, CATEGORY, DOUBTFUL, GOOD, Evidence, Role, Subject
from mailcore.senders import client_subjects, evidence_of, named, subjects_of
from mailcore.verdict import Action, Finding, Verdict

ALICE = Identity(
    from_addresses=("alice@mail.example.com",),
    envelope_sender="bounce@news.example.net",
    client_address="192.0.2.7",
)
FREE = frozenset({"gmail.com"})


def texts(identity: Identity, *recipients: str, signers: tuple[str, ...] = ()) -> set[str]:
    found = subjects_of(identity, recipients or ("bob@example.org",), signers=signers, everybodys=FREE)
    return {f"{subject.role} {subject.name}" for subject in found}


def test_everybody_whom_a_message_names() -> None:
    assert texts(ALICE, signers=("s.example.com", "esp.example")) == {
        "ip 192.0.2.7",
        "network 192.0.2.0/24",
        "domain example.com",
        "envelope example.net",
        "dkim example.com",
        "dkim esp.example",
        "address alice@mail.example.com",
        "pair alice@mail.example.com bob@example.org",
    }


CLIENT = {"ip 192.0.2.7", "network 192.0.2.0/24"}


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        pytest.param(replace(ALICE, direction=Direction.OUTBOUND), set(), id="mail of our own"),
        pytest.param(replace(ALICE, direction=Direction.INTERNAL), set(), id="between us"),
        pytest.param(replace(ALICE, envelope_sender=""), CLIENT, id="null sender"),
        pytest.param(replace(ALICE, is_bounce=True), CLIENT, id="delivery report"),
        pytest.param(replace(ALICE, from_addresses=()), {*CLIENT, "envelope example.net"}, id="no From"),
        pytest.param(
            replace(ALICE, from_addresses=("a@example.com", "b@example.net")),
            {*CLIENT, "envelope example.net"},
            id="From of two domains",
        ),
        pytest.param(
            replace(ALICE, from_addresses=("a@example.com", "b@example.com")),
            {*CLIENT, "domain example.com", "envelope example.net"},
            id="two people of one domain",
        ),
        pytest.param(
            replace(ALICE, from_addresses=("a@gmail.com",), envelope_sender="a@gmail.com"),
            {*CLIENT, "address a@gmail.com", "pair a@gmail.com bob@example.org"},
            id="free mail has no name of its own",
        ),
        pytest.param(
            replace(ALICE, from_addresses=("root",), envelope_sender="root", client_address=""), set(), id="no domains"
        ),
        pytest.param(
            replace(ALICE, from_addresses=("a" * 400 + "@example.com",)),
            {*CLIENT, "domain example.com", "envelope example.net"},
            id="address without end",
        ),
    ],
)
def test_whom_a_message_does_not_name(identity: Identity, expected: set[str]) -> None:
    assert texts(identity) == expected


def test_message_to_many_is_no_correspondence() -> None:
    many = texts(ALICE, *(f"user{number}@example.org" for number in range(6)))
    assert not [name for name in many if name.startswith("pair")]


def test_signers_are_bounded() -> None:
    signers = tuple(f"d{number}.example" for number in range(1_000))
    assert len([name for name in texts(ALICE, signers=signers) if name.startswith("dkim")]) == 3


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("198.51.100.9", ("198.51.100.9", "198.51.100.0/24"), id="IPv4"),
        pytest.param("::ffff:198.51.100.9", ("198.51.100.9", "198.51.100.0/24"), id="IPv4 in IPv6 clothes"),
        pytest.param("2001:db8:1:2:3::4", ("2001:db8:1:2::/64", "2001:db8:1::/48"), id="IPv6"),
        pytest.param("2001:db8:1:2:3::4%eth0", ("2001:db8:1:2::/64", "2001:db8:1::/48"), id="IPv6 with a zone"),
        pytest.param("127.0.0.1", (), id="this machine"),
        pytest.param("10.1.2.3", (), id="private"),
        pytest.param("192.168.1.1", (), id="private too"),
        pytest.param("100.64.0.1", (), id="behind the provider"),
        pytest.param("fd00::1", (), id="private IPv6"),
        pytest.param("fe80::1", (), id="link-local"),
        pytest.param("0.0.0.0", (), id="unspecified"),
        pytest.param("224.0.0.1", (), id="multicast"),
        pytest.param("", (), id="none"),
        pytest.param("mail.example.com", (), id="a name"),
        pytest.param("192.0.2.300", (), id="no address"),
    ],
)
def test_clients_and_their_networks(address: str, expected: tuple[str, ...]) -> None:
    assert tuple(subject.name for subject in client_subjects(address)) == expected


# What a verdict teaches


def finding(name: str, weight: float, category: str = "fraud", **more: object) -> Finding:
    return Finding(
        id=name,
        pool=str(more.pop("pool", "content")),
        category=category,
        weight=weight,
        score=weight,
        summary="s",
        **more,
    )  # type: ignore[arg-type]


def verdict(*findings: Finding, action: Action = Action.ACCEPT, partial: bool = False) -> Verdict:
    score = sum(each.score for each in findings)
    return Verdict(id="m1", action=action, score=score, findings=findings, partial=partial)


NOTHING = Evidence(messages=1)


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        pytest.param(verdict(), Evidence(good=GOOD, messages=1), id="nothing was found"),
        pytest.param(verdict(finding("a", 1.0)), Evidence(good=GOOD, messages=1), id="little was found"),
        pytest.param(verdict(finding("a", 3.0)), NOTHING, id="half way to a mark"),
        pytest.param(verdict(partial=True), NOTHING, id="not all was seen"),
        pytest.param(verdict(finding("a", 6.0)), Evidence(bad=DOUBTFUL, messages=1), id="marked"),
        pytest.param(verdict(finding("a", 12.0)), Evidence(bad=BAD, messages=1), id="held"),
        pytest.param(verdict(finding("a", 12.0), partial=True), Evidence(bad=BAD, messages=1), id="held, in part seen"),
        pytest.param(verdict(action=Action.TEMPFAIL), Evidence(), id="it comes again"),
        pytest.param(
            verdict(finding("a", 4.0), finding("sender_has_bad_reputation", 4.0, CATEGORY)),
            NOTHING,
            id="a mark that reputation made teaches nothing bad",
        ),
        pytest.param(
            verdict(finding("a", 3.0), finding("sender_has_good_reputation", -1.5, CATEGORY)),
            NOTHING,
            id="what a good name made milder teaches nothing good",
        ),
        pytest.param(
            verdict(
                finding("bad-name", 2.0, CATEGORY),
                finding("both", 6.0, pool=POLICY_POOL, parts=("a", "bad-name")),
                finding("three", 6.0, pool=POLICY_POOL, parts=("both", "c")),
            ),
            Evidence(good=GOOD, messages=1),
            id="nor does a composite of it, nor one of that",
        ),
        pytest.param(
            verdict(finding("both", 6.0, pool=POLICY_POOL, parts=("a", "b"))),
            Evidence(bad=DOUBTFUL, messages=1),
            id="other composites do",
        ),
        pytest.param(
            verdict(finding("sender-blocked", 12.0, "blocked", pool=POLICY_POOL)),
            Evidence(good=GOOD, messages=1),
            id="what an administrator blocks is no crime",
        ),
        pytest.param(
            verdict(finding("a", 12.0), finding("sender-allowed", -12.0, "allowed", pool=POLICY_POOL)),
            Evidence(bad=BAD, messages=1),
            id="what an administrator lets pass is not good by that",
        ),
    ],
)
def test_what_a_verdict_teaches(judged: Verdict, expected: Evidence) -> None:
    assert evidence_of(judged, Thresholds()) == expected


# Whom an administrator means


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("192.0.2.7", {"ip 192.0.2.7", "network 192.0.2.0/24"}, id="client"),
        pytest.param("192.0.2.0/24", {"network 192.0.2.0/24"}, id="network"),
        pytest.param("192.0.2.7/24", {"network 192.0.2.0/24"}, id="network by a client"),
        pytest.param("2001:db8::/48", {"network 2001:db8::/48"}, id="IPv6 network"),
        pytest.param("2001:db8::/64", {"ip 2001:db8::/64"}, id="IPv6 client"),
        pytest.param("Mail.Example.COM.", {"domain example.com", "dkim example.com"}, id="domain"),
        pytest.param("Bob@Example.com", {"address bob@example.com"}, id="address"),
    ],
)
def test_names_that_people_write(text: str, expected: set[str]) -> None:
    assert {subject.label for subject in named(text)} == expected


@pytest.mark.parametrize(
    "text", ["", "x", "com", "10.0.0.1", "192.0.2.0/25", "a/b", "@", "bob@", "a" * 400 + "@b.example"]
)
def test_names_that_mean_nobody(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        named(text)


@settings(deadline=None)
@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=60), st.text(max_size=200))
def test_nothing_in_a_mail_makes_it_raise(sender: str, envelope: str, client: str, signature: str) -> None:
    identity = Identity(from_addresses=(sender,), envelope_sender=envelope, client_address=client)
    found = subjects_of(identity, (envelope,), signers=(signature,), everybodys=FREE)
    assert all(len(subject.digest) == 10 and len(subject.name) <= 320 for subject in found)
    assert Subject(Role.DOMAIN, "gmail.com") not in found
