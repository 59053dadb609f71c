"""Detector: a page that builds a file and hands it to its reader."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge


@detector(category="malware", weight=7.0, lifecycle=Lifecycle.STABLE)
def traced_page_hands_over_file(view: MailView) -> Iterator[Hit]:
    """An HTML attachment, run in a traced browser, built a program, an archive or a page by itself and saved it."""
    for behaviour in judge.scripts(view.behaviour):
        for act in behaviour.of(ActKind.SAVES):
            # Pages that people save their work with hand over tables, texts and pictures, at a click that nobody did.
            if (
                judge.runs(act.what)
                or judge.holds_files(act.what)
                or ": a program" in act.what
                or ": an arch" in act.what
            ):
                yield Hit(
                    summary=f"{behaviour.path} builds a file and hands it over when it is opened",
                    detail=judge.listed(behaviour),
                    where=judge.where(behaviour, act),
                )
                break
