"""Landlock (Linux 5.13): this process sees only the files that it names, and only to read them.

The system calls have no function in the C library; their numbers are the same on every machine. See
https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1

READ_FILE, READ_DIR = 1 << 2, 1 << 3
# Every access to files that each version knows: what is handled and not allowed by a rule is denied.
_FILES_OF_VERSION = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_LATEST_FILES = 16
# Version 4: binding and connecting TCP sockets. Version 6: abstract Unix sockets and signals to others outside.
_NETWORK, _SCOPES = 0b11, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("directory", ctypes.c_int32))


def version() -> int:
    """The version of Landlock that the kernel has. Raises OSError where it has none, or it is switched off."""
    return _call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(CREATE_RULESET_VERSION))


def restrict_to_reading(paths: Iterable[str]) -> int:
    """From now on, this process and its children can open nothing but these files and what is below these directories.

    Needs `no_new_privs`. Paths that do not exist are left out. Returns the version of Landlock; raises OSError.
    """
    known = version()
    attributes = _Ruleset((1 << _FILES_OF_VERSION.get(known, _LATEST_FILES)) - 1, _NETWORK, _SCOPES)
    # The kernel refuses fields that it does not know, so it gets only as much as its version has.
    size = 8 if known < 4 else 16 if known < 6 else 24
    ruleset = _call(CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in paths:
            _allow(ruleset, path)
        _call(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return known


def _allow(ruleset: int, path: str) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        is_directory = stat.S_ISDIR(os.fstat(opened).st_mode)
        rule = _PathBeneath(READ_FILE | READ_DIR if is_directory else READ_FILE, opened)
        _call(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(RULE_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(opened)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = int(libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
