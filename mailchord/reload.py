"""Taking over a changed configuration while mail flows: checked as a copy, then used everywhere, or refused whole."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import structlog

from mailchord.parent import ending_with_parent
from mailchord.private_redis import with_private_servers
from mailchord.snapshots import Snapshots, words_of
from mailchord.start import Start, configs_directory, start
from mailchord.watch import Watch
from mailcore.errors import ConfigurationError, StoreUnavailable
from mailcore.settings import Settings
from mailio.configuration import load_settings, policy_version
from mailio.redis_client import connect
from mailio.state import RedisState
from mailio.urls_of_redis import RedisUrls

log = structlog.get_logger("mailchord.reload")

LONGEST_CHECK = 300.0  # seconds
MAX_OUTPUT = 65_536  # bytes of what a check says
MAX_PROBLEMS = 10  # lines of a refused configuration that are logged; the command `check` shows all

# What a process takes over only at its start: sockets, connections, the processes themselves.
NEEDS_RESTART = {
    "": ("state_dir", "redis", "workers", "health", "logging", "quarantine", "clicks", "arc"),
    "rules": ("directories",),
    "yara": ("directories",),
    "hashes": ("directories",),
    "safe_links": ("enabled", "base_url", "key_dir"),
    "connections": ("redis_seconds", "local_entries"),
    "front": ("listen", "socket_mode", "socket_group", "processes", "authserv_id", "release_key_file"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-check", action="store_true", help="announce only; every part checks what it reads itself")


def run(arguments: argparse.Namespace) -> int:
    """Check the configuration here, then tell every part that uses the same Redis to read its own files again."""
    # Here, because `serve` and every parent of workers import this module, and none of them reads rules.
    from mailchord.check import run_check

    begun = start(arguments, component="reload")
    if not arguments.no_check and (status := run_check(begun.file, os.environ, quiet=True)):
        return status
    version = policy_version(begun.settings, begun.configs)
    urls = RedisUrls.of(with_private_servers(begun.settings))
    state = RedisState(connect(urls.state, timeout=begun.settings.redis.timeout_seconds))
    generation = state.announce_configuration(version)
    print(f"announced version {version} (number {generation}): parts take it over within seconds, or log why not")
    return 0


def changed_for_restart(old: Settings, new: Settings) -> list[str]:
    """Settings that differ and that no running process takes over."""
    changed = [name for name in NEEDS_RESTART[""] if getattr(old, name) != getattr(new, name)]
    if "workers" not in changed and any(group not in old.working_groups for group in new.working_groups):
        changed.append("pools (one has no worker yet)")
    return changed + [
        f"{section}.{name}"
        for section, names in NEEDS_RESTART.items()
        for name in names
        if section and getattr(getattr(old, section), name) != getattr(getattr(new, section), name)
    ]


class Reload:
    """One reload after the other: `ask()` for one (a signal handler may), and `poll()` often.

    `adopt` gets what is now in use, when the copy was checked and made the current one.
    """

    def __init__(
        self,
        begun: Start,
        snapshots: Snapshots,
        adopt: Callable[[Start], None],
        *,
        watch: Watch | None = None,
        announce: Callable[[str], object] | None = None,
        check_words: Sequence[str] = (),
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """`check_words` are for `mailchord check`; `is_busy` tells that the last reload is not everywhere yet."""
        self._begun = begun
        self._snapshots = snapshots
        self._adopt = adopt
        self._watch = watch
        self._announce = announce
        self._check_words = tuple(check_words)
        self._is_busy = is_busy
        self._asked = False
        self._by_signal = False
        self._check: _Check | None = None
        self.version = policy_version(begun.settings, begun.configs)

    def ask(self) -> None:
        self._asked = True

    def poll(self) -> None:
        """Go on with the reload that is under way, or begin one that somebody asked for. Never raises."""
        if self._check is not None:
            if self._check.has_ended:
                self._end(self._check)
        elif self._is_busy():
            return
        elif self._asked:
            self._asked, self._by_signal = False, True
            self._begin()
        elif self._watch is not None and self._watch.asks_for_other_than(self.version):
            self._by_signal = False
            self._begin()

    def _begin(self) -> None:
        try:
            settings = load_settings(self._begun.file, os.environ)
            if changed := changed_for_restart(self._begun.settings, settings):
                raise ConfigurationError(f"{', '.join(changed)}: changed, which needs a restart")
            begun = Start(settings=settings, file=self._begun.file, configs=configs_directory(settings))
            taken = self._snapshots.take(begun)
        except ConfigurationError as error:
            self._refuse([str(error)])
            return
        self._check = _Check(begun, taken, self._snapshots, self._check_words)

    def _end(self, check: _Check) -> None:
        self._check = None
        problems = check.problems()
        if problems:
            self._snapshots.drop(check.taken)
            self._refuse(problems)
            return
        self._snapshots.use(check.taken)
        self._begun = check.begun
        self.version = policy_version(check.begun.settings, check.taken / "configs")
        log.info("configuration checked, parts take it over", version=self.version)
        self._adopt(check.begun)
        if self._by_signal and self._announce is not None:
            try:
                self._announce(self.version)
            except StoreUnavailable as error:
                log.warning("parts elsewhere were not told", error=str(error))

    def _refuse(self, problems: list[str]) -> None:
        """The old configuration stays, as a whole."""
        log.error("configuration refused", version=self.version, problems=problems[:MAX_PROBLEMS], count=len(problems))


class _Check:
    """`mailchord check` on a copy, as a process of its own: compiling all rules must not stop the supervision."""

    def __init__(self, begun: Start, taken: Path, snapshots: Snapshots, words: Sequence[str]) -> None:
        self.begun = begun
        self._snapshots = snapshots
        self.taken = taken
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by problems()
        command = [sys.executable, "-m", "mailchord", *words_of(taken), "check", "--quiet", *words]
        self._process = subprocess.Popen(  # noqa: S603  # our own program with our own arguments
            ending_with_parent(command),
            env={**os.environ, **snapshots.environment_of(taken)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._output,
            process_group=0,
        )
        self._began = time.monotonic()

    @property
    def has_ended(self) -> bool:
        if self._process.poll() is not None:
            return True
        if time.monotonic() - self._began > LONGEST_CHECK:
            self._process.kill()
        return False

    def problems(self) -> list[str]:
        """What is wrong, one line each; none when all is well. Paths are those that the administrator knows."""
        with self._output as output:
            output.seek(0)
            text = output.read(MAX_OUTPUT).decode("utf-8", "replace")
        if self._process.returncode == 0:
            return []
        text = self._snapshots.original_names(text, self.taken, self.begun)
        lines = [line for line in text.splitlines() if not line.startswith("mailchord: ")]
        return lines or [f"the check ended with status {self._process.returncode}"]
