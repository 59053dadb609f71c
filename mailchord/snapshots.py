"""The configuration in use, as a copy: what somebody edits does not run until it was checked as a whole.

A part that dies and is started again reads the copy too, so that a half-edited file never meets a restart.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from mailchord.start import Start
from mailcore.errors import ConfigurationError
from mailcore.settings import Settings

SETTINGS_FILE = "mailchord.yaml"
CURRENT = "current"
OWN = "own"
# Sections whose `directories` are copied too, because people edit what is in them.
WITH_DIRECTORIES = ("rules", "yara", "hashes")


def own_directories(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The directories of the administrator, by section."""
    return {section: getattr(settings, section).directories for section in WITH_DIRECTORIES}


class Snapshots:
    """Numbered copies in one directory; `current` is a link to the one in use."""

    def __init__(self, directory: Path, own: Mapping[str, Sequence[str]] = {}) -> None:
        """`own` are directories of the administrator (`own_directories`): as many in every copy."""
        self._directory = directory
        self._own = {section: tuple(map(Path, directories)) for section, directories in own.items()}
        self._number = 0

    @property
    def words(self) -> list[str]:
        """The option that makes a part read the settings in use."""
        return ["-c", str(self._directory / CURRENT / SETTINGS_FILE)]

    @property
    def environment(self) -> dict[str, str]:
        """What makes a part read the rules in use."""
        return self.environment_of(self._directory / CURRENT)

    def environment_of(self, taken: Path) -> dict[str, str]:
        """What makes a part read the rules of that copy."""
        found = {"MAILCHORD_CONFIGS_DIR": str(taken / "configs")}
        for section, directories in self._own.items():
            if directories:
                copies = [str(_copy(taken, section, number)) for number in range(len(directories))]
                found[f"MAILCHORD_{section.upper()}__DIRECTORIES"] = json.dumps(copies)
        return found

    def original_names(self, text: str, taken: Path, begun: Start) -> str:
        """The text with paths that the administrator knows in place of those of the copy."""
        for section, directories in self._own.items():
            for number, directory in enumerate(directories):
                text = text.replace(str(_copy(taken, section, number)), str(directory))
        text = text.replace(str(taken / "configs"), str(begun.configs))
        return text.replace(str(taken / SETTINGS_FILE), str(begun.file))

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
            for section, directories in self._own.items():
                for number, directory in enumerate(directories):
                    shutil.copytree(directory, _copy(taken, section, number), ignore=shutil.ignore_patterns("..*"))
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


def _copy(taken: Path, section: str, number: int) -> Path:
    """Where a directory of the administrator lies in a copy."""
    return taken / OWN / section / str(number)


def words_of(taken: Path) -> list[str]:
    """The option that makes a part read the settings of that copy."""
    return ["-c", str(taken / SETTINGS_FILE)]
