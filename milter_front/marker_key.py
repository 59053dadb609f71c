"""The secret behind the markers: read from its file, made at the first start."""

from __future__ import annotations

import secrets
from pathlib import Path

from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from mailio.secret_files import make_secret, read_secret
from milter_front.marker import SHORTEST_KEY

_WHAT = "the key of released mail"
_SETTING = "front.release_key_file"


def marker_key(settings: Settings) -> bytes:
    """The key of `front.release_key_file`, or `release.key` in the state directory, made when it is not there.

    Raises ConfigurationError when a named file is missing, others can read it, or it is too short.
    """
    named = settings.front.release_key_file
    path = Path(named) if named else Path(settings.state_dir) / "release.key"
    try:
        if not named and not path.exists():
            make_secret(path, secrets.token_hex(32).encode("ascii"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {_WHAT} cannot be read ({error.strerror}): check {_SETTING}") from error
    key = read_secret(path, what=_WHAT, setting=_SETTING)
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(f"{path}: needs at least {SHORTEST_KEY} bytes: head -c 48 /dev/urandom > {path}")
    return key
