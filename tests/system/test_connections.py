"""The connection filter of a whole installation, as `mailchord serve` puts it together."""

from __future__ import annotations

import time

import pytest

from mailio.redis_client import connect
from mailio.state import RedisState
from tests.milter_client import MilterClient
from tests.system.installation import Installation

pytestmark = pytest.mark.system


def greeted(address: str, client: str) -> str:
    with MilterClient(address) as connection:
        connection.negotiate()
        return connection.connect(address=client).text[:9]


def test_clients_are_counted_in_the_private_redis_and_refusals_in_its_state() -> None:
    limits = {"connections_per_client": 3, "window_seconds": 3_600, "allowed_networks": ["198.51.100.0/24"]}
    with Installation({"connections": limits}, unix=True) as running:
        assert [greeted(running.listen, "192.0.2.77") for _ in range(5)] == ["", "", "", "421 4.7.1", "421 4.7.1"]
        assert [greeted(running.listen, "198.51.100.9") for _ in range(5)] == [""] * 5
        private = f"unix://{running.state}/redis"
        broker = connect(f"{private}/broker.sock?db=1", timeout=2.0)
        assert broker.exists("mailchord:rate:connections:192.0.2.77")
        state = RedisState(connect(f"{private}/state.sock?db=0", timeout=2.0))
        until = time.monotonic() + 10
        while "refused.connections_per_client" not in (counts := state.counts()) and time.monotonic() < until:
            time.sleep(0.1)
        assert counts["refused.connections_per_client"] == 2
