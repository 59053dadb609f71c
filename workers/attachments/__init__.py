"""The attachments pool: true types, archives, Office macros, YARA, EICAR. No network, nothing written to disk.

Importing this package loads none of the libraries that open files.
"""

from __future__ import annotations

from workers.attachments.facts import build_gather
from workers.attachments.limits import FileLimits
from workers.attachments.work import work
from workers.attachments.yara_rules import YaraRules
from workers.discovery import discover
from workers.pool import Pool

__all__ = ["FileLimits", "YaraRules", "build"]


def build(yara_rules: YaraRules, *, limits: FileLimits) -> Pool:
    """The pool over these compiled rules (`mailio.yara_files.load_yara`)."""
    return Pool(
        name="attachments",
        work=work,
        gather=build_gather(yara_rules, limits),
        detectors=discover("workers.attachments"),
    )
