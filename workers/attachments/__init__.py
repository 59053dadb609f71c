"""The attachments pool: true types, archives, Office macros, YARA, EICAR. No network, nothing written to disk.

Importing this package loads none of the libraries that open files; they come with the first file of their kind.
"""

from __future__ import annotations

from workers.attachments.facts import build_gather
from workers.attachments.limits import FileLimits
from workers.attachments.macro_source import load_oletools
from workers.attachments.work import work
from workers.attachments.yara_rules import YaraRules
from workers.discovery import discover
from workers.pool import Pool

__all__ = ["FileLimits", "YaraRules", "build", "prepare"]


def build(yara_rules: YaraRules, *, limits: FileLimits) -> Pool:
    """The pool over these compiled rules (`mailio.yara_files.load_yara`)."""
    return Pool(
        name="attachments",
        work=work,
        gather=build_gather(yara_rules, limits),
        detectors=discover("workers.attachments"),
    )


def prepare() -> None:
    """Load what is slow to load (oletools), once, before a worker of this pool forks: its children then share it.

    Only for workers that serve the queue of this pool. Raises ImportError where it is not installed.
    """
    load_oletools()
