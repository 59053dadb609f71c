"""`mailchord click-service` as a process: what its readers get while Redis is away, and what is kept when it ends."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from mailchord.postfix import free_port
from mailcore import safe_links
from mailio.safe_link_keys import load_keys, make_new_key
from mailio.state import RedisState
from tests.redis_server import RedisServer
from tests.system.installation import ROOT, environment, eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


class Running:
    """The service, on a Redis of the test's."""

    def __init__(self, directory: Path, server: RedisServer) -> None:
        make_new_key(directory / "keys", now=time.time())
        self._keys = load_keys(directory / "keys")
        self._port = free_port()
        self._base_url = f"http://127.0.0.1:{self._port}/s"
        self._ready = directory / "ready"
        self._log = directory / "log"
        settings = {
            "state_dir": str(directory / "state"),
            "redis": {"broker": server.url(), "state": server.url(2), "claims": server.url(1)},
            "safe_links": {"enabled": True, "base_url": self._base_url, "key_dir": str(directory / "keys")},
            "clicks": {"listen": f"127.0.0.1:{self._port}", "seconds": 30},
        }
        configuration = directory / "mailchord.yaml"
        configuration.write_text(yaml.safe_dump(settings), encoding="utf-8")
        words = ["-c", str(configuration), "click-service", "--ready-file", str(self._ready)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mailchord", *words], cwd=ROOT, env=environment(), stderr=log, stdout=log
            )

    def wait_until_ready(self) -> None:
        assert eventually(self._ready.exists, seconds=120), self._log.read_text()

    def click(self, target: str) -> tuple[int, str, str]:
        """Status, where it leads on to, and the text."""
        link = safe_links.make(
            target, base_url=self._base_url, key=self._keys.signing, reference="m-1", issued_at=time.time(), days=1
        )
        assert link is not None
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("GET", urlsplit(link).path)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()


@contextmanager
def running(directory: Path, server: RedisServer) -> Iterator[Running]:
    service = Running(directory, server)
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.process.kill()
        service.process.wait()


def test_readers_are_warned_while_redis_is_away_and_nothing_is_lost_at_the_end(tmp_path: Path) -> None:
    good, doubtful = "https://shop.example/x", "https://www.example.net@stranger.example/"
    with RedisServer() as server, running(tmp_path, server) as service:
        assert service.click(good)[:2] == (302, good)

        server.kill()
        status, leads_on, page = service.click(good)
        assert (status, leads_on) == (200, "")
        assert "This link could not be checked" in page
        assert "This link looks dangerous" in service.click(doubtful)[2], "what can be seen without it is said"

        server.start()
        assert eventually(lambda: service.click(good)[:2] == (302, good), seconds=60)
        service.process.terminate()
        assert service.process.wait(60) == 0
        assert RedisState(server.client(2)).counts()["clicks_go"] >= 1
