"""The secret behind the markers: read from its file, made at the first start."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from milter_front.marker import SHORTEST_KEY


def marker_key(settings: Settings) -> bytes:
    """The key of `front.release_key_file`, or `release.key` in the state directory, made when it is not there.

    Raises ConfigurationError when a named file is missing, others can read it, or it is too short.
    """
    named = settings.front.release_key_file
    path = Path(named) if named else Path(settings.state_dir) / "release.key"
    try:
        if not named:
            _make(path)
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(4096)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the key of released mail cannot be read ({error.strerror}): check front.release_key_file"
        ) from error
    if mode & 0o077:
        raise ConfigurationError(f"{path}: others can read this secret: chmod 600 {path}")
    if len(key.strip()) < SHORTEST_KEY:
        raise ConfigurationError(f"{path}: needs at least {SHORTEST_KEY} bytes: head -c 48 /dev/urandom > {path}")
    return key.strip()


def _make(path: Path) -> None:
    """Make the file once; whoever loses the race against another process reads the winner's key."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, unlike a rename, never replaces a key that another process has just begun to use.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
