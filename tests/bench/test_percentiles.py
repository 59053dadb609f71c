"""Percentiles by nearest rank; medians."""

from __future__ import annotations

import pytest

from bench.percentiles import Spread, median, percentile, spread


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        pytest.param([], 0.5, 0.0, id="none"),
        pytest.param([7.0], 0.01, 7.0, id="one-low"),
        pytest.param([7.0], 0.99, 7.0, id="one-high"),
        pytest.param([1.0, 2.0, 3.0, 4.0], 0.5, 2.0, id="even-count"),
        pytest.param([1.0, 2.0, 3.0, 4.0, 5.0], 0.5, 3.0, id="odd-count"),
        pytest.param([float(n) for n in range(1, 101)], 0.99, 99.0, id="p99-of-100"),
        pytest.param([float(n) for n in range(1, 101)], 1.0, 100.0, id="the-largest"),
        pytest.param([float(n) for n in range(1, 51)], 0.99, 50.0, id="p99-of-50-is-the-largest"),
    ],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_spread_is_in_milliseconds_whatever_the_order() -> None:
    assert spread([0.003, 0.001, 0.002]) == Spread(mean=2.0, p50=2.0, p95=3.0, p99=3.0, max=3.0)


def test_spread_of_nothing() -> None:
    assert spread([]) == Spread()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([], 0.0, id="none"),
        pytest.param([3.0, 1.0, 2.0], 2.0, id="odd"),
        pytest.param([1.0, 2.0], 1.5, id="even"),
    ],
)
def test_median(values: list[float], expected: float) -> None:
    assert median(values) == expected
