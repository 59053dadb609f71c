"""Registries for tests, and mail whose domains they are asked about."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import structs

from mailcore.brands import Brand, BrandIndex
from mailcore.domain_age_settings import DomainAge
from mailcore.message import Direction, Envelope
from mailcore.organisation import Acquaintance, Organisation
from mailcore.verdict import Finding
from mailcore.view import Lists, MailView
from tests.workers.urls.views import view_of
from workers.runner import run_pool
from workers.urls import build
from workers.urls.ages import with_ages

NOW = 1_793_750_400.0
DAY = 86_400.0
LISTS = Lists(click_trackers=frozenset({"tracker.example"}), own={"site_builders": frozenset({"builder.example"})})
BRANDS = BrandIndex([Brand(name="Big", domains=("big.example",))])
OURS = Organisation(domains=("our.example",), partners=("partner.example",))


class Ages:
    """Implements `mailcore.ports.DomainAges`: days by domain."""

    def __init__(self, **days: float) -> None:
        self._days = {f"{name}.example": each for name, each in days.items()}
        self.asked: list[str] = []

    def registered(self, domains: Collection[str], *, seconds: float) -> Mapping[str, float]:
        assert seconds > 0
        self.asked += domains
        return {domain: NOW - self._days[domain] * DAY for domain in domains if domain in self._days}


def mail(*links: str, sender: str = "Alice <alice@example.org>", **changed: object) -> MailView:
    view = view_of(*links, sender=sender)
    new = tuple(dict.fromkeys(link.domain for link in view.message.links))
    facts: dict[str, object] = {
        "envelope": Envelope(direction=Direction.INBOUND),
        "lists": LISTS,
        "brands": BRANDS,
        "organisation": OURS,
        "new_link_domains": new,
        "acquaintance": Acquaintance.FIRST_CONTACT,
    }
    return structs.replace(view, **facts | changed)


def said(view: MailView, ages: Ages, settings: DomainAge = DomainAge()) -> list[Finding]:  # noqa: B008  # frozen
    report = run_pool(with_ages(build(), ages, settings, clock=lambda: NOW), view, {}, seconds=5.0)
    assert report.errors == ()
    return [finding for finding in report.findings if finding.id.endswith("_is_young")]
