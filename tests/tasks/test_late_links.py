"""Links that turn bad after the answer: remembered on the way, told once, and blocked at the click."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from mailcore.carried_link_settings import CarriedLinks
from mailcore.click_settings import Clicks
from mailcore.clicks import ClickAnswer, Mark
from mailcore.link_addresses import Address, address_of
from mailcore.message import Envelope
from mailcore.plan import Plan
from mailcore.safe_links import SafeLink
from mailcore.settings import Mode, PoolSettings, Settings
from mailcore.verdict import Action, RecipientVerdict, Verdict
from mailio.carried_links import Carrier, RedisCarriedLinks
from mailio.configuration import default_configs
from mailio.link_marks import UNSEEN_SECONDS, LinkMarks
from mailio.message_store import Job, RedisMessageStore
from mailio.state import EVENTS, Counters, RedisState
from tasks.aggregate import aggregate
from tasks.carried_links import remember_links
from tasks.clicks import ClickJudge, build_click_judge
from tasks.equipment import Equipment
from tasks.intake import intake
from tasks.late_links import MOST_EVENTS, BlockedClicks, Cause, LateLinks, build_carried_links, build_late_links
from tasks.link_changes import is_delivered
from tasks.record import mark_message, note_late_verdict
from tests.redis_server import RedisServer
from tests.tasks.pools_for_tests import scanner_for_tests, settings_for_tests

pytestmark = pytest.mark.system
PAGE_X = "page a.example/x"
CAUSE = Cause(reason="It is bad.", host="a.example")
ENVELOPE = Envelope(sender="bob@partner.example", recipients=("anna@our.example",), queue_id="4bQueue")


class Installation:
    """What workers and commands have on one server."""

    def __init__(self, server: RedisServer) -> None:
        server.client().flushall()
        self.client = server.client(2)
        self.settings = settings_for_tests(server.url())
        self.carried = RedisCarriedLinks(server.client(2), CarriedLinks(), every=3_600)
        self.marks = LinkMarks(server.client(2))
        self.state = RedisState(server.client(2))
        self.late = LateLinks(self.carried, self.marks, self.state)
        self.equipment = Equipment(
            settings=self.settings,
            scanner=scanner_for_tests(self.settings),
            store=RedisMessageStore(server.client(1)),
            state=self.state,
            counters=Counters(self.state),
            carried_links=self.carried,
            link_marks=self.marks,
        )
        self.message_number = 0

    def judge(self, text: str, *, subject: str = "content=clean") -> str:
        """The id of a message with that text, which goes the usual way and is answered."""
        self.message_number += 1
        message_id, now = f"m-{self.message_number}", time.time()
        raw = f"From: <bob@partner.example>\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode()
        job = Job(envelope=ENVELOPE, submitted_at=now, deadline_at=now + 30, reserve=0.5)
        self.equipment.store.submit(message_id, job, raw, appended=0, seconds=60)
        intake(message_id, self.equipment, lambda _message_id, _pools: None)
        aggregate(message_id, self.equipment)
        self.carried.flush()
        return message_id

    def remember(self, *hrefs: str, count: int = 1) -> None:
        for _ in range(count):
            self.message_number += 1
            self.carried.remember(f"m-{self.message_number}", "Q", hrefs)
        self.carried.flush()

    def carriers(self, key: str) -> list[str]:
        return [carrier.id for carrier in self.carried.carriers([key])]

    def events(self) -> list[dict[str, str]]:
        entries = self.client.xrange(EVENTS)
        return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]

    def marked(self, message_id: str) -> Mark | None:
        return next(iter(self.marks.find([], message_id)), None)


@pytest.fixture
def here(server: RedisServer) -> Installation:
    return Installation(server)


def at(href: str) -> Address:
    found = address_of(href)
    assert found is not None
    return found


def until(is_so: Callable[[], object]) -> None:
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.02)


# What is remembered


def test_links_of_accepted_mail_are_remembered(here: Installation) -> None:
    message_id = here.judge("see https://a.example/x?id=7 and http://127.0.0.1/")
    ((carrier, _),) = here.carried.carriers([PAGE_X]).items()
    assert (carrier.id, carrier.queue_id) == (message_id, "4bQueue")


@pytest.mark.parametrize("subject", ["content=bad", "content=raise"], ids=["held", "deferred"])
def test_those_of_other_mail_are_not(here: Installation, subject: str) -> None:
    message_id = here.judge("https://a.example/x", subject=subject)
    standing = here.equipment.store.standing(message_id)
    assert standing is not None
    assert standing.action not in (Action.ACCEPT, Action.TAG)
    assert here.carriers(PAGE_X) == []


def test_those_of_mail_that_the_front_answered_at_the_deadline_are(here: Installation) -> None:
    here.message_number = 6
    here.equipment.store.claim(Verdict(id="m-7", action=Action.ACCEPT, decided_by="front"), reply_to="", seconds=60)
    assert here.judge("https://a.example/x") == "m-7"
    assert here.carriers(PAGE_X) == ["m-7"]


def test_nothing_is_remembered_where_that_is_off(here: Installation) -> None:
    off = replace(here.settings, carried_links=CarriedLinks(enabled=False))
    assert build_carried_links(off) is None
    scanner = scanner_for_tests(off)
    parsed = scanner.parse(b"\r\nhttps://a.example/x\r\n", message_id="m", truncated=False)
    assert scanner.plan(ENVELOPE, parsed.message).plan.links == ()
    equipment = replace(here.equipment, carried_links=None)
    remember_links(ENVELOPE, Plan(links=("https://a.example/x",)), Verdict(id="m", action=Action.ACCEPT), equipment)
    assert build_late_links(off).turned_bad({PAGE_X: CAUSE}) == 0


ACCEPT, TAG, TEMPFAIL, HELD = Action.ACCEPT, Action.TAG, Action.TEMPFAIL, Action.QUARANTINE


@pytest.mark.parametrize(
    ("mode", "actions", "expected"),
    [
        (Mode.ENFORCE, [ACCEPT], True),
        (Mode.ENFORCE, [TAG], True),
        (Mode.ENFORCE, [HELD, TAG], True),
        (Mode.ENFORCE, [HELD], False),
        (Mode.ENFORCE, [TEMPFAIL], False),
        (Mode.ENFORCE, [Action.REJECT, Action.DISCARD], False),
        (Mode.TAG_ONLY, [HELD], True),
        (Mode.TAG_ONLY, [TEMPFAIL], False),
        (Mode.MONITOR, [Action.REJECT], True),
    ],
    ids=str,
)
def test_what_is_delivered(mode: Mode, actions: list[Action], expected: bool) -> None:
    entries = tuple(RecipientVerdict(recipient="anna@our.example", action=action) for action in actions)
    assert is_delivered(Verdict(id="m", action=actions[0], recipients=entries), mode) is expected
    if len(actions) == 1:
        assert is_delivered(Verdict(id="m", action=actions[0]), mode) is expected


# What turned bad


def test_every_message_is_marked_and_told_once(here: Installation) -> None:
    here.remember("https://a.example/x", "https://b.example/", count=2)
    here.remember("https://a.example/y")
    causes = {PAGE_X: CAUSE, "page b.example/": Cause(reason="Later.", host="b.example")}
    assert here.late.turned_bad(causes) == 2
    (first, second) = here.events()
    assert first["id"] == "m-1"
    assert {name: second[name] for name in second if name != "at"} == {
        "kind": "late verdict by link", "id": "m-2", "queue_id": "Q", "host": "a.example", "reason": "It is bad.",
    }  # fmt: skip
    mark = here.marked("m-1")
    assert mark is not None
    assert (mark.is_bad, mark.reason, mark.about) == (True, "It is bad.", PAGE_X)
    assert here.marked("m-3") is None
    assert here.late.turned_bad(causes) == 0
    assert len(here.events()) == 2
    assert here.state.counts() == {"late_verdicts_by_link": 2}


@pytest.mark.parametrize("key", ["page a.example/y", "host example", "domain x.a.example", "page b.example/x"])
def test_what_nobody_carried_is_told_nobody(here: Installation, key: str) -> None:
    here.remember("https://a.example/x")
    assert here.late.turned_bad({key: CAUSE}) == 0
    assert here.late.turned_bad({}) == 0
    assert (here.events(), here.state.counts(), here.marked("m-1")) == ([], {}, None)


def test_of_many_messages_the_number_is_told(here: Installation) -> None:
    here.remember("https://a.example/x", count=MOST_EVENTS + 50)
    assert here.late.turned_bad({"domain a.example": CAUSE}, seconds=100) == MOST_EVENTS + 50
    events = here.events()
    assert len(events) == MOST_EVENTS + 1
    assert (events[-1]["kind"], events[-1]["messages"], events[-1]["told"]) == (
        "late verdicts by link", str(MOST_EVENTS + 50), str(MOST_EVENTS),
    )  # fmt: skip
    assert here.marked(f"m-{MOST_EVENTS + 50}") is not None
    assert 0 < here.client.ttl("mailchord:mark:message:m-1") <= 100


def test_a_message_that_is_known_otherwise_is_marked_too(here: Installation) -> None:
    here.remember("https://a.example/x")
    besides = {Carrier(id="m-1", queue_id="", at=0.0): PAGE_X, Carrier(id="m-old", queue_id="", at=0.0): PAGE_X}
    assert here.late.turned_bad({PAGE_X: CAUSE}, besides=besides) == 2
    assert {event["id"]: event["queue_id"] for event in here.events()} == {"m-1": "Q", "m-old": ""}


# Late verdicts of messages

BAD_NOW = Verdict(id="m-1", action=Action.QUARANTINE, decided_by="late", reasons=("It has a virus.",))


@pytest.mark.parametrize(
    ("answered", "now", "expected"),
    [
        (ACCEPT, HELD, True),
        (TAG, Action.REJECT, True),
        (TEMPFAIL, HELD, True),
        (ACCEPT, TAG, False),
        (ACCEPT, TEMPFAIL, False),
        (HELD, ACCEPT, False),
        (Action.REJECT, HELD, False),
        (HELD, HELD, False),
    ],
    ids=str,
)
def test_a_message_that_turned_bad_is_marked(here: Installation, answered: Action, now: Action, expected: bool) -> None:
    mark_message(replace(BAD_NOW, action=now), Verdict(id="m-1", action=answered), here.equipment)
    mark = here.marked("m-1")
    assert (mark is not None and mark.reason == "It has a virus.") is expected
    mark_message(BAD_NOW, Verdict(id="m-1", action=ACCEPT), replace(here.equipment, link_marks=None))


def test_late_work_marks_the_message(here: Installation) -> None:
    here.equipment.store.claim(Verdict(id="m-1", action=ACCEPT, decided_by="front"), reply_to="", seconds=60)
    here.judge("https://a.example/x", subject="content=bad")
    assert here.marked("m-1") is None
    job = here.equipment.store.peek_job("m-1")
    assert job is not None
    note_late_verdict("m-1", job, here.equipment)
    mark = here.marked("m-1")
    assert mark is not None
    assert mark.is_bad
    assert [event["kind"] for event in here.events()] == ["late verdict"]


# Clicks


def test_a_link_that_is_blocked_at_a_click_is_told(here: Installation) -> None:
    here.remember("https://a.example/x?to=anna")
    blocked = BlockedClicks(here.late)
    blocked.tell(at("https://a.example/x?to=anna"), CAUSE, "m-9")
    until(lambda: len(here.events()) == 2)
    assert {event["id"] for event in here.events()} == {"m-1", "m-9"}
    (mark,) = here.marks.find([at("https://a.example/x?to=anna")])
    assert (mark.is_bad, mark.about) == (True, PAGE_X), "the query may name a recipient"
    assert here.marks.find([at("https://a.example/x")]) == ()
    left = {name: here.client.ttl(name) for name in here.client.scan_iter("mailchord:mark:*")}
    assert len(left) == 3
    assert all(0 < seconds <= UNSEEN_SECONDS for seconds in left.values())


def test_clicks_go_on_where_the_store_is_away() -> None:
    with RedisServer() as gone:
        client = gone.client(2, timeout=0.5)
        late = LateLinks(RedisCarriedLinks(client, CarriedLinks()), LinkMarks(client), RedisState(client))
        gone.kill()
        blocked = BlockedClicks(late)
        for number in range(2_000):
            blocked.tell(at(f"https://a.example/{number}"), CAUSE, "m-1")
        until(lambda: not blocked.is_telling)
        gone.start()
        blocked.tell(at("https://a.example/x"), CAUSE, "")
        until(lambda: late.marks.find([at("https://a.example/x")]))


@pytest.fixture(scope="module")
def built() -> ClickJudge:
    return build_click_judge(
        Settings(pools={"urls": PoolSettings()}, clicks=Clicks(seconds=30.0)), default_configs(), None
    )


class Told(BlockedClicks):
    """Only notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Address, Cause, str]] = []

    def tell(self, address: Address, cause: Cause, message_id: str) -> None:
        self.told.append((address, cause, message_id))


def click(target: str) -> SafeLink:
    return SafeLink(target=target, reference="m-1", issued_at=0, expires_at=0)


PHISH = "https://www.paypal.com.account-check.example/login"


def test_only_what_the_checks_themselves_block_is_told(built: ClickJudge, here: Installation) -> None:
    told = Told()
    score = built.judge(click(PHISH)).score
    assert score > 0
    low = Settings(clicks=Clicks(seconds=30.0, block_score=score, warn_score=0.5))
    high = Settings(clicks=Clicks(seconds=30.0, block_score=score + 1, warn_score=0.5))
    assert ClickJudge(built._scanner, here.marks, high, told).judge(click(PHISH)).answer is ClickAnswer.WARN
    here.marks.mark_link(at("https://known.example/"), Mark(is_bad=True, reason="r"), whole_host=True)
    judge = ClickJudge(built._scanner, here.marks, low, told)
    assert judge.judge(click("https://known.example/x")).answer is ClickAnswer.BLOCK
    assert judge.judge(click("https://www.example.com/")).answer is ClickAnswer.GO
    assert judge.judge(click("nonsense")).answer is ClickAnswer.BLOCK
    assert told.told == []
    assert judge.judge(click(PHISH)).answer is ClickAnswer.BLOCK
    ((address, cause, reference),) = told.told
    assert (address, cause.host, reference) == (at(PHISH), "www.paypal.com.account-check.example", "m-1")
    assert cause.reason


def test_what_could_not_be_checked_is_no_news(built: ClickJudge) -> None:
    """An installation that blocks what it cannot check says nothing bad of it."""
    told = Told()
    options = Clicks(unchecked=False, seconds=0.001)
    slow = replace(built._scanner, pools={"urls": replace(built._scanner.pools["urls"], gather=None)})  # type: ignore[type-var]
    judge = ClickJudge(slow, None, Settings(clicks=options), told)
    assert judge.judge(click("https://www.example.com/")).answer is ClickAnswer.BLOCK
    assert told.told == []
