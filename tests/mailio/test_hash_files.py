"""Lists of hashes from disk, and what they say of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailcore.known_files import Standing, is_vouched_for, opinions_of
from mailio import hash_files
from mailio.hash_files import load_hash_lists

A, B, C = "a" * 64, "b" * 64, "0123456789abcdef" * 4

LINES: dict[str, tuple[str, str]] = {
    "a hash": (A, ""),
    "in capitals": (A.upper(), ""),
    "with words": (f"{A}  Loader of May", "Loader of May"),
    "with a comma": (f"{A}, Loader", "Loader"),
    "with a comment": (f"{A} Loader # from the bank", "Loader"),
    "only a comment behind": (f"  {A}  # seen", ""),
    "after others": (f"# list\n\n{B} Other\n{A} Loader\r\n", "Loader"),
    "with a byte order mark": (f"\ufeff{A} Loader", "Loader"),
}


@pytest.mark.parametrize(("text", "words"), LINES.values(), ids=LINES)
def test_lines_are_read(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "block-feed.txt").write_text(text, encoding="utf-8")
    (opinion,) = opinions_of(A, load_hash_lists([tmp_path]))
    assert (opinion.source, opinion.standing, opinion.words) == ("block-feed", Standing.MALWARE, words)


WRONG: dict[str, tuple[str, str, str]] = {
    "too short": ("block.txt", f"{A}\n{'a' * 63}\n", "block.txt:2: expected a SHA-256"),
    "MD5": ("block.txt", "d41d8cd98f00b204e9800998ecf8427e\n", "block.txt:1:"),
    "words first": ("block.txt", f"Loader {A}", "block.txt:1:"),
    "no digits": ("allow.txt", "g" * 64, "allow.txt:1:"),
    "two hashes without a gap": ("block.txt", A + A, "block.txt:1:"),
    "another name": ("malware.txt", A, "expected a name such as"),
    "a name that begins alike": ("blocked.txt", A, "expected a name such as"),
}


@pytest.mark.parametrize(("name", "text", "words"), WRONG.values(), ids=WRONG)
def test_wrong_lists_stop_the_start(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_hash_lists([tmp_path])
    assert words in str(caught.value)


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such directory"):
        load_hash_lists([tmp_path / "gone"])


def test_large_lists_take_eight_bytes_a_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_files, "LARGE_BYTES", 100)
    (tmp_path / "block-feed.txt").write_text(f"{A} Loader\n{B}\n")
    lists = load_hash_lists([tmp_path])
    assert [opinion.words for opinion in opinions_of(A, lists)] == [""]
    assert opinions_of(C, lists) == ()


@pytest.mark.parametrize(
    ("block", "allow", "vouched"),
    [("", A, True), (A, A, False), (A, "", False), ("", "", False), (B, A, True), ("", B, False)],
    ids=["good", "on both", "bad", "on none", "another is bad", "another is good"],
)
def test_malware_wins(tmp_path: Path, block: str, allow: str, vouched: bool) -> None:
    (tmp_path / "block.txt").write_text(block)
    (tmp_path / "allow-own.txt").write_text(allow)
    assert is_vouched_for(opinions_of(A, load_hash_lists([tmp_path]))) is vouched
