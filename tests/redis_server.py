"""A private Valkey for tests that are about Redis: started on a Unix socket in a short temporary directory."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import redis

from mailchord.private_redis import PrivateServer, spawn, wait_until_ready
from mailio.redis_client import connect


class RedisServer:
    """A server that a test may stop, freeze, fill and start again."""

    def __init__(self, *, memory_limit: str = "64mb", durable: bool = False) -> None:
        # Not pytest's tmp_path: a socket path may have 107 bytes only.
        self.directory = Path(tempfile.mkdtemp(prefix="mc-redis-"))
        self.server = PrivateServer(name="test", directory=self.directory, memory_limit=memory_limit, durable=durable)
        self.process: subprocess.Popen[bytes] | None = None
        self._clients: list[redis.Redis] = []

    def start(self) -> RedisServer:
        self.process = spawn(self.server)
        wait_until_ready(self.server)
        return self

    def url(self, database: int = 0) -> str:
        return f"unix://{self.server.socket}?db={database}"

    def client(self, database: int = 0, *, timeout: float = 2.0) -> redis.Redis:
        """A client that is closed with the server: in a circle of references its socket would be found open."""
        client = connect(self.url(database), timeout=timeout)
        self._clients.append(client)
        return client

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> RedisServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
        for client in self._clients:
            client.close()
        shutil.rmtree(self.directory, ignore_errors=True)
