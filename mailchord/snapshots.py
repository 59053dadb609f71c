"""The configuration in use, as a copy: what somebody edits does not run until it was checked as a whole.

A part that dies and is started again reads the copy too, so that a half-edited file never meets a restart.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from mailchord.start import Start
from mailcore.errors import ConfigurationError

SETTINGS_FILE = "mailchord.yaml"
CURRENT = "current"


class Snapshots:
    """Numbered copies in one directory; `current` is a link to the one in use."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._number = 0

    @property
    def words(self) -> list[str]:
        """The option that makes a part read the settings in use."""
        return ["-c", str(self._directory / CURRENT / SETTINGS_FILE)]

    @property
    def environment(self) -> dict[str, str]:
        """What makes a part read the rules in use."""
        return environment_of(self._directory / CURRENT)

    def clear(self) -> None:
        """Remove what an earlier run left. Raises ConfigurationError when the directory cannot be made."""
        shutil.rmtree(self._directory, ignore_errors=True)
        try:
            self._directory.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise ConfigurationError(
                f"state_dir: cannot make {self._directory}: {error.strerror}; choose a directory that this user may "
                "write"
            ) from error

    def take(self, begun: Start) -> Path:
        """A copy of the settings file and of everything in the directory of rules; nobody reads it yet.

        Raises ConfigurationError when something cannot be read, or does not fit on the disk.
        """
        self._number += 1
        taken = self._directory / str(self._number)
        try:
            # A mounted ConfigMap holds everything twice, the second time below a name that begins with two dots.
            shutil.copytree(begun.configs, taken / "configs", ignore=shutil.ignore_patterns("..*"))
            shutil.copyfile(begun.file, taken / SETTINGS_FILE)
        except (OSError, shutil.Error) as error:
            shutil.rmtree(taken, ignore_errors=True)
            raise ConfigurationError(f"configs_dir: cannot copy {begun.configs}: {error}") from error
        return taken

    def use(self, taken: Path) -> None:
        """Make the copy the current one, in one step; others are removed but for the one that was in use before."""
        before = (self._directory / CURRENT).resolve()
        link = self._directory / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(taken.name)
        os.replace(link, self._directory / CURRENT)
        for other in self._directory.iterdir():
            if other.name.isdigit() and other not in (taken, before):
                shutil.rmtree(other, ignore_errors=True)

    def drop(self, taken: Path) -> None:
        """Remove a copy that is not to be used."""
        shutil.rmtree(taken, ignore_errors=True)


def words_of(taken: Path) -> list[str]:
    """The option that makes a part read the settings of that copy."""
    return ["-c", str(taken / SETTINGS_FILE)]


def environment_of(taken: Path) -> dict[str, str]:
    """What makes a part read the rules of that copy."""
    return {"MAILCHORD_CONFIGS_DIR": str(taken / "configs")}
