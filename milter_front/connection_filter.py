"""The connection filter: what a client is told before its mail is read. Pure but for what it asks through ports.

Each step answers as early as it can know: the connect by the number of connections, HELO by names, MAIL by messages,
RCPT by recipients and the greylist. None asks Redis more than once, and none asks when nothing there is switched on.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from ipaddress import ip_address

import structlog
from msgspec import Struct

from mailcore.acquaintance import sender_pairs
from mailcore.addresses import domain_of
from mailcore.connections import FilterMode, GreylistSender, NameRule, Refusal
from mailcore.greylist import Attempt, Standing
from mailcore.ip_addresses import network_of
from mailcore.ports import Greylist, RateLimits
from mailcore.rate import Bucket, take_token
from mailcore.settings import Mode, Settings
from milter_front import answers
from milter_front.address import client_ip, client_name, envelope_address
from milter_front.answers import Answer, Outcome
from milter_front.client_networks import NetworkSet
from milter_front.client_rules import wrong_helo, wrong_name

log = structlog.get_logger("mailchord.connections")

# A bounce goes to one recipient; what has more is not asked for more than these.
MOST_BOUNCE_RECIPIENTS = 20
# The MTA's own name and address: Postfix says {daemon_addr}, Sendmail {if_addr}.
OWN_NAMES = ("j", "{daemon_addr}", "{if_addr}")

GO_ON = answers.CONTINUE

Macro = Callable[[str], str]


class Step(enum.StrEnum):
    """The steps of the milter protocol at which there is an answer only when it is wanted."""

    CONNECT = "connect"
    HELO = "helo"
    RCPT = "rcpt"


class FilterStores(Struct, frozen=True, kw_only=True):
    """What the filter asks. `count` adds one to the counter of that name, without waiting."""

    limits: RateLimits
    greylist: Greylist
    count: Callable[[str], None]


class ConnectionFilter:
    """The settings of the filter, worked out once for all connections that begin with them."""

    def __init__(
        self, settings: Settings, stores: FilterStores, *, own_name: str, stopwatch: Callable[[], float]
    ) -> None:
        """Raises ConfigurationError for what is no network."""
        self.limits = settings.connections
        self.greylisting = settings.greylisting
        self.stores = stores
        self.stopwatch = stopwatch
        self.mode = settings.mode
        self.allowed = NetworkSet(self.limits.allowed_networks, setting="connections.allowed_networks")
        networks = settings.networks
        # A relay hands over the mail of many, and who they are is not known before the header is: one that is limited
        # would keep good mail waiting.
        self.spared = NetworkSet(
            (*self.limits.allowed_networks, *networks.internal, *networks.trusted_relays), setting="networks"
        )
        self.own_names = frozenset(name.lower().rstrip(".") for name in (own_name, *networks.local_domains))
        self.allowed_names = tuple(name.lower().strip(".") for name in self.greylisting.allowed_names)
        self.steps = frozenset(self._steps())

    def _steps(self) -> Iterable[Step]:
        limits = self.limits
        rules = limits.names
        early = not limits.clients_log_in
        if limits.connections_per_client or (early and rules.no_reverse_name is not NameRule.OFF):
            yield Step.CONNECT
        if early and any(
            getattr(rules, name) is not NameRule.OFF for name in rules.__struct_fields__ if name.startswith("helo")
        ):
            yield Step.HELO
        if limits.recipients_per_message or limits.recipients_per_user or self.greylisting.enabled:
            yield Step.RCPT

    def enforces(self, mode: FilterMode, outcome: Outcome) -> bool:
        """Whether such an answer is given, or only counted. Marking, which `tag-only` does instead, needs a message."""
        if self.mode is Mode.MONITOR or mode is FilterMode.MONITOR:
            return False
        return not (self.mode is Mode.TAG_ONLY and outcome is Outcome.REJECT)


class Client:
    """One connection as the filter sees it. Its steps are called one after the other, on any thread."""

    __slots__ = (
        "_address",
        "_filter",
        "_full_at",
        "_name",
        "_network",
        "_own_names",
        "_wrong_helo",
        "_wrong_name",
        "is_spared",
    )

    def __init__(self, connection_filter: ConnectionFilter) -> None:
        self._filter = connection_filter
        self._address = ""
        self._name = ""
        self._network = ""
        self._full_at = 0
        self._own_names = connection_filter.own_names
        self._wrong_name = ""
        self._wrong_helo = ""
        # Until the connect, and for clients without an address (Unix sockets): they are on this machine.
        self.is_spared = True

    @property
    def steps(self) -> frozenset[Step]:
        """The steps at which this connection wants to be asked."""
        return self._filter.steps

    def connect(self, name: str, family: int, address: object, macro: Macro) -> Answer:
        self._address = client_ip(family, address)
        self._name = name
        self.is_spared = not self._address or self._address in self._filter.spared
        return GO_ON if self.is_spared else _first(self._at_connect(macro))

    def helo(self, name: str) -> Answer:
        return GO_ON if self.is_spared else _first(self._at_helo(name))

    def mail(self, sender: bytes, user: str) -> Answer:
        """MAIL FROM; `user` has logged in, "" when nobody has."""
        return _first(self._at_mail(envelope_address(sender).lower(), user))

    def rcpt(self, sender: str, recipient: bytes, user: str, *, already: int) -> Answer:
        """RCPT TO, after `already` recipients that were taken."""
        return _first(self._at_rcpt(sender, recipient, user, already))

    def bounce(self, recipients: tuple[str, ...], user: str) -> Answer:
        """The end of a message with the null sender: the greylist. A callback at DATA would cost every message."""
        return GO_ON if user else self._greylisted("", recipients[:MOST_BOUNCE_RECIPIENTS], "eom")

    # What is asked at each step, in turn. In a mode that only watches, an answer is `GO_ON`, and the next one counts.

    def _at_connect(self, macro: Macro) -> Iterator[Answer]:
        limits = self._filter.limits
        self._network = network_of(
            ip_address(self._address), ipv4_prefix=limits.ipv4_prefix, ipv6_prefix=limits.ipv6_prefix
        )
        if limits.names.helo_is_ours is not NameRule.OFF:
            self._own_names |= {own.lower() for own in map(macro, OWN_NAMES) if own}
        self._wrong_name = wrong_name(self._name, limits.names)
        if self._wrong_name and not limits.clients_log_in:
            yield self._misnamed(self._wrong_name, Step.CONNECT)
        if limits.connections_per_client:
            bucket = self._bucket("connections", self._network, limits.connections_per_client)
            if self._filter.stores.limits.take((bucket,)) is not None:
                yield self._limited("connections_per_client", Step.CONNECT, code="421", reject_code="554")

    def _at_helo(self, name: str) -> Iterator[Answer]:
        rules = self._filter.limits.names
        # After STARTTLS a client says HELO again: what it says then counts.
        self._wrong_helo = wrong_helo(name, self._address, rules, own_names=self._own_names)
        if self._wrong_helo and not self._filter.limits.clients_log_in:
            yield self._misnamed(self._wrong_helo, Step.HELO)

    def _at_mail(self, sender: str, user: str) -> Iterator[Answer]:
        limits = self._filter.limits
        if not self.is_spared:
            wrong = self._wrong_name or self._wrong_helo
            if wrong and limits.clients_log_in and not user:
                yield self._misnamed(wrong, "mail")
            if not self._takes_message():
                yield self._limited("messages_per_connection", "mail", code="421")
        wanted: dict[str, Bucket] = {}
        if limits.messages_per_sender and sender and not self.is_spared:
            # With the client's network: anybody can write this sender, and must not keep the real one from sending.
            key = _hashed(f"{self._network} {sender}")
            wanted["messages_per_sender"] = self._bucket("sender", key, limits.messages_per_sender)
        if limits.messages_per_user and self._is_limited(user):
            wanted["messages_per_user"] = self._bucket("user", _hashed(user), limits.messages_per_user)
        if wanted and (empty := self._filter.stores.limits.take(tuple(wanted.values()))) is not None:
            yield self._limited(list(wanted)[empty], "mail", sender=sender[:320], user=user[:255])

    def _at_rcpt(self, sender: str, recipient: bytes, user: str, already: int) -> Iterator[Answer]:
        limits = self._filter.limits
        if limits.recipients_per_message and not self.is_spared and already >= limits.recipients_per_message:
            yield self._limited("recipients_per_message", Step.RCPT, code="452", status="5.3")
        if limits.recipients_per_user and self._is_limited(user):
            bucket = self._bucket("recipients", _hashed(user), limits.recipients_per_user)
            if self._filter.stores.limits.take((bucket,)) is not None:
                yield self._limited("recipients_per_user", Step.RCPT, user=user[:255])
        # Bounces are asked at their end: a server that verifies a sender asks as one who bounces and goes no further
        # than RCPT; if it is put off, so is our own mail.
        if sender and not user:
            yield self._greylisted(sender, (envelope_address(recipient),), Step.RCPT)

    def _greylisted(self, sender: str, recipients: tuple[str, ...], step: str) -> Answer:
        used, settings = self._filter, self._filter.greylisting
        if not settings.enabled or self.is_spared or not recipients or self._has_allowed_name():
            return GO_ON
        by_domain = settings.sender is GreylistSender.DOMAIN
        network = network_of(
            ip_address(self._address), ipv4_prefix=settings.ipv4_prefix, ipv6_prefix=settings.ipv6_prefix
        )
        attempts = tuple(
            Attempt(
                network=network,
                sender=domain_of(sender) if by_domain and "@" in sender else sender.lower(),
                recipient=recipient,
                pairs=sender_pairs(sender, recipient) if settings.known_senders else (),
            )
            for recipient in recipients
        )
        standings = used.stores.greylist.ask(attempts, settings)
        for standing in standings:
            used.stores.count(f"greylist.{standing}")
        asked = next((standing for standing in standings if standing.must_come_again), None)
        if asked is None:
            return GO_ON
        again = "Greylisted: please try again in a few minutes"
        answer = answers.tempfail(again if asked is Standing.NEW else f"{again}, this was too early")
        return self._told(answer, f"greylist_{asked}", step, settings.mode, sender=sender, recipients=recipients[:5])

    def _has_allowed_name(self) -> bool:
        name = client_name(self._name).lower().rstrip(".")
        return any(name == allowed or name.endswith("." + allowed) for allowed in self._filter.allowed_names)

    def _is_limited(self, user: str) -> bool:
        """Users are limited in our own networks as well: a stolen password works from a webmail server, too."""
        return bool(user) and self._address not in self._filter.allowed

    def _takes_message(self) -> bool:
        limits = self._filter.limits
        if not limits.messages_per_connection:
            return True
        bucket = Bucket("", limits.messages_per_connection, limits.window_seconds)
        full_at = take_token(self._full_at, int(self._filter.stopwatch() * 1_000_000), bucket)
        if full_at is None:
            return False
        self._full_at = full_at
        return True

    def _bucket(self, kind: str, key: str, limit: int) -> Bucket:
        return Bucket(f"{kind}:{key}", limit, self._filter.limits.window_seconds)

    def _misnamed(self, rule: str, step: str) -> Answer:
        text = {
            "no_reverse_name": "Your address has no name that leads back to it",
            "helo_is_ours": "HELO with a name of ours",
        }.get(rule, "HELO needs the full name of your server")
        # RFC 7372, 3.3 has a code of its own for the reverse name.
        status = "7.25" if rule == "no_reverse_name" else "7.1"
        if getattr(self._filter.limits.names, rule) is NameRule.REJECT:
            answer = answers.reject(text, status=f"5.{status}")
        else:
            answer = answers.tempfail(text, code="450", status=f"4.{status}")
        return self._told(answer, rule, step, self._filter.limits.mode)

    def _limited(
        self,
        limit: str,
        step: str,
        *,
        code: str = "450",
        reject_code: str = "550",
        status: str = "7.1",
        **facts: object,
    ) -> Answer:
        limits = self._filter.limits
        text = f"Too many {limit.partition('_')[0]}, please try again later"
        if limits.action is Refusal.REJECT:
            answer = answers.reject(text.partition(",")[0], code=reject_code, status=f"5.{status}")
        else:
            answer = answers.tempfail(text, code=code, status=f"4.{status}")
        return self._told(answer, limit, step, limits.mode, **facts)

    def _told(self, answer: Answer, why: str, step: str, mode: FilterMode, **facts: object) -> Answer:
        """The answer, or in a mode that only watches none; counted and logged in both."""
        is_enforced = self._filter.enforces(mode, answer.outcome)
        self._filter.stores.count(f"{'refused' if is_enforced else 'would_refuse'}.{why}")
        log.info(
            "client refused" if is_enforced else "client would be refused",
            why=why,
            step=str(step),
            outcome=answer.outcome.value,
            client=self._address,
            client_name=self._name[:255],
            **facts,
        )
        return answer if is_enforced else GO_ON


def _first(told: Iterator[Answer]) -> Answer:
    """The first answer that is more than to go on; what comes after it is not asked."""
    return next((answer for answer in told if answer is not GO_ON), GO_ON)


def _hashed(text: str) -> str:
    """Keys of one length, whatever a client sends; nobody reads users and senders out of them."""
    return blake2b(text.lower().encode("utf-8", "replace"), digest_size=12).hexdigest()
