"""A whole mailchord with few rules, for tests of anything but detection: it starts in a fraction of the time."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.system.installation import ROOT, Installation

SHIPPED = ROOT / "configs"
# Hundreds of rules and brands cost seconds of processor time at each start of a part, and at each check.
KEPT = ("content/test-messages.yaml", "brands/energy-and-tolls.yaml", "lists", "models", "yara")


def copy_few_rules(folder: Path) -> Path:
    for name in KEPT:
        copy = shutil.copytree if (SHIPPED / name).is_dir() else shutil.copyfile
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(SHIPPED / name, folder / name)
    return folder


class WithFewRules(Installation):
    """Its rules are those for test messages, in a directory of its own (`configs`)."""

    def __init__(
        self, settings: Mapping[str, Any] | None = None, *, unix: bool = False, arguments: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, unix=unix, arguments=arguments)
        self.configs = copy_few_rules(self.directory / "configs")
        self.change(configs_dir=str(self.configs))

    def change(self, **values: object) -> None:
        """Edit the settings file."""
        self.configure(yaml.safe_load(self.configuration.read_text()) | values)
