"""Token buckets as arithmetic."""

from __future__ import annotations

import pytest

from mailcore.rate import Bucket, take_token

SECOND = 1_000_000


def taken(limit: int, seconds: float, times: list[float], *, full_at: int = 0) -> list[bool]:
    """Whether each try at these times got a token."""
    bucket = Bucket("key", limit, seconds)
    results = []
    for now in times:
        after = take_token(full_at, int(now * SECOND), bucket)
        results.append(after is not None)
        full_at = full_at if after is None else after
    return results


@pytest.mark.parametrize(
    ("limit", "seconds", "times", "expected"),
    [
        pytest.param(1, 60.0, [0, 0], [True, False], id="one"),
        pytest.param(3, 60.0, [0, 0, 0, 0], [True, True, True, False], id="the fourth of three"),
        pytest.param(3, 60.0, [0, 0, 0, 19.9], [True, True, True, False], id="before a third of the window"),
        pytest.param(3, 60.0, [0, 0, 0, 20, 20], [True, True, True, True, False], id="one comes back after a third"),
        pytest.param(3, 60.0, [0, 0, 0, 60, 60, 60, 60], [*[True] * 6, False], id="full again after the window"),
        pytest.param(3, 60.0, [0, 20, 40, 60, 80, 100], [True] * 6, id="a steady client is never refused"),
        pytest.param(2, 10.0, [0, 0, 0, 0, 0, 5], [True, True, False, False, False, True], id="refused tries are free"),
        pytest.param(2, 60.0, [100, 99, 99], [True, False, False], id="a clock that goes back makes no tokens"),
        pytest.param(1, 60.0, [9_999, 0, 0], [True, True, False], id="one that goes back for long stops nobody"),
    ],
)
def test_tokens_come_back_evenly(limit: int, seconds: float, times: list[float], expected: list[bool]) -> None:
    assert taken(limit, seconds, times) == expected


@pytest.mark.parametrize("limit", [1, 3, 7, 50, 100, 999, 1_000_000])
@pytest.mark.parametrize("now", [0, 1_700_000_000 * SECOND], ids=["at zero", "at a real time"])
def test_a_full_bucket_holds_just_its_limit(limit: int, now: int) -> None:
    count = min(limit, 2_000)
    bucket = Bucket("key", limit, 60.0)
    full_at = now
    for _ in range(count):
        after = take_token(full_at, now, bucket)
        assert after is not None
        full_at = after
    assert (take_token(full_at, now, bucket) is None) == (count == limit)


def test_what_another_limit_left_behind_stops_nobody_for_longer_than_the_window() -> None:
    assert taken(2, 10.0, [0.0, 0.0, 0.0], full_at=86_400 * SECOND) == [True, True, False]
