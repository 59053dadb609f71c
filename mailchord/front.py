"""`mailchord front`: the milter front alone, on a given Redis."""

from __future__ import annotations

import argparse
from pathlib import Path

from mailchord.start import add_ready_file, start, tell_ready
from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from mailio.configuration import policy_version
from mailio.quarantine_directory import QuarantineDirectory
from mailio.urls_of_redis import RedisUrls
from milter_front.marker_key import marker_key
from milter_front.server import run_fronts
from tasks.submission import Pipeline, build_pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_ready_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM; running messages are answered first."""
    begun = start(arguments, component="front")
    settings = begun.settings
    RedisUrls.of(settings.redis)
    version = policy_version(settings, begun.configs)
    quarantine = QuarantineDirectory(quarantine_path(settings))
    key = marker_key(settings)

    def make_judge() -> Pipeline:
        """After the fork of a front process: connections and threads are its own."""
        pipeline = build_pipeline(settings, version)
        pipeline.start()
        return pipeline

    run_fronts(
        settings,
        make_judge,
        quarantine,
        marker_key=key,
        end_judge=Pipeline.stop,
        on_ready=lambda: tell_ready(arguments.ready_file),
    )
    return 0


def quarantine_path(settings: Settings) -> Path:
    """Where held mail goes. Raises ConfigurationError when the directory cannot be made."""
    path = Path(settings.quarantine.directory or Path(settings.state_dir) / "quarantine")
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(
            f"quarantine.directory: cannot make {path}: {error.strerror}; choose a directory that this user may write"
        ) from error
    return path
