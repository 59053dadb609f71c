"""What becomes of a click on a safe link: pure; who asks what is known of the link by now is in `tasks.clicks`."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from msgspec import Struct

from mailcore.click_settings import Clicks
from mailcore.link_addresses import Key
from mailcore.verdict import PoolReport, PoolStatus

MOST_REASONS = 5


class ClickAnswer(enum.StrEnum):
    """What the reader gets."""

    GO = "go"
    WARN = "warn"
    BLOCK = "block"


class Mark(Struct, frozen=True, kw_only=True):
    """What became known of a link, or of the message that it stood in, after the mail was answered.

    `is_bad` is false for links that somebody has looked at and found good. `at` is in seconds since the epoch. `about`
    is what is meant (`page shop.example/login`), or what of the message it was; "" where that is not one link.
    """

    is_bad: bool
    reason: str
    at: float = 0.0
    about: Key = ""


class Judgement(Struct, frozen=True, kw_only=True):
    """The answer, and why, in sentences for the reader. `way` are the hosts that the link leads over."""

    answer: ClickAnswer
    reasons: tuple[str, ...] = ()
    score: float = 0.0
    way: str = ""
    is_checked: bool = True


def judge_click(reports: Sequence[PoolReport], marks: Sequence[Mark], options: Clicks, *, way: str = "") -> Judgement:
    """The answer to a click. What became known of the link later outweighs how it looks."""
    bad = [mark for mark in marks if mark.is_bad]
    if bad:
        return Judgement(answer=ClickAnswer.BLOCK, reasons=tuple(mark.reason for mark in bad)[:MOST_REASONS], way=way)
    if marks:
        return Judgement(answer=ClickAnswer.GO, way=way)
    found = sorted((finding for report in reports for finding in report.findings), key=lambda each: -each.weight)
    weighty = [finding for finding in found if finding.weight > 0]
    score = sum(finding.weight for finding in found)
    reasons = tuple(dict.fromkeys(finding.summary for finding in weighty))[:MOST_REASONS]
    missing = [report for report in reports if report.status in (PoolStatus.FAILED, PoolStatus.TIMED_OUT)]
    answer = ClickAnswer.GO
    if score >= options.block_score:
        answer = ClickAnswer.BLOCK
    elif score >= options.warn_score:
        answer = ClickAnswer.WARN
    elif missing:
        answer = ClickAnswer.WARN if options.unchecked else ClickAnswer.BLOCK
    return Judgement(answer=answer, reasons=reasons, score=score, way=way, is_checked=not missing)
