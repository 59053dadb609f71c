"""Puts the pool that follows links together: who asks the servers, and who opens the files that they hand over."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from msgspec import structs

from mailcore.detector import Detector, Hit
from mailcore.message import Message, Part
from mailcore.ports import Resolver
from mailcore.settings import Settings
from mailcore.view import MailView
from workers.follow import LookInto, build
from workers.pool import Gathered, Pool

FOLLOW = "follow"
# The id of the part that a file behind a link stands for; no part of a message has it.
BEHIND_LINK = "link"


def build_follow(settings: Settings, resolver: Resolver | None = None, look_into: LookInto | None = None) -> Pool:
    """The pool, with the DNS and the web of this installation. Raises ConfigurationError where there is no c-ares."""
    from mailio.dns_cache import open_resolver
    from mailio.page_fetcher import PageFetcher

    options = settings.following
    fetcher = PageFetcher(
        resolver or open_resolver(settings.dns),
        user_agent=options.user_agent,
        proxy=options.proxy,
        private_addresses=options.private_addresses,
    )
    return build(fetcher, options, look_into)


def opening_files(pool: Pool, attachments: Pool, settings: Settings, resolver: Resolver | None = None) -> Pool:
    """The pool, with files behind links opened and judged as `attachments` does it with those of a message."""

    def look_into(view: MailView, name: str, data: bytes, *, seconds: float) -> Gathered:
        return attachments.gather(as_attachment(view, name, len(data)), {BEHIND_LINK: data}, seconds=seconds)

    return structs.replace(
        pool,
        gather=build_follow(settings, resolver, look_into).gather,
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
