"""`mailchord front`: the milter front alone, on a given Redis."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable
from pathlib import Path

import structlog

from mailchord.arc_sealer import arc_sealer
from mailchord.start import Start, add_ready_file, configs_directory, start, tell_ready
from mailchord.watch import Watch
from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from mailio.configuration import load_settings, policy_version
from mailio.greylist import RedisGreylist
from mailio.policy_files import load_policy_files
from mailio.quarantine_directory import QuarantineDirectory
from mailio.rate_limits import LocalBuckets, RedisRateLimits
from mailio.redis_client import connect
from mailio.urls_of_redis import RedisUrls
from milter_front.connection_filter import FilterStores
from milter_front.marker_key import marker_key
from milter_front.server import run_fronts
from tasks.submission import InUse, Pipeline, build_pipeline

log = structlog.get_logger("mailchord.front")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_ready_file(parser)
    parser.add_argument(
        "--no-watch", action="store_true", help="read the configuration anew on SIGHUP only, not when Redis says so"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM; running messages are answered first. SIGHUP reads the configuration anew."""
    begun = start(arguments, component="front")
    settings = begun.settings
    RedisUrls.of(settings.redis)
    reader = Reader(begun, watched=not arguments.no_watch)
    signal.signal(signal.SIGHUP, lambda *_: reader.ask())
    quarantine = QuarantineDirectory(quarantine_path(settings))
    key = marker_key(settings)

    def make_judge() -> Pipeline:
        """After the fork of a front process: connections and threads are its own."""
        pipeline = build_pipeline(settings, reader.version, reader.files)
        pipeline.start()
        reader.begin(pipeline)
        return pipeline

    run_fronts(
        settings,
        make_judge,
        quarantine,
        marker_key=key,
        make_stores=lambda pipeline: filter_stores(settings, pipeline.counters.event),
        sealer=arc_sealer(settings),
        end_judge=Pipeline.stop,
        on_ready=lambda: tell_ready(arguments.ready_file),
        reload=reader.adopt,
    )
    return 0


def filter_stores(settings: Settings, count: Callable[[str], None]) -> FilterStores:
    """What the connection filter asks: buckets beside the messages under scan, the greylist in the durable state."""
    urls, seconds = RedisUrls.of(settings.redis), settings.connections.redis_seconds
    return FilterStores(
        limits=RedisRateLimits(
            connect(urls.claims, timeout=seconds), LocalBuckets(most=settings.connections.local_entries), count=count
        ),
        greylist=RedisGreylist(connect(urls.state, timeout=seconds)),
        count=count,
    )


class Reader:
    """Reads the configuration anew in a front process, when SIGHUP or an announcement in Redis asks for it."""

    def __init__(self, begun: Start, *, watched: bool) -> None:
        self._begun = begun
        self._watched = watched
        self._watch: Watch | None = None
        self._asked = False
        self._first_process = os.getpid()
        self.version = policy_version(begun.settings, begun.configs)
        self.files = load_policy_files(begun.configs, begun.settings.policy)

    def ask(self) -> None:
        self._asked = True

    def begin(self, pipeline: Pipeline) -> None:
        """In each process, after its fork. One that was forked later than the others must not begin with what was
        in use when they began."""
        self._asked |= os.getpid() != self._first_process
        if self._watched:
            self._watch = Watch(pipeline.state)
            self._watch.start()

    def adopt(self, pipeline: Pipeline) -> Settings | None:
        """Settings to be used from now on, after the pipeline took them over; None when nothing is to change."""
        by_redis = self._watch is not None and self._watch.asks_for_other_than(self.version)
        if not (self._asked or by_redis):
            return None
        self._asked = False
        try:
            settings = load_settings(self._begun.file, os.environ)
            configs = configs_directory(settings)
            version = policy_version(settings, configs)
            files = load_policy_files(configs, settings.policy)
            pipeline.adopt(InUse(settings=settings, policy_version=version, files=files))
        except ConfigurationError as error:
            log.error("configuration refused", version=self.version, problems=[str(error)])
            return None
        self.version, self.files = version, files
        log.info("configuration in use", version=version)
        return settings


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
