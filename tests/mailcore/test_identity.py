"""Who a message comes from, for lists of senders and policy: the client at the border, not a relay of our own."""

from __future__ import annotations

import pytest

from mailcore.authentication import AuthFacts
from mailcore.decide import decide
from mailcore.direction import read_site
from mailcore.hops import find_border
from mailcore.identity import Identity, identify
from mailcore.message import Direction, Envelope
from mailcore.parse import parse
from mailcore.policy import Allow, Block, Policy, Proof
from mailcore.settings import Networks
from mailcore.verdict import Action, Finding, PoolReport, PoolStatus

OUTSIDE, RELAY, INSIDE = "198.51.100.7", "192.0.2.20", "10.0.0.4"
SENDER = "Bounces@Sender.example"


def received(address: str, how: str = "ESMTP") -> str:
    by = "relay.example.org (Postfix)"
    return (
        f"Received: from MX.sender.example (x [{address}]) by {by} with {how} id 1; Mon, 5 Jan 2026 10:00:00 +0000\r\n"
    )


def identity(*fields: str, client: str = RELAY, sender: str = SENDER, user: str = "") -> Identity:
    site = read_site(Networks(internal=("10.0.0.0/8",)))
    direction = site.direction(client_address=client, authenticated=bool(user), recipients=())
    envelope = Envelope(
        sender=sender, client_address=client, helo="Peer.example", authenticated_user=user, direction=direction
    )
    raw = "".join((*fields, "From: a@sender.example\r\n\r\nbody\r\n")).encode()
    message = parse(raw, message_id="test").message
    border = find_border(envelope, message, internal=("10.0.0.0/8",), trusted_relays=("192.0.2.16/28",))
    return identify(envelope, message, AuthFacts(), border)


WHO = {
    "a stranger": (identity(received("203.0.113.9"), client=OUTSIDE), OUTSIDE, "peer.example"),
    "behind a relay": (identity(received(OUTSIDE)), OUTSIDE, "mx.sender.example"),
    "behind two": (identity(received("192.0.2.21"), received(OUTSIDE)), OUTSIDE, "mx.sender.example"),
    "a relay that names nobody": (identity(), "", ""),
    "a client of our own": (identity(client=INSIDE), INSIDE, "peer.example"),
    "one of ours behind a relay": (identity(received(INSIDE)), "", ""),
    "logged in at the relay": (identity(received(OUTSIDE, "ESMTPSA")), "", ""),
    "logged in": (identity(client=OUTSIDE, user="bob"), OUTSIDE, "peer.example"),
}


@pytest.mark.parametrize(("found", "client", "helo"), WHO.values(), ids=WHO)
def test_the_client_is_at_the_border(found: Identity, client: str, helo: str) -> None:
    assert (found.client_address, found.helo, found.envelope_sender) == (client, helo, SENDER.lower())
    assert found.border.inferred == ()


def test_of_a_stored_message_everything_is_marked_as_inferred() -> None:
    found = identity("Return-Path: <x@y.example>\r\n", received(OUTSIDE), client="", sender="")
    assert (found.client_address, found.helo, found.envelope_sender) == (OUTSIDE, "mx.sender.example", "x@y.example")
    assert found.border.inferred == ("client_address", "helo", "sender")


LURE = Finding(id="lure", pool="content", category="phishing", weight=7.0, summary="x")
ALLOW = Policy(allow=(Allow(networks=("198.51.100.0/24",), requires=Proof.NONE),))
ALLOW_RELAY = Policy(allow=(Allow(networks=("192.0.2.0/24",), requires=Proof.NONE),))
BLOCK = Policy(block=(Block(networks=("198.51.100.0/24",)),))
BLOCK_RELAY = Policy(block=(Block(networks=("192.0.2.0/24",)),))
BLOCK_HELO = Policy(block=(Block(helo="mx.sender.example"),))
STORED = identity(received(OUTSIDE), client="", sender="")

JUDGED = {
    "allowed behind a relay": (ALLOW, identity(received(OUTSIDE)), Action.ACCEPT),
    # Whoever sends through the relay would be allowed with it.
    "the relay is nobody's client": (ALLOW_RELAY, identity(received(OUTSIDE)), Action.TAG),
    "nor where it names nobody": (ALLOW_RELAY, identity(), Action.TAG),
    "another client behind the relay": (ALLOW, identity(received("203.0.113.9")), Action.TAG),
    # Anybody may write such fields into a message that is stored.
    "an inferred client is not allowed": (ALLOW, STORED, Action.TAG),
    "blocked behind a relay": (BLOCK, identity(received(OUTSIDE)), Action.REJECT),
    "the relay is not blocked with it": (BLOCK_RELAY, identity(received(OUTSIDE)), Action.TAG),
    "blocked by what was inferred": (BLOCK, STORED, Action.REJECT),
    "HELO behind a relay": (BLOCK_HELO, identity(received(OUTSIDE)), Action.REJECT),
}


@pytest.mark.parametrize(("policy", "who", "action"), JUDGED.values(), ids=JUDGED)
def test_lists_of_senders_look_at_the_border(policy: Policy, who: Identity, action: Action) -> None:
    report = PoolReport(pool="content", status=PoolStatus.OK, findings=(LURE,))
    verdict = decide([report], ["content"], policy, message_id="m", identity=who)
    assert verdict.action is action
    assert (verdict.border, verdict.direction) == (who.border, Direction.INBOUND)
