"""Every table of docs/policy.md is decided with the configuration that stands above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.decide import after_attempts, decide
from mailcore.policy import Policy
from mailcore.verdict import Action, Finding, PoolReport, PoolStatus
from mailio.configuration import load_settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy.md"
BLOCK = re.compile(r"```yaml\n(?P<yaml>.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.DOTALL)
FOUND = re.compile(r"`(?P<id>[a-z-]+)` (?P<weight>-?[\d.]+) (?P<category>\w+)")
MISSING = re.compile(r"`(?P<pool>\w+)` (?P<status>timed out|failed|partial)")


def rows() -> Iterator[object]:
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        for number, line in enumerate(block["table"].splitlines()[2:], 1):
            cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
            yield pytest.param(block["yaml"], cells, id=f"{block['yaml'].split()[1]} row {number}")


def policy_of(text: str, tmp_path: Path) -> Policy:
    (tmp_path / "mailchord.yaml").write_text(text)
    return load_settings(tmp_path / "mailchord.yaml", {}).policy


@pytest.mark.parametrize(("yaml", "cells"), list(rows()))
def test_the_page_tells_the_truth(yaml: str, cells: tuple[str, ...], tmp_path: Path) -> None:
    found, missing, who_or_when, answer = cells
    policy = policy_of(yaml, tmp_path)
    findings = tuple(
        Finding(
            id=each["id"], pool="content", category=each["category"], weight=float(each["weight"]), summary=each["id"]
        )
        for each in FOUND.finditer(found)
    )
    assert bool(findings) is bool(found)
    unfinished = [
        PoolReport(pool=each["pool"], status=PoolStatus(each["status"])) for each in MISSING.finditer(missing)
    ]
    assert bool(unfinished) is bool(missing)
    reports = [PoolReport(pool="content", status=PoolStatus.OK, findings=findings), *unfinished]
    recipient = who_or_when.strip("`") if "@" in who_or_when else "bob@example.com"

    verdict = decide(reports, [report.pool for report in reports], policy, message_id="m1", recipients=(recipient,))
    if who_or_when.endswith("times"):
        verdict = after_attempts(verdict, int(who_or_when.split()[0]), policy)

    assert verdict.recipients[0].action is Action(answer.strip("`"))


def test_the_page_has_its_tables() -> None:
    assert len(list(rows())) >= 35


def test_the_page_names_every_action_and_setting() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [
        name for name in (*Action, *Policy.__struct_fields__) if f"`{name}`" not in text and f"{name}:" not in text
    ] == []
