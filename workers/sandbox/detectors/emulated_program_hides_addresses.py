"""Detector: a program whose addresses come out only when it runs."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge


@detector(category="malware", weight=4.0, lifecycle=Lifecycle.STABLE)
def emulated_program_hides_addresses(view: MailView) -> Iterator[Hit]:
    """A program, run in an emulated Windows, asked for a host whose name does not stand in it."""
    for behaviour in judge.programs(view.behaviour):
        # Addresses that only lay in memory in the end are those of certificates and of forms too.
        asked = [act for act in behaviour.of(ActKind.FETCHES, ActKind.CONNECTS) if judge.is_hidden(behaviour, act)]
        if asked:
            yield Hit(
                summary=f"{behaviour.path} hides where it gets something from",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, asked[0]),
            )
