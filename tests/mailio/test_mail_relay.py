"""Handing mail to a relay that takes it, refuses it, asks for patience, or falls silent."""

from __future__ import annotations

import socket
import time

import pytest

from mailcore.dmarc_report_settings import RelayTls
from mailcore.errors import ConfigurationError
from mailio.mail_relay import Delivery, MailRelay, Outcome
from tests.smtp_sink import SmtpSink, Taken

MAIL = b"Subject: x\r\n\r\n.a line with a dot\r\nthe end\r\n"


def relay_to(sink: SmtpSink, *, tls: RelayTls = RelayTls.IF_OFFERED) -> MailRelay:
    return MailRelay(sink.relay, tls, seconds=2.0)


def test_many_mails_go_over_one_connection() -> None:
    with SmtpSink() as sink:
        with relay_to(sink) as relay:
            outcomes = [relay.send("a@our.example", f"b{number}@example.com", MAIL) for number in range(3)]
        assert outcomes == [Delivery(outcome=Outcome.SENT)] * 3
        assert sink.taken == [
            Taken(sender="a@our.example", recipient=f"b{number}@example.com", data=MAIL) for number in range(3)
        ]
        assert sink.sessions == 1


@pytest.mark.parametrize(
    ("replies", "outcome", "text"),
    [
        pytest.param(
            {"b@example.com": "550 5.1.1 nobody"}, Outcome.REFUSED, "550 5.1.1 nobody", id="no such recipient"
        ),
        pytest.param({"b@example.com": "450 4.2.0 later"}, Outcome.LATER, "450 4.2.0 later", id="greylisted"),
        pytest.param({"MAIL": "553 5.1.8 not you"}, Outcome.REFUSED, "553 5.1.8 not you", id="sender refused"),
        pytest.param({"MAIL": "421 4.3.2 closing"}, Outcome.LATER, "421 4.3.2 closing", id="closing"),
        pytest.param({"DATA": "554 5.7.1 policy"}, Outcome.REFUSED, "554 5.7.1 policy", id="data refused"),
        pytest.param({"DATA": "drop"}, Outcome.LATER, "SMTPServerDisconnected", id="gone in the middle"),
        pytest.param({"EHLO": "drop"}, Outcome.LATER, "relay 127.0.0.1", id="gone at the start"),
        pytest.param({"DATA": "garbage without a code"}, Outcome.LATER, "", id="no SMTP"),
    ],
)
def test_what_may_go_wrong(replies: dict[str, str], outcome: Outcome, text: str) -> None:
    with SmtpSink(replies) as sink, relay_to(sink) as relay:
        delivery = relay.send("a@our.example", "b@example.com", MAIL)
        assert delivery.outcome is outcome
        assert text in delivery.text
        assert sink.taken == []


def test_one_refusal_is_not_the_next_ones() -> None:
    with SmtpSink({"b@example.com": "550 no", "c@example.com": "450 later"}) as sink, relay_to(sink) as relay:
        outcomes = [relay.send("a@our.example", f"{who}@example.com", MAIL).outcome for who in "abcd"]
        assert outcomes == [Outcome.SENT, Outcome.REFUSED, Outcome.LATER, Outcome.SENT]


def test_relay_that_is_away_is_asked_once() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, and nobody listens
        with MailRelay(f"127.0.0.1:{closed.getsockname()[1]}", RelayTls.NEVER) as relay:
            found = [relay.send("a@our.example", "b@example.com", MAIL) for _ in range(100)]
    assert {delivery.outcome for delivery in found} == {Outcome.LATER}
    assert "ConnectionRefused" in found[0].text


def test_silent_relay_costs_one_wait() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with MailRelay(f"127.0.0.1:{silent.getsockname()[1]}", RelayTls.NEVER, seconds=0.3) as relay:
            found = {relay.send("a@our.example", "b@example.com", MAIL).outcome for _ in range(20)}
        assert found == {Outcome.LATER}
        assert time.monotonic() - began < 2


def test_required_encryption_is_not_waived() -> None:
    with SmtpSink({"STAR": "502 what?"}) as sink, relay_to(sink, tls=RelayTls.REQUIRED) as relay:
        assert relay.send("a@our.example", "b@example.com", MAIL).outcome is Outcome.LATER
        assert sink.taken == []


@pytest.mark.parametrize(
    "relay", ["", "mail", "mail:", ":25", "mail:smtp", "mail:0", "mail:65536", "mail:-1", "mail:²"]
)
def test_relay_is_a_host_and_a_port(relay: str) -> None:
    with pytest.raises(ConfigurationError, match=r"dmarc_reports\.relay"):
        MailRelay(relay, RelayTls.NEVER)
