"""The keys of safe links: files in a directory, each a secret of its own, the newest the last by name."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from mailcore import safe_links
from mailcore.errors import ConfigurationError
from mailcore.safe_links import Keys
from mailcore.settings import Settings
from mailio.secret_files import make_secret, read_secret

_SUFFIX = ".key"
_SETTING = "safe_links.key_dir"
_MAKE_ONE = "make one with: mailchord safe-links key new"


def key_directory(settings: Settings) -> Path:
    """Where the keys are: `safe_links.key_dir`, or `safe-links` in the state directory."""
    return Path(settings.safe_links.key_dir or Path(settings.state_dir) / "safe-links")


def load_keys(directory: Path) -> Keys:
    """The keys of `*.key` in the order of their names; that of the last one signs.

    Raises ConfigurationError where there is none, or one cannot be used: half of the links would lead nowhere.
    """
    try:
        # Hidden ones are what Kubernetes keeps beside the links to its secrets.
        paths = sorted(path for path in directory.iterdir() if path.suffix == _SUFFIX and path.name[0] != ".")
    except OSError as error:
        raise ConfigurationError(
            f"{directory}: keys of safe links cannot be read ({error.strerror}): {_MAKE_ONE}"
        ) from error
    if not paths:
        raise ConfigurationError(f"{directory}: no key of safe links (*{_SUFFIX}) is here: {_MAKE_ONE}")
    keys = []
    for path in paths:
        try:
            keys.append(safe_links.make_key(read_secret(path, what="a key of safe links", setting=_SETTING)))
        except ValueError as error:
            raise ConfigurationError(f"{path}: {error}: {_MAKE_ONE}") from error
    return Keys(tuple(keys))


def make_new_key(directory: Path, *, now: float) -> Path:
    """A new key, named by the time so that it is the newest; returns its file. Raises ConfigurationError."""
    name = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    path = directory / f"{name}-{secrets.token_hex(2)}{_SUFFIX}"
    try:
        make_secret(path, secrets.token_hex(32).encode("ascii"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written ({error.strerror}): check {_SETTING}") from error
    return path
