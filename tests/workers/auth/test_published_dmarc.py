"""What the facts keep of a DMARC record and of what passed by it, for the reports to its owner."""

from __future__ import annotations

import pytest

from mailcore.authentication import AuthResult, PublishedDmarc
from mailcore.dmarc_rows import row_of
from mailcore.verdict import Action
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import FORGED, RECORDS, facts_of, keys, mail

WITHOUT_DMARC = "\n".join(line for line in RECORDS.splitlines() if "_dmarc" not in line)


def zone(record: str) -> str:
    return f'{WITHOUT_DMARC}\n_dmarc.example.com TXT "{record}"\n{keys()}'


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(
            "v=DMARC1; p=quarantine; sp=reject; np=none; adkim=s; aspf=s; pct=20; t=y; fo=1:s; "
            "rua=mailto:a@example.com!10m,https://x.example/r",
            PublishedDmarc(
                policy="quarantine",
                subdomains="reject",
                nonexistent="none",
                is_dkim_strict=True,
                is_spf_strict=True,
                percentage=20,
                is_testing=True,
                failure_options="1:s",
                report_to=("mailto:a@example.com!10m", "https://x.example/r"),
            ),
            id="all tags",
        ),
        pytest.param("v=DMARC1; p=reject", PublishedDmarc(policy="reject"), id="defaults"),
        pytest.param("v=DMARC1; rua=mailto:a@b.example", PublishedDmarc(report_to=("mailto:a@b.example",)), id="no p="),
        pytest.param("v=DMARC1", None, id="no record that means anything"),
        pytest.param("v=spf1 -all", None, id="no DMARC record"),
    ],
)
def test_record_is_kept(record: str, expected: PublishedDmarc | None) -> None:
    assert facts_of(mail(), records=zone(record)).dmarc_published == expected


REPORTING = zone("v=DMARC1; p=reject; rua=mailto:a@example.com")


def test_what_passed_is_kept() -> None:
    assert set(facts_of(signed(mail()), records=REPORTING).dmarc_aligned) == {"dkim", "spf"}
    assert facts_of(signed(mail()), FORGED, records=REPORTING).dmarc_aligned == ("dkim",)
    assert facts_of(mail(), records=REPORTING).dmarc_aligned == ("spf",)
    assert facts_of(mail(), FORGED, records=REPORTING).dmarc_aligned == ()


def test_forged_mail_makes_a_row() -> None:
    facts = facts_of(signed(mail()).replace(b"Hello", b"Hullo"), FORGED, records=REPORTING)
    assert facts.dmarc is AuthResult.FAIL
    noted = row_of(facts, Action.REJECT)
    assert noted is not None
    row = noted.row
    assert (noted.domain, row.source, row.disposition, row.reasons) == ("example.com", "198.51.100.9", "reject", ())
    assert (row.dkim, row.spf, row.header_from, row.envelope_from) == ("fail", "fail", "example.com", "spammer.example")
    assert [(each.domain, each.result, each.text) for each in row.dkim_results] == [
        ("example.com", "fail", "the body was altered")
    ]
    assert (row.spf_result.domain, row.spf_result.result) == ("spammer.example", "none")


def test_several_authors_make_a_row_of_the_strictest() -> None:
    raw = mail("Alice <alice@example.com>, Eve <eve@evil.example>")
    facts = facts_of(raw, records=REPORTING)
    noted = row_of(facts, Action.REJECT)
    assert noted is not None
    assert (noted.row.dkim, noted.row.spf, noted.row.disposition) == ("fail", "fail", "reject")
