"""Files that hold a secret: read where nobody else can read them, written once."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from mailcore.errors import ConfigurationError

_MOST_BYTES = 65_536


def read_secret(path: Path, *, what: str, setting: str) -> bytes:
    """The bytes of the file without white space around them.

    Raises ConfigurationError where it is missing or others can read it. Secrets that an orchestrator mounts are told
    by their file system, which is read-only: their mode is the orchestrator's business.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            is_mounted = bool(os.fstatvfs(file.fileno()).f_flag & os.ST_RDONLY)
            secret = file.read(_MOST_BYTES)
    except OSError as error:
        raise ConfigurationError(f"{path}: {what} cannot be read ({error.strerror}): check {setting}") from error
    if mode & 0o077 and not is_mounted:
        raise ConfigurationError(f"{path}: others can read this secret: chmod 600 {path}")
    return secret.strip()


def read_key(file: str, *, setting: str) -> str:
    """The key of a service, "" where no file is named. Raises ConfigurationError.

    Its mode is not looked at: such keys are often given to a group, and are worth less than ours.
    """
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigurationError(f"{setting}: {file}: cannot be read: {reason}") from None


def make_secret(path: Path, secret: bytes) -> None:
    """Write the file, whole or not at all, for its owner alone; one that is there stays. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, unlike a rename, never replaces a key that another process has just begun to use.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
