"""What is counted of a verdict."""

from __future__ import annotations

from typing import cast

from mailcore.verdict import Action, ShadowVerdict, Verdict
from mailio.state import Counters, RedisState


class Written:
    """Takes what counters write."""

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}

    def add_counts(self, counts: dict[str, float]) -> None:
        for name, amount in counts.items():
            self.counts[name] = self.counts.get(name, 0) + amount


def test_policies_on_trial_are_counted_beside_the_live_one() -> None:
    written = Written()
    counters = Counters(cast(RedisState, written), every=3600)
    for action, differs in ((Action.REJECT, True), (Action.REJECT, False), (Action.ACCEPT, True)):
        shadow = ShadowVerdict(name="stricter", action=action, score=9.0, differs=differs)
        counters.verdict(Verdict(id="m1", action=Action.TAG, shadows=(shadow,)))
    counters.flush()

    assert {name: count for name, count in written.counts.items() if name.startswith(("shadow", "action"))} == {
        "action.tag": 3,
        "shadow.stricter.reject": 2,
        "shadow.stricter.accept": 1,
        "shadow.stricter.differs": 2,
    }
