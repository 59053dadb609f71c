"""`mailchord click-service`: what safe links lead to. It checks a link again when it is clicked."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import threading

import structlog

from mailchord.start import Start, add_ready_file, configs_directory, start, tell_ready
from mailchord.watch import Watch
from mailcore.clicks import Judgement
from mailcore.errors import ConfigurationError, StoreUnavailable
from mailcore.safe_links import Keys, SafeLink
from mailio.click_checks import read_listen
from mailio.configuration import load_settings, policy_version
from mailio.link_marks import LinkMarks
from mailio.rate_limits import LocalBuckets, RedisRateLimits
from mailio.redis_client import connect
from mailio.safe_link_keys import key_directory, load_keys
from mailio.state import Counters, RedisState
from mailio.urls_of_redis import RedisUrls

log = structlog.get_logger("mailchord.clicks")

REDIS_SECONDS = 1.0
LOOK_EVERY = 1.0  # seconds
KEYS_EVERY = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listen", default="", metavar="HOST:PORT", help="where to listen (default: clicks.listen)")
    add_ready_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM. SIGHUP, and an announced configuration, have it read rules, lists and keys anew."""
    begun = start(arguments, component="click-service")
    settings = begun.settings
    try:
        from rest_api.application import make_application
        from rest_api.click_pages import ClickPages
        from rest_api.clicks import ClickService
        from rest_api.server import serve_http
    except ImportError as error:
        raise ConfigurationError(f"{error.name} is not installed: install 'mailchord[clicks]'") from None
    if not settings.safe_links.base_url:
        raise ConfigurationError("safe_links.base_url: set the address of the click service")
    listening = listen(arguments.listen or settings.clicks.listen)
    state = RedisState(connect(RedisUrls.of(settings.redis).state, timeout=REDIS_SECONDS))
    counters = Counters(state)
    current = Current(begun, state)
    service = ClickService(
        base_url=settings.safe_links.base_url,
        keys=lambda: current.keys,
        judge=current.judge,
        pages=ClickPages(settings.clicks),
        options=settings.clicks,
        events=Events(state, counters),
        limits=RedisRateLimits(
            connect(RedisUrls.of(settings.redis).claims, timeout=REDIS_SECONDS),
            LocalBuckets(most=settings.connections.local_entries),
            count=counters.event,
        ),
    )
    current.follow()
    serve_http(
        make_application(service),
        listening,
        trusted_proxies=settings.clicks.trusted_proxies,
        on_ready=lambda: tell_ready(arguments.ready_file),
    )
    counters.flush()
    return 0


def listen(place: str) -> socket.socket:
    """A listening socket. Raises ConfigurationError."""
    try:
        host, port = read_listen(place)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"clicks.listen: cannot listen on {place!r} ({error}): choose a free HOST:PORT"
        ) from None


class Current:
    """The judge and the keys in use, which are renewed in a thread while requests go on with the ones before."""

    def __init__(self, begun: Start, state: RedisState) -> None:
        from tasks.clicks import build_click_judge

        self._build = build_click_judge
        self._begun = begun
        self._state = state
        self._marks = LinkMarks(connect(RedisUrls.of(begun.settings.redis).state, timeout=REDIS_SECONDS))
        self._judge = build_click_judge(begun.settings, begun.configs, self._marks)
        self._version = policy_version(begun.settings, begun.configs)
        self._asked = False
        self._watch = Watch(state)
        self.keys: Keys = load_keys(key_directory(begun.settings))

    def judge(self, link: SafeLink) -> Judgement:
        return self._judge.judge(link)

    def follow(self) -> None:
        """From now on, look whether anything was changed."""
        signal.signal(signal.SIGHUP, lambda *_: self._ask())
        self._watch.start()
        threading.Thread(target=self._look, name="what is in use", daemon=True).start()

    def _ask(self) -> None:
        self._asked = True

    def _look(self) -> None:
        waited, pause = 0.0, threading.Event()
        while not pause.wait(LOOK_EVERY):
            waited += LOOK_EVERY
            if self._asked or self._watch.asks_for_other_than(self._version):
                self._asked = False
                self._read_anew()
            if waited >= KEYS_EVERY:
                waited = 0.0
                self._read_keys()

    def _read_anew(self) -> None:
        try:
            settings = load_settings(self._begun.file, os.environ)
            configs = configs_directory(settings)
            self._judge = self._build(settings, configs, self._marks)
            self._version = policy_version(settings, configs)
        except ConfigurationError as error:
            log.error("configuration refused", version=self._version, problems=[str(error)])
            return
        self._read_keys()
        log.info("configuration in use", version=self._version)

    def _read_keys(self) -> None:
        try:
            self.keys = load_keys(key_directory(self._begun.settings))
        except ConfigurationError as error:
            log.error("keys of safe links cannot be read; those before stay in use", reason=str(error))


class Events:
    """Writes down clicks and reports, as far as Redis takes them."""

    def __init__(self, state: RedisState, counters: Counters) -> None:
        self._state = state
        self._counters = counters

    def count(self, name: str) -> None:
        self._counters.event(name)

    def tell(self, kind: str, **fields: str | float) -> None:
        try:
            self._state.raise_event(kind, **fields)
        except StoreUnavailable as error:
            log.warning("an event is lost", kind=kind, reason=str(error))
