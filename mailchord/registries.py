"""The list of registries that know how old domains are, brought up to date with the lists of links."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mailchord.terminal_text import printable
from mailcore.domain_age_settings import DomainAge
from mailio.feed_formats import FeedUnreadable
from mailio.feed_update import updating
from mailio.outgoing_http import FetchFailed
from mailio.rdap_servers import update_servers

DONE, NOT_DONE = 0, 1


def update_registries(settings: DomainAge, directory: Path, *, names: Sequence[str], force: bool) -> int:
    """0 when the list is as it should be, or nobody asks for it; else 1, and why on the standard error."""
    if not settings.enabled or names:
        return DONE
    try:
        with updating(directory):
            changed = update_servers(settings, directory, now=time.time(), force=force)
    except (FeedUnreadable, FetchFailed, OSError) as error:
        words = error.strerror if isinstance(error, OSError) else error
        print(printable(f"registries (RDAP): {words}; the list before stays, if there is one"), file=sys.stderr)
        return NOT_DONE
    print("registries (RDAP): updated" if changed else "registries (RDAP): was fetched today")
    return DONE
