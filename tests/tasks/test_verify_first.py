"""Who is sending is found out before any other pool looks, wherever that happens; all others see it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import pytest
from msgspec import structs

from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.detector import Detector, Hit, Lifecycle
from mailcore.errors import ScanInterrupted
from mailcore.message import Message
from mailcore.settings import AUTH, InPlace, PoolSettings, Settings
from mailcore.verdict import PoolReport, PoolStatus, Verdict
from mailcore.view import Lists, MailView
from mailio.message_store import Job, RedisMessageStore
from mailio.state import Counters, RedisState
from tasks.aggregate import aggregate
from tasks.auth_queue import OVERDUE_SECONDS, AuthQueue
from tasks.equipment import Equipment
from tasks.intake import MAX_ATTEMPTS, intake
from tasks.publishing import age_of_next, task_message
from tasks.queues import INTAKE, scan_task
from tasks.scan import scan, verify
from tasks.scanner import Scanner
from tests.redis_server import RedisServer
from tests.tasks.cluster import ENVELOPE
from tests.tasks.pools_for_tests import settings_for_tests
from workers.pool import Gathered, Pool, Work

pytestmark = pytest.mark.system

IN_PLACE, ELSEWHERE = "content", "ocr"
PASSED = AuthFacts(source=AuthSource.VERIFIED, from_domain="example.org", dmarc=AuthResult.PASS)
FAILED = AuthFacts(source=AuthSource.VERIFIED, from_domain="example.org", dmarc=AuthResult.FAIL)
UNKNOWN, PASS = "nobody looked: none", "verified: pass"


class Dns:
    """What the pool `auth` of these tests asks: one name, which is remembered or has to be waited for."""

    def __init__(self) -> None:
        self.is_remembered = True
        self.found = PASSED
        self.asked: list[float] = []

    def gather(self, view: MailView, _parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        self.asked.append(seconds)
        return Gathered(view=structs.replace(view, auth=self.found), auth=self.found)

    def gather_at_once(self, view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        if not self.is_remembered:
            raise ScanInterrupted("the DNS has to be asked")
        return self.gather(view, parts, seconds=seconds)


def work(_message: Message) -> Work:
    return Work(light=True)


def gather(view: MailView, _parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
    return Gathered(view=view)


def tells(name: str) -> Pool:
    """A pool that says what it was told of the sender."""

    def run(view: MailView) -> Iterable[Hit]:
        yield Hit(summary=f"{'verified' if view.auth.is_known else 'nobody looked'}: {view.auth.dmarc}")

    detector = Detector(id=name, category="c", weight=1.0, run=run, description="d", lifecycle=Lifecycle.STABLE)
    return Pool(name=name, work=work, gather=gather, detectors=(detector,))


class Installation:
    """The tasks as functions, on one server; what is fanned out is noted, and done when the test says so."""

    def __init__(self, server: RedisServer, *, in_place: InPlace = InPlace.LIGHT) -> None:
        server.client().flushall()
        self.broker = server.client()
        self.dns = Dns()
        self.elsewhere: list[str] = []
        durable = RedisState(server.client(2))
        settings = settings_for_tests(server.url())
        self.equipment = Equipment(
            settings=structs.replace(settings, pools=self.pools(settings, in_place)),
            scanner=Scanner(
                settings=structs.replace(settings, pools=self.pools(settings, in_place)),
                pools={
                    IN_PLACE: tells(IN_PLACE),
                    ELSEWHERE: tells(ELSEWHERE),
                    AUTH: Pool(
                        name=AUTH,
                        work=work,
                        gather=self.dns.gather,
                        gather_at_once=self.dns.gather_at_once,
                        detectors=(),
                    ),
                },
                lists=Lists(),
                policy_version="test-1",
            ),
            store=RedisMessageStore(server.client(1)),
            state=durable,
            counters=Counters(durable),
            auth_queue=AuthQueue(self.broker),
        )

    def pools(self, settings: Settings, in_place: InPlace) -> dict[str, PoolSettings]:
        # Last on purpose: the order of the configuration is not the order of work.
        return {
            IN_PLACE: settings.pools[IN_PLACE],
            ELSEWHERE: settings.pools[ELSEWHERE],
            AUTH: PoolSettings(in_place=in_place, seconds=60.0),
        }

    def submit(self, *, previous: str = "", left: float = 10.0, message_id: str = "id-1") -> None:
        now = time.time()
        job = Job(envelope=ENVELOPE, submitted_at=now - 1, deadline_at=now + left, reserve=0.0, previous=previous)
        raw = b"From: <anna@example.org>\r\n\r\ntext\r\n"
        self.equipment.store.submit(message_id, job, raw, appended=0, seconds=30)

    def intake(self, message_id: str = "id-1") -> None:
        intake(message_id, self.equipment, lambda _id, pools: self.elsewhere.extend(pools))

    def verify(self) -> None:
        self.elsewhere.remove(AUTH)
        verify("id-1", time.time(), self.equipment)

    def finish(self, message_id: str = "id-1") -> Verdict:
        """The pools elsewhere, and the end."""
        for pool in self.elsewhere:
            scan(message_id, pool, time.time(), self.equipment, lambda _id, _pool: None)
        self.elsewhere.clear()
        aggregate(message_id, self.equipment)
        verdict = self.equipment.store.standing(message_id)
        assert verdict is not None
        return verdict

    @property
    def reports(self) -> dict[str, PoolReport]:
        return {report.pool: report for report in self.equipment.store.load("id-1")}


def told(verdict: Verdict) -> set[str]:
    return {finding.summary for finding in verdict.findings}


def status(verdict: Verdict, pool: str) -> PoolStatus:
    return next(each.status for each in verdict.pools if each.pool == pool)


@pytest.fixture
def installation(server: RedisServer) -> Installation:
    return Installation(server)


def test_what_is_remembered_is_verified_in_place_and_everybody_is_told(installation: Installation) -> None:
    installation.submit()
    installation.intake()
    assert installation.elsewhere == [ELSEWHERE]
    verdict = installation.finish()
    assert told(verdict) == {PASS}
    assert verdict.auth == PASSED


def test_nobody_looks_before_the_answers_are_there_and_then_everybody_is_told(installation: Installation) -> None:
    installation.dns.is_remembered = False
    installation.submit()
    installation.intake()
    assert installation.elsewhere == [AUTH]
    assert installation.reports == {}
    installation.verify()
    assert installation.broker.llen(INTAKE) == 1
    installation.intake()
    assert installation.elsewhere == [ELSEWHERE]
    verdict = installation.finish()
    assert told(verdict) == {PASS}
    assert verdict.auth == PASSED
    assert len(installation.dns.asked) == 1


def test_it_is_the_same_verdict_by_both_ways(server: RedisServer) -> None:
    verdicts = []
    for is_remembered in (True, False):
        installation = Installation(server)
        installation.dns.is_remembered = is_remembered
        installation.submit()
        installation.intake()
        if not is_remembered:
            installation.verify()
            installation.intake()
        verdicts.append(installation.finish())
    first, second = verdicts
    assert (first.action, first.score, first.findings, first.auth) == (
        second.action,
        second.score,
        second.findings,
        second.auth,
    )


def test_never_in_place_goes_elsewhere_though_all_is_remembered(server: RedisServer) -> None:
    installation = Installation(server, in_place=InPlace.NEVER)
    installation.submit()
    installation.intake()
    assert (installation.elsewhere, installation.dns.asked) == ([AUTH], [])


def test_always_in_place_waits_there(server: RedisServer) -> None:
    installation = Installation(server, in_place=InPlace.ALWAYS)
    installation.dns.is_remembered = False
    installation.submit()
    installation.intake()
    assert installation.elsewhere == [ELSEWHERE]
    assert told(installation.finish()) == {PASS}


def test_intake_that_died_verifies_elsewhere_and_then_begins_anew(installation: Installation) -> None:
    installation.submit()
    installation.equipment.store.claim_check("id-1", INTAKE, seconds=30)
    installation.intake()
    assert (installation.elsewhere, installation.dns.asked) == ([AUTH], [])
    installation.verify()
    installation.intake()
    # In place again: what killed intake before may well have been the sender's signature.
    assert IN_PLACE in installation.reports
    assert told(installation.finish()) == {PASS}


def test_message_that_kills_the_workers_of_auth_goes_on_without(installation: Installation) -> None:
    installation.dns.is_remembered = False
    installation.submit()
    installation.intake()
    for _ in range(MAX_ATTEMPTS):
        installation.equipment.store.job("id-1", scan_task(AUTH), seconds=30)
    installation.verify()
    installation.intake()
    verdict = installation.finish()
    assert told(verdict) == {UNKNOWN}
    assert status(verdict, AUTH) is PoolStatus.FAILED
    assert verdict.partial


@pytest.mark.parametrize(
    ("age", "elsewhere"),
    [
        pytest.param(0.0, [AUTH], id="it goes well"),
        pytest.param(OVERDUE_SECONDS - 1.0, [AUTH], id="some wait for a moment"),
        pytest.param(OVERDUE_SECONDS + 1.0, [ELSEWHERE], id="nobody serves them"),
    ],
)
def test_message_does_not_wait_behind_those_that_wait_too_long(
    installation: Installation, age: float, elsewhere: list[str]
) -> None:
    installation.dns.is_remembered = False
    installation.broker.lpush(AUTH, task_message("scan.auth", "x", "id-0", 1.0, queue=AUTH, now=time.time() - age))
    installation.submit()
    installation.intake()
    assert installation.elsewhere == elsewhere
    if elsewhere == [ELSEWHERE]:
        verdict = installation.finish()
        # What is remembered of the DNS is used all the same: a flood must not open the door for forgeries.
        assert told(verdict) == {PASS}
        assert all(seconds < 1.0 for seconds in installation.dns.asked)
        assert status(verdict, AUTH) is PoolStatus.TIMED_OUT


def test_what_is_remembered_does_not_ask_how_long_others_wait(installation: Installation) -> None:
    installation.broker.lpush(AUTH, task_message("scan.auth", "x", "id-0", 1.0, queue=AUTH, now=time.time() - 60))
    installation.submit()
    installation.intake()
    assert told(installation.finish()) == {PASS}


def test_half_of_the_time_is_left_for_the_others(installation: Installation) -> None:
    installation.dns.is_remembered = False
    installation.submit(left=8.0)
    installation.intake()
    installation.verify()
    [seconds] = installation.dns.asked
    assert 3.0 < seconds <= 4.0


def test_who_comes_back_is_the_next_in_line_and_as_old_as_it_is(installation: Installation) -> None:
    installation.broker.lpush(INTAKE, task_message(INTAKE, "other", "other", queue=INTAKE, now=time.time()))
    installation.submit()
    installation.equipment.auth_queue.hand_back("id-1", submitted_at=time.time() - 3)  # type: ignore[union-attr]
    assert 3.0 <= age_of_next(installation.broker, INTAKE) < 5.0
    assert b"id-1" in installation.broker.lrange(INTAKE, -1, -1)[0]


def test_answered_message_does_not_come_back(installation: Installation) -> None:
    installation.dns.is_remembered = False
    installation.submit()
    installation.intake()
    installation.equipment.store.forget("id-1")
    installation.verify()
    assert installation.broker.llen(INTAKE) == 0


@pytest.mark.parametrize(
    ("found", "summary"),
    [pytest.param(PASSED, "an earlier word", id="same sender"), pytest.param(FAILED, "verified: fail", id="another")],
)
def test_earlier_reports_count_where_the_sender_is_the_same(
    installation: Installation, found: AuthFacts, summary: str
) -> None:
    """The same bytes from elsewhere: who delivers them is verified each time, and may be somebody else."""
    installation.submit(message_id="id-0")
    installation.intake("id-0")
    installation.finish("id-0")
    for report in installation.equipment.store.load("id-0"):
        findings = tuple(structs.replace(finding, summary="an earlier word") for finding in report.findings)
        installation.equipment.store.save("id-0", structs.replace(report, findings=findings), seconds=30)
    installation.dns.found = found
    installation.submit(previous="id-0")
    installation.intake()
    assert told(installation.finish()) == {summary}
    assert len(installation.dns.asked) == 2
