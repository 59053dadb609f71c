"""How the suite runs: tests that start servers take turns, so that they measure the servers and not each other."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With pytest-xdist, all system and chaos tests run on one worker, beside the unit tests on the other."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        if item.get_closest_marker("system") or item.get_closest_marker("chaos"):
            item.add_marker(pytest.mark.xdist_group("servers"))
