"""Programs that work on what strangers sent: no shell; time, memory, files and output bounded; ended with their group.

What they are given lies in a directory of its own, under a fixed name.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from msgspec import Struct

PATH = "/usr/local/bin:/usr/bin:/bin"
_READ_AT_ONCE = 65_536


class BoundedProgram(Struct, frozen=True, kw_only=True):
    """How programs are started, and until when (monotonic seconds).

    `limits` is the way to prlimit(1), `bounds` what it is told besides the time. `around` is a command that starts it
    in turn. `is_heard` takes what is said on the error output too.
    """

    limits: str
    bounds: tuple[str, ...]
    folder: str
    environment: Mapping[str, str]
    ends: float
    around: tuple[str, ...] = ()
    is_heard: bool = False

    def __call__(self, command: Sequence[str], *, most_bytes: int) -> tuple[bytes, bool]:
        """What a program says, and whether that is all of it. Raises TimeoutError, OSError."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        process = subprocess.Popen(  # noqa: S603  # no shell; passwords and numbers are arguments of their own
            [*self.around, self.limits, *self.bounds, f"--cpu={int(left) + 1}", "--", *command],
            cwd=self.folder, env=self.environment, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT if self.is_heard else subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return self._read(process, most_bytes)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if process.stdout is not None:
                process.stdout.close()
            process.wait()

    def _read(self, process: subprocess.Popen[bytes], most_bytes: int) -> tuple[bytes, bool]:
        assert process.stdout is not None  # noqa: S101  # a pipe
        said = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while len(said) <= most_bytes:
                if not selector.select(max(0.0, self.ends - time.monotonic())):
                    raise TimeoutError
                piece = os.read(process.stdout.fileno(), _READ_AT_ONCE)
                if not piece:
                    return bytes(said), True
                said += piece
        return bytes(said[:most_bytes]), False
