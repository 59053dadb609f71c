"""URLs of Redis in the spellings of the libraries, and which database is whose."""

from __future__ import annotations

import pytest

from mailcore.errors import ConfigurationError
from mailcore.settings import Redis
from mailio.redis_client import client_url, kombu_url, with_database
from mailio.urls_of_redis import RedisUrls

SOCKET = "/run/mailchord/broker.sock"


@pytest.mark.parametrize(
    ("url", "client", "kombu"),
    [
        pytest.param("redis://h:6379/3", "redis://h:6379/3", "redis://h:6379/3", id="tcp"),
        pytest.param("rediss://:pw@h/1", "rediss://:pw@h/1", "rediss://:pw@h/1", id="tls and password"),
        pytest.param(
            f"unix://{SOCKET}?db=2", f"unix://{SOCKET}?db=2", f"redis+socket://{SOCKET}?virtual_host=2", id="socket"
        ),
        pytest.param(
            f"redis+socket://{SOCKET}?virtual_host=2",
            f"unix://{SOCKET}?db=2",
            f"redis+socket://{SOCKET}?virtual_host=2",
            id="socket in kombu's words",
        ),
        pytest.param(
            f"unix://{SOCKET}",
            f"unix://{SOCKET}?db=0",
            f"redis+socket://{SOCKET}?virtual_host=0",
            id="socket without database",
        ),
        pytest.param(
            f"unix://:pw@{SOCKET}?db=1&protocol=3",
            f"unix://:pw@{SOCKET}?db=1&protocol=3",
            f"redis+socket://:pw@{SOCKET}?virtual_host=1&protocol=3",
            id="socket with password and option",
        ),
    ],
)
def test_one_server_in_the_words_of_both_libraries(url: str, client: str, kombu: str) -> None:
    assert client_url(url) == client
    assert kombu_url(url) == kombu


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("redis://:pw@h:6379/0?x=1", "redis://:pw@h:6379/5?x=1", id="tcp"),
        pytest.param("redis://h", "redis://h/5", id="tcp without database"),
        pytest.param(f"unix://{SOCKET}?db=0", f"unix://{SOCKET}?db=5", id="socket"),
        pytest.param(f"redis+socket://{SOCKET}?virtual_host=1", f"unix://{SOCKET}?db=5", id="socket in kombu's words"),
    ],
)
def test_another_database_of_the_same_server(url: str, expected: str) -> None:
    assert with_database(url, 5) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(Redis(broker="redis://h/0"), ("redis://h/0", "redis://h/1", "redis://h/2"), id="one server"),
        pytest.param(
            Redis(broker="redis://b/0", claims="redis://c/0", state="redis://s/4"),
            ("redis://b/0", "redis://c/0", "redis://s/4"),
            id="three servers",
        ),
        pytest.param(
            Redis(broker="redis://b/7", state="redis://s/0"),
            ("redis://b/7", "redis://b/1", "redis://s/0"),
            id="state of its own",
        ),
    ],
)
def test_where_everything_lives(settings: Redis, expected: tuple[str, str, str]) -> None:
    urls = RedisUrls.of(settings)
    assert (urls.broker, urls.claims, urls.state) == expected


def test_without_a_broker_the_message_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"redis\.broker is not set: .*mailchord serve"):
        RedisUrls.of(Redis())
