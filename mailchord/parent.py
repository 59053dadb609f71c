"""Children end with their parent, however it ends: no orphan goes on reading a queue."""

from __future__ import annotations

import shutil
from collections.abc import Sequence


def ending_with_parent(command: Sequence[str]) -> list[str]:
    """The command line, run so that it gets SIGTERM when its parent is gone (setpriv is part of util-linux).

    Not Popen's preexec_fn, which is unsafe once the parent has threads.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else list(command)
