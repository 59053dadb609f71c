"""The urls pool: where links lead, and what the reader is made to believe about it."""

from __future__ import annotations

from collections.abc import Mapping

from mailcore.message import Message
from mailcore.view import MailView
from workers.discovery import discover
from workers.pool import Gathered, Pool, Work
from workers.urls.hosts import targets


def build() -> Pool:
    """The pool: it has work on messages with links, and needs nothing but the message itself."""
    return Pool(name="urls", work=_work, gather=_gather, detectors=discover(__name__))


def _work(message: Message) -> Work | None:
    return Work(light=True) if targets(message) else None


def _gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:  # noqa: ARG001
    """The parser has already read the links: there is nothing to gather."""
    problems = ("the message was cut at the size limit",) if view.message.truncated else ()
    return Gathered(view=view, problems=problems, bytes_read=sum(len(link.href) for link in targets(view.message)))
