"""Checkups of the lists of links that are switched on: was each imported, and is it still believed."""

from __future__ import annotations

import time
from collections.abc import Iterator

from mailchord.checkup import Result, fail, ok, warn
from mailcore.feed_settings import Feed, is_local
from mailcore.settings import Settings
from mailio.feed_store import DAY
from mailio.feed_update import feeds_directory, imported_path, open_imported
from mailio.rdap_servers import servers_path


def check_feeds(settings: Settings, *, now: float | None = None) -> Iterator[Result]:
    """A line for each list that is switched on; `now` in seconds since the epoch."""
    directory = feeds_directory(settings.state_dir)
    for name, feed in settings.feeds.enabled().items():
        found = f"list of links {name}"
        path = imported_path(directory, name, feed)
        try:
            file = open_imported(directory, name, feed)
        except OSError as error:
            yield fail(found, f"{path}: cannot be read: {error.strerror}", "run `mailchord feeds update` as its user")
            continue
        if file is None:
            yield warn(found, "was never imported, or is damaged", f"run `mailchord feeds update {name}`")
            continue
        yield _check(found, feed, len(file), time.time() if now is None else now, file.checked_at)
    if settings.feeds.domain_age.enabled and not servers_path(directory).exists():
        advice = "run `mailchord feeds update`"
        yield warn("ages of domains", "nobody is asked: the list of registries was never fetched", advice)


def _check(found: str, feed: Feed, entries: int, now: float, checked_at: float) -> Result:
    days = max(0.0, now - checked_at) / DAY
    if not is_local(feed) and days > feed.max_age_days:
        advice = "run `mailchord feeds update` from cron or a timer, and look at what it says"
        return warn(found, f"is {days:.0f} days old, and not asked any more", advice)
    return ok(found, f"{entries:,} entries")
