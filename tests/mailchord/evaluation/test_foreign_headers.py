"""What other machines wrote into a message is cut; what the sender wrote stays to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailchord.evaluation.foreign_headers import FOREIGN_HEADERS, RECORDED_HEADERS, as_received

BODY = "\r\n\r\nHello\r\nX-Spam-Flag: YES stands in the body\r\n"
SENDERS = "From: a@example.com\r\nSubject: An offer\r\nDKIM-Signature: v=1; d=example.com; b=x"
RELAYS = (
    "X-Relay-Note: inside\r\n"
    "Received: from relay.example.org (relay.example.org [203.0.113.9])\r\n"
    "\tby inner.example.org; Tue, 6 Jan 2026 10:00:09 +0000\r\n"
    "Received: from mail.example.com (mail.example.com [192.0.2.1])\r\n"
    "\tby relay.example.org; Tue, 6 Jan 2026 10:00:00 +0000\r\n"
)
BEFORE = "Received: from desk by mail.example.com; Tue, 6 Jan 2026 09:59:58 +0000\r\n"


def cut(header: str, **facts: object) -> str:
    return as_received((header + BODY).encode(), **facts).raw.decode()  # type: ignore[arg-type]


def test_what_stands_above_the_recorded_client_is_cut() -> None:
    assert cut(RELAYS + BEFORE + SENDERS, client_address="192.0.2.1") == BEFORE + SENDERS + BODY


def test_the_hop_gives_the_time_of_receipt() -> None:
    raw = (RELAYS + BEFORE + SENDERS + BODY).encode()
    assert as_received(raw, client_address="192.0.2.1").received_at == 1767693600.0
    assert as_received(raw).received_at == 1767693609.0  # without a recorded client, the topmost relay's
    assert as_received((SENDERS + BODY).encode()).received_at == 0.0


@pytest.mark.parametrize(
    "client", ["192.0.2.11", "92.0.2.1", "192.0.2.10", "", "2001:db8::1"], ids=lambda text: text or "none"
)
def test_another_client_cuts_nothing(client: str) -> None:
    assert cut(RELAYS + BEFORE + SENDERS, client_address=client) == RELAYS + BEFORE + SENDERS + BODY


def test_a_client_that_stands_behind_by_is_no_hop() -> None:
    header = "Received: from x by mx [192.0.2.1]; Tue, 6 Jan 2026 10:00:00 +0000\r\n" + SENDERS
    assert cut(header, client_address="192.0.2.1") == header + BODY


def test_what_the_sender_wrote_stays_wherever_it_stands() -> None:
    moved = "Subject: Moved up by a relay\r\nContent-Type: text/plain\r\n"
    assert cut(moved + RELAYS + BEFORE + "From: a@example.com", client_address="192.0.2.1") == (
        moved + BEFORE + "From: a@example.com" + BODY
    )


@pytest.mark.parametrize(
    "header",
    [
        "X-Spam-Status: Yes, score=99",
        "x-spam-flag: YES",
        "X-Microsoft-Antispam-Mailbox-Delivery: abwl:0",
        "X-MS-Exchange-Organization-SCL: 9",
        "X-Forefront-Antispam-Report: CIP:192.0.2.1;\r\n\tSFV:SPM",
        "X-Virus-Scanned: clamav",
        "X-Mailman-Rule-Hits: nonmember",
    ],
    ids=lambda text: text.partition(":")[0].lower(),
)
def test_verdicts_of_other_filters_are_ignored(header: str) -> None:
    assert cut(f"From: a@example.com\r\n{header}\r\nSubject: Hello") == f"From: a@example.com\r\nSubject: Hello{BODY}"


@pytest.mark.parametrize("header", ["X-Mailer: x", "X-Spammy: x", "X-MS-Has-Attach: yes", "List-Id: <a.example.com>"])
def test_other_headers_stay(header: str) -> None:
    assert cut(f"{header}\r\n{SENDERS}") == f"{header}\r\n{SENDERS}{BODY}"


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("[SPAM] An offer", "An offer"),
        ("*****SPAM***** [SPAM] An offer", "An offer"),
        ("Re: [SPAM] An offer", "Re: [SPAM] An offer"),
        ("[spamassassin-users] Rules", "[spamassassin-users] Rules"),
    ],
    ids=["tag", "twice", "a reply by a person", "a list"],
)
def test_marks_of_other_filters_in_the_subject_are_ignored(subject: str, read: str) -> None:
    assert cut(f"Subject: {subject}") == f"Subject: {read}{BODY}"


def test_results_that_are_replayed_are_not_read_from_headers() -> None:
    header = "Authentication-Results: mx; dkim=pass\r\nReceived-SPF: pass\r\n" + SENDERS
    assert cut(header, has_recorded_results=True) == SENDERS + BODY
    assert cut(header) == header + BODY


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\nbody", b"X-Spam-Flag: YES", b"no header at all", b"\xff\xfe\n\n\0"])
def test_damage_passes(raw: bytes) -> None:
    assert as_received(raw, client_address="192.0.2.1").raw.endswith(raw.partition(b"\n\n")[2])


def test_the_documentation_names_every_header_that_is_ignored() -> None:
    page = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text(encoding="utf-8").lower()
    assert [name for name in (*FOREIGN_HEADERS, *RECORDED_HEADERS) if f"`{name}`" not in page] == []
