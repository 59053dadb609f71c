"""What is refused in the section `dmarc_reports`, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailio.configuration import load_settings

REFUSED = {
    "no address": ("{from_address: example.org}", "dmarc_reports.from_address: expected an address"),
    "a name before it": ("{from_address: 'A <a@example.org>'}", "dmarc_reports.from_address: expected an address"),
    "a header field in it": (r'{from_address: "a@example.org\r\nBcc: b@example.org"}', "dmarc_reports.from_address"),
    "sent by nobody": ("{send: true}", "dmarc_reports.send: reports need a from_address"),
    "domain for a mailbox": ("{report_mailboxes: [a@b.example, example.org]}", "dmarc_reports.report_mailboxes.1:"),
    "relay without port": ("{relay: mail.example.org}", "dmarc_reports.relay: expected HOST:PORT"),
    "relay without host": ("{relay: ':25'}", "dmarc_reports.relay: expected HOST:PORT"),
    "port of no number": ("{relay: 'mail.example.org:smtp'}", "dmarc_reports.relay: expected HOST:PORT"),
    "port too high": ("{relay: 'mail.example.org:70000'}", "dmarc_reports.relay: expected HOST:PORT"),
    "bare IPv6": ("{relay: '::1:25'}", "dmarc_reports.relay: expected HOST:PORT"),
    "URL": ("{relay: 'smtp://mail.example.org:25'}", "dmarc_reports.relay: expected HOST:PORT"),
    "more of one than of all": ("{most_domain_rows: 30000}", "dmarc_reports.most_domain_rows: must not be more"),
    "no destination": ("{most_destinations: 0}", "dmarc_reports.most_destinations"),
    "another format": ("{format: csv}", "dmarc_reports.format"),
    "unknown key": ("{organization: x}", "did you mean 'organisation'"),
}
ACCEPTED = {
    "nothing": "{}",
    "switched off": "{collect: false}",
    "sent": "{send: true, from_address: noreply-dmarc@example.org, relay: 'mail.example.org:587'}",
    "IPv6 relay": "{relay: '[::1]:25', relay_tls: required}",
    "mailboxes": "{report_mailboxes: [dmarc@example.org, DMARC@example.net], format: rfc9990}",
    "fewer rows": "{most_domain_rows: 100, most_rows: 100}",
}


def load(section: str, tmp_path: Path) -> None:
    file = tmp_path / "mailchord.yaml"
    file.write_text(f"dmarc_reports: {section}\n", encoding="utf-8")
    load_settings(file, {})


@pytest.mark.parametrize(("section", "says"), REFUSED.values(), ids=REFUSED)
def test_refused(section: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load(section, tmp_path)
    assert says in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("section", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(section: str, tmp_path: Path) -> None:
    load(section, tmp_path)
