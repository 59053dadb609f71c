"""Checkup of pictures of pages: is Chromium here, does it draw as this user, and what closes it in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from mailchord.checkup import Result, fail, ok, warn
from mailcore.settings import Settings
from mailio.chromium import NOT_INSTALLED, ROOT, Chromium

NAME = "screenshots"
SECONDS = 30.0
PAGE = b"<title>mailchord</title><h1>mailchord</h1>"
_ADVICE = {
    NOT_INSTALLED: "install chromium and util-linux, or set following.screenshots to false",
    ROOT: "run mailchord as a user of its own, or set following.screenshots_as_root to true",
}


class Draws(Protocol):
    """What `mailio.chromium.Chromium` does."""

    def __call__(self, page: bytes, *, seconds: float) -> bytes: ...

    def around(self) -> tuple[str, ...]: ...


def check_screenshots(settings: Settings, chromium: Draws | None = None) -> Iterator[Result]:
    """A line where pictures are wanted: a page is drawn."""
    options, pool = settings.following, settings.pools.get("follow")
    if pool is None or not pool.enabled or not options.screenshots:
        return
    chromium = chromium or Chromium(as_root=options.screenshots_as_root)
    try:
        chromium(PAGE, seconds=SECONDS)
    except TimeoutError:
        yield fail(NAME, f"Chromium drew no page within {SECONDS:.0f} s", "see docs/links.md")
    except OSError as error:
        words = error.strerror or str(error)
        yield fail(NAME, words, _ADVICE.get(words, "see docs/links.md, pictures of pages"))
    else:
        if chromium.around():
            yield ok(NAME, "Chromium draws pages, without a network")
        else:
            yield warn(
                NAME,
                "Chromium draws pages; only its own options keep it from the network",
                "let this user make namespaces (unshare --net)",
            )
