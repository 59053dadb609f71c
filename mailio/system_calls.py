"""Seccomp: the system calls that a parser may make, through libseccomp; every other one fails with EPERM.

An allow-list: what nobody thought of is denied. Denied calls fail instead of killing, because honest libraries try
things too (to run `ldconfig`, to ask for a user's name) and go on without.
"""

from __future__ import annotations

import errno
import os
from typing import Any

CLONE_THREAD = 0x00010000
O_TMPFILE = 0o20000000
# What an open(2) of a parser must not ask for: writing, creating, cutting.
NOT_READING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND | O_TMPFILE

# Of fcntl(2): not the commands by which a file sends signals to its owner.
DESCRIPTOR_COMMANDS = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
TCGETS, FIOCLEX = 0x5401, 0x5451
PR_SET_NAME, PR_SET_VMA = 15, 0x53564D41

# Memory, threads of its own, clocks, and reading what is open or may be opened.
ALLOWED = (
    *("brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "mincore", "membarrier"),
    *("read", "readv", "pread64", "preadv", "write", "writev", "close", "close_range", "lseek", "_llseek"),
    *(
        "stat",
        "lstat",
        "fstat",
        "newfstatat",
        "fstatat64",
        "stat64",
        "lstat64",
        "fstat64",
        "statx",
        "statfs",
        "fstatfs",
    ),
    *("access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "getdents", "getdents64", "dup"),
    *("poll", "ppoll", "select", "pselect6", "futex", "set_robust_list", "rseq", "set_tid_address", "restart_syscall"),
    *("exit", "exit_group", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "setitimer", "getitimer"),
    *("gettimeofday", "time", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "times", "getrusage"),
    *("getrandom", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo"),
    *("getrlimit", "ugetrlimit", "sched_yield", "sched_getaffinity", "getcpu"),
)
UNKNOWN = -1  # __NR_SCMP_ERROR of <seccomp.h>

# glibc falls back to an older call where it is told that the new one is not there.
NOT_THERE = ("clone3", "openat2")


def allow_parsing_only() -> None:
    """From now on, this process makes no other system calls. Needs `no_new_privs`.

    Raises ImportError where pyseccomp or libseccomp is missing, OSError where the kernel refuses.
    """
    load_library()
    import pyseccomp

    calls = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        _rule(calls, pyseccomp.ALLOW, name)
    for name in NOT_THERE:
        _rule(calls, pyseccomp.ERRNO(errno.ENOSYS), name)
    argument = pyseccomp.Arg
    masked, equal = pyseccomp.MASKED_EQ, pyseccomp.EQ
    _rule(calls, pyseccomp.ALLOW, "open", argument(1, masked, NOT_READING, 0))
    _rule(calls, pyseccomp.ALLOW, "openat", argument(2, masked, NOT_READING, 0))
    _rule(calls, pyseccomp.ALLOW, "clone", argument(0, masked, CLONE_THREAD, CLONE_THREAD))
    # Looking at a limit of its own, not setting one.
    _rule(calls, pyseccomp.ALLOW, "prlimit64", argument(0, equal, 0), argument(2, equal, 0))
    # abort() and pthread_kill(), for itself only.
    _rule(calls, pyseccomp.ALLOW, "tgkill", argument(0, equal, os.getpid()))
    for request in (TCGETS, FIOCLEX):
        _rule(calls, pyseccomp.ALLOW, "ioctl", argument(1, equal, request))
    for command in DESCRIPTOR_COMMANDS:
        _rule(calls, pyseccomp.ALLOW, "fcntl", argument(1, equal, command))
    for option in (PR_SET_NAME, PR_SET_VMA):
        _rule(calls, pyseccomp.ALLOW, "prctl", argument(0, equal, option))
    calls.load()


def load_library() -> None:
    """Load libseccomp: before a process is closed in, since looking for it takes other programs. Raises ImportError."""
    try:
        import pyseccomp  # noqa: F401
    except (OSError, RuntimeError, AttributeError) as error:
        # So pyseccomp says that libseccomp is not there, or too old.
        raise ImportError(f"libseccomp: {error}") from error


def _rule(calls: Any, action: int, name: str, *arguments: object) -> None:
    """Add a rule; names that this machine or this libseccomp does not have are left out, and so denied."""
    import pyseccomp

    number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    if number != UNKNOWN:
        calls.add_rule(action, number, *arguments)
