"""Detector: a YARA rule matched."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView

_WEIGHTS = {"info": 0.0, "low": 1.0, "medium": 3.0, "high": 7.0, "critical": 15.0}


@detector(category="malware", weight=3.0, lifecycle=Lifecycle.STABLE)
def yara_rule_matched(view: MailView) -> Iterator[Hit]:
    """A YARA rule matched an attachment or a file in it; the weight follows the severity that the rule states."""
    seen: set[tuple[str, str]] = set()
    for file in view.files:
        for match in file.yara_matches:
            # A file and what is in it may both match: once for each attachment.
            if (file.part, match.rule) in seen:
                continue
            seen.add((file.part, match.rule))
            yield Hit(
                summary=match.description or f"The YARA rule {match.rule} matched",
                detail=" ".join(filter(None, (match.rule, match.severity, match.reference))),
                where=Where(part=file.part, file=file.path),
                weight=_WEIGHTS.get(match.severity),
            )
