"""Writes DMARC aggregate reports: rows to XML (RFC 7489, appendix C; RFC 9990), the file name, and the mail with it.

Names and reasons in the rows come from strangers. What XML cannot hold is replaced, all else is escaped; what goes into
file names and header fields must be a domain.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from xml.etree import ElementTree as Xml

from msgspec import Struct

from mailcore.authentication import PublishedDmarc
from mailcore.dmarc_report_settings import DmarcReports, ReportFormat
from mailcore.dmarc_rows import Reason, Row, is_address, is_policy_domain
from mailcore.errors import ConfigurationError
from mailcore.settings import DmarcOrganisation

DAY_SECONDS = 86_400
NAMESPACE_9990 = "urn:ietf:params:xml:ns:dmarc-2.0"
TEXT_CHARACTERS = 1_000

# What XML 1.0 (2.2) has no character for, and control characters that it has but nobody wants.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ONE_LINE = SMTP.clone(max_line_length=998)  # a domain may be longer than a line, and must not be cut in two


class Reporter(Struct, frozen=True, kw_only=True):
    """Who reports. `domain` is that of `address`."""

    address: str
    domain: str
    organisation: str
    contact: str = ""
    generator: str = "mailchord"


class Report(Struct, frozen=True, kw_only=True):
    """One domain's report on a UTC day that begins at `begin` (seconds since the epoch).

    `dropped` messages of this domain found no room; `lost` of the day, of any domain, could not be counted.
    """

    reporter: Reporter
    domain: str
    begin: int
    published: PublishedDmarc
    rows: tuple[tuple[Row, int], ...]
    dropped: int = 0
    lost: int = 0
    format: ReportFormat = ReportFormat.RFC_7489
    organisation_by: DmarcOrganisation = DmarcOrganisation.TREE_WALK

    @property
    def end(self) -> int:
        return self.begin + DAY_SECONDS - 1

    @property
    def unique_id(self) -> str:
        """The same for the same reporter, domain and day, so that who gets a report twice can tell."""
        text = f"{self.reporter.domain} {self.domain} {self.begin}"
        return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()

    @property
    def id(self) -> str:
        """RFC 7489 wants the form of a message id, RFC 9990 what stands in the file name."""
        is_new = self.format is ReportFormat.RFC_9990
        return self.unique_id if is_new else f"{self.unique_id}@{self.reporter.domain}"

    @property
    def messages(self) -> int:
        return sum(count for _, count in self.rows)


def reporter_of(settings: DmarcReports) -> Reporter:
    """Raises ConfigurationError where nobody is named who reports."""
    address = settings.from_address
    domain = address.rpartition("@")[2].lower()
    if not is_address(address):
        raise ConfigurationError(
            f"dmarc_reports.from_address: {address!r} is no address: reports need one, like noreply-dmarc@example.org"
        )
    organisation = _UNWRITABLE.sub(" ", settings.organisation).strip()
    return Reporter(address=address, domain=domain, organisation=organisation or domain, contact=settings.contact)


def file_name(report: Report) -> str:
    """RFC 7489, 7.2.1.1. Raises ValueError for what is no domain: a name never becomes a path."""
    for domain in (report.reporter.domain, report.domain):
        if not is_policy_domain(domain):
            raise ValueError(f"no domain: {domain[:100]!r}")
    return f"{report.reporter.domain}!{report.domain}!{report.begin}!{report.end}!{report.unique_id}.xml.gz"


def write_compressed(report: Report) -> bytes:
    """The XML, gzip-ed: the same bytes for the same report."""
    return gzip.compress(write_xml(report), mtime=0)


def write_mail(report: Report, compressed: bytes, to: str, *, now: float) -> bytes:
    """The mail with the report (RFC 7489, 7.2.1.1), to be signed by the relay. Raises ValueError like `file_name`."""
    reporter, name = report.reporter, file_name(report)
    message = EmailMessage(policy=_ONE_LINE)
    message["From"] = Address(reporter.organisation, addr_spec=reporter.address)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = f"Report Domain: {report.domain} Submitter: {reporter.domain} Report-ID: <{report.id}>"
    message["Date"] = format_datetime(datetime.fromtimestamp(int(now), UTC))
    recipient = hashlib.blake2b(to.lower().encode(), digest_size=6).hexdigest()
    message["Message-ID"] = f"<{report.unique_id}.{recipient}@{reporter.domain}>"
    # No answer, no vacation notice (RFC 3834): whoever gets it is a program.
    message["Auto-Submitted"] = "auto-generated"
    day = datetime.fromtimestamp(report.begin, UTC).date().isoformat()
    message.set_content(
        f"DMARC aggregate report of {reporter.domain} on mail from {report.domain}, {day} (UTC).\n"
        f"{report.messages} messages. The report is the attached file.\n"
    )
    message.add_attachment(compressed, maintype="application", subtype="gzip", filename=name)
    return message.as_bytes()


def write_xml(report: Report) -> bytes:
    """The report in the order of its schema."""
    is_new = report.format is ReportFormat.RFC_9990
    root = Xml.Element("feedback", {"xmlns": NAMESPACE_9990} if is_new else {})
    _text(root, "version", "1.0")
    _metadata(root, report, is_new=is_new)
    if is_new:
        _published_9990(root, report)
    else:
        _published_7489(root, report)
    for row, count in report.rows:
        _record(root, row, count, is_new=is_new)
    Xml.indent(root)
    document: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _metadata(root: Xml.Element, report: Report, *, is_new: bool) -> None:
    metadata = Xml.SubElement(root, "report_metadata")
    _text(metadata, "org_name", report.reporter.organisation)
    _text(metadata, "email", report.reporter.address)
    if report.reporter.contact:
        _text(metadata, "extra_contact_info", report.reporter.contact)
    _text(metadata, "report_id", report.id)
    dates = Xml.SubElement(metadata, "date_range")
    _text(dates, "begin", str(report.begin))
    _text(dates, "end", str(report.end))
    if errors := "; ".join(_errors(report)):
        _text(metadata, "error", errors)
    if is_new:
        _text(metadata, "generator", report.reporter.generator)


def _errors(report: Report) -> Iterable[str]:
    if report.dropped:
        yield f"{report.dropped} more messages with other results are not in this report: there were too many results"
    if report.lost:
        yield f"{report.lost} messages of that day, of this or other domains, could not be counted"


def _published_7489(root: Xml.Element, report: Report) -> None:
    published = report.published
    policy = Xml.SubElement(root, "policy_published")
    _text(policy, "domain", report.domain)
    _text(policy, "adkim", "s" if published.is_dkim_strict else "r")
    _text(policy, "aspf", "s" if published.is_spf_strict else "r")
    _text(policy, "p", published.policy)
    _text(policy, "sp", published.subdomains or published.policy)
    _text(policy, "pct", str(published.percentage))
    _text(policy, "fo", published.failure_options)


def _published_9990(root: Xml.Element, report: Report) -> None:
    published = report.published
    policy = Xml.SubElement(root, "policy_published")
    is_walk = report.organisation_by is DmarcOrganisation.TREE_WALK
    _text(policy, "domain", report.domain)
    _text(policy, "discovery_method", "treewalk" if is_walk else "psl")
    _text(policy, "p", published.policy)
    _text(policy, "sp", published.subdomains or published.policy)
    _text(policy, "np", published.nonexistent or published.subdomains or published.policy)
    _text(policy, "fo", published.failure_options)
    _text(policy, "adkim", "s" if published.is_dkim_strict else "r")
    _text(policy, "aspf", "s" if published.is_spf_strict else "r")
    _text(policy, "testing", "y" if published.is_testing else "n")


def _record(root: Xml.Element, row: Row, count: int, *, is_new: bool) -> None:
    record = Xml.SubElement(root, "record")
    counted = Xml.SubElement(record, "row")
    _text(counted, "source_ip", row.source)
    _text(counted, "count", str(count))
    evaluated = Xml.SubElement(counted, "policy_evaluated")
    has_passed = "pass" in (row.dkim, row.spf)
    _text(evaluated, "disposition", "pass" if is_new and has_passed else row.disposition)
    _text(evaluated, "dkim", row.dkim)
    _text(evaluated, "spf", row.spf)
    for reason in _reasons(row.reasons, is_new=is_new):
        element = Xml.SubElement(evaluated, "reason")
        _text(element, "type", reason.type)
        if reason.comment:
            _text(element, "comment", reason.comment)
    identifiers = Xml.SubElement(record, "identifiers")
    names = [("envelope_from", row.envelope_from), ("header_from", row.header_from)]
    for tag, name in reversed(names) if is_new else names:
        _text(identifiers, tag, name)
    _auth_results(record, row, is_new=is_new)


def _auth_results(record: Xml.Element, row: Row, *, is_new: bool) -> None:
    results = Xml.SubElement(record, "auth_results")
    for signature in row.dkim_results:
        dkim = Xml.SubElement(results, "dkim")
        _text(dkim, "domain", signature.domain)
        _text(dkim, "selector", signature.selector)
        _text(dkim, "result", signature.result)
        if signature.text:
            _text(dkim, "human_result", signature.text)
    checked = row.spf_result
    # RFC 7489 wants one always, RFC 9990 only where there is a domain, which is that of MAIL FROM whatever it was.
    if checked.domain or not is_new:
        spf = Xml.SubElement(results, "spf")
        _text(spf, "domain", checked.domain or row.envelope_from)
        _text(spf, "scope", "mfrom" if is_new else checked.scope)
        _text(spf, "result", checked.result)


def _reasons(reasons: Sequence[Reason], *, is_new: bool) -> Iterable[Reason]:
    """In the words of the schema; what it has no word for is `other`, with the word as its comment."""
    unknown = ("sampled_out", "forwarded") if is_new else ("policy_test_mode",)
    for reason in reasons:
        if reason.type in unknown:
            yield Reason("other", reason.comment or reason.type)
        else:
            yield reason


def _text(parent: Xml.Element, tag: str, text: str) -> None:
    Xml.SubElement(parent, tag).text = _UNWRITABLE.sub("\ufffd", text[:TEXT_CHARACTERS])
