"""Detector: Excel 4 macros that fetch files or lay code into memory with functions of Windows."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import Act, ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.code import Language
from workers.sandbox import judge
from workers.sandbox.excel_windows import fetches, lays_code


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def traced_macro_calls_windows(view: MailView) -> Iterator[Hit]:
    """Excel 4 macros, run in a traced world, fetched files or ran code in memory by calls of Windows libraries."""
    for behaviour in judge.scripts(view.behaviour):
        call = _worst(behaviour) if behaviour.language == Language.EXCEL_4 else None
        if call is not None:
            yield Hit(
                summary=f"{behaviour.path} has macros that call functions of Windows to load code",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, call),
            )


def _worst(behaviour: Behaviour) -> Act | None:
    """Good macros of that age ask Windows for names, windows and settings, and call libraries of their maker."""
    calls = behaviour.of(ActKind.CALLS)
    return next((call for call in calls if fetches(call.what) or lays_code(call.what)), None)
