"""The pool that finds out who is really sending: SPF, DKIM, DMARC, ARC, and what the DNS says of the client."""

from __future__ import annotations

from mailcore.message import Message
from mailcore.ports import Resolver
from mailcore.settings import Settings
from workers.auth.facts import build_gather
from workers.discovery import discover
from workers.pool import Pool, Work

__all__ = ["build"]


def build(resolver: Resolver, *, settings: Settings) -> Pool:
    """The pool over that resolver. Every message has work: that there is no signature says something too."""
    return Pool(name="auth", work=work, gather=build_gather(resolver, settings), detectors=discover("workers.auth"))


def work(_message: Message) -> Work:
    """The pool looks at the whole message as received."""
    return Work(raw=True)
