"""Runs the whole pool, with the shipped YARA rules, on files as they would be attached."""

from __future__ import annotations

import functools
from pathlib import Path

from msgspec import structs

from mailcore.message import Envelope, Header, Message, Part
from mailcore.ports import TextRecognizer
from mailcore.verdict import Finding, PoolReport
from mailcore.view import FileFacts, MailView
from mailio.yara_files import load_yara
from workers.attachments import FileLimits, YaraRules, build
from workers.pool import DerivedText
from workers.runner import run_pool

CONFIGS = Path(__file__).resolve().parents[3] / "configs"

File = tuple[str, bytes]


@functools.cache
def shipped_rules() -> YaraRules:
    rules: YaraRules = load_yara(CONFIGS / "yara")
    return rules


def message_of(*files: File, content_type: str = "application/octet-stream") -> Message:
    parts = tuple(
        Part(id=str(number), filename=name, content_type=content_type, size=len(data))
        for number, (name, data) in enumerate(files, 1)
    )
    return Message(id="m", parts=parts, attachments=tuple(part.id for part in parts))


def view_of(*files: File, text: str = "", subject: str = "") -> tuple[MailView, dict[str, bytes]]:
    parts = {str(number): data for number, (_, data) in enumerate(files, 1)}
    headers = (Header("Subject", subject),) if subject else ()
    message = structs.replace(message_of(*files), text=text, headers=headers)
    return MailView(envelope=Envelope(), message=message), parts


def files_of(
    *files: File,
    text: str = "",
    subject: str = "",
    limits: FileLimits = FileLimits(),  # noqa: B008
    seconds: float = 20.0,
    passwords: tuple[str, ...] = (),
    read_picture: TextRecognizer | None = None,
) -> tuple[tuple[FileFacts, ...], tuple[str, ...]]:
    """Facts of every file in the tree below these attachments of a mail with that text, and problems."""
    view, parts = view_of(*files, text=text, subject=subject)
    pool = build(shipped_rules(), limits=limits, passwords=passwords, read_picture=read_picture)
    gathered = pool.gather(view, parts, seconds=seconds)
    return gathered.view.files, gathered.problems


def scan(*files: File, limits: FileLimits = FileLimits(), seconds: float = 20.0) -> PoolReport:  # noqa: B008
    return scan_and_listen(*files, limits=limits, seconds=seconds)[0]


def scan_and_listen(
    *files: File,
    limits: FileLimits = FileLimits(),  # noqa: B008
    seconds: float = 20.0,
) -> tuple[PoolReport, list[DerivedText]]:
    """The report, and the texts that would be judged."""
    heard: list[DerivedText] = []

    def judge(_view: MailView, derived: DerivedText) -> list[Finding]:
        heard.append(derived)
        return []

    view, parts = view_of(*files)
    pool = build(shipped_rules(), limits=limits)
    return run_pool(pool, view, parts, seconds=seconds, judge_derived=judge), heard


def found(detector: str, *files: File) -> list[Finding]:
    """Findings of one detector; the scan itself must have gone well."""
    report = scan(*files)
    assert not report.errors
    return [finding for finding in report.findings if finding.id == detector]
