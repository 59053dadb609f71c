"""`mailchord flower`: Flower on our broker, with the names of our pools and tasks."""

from __future__ import annotations

import argparse
import os
import sys

from mailchord.start import start
from mailcore.errors import ConfigurationError
from mailio.redis_client import kombu_url
from mailio.urls_of_redis import RedisUrls

# Tells the application that Flower loads which file was given with -c.
CONFIGURATION = "MAILCHORD_FLOWER_CONFIGURATION"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=5555, metavar="PORT", help="port of the dashboard (default: 5555)")
    parser.add_argument(
        "--address", default="127.0.0.1", metavar="HOST", help="address to listen on (default: this machine only)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Becomes Flower. It has no password of its own here: it listens on this machine only unless told otherwise."""
    begun = start(arguments, component="flower")
    broker = kombu_url(RedisUrls.of(begun.settings.redis).broker)
    try:
        import flower  # noqa: F401  # only to say clearly that it is not there
    except ImportError:
        raise ConfigurationError("Flower is not installed: install 'mailchord[monitor]'") from None
    environment = {
        **os.environ,
        CONFIGURATION: str(begun.file),
        "CELERY_BROKER_URL": broker,
        "FLOWER_UNAUTHENTICATED_API": "true",
    }
    words = ["-m", "celery", "--app", "mailchord.flower_app", "flower"]
    words += [f"--port={arguments.port}", f"--address={arguments.address}"]
    os.execve(sys.executable, [sys.executable, *words], environment)  # noqa: S606  # our own arguments, no shell
