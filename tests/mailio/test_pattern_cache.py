"""The cache of compiled patterns: it saves time, and never spoils a start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailio import pattern_cache
from mailio.pattern_cache import PatternCache

KEY = "0123456789abcdef"


def test_what_was_put_is_there_again(tmp_path: Path) -> None:
    PatternCache([tmp_path / "cache"]).put(KEY, b"compiled")
    assert PatternCache([tmp_path / "cache"]).get(KEY) == b"compiled"


def test_what_was_not_put_is_not_there(tmp_path: Path) -> None:
    assert PatternCache([tmp_path]).get(KEY) is None
    assert PatternCache([tmp_path / "missing"]).get(KEY) is None
    assert PatternCache([]).get(KEY) is None


def test_a_directory_that_cannot_be_used_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    cache = PatternCache([tmp_path / "file", tmp_path / "good"])
    cache.put(KEY, b"compiled")
    assert cache.get(KEY) == b"compiled"


def test_every_directory_keeps_it(tmp_path: Path) -> None:
    PatternCache([tmp_path / "state", tmp_path / "home"]).put(KEY, b"compiled")
    assert PatternCache([tmp_path / "other", tmp_path / "home"]).get(KEY) == b"compiled"


def test_without_any_usable_directory_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    PatternCache([tmp_path / "file"]).put(KEY, b"compiled")


@pytest.mark.parametrize("mode", [0o620, 0o602], ids=["group", "everybody"])
def test_a_file_that_others_could_write_is_not_believed(tmp_path: Path, mode: int) -> None:
    cache = PatternCache([tmp_path])
    cache.put(KEY, b"compiled")
    os.chmod(tmp_path / KEY, mode)
    assert cache.get(KEY) is None


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "ABC", "0123456789abcdef/x"])
def test_a_key_is_a_digest(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        PatternCache([tmp_path]).get(key)


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_cache, "MAX_FILES", 2)
    cache = PatternCache([tmp_path])
    for number in range(3):
        cache.put(f"{number:016x}", b"x")
        os.utime(tmp_path / f"{number:016x}", (number + 1, number + 1))
    cache.put(KEY, b"x")
    assert len(list(tmp_path.iterdir())) == 2
    assert cache.get(KEY) == b"x"
