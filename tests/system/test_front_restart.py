"""Stops and restarts under load: what runs is answered, what comes is deferred, nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.postfix import PrivatePostfix, needs_postfix
from tests.system.few_rules import WithFewRules
from tests.system.installation import Installation, eventually
from tests.system.traffic import POLICY, Traffic, check, letters, settle

pytestmark = [pytest.mark.system, needs_postfix, pytest.mark.timeout(600)]

MESSAGES = 120


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with WithFewRules(POLICY, unix=True) as running:
        yield running


def restart_everything(installation: Installation) -> None:
    """As `systemctl restart` does."""
    installation.stop()
    installation.start()


def restart_the_front(installation: Installation) -> None:
    """The supervisor starts it again."""
    before = installation.part("front")
    os.kill(before, signal.SIGTERM)
    assert eventually(lambda: installation.part("front") != before, seconds=60)
    installation.wait_until_well()


@pytest.mark.parametrize(
    ("first", "shares", "restart"),
    [(0, (0.3,), restart_everything), (MESSAGES, (0.2, 0.6), restart_the_front)],
    ids=["everything", "the front twice"],
)
def test_restart_under_load(
    installation: Installation, first: int, shares: tuple[float, ...], restart: Callable[[Installation], None]
) -> None:
    held_before = set(installation.held())
    errors_before = len(errors(installation))
    with PrivatePostfix(milter=installation.listen) as postfix:
        traffic = Traffic(postfix, letters(MESSAGES, seed=1, first=first))
        traffic.start()
        for share in shares:
            assert eventually(lambda share=share: len(traffic.endings) >= share * MESSAGES, seconds=120)  # type: ignore[misc]
            restart(installation)
        traffic.finish(seconds=240)
        account = settle(traffic, postfix, installation)
    ends = check(traffic, account)
    assert ends == {"delivered": MESSAGES * 8 // 10, "refused": MESSAGES // 10, "held": MESSAGES // 10}
    # A stop answers what it has begun: unlike after a kill, nothing is stored twice.
    assert len(set(installation.held()) - held_before) == MESSAGES // 10
    assert errors(installation)[errors_before:] == []


def errors(installation: Installation) -> list[dict[str, object]]:
    """Log lines that should make an administrator look; that the front ended is what the test wanted."""
    lines = [entry for entry in installation.log_lines() if entry.get("level") in ("error", "critical")]
    return [entry for entry in lines if not (entry["event"] == "died" and entry.get("process") == "front")]
