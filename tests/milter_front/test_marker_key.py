"""The secret of the markers on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailcore.settings import Front, Settings
from milter_front.marker_key import marker_key


def test_made_once_and_readable_by_us_only(tmp_path: Path) -> None:
    configured = Settings(state_dir=str(tmp_path / "state"))
    key = marker_key(configured)
    assert len(key) >= 32
    assert marker_key(configured) == key
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["release.key"]
    assert (tmp_path / "state" / "release.key").stat().st_mode & 0o777 == 0o600
    assert marker_key(Settings(state_dir=str(tmp_path / "other"))) != key


def test_a_named_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"s" * 40 + b"\n")
    path.chmod(0o600)
    assert marker_key(Settings(front=Front(release_key_file=str(path)))) == b"s" * 40


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        pytest.param(None, 0o600, "cannot be read", id="missing"),
        pytest.param(b"s" * 40, 0o640, "chmod 600", id="group may read"),
        pytest.param(b"s" * 40, 0o604, "chmod 600", id="all may read"),
        pytest.param(b"short", 0o600, "at least 32 bytes", id="short"),
        pytest.param(b" " * 64, 0o600, "at least 32 bytes", id="blank"),
    ],
)
def test_a_bad_file_stops_the_start(tmp_path: Path, content: bytes | None, mode: int, said: str) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(ConfigurationError, match=said) as caught:
        marker_key(Settings(front=Front(release_key_file=str(path))))
    assert "\n" not in str(caught.value)


def test_a_state_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        marker_key(Settings(state_dir=str(tmp_path / "file" / "state")))
