"""How the suite runs: tests that start servers take turns, so that they measure the servers and not each other.

Those of whole installations on one worker, those of parts (a front, workers, Redis) on the other.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.redis_server import RedisServer


@pytest.fixture(scope="session", autouse=True)
def _no_dns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whoever reads the settings from the environment asks a zone in which nothing is, and not the DNS."""
    zone = tmp_path_factory.mktemp("dns") / "empty.zone"
    zone.write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILCHORD_DNS__ZONE_FILE", str(zone))
        yield


@pytest.fixture(autouse=True)
def _no_level_of_another_test() -> Iterator[None]:
    """Whoever sets up log lines does so for one test: the next may listen to lines of any level."""
    yield
    structlog.reset_defaults()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With pytest-xdist, system and chaos tests are two groups; unit tests fill the gaps."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        if item.get_closest_marker("system") or item.get_closest_marker("chaos"):
            group = "installations" if "tests/system/" in item.path.as_posix() else "parts"
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """A Redis for the tests of a module; who needs it empty empties it."""
    with RedisServer() as running:
        yield running
