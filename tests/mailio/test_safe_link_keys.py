"""Keys of safe links on disk: which one signs, which are refused, and that a new one is the newest."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailcore.safe_links import make_key
from mailcore.settings import Settings
from mailio.safe_link_keys import key_directory, load_keys, make_new_key

OLD, NEW = "o" * 64, "n" * 64


def put(directory: Path, name: str, text: str, mode: int = 0o600) -> None:
    file = directory / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def test_the_last_by_name_signs(tmp_path: Path) -> None:
    put(tmp_path, "20260101.key", OLD)
    put(tmp_path, "20270101.key", NEW + "\n")
    put(tmp_path, "notes.txt", "no key")
    put(tmp_path, ".hidden.key", "no key")

    keys = load_keys(tmp_path)

    assert [key.id for key in keys.keys] == [make_key(OLD.encode()).id, make_key(NEW.encode()).id]
    assert keys.signing.secret == NEW.encode()


def test_a_new_key_is_for_its_owner_and_signs(tmp_path: Path) -> None:
    directory = tmp_path / "safe-links"
    first = make_new_key(directory, now=1_700_000_000)
    second = make_new_key(directory, now=1_700_000_001)

    assert first.stat().st_mode & 0o777 == 0o600
    assert load_keys(directory).signing.secret == second.read_bytes().strip()
    assert len(load_keys(directory).keys) == 2
    assert not [path for path in directory.iterdir() if path.suffix != ".key"]


@pytest.mark.parametrize(
    ("text", "mode", "problem"),
    [
        ("short", 0o600, "at least 32 bytes"),
        ("", 0o600, "at least 32 bytes"),
        (NEW, 0o644, "others can read"),
        (NEW, 0o640, "others can read"),
    ],
)
def test_a_key_that_is_no_secret_is_refused(tmp_path: Path, text: str, mode: int, problem: str) -> None:
    put(tmp_path, "20260101.key", OLD)
    put(tmp_path, "20270101.key", text, mode)

    with pytest.raises(ConfigurationError, match=problem):
        load_keys(tmp_path)


def test_without_a_key_the_command_is_named(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigurationError, match="mailchord safe-links key new"):
            load_keys(directory)


def test_keys_lie_in_the_state_directory() -> None:
    assert key_directory(Settings(state_dir="/var/lib/x")) == Path("/var/lib/x/safe-links")
