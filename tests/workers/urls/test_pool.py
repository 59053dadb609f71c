"""The pool as a whole: when it has work, how much it says, how long it takes."""

from __future__ import annotations

import time

from mailcore.message import Message
from mailcore.verdict import PoolStatus
from tests.workers.urls.views import view_of
from workers.runner import run_pool
from workers.urls import build
from workers.urls.hosts import MAX_DOMAINS


def test_no_links_no_work() -> None:
    assert build().work(Message(id="m1")) is None
    work = build().work(view_of("https://example.com/").message)
    assert work is not None
    assert work.light


def test_only_the_first_finding_of_a_detector_weighs() -> None:
    view = view_of(*(f"http://paypal.com@evil{number}.example/" for number in range(50)))
    report = run_pool(build(), view, {}, seconds=5.0)
    weights = [finding.weight for finding in report.findings if finding.id == "link_has_user_info"]
    assert weights == [4.0] + [0.0] * (MAX_DOMAINS - 1)


def test_one_domain_is_one_finding() -> None:
    view = view_of(*(f"http://198.51.100.7/{number}" for number in range(50)))
    assert len(run_pool(build(), view, {}, seconds=5.0).findings) == 1


def test_the_senders_own_click_counter_weighs_little() -> None:
    link = ("https://click.example.org/x", "https://www.example.com/")
    (finding,) = run_pool(build(), view_of(link, sender="news@example.org"), {}, seconds=5.0).findings
    assert (finding.id, finding.weight) == ("link_shown_as_another_site", 0.5)


def test_the_weight_of_own_click_counters_is_a_setting() -> None:
    link = ("https://click.example.org/x", "https://www.example.com/")
    settings = {"link_shown_as_another_site.own_tracker_weight": 0.0}
    view = view_of(link, sender="news@example.org")
    (finding,) = run_pool(build(), view, {}, seconds=5.0, settings=settings).findings
    assert finding.weight == 0.0


def test_a_thousand_hostile_links_are_judged_in_time() -> None:
    links = [("http://" + "a@" * 500 + f"e{number}.example/", "https://" + "x." * 90) for number in range(1_000)]
    view = view_of(*links)
    began = time.monotonic()
    report = run_pool(build(), view, {}, seconds=5.0)
    assert report.status is PoolStatus.OK
    assert time.monotonic() - began < 2.0
