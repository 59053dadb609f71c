"""Who is really sending, from outside: a real name server, a real Postfix, a whole mailchord between them."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import redis

from mailcore.settings import AUTH
from mailio.redis_client import connect
from tasks.auth_queue import OVERDUE_SECONDS
from tests.dns_proxy import DnsProxy, deaf, honest
from tests.dns_server import NameServer, skip_without_nsd
from tests.mail import mail
from tests.postfix import Client, PrivatePostfix, Reply, needs_postfix
from tests.system.installation import Installation, eventually
from tests.workers.auth.sealing import sealed
from tests.workers.auth.signing import SELECTOR, record, rsa_key, signed

pytestmark = [pytest.mark.system, needs_postfix, pytest.mark.timeout(300)]

BUDGET = 3.0
# What Postfix, the scan itself and a busy machine take beside waiting for the DNS.
SLACK = 4.0
US = "mx.example.org"
OWN = Client(address="203.0.113.9", name="mail.strict.test", helo="mail.strict.test")
FORWARDER = Client(address="203.0.113.77", name="mail.list.test", helo="mail.list.test")
STRANGER = Client(address="203.0.113.66", name="unknown", helo="mail.stranger.test")
FOUND = "dkim=pass header.d=strict.test; spf=pass smtp.mailfrom=anna@strict.test; dmarc=pass header.from=strict.test"


def zone() -> str:
    """Two domains of senders, one strict and one that only watches, and two servers that forward and seal."""
    key = record(rsa_key())
    lines = []
    for name, policy in (("strict", "reject"), ("watching", "none")):
        lines += [
            f'{name} TXT "v=spf1 ip4:203.0.113.9 -all"',
            f'_dmarc.{name} TXT "v=DMARC1; p={policy}"',
            f"mail.{name} A 203.0.113.9",
        ]
    for name in ("strict", "watching", "list", "other"):
        lines.append(f'{SELECTOR}._domainkey.{name} TXT "{key[:200]}" "{key[200:]}"')
    lines += ['list TXT "v=spf1 ip4:203.0.113.77 -all"', "mail.list A 203.0.113.77"]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def name_server() -> Iterator[DnsProxy]:
    skip_without_nsd()
    names = "9 PTR mail.strict.test.\n77 PTR mail.list.test.\n"
    zones = {"test": zone(), "113.0.203.in-addr.arpa": names}
    # Nothing is in these: the server answers that for mail which has to pass before the tests begin.
    zones |= dict.fromkeys(("net", "org"), "")
    with (
        NameServer(zones) as server,
        DnsProxy(server=server.port) as proxy,
    ):
        yield proxy


@pytest.fixture(scope="module")
def installation(name_server: DnsProxy) -> Iterator[Installation]:
    settings = {
        "front": {"authserv_id": US},
        "auth": {"seconds": BUDGET, "trusted_sealers": ["list.test"]},
        "dns": {
            "zone_file": "",
            "servers": [name_server.address],
            "lookup_seconds": 1.0,
            "failure_seconds": 1.0,
        },
        "workers": [
            {"pools": ["intake", "aggregate"], "processes": 2},
            {"pools": ["auth"], "threads": 8},
            {"pools": ["content", "urls", "ml", "attachments", "ocr", "sandbox", "late"], "processes": 1},
        ],
    }
    with Installation(settings) as running:
        yield running


@pytest.fixture(scope="module")
def postfix(installation: Installation) -> Iterator[PrivatePostfix]:
    with PrivatePostfix(milter=installation.listen) as running:
        yield running


@pytest.fixture(autouse=True)
def _answering(name_server: DnsProxy) -> Iterator[None]:
    yield
    name_server.behave = honest


class Sent:
    """A message from Anna under a subject of its own."""

    numbers = iter(range(1_000_000))

    def __init__(self, postfix: PrivatePostfix, domain: str) -> None:
        self.subject = f"Minutes {next(self.numbers):04d}"
        self.sender = f"anna@{domain}"
        sender = f"Anna Example <{self.sender}>"
        self.raw = mail(subject=self.subject, sender=sender, text="The minutes of Monday are ready.\n")
        self._postfix = postfix

    def signed_by(self, domain: str) -> Sent:
        self.raw = signed(self.raw, d=domain)
        return self

    def altered(self) -> Sent:
        self.raw = self.raw.replace(b"Monday", b"Tuesday")
        return self

    def sealed_by(self, domain: str) -> Sent:
        self.raw = sealed(self.raw, domain=domain, found=FOUND)
        return self

    def send(self, client: Client, *, sender: str | None = None) -> Reply:
        sender = self.sender if sender is None else sender
        return self._postfix.send(self.raw, sender=sender, recipients=["bob@example.org"], client=client)

    def delivered(self) -> EmailMessage:
        assert eventually(self._copies), self._postfix.log()
        [copy] = self._copies()
        return copy

    def results(self) -> str:
        """What we say of the sender in the delivered message."""
        [field] = [str(value) for value in self.delivered().get_all("Authentication-Results", [])]
        assert field.startswith(US)
        return " ".join(field.split())

    def _copies(self) -> list[EmailMessage]:
        return [copy for copy in self._postfix.messages() if self.subject in str(copy["Subject"])]


def queue_id_in(reply: Reply) -> str:
    return reply.text.rpartition(" ")[2]


@pytest.mark.parametrize("turn", ["first, the DNS has to be asked", "second, everything is remembered"])
def test_signed_mail_passes(postfix: PrivatePostfix, turn: str) -> None:
    sent = Sent(postfix, "strict.test").signed_by("strict.test")
    assert sent.send(OWN).accepted, turn
    results = sent.results()
    for wanted in ("dkim=pass", "header.d=strict.test", "spf=pass", "dmarc=pass", "header.from=strict.test"):
        assert wanted in results, (turn, results)


def test_altered_mail_fails(postfix: PrivatePostfix) -> None:
    """Its owner only watches, so it arrives, with the result for whoever reads it."""
    sent = Sent(postfix, "watching.test").signed_by("watching.test").altered()
    assert sent.send(STRANGER).accepted
    results = sent.results()
    assert "dkim=fail" in results
    assert "body was altered" in results
    assert "spf=fail" in results
    assert "dmarc=fail" in results


def test_results_that_somebody_wrote_under_our_name_are_removed(postfix: PrivatePostfix) -> None:
    sent = Sent(postfix, "watching.test")
    sent.raw = f"Authentication-Results: {US}; dmarc=pass header.from=watching.test\r\n".encode() + sent.raw
    assert sent.send(STRANGER).accepted
    assert "dmarc=fail" in sent.results()


def test_forged_mail_of_a_strict_domain_is_refused(installation: Installation, postfix: PrivatePostfix) -> None:
    sent = Sent(postfix, "strict.test")
    reply = sent.send(STRANGER)
    assert reply.code == 550
    assert "5.7.1" in reply.text
    assert "strict.test" in reply.text
    assert "DMARC" in reply.text


def test_altered_mail_of_a_strict_domain_is_refused(postfix: PrivatePostfix) -> None:
    reply = Sent(postfix, "strict.test").signed_by("strict.test").altered().send(STRANGER)
    assert (reply.code, "5.7.1" in reply.text) == (550, True)


def test_forwarded_mail_with_the_seal_of_a_trusted_server_is_accepted(postfix: PrivatePostfix) -> None:
    sent = Sent(postfix, "strict.test").signed_by("strict.test").altered().sealed_by("list.test")
    assert sent.send(FORWARDER, sender="bounces@list.test").accepted
    results = sent.results()
    assert "arc=pass" in results
    assert "dkim=fail" in results
    assert "dmarc=pass" in results


def test_the_seal_of_anybody_else_changes_nothing(postfix: PrivatePostfix) -> None:
    sent = Sent(postfix, "strict.test").signed_by("strict.test").altered().sealed_by("other.test")
    reply = sent.send(FORWARDER, sender="bounces@list.test")
    assert (reply.code, "5.7.1" in reply.text) == (550, True)


def test_a_dead_name_server_holds_no_message_past_the_budget(
    installation: Installation, postfix: PrivatePostfix, name_server: DnsProxy
) -> None:
    """Nor does it make anything of the message: what nobody knows is neither good nor bad."""
    name_server.behave = deaf
    sent = Sent(postfix, "never-asked-before.test")
    began = time.monotonic()
    reply = sent.send(OWN)
    took = time.monotonic() - began
    assert reply.accepted, reply
    assert took < BUDGET + SLACK
    results = sent.results()
    assert "spf=temperror" in results
    assert "dmarc=temperror" in results
    line = installation.answered(queue_id_in(reply))
    assert line["action"] == "accept"
    assert any("auth" in reason and "did not answer for" in reason for reason in line["reasons"]), line


def test_messages_wait_for_a_dead_name_server_side_by_side(postfix: PrivatePostfix, name_server: DnsProxy) -> None:
    """As many as there are threads; and meanwhile mail of a domain that is remembered waits for nothing."""
    Sent(postfix, "strict.test").signed_by("strict.test").send(OWN)
    name_server.behave = deaf
    took: dict[str, float] = {}

    def send(domain: str) -> None:
        began = time.monotonic()
        assert Sent(postfix, domain).send(OWN).accepted
        took[domain] = time.monotonic() - began

    waiting = [threading.Thread(target=send, args=(f"silent-{number}.test",)) for number in range(6)]
    for thread in waiting:
        thread.start()
    send("strict.test")
    for thread in waiting:
        thread.join()
    assert len(took) == 7
    assert max(took.values()) < BUDGET + SLACK
    assert min(took, key=lambda domain: took[domain]) == "strict.test"


def test_without_workers_for_it_mail_goes_on(installation: Installation, postfix: PrivatePostfix) -> None:
    """The first ones wait for a worker, those behind them no longer: policy lets mail pass without this pool."""
    worker = installation.part("worker-auth")
    os.kill(worker, signal.SIGSTOP)
    try:
        # The first is in the hands of the worker that is frozen, the second in its queue.
        first = [threading.Thread(target=Sent(postfix, f"first-{number}.test").send, args=(OWN,)) for number in "12"]
        for thread in first:
            thread.start()
        assert eventually(lambda: broker(installation).llen(AUTH) == 1)
        time.sleep(OVERDUE_SECONDS + 0.5)
        began = time.monotonic()
        reply = Sent(postfix, "behind-them.test").send(OWN)
        took = time.monotonic() - began
    finally:
        os.kill(worker, signal.SIGCONT)
    for thread in first:
        thread.join()
    assert reply.accepted, reply
    assert took < SLACK
    line = installation.answered(queue_id_in(reply))
    assert line["partial"]
    assert any("The auth pool did not finish in time" in reason for reason in line["reasons"]), line


def broker(installation: Installation) -> redis.Redis:
    return connect(f"unix://{installation.state}/redis/broker.sock?db=0", timeout=2.0)
