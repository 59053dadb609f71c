"""Views as the pool gets them with the shipped brands and lists, and what one detector finds in them."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from mailcore.authentication import AuthFacts
from mailcore.brands import BrandIndex
from mailcore.detector import Detector, Hit
from mailcore.message import Direction, Envelope, Message
from mailcore.organisation import Acquaintance, Organisation
from mailcore.parse import parse
from mailcore.verdict import Where
from mailcore.view import Lists, MailView
from mailio.brand_files import load_brands
from mailio.list_files import load_lists

NOBODY_LOOKED = AuthFacts()
CONFIGS = Path(__file__).parents[3] / "configs"


@cache
def brands() -> BrandIndex:
    return load_brands(CONFIGS / "brands")


@cache
def lists() -> Lists:
    return load_lists(CONFIGS / "lists")


def view_of(
    raw: bytes,
    *,
    auth: AuthFacts = NOBODY_LOOKED,
    direction: Direction = Direction.INBOUND,
    own: tuple[str, ...] = (),
    acquaintance: Acquaintance = Acquaintance.UNKNOWN,
) -> MailView:
    return MailView(
        envelope=Envelope(recipients=("bob@example.net",), direction=direction),
        message=parse(raw, message_id="m1").message,
        lists=lists(),
        brands=brands(),
        auth=auth,
        organisation=Organisation(domains=own),
        acquaintance=acquaintance,
    )


def detector(name: str, pool: str = "content") -> Detector:
    found = getattr(importlib.import_module(f"workers.{pool}.detectors.{name}"), name)
    assert isinstance(found, Detector)
    return found


def judged(name: str, view: MailView, pool: str = "content") -> list[Hit]:
    """Hits that weigh anything. What they quote stands in the mail."""
    own = detector(name, pool)
    found = [hit for hit in own.run(view) if (own.weight if hit.weight is None else hit.weight) > 0]
    assert all(stands_in(view.message, hit.where) for hit in found), [hit.where for hit in found]
    return found


def stands_in(message: Message, where: Where) -> bool:
    if where.header:
        lines = message.header_values(where.header)
    else:
        lines = (message.text, message.html_text, *(link.href for link in message.links))
    return any(where.quote.lower() in line.lower() for line in lines) and bool(where.header or where.part)


def hits(name: str, raw: bytes, pool: str = "content") -> list[str]:
    """Summaries of those hits, in mail from outside about which nothing else is known."""
    return [hit.summary for hit in judged(name, view_of(raw), pool)]
