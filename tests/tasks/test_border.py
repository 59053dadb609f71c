"""What rules and policy see of the client, as a scanner with relays of its own puts it before them."""

from __future__ import annotations

import pytest

from mailcore.message import Direction, Envelope
from mailcore.parse import parse
from mailcore.rule_fields import find_field
from mailcore.settings import Networks, Settings
from mailcore.view import Lists
from tasks.scanner import Scanner

OUTSIDE, RELAY, STRANGER = "198.51.100.7", "192.0.2.20", "203.0.113.9"
SCANNER = Scanner(
    settings=Settings(networks=Networks(internal=("10.0.0.0/8",), trusted_relays=("192.0.2.16/28",))),
    pools={},
    lists=Lists(),
    policy_version="1",
)
FIELD = f"Received: from mx.sender.example (x [{OUTSIDE}]) by relay.example.org; x\r\n"
NAMELESS = "Received: from mx.sender.example by relay.example.org; x\r\n"
INSIDE = "Received: from pc (x [10.0.0.7]) by relay.example.org; x\r\n"

FIELDS = ("envelope.client_address", "envelope.client_name", "envelope.helo")
PEER = "peer.example"

SEEN = {
    "behind a relay": (RELAY, FIELD, (OUTSIDE, "", "mx.sender.example"), OUTSIDE),
    "a relay that names nobody": (RELAY, NAMELESS, ("", "", ""), ""),
    "one of ours behind a relay": (RELAY, INSIDE, (RELAY, PEER, PEER), ""),
    "a relay that wrote nothing": (RELAY, "", (RELAY, PEER, PEER), ""),
    "a stranger who wrote the field himself": (STRANGER, FIELD, (STRANGER, PEER, PEER), STRANGER),
    "our own network": ("10.0.0.4", "", ("10.0.0.4", PEER, PEER), "10.0.0.4"),
    # What may be made up by anybody is for the report of a scan, not for rules.
    "a stored message": ("", FIELD, ("", PEER, PEER), OUTSIDE),
}


@pytest.mark.parametrize(("client", "received", "shown", "identified"), SEEN.values(), ids=SEEN)
def test_rules_see_the_client_at_the_border(
    client: str, received: str, shown: tuple[str, str, str], identified: str
) -> None:
    direction = Direction.OUTBOUND if client.startswith("10.") else Direction.INBOUND
    envelope = Envelope(client_address=client, client_name=PEER, helo=PEER, sender="a@b.example", direction=direction)
    message = parse(f"{received}From: a@b.example\r\n\r\nbody\r\n".encode(), message_id="m").message
    view = SCANNER.view(envelope, message)
    fields = [find_field(name) for name in FIELDS]
    values = [field.read(view) for field in fields if field is not None]
    assert values == [(value,) if value else () for value in shown]
    assert view.envelope == envelope
    assert SCANNER.plan(envelope, message).plan.identity.client_address == identified
