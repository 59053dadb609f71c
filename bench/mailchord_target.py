"""mailchord itself as a target: `mailchord serve` with the shipped configuration, everything private to one run."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from bench.peers import redis_command
from bench.processes import Process, memory
from bench.targets import Running, answers, here

# In the order in which they are looked for in a command line.
PARTS = ("front", "worker", "flower", "serve")


class Mailchord(Struct, frozen=True, kw_only=True):
    """Every pool is on, with or without OCR. `environment` changes settings for one experiment."""

    name: str = "mailchord"
    ocr: bool = False
    environment: Mapping[str, str] = {}
    rejects_gtube: bool = True

    @property
    def missing(self) -> str:
        return ""

    def running(self, folder: Path) -> Running:
        return Running(self.name, folder, f"unix:{folder}/milter.sock", mailchord_role)

    def start(self, running: Running) -> None:
        running.spawn([sys.executable, "-m", "mailchord", "serve"], environment=self.settings(running.folder))
        running.wait_for(lambda: answers(running.address), "the milter")

    def settings(self, folder: Path) -> dict[str, str]:
        """What differs from the shipped configuration: places, and the pool that is measured apart."""
        return {
            **here(),
            "MAILCHORD_STATE_DIR": str(folder / "state"),
            "MAILCHORD_FRONT__LISTEN": f"unix:{folder}/milter.sock",
            "MAILCHORD_HEALTH__LISTEN": "",
            "MAILCHORD_POOLS__OCR__ENABLED": str(self.ocr).lower(),
            # The load comes from one client: it is counted as everywhere, and never refused.
            "MAILCHORD_CONNECTIONS__CONNECTIONS_PER_CLIENT": "1000000",
            "MAILCHORD_CONNECTIONS__MESSAGES_PER_CONNECTION": "1000000",
            # The DNS of the machine is not what is measured; the peers ask none either.
            "MAILCHORD_DNS__ZONE_FILE": "/dev/null",
            **self.environment,
        }


def mailchord_role(process: Process, processes: Mapping[int, Process]) -> str:
    """front, redis, supervisor, or the parents and children of the workers of intake, of auth and of the pools."""
    words = process.command.split()
    if any("valkey" in word or "redis-server" in word for word in words[:2]):
        return "redis"
    part = next((part for part in PARTS if part in words), "")
    if part == "worker":
        kind = next((pool for pool in ("intake", "content") if pool in process.command), "auth")
        kind = "pools" if kind == "content" else kind
        parent = processes.get(process.parent)
        is_child = parent is not None and "worker" in parent.command.split()
        return f"{kind} worker, {'children' if is_child else 'parent'}"
    return {"front": "front", "serve": "supervisor"}.get(part, "other")


class FrontAlone(Struct, frozen=True):
    """`mailchord front` against a Redis of its own: what a machine pays that runs only the front."""

    def measure(self, *, settle_seconds: float) -> float:
        """Memory of the front in bytes, idle; raises TargetFailed."""
        folder = Path(tempfile.mkdtemp(prefix="mailchord-bench-"))
        target = Mailchord()
        running = target.running(folder)
        environment = {**target.settings(folder), "MAILCHORD_REDIS__BROKER": f"unix://{folder}/redis.sock?db=0"}
        try:
            running.spawn(redis_command(folder))
            running.wait_for((folder / "redis.sock").exists, "redis")
            running.spawn([sys.executable, "-m", "mailchord", "front"], environment=environment)
            running.wait_for(lambda: answers(running.address), "the front")
            time.sleep(settle_seconds)
            return memory(running.roots, running.role_of).roles.get("front", 0.0)
        finally:
            running.stop()
            shutil.rmtree(folder, ignore_errors=True)
