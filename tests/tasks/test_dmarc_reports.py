"""Answered mail on its way into the reports to the owners of domains: through the pipeline, as a front has it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthFacts
from mailcore.dmarc_report_settings import DmarcReports
from mailcore.message import Envelope
from mailcore.settings import Settings
from mailcore.verdict import Action, Finding, Verdict
from mailcore.wire import decode, encode
from mailio.dmarc_store import Collected, DmarcStore, utc_day
from tasks.submission import InUse, Pipeline, build_pipeline
from tests.mailcore.test_dmarc_rows import FAILED, PASSED
from tests.redis_server import RedisServer
from tests.tasks.cluster import ENVELOPE
from tests.tasks.pools_for_tests import settings_for_tests

pytestmark = pytest.mark.system

OURS = DmarcReports(from_address="noreply@our.example", report_mailboxes=("rua@our.example",))


def settings_of(server: RedisServer, reports: DmarcReports = OURS) -> Settings:
    return replace(settings_for_tests(server.url()), dmarc_reports=reports)


@pytest.fixture
def pipeline(server: RedisServer) -> Iterator[Pipeline]:
    server.client().flushall()
    running = build_pipeline(settings_of(server), "test-1")
    running.start()
    yield running
    running.stop()


def answer(
    pipeline: Pipeline,
    action: Action,
    *,
    auth: AuthFacts = FAILED,
    envelope: Envelope = ENVELOPE,
    findings: tuple[Finding, ...] = (),
) -> None:
    """As the front does it, with a verdict that came through Redis."""
    verdict = decode(encode(Verdict(id="m1", action=action, auth=auth, findings=findings)), Verdict)
    submission = pipeline.begin()
    submission.answered(verdict, envelope, action)
    submission.close()


def collected(server: RedisServer, pipeline: Pipeline) -> Collected | None:
    assert pipeline.reports is not None
    pipeline.reports.flush()
    return DmarcStore(server.client(2), OURS).load(utc_day(time.time()), "example.com")


def test_counts_add_up(server: RedisServer, pipeline: Pipeline) -> None:
    for action in (Action.REJECT, Action.REJECT, Action.ACCEPT, Action.TEMPFAIL, Action.QUARANTINE):
        answer(pipeline, action)
    answer(pipeline, Action.ACCEPT, auth=PASSED)
    found = collected(server, pipeline)
    assert found is not None
    counts = {(row.disposition, row.dkim): count for row, count in found.rows}
    assert counts == {("reject", "fail"): 2, ("none", "fail"): 1, ("quarantine", "fail"): 1, ("none", "pass"): 1}


def test_list_that_was_excused_is_the_reason(server: RedisServer, pipeline: Pipeline) -> None:
    excuse = Finding(id="dmarc_fail", pool="auth", category="spoofing", weight=0.5, summary="s")
    answer(pipeline, Action.ACCEPT, findings=(excuse,))
    found = collected(server, pipeline)
    assert found is not None
    assert [reason.type for row, _ in found.rows for reason in row.reasons] == ["mailing_list"]


@pytest.mark.parametrize("recipients", [("rua@our.example",), ("RUA@our.example", "noreply@our.example")])
def test_reports_of_others_are_not_reported_on(
    server: RedisServer, pipeline: Pipeline, recipients: tuple[str, ...]
) -> None:
    answer(pipeline, Action.ACCEPT, auth=PASSED, envelope=replace(ENVELOPE, recipients=recipients))
    assert collected(server, pipeline) is None


def test_mail_to_a_report_mailbox_and_somebody_else_is_mail(server: RedisServer, pipeline: Pipeline) -> None:
    answer(pipeline, Action.ACCEPT, envelope=replace(ENVELOPE, recipients=("rua@our.example", "anna@our.example")))
    assert collected(server, pipeline) is not None


def test_switched_off_nothing_is_collected_from_then_on(server: RedisServer, pipeline: Pipeline) -> None:
    pipeline.adopt(InUse(settings=settings_of(server, DmarcReports(collect=False)), policy_version="test-2"))
    answer(pipeline, Action.ACCEPT)
    assert collected(server, pipeline) is None


def test_bounds_are_those_of_the_settings_in_use(server: RedisServer, pipeline: Pipeline) -> None:
    pipeline.adopt(InUse(settings=settings_of(server, DmarcReports(most_domain_rows=1)), policy_version="test-2"))
    answer(pipeline, Action.ACCEPT)
    answer(pipeline, Action.REJECT)
    found = collected(server, pipeline)
    assert found is not None
    assert (len(found.rows), found.dropped) == (1, 1)


def test_mail_that_nobody_verified_is_not_collected(server: RedisServer, pipeline: Pipeline) -> None:
    answer(pipeline, Action.ACCEPT, auth=AuthFacts())
    assert collected(server, pipeline) is None


def test_what_came_last_is_written_when_the_front_stops(server: RedisServer) -> None:
    server.client().flushall()
    pipeline = build_pipeline(settings_of(server), "test-1")
    pipeline.start()
    answer(pipeline, Action.ACCEPT)
    pipeline.stop()
    assert DmarcStore(server.client(2), OURS).load(utc_day(time.time()), "example.com") is not None


def test_state_that_is_away_costs_the_answer_nothing() -> None:
    with RedisServer() as server, RedisServer() as state:
        settings = replace(settings_for_tests(server.url(), state=state.url()), dmarc_reports=OURS)
        pipeline = build_pipeline(settings, "test-1")
        pipeline.start()
        try:
            state.freeze()
            began = time.monotonic()
            for _ in range(1_000):
                answer(pipeline, Action.ACCEPT)
            assert time.monotonic() - began < 1.0
        finally:
            state.thaw()
            pipeline.stop()
