"""Handing mail to a relay that takes it, refuses it, asks for patience, or falls silent."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "sink.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def encrypting(certificate: Path) -> Iterator[SmtpSink]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with SmtpSink(tls=context) as sink:
        yield sink


@pytest.mark.parametrize(
    ("tls", "outcome", "encrypted"),
    [
        pytest.param(RelayTls.IF_OFFERED, Outcome.SENT, [True], id="whoever it is"),
        pytest.param(RelayTls.REQUIRED, Outcome.LATER, [], id="a certificate that nobody knows"),
        pytest.param(RelayTls.NEVER, Outcome.SENT, [False], id="never"),
    ],
)
def test_encryption(encrypting: SmtpSink, tls: RelayTls, outcome: Outcome, encrypted: list[bool]) -> None:
    with relay_to(encrypting, tls=tls) as relay:
        assert relay.send("a@our.example", "b@example.com", MAIL).outcome is outcome
    assert [taken.encrypted for taken in encrypting.taken] == encrypted


def test_required_encryption_with_a_known_certificate(
    encrypting: SmtpSink, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with relay_to(encrypting, tls=RelayTls.REQUIRED) as relay:
        assert relay.send("a@our.example", "b@example.com", MAIL) == Delivery(outcome=Outcome.SENT)
    assert [taken.encrypted for taken in encrypting.taken] == [True]


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
