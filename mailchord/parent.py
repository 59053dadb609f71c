"""Children end with their parent, however it ends: no orphan goes on reading a queue."""

from __future__ import annotations

import ctypes
import shutil
import signal
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask the kernel for that signal to this process when its parent is gone (prctl(2), Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def ending_with_parent(command: Sequence[str]) -> list[str]:
    """The command line, run so that it gets SIGTERM when its parent is gone (setpriv is part of util-linux).

    Not Popen's preexec_fn, which is unsafe once the parent has threads.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else list(command)
