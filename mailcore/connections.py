"""Settings of the connection filter: how much a client may send, how it must introduce itself, and greylisting."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct


class FilterMode(enum.StrEnum):
    """Whether a part of the filter refuses, or only counts and logs what it would refuse."""

    ENFORCE = "enforce"
    MONITOR = "monitor"


class Refusal(enum.StrEnum):
    """How a client over its limit is answered."""

    TEMPFAIL = "tempfail"
    REJECT = "reject"


class NameRule(enum.StrEnum):
    """What follows from a wrong name of a client; `off` leaves it to the findings of the pool `auth`."""

    OFF = "off"
    TEMPFAIL = "tempfail"
    REJECT = "reject"


class ClientNames(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clients that introduce themselves wrongly: `off`, `tempfail` or `reject`."""

    no_reverse_name: Annotated[
        NameRule,
        Meta(
            description="The address has no name that leads back to it. A DNS that fails looks the same to the MTA: "
            "`tempfail` is the careful choice."
        ),
    ] = NameRule.OFF
    helo_is_ours: Annotated[
        NameRule,
        Meta(description="HELO is our own name or address, or one of `networks.local_domains`."),
    ] = NameRule.OFF
    helo_is_localhost: Annotated[
        NameRule, Meta(description="HELO is `localhost`, below `localdomain`, or a loopback address.")
    ] = NameRule.OFF
    helo_is_address: Annotated[
        NameRule,
        Meta(description="HELO is an address without brackets, or the address of somebody else in brackets."),
    ] = NameRule.OFF
    helo_is_not_qualified: Annotated[NameRule, Meta(description="HELO is a name without a dot, or no name at all.")] = (
        NameRule.OFF
    )


class Connections(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much one client may send. A limit of 0 is off."""

    mode: Annotated[
        FilterMode, Meta(description="`enforce`, or `monitor`: only count and log what would be refused.")
    ] = FilterMode.ENFORCE
    action: Annotated[
        Refusal, Meta(description="`tempfail`: the client may try again later; `reject`: mail over a limit is lost.")
    ] = Refusal.TEMPFAIL
    allowed_networks: Annotated[
        tuple[str, ...],
        Meta(
            description="Clients that are never limited, asked for a name or greylisted. `networks.internal` and "
            "`networks.trusted_relays` are spared too, but for the limits of users who have logged in."
        ),
    ] = ()
    window_seconds: Annotated[
        float, Meta(description="Time in which a limit that was used up is full again.", gt=0, le=86_400)
    ] = 60.0
    connections_per_client: Annotated[int, Meta(description="Connections of one client in that time.", ge=0)] = 50
    messages_per_connection: Annotated[
        int, Meta(description="Messages over one connection in that time; then it is closed.", ge=0)
    ] = 100
    recipients_per_message: Annotated[
        int, Meta(description="Recipients of one message; RFC 5321 wants 100 at least.", ge=0)
    ] = 0
    messages_per_sender: Annotated[
        int, Meta(description="Messages of one envelope sender from one client in that time; bounces have none.", ge=0)
    ] = 0
    messages_per_user: Annotated[int, Meta(description="Messages of one user who has logged in.", ge=0)] = 0
    recipients_per_user: Annotated[int, Meta(description="Recipients of one user who has logged in.", ge=0)] = 0
    ipv4_prefix: Annotated[int, Meta(description="Bits of an IPv4 address that make one client.", ge=8, le=32)] = 32
    ipv6_prefix: Annotated[
        int,
        Meta(description="Bits of an IPv6 address that make one client: a customer has a /64 or more.", ge=16, le=128),
    ] = 64
    names: Annotated[ClientNames, Meta(description="Clients that introduce themselves wrongly.")] = ClientNames()
    clients_log_in: Annotated[
        bool,
        Meta(
            description="Clients may log in here: names are judged at MAIL, when that is known. `false` on servers "
            "without AUTH: they are judged at the connect and at HELO."
        ),
    ] = True
    redis_seconds: Annotated[
        float,
        Meta(
            description="Longest wait for Redis at one step; then each front process counts by itself for a while.",
            gt=0,
            le=5,
        ),
    ] = 0.1
    local_entries: Annotated[
        int, Meta(description="Clients that a front process counts by itself, about 300 bytes each.", ge=1)
    ] = 50_000


class GreylistSender(enum.StrEnum):
    """What of the envelope sender a greylist goes by."""

    DOMAIN = "domain"
    ADDRESS = "address"


class Greylisting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Greylisting (RFC 6647): who is new has to come again."""

    enabled: Annotated[bool, Meta(description="Whether new senders are asked to come again.")] = False
    mode: Annotated[FilterMode, Meta(description="`enforce`, or `monitor`: only count and log who would be asked.")] = (
        FilterMode.ENFORCE
    )
    delay_seconds: Annotated[
        float, Meta(description="Who comes again earlier is told to wait on.", ge=1, le=86_400)
    ] = 300.0
    retry_seconds: Annotated[
        float, Meta(description="Who does not come again in this time is new again.", ge=60, le=1_209_600)
    ] = 172_800.0
    passed_days: Annotated[
        float,
        Meta(description="Days for which those who came again are remembered; each mail renews it.", gt=0, le=400),
    ] = 36.0
    passes: Annotated[
        int,
        Meta(
            description="After so many mails that came again, a network may send for a domain without being asked.",
            ge=1,
            le=20,
        ),
    ] = 3
    sender: Annotated[
        GreylistSender,
        Meta(description="Whether the sender's `domain` or whole `address` must be the same when it comes again."),
    ] = GreylistSender.DOMAIN
    ipv4_prefix: Annotated[int, Meta(description="Bits of an IPv4 address that may differ no more.", ge=8, le=32)] = 24
    ipv6_prefix: Annotated[int, Meta(description="Bits of an IPv6 address that may differ no more.", ge=16, le=128)] = (
        64
    )
    known_senders: Annotated[
        bool, Meta(description="Do not ask senders who are known to the recipient's domain (see `correspondents`).")
    ] = True
    allowed_names: Annotated[
        tuple[str, ...],
        Meta(
            description="Clients whose verified name is one of these or below it are not asked: large providers come "
            "again from another network."
        ),
    ] = ("google.com", "outlook.com", "yahoo.com", "amazonses.com")
    most_entries: Annotated[
        int,
        Meta(
            description="Senders that may be waiting at the same time, about 100 bytes of Redis each; while there are "
            "more, nobody new is asked.",
            ge=100,
        ),
    ] = 200_000
