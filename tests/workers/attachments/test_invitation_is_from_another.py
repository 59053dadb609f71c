"""Invitations that invitation_is_from_another must find, and (more) that it must leave alone; what is read of them."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailcore.message import Header
from mailcore.organisation import Acquaintance
from mailcore.verdict import Finding
from tests import files
from tests.files_calendar import invitation
from tests.workers.attachments.scan import files_of, scan_and_listen, shipped_rules, view_of
from workers.attachments import FileLimits, build
from workers.runner import run_pool

FROM = ("From", "Ann <ann@example.com>")
BAD: dict[str, tuple[bytes, tuple[tuple[str, str], ...]]] = {
    "a stranger's": (invitation("ceo@bank.example"), (FROM, ("To", "bob@example.net"))),
    "no sender at all": (invitation("ceo@bank.example"), ()),
}
GOOD: dict[str, tuple[bytes, tuple[tuple[str, str], ...]]] = {
    "the sender's own": (invitation(), (FROM,)),
    "another host of the sender's": (invitation("ann@mail.example.com"), (FROM,)),
    "a service that answers to the organiser": (
        invitation("ann@example.com"),
        (("From", "Calendar <calendar@service.example>"), ("Reply-To", "ann@example.com")),
    ),
    "a booking of the recipient's": (
        invitation("bob@example.net"),
        (("From", "booking@hotel.example"), ("To", "bob@example.net")),
    ),
    "sent for somebody": (
        invitation("boss@example.org"),
        (("From", "office@example.com"), ("Sender", "office@example.org")),
    ),
    "an answer": (invitation("ceo@bank.example", method="REPLY"), (FROM,)),
    "a timetable": (invitation("info@trains.example", method="PUBLISH"), (FROM,)),
    "no calendar": (b"ORGANIZER:mailto:ceo@bank.example\r\n", (FROM,)),
}


def hits(data: bytes, headers: tuple[tuple[str, str], ...], acquaintance: Acquaintance) -> list[Finding]:
    view, parts = view_of(("invite.ics", data))
    message = structs.replace(view.message, headers=tuple(Header(*header) for header in headers))
    view = structs.replace(view, message=message, acquaintance=acquaintance)
    report = run_pool(build(shipped_rules(), limits=FileLimits()), view, parts, seconds=20.0)
    assert not report.errors
    return [finding for finding in report.findings if finding.id == "invitation_is_from_another"]


@pytest.mark.parametrize(("data", "headers"), BAD.values(), ids=BAD)
def test_is_found(data: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    assert [finding.weight for finding in hits(data, headers, Acquaintance.UNKNOWN)] == [0.5]
    assert [finding.weight for finding in hits(data, headers, Acquaintance.FIRST_CONTACT)] == [2.0]


@pytest.mark.parametrize(("data", "headers"), GOOD.values(), ids=GOOD)
def test_is_left_alone(data: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    assert hits(data, headers, Acquaintance.FIRST_CONTACT) == []


def test_links_and_words_of_an_invitation_are_judged() -> None:
    words = "Confirm at https://login.example/confirm\\, today. " * 3
    _, heard = scan_and_listen(("invite.ics", invitation(description=words)))
    assert heard[0].urls == ("https://login.example/confirm,",)
    assert "Confirm at https://login.example/confirm, today." in heard[0].text


def test_attachments_of_an_invitation_are_files_of_the_tree() -> None:
    tree, problems = files_of(("invite.ics", invitation(attached={"plan.exe": files.windows_program()})))
    assert not problems
    assert [(file.path, file.reached) for file in tree] == [("invite.ics", ""), ("invite.ics/plan.exe", "attached")]
