"""What the connection filter tells a client at each step, and what it asks for that."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Mapping
from typing import cast

import msgspec
import pytest

from mailcore.connections import Connections, Greylisting
from mailcore.errors import ConfigurationError
from mailcore.greylist import Standing
from mailcore.ports import Judge, Quarantine
from mailcore.settings import Mode, Networks, Settings
from milter_front.answers import Answer, Outcome
from milter_front.connection_filter import Client, ConnectionFilter, FilterStores, Step
from milter_front.front import Front
from milter_front.session import Session
from tests.fakes import FakeGreylist, FakeRateLimits

OUTSIDE, INSIDE, RELAY, ALLOWED = "203.0.113.9", "192.0.2.9", "192.0.2.200", "198.51.100.9"
ADDRESSES = pytest.mark.parametrize(
    "address", [INSIDE, RELAY, ALLOWED, ""], ids=["our network", "our relay", "an allowed network", "a Unix socket"]
)
EVERY_LIMIT = {
    "connections_per_client": 5,
    "messages_per_connection": 2,
    "recipients_per_message": 2,
    "messages_per_sender": 5,
    "messages_per_user": 5,
    "recipients_per_user": 5,
}
NAMES = dict.fromkeys(("no_reverse_name", "helo_is_ours", "helo_is_localhost", "helo_is_not_qualified"), "reject")


class Door:
    """A filter with what it asks, and clients that come to it."""

    def __init__(
        self,
        limits: Mapping[str, object] | None = None,
        *,
        empty: tuple[str, ...] = (),
        greylisting: Mapping[str, object] | None = None,
        mode: Mode = Mode.ENFORCE,
    ) -> None:
        settings = Settings(
            mode=mode,
            connections=msgspec.convert({"allowed_networks": ("198.51.100.0/24",), **(limits or {})}, Connections),
            greylisting=msgspec.convert({"enabled": greylisting is not None, **(greylisting or {})}, Greylisting),
            networks=Networks(
                internal=("192.0.2.0/25",), trusted_relays=("192.0.2.200",), local_domains=("example.com",)
            ),
        )
        self.limits = FakeRateLimits(*empty)
        self.greylist = FakeGreylist()
        self.counts: Counter[str] = Counter()
        self.now = 1_000.0
        stores = FilterStores(limits=self.limits, greylist=self.greylist, count=self._count)
        self.filter = ConnectionFilter(settings, stores, own_name="mx.example.com", stopwatch=lambda: self.now)

    def _count(self, name: str) -> None:
        self.counts[name] += 1

    def client(
        self, address: str = OUTSIDE, *, name: str = "mail.example.net", helo: str = "mail.example.net"
    ) -> Client:
        """A client that was let in."""
        client, told = self.greeted(address, name=name, helo=helo)
        assert told == "continue"
        return client

    def greeted(self, address: str, *, name: str, helo: str) -> tuple[Client, str]:
        client = Client(self.filter)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET if address else socket.AF_UNIX
        told = said(client.connect(name, family, (address, 40_000), macro))
        return client, told if told != "continue" else said(client.helo(helo))


def macro(name: str) -> str:
    return "192.0.2.25" if name == "{daemon_addr}" else ""


def said(answer: Answer) -> str:
    """`continue`, or the codes of the refusal."""
    if answer.reply is None:
        assert answer.outcome is Outcome.CONTINUE
        return "continue"
    assert answer.outcome is (Outcome.TEMPFAIL if answer.reply.code.startswith("4") else Outcome.REJECT)
    assert answer.reply.code[0] == answer.reply.status[0]
    return f"{answer.reply.code} {answer.reply.status}"


def mail(client: Client, sender: bytes = b"<anna@example.net>", user: str = "") -> str:
    return said(client.mail(sender, user))


def rcpt(client: Client, *, already: int = 0, user: str = "", sender: str = "anna@example.net") -> str:
    return said(client.rcpt(sender, b"<bob@example.com>", user, already=already))


Refused = Callable[[Door], str]


def connected(door: Door) -> str:
    return door.greeted(OUTSIDE, name="mail.example.net", helo="mail.example.net")[1]


def third_message(door: Door) -> str:
    client = door.client()
    assert (mail(client), mail(client)) == ("continue", "continue")
    return mail(client)


LIMITS = [
    pytest.param("connections_per_client", "connections", connected, "421 4.7.1", "554 5.7.1", id="connections"),
    pytest.param("messages_per_connection", "", third_message, "421 4.7.1", "550 5.7.1", id="messages"),
    pytest.param(
        "recipients_per_message",
        "",
        lambda door: rcpt(door.client(), already=2),
        "452 4.5.3",
        "550 5.5.3",
        id="recipients",
    ),
    pytest.param(
        "messages_per_sender", "sender", lambda door: mail(door.client()), "450 4.7.1", "550 5.7.1", id="sender"
    ),
    pytest.param(
        "messages_per_user", "user", lambda door: mail(door.client(), user="bob"), "450 4.7.1", "550 5.7.1", id="user"
    ),
    pytest.param(
        "recipients_per_user",
        "recipients",
        lambda door: rcpt(door.client(), user="bob"),
        "450 4.7.1",
        "550 5.7.1",
        id="recipients of a user",
    ),
]


@pytest.mark.parametrize(("limit", "empty", "refused", "tempfail", "reject"), LIMITS)
def test_who_is_over_a_limit_is_refused_where_it_is_known(
    limit: str, empty: str, refused: Refused, tempfail: str, reject: str
) -> None:
    limits = {**EVERY_LIMIT, "messages_per_connection": 2 if limit == "messages_per_connection" else 0}
    used = (empty,) if empty else ()
    door = Door(limits, empty=used)
    assert refused(door) == tempfail
    assert door.counts == {f"refused.{limit}": 1}
    assert refused(Door({**limits, "action": "reject"}, empty=used)) == reject


@pytest.mark.parametrize(("limit", "empty", "refused", "tempfail", "reject"), LIMITS)
def test_a_limit_of_nothing_is_off(limit: str, empty: str, refused: Refused, tempfail: str, reject: str) -> None:
    del tempfail, reject
    door = Door({**EVERY_LIMIT, "messages_per_connection": 0, limit: 0}, empty=(empty,) if empty else ())
    assert refused(door) == "continue"
    assert not door.counts


@pytest.mark.parametrize(
    ("changed", "mode"), [({"mode": "monitor"}, Mode.ENFORCE), ({}, Mode.MONITOR)], ids=["this alone", "all of it"]
)
@pytest.mark.parametrize(("limit", "empty", "refused", "tempfail", "reject"), LIMITS)
def test_who_only_watches_refuses_nobody_and_counts(
    limit: str, empty: str, refused: Refused, tempfail: str, reject: str, changed: dict[str, str], mode: Mode
) -> None:
    del tempfail, reject
    limits = {**EVERY_LIMIT, "messages_per_connection": 2 if limit == "messages_per_connection" else 0, **changed}
    door = Door(limits, empty=(empty,) if empty else (), mode=mode)
    assert refused(door) == "continue"
    assert door.counts == {f"would_refuse.{limit}": 1}


def test_mail_is_never_rejected_where_it_is_only_tagged() -> None:
    for action, expected in (("reject", "continue"), ("tempfail", "421 4.7.1")):
        door = Door({"connections_per_client": 1, "action": action}, empty=("connections",), mode=Mode.TAG_ONLY)
        assert connected(door) == expected


@ADDRESSES
def test_own_and_allowed_clients_are_not_limited_and_cost_no_question(address: str) -> None:
    door = Door({**EVERY_LIMIT, "names": NAMES}, empty=("connections", "sender"), greylisting={})
    client = door.client(address, name="unknown", helo="localhost")
    for _ in range(10):
        assert mail(client) == "continue"
        assert rcpt(client, already=7) == "continue"
        assert said(client.bounce(("bob@example.com",), "")) == "continue"
    assert (door.limits.taken, door.greylist.asked, door.counts) == ([], [], {})


@pytest.mark.parametrize(
    ("address", "expected"), [(INSIDE, "450 4.7.1"), (OUTSIDE, "450 4.7.1"), (ALLOWED, "continue")]
)
def test_a_user_is_limited_wherever_the_password_works(address: str, expected: str) -> None:
    door = Door(EVERY_LIMIT, empty=("user", "recipients"))
    client = door.client(address)
    assert (mail(client, user="bob"), rcpt(client, user="bob")) == (expected, expected)


def test_a_step_asks_at_most_once() -> None:
    door = Door(EVERY_LIMIT, greylisting={})
    client = door.client()
    assert [[bucket.key.partition(":")[0] for bucket in taken] for taken in door.limits.taken] == [["connections"]]
    mail(client, user="bob")
    assert [[bucket.key.partition(":")[0] for bucket in taken] for taken in door.limits.taken[1:]] == [
        ["sender", "user"]
    ]
    rcpt(client, user="bob")
    assert (len(door.limits.taken), len(door.greylist.asked)) == (3, 0)
    rcpt(client)
    assert (len(door.limits.taken), len(door.greylist.asked)) == (3, 1)


def test_nothing_is_asked_and_no_step_answered_when_all_is_off() -> None:
    door = Door({"connections_per_client": 0, "messages_per_connection": 0})
    client = door.client()
    assert (mail(client, user="bob"), rcpt(client, already=1_000)) == ("continue", "continue")
    assert (client.steps, door.limits.taken, door.greylist.asked) == (frozenset(), [], [])


@pytest.mark.parametrize(
    ("limits", "greylisting", "steps"),
    [
        ({}, None, {Step.CONNECT}),
        ({"connections_per_client": 0, "names": NAMES}, None, set()),
        ({"connections_per_client": 0, "names": NAMES, "clients_log_in": False}, None, {Step.CONNECT, Step.HELO}),
        (
            {"names": {"helo_is_ours": "reject"}, "connections_per_client": 0, "clients_log_in": False},
            None,
            {Step.HELO},
        ),
        ({"recipients_per_message": 100}, None, {Step.CONNECT, Step.RCPT}),
        ({"recipients_per_user": 100, "connections_per_client": 0}, None, {Step.RCPT}),
        ({"messages_per_sender": 9, "messages_per_user": 9, "connections_per_client": 0}, None, set()),
        ({"connections_per_client": 0}, {}, {Step.RCPT}),
    ],
)
def test_the_mta_waits_for_an_answer_only_where_there_may_be_one(
    limits: dict[str, object], greylisting: dict[str, object] | None, steps: set[Step]
) -> None:
    assert Door(limits, greylisting=greylisting).filter.steps == steps


def test_messages_come_back_with_time() -> None:
    door = Door({"messages_per_connection": 100, "window_seconds": 60})
    client = door.client()
    assert [mail(client) for _ in range(100)] == ["continue"] * 100
    assert mail(client) == "421 4.7.1"
    door.now += 0.61
    assert [mail(client), mail(client)] == ["continue", "421 4.7.1"]
    door.now += 60
    assert [mail(client) for _ in range(101)] == ["continue"] * 100 + ["421 4.7.1"]
    assert mail(door.client()) == "continue"  # another connection has its own


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:9::1", "2001:db8:9::ffff:1", True),
        ("2001:db8:9:0:ffff::", "2001:db8:9::", True),
        ("2001:db8:9::1", "2001:db8:9:1::1", False),
        ("203.0.113.9", "203.0.113.10", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
    ],
)
def test_addresses_of_one_customer_are_one_client(one: str, other: str, same: bool) -> None:
    door = Door()
    door.client(one)
    door.client(other)
    assert (door.limits.taken[0] == door.limits.taken[1]) is same


def test_a_sender_is_counted_for_each_client_by_itself() -> None:
    """Anybody can write any sender: who floods must not keep the real one from sending."""
    door = Door({"messages_per_sender": 5, "connections_per_client": 0})
    mail(door.client("203.0.113.9"), b"<Anna@example.net>")
    mail(door.client("203.0.113.9"), b"<anna@EXAMPLE.net>")
    mail(door.client("203.0.113.10"), b"<anna@example.net>")
    mail(door.client("203.0.113.9"), b"<>")
    one, again, other = (buckets[0].key for buckets in door.limits.taken)
    assert one == again != other


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "caf\udce9", "a:b/../c\0d", "ü@example.net", " "],
    ids=["long", "surrogate", "signs", "ü", "space"],
)
def test_keys_are_short_whatever_a_client_sends(text: str) -> None:
    door = Door(EVERY_LIMIT, greylisting={})
    client = door.client()
    mail(client, text.encode("utf-8", "surrogateescape"), user=text)
    rcpt(client, user=text)
    rcpt(client, sender=text)
    assert all(len(bucket.key) < 64 and bucket.key.isascii() for taken in door.limits.taken for bucket in taken)


# Names


@pytest.mark.parametrize(
    ("name", "helo", "expected"),
    [
        pytest.param("unknown", "mail.example.net", "550 5.7.25", id="no reverse name"),
        pytest.param("mail.example.net", "localhost", "550 5.7.1", id="localhost"),
        pytest.param("mail.example.net", "mx.example.com", "550 5.7.1", id="our name"),
        pytest.param("mail.example.net", "[192.0.2.25]", "550 5.7.1", id="the address that was connected to"),
        pytest.param("mail.example.net", "pc", "550 5.7.1", id="one label"),
        pytest.param("mail.example.net", "203.0.113.9", "continue", id="a rule that is off"),
        pytest.param("mail.example.net", "mail.example.net", "continue", id="all is well"),
    ],
)
@pytest.mark.parametrize("log_in", [True, False], ids=["users may log in", "nobody logs in"])
def test_names_are_judged_when_it_is_known_that_nobody_has_logged_in(
    name: str, helo: str, expected: str, log_in: bool
) -> None:
    door = Door({"names": NAMES, "clients_log_in": log_in})
    client, told = door.greeted(OUTSIDE, name=name, helo=helo)
    if not log_in:
        assert told == expected
        return
    assert told == "continue"
    assert mail(client, user="bob") == "continue"
    assert mail(client) == expected


def test_a_name_may_be_put_off_only() -> None:
    door = Door({"names": {"no_reverse_name": "tempfail", "helo_is_localhost": "tempfail"}})
    assert mail(door.client(name="unknown")) == "450 4.7.25"
    assert mail(door.client(helo="localhost")) == "450 4.7.1"
    assert door.counts == {"refused.no_reverse_name": 1, "refused.helo_is_localhost": 1}


def test_the_helo_after_starttls_is_the_one_that_counts() -> None:
    door = Door({"names": NAMES})
    client = door.client(helo="localhost")
    client.helo("mail.example.net")
    assert mail(client) == "continue"


# Greylisting


def test_who_is_new_is_asked_to_come_again() -> None:
    door = Door(greylisting={})
    assert rcpt(door.client()) == "451 4.7.1"
    door.greylist.standing = Standing.WAITING
    assert rcpt(door.client()) == "451 4.7.1"
    assert door.counts["refused.greylist_new"] == door.counts["refused.greylist_waiting"] == 1
    [attempt], _ = door.greylist.asked
    assert (attempt.network, attempt.sender, attempt.recipient) == ("203.0.113.0/24", "example.net", "bob@example.com")
    assert len(attempt.pairs) == 2


@pytest.mark.parametrize(
    "standing", [standing for standing in Standing if not standing.must_come_again], ids=lambda standing: standing.value
)
def test_others_pass(standing: Standing) -> None:
    door = Door(greylisting={})
    door.greylist.standing = standing
    assert rcpt(door.client()) == "continue"
    assert door.counts == {f"greylist.{standing}": 1}


@pytest.mark.parametrize(
    ("changed", "name", "user"),
    [
        pytest.param({"enabled": False}, "mail.example.net", "", id="off"),
        pytest.param({}, "mail.example.net", "bob", id="logged in"),
        pytest.param({}, "mail-ed1-f41.google.com", "", id="a large provider"),
        pytest.param({"allowed_names": ["Example.NET"]}, "mail.example.net", "", id="an allowed name"),
        pytest.param({"allowed_names": ["mail.example.net"]}, "mail.example.net", "", id="the allowed name itself"),
    ],
)
def test_who_is_not_asked_at_all(changed: dict[str, object], name: str, user: str) -> None:
    door = Door(greylisting=changed)
    assert rcpt(door.client(name=name), user=user) == "continue"
    assert door.greylist.asked == []


@pytest.mark.parametrize("name", ["mail.notgoogle.com", "google.com.example.net", "[google.com]", "unknown"])
def test_what_only_looks_like_an_allowed_name_is_asked(name: str) -> None:
    assert rcpt(Door(greylisting={}).client(name=name)) == "451 4.7.1"


def test_bounces_are_asked_at_their_end_so_that_verifying_a_sender_works() -> None:
    door = Door(greylisting={})
    client = door.client()
    assert rcpt(client, sender="") == "continue"
    assert said(client.bounce(("bob@example.com",), "bob")) == "continue"
    assert door.greylist.asked == []
    many = tuple(f"r{number}@example.com" for number in range(1_000))
    assert said(client.bounce(many, "")) == "451 4.7.1"
    assert [attempt.sender for attempt in door.greylist.asked[0]] == [""] * 20


def test_who_is_refused_for_another_reason_is_not_greylisted() -> None:
    door = Door({"recipients_per_message": 1}, greylisting={})
    assert rcpt(door.client(), already=1) == "452 4.5.3"
    assert door.greylist.asked == []


@pytest.mark.parametrize("mode", ["monitor", "enforce"])
def test_a_greylist_may_only_watch(mode: str) -> None:
    door = Door(greylisting={"mode": mode})
    assert rcpt(door.client()) == ("continue" if mode == "monitor" else "451 4.7.1")
    assert door.counts["would_refuse.greylist_new" if mode == "monitor" else "refused.greylist_new"] == 1


@pytest.mark.parametrize(
    ("settings", "sender", "expected"),
    [
        ({}, "Anna@Example.NET", "example.net"),
        ({"sender": "address"}, "Anna@Example.NET", "anna@example.net"),
        ({}, "root", "root"),
        ({}, '"a@b"@example.net', "example.net"),
    ],
)
def test_what_a_sender_is_recognised_by(settings: dict[str, object], sender: str, expected: str) -> None:
    door = Door(greylisting={**settings, "known_senders": False})
    rcpt(door.client(), sender=sender)
    [[attempt]] = door.greylist.asked
    assert (attempt.sender, attempt.pairs) == (expected, ())


# In the front


def front_with(limits: Mapping[str, object], door: Door) -> Front:
    settings = Settings(connections=msgspec.convert(limits, Connections))
    # Neither judge nor quarantine is asked before there is a message.
    return Front(settings, cast(Judge, None), cast(Quarantine, None), marker_key=b"", stores=door.filter.stores)


def test_settings_that_are_taken_over_hold_for_connections_that_begin_then() -> None:
    front = front_with({"connections_per_client": 0}, Door())
    before = Session(front)
    front.adopt(Settings())
    assert (before.steps, Session(front).steps) == (frozenset(), frozenset({Step.CONNECT}))


def test_settings_that_make_no_sense_leave_the_old_ones_in_use() -> None:
    front = front_with({}, Door())
    before = front.filter
    with pytest.raises(ConfigurationError, match=r"connections\.allowed_networks"):
        front.adopt(Settings(connections=Connections(allowed_networks=("office",))))
    assert front.filter is before
    assert front.settings.connections.allowed_networks == ()


def test_a_front_that_was_given_nobody_to_ask_has_no_filter() -> None:
    front = Front(Settings(), cast(Judge, None), cast(Quarantine, None), marker_key=b"")
    session = Session(front)
    assert session.steps == frozenset()
    assert said(session.connect("unknown", socket.AF_INET, (OUTSIDE, 1), macro)) == "continue"
