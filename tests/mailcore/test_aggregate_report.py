"""The report as XML, as a file and as a mail: in order, escaped, and never a path or a header field of its own."""

from __future__ import annotations

import email
import email.policy
import gzip
import re
import time
from xml.etree.ElementTree import Element, fromstring

import pytest
from msgspec.structs import replace

from mailcore.aggregate_report import (
    NAMESPACE_9990,
    Report,
    Reporter,
    file_name,
    reporter_of,
    write_compressed,
    write_mail,
    write_xml,
)
from mailcore.authentication import PublishedDmarc
from mailcore.dmarc_report_settings import DmarcReports, ReportFormat
from mailcore.dmarc_rows import DkimRow, Reason, Row, SpfRow, is_address
from mailcore.errors import ConfigurationError
from mailcore.settings import DmarcOrganisation
from tests.mailcore.report_schema import RFC_7489, RFC_9990, problems

BEGIN = 1_795_305_600  # 2026-11-22, 00:00:00 UTC
PASSED = Row(
    "192.0.2.1",
    "none",
    "pass",
    "fail",
    (),
    "news.example.com",
    "bounce.example.net",
    (DkimRow("example.com", "s1", "pass"), DkimRow("example.net", "s2", "permerror", "no key")),
    SpfRow("bounce.example.net", "mfrom", "softfail"),
)
REASONS = (
    Reason("local_policy"),
    Reason("policy_test_mode", "t=y"),
    Reason("sampled_out"),
    Reason("trusted_forwarder", "arc=pass"),
    Reason("mailing_list"),
    Reason("forwarded"),
)
FAILED = Row("2001:db8::1", "quarantine", "fail", "fail", REASONS, "example.com", "", (), SpfRow("", "helo", "none"))
PUBLISHED = PublishedDmarc(
    policy="reject",
    subdomains="quarantine",
    is_spf_strict=True,
    percentage=50,
    failure_options="1:d",
    report_to=("mailto:rua@example.com",),
)
REPORT = Report(
    reporter=Reporter(address="noreply@our.example", domain="our.example", organisation="Our Company & Söhne"),
    domain="example.com",
    begin=BEGIN,
    published=PUBLISHED,
    rows=((PASSED, 3), (FAILED, 39)),
)
NEW = replace(REPORT, format=ReportFormat.RFC_9990)
FORMATS = pytest.mark.parametrize("report", [REPORT, NEW], ids=["rfc7489", "rfc9990"])


def read(report: Report) -> Element:
    """The report as its readers get it; it must fit the schema of its format."""
    root = fromstring(write_xml(report))
    is_new = report.format is ReportFormat.RFC_9990
    found = problems(root, RFC_9990, namespace=NAMESPACE_9990) if is_new else problems(root, RFC_7489)
    assert found == []
    if is_new:
        for element in root.iter():
            element.tag = element.tag.removeprefix(f"{{{NAMESPACE_9990}}}")
    return root


def texts(root: Element, path: str) -> list[str]:
    return [element.text or "" for element in root.findall(path)]


@FORMATS
def test_counts_and_results_come_out_as_they_went_in(report: Report) -> None:
    root = read(report)
    assert texts(root, "record/row/count") == ["3", "39"]
    assert texts(root, "record/row/source_ip") == ["192.0.2.1", "2001:db8::1"]
    assert texts(root, "record/identifiers/header_from") == ["news.example.com", "example.com"]
    assert texts(root, "record/identifiers/envelope_from") == ["bounce.example.net", ""]
    assert texts(root, "record/auth_results/dkim/selector") == ["s1", "s2"]
    assert texts(root, "record/auth_results/dkim/human_result") == ["no key"]
    assert texts(root, "report_metadata/date_range/begin") == [str(BEGIN)]
    assert texts(root, "report_metadata/date_range/end") == [str(BEGIN + 86_399)]
    assert texts(root, "report_metadata/org_name") == ["Our Company & Söhne"]


def test_policy_and_reasons_by_rfc_7489() -> None:
    root = read(REPORT)
    said = {element.tag: element.text for element in root.findall("policy_published/*")}
    assert said == {
        "domain": "example.com",
        "adkim": "r",
        "aspf": "s",
        "p": "reject",
        "sp": "quarantine",
        "pct": "50",
        "fo": "1:d",
    }
    assert texts(root, "record/row/policy_evaluated/disposition") == ["none", "quarantine"]
    types = ["local_policy", "other", "sampled_out", "trusted_forwarder", "mailing_list", "forwarded"]
    assert texts(root, "record/row/policy_evaluated/reason/type") == types
    assert texts(root, "record/row/policy_evaluated/reason/comment") == ["t=y", "arc=pass"]
    assert texts(root, "record/auth_results/spf/scope") == ["mfrom", "helo"]


def test_policy_and_reasons_by_rfc_9990() -> None:
    report = replace(NEW, published=replace(PUBLISHED, nonexistent="reject", is_testing=True))
    root = read(report)
    said = {element.tag: element.text for element in root.findall("policy_published/*")}
    assert said == {
        "domain": "example.com",
        "discovery_method": "treewalk",
        "p": "reject",
        "sp": "quarantine",
        "np": "reject",
        "fo": "1:d",
        "adkim": "r",
        "aspf": "s",
        "testing": "y",
    }
    assert texts(root, "record/row/policy_evaluated/disposition") == ["pass", "quarantine"]
    types = ["local_policy", "policy_test_mode", "other", "trusted_forwarder", "mailing_list", "other"]
    assert texts(root, "record/row/policy_evaluated/reason/type") == types
    assert texts(root, "record/row/policy_evaluated/reason/comment") == ["t=y", "sampled_out", "arc=pass", "forwarded"]
    assert texts(root, "record/auth_results/spf/domain") == ["bounce.example.net"], "nothing was asked for the other"
    by_list = read(replace(report, organisation_by=DmarcOrganisation.PUBLIC_SUFFIX_LIST))
    assert texts(by_list, "policy_published/discovery_method") == ["psl"]


@FORMATS
def test_tags_that_were_not_given_have_their_defaults(report: Report) -> None:
    root = read(replace(report, published=PublishedDmarc(policy="quarantine", report_to=("mailto:a@example.com",))))
    assert texts(root, "policy_published/sp") == ["quarantine"]
    assert texts(root, "policy_published/fo") == ["0"]


@FORMATS
def test_what_is_missing_is_said(report: Report) -> None:
    assert texts(read(report), "report_metadata/error") == []
    [error] = texts(read(replace(report, dropped=17, lost=4)), "report_metadata/error")
    assert "17 more messages" in error
    assert "4 messages of that day" in error


HOSTILE = [
    pytest.param("]]>", id="the end of CDATA"),
    pytest.param("</header_from></identifiers></record></feedback>", id="closing tags"),
    pytest.param('<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>&y;', id="an entity"),
    pytest.param("&lt;&#0;&amp;&", id="references"),
    pytest.param("".join(map(chr, range(0x20))) + "\x7f\x85\x9f", id="control characters"),
    pytest.param("\ud800\udfff\ufffe\uffff", id="what UTF-8 cannot say"),
    pytest.param("x" * 65_536, id="without an end"),
    pytest.param("\u202egnp.exe\u2066", id="from right to left"),
]


@FORMATS
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(report: Report, text: str) -> None:
    row = Row(
        "192.0.2.1",
        "none",
        "fail",
        "fail",
        (Reason("other", text),),
        text,
        text,
        (DkimRow(text, text, "fail", text),) * 3,
        SpfRow(text, "mfrom", "fail"),
    )
    root = read(replace(report, rows=((row, 1), (PASSED, 2))))
    assert texts(root, "record/row/count") == ["1", "2"]
    written = texts(root, "record/identifiers/header_from")[0]
    assert len(written) <= 1_000
    # What XML has a character for is there as it was.
    assert re.sub("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)[:1_000] == written


def test_ten_thousand_rows_are_written_in_a_moment() -> None:
    rows = tuple((replace_source(PASSED, f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"), 1) for n in range(10_000))
    began = time.monotonic()
    compressed = write_compressed(replace(REPORT, rows=rows))
    assert time.monotonic() - began < 10
    assert len(compressed) < 1_000_000
    assert len(fromstring(gzip.decompress(compressed)).findall("record")) == 10_000


def replace_source(row: Row, source: str) -> Row:
    return replace(row, source=source)


def test_the_same_report_is_the_same_file() -> None:
    assert write_compressed(REPORT) == write_compressed(replace(REPORT))
    assert file_name(REPORT) == file_name(replace(REPORT, rows=()))
    others = [replace(REPORT, domain="example.net"), replace(REPORT, begin=BEGIN + 86_400)]
    assert len({REPORT.unique_id, *(other.unique_id for other in others)}) == 3


def test_file_name_follows_the_rfc() -> None:
    assert re.fullmatch(
        r"our\.example!example\.com!1795305600!1795391999![a-z0-9]+\.xml\.gz",
        file_name(REPORT),
    )


@pytest.mark.parametrize(
    "domain",
    ["..", "../../etc/passwd", "/etc", "a/b", "", ".", "a\x00b", "a\nb", "a!b", "a b", "a;rm", "ä.example", "a" * 300],
)
def test_what_is_no_domain_never_becomes_a_file(domain: str) -> None:
    with pytest.raises(ValueError, match="no domain"):
        file_name(replace(REPORT, domain=domain))
    with pytest.raises(ValueError, match="no domain"):
        write_mail(replace(REPORT, domain=domain), b"", "rua@example.com", now=BEGIN)
    with pytest.raises(ValueError, match="no domain"):
        file_name(replace(REPORT, reporter=replace(REPORT.reporter, domain=domain)))


@FORMATS
@pytest.mark.parametrize("domain", ["example.com", ".".join(["a" * 63] * 3 + ["b" * 61])], ids=["short", "longest"])
def test_mail_that_carries_it(report: Report, domain: str) -> None:
    report = replace(report, domain=domain)
    raw = write_mail(report, write_compressed(report), "rua@example.com", now=BEGIN + 90_000)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == f"Report Domain: {domain} Submitter: our.example Report-ID: <{report.id}>"
    assert f"Report Domain: {domain} Submitter: our.example Report-ID: <{report.id}>".encode() in raw, "not encoded"
    assert message["From"].addresses[0].addr_spec == "noreply@our.example"
    assert message["From"].addresses[0].display_name == "Our Company & Söhne"
    assert (message["To"], message["Auto-Submitted"]) == ("rua@example.com", "auto-generated")
    [attachment] = message.iter_attachments()
    assert attachment.get_content_type() == "application/gzip"
    assert attachment.get_filename() == file_name(report)
    assert gzip.decompress(attachment.get_payload(decode=True)) == write_xml(report)
    assert "42 messages" in message.get_body().get_content()


def test_report_ids_have_the_form_of_their_rfc() -> None:
    assert re.fullmatch(r"[a-f0-9]+@our\.example", REPORT.id)
    assert f"!{NEW.id}.xml.gz" in file_name(NEW), "RFC 9990, 3.1.4: the same everywhere"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a b@c.example",
        "a@b\r\nBcc: x@y",
        "a\r\n@b.example",
        "<a@b.example>",
        '"a"@b.c',
        "a,b@c.example",
        ".a@b.example",
        "a..b@c.example",
        "a@-b.example",
        "x" * 65 + "@b.example",
        "ä@b.example",
    ],
)
def test_no_address_to_report_from(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(ConfigurationError, match="from_address"):
        reporter_of(DmarcReports(from_address=address))


def test_reporter_is_named_by_the_settings() -> None:
    assert reporter_of(DmarcReports(from_address="no-reply+d@Our.Example")) == Reporter(
        address="no-reply+d@Our.Example", domain="our.example", organisation="our.example"
    )
    named = reporter_of(DmarcReports(from_address="a@our.example", organisation="Our\r\nBcc: x", contact="https://x"))
    assert (named.organisation, named.contact) == ("Our  Bcc: x", "https://x")
    assert b"\r\nBcc" not in write_mail(replace(REPORT, reporter=named), b"", "a@example.com", now=BEGIN)
