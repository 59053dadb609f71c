"""The whole pool on a resolver that is dead, slow or lies: in time, never a pass and never a fail, and it says so."""

from __future__ import annotations

import time

import dns.message
import dns.rcode
import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthResult
from mailcore.parse import parse
from mailcore.settings import Auth, Dns
from mailcore.verdict import PoolReport, PoolStatus
from mailcore.view import MailView
from mailio.dns_cache import open_resolver
from tests.dns_proxy import Behaviour, DnsProxy, deaf, raw, says, under_other_ids
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import FORGED, configured, mail
from workers.auth import build
from workers.runner import run_pool

BUDGET = 1.0


def verified(server: DnsProxy) -> tuple[PoolReport, float]:
    """The report on a forged message, and the seconds that it took."""
    settings = replace(configured(), auth=Auth(seconds=BUDGET))
    pool = build(open_resolver(Dns(servers=(server.address,), lookup_seconds=0.4)), settings=settings)
    message = signed(mail())
    view = MailView(envelope=FORGED, message=parse(message, message_id="test").message)
    begun = time.monotonic()
    report = run_pool(pool, view, {"raw": message}, seconds=6.0)
    return report, time.monotonic() - begun


@pytest.mark.parametrize(
    ("behave", "delay"),
    [
        pytest.param(deaf, 0.0, id="dead"),
        pytest.param(says("@ A 192.0.2.1"), 1.5, id="too slow"),
        pytest.param(says(rcode=dns.rcode.SERVFAIL), 0.0, id="fails"),
        pytest.param(says(rcode=dns.rcode.REFUSED), 0.0, id="refuses"),
        pytest.param(under_other_ids(says('@ TXT "v=spf1 -all"')), 0.0, id="answers under other ids"),
        pytest.param(raw(b"\x81\x80" + b"\xff" * 40), 0.0, id="talks rubbish"),
        pytest.param(says("@ CNAME b.test.", "b.test. CNAME c.test.", "c.test. CNAME b.test."), 0.0, id="in circles"),
        pytest.param(says(*(f'@ TXT "{number}"' for number in range(300))), 0.0, id="never ends"),
        pytest.param(says("@ TXT " + " ".join(['"' + "v=spf1 " * 30 + '"'] * 250)), 0.0, id="64 kB"),
    ],
)
def test_nothing_is_judged_by_what_is_not_known(behave: Behaviour, delay: float) -> None:
    with DnsProxy(behave=behave, delay=delay) as server:
        report, took = verified(server)
    assert took < BUDGET + 1.0
    assert report.status is PoolStatus.PARTIAL
    assert "the DNS did not answer for" in report.reason
    assert report.auth is not None
    known = {report.auth.spf, report.auth.dmarc, *(each.result for each in report.auth.dkim)}
    assert known.isdisjoint({AuthResult.PASS, AuthResult.FAIL})
    assert not report.errors
    assert sum(finding.weight for finding in report.findings) < 1


def test_a_silent_server_of_the_forger_saves_no_forgery() -> None:
    """He signs with a key of his own that never comes; SPF of the domain that he forges takes several rounds."""
    zone = {
        "example.com.": 'TXT "v=spf1 include:one.example.com -all"',
        "one.example.com.": 'TXT "v=spf1 include:two.example.com -all"',
        "two.example.com.": 'TXT "v=spf1 ip4:192.0.2.1 -all"',
        "_dmarc.example.com.": 'TXT "v=DMARC1; p=reject"',
    }

    def behave(question: bytes, answer: bytes) -> list[bytes]:
        name = dns.message.from_wire(question).question[0].name.to_text().lower()
        if name.endswith("silent.example."):
            return []
        record = zone.get(name)
        return (says(f"@ {record}") if record else says(rcode=dns.rcode.NXDOMAIN))(question, answer)

    settings = replace(configured(), auth=Auth(seconds=BUDGET))
    raw_message = signed(mail(), d="silent.example")
    envelope = replace(FORGED, sender="alice@example.com")
    view = MailView(envelope=envelope, message=parse(raw_message, message_id="test").message)
    with DnsProxy(behave=behave) as server:
        resolver = open_resolver(Dns(servers=(server.address,), lookup_seconds=2.0))
        report = run_pool(build(resolver, settings=settings), view, {"raw": raw_message}, seconds=6.0)
    assert report.auth is not None
    assert (report.auth.spf, report.auth.dmarc) == (AuthResult.FAIL, AuthResult.FAIL)
    assert report.auth.missing == ("DKIM",)
    assert "dmarc_reject" in {finding.id for finding in report.findings}
