"""Attachments that files_were_left_out must find, and (more) that it must leave alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailcore.verdict import PoolReport, PoolStatus
from tests import files
from tests.mail import mail
from tests.workers.attachments.scan import File, scan
from workers.attachments.limits import FileLimits

BAD: dict[str, File] = {
    "too many": ("a.zip", files.zip_file({f"{number}.txt": b"x" for number in range(1_100)})),
    "too deep": ("a.zip", files.nested_zip(b"x", "a.txt", depth=12)),
    "a bomb": ("a.zip", files.zip_bomb(300)),
    "42.zip": ("42.zip", files.many_zips_in_zips()),
    "mail in mail": ("a.eml", mail(attachments=[("a.zip", files.nested_zip(b"x", "a.txt", depth=12))])),
}
GOOD: dict[str, File] = {
    "an archive": ("a.zip", files.zip_file({"a.txt": b"text"})),
    "three deep": ("a.zip", files.nested_zip(b"x", "a.txt", depth=3)),
    "900 files": ("a.zip", files.zip_file({f"{number}.txt": b"x" for number in range(900)})),
    "a document": ("a.docx", files.docx()),
    "a large text": ("a.txt", b"text " * 100_000),
    "an encrypted archive": ("a.zip", files.encrypted_zip({"a.txt": b"x"})),
    "a damaged archive": ("a.zip", files.zip_file({"a.txt": b"text" * 99})[:-40]),
    "nothing": ("a.zip", b""),
}


def hits(report: PoolReport) -> int:
    return sum(finding.id == "files_were_left_out" for finding in report.findings)


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    report = scan(file)
    assert hits(report) == 1
    assert report.status is PoolStatus.PARTIAL, "and what nobody saw is no pass"


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert hits(scan(file)) == 0


def pages(count: int) -> list[File]:
    return [(f"{number}.html", files.page(form=f"<p>Report {number}</p>")) for number in range(count)]


def documents(count: int) -> list[File]:
    return [(f"{number}.docx", files.docx(f"Report {number}")) for number in range(count)]


@pytest.mark.parametrize("many", [pages, documents], ids=["pages", "documents"])
def test_more_documents_than_are_judged_are_said(many: Callable[[int], list[File]]) -> None:
    """A light word, and no partial scan: macros are looked for in all, and archives of documents are good."""
    report = scan(*many(5), limits=FileLimits(documents=4))
    (left_out,) = [finding for finding in report.findings if finding.id == "files_were_left_out"]
    assert "more than 4 documents" in left_out.detail
    assert report.status is PoolStatus.OK
    assert hits(scan(*many(4), limits=FileLimits(documents=4))) == 0
    assert hits(scan(*many(5), limits=FileLimits(documents=0))) == 0, "switched off"
    assert hits(scan(*many(12))) == 0


def test_a_lack_of_time_is_nobodys_fault() -> None:
    many = files.zip_file({f"{number}.txt": b"%d" % number * 9_000 for number in range(900)})
    report = scan(("a.zip", many), seconds=0.02)
    assert not report.status.is_complete
    assert hits(report) == 0


def test_it_is_said_once_for_a_message() -> None:
    assert hits(scan(BAD["too deep"], GOOD["an archive"], BAD["too deep"], limits=FileLimits(files=200))) == 1
