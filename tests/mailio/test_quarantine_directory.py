"""Held mail is complete and private, or not there at all."""

from __future__ import annotations

import errno
import json
import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailcore.message import Envelope
from mailcore.ports import Quarantine
from mailcore.verdict import Action, Verdict
from mailio.quarantine_directory import QuarantineDirectory

ID = "0190-ABCD_efgh"
ENVELOPE = Envelope(sender="alice@example.com", recipients=("bob@example.net",))
RAW = b"Subject: x\r\n\r\nHello\x00\xff\r\n"


def verdict(message_id: str = ID) -> Verdict:
    return Verdict(id=message_id, action=Action.QUARANTINE, score=9.5, reasons=("It has a macro.",))


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """Writing past the limit fails in the kernel, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_message_is_kept_as_it_came_with_its_verdict_and_envelope(tmp_path: Path) -> None:
    quarantine: Quarantine = QuarantineDirectory(tmp_path / "state" / "quarantine")

    folder = Path(quarantine.store(verdict(), ENVELOPE, RAW))

    assert folder == tmp_path / "state" / "quarantine" / ID
    assert (folder / "message.eml").read_bytes() == RAW
    assert json.loads((folder / "verdict.json").read_text())["reasons"] == ["It has a macro."]
    assert json.loads((folder / "envelope.json").read_text())["recipients"] == ["bob@example.net"]


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    directory = tmp_path / "quarantine"

    folder = Path(QuarantineDirectory(directory).store(verdict(), ENVELOPE, RAW))

    assert oct(directory.stat().st_mode & 0o777) == oct(folder.stat().st_mode & 0o777) == "0o700"
    assert {oct(file.stat().st_mode & 0o777) for file in folder.iterdir()} == {"0o600"}


def test_the_same_id_again_changes_nothing(tmp_path: Path) -> None:
    quarantine = QuarantineDirectory(tmp_path)
    first = quarantine.store(verdict(), ENVELOPE, RAW)

    assert quarantine.store(verdict(), ENVELOPE, b"other bytes") == first
    assert (Path(first) / "message.eml").read_bytes() == RAW
    assert [entry.name for entry in tmp_path.iterdir()] == [ID]


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "short",
        "../../etc/cron.d/x",
        "a" * 65,
        "abcdefgh/..",
        "abcdefgh\n",
        "abcdefgh.eml",
        ".incoming-x",
        "äöüäöüäö",
    ],
)
def test_only_ids_of_ours_name_folders(tmp_path: Path, message_id: str) -> None:
    with pytest.raises(ValueError, match="not a message id"):
        QuarantineDirectory(tmp_path).store(verdict(message_id), ENVELOPE, RAW)

    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with file_size_limit(4096), pytest.raises(OSError) as caught:  # noqa: PT011  # the errno is checked below
        QuarantineDirectory(tmp_path).store(verdict(), ENVELOPE, b"x" * 100_000)

    assert caught.value.errno == errno.EFBIG
    assert not list(tmp_path.iterdir())


def test_after_a_full_disk_the_same_message_can_be_stored(tmp_path: Path) -> None:
    quarantine = QuarantineDirectory(tmp_path)
    with file_size_limit(4096), pytest.raises(OSError, match="too large"):
        quarantine.store(verdict(), ENVELOPE, b"x" * 100_000)

    folder = Path(quarantine.store(verdict(), ENVELOPE, b"x" * 100_000))

    assert (folder / "message.eml").stat().st_size == 100_000


def test_a_place_that_is_no_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "quarantine").write_text("a file")

    with pytest.raises(OSError, match="exists"):
        QuarantineDirectory(tmp_path / "quarantine").store(verdict(), ENVELOPE, RAW)


def test_two_processes_may_store_the_same_message_at_once(tmp_path: Path) -> None:
    starts = threading.Barrier(4)
    folders: list[str] = []

    def store() -> None:
        quarantine = QuarantineDirectory(tmp_path)
        starts.wait()
        folders.append(quarantine.store(verdict(), ENVELOPE, RAW))

    threads = [threading.Thread(target=store) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert folders == [str(tmp_path / ID)] * 4
    assert [entry.name for entry in tmp_path.iterdir()] == [ID]


def test_addresses_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    folder = Path(QuarantineDirectory(tmp_path).store(verdict(), Envelope(sender="\udce9@example.com"), RAW))

    assert json.loads((folder / "envelope.json").read_text())["sender"] == "\udce9@example.com"


def test_what_a_killed_process_left_is_removed_later(tmp_path: Path) -> None:
    old, fresh = tmp_path / ".incoming-old", tmp_path / ".incoming-fresh"
    for folder in (old, fresh):
        folder.mkdir()
        (folder / "message.eml").write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))

    QuarantineDirectory(tmp_path).store(verdict(), ENVELOPE, RAW)

    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".incoming-fresh", ID]


def test_usage_counts_whole_messages_only(tmp_path: Path) -> None:
    quarantine = QuarantineDirectory(tmp_path)
    quarantine.store(verdict(), ENVELOPE, RAW)
    quarantine.store(verdict("another-id"), ENVELOPE, RAW)
    (tmp_path / ".incoming-x").mkdir()
    (tmp_path / "a-file-there").write_text("not ours")

    usage = quarantine.usage()

    assert usage.count == 2
    assert usage.bytes == sum(file.stat().st_size for file in tmp_path.rglob("*.eml")) + sum(
        file.stat().st_size for file in tmp_path.rglob("*.json")
    )


def test_usage_of_a_quarantine_that_nothing_was_put_into(tmp_path: Path) -> None:
    assert QuarantineDirectory(tmp_path / "none").usage().count == 0
