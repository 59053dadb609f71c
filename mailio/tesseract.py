"""Text in pictures by Tesseract: one short-lived process a picture, bounded in time, memory and output.

No name out of a mail reaches it, and no file: pictures and text go through anonymous memory.
"""

from __future__ import annotations

import io
import os
import re
import resource
import signal
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack, suppress

from msgspec import Struct, field

from mailcore.ports import TextRecognizer

# More than one thread a process makes one picture hardly faster and all others slower.
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}
_LANGUAGES = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\+[A-Za-z][A-Za-z0-9_]*)*\Z")
_ERROR_BYTES = 500


class TesseractStatus(Struct, frozen=True, kw_only=True):
    """What `mailchord doctor` says: the version ("" where it does not run), languages, what is missing."""

    version: str = ""
    languages: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problem: str = ""


class Tesseract(Struct, frozen=True, kw_only=True):
    """A `TextRecognizer`. `languages` as on its command line ("eng+deu"); bounds in bytes."""

    languages: str = "eng"
    program: str = "tesseract"
    memory_bytes: int = 1_073_741_824
    output_bytes: int = 65_536
    environment: Mapping[str, str] = field(default_factory=lambda: dict(_ENVIRONMENT))

    def __post_init__(self) -> None:
        if not _LANGUAGES.match(self.languages):
            raise ValueError(f"languages of Tesseract: {self.languages!r}, expected e.g. 'eng' or 'eng+deu'")

    def __call__(self, picture: bytes, *, seconds: float) -> str:
        """Recognised text, at most `output_bytes` of it.

        Raises TimeoutError past `seconds`, ValueError for what is no picture, OSError where Tesseract does not run.
        """
        with ExitStack() as stack:
            source, target, errors = (stack.enter_context(_memory(name)) for name in ("picture", "text", "errors"))
            source.write(picture)
            source.seek(0)
            process = subprocess.Popen(  # noqa: S603  # fixed words and checked language names; no shell
                [self.program, "stdin", "stdout", "-l", self.languages, "--dpi", "150"],
                stdin=source,
                stdout=target,
                stderr=errors,
                env=self.environment,
                cwd="/",
                start_new_session=True,
            )
            with process:
                try:
                    self._limit(process.pid, seconds)
                    status = process.wait(timeout=seconds)
                except subprocess.TimeoutExpired:
                    raise TimeoutError(f"Tesseract did not end within {seconds:.1f} s") from None
                finally:
                    process.kill()
            target.seek(0)
            text = (target.read(self.output_bytes) or b"").decode("utf-8", "replace")
            # SIGXFSZ: it wrote more than `output_bytes`; the beginning is there.
            if status not in (0, -signal.SIGXFSZ):
                errors.seek(0)
                raise ValueError(_words(status, errors.read(_ERROR_BYTES) or b""))
            return text.replace("\f", "\n").strip()

    def _limit(self, pid: int, seconds: float) -> None:
        """Bounds of the process, set from outside: code between fork and exec is not safe beside threads."""
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_AS, (self.memory_bytes, self.memory_bytes))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (self.output_bytes, self.output_bytes))
            # Should we die first, it ends by itself.
            cpu = int(seconds) + 2
            resource.prlimit(pid, resource.RLIMIT_CPU, (cpu, cpu))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))

    def available(self) -> TesseractStatus:
        """Whether it runs and has the languages that are asked for; never raises."""
        try:
            version = self._ask("--version").splitlines()
            languages = tuple(line.strip() for line in self._ask("--list-langs").splitlines()[1:] if line.strip())
        except (OSError, subprocess.SubprocessError) as error:
            return TesseractStatus(problem=f"{self.program} does not run: {error}")
        missing = tuple(language for language in self.languages.split("+") if language not in languages)
        return TesseractStatus(
            version=version[0].removeprefix("tesseract ") if version else "",
            languages=languages,
            missing=missing,
            problem=f"no data for {', '.join(missing)}" if missing else "",
        )

    def _ask(self, option: str) -> str:
        done = subprocess.run(  # noqa: S603  # the same
            [self.program, option], env=self.environment, capture_output=True, timeout=10, check=True, text=True
        )
        return done.stdout or done.stderr


def _memory(name: str) -> io.FileIO:
    """An anonymous file in memory."""
    return io.FileIO(os.memfd_create(name), "w+b")


def _words(status: int, errors: bytes) -> str:
    """Why it gave up: its last line, or the signal."""
    lines = errors.decode("utf-8", "replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return said if status > 0 and said else f"Tesseract ended with status {status} {said}".strip()


recognise: TextRecognizer = Tesseract()
