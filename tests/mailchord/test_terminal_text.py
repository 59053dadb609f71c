"""Nothing that strangers wrote steers a terminal; sizes have few digits."""

from __future__ import annotations

import pytest

from mailchord.terminal_text import printable, size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcödé 漢字", "plain text, ünïcödé 漢字"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("two\nlines\r", r"two\x0alines\x0d"),
        ("right\u202eleft", r"right\u202eleft"),
    ],
    ids=["harmless", "terminal colours", "line ends", "direction override"],
)
def test_text_of_a_mail_does_not_steer_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_023, "1,023 bytes"),
        (1_024, "1 kB"),
        (1_440_000, "1.37 MB"),
        (536_870_912, "512 MB"),
        (25_239_000_000, "23.5 GB"),
        (9_876_543_210_000, "9,198 GB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert size(count) == words
