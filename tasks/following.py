"""Puts the pool that follows links together: who asks the servers, and who opens the files that they hand over."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import structs

from mailcore.detector import Detector, Hit
from mailcore.errors import CageBroken, ScanInterrupted
from mailcore.message import Message, Part
from mailcore.ports import Resolver
from mailcore.settings import Settings
from mailcore.view import Lists, MailView
from workers.follow import LookInto, SeeIcons, TakePicture, build
from workers.pool import Gathered, Pool

FOLLOW = "follow"
# The name of what looks at icons, beside the pools in the cage.
ICONS = "icons"
# The id of the part that a file behind a link stands for; no part of a message has it.
BEHIND_LINK = "link"
MOST_WORDS = 200


def build_follow(
    settings: Settings,
    resolver: Resolver | None = None,
    look_into: LookInto | None = None,
    see_icons: SeeIcons | None = None,
) -> Pool:
    """The pool, with the DNS and the web of this installation. Raises ConfigurationError where there is no c-ares."""
    from mailio.dns_cache import open_resolver
    from mailio.page_fetcher import PageFetcher

    options = settings.following
    # Asked by the click service, it would ask itself.
    ours = urlsplit(settings.safe_links.base_url).hostname or ""
    never = (domain.lower().strip(".") for domain in (*options.never, ours))
    options = structs.replace(options, never=tuple(filter(None, never)))
    fetcher = PageFetcher(
        resolver or open_resolver(settings.dns),
        user_agent=options.user_agent,
        proxy=options.proxy,
        private_addresses=options.private_addresses,
    )
    return build(fetcher, options, look_into, see_icons, build_take_picture(settings))


def build_take_picture(settings: Settings) -> TakePicture | None:
    """What draws pages and keeps the pictures; None where nobody wants any."""
    options = settings.following
    if not options.screenshots:
        return None
    from mailio.chromium import Chromium
    from mailio.screenshots import ScreenshotDirectory

    chromium = Chromium(as_root=options.screenshots_as_root)
    kept = ScreenshotDirectory(
        path=Path(settings.state_dir) / "screenshots",
        most_files=options.screenshots_kept,
        most_bytes=options.screenshots_bytes,
    )

    def take_picture(page: bytes, name: str, *, seconds: float) -> tuple[str, str]:
        try:
            return str(kept.keep(name, chromium(page, seconds=seconds))), ""
        except TimeoutError:
            return "", "no picture of a page: Chromium did not end in time"
        except OSError as error:
            return "", (error.strerror or f"no picture of a page: {error}")[:MOST_WORDS]

    return take_picture


def build_icons(lists: Lists) -> dict[str, Pool]:
    """What looks at icons, for the cage; nothing where no logos are listed, or Pillow is not installed."""
    if not lists.named("logos") or importlib.util.find_spec("PIL") is None:
        return {}
    from workers.ocr.icons import build_icons as build_pool

    return {ICONS: build_pool()}


def finished(pools: Mapping[str, Pool], settings: Settings, resolver: Resolver | None) -> Pool:
    """The pool, with all that looks at what it brings home, as far as that is there."""
    see_icons = knowing_logos(pools[ICONS]) if ICONS in pools else None
    if "attachments" in pools:
        return opening_files(pools[FOLLOW], pools["attachments"], settings, resolver, see_icons)
    return structs.replace(pools[FOLLOW], gather=build_follow(settings, resolver, None, see_icons).gather)


def knowing_logos(reader: Pool) -> SeeIcons:
    """Holds icons against `configs/lists/logos.txt`; they are opened where pictures of mail are."""
    from workers.ocr.logos import LIST, brands_of, read_entries

    def see_icons(view: MailView, icons: Sequence[bytes], *, seconds: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        entries = view.lists.named(LIST)
        listed = read_entries(entries) if isinstance(entries, frozenset) else ()
        if not listed:
            return (), ()
        parts = {str(number): icon for number, icon in enumerate(icons)}
        try:
            gathered = reader.gather(view, parts, seconds=seconds)
        except (CageBroken, ScanInterrupted) as error:
            # The page is judged all the same: an icon that breaks its reader must not hide it.
            return (), (f"icons of a page were not looked at: {error}"[:MOST_WORDS],)
        return brands_of((shape for image in gathered.view.images for shape in image.logos), listed), ()

    return see_icons


def opening_files(
    pool: Pool,
    attachments: Pool,
    settings: Settings,
    resolver: Resolver | None = None,
    see_icons: SeeIcons | None = None,
) -> Pool:
    """The pool, with files behind links opened and judged as `attachments` does it with those of a message."""

    def look_into(view: MailView, name: str, data: bytes, *, seconds: float) -> Gathered:
        return attachments.gather(as_attachment(view, name, len(data)), {BEHIND_LINK: data}, seconds=seconds)

    return structs.replace(
        pool,
        gather=build_follow(settings, resolver, look_into, see_icons).gather,
        detectors=(*pool.detectors, *map(_on_downloads, attachments.detectors)),
        weigh=attachments.weigh,
    )


def as_attachment(view: MailView, name: str, size: int = 0) -> MailView:
    """The view of a message that has that file, and no other."""
    part = Part(id=BEHIND_LINK, content_type="application/octet-stream", filename=name, size=size)
    message: Message = structs.replace(view.message, parts=(part,), attachments=(BEHIND_LINK,))
    return structs.replace(view, message=message)


def _on_downloads(detector: Detector) -> Detector:
    """The detector of attachments, on the files behind links alone: those of the message are judged already."""

    def run(view: MailView, /, **settings: object) -> Iterable[Hit]:
        return _hits(detector, view, settings)

    functools.update_wrapper(run, detector.run)
    # What the runner takes for the settings of a detector.
    run.__kwdefaults__ = getattr(detector.run, "__kwdefaults__", None)
    return structs.replace(detector, run=run)


def _hits(detector: Detector, view: MailView, settings: dict[str, object]) -> Iterator[Hit]:
    if view.files:
        yield from detector.run(as_attachment(view, view.files[0].filename or view.files[0].path), **settings)
