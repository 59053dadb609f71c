"""The file of a list: what was put in is found and nothing else, and damage is seen."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailio.feed_store import Description, FeedDamaged, FeedFile, FeedWriter, hash_of, path_of, salt_of

SALT = b"0123456789abcdef"
TODAY = 20_000


def store(directory: Path, entries: dict[str, int], *, before: FeedFile | None = None, salt: bytes = SALT) -> FeedFile:
    writer = FeedWriter(salt)
    for key, day in entries.items():
        writer.add(key, day)
    path = path_of(directory, "ours")
    description = Description(name="ours", count=0, slots=1, salt=salt, imported_at=0.0)
    assert writer.write(path, description, today=TODAY, before=before).count == len(entries)
    return FeedFile(path)


def day(file: FeedFile, key: str) -> int | None:
    return file.day_of(hash_of(key, file.description.salt))


def test_a_hundred_thousand_are_found_and_no_other(tmp_path: Path) -> None:
    made = random.Random(7)
    listed = {f"page {made.getrandbits(80):x}.example/": made.randrange(1, 60_000) for _ in range(100_000)}
    file = store(tmp_path, listed)
    assert len(file) == len(listed)
    assert [key for key, since in listed.items() if day(file, key) != since] == []
    others = [f"page {made.getrandbits(80):x}.test/" for _ in range(100_000)]
    assert [key for key in others if day(file, key) is not None] == []
    assert file.size / len(file) < 12


@settings(max_examples=60, deadline=None)
@given(listed=st.dictionaries(st.text(max_size=40), st.integers(1, 65_535), max_size=80), others=st.sets(st.text()))
def test_any_keys_are_found(tmp_path_factory: pytest.TempPathFactory, listed: dict[str, int], others: set[str]) -> None:
    file = store(tmp_path_factory.mktemp("feeds"), listed)
    # Halves of characters are written as question marks: what cannot be told apart is the same key.
    assert {key: day(file, key) for key in listed} == listed
    assert [key for key in others - listed.keys() if day(file, key) is not None] == []


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 31, 32, 33, 1_000], ids=str)
def test_lists_of_every_size(tmp_path: Path, count: int) -> None:
    listed = {f"host h{number}.example": number + 1 for number in range(count)}
    file = store(tmp_path, listed)
    assert {key: day(file, key) for key in listed} == listed
    assert day(file, "host other.example") is None


def test_neighbours_of_hashes_are_not_found(tmp_path: Path) -> None:
    """Bytes of two hashes beside each other are no hash."""
    listed = {f"host h{number}.example": 1 for number in range(500)}
    file = store(tmp_path, listed)
    hashes = sorted(hash_of(key, SALT) for key in listed)
    shifted = [(first + second)[4:12] for first, second in itertools.pairwise(hashes)]
    assert [found for found in shifted if file.day_of(found) is not None] == []


def test_the_first_date_stays(tmp_path: Path) -> None:
    before = store(tmp_path, {"host a.example": 5, "host gone.example": 6})
    file = store(tmp_path, {"host a.example": 0, "host b.example": 0, "host c.example": 7}, before=before)
    found = [day(file, f"host {name}.example") for name in ("a", "b", "c", "gone")]
    assert found == [5, TODAY, 7, None]


def test_what_stands_there_twice_counts_once(tmp_path: Path) -> None:
    writer = FeedWriter(SALT)
    for listed in (0, 9, 3, 0):
        writer.add("host a.example", listed)
    description = Description(name="x", count=0, slots=1, salt=SALT, imported_at=0.0)
    assert writer.write(tmp_path / "x.feed", description, today=TODAY).count == 1
    assert day(FeedFile(tmp_path / "x.feed"), "host a.example") == 3


def test_the_secret_is_that_of_the_lists_before(tmp_path: Path) -> None:
    first = salt_of(tmp_path)
    assert salt_of(tmp_path) != first
    store(tmp_path, {}, salt=first)
    (tmp_path / "broken.feed").write_bytes(b"x")
    assert salt_of(tmp_path) == first
    assert hash_of("host a.example", first) != hash_of("host a.example", SALT)


def test_an_open_list_outlives_its_file(tmp_path: Path) -> None:
    before = store(tmp_path, {"host a.example": 1})
    after = store(tmp_path, {"host b.example": 1})
    assert (day(before, "host a.example"), day(after, "host a.example")) == (1, None)
    assert before.identity != after.identity


def test_nothing_else_is_left_in_the_directory(tmp_path: Path) -> None:
    store(tmp_path, {"host a.example": 1})
    assert os.listdir(tmp_path) == ["ours.feed"]
    with pytest.raises(OSError, match=r"."):
        FeedWriter(SALT).write(
            tmp_path / "no" / "x.feed", Description(name="x", count=0, slots=1, salt=SALT, imported_at=0.0), today=1
        )


def test_damage_is_seen_or_does_no_harm(tmp_path: Path) -> None:
    listed = {f"host h{number}.example": 1 for number in range(50)}
    store(tmp_path, listed)
    path = path_of(tmp_path, "ours")
    whole = path.read_bytes()
    made = random.Random(3)
    for number in range(300):
        kind, at = number % 3, made.randrange(len(whole))
        broken = whole[:at] if kind == 0 else whole[:at] + made.randbytes(4) + whole[at + 4 :]
        path.write_bytes(broken + (b"" if kind else b"junk"[: number % 4]))
        try:
            file = FeedFile(path)
        except (FeedDamaged, ValueError):
            continue
        for key in listed:
            assert day(file, key) is None or isinstance(day(file, key), int)


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"mailchord links 1", os.urandom(200)], ids=["empty", "zeros", "cut", "junk"]
)
def test_what_is_no_list(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.feed").write_bytes(content)
    with pytest.raises(FeedDamaged):
        FeedFile(tmp_path / "x.feed")
