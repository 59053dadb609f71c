"""The history of senders on its way through the tasks: asked, carried to every pool, judged, and learned."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import pytest
from msgspec.structs import replace

from mailcore.detector import Detector, Hit, Lifecycle
from mailcore.message import Direction, Envelope
from mailcore.ports import Reputations
from mailcore.reputation import BAD, GOOD, Evidence, Role, Standing, Subject
from mailcore.settings import Networks
from mailcore.verdict import Action, Finding, Verdict
from mailcore.view import Lists, MailView
from mailio.message_store import Job, RedisMessageStore
from mailio.reputation import RedisReputations
from mailio.state import Counters, RedisState
from tasks.aggregate import aggregate
from tasks.equipment import Equipment
from tasks.intake import intake
from tasks.record import note_late_verdict
from tasks.scan import scan
from tasks.scanner import Scanner
from tests.fakes import DaysAhead, FakeReputations
from tests.redis_server import RedisServer
from tests.tasks.pools_for_tests import settings_for_tests
from workers.content.detectors.client_has_bad_reputation import client_has_bad_reputation
from workers.content.detectors.sender_has_bad_reputation import sender_has_bad_reputation
from workers.content.detectors.sender_has_good_reputation import sender_has_good_reputation
from workers.pool import Gathered, Pool, Work

pytestmark = pytest.mark.system

DAY = 86_400.0
ELSEWHERE = "ocr"  # a pool that runs as a task of its own; `content` runs in place
CLIENT = Subject(Role.IP, "192.0.2.7")
NETWORK = Subject(Role.NETWORK, "192.0.2.0/24")
DOMAIN = Subject(Role.DOMAIN, "partner.example")
ENVELOPE = Subject(Role.ENVELOPE, "bounces.example")
SIGNER = Subject(Role.DKIM, "partner.example")
ADDRESS = Subject(Role.ADDRESS, "bob@partner.example")
PAIR = Subject(Role.PAIR, "bob@partner.example anna@our.example")

PROVEN = (
    "Authentication-Results: mx.our.example; dmarc=pass header.from=partner.example;\r\n"
    " dkim=pass header.d=partner.example; spf=pass smtp.mailfrom=b@bounces.example\r\n"
)
FORGED = (
    "Authentication-Results: mx.our.example; dmarc=fail header.from=partner.example;\r\n"
    " dkim=fail header.d=partner.example; spf=fail smtp.mailfrom=b@bounces.example\r\n"
)


def pool(name: str, *detectors: Detector) -> Pool:
    """A pool that finds what the subject says ("weighs 6"), and what its detectors see."""

    def detect(view: MailView) -> Iterable[Hit]:
        standing = view.reputation.of(Role.IP, view.auth)
        yield Hit(summary=f"{standing.score:g} {standing.confidence:g}", weight=0.0)
        words = view.message.subject.split()
        if name == "content" and words[0] == "weighs":
            yield Hit(summary="found", weight=float(words[1]))

    found = Detector(
        id=f"{name}_tells", category="test", weight=0.0, run=detect, description="d", lifecycle=Lifecycle.STABLE
    )
    return Pool(
        name=name,
        work=lambda _message: Work(),
        gather=lambda view, _parts, *, seconds: Gathered(view=view),
        detectors=(found, *detectors),
    )


class Installation:
    """The tasks on one server for messages, and whatever knows senders."""

    def __init__(self, server: RedisServer, reputations: Reputations | None, clock: DaysAhead | None = None) -> None:
        server.client(1).flushdb()
        self.clock = clock or DaysAhead()
        settings = replace(
            settings_for_tests(server.url()),
            networks=Networks(trusted_authserv_ids=("mx.our.example",), trusted_relays=("198.51.100.0/24",)),
        )
        settings = replace(settings, pools={name: settings.pools[name] for name in ("content", ELSEWHERE)})
        judges = (client_has_bad_reputation, sender_has_bad_reputation, sender_has_good_reputation)
        durable = RedisState(server.client(2))
        self.equipment = Equipment(
            settings=settings,
            scanner=Scanner(
                settings=settings,
                pools={"content": pool("content", *judges), ELSEWHERE: pool(ELSEWHERE)},
                lists=Lists(free_mail=frozenset({"gmail.com"})),
                policy_version="test-1",
            ),
            store=RedisMessageStore(server.client(1)),
            state=durable,
            counters=Counters(durable),
            reputations=reputations,
            clock=self.clock,
        )
        self._number = 0

    def claim_first(self, verdict: Verdict) -> None:
        """Somebody has answered before the aggregate."""
        self.equipment.store.claim(verdict, reply_to="", seconds=30)

    def judge(self, header: str = "", *, subject: str = "good", message_id: str = "", **envelope: object) -> Verdict:
        """The verdict on a message of Bob's, through intake, a task of its own, and the aggregate."""
        self._number += 1
        now = self.clock()
        message_id = message_id or f"id-{time.time_ns()}-{self._number}"
        usual: dict[str, object] = {
            "sender": "b@bounces.example",
            "recipients": ("anna@our.example",),
            "client_address": "192.0.2.7",
        }
        raw = f"{header}From: Bob <bob@partner.example>\r\nSubject: {subject}\r\n\r\ntext\r\n".encode()
        job = Job(
            envelope=Envelope(**{**usual, **envelope}),  # type: ignore[arg-type]
            submitted_at=now,
            deadline_at=now + 5,
            reserve=0.5,
        )
        self.job = job
        self.equipment.store.submit(message_id, job, raw, appended=0, seconds=30)
        intake(message_id, self.equipment, self._fan_out)
        aggregate(message_id, self.equipment)
        verdict = self.equipment.store.standing(message_id)
        assert verdict is not None
        return verdict

    def _fan_out(self, message_id: str, pools: Sequence[str]) -> None:
        for name in pools:
            scan(message_id, name, self.clock(), self.equipment, lambda _message_id, _pool: None)


def found(verdict: Verdict) -> dict[str, float]:
    return {finding.id: finding.score for finding in verdict.findings if finding.category == "reputation"}


GOOD_ONE = Standing(score=0.9, confidence=0.9, volume=80, first_seen_days=60)
BAD_ONE = Standing(score=-0.9, confidence=0.9, volume=80, first_seen_days=60)


def test_every_pool_is_told_the_same(server: RedisServer) -> None:
    installation = Installation(server, FakeReputations({CLIENT: BAD_ONE}))
    told = {each.summary for each in installation.judge().findings if each.id.endswith("_tells")}
    assert told == {"-0.9 0.9"}


def test_everybody_whom_the_message_names_is_asked_for_once(server: RedisServer) -> None:
    known = FakeReputations()
    Installation(server, known).judge(PROVEN)
    assert known.asked == [(CLIENT, NETWORK, DOMAIN, ENVELOPE, SIGNER, ADDRESS, PAIR)]


def test_client_is_the_one_before_our_relays(server: RedisServer) -> None:
    known = FakeReputations()
    received = "Received: from x ([203.0.113.9]) by mx.our.example with ESMTP; Mon, 05 Jan 2026 10:00:00 +0000\r\n"
    Installation(server, known).judge(received, client_address="198.51.100.1")
    assert known.asked[0][:2] == (Subject(Role.IP, "203.0.113.9"), Subject(Role.NETWORK, "203.0.113.0/24"))


@pytest.mark.parametrize(
    ("header", "known", "expected"),
    [
        pytest.param(PROVEN, {DOMAIN: GOOD_ONE}, {"sender_has_good_reputation": -1.22}, id="good and proven"),
        pytest.param(FORGED, {DOMAIN: GOOD_ONE, ADDRESS: GOOD_ONE, PAIR: GOOD_ONE}, {}, id="good name, forged"),
        pytest.param("", {DOMAIN: GOOD_ONE, ADDRESS: GOOD_ONE, PAIR: GOOD_ONE}, {}, id="good name, nobody looked"),
        pytest.param("", {CLIENT: GOOD_ONE, NETWORK: GOOD_ONE}, {}, id="a good server makes no good sender"),
        pytest.param(PROVEN, {SIGNER: GOOD_ONE, ENVELOPE: GOOD_ONE}, {}, id="nor does his provider"),
        pytest.param("", {CLIENT: BAD_ONE}, {"client_has_bad_reputation": 2.03}, id="bad server"),
        pytest.param("", {NETWORK: BAD_ONE}, {"client_has_bad_reputation": 1.01}, id="bad neighbours"),
        pytest.param(PROVEN, {DOMAIN: BAD_ONE}, {"sender_has_bad_reputation": 2.43}, id="bad domain"),
        pytest.param(PROVEN, {SIGNER: BAD_ONE}, {"sender_has_bad_reputation": 2.43}, id="bad signer"),
        pytest.param(FORGED, {SIGNER: BAD_ONE}, {}, id="bad signer who did not sign it"),
        pytest.param(
            PROVEN, {DOMAIN: GOOD_ONE, SIGNER: BAD_ONE}, {"sender_has_good_reputation": -1.22}, id="his own name first"
        ),
        pytest.param(
            FORGED,
            {DOMAIN: GOOD_ONE, ENVELOPE: BAD_ONE},
            {"sender_has_bad_reputation": 2.43},
            id="a borrowed good name hides nothing",
        ),
        pytest.param(PROVEN, {}, {}, id="strangers"),
        pytest.param(
            PROVEN,
            {CLIENT: BAD_ONE, DOMAIN: BAD_ONE, SIGNER: BAD_ONE},
            {"client_has_bad_reputation": 1.57, "sender_has_bad_reputation": 2.43},
            id="together never more than the cap",
        ),
    ],
)
def test_what_follows_from_a_history(
    server: RedisServer, header: str, known: dict[Subject, Standing], expected: dict[str, float]
) -> None:
    assert found(Installation(server, FakeReputations(known)).judge(header)) == pytest.approx(expected, abs=0.01)


def learned(server: RedisServer, header: str = "", **message: object) -> dict[Subject, Evidence]:
    known = FakeReputations()
    Installation(server, known).judge(header, **message)  # type: ignore[arg-type]
    return {subject: lesson.evidence for lesson in known.lessons for subject in lesson.subjects}


def test_only_about_those_is_learned_who_are_proven(server: RedisServer) -> None:
    everybody = {CLIENT, NETWORK, DOMAIN, ENVELOPE, SIGNER, ADDRESS, PAIR}
    assert set(learned(server, PROVEN)) == everybody
    assert set(learned(server, FORGED, subject="weighs 20")) == {CLIENT, NETWORK}, "nobody is blamed for forgeries"
    assert set(learned(server)) == {CLIENT, NETWORK}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param("good", Evidence(good=GOOD, messages=1), id="good"),
        pytest.param("weighs 3", Evidence(messages=1), id="unclear"),
        pytest.param("weighs 20", Evidence(bad=BAD, messages=1), id="bad"),
    ],
)
def test_what_is_learned(server: RedisServer, subject: str, expected: Evidence) -> None:
    assert set(learned(server, PROVEN, subject=subject).values()) == {expected}


@pytest.mark.parametrize("direction", [Direction.OUTBOUND, Direction.INTERNAL])
def test_our_own_mail_is_neither_asked_for_nor_learned_from(server: RedisServer, direction: Direction) -> None:
    known = FakeReputations()
    Installation(server, known).judge(PROVEN, direction=direction)
    assert (known.asked, known.lessons) == ([], [])


def test_installation_without_a_history_works(server: RedisServer) -> None:
    assert found(Installation(server, None).judge(PROVEN)) == {}


CLEAN = Verdict(id="late-1", action=Action.ACCEPT, decided_by="aggregate")
FOUND = (Finding(id="malware", pool=ELSEWHERE, category="malware", weight=20.0, summary="s", score=20.0),)


@pytest.mark.parametrize(
    ("standing", "late", "expected"),
    [
        pytest.param(CLEAN, "weighs 20", [Evidence(bad=BAD)], id="found after a verdict that had counted it"),
        pytest.param(
            replace(CLEAN, decided_by="front"), "weighs 20", [Evidence(bad=BAD, messages=1)], id="after the front's"
        ),
        pytest.param(replace(CLEAN, findings=FOUND), "weighs 20", [], id="was bad before"),
        pytest.param(CLEAN, "good", [], id="still good"),
        pytest.param(replace(CLEAN, decided_by="front"), "good", [], id="good, and nobody knows of all pools"),
    ],
)
def test_what_late_work_finds_is_learned(
    server: RedisServer, standing: Verdict, late: str, expected: list[Evidence]
) -> None:
    known = FakeReputations()
    installation = Installation(server, known)
    installation.claim_first(standing)
    assert installation.judge(subject=late, message_id=standing.id).decided_by == standing.decided_by
    assert known.lessons == [], "the verdict that stands was another"
    note_late_verdict(standing.id, installation.job, installation.equipment)
    assert [lesson.evidence for lesson in known.lessons] == expected


# With the real history


class RealHistory(Installation):
    """With a store of its own, or the one that is given."""

    def __init__(self, server: RedisServer, state: RedisServer | None = None) -> None:
        clock = DaysAhead()
        client = (state or server).client(2, timeout=0.25)
        if state is None:
            client.flushdb()
        self.history = RedisReputations(client, settings_for_tests(server.url()).reputation, every=3_600, clock=clock)
        super().__init__(server, self.history, clock)

    def judge(self, header: str = "", **message: object) -> Verdict:  # type: ignore[override]
        verdict = super().judge(header, **message)  # type: ignore[arg-type]
        self.history.flush()
        return verdict


def test_sender_of_bad_mail_is_known_for_it_and_becomes_good_again(server: RedisServer) -> None:
    installation = RealHistory(server)
    for _ in range(4):
        installation.judge(PROVEN, subject="weighs 20")
    marked = found(installation.judge(PROVEN))
    assert set(marked) == {"client_has_bad_reputation", "sender_has_bad_reputation"}
    assert 0 < sum(marked.values()) <= 4
    for _ in range(20):
        installation.clock.days += 1
        for _ in range(8):
            installation.judge(PROVEN)
    assert found(installation.judge(PROVEN)).get("sender_has_bad_reputation") is None


def test_reputation_does_not_feed_on_itself(server: RedisServer) -> None:
    """Mail that would not be marked but for the bad name teaches nothing bad: the name fades, it does not grow."""
    installation = RealHistory(server)
    for _ in range(3):
        for _ in range(4):
            auth = installation.judge(PROVEN, subject="weighs 20").auth
        installation.clock.days += 1
    before = installation.history.standings([DOMAIN]).of(Role.DOMAIN, auth)
    verdict = installation.judge(PROVEN, subject="weighs 2.4")
    assert verdict.score > 5, "marked by the name alone"
    for _ in range(10):
        installation.clock.days += 1
        installation.judge(PROVEN, subject="weighs 2.4")
    after = installation.history.standings([DOMAIN]).of(Role.DOMAIN, auth)
    assert before.score < after.score < 0.5


def test_good_name_takes_weeks(server: RedisServer) -> None:
    installation = RealHistory(server)
    for _ in range(12):
        assert found(installation.judge(PROVEN)) == {}
    for _ in range(15):
        installation.clock.days += 1
        for _ in range(4):
            verdict = installation.judge(PROVEN)
    assert set(found(verdict)) == {"sender_has_good_reputation"}
    assert -1.5 <= verdict.score < -0.5
    assert found(installation.judge(FORGED)) == {}, "a forger has nothing of it"


def test_store_that_is_away_changes_no_verdict_and_costs_no_time(server: RedisServer) -> None:
    with RedisServer() as state:
        installation = RealHistory(server, state)
        before = installation.judge(PROVEN)
        state.kill()
        began = time.monotonic()
        during = [installation.judge(PROVEN) for _ in range(5)]
        assert time.monotonic() - began < 3.0
        assert {verdict.action for verdict in during} == {before.action}
        assert {verdict.score for verdict in during} == {before.score}
        assert not any(verdict.partial for verdict in during)
