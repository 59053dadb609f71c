"""The history of a client, from the milter to the command line, over a restart, and back into a verdict."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import msgspec
import pytest

from mailchord.demo_files import GTUBE
from mailcore.verdict import Verdict
from tests.milter_client import MilterClient
from tests.system.installation import HEADERS, ROOT, Installation, environment

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

CLIENT = "203.0.113.9"
# Everything for this domain is held: beside it lies the whole verdict.
SETTINGS = {
    "policy": {"recipients": {"held.example": {"thresholds": {"tag": -99.0, "quarantine": -98.0, "reject": 99_999.0}}}},
}


def reputation(installation: Installation, *words: str) -> dict[str, Any]:
    """What `mailchord reputation show CLIENT` says of the client itself."""
    command = [sys.executable, "-m", "mailchord", "-c", str(installation.configuration), "reputation"]
    done = subprocess.run(
        [*command, *words, "--json"], cwd=ROOT, env=environment(), capture_output=True, timeout=120, check=False
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)["senders"][0]
    return found


def send(client: MilterClient, body: bytes, recipient: bytes = b"<bob@example.org>") -> None:
    client.message(HEADERS, body, sender=b"<anna@example.net>", recipients=[recipient])


def test_bad_client_is_known_for_it_after_a_restart() -> None:
    with Installation(SETTINGS) as installation:
        with installation.client(seconds=60) as client:
            client.greet(address=CLIENT)
            for _ in range(30):
                send(client, GTUBE.encode() + b"\r\n")
        until = time.monotonic() + 60
        while (before := reputation(installation, "show", CLIENT))["messages"] < 29.9 and time.monotonic() < until:
            time.sleep(1)
        assert before["score"] < -0.58, "but for the messages by which the start was told"
        time.sleep(1.5)  # the append-only file goes to the disk every second
        installation.stop()
        installation.start()
        after = reputation(installation, "show", CLIENT)
        assert after["score"] < -0.58
        assert after["messages"] >= before["messages"] - 0.1
        with installation.client(seconds=60) as client:
            client.greet(address=CLIENT)
            send(client, b"Shall we meet at noon?\r\n", b"<bob@held.example>")
        [folder] = installation.held().values()
        verdict = msgspec.json.decode((folder / "verdict.json").read_bytes(), type=Verdict)
        weights = {finding.id: finding.weight for finding in verdict.findings}
        assert 0.9 < weights["client_has_bad_reputation"] <= 2.5
