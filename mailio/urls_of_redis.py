"""Where broker, claim checks and state live, worked out from the settings."""

from __future__ import annotations

from msgspec import Struct

from mailcore.errors import ConfigurationError
from mailcore.settings import Redis
from mailio.redis_client import with_database


class RedisUrls(Struct, frozen=True, kw_only=True):
    """The three URLs. By default they are databases 0, 1 and 2 of one server."""

    broker: str
    claims: str
    state: str

    @classmethod
    def of(cls, settings: Redis) -> RedisUrls:
        """Raises ConfigurationError without a broker: only `serve` can start a private one."""
        if not settings.broker:
            raise ConfigurationError(
                "redis.broker is not set: give the URL of a Redis, or use `mailchord serve`, which starts a private one"
            )
        return cls(
            broker=settings.broker,
            claims=settings.claims or with_database(settings.broker, 1),
            state=settings.state or with_database(settings.broker, 2),
        )
