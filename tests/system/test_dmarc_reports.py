"""Aggregate reports from outside: mail comes in, `mailchord dmarc list` knows how many and what became of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from mailcore.dmarc_report_settings import DmarcReports
from mailio.dmarc_store import Collected, DmarcStore, utc_day
from mailio.redis_client import connect
from tests.system.installation import ROOT, Installation, environment, eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

ZONE = """
strict.test TXT "v=spf1 ip4:203.0.113.9 -all"
_dmarc.strict.test TXT "v=DMARC1; p=reject; rua=mailto:rua@strict.test"
mail.strict.test A 203.0.113.9
9.113.0.203.in-addr.arpa PTR mail.strict.test
silent.test TXT "v=spf1 ip4:203.0.113.9 -all"
_dmarc.silent.test TXT "v=DMARC1; p=reject"
"""
OWN, STRANGER = "203.0.113.9", "203.0.113.66"


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    running = Installation()
    (running.directory / "dns.zone").write_text(ZONE)
    with running:
        yield running


def send(installation: Installation, domain: str, *, address: str, recipient: bytes = b"<bob@example.com>") -> str:
    """What became of a message in the name of that domain, from that client."""
    author = f"anna@{domain}".encode()
    with installation.client() as client:
        client.greet(address=address, name=f"mail.{domain}")
        headers = [(b"From", b" Anna Example <" + author + b">"), (b"Subject", b" Minutes of Monday")]
        return client.message(headers, sender=b"<" + author + b">", recipients=[recipient]).outcome


def listed(installation: Installation) -> list[str]:
    """What an administrator reads of today."""
    words = [sys.executable, "-m", "mailchord", "-c", str(installation.configuration), "dmarc", "list"]
    done = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


def collected(installation: Installation, domain: str) -> Collected | None:
    client = connect(f"unix://{installation.state}/redis/state.sock?db=0", timeout=5.0)
    return DmarcStore(client, DmarcReports()).load(utc_day(time.time()), domain)


def test_answered_mail_is_counted_by_what_was_answered(installation: Installation) -> None:
    assert [send(installation, "strict.test", address=OWN) for _ in range(3)] == ["accept"] * 3
    assert [send(installation, "strict.test", address=STRANGER) for _ in range(2)] == ["reject"] * 2
    assert send(installation, "silent.test", address=OWN) == "accept"

    assert eventually(lambda: "  strict.test  5" in listed(installation), seconds=20, pause=0.5), listed(installation)
    assert not any("silent.test" in line for line in listed(installation)), "it did not ask for reports"
    found = collected(installation, "strict.test")
    assert found is not None
    counts = {(row.source, row.disposition, row.dkim, row.spf): count for row, count in found.rows}
    assert counts == {(OWN, "none", "fail", "pass"): 3, (STRANGER, "reject", "fail", "fail"): 2}
    assert found.published.report_to == ("mailto:rua@strict.test",)
