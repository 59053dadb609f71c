"""Whose hop is it: the client that handed a message to the first server of our own, found in the Received chain.

Behind a relay of our own the peer says nothing about the sender: SPF, lists and reputation would judge our own server.
Each server writes its Received field on top. Those that our own servers wrote can be believed, and the first of them
that names a client which is none of ours is the border; everything below it may be invented.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from mailcore.ip_addresses import Address, Network, is_global, read_address
from mailcore.message import Envelope, Message

MAX_HOPS = 100  # Received fields that are read; loops are stopped at 50
FIELD_CHARACTERS = 8_192  # a HELO name may take 2,048 of them: the address behind it must still be read
MAX_WORD = 255
LOGIN_CHARACTERS = 512  # before "by", in which the comment about a login stands

_FROM = re.compile(r"\s*from\s+", re.IGNORECASE)
_BY = re.compile(r"\sby\s+([^\s;()]{1,255})", re.IGNORECASE)
_WITH = re.compile(r"\swith\s+([A-Za-z0-9]{1,32})", re.IGNORECASE)
_NAME = re.compile(r"[^\s()<>\[\]]{1,255}|\[[^\s()<>\[\]]{1,64}\]")
_HELO = re.compile(r"(?:^|[\s(])(?:helo|ehlo)[ =]([^\s()]{1,255})", re.IGNORECASE)
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})(?:%[0-9A-Za-z]{1,16})?\]", re.IGNORECASE)
_BARE = re.compile(r"(?:^|[\s(@])((?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{2,43})(?=$|[\s),:;])")
# The last comment before "by": Postfix "(Authenticated sender: bob)", Sendmail "(authenticated bits=0)".
_LOGGED_IN = re.compile(r"\(authenticated(?: sender: ?[^\"()]{1,255}| bits=[0-9]{1,5})?\)$", re.IGNORECASE)
# RFC 3848: the A in ESMTPA and ESMTPSA; "ASMTP" is older. Exim's "esmtpsa" is the same word.
_WITH_LOGIN = frozenset({"esmtpa", "esmtpsa", "utf8smtpa", "utf8smtpsa", "lmtpa", "lmtpsa", "asmtp"})


class Received(Struct, frozen=True, kw_only=True):
    """One Received field: who handed the message over, and to whom. `address` is "" where none is named."""

    address: str = ""
    helo: str = ""
    by: str = ""
    is_logged_in: bool = False
    names_client: bool = False


class Hop(Struct, frozen=True, kw_only=True):
    """The border hop. `relays` counts our own servers between, `reason` says why there is no `address`.

    `is_own_client`: the message was handed in by one of our own, who logged in or sits in a network of ours.
    """

    address: str = ""
    helo: str = ""
    sender: str = ""
    knows_sender: bool = True
    relays: int = 0
    reason: str = ""
    is_own_client: bool = False
    inferred: tuple[str, ...] = ()


def read_received(value: str) -> Received:
    """One value of a Received field as Postfix, Sendmail, Exim, Exchange, Gmail and qmail write it. Never raises.

    Linear in the value, of which at most 8,192 characters are read.
    """
    text = " " + " ".join(value[:FIELD_CHARACTERS].split())
    begin = _FROM.match(text)
    places = _outside_brackets(_BY, text)
    by = places[-1] if places else None
    logged_in = _is_logged_in(text, places)
    if begin is None:
        return Received(by=by.group(1).lower() if by else "", is_logged_in=logged_in)
    said = text[begin.end() : by.start() if by else len(text)]
    first = _NAME.match(said)
    helo = _HELO.search(said)
    name = (helo.group(1) if helo else first.group() if first else "").strip("[]").rstrip(".").lower()
    return Received(
        address=_address(said),
        helo=name[:MAX_WORD],
        by=by.group(1).lower() if by else "",
        is_logged_in=logged_in,
        names_client=True,
    )


def find_border(
    envelope: Envelope, message: Message, *, internal: Collection[str], trusted_relays: Collection[str]
) -> Hop:
    """The border hop of a message. Without a client in the envelope (a stored file) the best that its fields tell.

    Networks are CIDR texts; wrong ones are nobody's. Never raises.
    """
    if envelope.authenticated_user:
        return Hop(address=envelope.client_address, helo=envelope.helo, sender=envelope.sender, is_own_client=True)
    relays = _networks(tuple(trusted_relays))
    own = (*_networks(tuple(internal)), *relays)
    # Most mail comes from strangers: what the fields below say does not matter then.
    if envelope.client_address and not _is_in(envelope.client_address, own):
        return Hop(address=envelope.client_address, helo=envelope.helo, sender=envelope.sender)
    received = [read_received(value) for value in message.header_values("received")[:MAX_HOPS]]
    if not envelope.client_address:
        return _inferred(envelope, message, received, own)
    return _behind_relays(envelope, received, own, is_relay=_is_in(envelope.client_address, relays))


def _behind_relays(envelope: Envelope, received: Sequence[Received], own: Sequence[Network], *, is_relay: bool) -> Hop:
    """The peer is one of ours: its own field is the topmost, and says who handed the message to it."""
    steps = 0
    for hop in received:
        steps += 1
        if hop.is_logged_in:
            return Hop(sender=envelope.sender, relays=steps, is_own_client=True)
        if not hop.names_client:
            continue  # a step inside of one server: "by 2002:a05:... with SMTP id"
        if not hop.address:
            return Hop(sender=envelope.sender, relays=steps, reason="a relay of ours does not name its client")
        # A private address is inside, be it listed or not: nobody out there has one.
        if not _is_in(hop.address, own) and _is_global(hop.address):
            return Hop(address=hop.address, helo=hop.helo, sender=envelope.sender, relays=steps)
    # A network of ours without a hop from outside: the message began there.
    if is_relay and not received:
        return Hop(sender=envelope.sender, reason="a relay of ours wrote no Received")
    return Hop(sender=envelope.sender, relays=steps, is_own_client=True)


def _inferred(envelope: Envelope, message: Message, received: Sequence[Received], own: Sequence[Network]) -> Hop:
    """For a stored message: the first hop that comes from outside, and what its last server wrote of the sender."""
    paths = message.header_values("return-path")
    knows_sender = bool(envelope.sender or paths)
    sender = envelope.sender or (_path(paths[0]) if paths else "")
    guessed = ("sender",) if paths and not envelope.sender else ()
    steps = 0
    for hop in received:
        steps += 1
        # Private addresses are the inside of some organisation: filters and stores that the message went through.
        if not hop.address or not _is_global(hop.address) or _is_in(hop.address, own):
            continue
        return Hop(
            address=hop.address,
            helo=hop.helo,
            sender=sender,
            knows_sender=knows_sender,
            relays=steps - 1,
            inferred=("client_address", "helo", *guessed),
        )
    return Hop(
        sender=sender, knows_sender=knows_sender, reason="no Received names a client from outside", inferred=guessed
    )


def _is_logged_in(text: str, places: Sequence[re.Match[str]]) -> bool:
    """Whether the server says that its client had logged in, and nobody else can have said so.

    A stranger chooses the HELO name, the name of his client and of his certificate, the sender, and with a quotation
    the recipient too. So every "by" must be followed by a login, or the first one preceded by the server's comment.
    """
    if not places:
        return False
    methods = [_WITH.search(text, places[0].end()), _WITH.search(text, places[-1].end())]
    if all(method is not None and method.group(1).lower() in _WITH_LOGIN for method in methods):
        return True
    start = places[0].start()
    return _LOGGED_IN.search(text[max(0, start - LOGIN_CHARACTERS) : start].rstrip()) is not None


def _outside_brackets(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """The matches that stand in no comment. The last one counts: a client may say "by" in its HELO name."""
    depth, position = 0, 0
    found: list[re.Match[str]] = []
    for match in pattern.finditer(text):
        for letter in text[position : match.start()]:
            depth += (letter == "(") - (letter == ")" and depth > 0)
        position = match.start()
        if depth == 0:
            found.append(match)
    return found


def _address(said: str) -> str:
    """The client's address as the server saw it: in the comment, which no name of a client can open in Postfix."""
    text = _HELO.sub(" ", said)
    comment = text.find("(")
    for piece in (text[comment:] if comment >= 0 else "", text):
        for pattern in (_BRACKETED, _BARE):
            for match in pattern.finditer(piece):
                address = canonical_address(match.group(1))
                if address:
                    return address
    return ""


def is_outside(address: str, own: tuple[str, ...]) -> bool:
    """Whether it is a public address that is in none of these networks (CIDR texts). False for what is no address."""
    return _is_global(address) and not _is_in(address, _networks(own))


def canonical_address(text: str) -> str:
    """An IP address in its one form; "" for what is none."""
    return str(_read(text) or "")


def _read(text: str) -> Address | None:
    return read_address(text.strip().removeprefix("IPv6:"))


def _path(value: str) -> str:
    """The address in a Return-Path; "" for the null sender."""
    start, end = value.find("<"), value.rfind(">")
    path = value[start + 1 : end] if 0 <= start < end else value
    return path.strip()[:512] if "@" in path else ""


@functools.lru_cache(maxsize=16)  # those of the settings, again and again
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            continue
    return tuple(found)


def _is_in(address: str, networks: Iterable[Network]) -> bool:
    known = _read(address)
    return known is not None and any(known in network for network in networks)


def _is_global(address: str) -> bool:
    known = _read(address)
    return known is not None and is_global(known)
