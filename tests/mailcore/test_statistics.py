"""Wilson intervals: known values, ends, and what is not a share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.statistics import Share, wilson


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [
        # Newcombe 1998, table I, method 3 (Wilson without continuity correction).
        pytest.param(81, 263, 0.2553, 0.3662, id="newcombe: 81 of 263"),
        pytest.param(15, 148, 0.0624, 0.1605, id="newcombe: 15 of 148"),
        pytest.param(0, 20, 0.0, 0.1611, id="newcombe: none of 20"),
        pytest.param(1, 29, 0.0061, 0.1718, id="newcombe: one of 29"),
        pytest.param(1, 123, 0.0014, 0.0446, id="one false positive of 123"),
        pytest.param(20, 20, 0.8389, 1.0, id="all of 20"),
        pytest.param(0, 0, 0.0, 1.0, id="nothing observed says nothing"),
    ],
)
def test_known_intervals(hits: int, total: int, low: float, high: float) -> None:
    share = wilson(hits, total)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("hits", "total"),
    [
        pytest.param(-1, 10, id="fewer than none"),
        pytest.param(11, 10, id="more than all"),
        pytest.param(1, 0, id="one of none"),
    ],
)
def test_what_is_not_a_share(hits: int, total: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson(hits, total)


@given(st.integers(1, 10_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    hits, total = counts
    share, mirrored = wilson(hits, total), wilson(total - hits, total)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert share.low == pytest.approx(1 - mirrored.high)


def test_more_mail_makes_the_interval_narrower() -> None:
    few, many = wilson(5, 50), wilson(500, 5_000)
    assert many.high - many.low < few.high - few.low


def test_how_it_reads() -> None:
    assert str(wilson(1, 123)) == "1/123 = 0.8% (0.1% to 4.5%)"
    assert Share(hits=0, total=0, low=0.0, high=1.0).value == 0
