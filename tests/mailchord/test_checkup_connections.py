"""What `mailchord check` and `mailchord doctor` say of the connection filter."""

from __future__ import annotations

import msgspec
import pytest

from mailchord.checkup import Level
from mailchord.checkup_connections import check_connections
from mailchord.connection_notes import connection_notes
from mailcore.connections import Connections
from mailcore.settings import Redis, Settings
from tests.redis_server import RedisServer

OFF = {"connections_per_client": 0, "messages_per_connection": 0}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, [], id="as shipped"),
        pytest.param({"connections": OFF}, [], id="off"),
        pytest.param({"connections": {**OFF, "action": "reject"}}, [], id="rejects, but limits nothing"),
        pytest.param({"connections": {"recipients_per_message": 100}}, [], id="as many recipients as must be"),
        pytest.param({"connections": {"ipv4_prefix": 24}}, [], id="small networks"),
        pytest.param({"connections": {**OFF, "ipv4_prefix": 8}}, [], id="large networks that are not counted"),
        pytest.param({"connections": {"names": {"no_reverse_name": "tempfail"}}}, [], id="no name, put off"),
        pytest.param({"greylisting": {"enabled": True}}, [], id="greylisting"),
        pytest.param({"correspondents": {"enabled": False}}, [], id="nobody is known, and nobody asks"),
        pytest.param({"connections": {"action": "reject"}}, ["connections.action"], id="rejects"),
        pytest.param(
            {"connections": {"recipients_per_message": 50}}, ["connections.recipients_per_message"], id="few recipients"
        ),
        pytest.param({"connections": {"ipv4_prefix": 16}}, ["connections.ipv4_prefix"], id="large networks"),
        pytest.param(
            {"connections": {"names": {"no_reverse_name": "reject"}}},
            ["connections.names.no_reverse_name"],
            id="no name, refused",
        ),
        pytest.param(
            {"greylisting": {"enabled": True}, "correspondents": {"enabled": False}},
            ["greylisting.known_senders"],
            id="nobody is known",
        ),
    ],
)
def test_what_may_cost_good_mail_is_noted(settings: dict[str, object], expected: list[str]) -> None:
    notes = connection_notes(msgspec.convert(settings, Settings))
    assert [note.partition(": ")[0] for note in notes] == expected


def test_the_limits_and_how_soon_redis_answers() -> None:
    with RedisServer() as redis:
        limits, answers = check_connections(Settings(redis=Redis(broker=redis.url())))
    assert (limits.level, limits.says) == (
        Level.OK,
        "50 connections per client, 100 messages per connection (time 60 s)",
    )
    assert (answers.level, answers.name) == (Level.OK, "limits in Redis")
    assert answers.says.endswith("ms, a step waits 100 ms at most")


def test_a_redis_that_is_away_or_slow_is_a_warning() -> None:
    away = Settings(redis=Redis(broker="unix:///nowhere/redis.sock"))
    assert [result.level for result in check_connections(away)] == [Level.OK, Level.WARN]
    with RedisServer() as redis:
        hasty = Settings(redis=Redis(broker=redis.url()), connections=Connections(redis_seconds=1e-6))
        assert [result.level for result in check_connections(hasty)] == [Level.OK, Level.WARN]


def test_a_filter_that_is_off_asks_nobody() -> None:
    off = msgspec.convert({"connections": OFF, "redis": {"broker": "unix:///nowhere/redis.sock"}}, Settings)
    assert [result.says for result in check_connections(off)] == ["off"]
