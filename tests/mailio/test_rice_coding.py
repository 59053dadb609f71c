"""Numbers in Rice-Golomb code, by vectors of Google's server, and what is none."""

from __future__ import annotations

from itertools import accumulate

import pytest

from mailio.rice_coding import NotRice, read_numbers

# k, code, differences: made by the service's own encoder (published with Google's Go client, Apache-2.0).
VECTORS = [
    (2, "f702", [15, 9]),
    (5, "00", [0]),
    (28, "54607be70a5fc1dcee69defe583ca3d6a5f2108c4a595600",
     [62763050, 1046523781, 192522171, 1800511020, 4442775, 582142548]),
    (28, "21c50291f982d757b8e93cf0c84fe8648d776204d6853f1c9700041b17c6",
     [339784008, 263128563, 63871877, 69723256, 826001074, 797300228, 671166008, 207712688]),
    (27, "8998d875bc4491eb390c3e309a78f36ad4d9b19ffb703e443ea3086742c22b46698e3cebd9105a439a32a52d4e770f877820b6ab71984"
     "80c9e9ed7230c13432ca901",
     [225846818, 328287420, 166748623, 29117720, 552397365, 350353215, 558267528, 4738273, 567093445, 28563065,
      55077698, 73091685, 339246010, 98242620, 38060941, 63917830, 206319759, 137700744]),
]  # fmt: skip


@pytest.mark.parametrize(("parameter", "code", "differences"), VECTORS, ids=lambda value: str(value)[:12])
def test_published_codes(parameter: int, code: str, differences: list[int]) -> None:
    expected = list(accumulate(differences, initial=0))
    assert list(read_numbers(0, parameter, len(differences), bytes.fromhex(code))) == expected


def test_published_indices() -> None:
    data = bytes.fromhex("720000c0210000100400001a01006017000000")
    assert list(read_numbers(172, 28, 5, data)) == [172, 229, 364, 494, 776, 963]


def test_one_number_alone() -> None:
    assert list(read_numbers(998, 0, 0, b"")) == [998]


@pytest.mark.parametrize(
    ("first", "parameter", "count", "data"),
    [
        pytest.param(-1, 5, 0, b"", id="below zero"),
        pytest.param(1 << 32, 5, 0, b"", id="first of 33 bits"),
        pytest.param(0, 5, -1, b"", id="count below zero"),
        pytest.param(0, 0, 1, b"\0", id="no parameter"),
        pytest.param(0, 32, 1, b"\0" * 8, id="parameter of 32"),
        pytest.param(0, 5, 1_000_000_000, b"\0" * 8, id="count of another list"),
        pytest.param(0, 2, 2, b"\xff\xff", id="ones to the end"),
        pytest.param(0, 28, 2, b"\xff" * 16, id="a number of more than 32 bits"),
        pytest.param((1 << 32) - 1, 3, 1, b"\x02\0", id="beyond 32 bits"),
        pytest.param(0, 7, 2, b"\x01\0", id="ends in a rest"),
    ],
)
def test_what_is_no_code(first: int, parameter: int, count: int, data: bytes) -> None:
    with pytest.raises(NotRice):
        read_numbers(first, parameter, count, data)
