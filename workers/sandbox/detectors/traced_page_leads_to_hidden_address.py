"""Detector: a page that leads to an address that it hides."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.code import Language
from workers.sandbox import judge


@detector(category="phishing", weight=6.0, lifecycle=Lifecycle.STABLE)
def traced_page_leads_to_hidden_address(view: MailView, *, shown_weight: float = 0.5) -> Iterator[Hit]:
    """An HTML attachment, run in a traced browser, led or sent its reader to an address that does not stand in it."""
    for behaviour in judge.scripts(view.behaviour):
        if behaviour.language != Language.PAGE:
            continue
        led = [act for act in behaviour.of(ActKind.NAVIGATES, ActKind.SENDS) if "://" in act.what]
        hidden = [act for act in led if any(act.what.startswith(url) for url in behaviour.hidden)]
        if led:
            yield Hit(
                summary=f"{behaviour.path} leads to an address that it hides"
                if hidden
                else f"{behaviour.path} leads on when it is opened",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, (hidden or led)[0]),
                # Pages that moved say where to; links to them are judged like those of the mail.
                weight=None if hidden else shown_weight,
            )
