"""Links judged at the click, by the pool of links as an installation builds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from msgspec import structs

from mailcore.click_settings import Clicks
from mailcore.clicks import ClickAnswer, Mark
from mailcore.errors import ScanInterrupted, StoreUnavailable
from mailcore.link_addresses import Address
from mailcore.safe_links import SafeLink
from mailcore.settings import Settings
from mailcore.view import MailView
from mailio.configuration import default_configs
from mailio.link_marks import LinkMarks
from tasks.clicks import ClickJudge, build_click_judge
from workers.pool import Gathered

GO, WARN, BLOCK = ClickAnswer.GO, ClickAnswer.WARN, ClickAnswer.BLOCK
BAD = Mark(is_bad=True, reason="It turned out to be bad.")


class FakeMarks(LinkMarks):
    """Marks by host and by message."""

    def __init__(self, marks: dict[str, Mark] | None = None, *, is_away: bool = False) -> None:
        self._marks = marks or {}
        self._is_away = is_away
        self.asked: list[Address] = []

    def find(self, addresses: Sequence[Address], message_id: str = "") -> tuple[Mark, ...]:
        if self._is_away:
            raise StoreUnavailable("away")
        self.asked += addresses
        names = (*(address.host for address in addresses), message_id)
        found = ((name, self._marks[name]) for name in names if name in self._marks)
        return tuple(structs.replace(mark, about=mark.about or f"host {name}") for name, mark in found)


@pytest.fixture(scope="module")
def built() -> ClickJudge:
    return build_click_judge(Settings(), default_configs(), None)


def broken(_view: MailView, _parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
    raise ScanInterrupted(f"no time in {seconds} s")


def judge(built: ClickJudge, target: str, marks: FakeMarks | None = None, options: Clicks | None = None) -> ClickAnswer:
    """With as much time as there may be: a busy machine is not what is tested."""
    made = ClickJudge(built._scanner, marks, Settings(clicks=options or Clicks(seconds=30.0)))
    return made.judge(SafeLink(target=target, reference="m-1", issued_at=0, expires_at=0)).answer


GOOD = [
    "https://www.example.com/",
    "https://shop.example.org/cart?id=7",
    "https://xn--mnchen-3ya.example/",
    "https://example.com:8443/login",
    "https://www.paypal.com/signin",
    "https://login.microsoftonline.com/common/oauth2",
    "https://docs.google.com/forms/d/e/x/viewform",
]
DANGEROUS = [
    "https://www.paypal.com.account-check.example/login",
    "https://paypa1-login.example/",
    "http://www.google.com@192.0.2.7/login",
]


@pytest.mark.parametrize("target", GOOD)
def test_good_links_go(built: ClickJudge, target: str) -> None:
    assert judge(built, target) is GO


@pytest.mark.parametrize("target", DANGEROUS)
def test_dangerous_ones_do_not(built: ClickJudge, target: str) -> None:
    assert judge(built, target) in (WARN, BLOCK)


def test_what_turned_bad_is_blocked(built: ClickJudge) -> None:
    assert judge(built, GOOD[0], FakeMarks({"www.example.com": BAD})) is BLOCK
    assert judge(built, GOOD[0], FakeMarks({"m-1": BAD})) is BLOCK
    assert judge(built, GOOD[0], FakeMarks({"other.example": BAD, "m-2": BAD})) is GO


def test_what_somebody_found_good_goes(built: ClickJudge) -> None:
    assert (
        judge(built, DANGEROUS[0], FakeMarks({"www.paypal.com.account-check.example": Mark(is_bad=False, reason="")}))
        is GO
    )


def test_marks_on_addresses_in_front_and_inside_count(built: ClickJudge) -> None:
    marks = FakeMarks({"evil.example": BAD})
    assert judge(built, "https://www.google.com/url?q=https://evil.example/x", marks) is BLOCK
    assert judge(built, "https://go.example.com/?next=https://evil.example/x", marks) is BLOCK


BORROWED = [
    "https://{evil}/?next=https://good.example/x",
    "https://good.example@{evil}/",
    "https://{evil}/https://good.example/",
    "https://www.google.com/url?q=https://{evil}/x",
]


@pytest.mark.parametrize("borrowed", BORROWED)
def test_what_is_good_makes_nothing_good_that_it_stands_beside(built: ClickJudge, borrowed: str) -> None:
    good = Mark(is_bad=False, reason="")
    marks = FakeMarks({"good.example": good, "www.google.com": good, "m-1": good})
    assert judge(built, borrowed.format(evil="www.paypal.com.account-check.example"), marks) in (WARN, BLOCK)


def test_nothing_is_remembered_for_ever(built: ClickJudge) -> None:
    now = [100.0]
    made = ClickJudge(built._scanner, None, Settings(), stopwatch=lambda: now[0])
    for number in range(20):
        now[0] += 2.0
        made.judge(SafeLink(target=f"https://shop{number}.example/", reference="m-1", issued_at=0, expires_at=0))
    assert len(made._remembered) == 15


def test_what_was_not_seen_to_its_end_is_not_remembered(built: ClickJudge) -> None:
    made = ClickJudge(built._scanner, None, Settings(clicks=Clicks()))
    pools = {name: structs.replace(pool, gather=broken) for name, pool in built._scanner.pools.items()}
    made._scanner = structs.replace(built._scanner, pools=pools)
    assert made.judge(SafeLink(target=GOOD[0], reference="m-1", issued_at=0, expires_at=0)).answer is WARN
    assert len(made._remembered) == 0


@pytest.mark.parametrize(("unchecked", "answer"), [(True, WARN), (False, BLOCK)])
def test_without_marks_a_reader_is_warned(built: ClickJudge, unchecked: bool, answer: ClickAnswer) -> None:
    assert judge(built, GOOD[0], FakeMarks(is_away=True), Clicks(unchecked=unchecked)) is answer


@pytest.mark.parametrize("target", ["", "javascript:alert(1)", "https://", "nonsense", "https://[::1"])
def test_what_is_no_link_is_blocked(built: ClickJudge, target: str) -> None:
    assert judge(built, target) is BLOCK
