"""A real authoritative name server (NSD) for tests, on a free loopback port, with the zones that a test wants."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from mailchord.postfix import free_port

START_SECONDS = 10.0

SOA = "$TTL 300\n@ IN SOA ns.{zone}. host.{zone}. 1 3600 600 86400 60\n@ IN NS ns.{zone}.\nns IN A 127.0.0.1\n"


def skip_without_nsd() -> None:
    if shutil.which("nsd") is None:
        pytest.skip("nsd is not installed: scripts/setup installs it")


class NameServer:
    """Answers for zones that are given as text; it starts each with SOA (negative TTL 60 s) and NS records."""

    def __init__(self, zones: Mapping[str, str]) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="mc-nsd-"))
        self.port = free_port()
        self._zones = zones
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> NameServer:
        lines = [
            f'server:\n  ip-address: 127.0.0.1@{self.port}\n  username: ""\n  chroot: ""\n  server-count: 1',
            f'  zonesdir: {self.directory}\n  database: ""\n  pidfile: {self.directory}/pid',
            f"  logfile: {self.directory}/log",
            f"  zonelistfile: {self.directory}/list\n  xfrdfile: {self.directory}/xfrd\n  xfrdir: {self.directory}",
            "  rrl-ratelimit: 0\nremote-control:\n  control-enable: no",
        ]
        for zone, text in self._zones.items():
            file = self.directory / f"{zone}.zone"
            file.write_text(SOA.format(zone=zone) + text, encoding="utf-8")
            lines.append(f"zone:\n  name: {zone}\n  zonefile: {file}")
        configuration = self.directory / "nsd.conf"
        configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process = subprocess.Popen(
            ["nsd", "-d", "-c", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"nsd does not start: {(self.directory / 'log').read_text()}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> NameServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.2)
            try:
                asking.connect(("127.0.0.1", self.port))
                asking.send(b"\0\1\0\0\0\1\0\0\0\0\0\0\0\0\2\0\1")  # NS of the root: any answer will do
                return len(asking.recv(512)) > 0
            except OSError:
                return False
