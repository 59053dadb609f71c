"""Attachments that attachment_name_hides_extension must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "turned around": ("annexe\u202efdp.exe", files.windows_program()),
    "isolated": ("invoice\u2067xcod.scr", files.windows_program()),
    "blanks": ("invoice.pdf" + " " * 40 + ".exe", files.windows_program()),
    "a class": ("invoice.txt.{3050f4d8-98B5-11CF-bb82-00aa00bdce0b}", files.page()),
    "a class before what Windows leaves out": ("a.txt.{3050f4d8-98B5-11CF-bb82-00aa00bdce0b}. .", files.page()),
    "blanks in a zip": ("a.zip", files.zip_file({"scan.jpg" + " " * 60 + ".js": b"1;"})),
}
GOOD: dict[str, File] = {
    "Arabic": ("\u062a\u0642\u0631\u064a\u0631.pdf", files.pdf()),
    "Hebrew with marks": ("\u200f\u05d3\u05d5\u05d7\u200e.pdf", files.pdf()),
    "one blank": ("my report .pdf", files.pdf()),
    "two blanks": ("my  report.pdf", files.pdf()),
    "underscores": ("my_quarterly_report.pdf", files.pdf()),
    "a long name": ("a" * 200 + ".pdf", files.pdf()),
    "a number of a document": ("{3050f4d8-98b5-11cf-bb82-00aa00bdce0b}.pdf", files.pdf()),
    "braces": ("report.{final}", files.pdf()),
    "no name": ("", files.pdf()),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("attachment_name_hides_extension", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("attachment_name_hides_extension", file) == []
