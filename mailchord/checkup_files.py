"""Checkups of what files are shown to: the virus scanner, services that know hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec

from mailchord.checkup import Result, fail, ok, warn
from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from mailio.clamd import ClamdFailed, ask
from mailio.outgoing_http import FetchFailed, public_address
from mailio.unar import Unar
from tasks.known_files import asked_services

SECONDS = 3.0
# Signatures are renewed several times a day: "ClamAV 1.0.3/27150/Wed Jan 10 09:39:51 2024".
_VERSION = re.compile(r"(?P<engine>ClamAV [^/]{1,40})(?:/(?P<signatures>\d{1,10})/(?P<date>.{1,40}))?")


def check_files(settings: Settings) -> Iterator[Result]:
    """A line for each optional program and package, and each service that is switched on."""
    yield check_unar(settings)
    yield check_emulation(settings)
    yield check_similar_hashes(settings)
    yield from check_clamd(settings)
    yield from check_hash_services(settings)


def check_unar(settings: Settings, path: str | None = None) -> Result:
    """Whether the program for archives that no library opens is there; `path` is where it is looked for."""
    if not settings.locked_files.unar:
        return ok("unar", "is not used (locked_files.unar)")
    unpacker = Unar() if path is None else Unar(path=path)
    if unpacker.is_installed():
        return ok("unar", "is installed: RAR under a password, LZH, ARJ and StuffIt are opened")
    advice = "install unar, or set locked_files.unar to false: RAR under a password, LZH and ARJ stay closed"
    return warn("unar", "it is not installed", advice)


def check_emulation(settings: Settings, package: str = "speakeasy") -> Result:
    """Whether programs can be emulated; `package` is what is imported for it."""
    pool = settings.pools.get("sandbox")
    if pool is None or not pool.enabled or not settings.sandbox.enabled:
        return ok("emulation", "is not used (the pool sandbox is switched off)")
    if not settings.sandbox.emulate_programs:
        return ok("emulation", "is not used (sandbox.emulate_programs)")
    if find_spec(package) is not None:
        return ok("emulation", "is installed: Windows programs are run in an emulated Windows")
    advice = "install 'mailchord[emulation]', or set sandbox.emulate_programs to false: programs are not run"
    return warn("emulation", "it is not installed", advice)


def check_similar_hashes(settings: Settings, package: str = "tlsh") -> Result:
    """Whether files get hashes that resemble those of similar files; `package` is what is imported for it."""
    if find_spec(package) is not None:
        return ok("similar hashes", "TLSH is installed: files are compared with lists named similar*.txt")
    advice = "install 'mailchord[fuzzy]': no file has a TLSH, and a list named similar*.txt stops the start"
    if not settings.hashes.directories:
        return ok("similar hashes", "TLSH is not installed ('mailchord[fuzzy]'), and no list needs it")
    return warn("similar hashes", "TLSH is not installed", advice)


def check_clamd(settings: Settings) -> Iterator[Result]:
    """Whether clamd answers, and how old its signatures are."""
    clamd = settings.clamd
    if not clamd.socket:
        yield ok("clamd", "is not used (clamd.socket)")
        return
    advice = "start clamd, or give this user the right to its socket (group clamav); mail goes on without it"
    if clamd.required:
        advice = "start clamd, or give this user the right to its socket: mail with attachments is only half scanned"
    try:
        answer = ask(clamd.socket, b"zVERSION\0", None, seconds=SECONDS)
    except ClamdFailed as failed:
        yield (fail if clamd.required else warn)("clamd", f"{clamd.socket}: {failed}", advice)
        return
    version = _VERSION.fullmatch(answer)
    if version is None:
        yield warn("clamd", f"it calls itself {answer[:60]!r}", "is something else listening on that socket?")
    elif not version["signatures"]:
        yield warn("clamd", f"{version['engine']}, without signatures", "run freshclam")
    else:
        yield ok("clamd", f"{version['engine']}, signatures {version['signatures']} of {version['date']}")


def check_hash_services(settings: Settings) -> Iterator[Result]:
    """Whether their keys can be read and their hosts be asked. They are not asked: that would cost quota."""
    try:
        services = asked_services(settings.hashes.services)
    except ConfigurationError as error:
        yield fail("hash services", str(error), "write the key into that file, readable for this user")
        return
    for name, asked in services.items():
        host = asked.service.url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
        try:
            public_address(host, 443, private_addresses=asked.service.private_addresses)
        except (FetchFailed, OSError) as error:
            yield warn(f"hash service {name}", f"cannot be asked: {error}", "mail goes on without it")
        else:
            yield ok(f"hash service {name}", f"gets hashes of files that may do harm, {asked.service.per_day} a day")
