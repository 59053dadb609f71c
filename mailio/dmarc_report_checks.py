"""What the section `dmarc_reports` must satisfy: addresses that fit into header fields, a relay that can be asked."""

from __future__ import annotations

from mailcore.dmarc_report_settings import DmarcReports
from mailcore.dmarc_rows import is_address
from mailio.mail_relay import is_relay
from mailio.yaml_document import Reject


def check_dmarc_reports(settings: DmarcReports, reject: Reject) -> None:
    """Raises ConfigurationError for the first setting that no report could be sent by."""
    section = "dmarc_reports"
    if settings.from_address and not is_address(settings.from_address):
        reject((section, "from_address"), f"expected an address such as a@example.org, got {settings.from_address!r}")
    if settings.send and not settings.from_address:
        reject((section, "send"), "reports need a from_address, such as noreply-dmarc@example.org")
    for index, mailbox in enumerate(settings.report_mailboxes):
        if not is_address(mailbox):
            reject((section, "report_mailboxes", index), f"expected an address such as a@example.org, got {mailbox!r}")
    if not is_relay(settings.relay):
        reject((section, "relay"), f"expected HOST:PORT such as 127.0.0.1:25, got {settings.relay!r}")
    if settings.most_domain_rows > settings.most_rows:
        reject((section, "most_domain_rows"), f"must not be more than most_rows ({settings.most_rows})")
