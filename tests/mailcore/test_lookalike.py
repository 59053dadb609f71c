"""What looks alike, how far names are apart, and leetspeak."""

# ruff: noqa: RUF001  # letters that look like others are what this is about

from __future__ import annotations

import pytest

from mailcore.lookalike import edit_distance, skeleton, unleet


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PаyPаI", "paypal"),
        ("paypa1", "PAYPAL"),
        ("rnicrosoft", "microsoft"),
        ("vvellsfargo", "WellsFargo"),
        ("clropbox", "dropbox"),
        ("g00gle", "google"),
        ("аррӏе", "apple"),
        ("ᴘᴀʏᴘᴀʟ", "paypal"),
        ("🅿🅰🆈🅿🅰🅻", "paypal"),
        ("𝓅𝒶𝓎𝓅𝒶𝓁", "paypal"),
        ("ｐａｙｐａｌ", "paypal"),
        ("p\u200bay\u00adpal", "paypal"),
        ("p\u0336a\u0336y\u0336pal", "paypal"),
        ("pаypаl\u202e", "paypal"),
        ("ΑΜΑΖΟΝ", "amazon"),
        ("ñetfłix", "netflix"),
        ("сбербанк", "сбepбaнк"),
        ("CISCO", "cisco"),
    ],
)
def test_equal_skeletons(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "payday"),
        ("amazon", "amazing"),
        ("cisco", "disco"),
        ("example", "examples"),
        ("привет", "paypal"),
        ("日本", "本日"),
        ("bank", "dank"),
        ("", "a"),
        ("gmail", "mail"),
    ],
)
def test_different_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("paypal", "paypal", 0),
        ("paypal", "papyal", 1),
        ("paypal", "paypall", 1),
        ("paypal", "paipel", 2),
        ("paypal", "amazon", 3),
        ("", "", 0),
        ("", "abcdefgh", 3),
        ("a" * 10_000, "a" * 10_000, 0),
        ("a" * 10_000, "a" * 9_999, 3),
    ],
)
def test_edit_distance(one: str, other: str, distance: int) -> None:
    assert edit_distance(one, other, most=2) == distance


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("p4yp4l", "paypal"),
        ("paypa1", "paypal"),
        ("p@$$w0rd", "password"),
        ("V1agra", "Viagra"),
        ("b1tcoin acc0unt", "bitcoin account"),
        ("c4rd!", "card!"),
    ],
)
def test_leetspeak(text: str, plain: str) -> None:
    assert unleet(text) == plain


@pytest.mark.parametrize(
    "text",
    ["2024", "$100", "100%", "bob@example.com", "Hello!", "RTX 4090 Ti", "iPhone15", "ISO9001", "COVID-19", "B2B", ""],
)
def test_numbers_and_addresses_stay(text: str) -> None:
    assert unleet(text) == text
