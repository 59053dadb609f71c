"""What a process may ask the kernel about itself (prctl(2), capset(2)), through the C library."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
# _LINUX_CAPABILITY_VERSION_3 of <linux/capability.h>: two words for each of the three sets.
CAPABILITY_VERSION_3 = 0x20080522


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask the kernel for that signal to this process when its parent (the thread that forked it) is gone."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def give_up_privileges() -> None:
    """No capabilities now, and no program ever gives this process new ones. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    # Fails on kernels without ambient capabilities, which have none to clear.
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _checked(libc.capset(header, (ctypes.c_uint32 * 6)()))


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
