"""Links that link_leads_to_program must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.fetched_pages import FetchedPage
from tests.fakes import FakePages
from tests.workers.follow.pages import EXE, START, findings, heavy, over, page, view_of

BAD = [
    over("files.test", end=EXE),
    over("files.test", end=page(b"MZ", content_type="application/x-msdownload")),
    {START: EXE},
]
GOOD = [
    {START: page()},
    {START: page(b"%PDF", content_type="application/pdf", filename="bill.pdf")},
    {START: page(b"PK", content_type="application/zip", filename="photos.zip")},
    over("files.test", end=page(b"x", content_type="image/png", filename="exe.png")),
    over("files.test", end=page(b"about setup.exe")),
]


@pytest.mark.parametrize("pages", BAD)
def test_is_found(pages: dict[str, FetchedPage]) -> None:
    assert "link_leads_to_program" in heavy(pages)


@pytest.mark.parametrize("pages", GOOD)
def test_is_left_alone(pages: dict[str, FetchedPage]) -> None:
    assert "link_leads_to_program" not in heavy(pages)


def test_a_program_that_is_linked_to_openly_weighs_less() -> None:
    (finding,) = findings(view_of(START), FakePages({START: EXE}))
    assert (finding.id, finding.weight) == ("link_leads_to_program", 1.0)
