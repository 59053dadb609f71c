"""The cache of compiled patterns: it saves time, and never spoils a start."""

from __future__ import annotations

import os
import threading
import time
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


def test_what_is_used_is_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was written long ago, and is read at every start."""
    monkeypatch.setattr(pattern_cache, "MAX_FILES", 2)
    cache = PatternCache([tmp_path])
    for number, key in enumerate(("a" * 64, "b" * 64)):
        cache.put(key, b"compiled")
        os.utime(tmp_path / key, (number, number))
    assert cache.get("a" * 64) == b"compiled"
    cache.put("c" * 64, b"compiled")
    assert (cache.get("a" * 64), cache.get("b" * 64)) == (b"compiled", None)


def test_one_compiles_and_the_other_waits(tmp_path: Path) -> None:
    compiled: list[int] = []

    def start(number: int) -> None:
        cache = PatternCache([tmp_path])
        with cache.alone(KEY):
            if cache.get(KEY) is None:
                compiled.append(number)
                time.sleep(0.1)
                cache.put(KEY, b"compiled")

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(compiled) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_cache, "LONGEST_WAIT", 0.05)
    with PatternCache([tmp_path]).alone(KEY), PatternCache([tmp_path]).alone(KEY):
        pass


def test_where_nothing_can_be_locked_everybody_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    with PatternCache([tmp_path / "file"]).alone(KEY), PatternCache([]).alone(KEY):
        pass
