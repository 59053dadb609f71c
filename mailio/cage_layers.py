"""Closes a process in: limits, no privileges, Landlock, seccomp. What is missing is told, not hidden."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Callable, Iterable
from os import environ
from pathlib import Path

from mailcore.sandbox_settings import Layer
from mailio import landlock, system_calls
from mailio.cage_wire import Ready
from mailio.privileges import give_up_privileges

# What libraries read when they are loaded or first used: shared objects, the types of files, fonts of documents.
SYSTEM_PATHS = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/magic"),
    *("/usr/share/misc", "/usr/share/file", "/usr/share/fonts", "/usr/share/zoneinfo"),
    *("/dev/null", "/dev/urandom"),
)
OWN_PACKAGES = ("mailcore", "mailio", "workers", "tasks")
OPEN_FILES = 64
# Signals that others send to a whole group of processes; a cage ends with its parent, not before it.
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
DEFAULT = (signal.SIGALRM, signal.SIGPROF, signal.SIGVTALRM, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGPIPE)
# Places of `env_start` and `env_end` in /proc/self/stat after the name of the program (proc(5)).
ENVIRONMENT_FIELDS = slice(47, 49)


def readable_paths() -> tuple[str, ...]:
    """What a cage may read: Python, its packages, system libraries. Never a directory of settings or of mail.

    Not `sys.path`: a checkout stands in it, with configuration and state beside the code.
    """
    python = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    packages = (path for name in OWN_PACKAGES if name in sys.modules for path in sys.modules[name].__path__)
    return tuple(dict.fromkeys(map(os.path.realpath, (*python, *packages, *SYSTEM_PATHS))))


def close_in(readable: Iterable[str], *, memory_bytes: int, keep: frozenset[int]) -> Ready:
    """Close this process in, as far as the kernel allows; `keep` are the file descriptors that stay open.

    There is no way back. Everything that can be loaded only outside has to be loaded before.
    """
    ignore_signals()
    close_descriptors(keep)
    forget_environment()
    os.chdir("/")
    active: dict[str, str] = {}
    missing: dict[str, str] = {}
    steps: dict[Layer, Callable[[], str]] = {
        Layer.LIMITS: lambda: _limits(memory_bytes),
        Layer.PRIVILEGES: _privileges,
        Layer.LANDLOCK: lambda: f"version {landlock.restrict_to_reading(readable)}",
        Layer.SECCOMP: _system_calls,
    }
    for layer, step in steps.items():
        try:
            active[layer] = step()
        except (OSError, ValueError, ImportError) as error:
            missing[layer] = str(error)
    return Ready(active=active, missing=missing)


def ignore_signals() -> None:
    """Handlers of the parent mean nothing here."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    for number in DEFAULT:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def close_descriptors(keep: frozenset[int]) -> None:
    """Everything but `keep` is closed; standard input and output lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    try:
        highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    except OSError:
        highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    begin = 3
    for number in sorted(keep):
        os.closerange(begin, number)
        begin = number + 1
    os.closerange(begin, highest + 1)


def forget_environment() -> None:
    """Passwords may stand there: the variables go, and the memory in which the kernel put them is cleared."""
    environ.clear()
    ctypes.CDLL(None).clearenv()
    try:
        fields = Path("/proc/self/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    except OSError:  # no /proc here: then nobody tells where that memory is
        return
    start, end = map(int, fields[ENVIRONMENT_FIELDS])
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)


def _limits(memory_bytes: int) -> str:
    """Of memory, private pages count (RLIMIT_DATA), beside those that are shared with the parent. Raises OSError."""
    pages, *_, private_pages, _ = map(int, Path("/proc/self/statm").read_text(encoding="ascii").split())
    page_bytes = resource.getpagesize()
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_DATA: private_pages * page_bytes + memory_bytes,
        # Shared memory is none of the private one: with what is mapped already, it may be as much again.
        resource.RLIMIT_AS: pages * page_bytes + memory_bytes,
    }
    for kind, wanted in limits.items():
        hard = resource.getrlimit(kind)[1]
        bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (bound, bound))
    return f"{memory_bytes // 1_048_576} MB of memory, no file is written"


def _privileges() -> str:
    give_up_privileges()
    return "no capabilities, none to come"


def _system_calls() -> str:
    try:
        system_calls.allow_parsing_only()
    except ImportError:
        # Without the filter a fork would be possible. (With it, libraries may have threads, which count as processes.)
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        raise
    return f"{len(system_calls.ALLOWED)} system calls"
