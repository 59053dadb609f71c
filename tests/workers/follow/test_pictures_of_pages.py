"""Pictures are taken of pages that ask for a password, last of all; findings say where they are."""

from __future__ import annotations

import pytest

from mailcore.fetched_pages import FetchedPage
from mailcore.follow_settings import Following
from mailcore.verdict import PoolReport, PoolStatus
from tests.fakes import FakePages
from tests.workers.follow.pages import BANK, EXE, LOGIN, START, over, page, to, view_of
from workers.follow import build
from workers.runner import run_pool

PAGE = LOGIN % (BANK, b"https://collect.test/in")


class FakeCamera:
    """Keeps nothing; `taken` are name and page."""

    def __init__(self, problem: str = "") -> None:
        self._problem = problem
        self.taken: list[tuple[str, bytes]] = []

    def __call__(self, page: bytes, name: str, *, seconds: float) -> tuple[str, str]:
        assert seconds > 0
        self.taken.append((name, page))
        return ("", self._problem) if self._problem else (f"/state/{name}.png", "")


def followed(
    pages: dict[str, FetchedPage], camera: FakeCamera | None, *hrefs: str, seconds: float = 10.0
) -> PoolReport:
    pool = build(FakePages(pages), Following(), None, None, camera)
    report = run_pool(pool, view_of(*(hrefs or (START,))), {}, seconds=seconds, judge_derived=lambda _view, _text: ())
    assert report.errors == ()
    return report


def test_findings_say_where_the_picture_is() -> None:
    camera = FakeCamera()
    report = followed(over("b.test", end=page(PAGE)), camera)
    assert camera.taken == [("m1-1", PAGE)]
    details = {finding.id: finding.detail for finding in report.findings}
    for name in ("page_asks_password_for_brand", "password_goes_elsewhere"):
        assert details[name].endswith("; picture /state/m1-1.png")
    assert report.status is PoolStatus.OK


def test_each_page_has_its_own() -> None:
    camera = FakeCamera()
    pages = {"https://a.test/": page(PAGE), "https://b.test/": page(), "https://c.test/": page(PAGE)}
    followed(pages, camera, *pages)
    assert [name for name, _ in camera.taken] == ["m1-1", "m1-3"]


OTHERS = {
    "a page without a password": {START: page()},
    "a form without a password": {START: page(b"<form><input name=q></form>")},
    "a file": {START: EXE},
    "a page that is saved": {START: page(PAGE, filename="page.html")},
    "a circle": {START: to(START)},
    "no answer": {START: FetchedPage(url="", problem="no answer within 4.0 s")},
}


@pytest.mark.parametrize("pages", OTHERS.values(), ids=OTHERS)
def test_of_nothing_else_a_picture_is_taken(pages: dict[str, FetchedPage]) -> None:
    camera = FakeCamera()
    followed(pages, camera)
    assert camera.taken == []


def test_without_a_picture_the_page_is_judged_and_the_reason_told() -> None:
    report = followed({START: page(PAGE)}, FakeCamera("no picture of a page: Chromium is not installed"))
    assert report.status is PoolStatus.PARTIAL
    assert "Chromium is not installed" in report.reason
    (finding,) = [each for each in report.findings if each.id == "page_asks_password_for_brand"]
    assert "picture" not in finding.detail


def test_where_nobody_wants_one_nothing_is_missing() -> None:
    assert followed({START: page(PAGE)}, None).status is PoolStatus.OK
