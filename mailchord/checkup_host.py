"""Checkups of this machine: programs and libraries, directories, sockets, memory and open files."""

from __future__ import annotations

import grp
import importlib
import os
import re
import resource
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mailchord.checkup import Result, RunProgram, fail, ok, warn
from mailchord.terminal_text import size
from mailcore.service_settings import WorkerGroup
from mailcore.settings import InPlace, Settings
from mailio.quarantine_directory import QuarantineDirectory
from tasks.caged_pools import CAGED
from tasks.queues import INTAKE, LATE

FREE_WARN, FREE_FAIL = 2 * 1024**3, 256 * 1024**2

# A session of the front holds a socket, and most of them a connection to Redis for a moment.
FILES_WARN = 4_096

_UNITS = {"": 1, "k": 1_000, "kb": 1_024, "m": 1_000**2, "mb": 1_024**2, "g": 1_000**3, "gb": 1_024**3}


def check_libraries(settings: Settings) -> Iterator[Result]:
    """The libraries of the pools that are switched on, with their versions, and of the front."""
    wanted: list[tuple[str, str, Callable[[Any], str]]] = [
        ("content", "hyperscan", lambda module: module.__version__),
        ("auth", "pycares", lambda module: f"{module.__version__}, c-ares {module.ARES_VERSION}"),
        ("attachments", "magic", lambda module: f"libmagic {module.version()}"),
        ("attachments", "libarchive.ffi", lambda module: f"libarchive {_dotted(module.version_number())}"),
        ("attachments", "yara", lambda module: module.__version__),
        ("sandbox", "quickjs", lambda _module: "installed"),
        ("ocr", "PIL", lambda module: module.__version__),
        ("ocr", "zxingcpp", lambda _module: "installed"),
        ("ml", "numpy", lambda module: module.__version__),
    ]
    for pool, name, version in wanted:
        if pool in settings.pools and settings.pools[pool].enabled:
            yield _check_library(name, version, f"install 'mailchord[{pool}]', or set pools.{pool}.enabled to false")
    yield _check_library("milter", lambda _module: "installed", "the front needs it: install 'mailchord[milter]'")


def check_tesseract(settings: Settings, run_program: RunProgram) -> Iterator[Result]:
    """Tesseract and its languages; without the `ocr` pool nobody asks for them."""
    if not settings.pools["ocr"].enabled:
        return
    output = run_program(["tesseract", "--list-langs"])
    if output is None:
        yield fail("tesseract", "it does not run", "install tesseract-ocr, or set pools.ocr.enabled to false")
        return
    languages = [line for line in output.split("\n")[1:] if line and line != "osd"]
    missing = [name for name in settings.pictures.languages.split("+") if name not in languages]
    if not missing:
        yield ok("tesseract", f"languages: {', '.join(languages)}")
    else:
        yield fail(
            "tesseract",
            f"it has no {', '.join(missing)} ({', '.join(languages) or 'no language at all'})",
            f"install {' '.join('tesseract-ocr-' + name.replace('_', '-') for name in missing)}, "
            "or change pictures.languages",
        )


def check_listen(settings: Settings) -> Result:
    """Whether the front can listen where it should, or does so already."""
    kind, _, where = settings.front.listen.partition(":")
    if kind == "unix":
        return _check_socket_path(Path(where), settings.front.socket_group)
    port, _, host = where.partition("@")
    family = socket.AF_INET6 if kind == "inet6" else socket.AF_INET
    name = "front socket"
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(2.0)
            if probe.connect_ex((host, int(port))) == 0:
                return ok(name, f"somebody listens on {settings.front.listen}")
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
    except OSError as error:
        return fail(name, f"{settings.front.listen}: {error.strerror or error}", "choose another front.listen")
    return ok(name, f"{settings.front.listen} is free")


def check_state_directory(settings: Settings) -> Result:
    return _check_writable("state directory", Path(settings.state_dir), "state_dir")


def check_quarantine(settings: Settings) -> Iterator[Result]:
    """Whether held mail can be written, has room, and is nobody else's to read."""
    directory = Path(settings.quarantine.directory or Path(settings.state_dir) / "quarantine")
    result = _check_writable("quarantine", directory, "quarantine.directory")
    if result.advice:
        yield result
        return
    if directory.exists() and stat.S_IMODE(directory.stat().st_mode) & stat.S_IRWXO:
        yield fail("quarantine", f"{directory} can be read by everybody", f"run `chmod 0700 {directory}`")
    usage = QuarantineDirectory(directory).usage()
    yield ok("quarantine", f"{usage.count} messages, {size(usage.bytes)}, in {directory}")
    free = shutil.disk_usage(_nearest_existing(directory)).free
    if free < FREE_WARN:
        level = fail if free < FREE_FAIL else warn
        yield level("disk space", f"{size(free)} free for held mail", "make room: without it, mail to hold is deferred")
    else:
        yield ok("disk space", f"{size(free)} free for held mail")


def check_memory(settings: Settings, total: int | None = None) -> Result:
    """Whether all children at their limits, and the private Redis, fit into the memory of this machine or container."""
    total = total or memory_total()
    workers = sum(
        _most_processes(group) * (group.memory_limit_bytes + _cage_bytes(group, settings))
        for group in settings.working_groups
    )
    private = 0 if settings.redis.broker else _bytes_of(settings.redis.memory_limit)
    says = f"{size(workers + private)} at most for workers with their cages and private Redis, {size(total)} here"
    if workers + private > total:
        return warn(
            "memory", says, "lower workers[].processes or memory_limit_bytes, or the kernel will kill at the peak"
        )
    return ok("memory", says)


def check_open_files(limit: int | None = None) -> Result:
    limit = limit if limit is not None else resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY and limit < FILES_WARN:
        return warn(
            "open files", f"limit {limit}: about {limit // 2} SMTP sessions at once", "raise LimitNOFILE or ulimit -n"
        )
    return ok("open files", f"limit {limit if limit != resource.RLIM_INFINITY else 'none'}")


def memory_total() -> int:
    """Bytes of memory of this machine, or of the container where that is less (cgroup v2)."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:  # no cgroup v2, or the root group
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def _check_library(name: str, version: Callable[[Any], str], advice: str) -> Result:
    try:
        return ok(name.partition(".")[0], version(importlib.import_module(name)))
    except (ImportError, OSError) as error:  # OSError: the C library behind it is missing
        return fail(name.partition(".")[0], " ".join(str(error).split()), advice)


def _dotted(number: int) -> str:
    return f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"


def _check_socket_path(path: Path, group: str) -> Result:
    name = "front socket"
    if group:
        try:
            grp.getgrnam(group)
        except KeyError:
            return fail(name, f"there is no group {group!r}", "correct front.socket_group, or create the group")
    if path.exists() and not path.is_socket():
        return fail(name, f"{path} is there and no socket", "remove it, or choose another front.listen")
    if not path.parent.is_dir():
        return fail(name, f"{path.parent} is not there", f"run `install -d -m 0755 {path.parent}`")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return fail(
            name, f"this user may not write {path.parent}", "give it to the user of mailchord, or run as that user"
        )
    return ok(name, f"{path} {'is there' if path.exists() else 'can be made'}")


def _check_writable(name: str, directory: Path, setting: str) -> Result:
    existing = _nearest_existing(directory)
    if not existing.is_dir():
        return fail(name, f"{existing} is no directory", f"choose another {setting}")
    if not os.access(existing, os.W_OK | os.X_OK):
        return fail(
            name, f"this user may not write {existing}", f"give it to the user of mailchord, or change {setting}"
        )
    return ok(name, f"{directory} {'can be written' if existing == directory else 'can be made'}")


def _nearest_existing(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _most_processes(group: WorkerGroup) -> int:
    if group.threads:
        return 1
    most = group.autoscale.rpartition(",")[2]
    return int(most) if most.isdigit() else group.processes


def _cage_bytes(group: WorkerGroup, settings: Settings) -> int:
    """What the cage of each process of the group may use; 0 where none of its pools opens files."""
    opens = [name for name in CAGED if name in settings.pools and settings.pools[name].enabled]
    in_place = INTAKE in group.pools and any(settings.pools[name].in_place is not InPlace.NEVER for name in opens)
    has_cage = settings.sandbox.enabled and (in_place or not {*opens, LATE}.isdisjoint(group.pools))
    return settings.sandbox.memory_bytes if has_cage and opens else 0


def _bytes_of(memory: str) -> int:
    """`512mb` as Redis reads it."""
    found = re.fullmatch(r"(\d+)([kmg]?b?)", memory.lower())
    return int(found[1]) * _UNITS.get(found[2], 1) if found else 0
