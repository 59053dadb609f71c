"""What `mailchord serve` does before it starts anything."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from mailchord.private_redis import with_private_servers
from mailchord.serve import claim_state_dir, start_redis
from mailchord.supervisor import Supervisor
from mailcore.errors import ConfigurationError
from mailcore.settings import Redis, Settings


def test_two_installations_do_not_share_a_state_directory(tmp_path: Path) -> None:
    """The second one would take over the sockets of the first one's private servers, and leave it without."""
    descriptor = claim_state_dir(tmp_path / "state")
    with pytest.raises(ConfigurationError, match="another `mailchord serve` runs on"):
        claim_state_dir(tmp_path / "state")
    os.close(claim_state_dir(tmp_path / "other"))
    os.close(descriptor)
    os.close(claim_state_dir(tmp_path / "state"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(Redis(), ("unix:///s/redis/broker.sock?db=0", "unix:///s/redis/state.sock?db=0"), id="both"),
        pytest.param(
            Redis(state="redis://192.0.2.1/0"), ("unix:///s/redis/broker.sock?db=0", "redis://192.0.2.1/0"), id="broker"
        ),
        pytest.param(Redis(broker="redis://192.0.2.1/3"), ("redis://192.0.2.1/3", ""), id="none"),
    ],
)
def test_private_servers_stand_in_only_for_what_is_not_configured(given: Redis, expected: tuple[str, str]) -> None:
    redis = with_private_servers(Settings(state_dir="/s", redis=given))
    assert (redis.broker, redis.state) == expected


@pytest.mark.system
def test_configured_state_gets_no_private_server() -> None:
    with tempfile.TemporaryDirectory(prefix="mc-") as directory:  # a socket path may have 107 bytes only
        supervisor = Supervisor()
        settings = Settings(state_dir=directory, redis=Redis(state="redis://192.0.2.1/0"))
        try:
            environment = start_redis(settings, supervisor)
        finally:
            supervisor.end()
    assert set(environment) == {"MAILCHORD_REDIS__BROKER"}
    assert [child.name for child in supervisor.children] == ["redis-broker"]


def test_children_do_not_keep_the_state_directory(tmp_path: Path) -> None:
    descriptor = claim_state_dir(tmp_path)
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


def test_state_directory_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"state_dir: cannot write to .*choose a directory"):
        claim_state_dir(tmp_path / "file" / "state")
