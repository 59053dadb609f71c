"""Messages through a real Postfix while parts of mailchord are killed: each comes to exactly one end."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import signal
from collections.abc import Iterator

import pytest

from tests.postfix import PrivatePostfix, needs_postfix
from tests.system.few_rules import WithFewRules
from tests.system.installation import FAST_WORKER, POOLS_WORKER, Installation, children_of, merged
from tests.system.traffic import POLICY, Traffic, check, every, letters, settle

pytestmark = [pytest.mark.system, pytest.mark.chaos, needs_postfix, pytest.mark.timeout(1800)]

log = logging.getLogger(__name__)

# `MAILCHORD_CHAOS_MESSAGES=2000 make test ARGS="-m chaos -k random"` is the long run.
MESSAGES = int(os.environ.get("MAILCHORD_CHAOS_MESSAGES", "300"))
SEED = int(os.environ.get("MAILCHORD_CHAOS_SEED", "20260105"))
# A deadline as short as it may be on a busy machine: killed scans are noticed by it.
SETTINGS = {"front": {"deadline_seconds": 6.0}, "pools": {"ocr": {"enabled": False}}}

CHILD_OF_FAST, CHILD_OF_POOLS = "a child of intake's worker", "a child of the pools' worker"
CHILDREN = (CHILD_OF_FAST, CHILD_OF_FAST, CHILD_OF_POOLS)
PARTS = (FAST_WORKER, POOLS_WORKER, "front", "redis-broker")
# A worker needs seconds to start: between two deaths of whole parts some messages get through.
MESSAGES_BETWEEN = max(10, MESSAGES // 10)


@pytest.fixture
def installation() -> Iterator[Installation]:
    with WithFewRules(merged(POLICY, SETTINGS), unix=True) as running:
        yield running


class Killer:
    """Kills one process after the other, in an order that the seed decides: children always, whole parts at times."""

    def __init__(self, installation: Installation, traffic: Traffic, seed: int) -> None:
        self._installation = installation
        self._traffic = traffic
        self._random = random.Random(seed)
        self._next_part_at = 5
        self.killed = dict.fromkeys((CHILD_OF_FAST, CHILD_OF_POOLS, *PARTS), 0)

    def kill_one(self) -> None:
        name = self._random.choice(CHILDREN)
        if len(self._traffic.endings) >= self._next_part_at:
            self._next_part_at = len(self._traffic.endings) + MESSAGES_BETWEEN
            name = min(PARTS, key=lambda part: (self.killed[part], self._random.random()))
        pid = self._process(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.killed[name] += 1

    def _process(self, name: str) -> int | None:
        parts = self._installation.parts
        if name in parts:
            return parts[name]
        children = children_of(parts[FAST_WORKER if name == CHILD_OF_FAST else POOLS_WORKER])
        return self._random.choice(children) if children else None


def test_each_message_comes_to_exactly_one_end(installation: Installation) -> None:
    with PrivatePostfix(milter=installation.listen) as postfix:
        traffic = Traffic(postfix, letters(MESSAGES, seed=SEED))
        killer = Killer(installation, traffic, SEED)
        traffic.start()
        every(0.7, killer.kill_one, until=lambda: len(traffic.endings) >= 0.95 * MESSAGES, at_most=60 + MESSAGES * 0.3)
        log.info("killing is over: killed %s; %s", killer.killed, traffic.summary())
        traffic.finish(seconds=300 + MESSAGES * 0.5)
        account = settle(traffic, postfix, installation)
        ends = check(traffic, account)
        judged = [copy["X-Mailchord-Verdict"] for copy in postfix.messages()]

    log.info("%s; ends %s", traffic.summary(), dict(ends))
    assert all(killer.killed.values()), "nobody was spared"
    assert all(judged), "nothing is delivered unscanned"
    assert ends["delivered"] >= MESSAGES // 2
    installation.wait_until_well(seconds=120)
