"""The attachments pool: true types, archives, Office macros, YARA, EICAR. No network, nothing written to disk.

Importing this package loads none of the libraries that open files; they come with the first file of their kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from mailcore.message import Message
from mailcore.ports import MalwareScanner, TextRecognizer, Unpacker
from workers.attachments.facts import build_gather
from workers.attachments.hash_opinions import weigh
from workers.attachments.limits import FileLimits
from workers.attachments.macro_source import load_oletools
from workers.attachments.work import work
from workers.attachments.yara_rules import YaraRules
from workers.discovery import discover
from workers.pool import Pool, Work

__all__ = ["FileLimits", "YaraRules", "build", "prepare"]


def build(
    yara_rules: YaraRules,
    *,
    limits: FileLimits,
    scanner: MalwareScanner | None = None,
    passwords: Sequence[str] = (),
    read_picture: TextRecognizer | None = None,
    unpack: Unpacker | None = None,
) -> Pool:
    """The pool over these compiled rules (`mailio.yara_files.load_yara`), with a virus scanner where there is one.

    `passwords` are tried on all that is locked, and what `read_picture` finds in pictures on what nothing else opens.
    `unpack` opens archives that the libraries cannot open.
    """
    return Pool(
        name="attachments",
        work=work if scanner is None else slow_work,
        gather=build_gather(yara_rules, limits, scanner, passwords=passwords, read_picture=read_picture, unpack=unpack),
        detectors=discover("workers.attachments"),
        weigh=weigh,
    )


def slow_work(message: Message) -> Work | None:
    """Nobody knows how long a virus scanner takes: intake must not wait for it."""
    found = work(message)
    return found if found is None or not found.parts else structs.replace(found, light=False)


def prepare() -> None:
    """Load what is slow to load (oletools), once, before a worker of this pool forks: its children then share it.

    Only for workers that serve the queue of this pool. Raises ImportError where it is not installed.
    """
    load_oletools()
