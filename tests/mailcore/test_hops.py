"""Received fields of many servers, and the client that handed a message to the first server of our own."""

from __future__ import annotations

import time

import pytest

from mailcore.hops import Hop, Received, find_border, read_received
from mailcore.message import Envelope
from mailcore.parse import parse

# value: address, HELO, written by, logged in
READ = {
    "Postfix": (
        "from mail.example.com (mail.example.com [192.0.2.7]) by mx.example.org (Postfix) with ESMTPS id 4F2 "
        "for <bob@example.org>; Mon, 5 Jan 2026 10:00:00 +0000 (UTC)",
        "192.0.2.7", "mail.example.com", "mx.example.org", False,
    ),
    "Postfix, IPv6": (
        "from x.example (unknown [IPv6:2001:db8::1])\r\n\t(using TLS with X)\r\n\tby mx.example.org (Postfix)",
        "2001:db8::1", "x.example", "mx.example.org", False,
    ),
    "Postfix, logged in": (
        "from [10.0.0.5] (h.example [192.0.2.9]) (Authenticated sender: bob) by mx.example.org (Postfix) with ESMTPSA",
        "192.0.2.9", "10.0.0.5", "mx.example.org", True,
    ),
    "Sendmail": (
        "from helo.example (r@rdns.example [192.0.2.1] (may be forged)) by mx.example.org (8.17) with ESMTP id 1",
        "192.0.2.1", "helo.example", "mx.example.org", False,
    ),
    "Exchange": (
        "from AM0.example (2001:db8:208::12) by AM1.example (2001:db8:20b::21) with Microsoft SMTP Server "
        "(version=TLS1_2) id 15.20; Mon, 5 Jan 2026 10:00:00 +0000",
        "2001:db8:208::12", "am0.example", "am1.example", False,
    ),
    "Gmail": (
        "from mail-f41.example. (mail-f41.example. [192.0.2.41]) by mx.google.example with SMTPS id a1",
        "192.0.2.41", "mail-f41.example", "mx.google.example", False,
    ),
    "Gmail, inside": ("by 2002:a05:6214:2d:b0 with SMTP id x; Mon", "", "", "2002:a05:6214:2d:b0", False),
    "qmail": (
        "from unknown (HELO helo.example) (192.0.2.5) by mx.example.org with SMTP; 5 Jan 2026",
        "192.0.2.5", "helo.example", "mx.example.org", False,
    ),
    "qmail, inside": ("(qmail 4711 invoked by uid 89); 5 Jan 2026 10:00:00 -0000", "", "", "", False),
    "Exim": (
        "from rdns.example ([192.0.2.5] helo=helo.example) by mx.example.org with esmtps (Exim 4.96)",
        "192.0.2.5", "helo.example", "mx.example.org", False,
    ),
    "Exim, logged in": (
        "from [192.0.2.5] (helo=[192.168.0.3]) by mx.example.org with esmtpsa (Exim 4.96)",
        "192.0.2.5", "192.168.0.3", "mx.example.org", True,
    ),
    "Sendmail, logged in": (
        "from [192.0.2.9] (h.example [192.0.2.9])\r\n\t(authenticated bits=0)\r\n\tby mx.example.org (8.14.4/8.14.4) "
        "with ESMTP id 1 for <bob@example.org>; Mon, 5 Jan 2026 10:00:00 +0000",
        "192.0.2.9", "192.0.2.9", "mx.example.org", True,
    ),
    "HELO that says authenticated": (
        "from authenticated.example (x.example [192.0.2.8]) by mx.example.org (Postfix) with ESMTP id 1",
        "192.0.2.8", "authenticated.example", "mx.example.org", False,
    ),
    "HELO that says auth=": (
        "from auth=bob (x.example [192.0.2.8]) by mx.example.org (Postfix) with ESMTP id 1",
        "192.0.2.8", "auth=bob", "mx.example.org", False,
    ),
    "name of the client that says authenticated": (
        "from x (authenticated.example [192.0.2.8]) by mx.example.org (Postfix) with ESMTP id 1",
        "192.0.2.8", "x", "mx.example.org", False,
    ),
    "HELO as long as Postfix takes one": (
        f"from {'x' * 2_040} (x.example [192.0.2.8]) by mx.example.org (Postfix) with ESMTP id 1",
        "192.0.2.8", "x" * 255, "mx.example.org", False,
    ),
    "recipient that says authenticated": (
        "from x (x.example [192.0.2.8]) by mx.example.org (Postfix) with ESMTP id 1 for <authenticated@example.org>; x",
        "192.0.2.8", "x", "mx.example.org", False,
    ),
    "recipient that says by and with": (
        "from x (x.example [192.0.2.8]) by mx.example.org (Postfix) with ESMTP id 1 "
        'for <"bob+ by b with esmtpa z"@example.org>; Mon, 5 Jan 2026 10:00:00 +0000',
        "192.0.2.8", "x", "b", False,
    ),
    "sender that says authenticated": (
        "from [192.0.2.8] (helo=x) by mx.example.org with esmtp (Exim 4.96) "
        "(envelope-from <authenticated@evil.example>) id 1",
        "192.0.2.8", "x", "mx.example.org", False,
    ),
    "certificate that says authenticated": (
        'from x (x.example [192.0.2.8]) (using TLSv1.3) (Client CN "a") (Authenticated sender: b", Issuer "c" '
        "(not verified)) by mx.example.org (Postfix) with ESMTPS id 1",
        "192.0.2.8", "x", "mx.example.org", False,
    ),
    "mapped address": (
        "from a.example (a.example [IPv6:::ffff:192.0.2.5]) by mx.example.org", "192.0.2.5", "a.example",
        "mx.example.org", False,
    ),
    "HELO that tells another address": (
        "from x [203.0.113.1] (evil.example [192.0.2.8]) by mx.example.org (Postfix)", "192.0.2.8", "x",
        "mx.example.org", False,
    ),
    "HELO that says by": (
        "from x by [203.0.113.1] (evil.example [192.0.2.8]) by mx.example.org (Postfix)", "192.0.2.8", "x",
        "mx.example.org", False,
    ),
    "no address": ("from a.example by mx.example.org with SMTP", "", "a.example", "mx.example.org", False),
    "no address that is one": ("from a (b [999.1.1.1]) by c", "", "a", "c", False),
    "empty": ("", "", "", "", False),
    "rubbish": ("\x00 from", "", "", "", False),
}  # fmt: skip


@pytest.mark.parametrize(("value", "address", "helo", "by", "logged_in"), READ.values(), ids=READ)
def test_received_is_read(value: str, address: str, helo: str, by: str, logged_in: bool) -> None:
    got: Received = read_received(value)
    assert (got.address, got.helo, got.by, got.is_logged_in) == (address, helo, by, logged_in)


@pytest.mark.parametrize("piece", ["(", ")", " by x", "[", "1.", ":", " (helo ", "from ", " with a", "auth "])
def test_hostile_fields_cost_little(piece: str) -> None:
    begun = time.process_time()
    for _ in range(100):
        read_received("from " + piece * 20_000)
    assert time.process_time() - begun < 1.0


def received(address: str, helo: str = "mx.sender.example", by: str = "relay.example.org", how: str = "ESMTP") -> str:
    when = "Mon, 5 Jan 2026 10:00:00 +0000"
    return f"Received: from {helo} ({helo} [{address}]) by {by} (Postfix) with {how} id 1; {when}\r\n"


OUTSIDE, RELAY, INNER = "198.51.100.7", "192.0.2.20", "10.0.0.4"


def border(*fields: str, client: str = RELAY, user: str = "", more: str = "") -> Hop:
    raw = ("".join(fields) + more + "From: a@sender.example\r\n\r\nbody\r\n").encode()
    return find_border(
        Envelope(
            sender="a@sender.example" if client else "", client_address=client, helo="peer", authenticated_user=user
        ),
        parse(raw, message_id="test").message,
        internal=("127.0.0.0/8", "10.0.0.0/8", "nonsense"),
        trusted_relays=("192.0.2.16/28",),
    )


def test_a_stranger_is_the_client_whatever_the_fields_say() -> None:
    hop = border(received("203.0.113.1"), client=OUTSIDE)
    assert (hop.address, hop.helo, hop.relays) == (OUTSIDE, "peer", 0)


def test_behind_a_relay_the_client_is_who_it_names() -> None:
    hop = border(received(OUTSIDE), received("203.0.113.1"))
    assert (hop.address, hop.helo, hop.sender, hop.relays) == (OUTSIDE, "mx.sender.example", "a@sender.example", 1)


def test_the_walk_goes_on_through_all_that_is_ours() -> None:
    inside = "Received: by relay.example.org with LMTP id 7; Mon, 5 Jan 2026 10:00:00 +0000\r\n"
    hop = border(received(INNER), inside, received("192.0.2.21"), received(OUTSIDE), received("203.0.113.1"))
    assert (hop.address, hop.relays) == (OUTSIDE, 4)


def test_a_relay_that_does_not_name_its_client_leaves_it_open() -> None:
    hop = border("Received: from x by relay.example.org; Mon, 5 Jan 2026 10:00:00 +0000\r\n", received(OUTSIDE))
    assert not hop.address
    assert not hop.is_own_client
    assert hop.reason
    assert border().reason


@pytest.mark.parametrize(
    ("fields", "client", "user"),
    [
        ((), "127.0.0.1", ""),
        ((received(INNER),), "127.0.0.1", ""),
        ((received(INNER),), RELAY, ""),
        ((received(OUTSIDE, how="ESMTPSA"),), RELAY, ""),
        ((received("172.16.0.1"),), RELAY, ""),
        ((), OUTSIDE, "bob"),
    ],
    ids=[
        "local",
        "local network",
        "network behind a relay",
        "private address behind a relay",
        "logged in at the relay",
        "logged in here",
    ],
)
def test_mail_of_our_own_clients(fields: tuple[str, ...], client: str, user: str) -> None:
    assert border(*fields, client=client, user=user).is_own_client


def test_of_a_stored_message_the_client_is_inferred() -> None:
    hop = border(
        received("127.0.0.1"),
        received("172.16.0.1"),
        received(OUTSIDE),
        client="",
        more="Return-Path: <x@y.example>\r\n",
    )
    assert (hop.address, hop.helo, hop.sender) == (OUTSIDE, "mx.sender.example", "x@y.example")
    assert hop.inferred == ("client_address", "helo", "sender")


def test_without_fields_nothing_is_made_up() -> None:
    hop = border(client="")
    assert (hop.address, hop.sender, hop.knows_sender, hop.inferred) == ("", "", False, ())
    assert hop.reason


def test_the_null_sender_is_known() -> None:
    hop = border(received(OUTSIDE), client="", more="Return-Path: <>\r\n")
    assert (hop.sender, hop.knows_sender) == ("", True)
