"""Detector: files that hold more than is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments.facts import LEFT_OUT
from workers.attachments.signs import of_kind


@detector(category="attachment", weight=1.5, lifecycle=Lifecycle.STABLE)
def files_were_left_out(view: MailView) -> Iterator[Hit]:
    """An attachment holds more files, layers or bytes than anybody looks at, so something may hide behind them."""
    for file in view.files:
        # Light: backups and source code in archives are large, too. What nobody saw is held by policy (`partial`).
        left_out = of_kind(file, (LEFT_OUT,))
        if left_out:
            yield Hit(
                summary="Not all of its files could be looked at: they are too many, too deep or too large",
                detail="; ".join(sign.evidence for sign in left_out),
                where=Where(part=file.part, file=file.path, quote=left_out[0].evidence),
            )
