"""Detector: a PDF document whose scripts lead to an address that they hide."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.code import Language
from workers.sandbox import judge


@detector(category="phishing", weight=6.0, lifecycle=Lifecycle.STABLE)
def traced_pdf_leads_to_hidden_address(view: MailView) -> Iterator[Hit]:
    """Scripts of a PDF document, run in a traced reader, led to an address that does not stand in them."""
    for behaviour in judge.scripts(view.behaviour):
        if behaviour.language != Language.PDF:
            continue
        led = behaviour.of(ActKind.NAVIGATES, ActKind.SENDS, ActKind.FETCHES, ActKind.LOADS)
        # Addresses that stand in a script are links of the document, and are judged as such.
        hidden = [act for act in led if any(url in act.what for url in behaviour.hidden)]
        if hidden:
            yield Hit(
                summary=f"{behaviour.path} leads to an address that it hides",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, hidden[0]),
            )
