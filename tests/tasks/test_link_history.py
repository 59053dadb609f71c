"""Where links led before, on its way through the tasks: asked, carried to every pool, remembered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from msgspec.structs import replace

from mailcore.detector import Detector, Hit, Lifecycle
from mailcore.message import Direction, Envelope
from mailcore.settings import Correspondents
from mailcore.view import Lists, MailView
from mailio.correspondents import LINK_DOMAINS, PAIRS, RedisCorrespondents
from mailio.message_store import Job, RedisMessageStore
from mailio.state import Counters, RedisState
from tasks.aggregate import aggregate
from tasks.equipment import Equipment, build_link_domains
from tasks.intake import intake
from tasks.scan import scan
from tasks.scanner import Scanner
from tests.fakes import DaysAhead
from tests.redis_server import RedisServer
from tests.tasks.pools_for_tests import settings_for_tests
from workers.pool import Gathered, Pool, Work

pytestmark = pytest.mark.system
ELSEWHERE = "ocr"  # a pool that runs as a task of its own; `urls` runs in place


def pool_that_tells(name: str) -> Pool:
    """A pool whose finding is what it was told of links; one that weighs 20 where the subject is "bad"."""

    def detect(view: MailView) -> Iterable[Hit]:
        summary = ",".join(view.new_link_domains)
        yield Hit(summary=summary, weight=20.0 if view.message.subject == "bad" else 0.0)

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
    """The tasks on one server."""

    def __init__(self, server: RedisServer) -> None:
        server.client().flushall()
        self.clock = DaysAhead()
        known = Correspondents(history_days=3, history_messages=2)
        settings = replace(settings_for_tests(server.url()), correspondents=known)
        settings = replace(settings, pools={name: settings.pools[name] for name in ("urls", ELSEWHERE)})
        durable = RedisState(server.client(2))
        self.link_domains = RedisCorrespondents(
            server.client(2), known, every=3_600, clock=self.clock, key=LINK_DOMAINS
        )
        self.equipment = Equipment(
            settings=settings,
            scanner=Scanner(
                settings=settings,
                pools={name: pool_that_tells(name) for name in settings.pools},
                lists=Lists(),
                policy_version="test-1",
            ),
            store=RedisMessageStore(server.client(1)),
            state=durable,
            counters=Counters(durable),
            link_domains=self.link_domains,
            clock=self.clock,
        )
        self._number = 0

    def new(self, text: str, *, subject: str = "good", direction: Direction = Direction.INBOUND) -> str:
        """The domains that every pool was told are new, of a message with that text."""
        self._number += 1
        message_id, now = f"id-{self._number}", self.clock()
        envelope = Envelope(sender="bob@sender.example", recipients=("anna@our.example",), direction=direction)
        raw = f"From: <bob@sender.example>\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode()
        job = Job(envelope=envelope, submitted_at=now, deadline_at=now + 5, reserve=0.5)
        self.equipment.store.submit(message_id, job, raw, appended=0, seconds=30)
        intake(message_id, self.equipment, self._fan_out)
        aggregate(message_id, self.equipment)
        self.link_domains.flush()
        verdict = self.equipment.store.standing(message_id)
        assert verdict is not None
        told = {finding.summary for finding in verdict.findings}
        assert len(told) == 1, "in place and elsewhere the same"
        return told.pop()

    def _fan_out(self, message_id: str, pools: Sequence[str]) -> None:
        for pool in pools:
            scan(message_id, pool, self.clock(), self.equipment, lambda _message_id, _pool: None)

    def grow_old(self) -> None:
        """A history that is long enough to call a domain new."""
        for _ in range(3):
            self.new("https://www.old.example/")
        self.clock.days += 4


@pytest.fixture
def installation(server: RedisServer) -> Installation:
    return Installation(server)


def test_a_fresh_installation_calls_nothing_new(installation: Installation) -> None:
    assert [installation.new(f"https://{name}.example/") for name in "abcd"] == [""] * 4


def test_a_domain_is_known_by_the_next_day(installation: Installation) -> None:
    installation.grow_old()
    text = "https://www.old.example/ https://x.new.example/ https://new.example/ https://other.example/"
    assert installation.new(text) == "new.example,other.example"
    assert installation.new(text) == "new.example,other.example", "not within an hour"
    installation.clock.days += 1.1
    assert installation.new(text) == ""


def test_what_we_write_ourselves_is_known_at_once(installation: Installation) -> None:
    installation.grow_old()
    assert installation.new("https://new.example/", direction=Direction.OUTBOUND) == ""
    assert installation.new("https://new.example/") == ""


def test_bad_mail_makes_nothing_known(installation: Installation) -> None:
    installation.grow_old()
    installation.new("https://new.example/", subject="bad")
    installation.clock.days += 2
    assert installation.new("https://new.example/") == "new.example"


def test_a_senders_own_domain_is_not_new(installation: Installation) -> None:
    installation.grow_old()
    assert installation.new("https://www.sender.example/ no link else") == ""
    assert installation.new("no link at all") == ""


def test_it_is_kept_apart_from_correspondents(installation: Installation, server: RedisServer) -> None:
    installation.new("https://new.example/")
    assert (server.client(2).zcard(LINK_DOMAINS), server.client(2).exists(PAIRS)) == (1, 0)


@pytest.mark.parametrize("off", [{"enabled": False}, {"link_domains": 0}], ids=str)
def test_it_can_be_switched_off(off: dict[str, int], server: RedisServer) -> None:
    settings = replace(settings_for_tests(server.url()), correspondents=replace(Correspondents(), **off))
    assert build_link_domains(settings) is None
    assert build_link_domains(settings_for_tests(server.url())) is not None
