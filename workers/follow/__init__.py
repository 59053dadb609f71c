"""The follow pool: asks where links lead, step by step, and looks at the page at the end. Off by default."""

from __future__ import annotations

from mailcore.follow_settings import Following
from mailcore.message import Message
from mailcore.ports import PageFetcher
from workers.discovery import discover
from workers.follow.choice import may_be_followed
from workers.follow.gather import LookInto, SeeIcons, TakePicture, build_gather
from workers.pool import Pool, Work

__all__ = ["LookInto", "SeeIcons", "TakePicture", "build"]


def build(
    fetcher: PageFetcher,
    options: Following,
    look_into: LookInto | None = None,
    see_icons: SeeIcons | None = None,
    take_picture: TakePicture | None = None,
) -> Pool:
    """The pool. `look_into` opens files behind links; without it they are only named. `see_icons` knows logos,
    `take_picture` draws pages that ask for a password.
    """
    gather = build_gather(fetcher, options, look_into, see_icons, take_picture)
    return Pool(name="follow", work=_work, gather=gather, detectors=discover(__name__))


def _work(message: Message) -> Work | None:
    return Work() if any(map(may_be_followed, message.links)) else None
