"""URLs of Redis in the spellings of the libraries, and which database is whose."""

from __future__ import annotations

import ssl

import pytest
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.settings import Redis, Settings
from mailio.redis_client import client_url, kombu_url, with_database
from mailio.urls_of_redis import RedisUrls
from tasks.app import make_app

SOCKET = "/run/mailchord/broker.sock"


@pytest.mark.parametrize(
    ("url", "client", "kombu"),
    [
        pytest.param("redis://h:6379/3", "redis://h:6379/3", "redis://h:6379/3", id="tcp"),
        pytest.param(
            "rediss://:pw@h/1",
            "rediss://:pw@h/1",
            "rediss://:pw@h/1?ssl_cert_reqs=CERT_REQUIRED",
            id="tls and password: both check certificates",
        ),
        pytest.param(
            "rediss://h/1?ssl_ca_certs=/ca.pem&ssl_cert_reqs=CERT_NONE",
            "rediss://h/1?ssl_ca_certs=%2Fca.pem&ssl_cert_reqs=none",
            "rediss://h/1?ssl_cert_reqs=CERT_NONE&ssl_ca_certs=%2Fca.pem",
            id="tls in kombu's words",
        ),
        pytest.param(
            "rediss://h/1?ssl_cert_reqs=optional",
            "rediss://h/1?ssl_cert_reqs=optional",
            "rediss://h/1?ssl_cert_reqs=CERT_OPTIONAL",
            id="tls in redis-py's words",
        ),
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


def test_a_tls_url_is_good_enough_for_the_result_backend_of_chords() -> None:
    """Celery raises ValueError at the first chord for a TLS URL that does not say how certificates are checked."""
    app = make_app(structs.replace(Settings(), redis=Redis(broker="rediss://:pw@localhost:1/0")))
    assert app.backend.connparams["ssl_cert_reqs"] is ssl.CERT_REQUIRED


def test_without_a_broker_the_message_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"redis\.broker is not set: .*mailchord serve"):
        RedisUrls.of(Redis())
