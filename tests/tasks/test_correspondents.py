"""Whether the sender is known, on its way through the tasks: asked, carried to every pool, remembered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.detector import Detector, Hit, Lifecycle
from mailcore.identity import Identity
from mailcore.message import Direction, Envelope
from mailcore.organisation import Acquaintance
from mailcore.plan import Plan
from mailcore.settings import Correspondents
from mailcore.verdict import Action, Verdict
from mailcore.view import Lists, MailView
from mailio.correspondents import PAIRS, RedisCorrespondents
from mailio.message_store import Job, RedisMessageStore
from mailio.state import Counters, RedisState
from tasks.aggregate import aggregate
from tasks.correspondents import remember_correspondents
from tasks.equipment import Equipment
from tasks.intake import intake
from tasks.scan import scan
from tasks.scanner import Scanner
from tests.fakes import DaysAhead
from tests.redis_server import RedisServer
from tests.tasks.pools_for_tests import settings_for_tests
from workers.pool import Gathered, Pool, Work

pytestmark = pytest.mark.system

DAY = 86_400.0
UNKNOWN, FIRST_CONTACT, KNOWN = Acquaintance
ELSEWHERE = "ocr"  # a pool that runs as a task of its own; `content` runs in place


def pool_that_tells(name: str) -> Pool:
    """A pool whose finding is what it was told of the sender; one that weighs 20 where the subject is "bad"."""

    def detect(view: MailView) -> Iterable[Hit]:
        yield Hit(summary=view.acquaintance, weight=20.0 if view.message.subject == "bad" else 0.0)

    found = Detector(
        id=f"{name}_tells", category="test", weight=0.0, run=detect, description="d", lifecycle=Lifecycle.STABLE
    )
    return Pool(
        name=name,
        work=lambda _message: Work(),
        gather=lambda view, _parts, *, seconds: Gathered(view=view),
        detectors=(found,),
    )


class Installation:
    """The tasks on one server for messages and one for the durable state."""

    def __init__(self, server: RedisServer, state: RedisServer) -> None:
        server.client().flushall()
        self.state = state
        self.clock = DaysAhead()
        known = Correspondents(history_days=3, history_messages=2)
        settings = replace(settings_for_tests(server.url()), correspondents=known)
        settings = replace(settings, pools={name: settings.pools[name] for name in ("content", ELSEWHERE)})
        durable = RedisState(state.client(2, timeout=0.25))
        self.correspondents = RedisCorrespondents(state.client(2, timeout=0.25), known, every=3_600, clock=self.clock)
        self.equipment = Equipment(
            settings=settings,
            scanner=Scanner(
                settings=settings,
                pools={name: pool_that_tells(name) for name in settings.pools},
                lists=Lists(free_mail=frozenset({"gmail.com"})),
                policy_version="test-1",
            ),
            store=RedisMessageStore(server.client(1)),
            state=durable,
            counters=Counters(durable),
            correspondents=self.correspondents,
            clock=self.clock,
        )
        self._number = 0

    def judge(
        self,
        sender: str,
        *,
        subject: str = "good",
        recipient: str = "anna@our.example",
        direction: Direction = Direction.INBOUND,
        header: str = "",
    ) -> Verdict:
        """The verdict on a message, through intake, a task of its own, and the aggregate."""
        self._number += 1
        message_id, now = f"id-{self._number}", self.clock()
        envelope = Envelope(sender=sender, recipients=(recipient,), direction=direction)
        raw = f"From: <{sender}>\r\nSubject: {subject}\r\n{header}\r\ntext\r\n".encode()
        job = Job(envelope=envelope, submitted_at=now, deadline_at=now + 5, reserve=0.5)
        self.equipment.store.submit(message_id, job, raw, appended=0, seconds=30)
        intake(message_id, self.equipment, self._fan_out)
        aggregate(message_id, self.equipment)
        self.correspondents.flush()
        verdict = self.equipment.store.standing(message_id)
        assert verdict is not None
        return verdict

    def _fan_out(self, message_id: str, pools: Sequence[str]) -> None:
        for pool in pools:
            scan(message_id, pool, self.clock(), self.equipment, lambda _message_id, _pool: None)

    def acquaintance(self, sender: str, **message: str) -> str:
        """What every pool was told of the sender of a message."""
        told = {finding.summary for finding in self.judge(sender, **message).findings}  # type: ignore[arg-type]
        assert len(told) == 1, "in place and elsewhere the same"
        return told.pop()

    def grow_old(self) -> None:
        """A history that is long enough to call somebody a stranger."""
        for _ in range(3):
            self.judge("somebody@else.example")
        self.clock.days += 4


@pytest.fixture
def installation(server: RedisServer) -> Installation:
    return Installation(server, server)


def test_fresh_installation_calls_nobody_a_stranger(installation: Installation) -> None:
    assert [installation.acquaintance(f"{name}@new.example") for name in ("a", "b", "c", "d")] == [UNKNOWN] * 4


def test_stranger_becomes_known_by_the_next_day(installation: Installation) -> None:
    installation.grow_old()
    assert installation.acquaintance("bob@partner.example") == FIRST_CONTACT
    assert installation.acquaintance("bob@partner.example") == FIRST_CONTACT, "not within an hour"
    installation.clock.days += 1.1
    assert installation.acquaintance("bob@partner.example") == KNOWN
    assert installation.acquaintance("eve@partner.example") == KNOWN, "a colleague of his"
    assert installation.acquaintance("bob@other.example") == FIRST_CONTACT


def test_free_mail_is_known_by_address_only(installation: Installation) -> None:
    installation.grow_old()
    installation.judge("bob@gmail.com")
    installation.clock.days += 2
    assert installation.acquaintance("bob@gmail.com") == KNOWN
    assert installation.acquaintance("bob2@gmail.com") == FIRST_CONTACT


def test_who_we_wrote_to_is_known_when_the_answer_comes(installation: Installation) -> None:
    installation.grow_old()
    installation.judge("anna@our.example", recipient="new@partner.example", direction=Direction.OUTBOUND)
    assert installation.acquaintance("new@partner.example") == KNOWN


def test_mail_that_was_not_accepted_makes_nobody_known(installation: Installation) -> None:
    installation.grow_old()
    installation.judge("crook@evil.example", subject="bad")
    installation.clock.days += 2
    assert installation.acquaintance("crook@evil.example") == FIRST_CONTACT


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("List-Id: <list.example>\r\nList-Post: <mailto:all@list.example>\r\n", id="list"),
        pytest.param("Content-Type: multipart/report\r\n", id="bounce"),
    ],
)
def test_lists_and_bounces_are_not_asked_about(installation: Installation, header: str) -> None:
    installation.grow_old()
    assert installation.acquaintance("bob@partner.example", header=header) == UNKNOWN


def test_nothing_of_an_address_stands_in_redis(installation: Installation, server: RedisServer) -> None:
    installation.judge("bob.the.builder@partner.example")
    client = server.client(2)
    kept = b"".join([*client.keys("mailchord:correspondents*"), *client.zrange(PAIRS, 0, -1)])
    assert b"builder" not in kept
    assert b"partner" not in kept


def test_state_that_is_away_changes_no_verdict_and_costs_no_time(server: RedisServer) -> None:
    with RedisServer() as state:
        installation = Installation(server, state)
        installation.grow_old()
        before = installation.judge("somebody@else.example")
        state.kill()
        began = time.monotonic()
        during = [installation.judge("somebody@else.example") for _ in range(5)]
        assert time.monotonic() - began < 2.0
        assert {verdict.action for verdict in during} == {before.action}
        assert {verdict.score for verdict in during} == {before.score}
        assert not any(verdict.partial for verdict in during)
        assert {finding.summary for verdict in during for finding in verdict.findings} == {UNKNOWN}


@pytest.mark.parametrize(
    ("verified", "is_remembered"),
    [
        pytest.param(AuthFacts(), True, id="nobody looked"),
        pytest.param(AuthFacts(source=AuthSource.VERIFIED, dmarc=AuthResult.PASS), True, id="proven"),
        pytest.param(AuthFacts(source=AuthSource.VERIFIED, dmarc=AuthResult.FAIL), False, id="forged"),
        pytest.param(AuthFacts(source=AuthSource.VERIFIED, dmarc=AuthResult.NONE), False, id="not proven"),
        pytest.param(AuthFacts(source=AuthSource.VERIFIED, dmarc=AuthResult.TEMPERROR), False, id="the DNS was away"),
    ],
)
def test_what_was_verified_says_whether_the_sender_is_remembered(
    installation: Installation, verified: AuthFacts, is_remembered: bool
) -> None:
    """The plan was made before anybody had looked."""
    remembered: list[bytes] = []

    class Noting(RedisCorrespondents):
        def remember(self, pairs: Iterable[bytes], *, at_once: bool) -> None:
            remembered.extend(pairs)

    equipment = replace(installation.equipment, correspondents=Noting(installation.state.client(2), Correspondents()))
    envelope = Envelope(sender="anna@their.example", recipients=("bob@our.example",))
    plan = Plan(identity=Identity(from_addresses=("anna@their.example",), envelope_sender="anna@their.example"))
    remember_correspondents(envelope, plan, Verdict(id="id-1", action=Action.ACCEPT, auth=verified), equipment)
    assert bool(remembered) is is_remembered
