"""The pool that finds out who is really sending: SPF, DKIM, DMARC, ARC, and what the DNS says of the client."""

from __future__ import annotations

from mailcore.message import Message
from mailcore.ports import ListHealth, Resolver
from mailcore.settings import Settings
from workers.auth.facts import build_gather
from workers.auth.lookups import OnlyRemembered
from workers.discovery import discover
from workers.pool import Pool, Work

__all__ = ["build"]


def build(resolver: Resolver, *, settings: Settings, list_health: ListHealth | None = None) -> Pool:
    """The pool over that resolver. Every message has work: that there is no signature says something too.

    `list_health` remembers which DNS lists can be believed; without it each message tests them.
    """
    return Pool(
        name="auth",
        work=work,
        gather=build_gather(resolver, settings, list_health),
        gather_at_once=build_gather(OnlyRemembered(resolver), settings, list_health),
        detectors=discover("workers.auth"),
    )


def work(_message: Message) -> Work:
    """The pool looks at the whole message as received. It is quick where all answers of the DNS are remembered."""
    return Work(raw=True, light=True)
