"""Every table of docs/policy.md is decided with the configuration that stands above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mailchord.known_findings import known_findings
from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.combine import Composites
from mailcore.composite_checks import check_composite_examples, unknown_names
from mailcore.composite_nodes import CONDITION_KEYS, parse_composites
from mailcore.decide import after_attempts, decide
from mailcore.identity import Identity
from mailcore.message import Direction
from mailcore.policy import Policy
from mailcore.verdict import Action, Finding, PoolReport, PoolStatus
from mailio.configuration import default_configs, load_settings
from mailio.rule_files import load_rules

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy.md"
YAML = re.compile(r"```yaml\n(?P<yaml>.*?)```\n", re.DOTALL)
BLOCK = re.compile(r"```yaml\n(?P<yaml>policy:.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.DOTALL)
FOUND = re.compile(r"`(?P<id>[a-z-]+)` (?P<weight>-?[\d.]+) (?P<category>\w+)")
MISSING = re.compile(r"`(?P<pool>\w+)` (?P<status>timed out|failed|partial)")
ADDRESS = re.compile(r"from `(?P<address>[^`]+)`")
CLIENT = re.compile(r"client `(?P<client>[^`]+)`")
WORDS = {"proven", "not proven", "list", "bounce", "outbound"}


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def rows() -> Iterator[object]:
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        head, _, *lines = block["table"].splitlines()
        for number, line in enumerate(lines, 1):
            row = dict(zip(cells_of(head), cells_of(line), strict=True))
            yield pytest.param(block["yaml"], row, id=f"{block['yaml'].split()[1]} {cells_of(head)[1]} row {number}")


def policy_of(text: str, tmp_path: Path) -> Policy:
    (tmp_path / "mailchord.yaml").write_text(text)
    return load_settings(tmp_path / "mailchord.yaml", {}).policy


def identity_of(text: str) -> Identity:
    """The message that a cell describes: who it is from, whether that is proven, what kind it is."""
    address, client = ADDRESS.search(text), CLIENT.search(text)
    rest = {word.strip() for word in CLIENT.sub("", ADDRESS.sub("", text)).split(",")} - {""}
    assert rest <= WORDS, text
    auth = AuthFacts()
    if rest & {"proven", "not proven"}:
        assert address is not None
        dmarc = AuthResult.PASS if "proven" in rest else AuthResult.FAIL
        auth = AuthFacts(source=AuthSource.VERIFIED, from_domain=address["address"].rpartition("@")[2], dmarc=dmarc)
    return Identity(
        from_addresses=(address["address"],) if address else (),
        client_address=client["client"] if client else "",
        direction=Direction.OUTBOUND if "outbound" in rest else Direction.INBOUND,
        is_list="list" in rest,
        is_bounce="bounce" in rest,
        auth=auth,
    )


@pytest.mark.parametrize(("yaml", "row"), list(rows()))
def test_the_page_tells_the_truth(yaml: str, row: Mapping[str, str], tmp_path: Path) -> None:
    assert row.keys() <= {"found", "did not finish", "message", "recipient", "deferred before", "answer"}
    policy = policy_of(yaml, tmp_path)
    findings = tuple(
        Finding(
            id=each["id"], pool="content", category=each["category"], weight=float(each["weight"]), summary=each["id"]
        )
        for each in FOUND.finditer(row["found"])
    )
    assert len(findings) == row["found"].count("`") // 2
    missing = row.get("did not finish", "")
    unfinished = [
        PoolReport(pool=each["pool"], status=PoolStatus(each["status"])) for each in MISSING.finditer(missing)
    ]
    assert bool(unfinished) is bool(missing)
    reports = [PoolReport(pool="content", status=PoolStatus.OK, findings=findings), *unfinished]

    verdict = decide(
        reports,
        [report.pool for report in reports],
        policy,
        message_id="m1",
        recipients=(row.get("recipient", "").strip("`") or "bob@example.com",),
        identity=identity_of(row.get("message", "")),
    )
    if row.get("deferred before"):
        verdict = after_attempts(verdict, int(row["deferred before"].split()[0]), policy)

    assert verdict.recipients[0].action is Action(row["answer"].strip("`"))


def test_the_page_has_its_tables() -> None:
    assert len(list(rows())) >= 60


def test_every_configuration_of_the_page_is_valid(tmp_path: Path) -> None:
    blocks = [block["yaml"] for block in YAML.finditer(PAGE.read_text(encoding="utf-8"))]

    assert len(blocks) >= 11
    for text in blocks:
        if text.startswith("policy:"):
            policy_of(text, tmp_path)


def test_the_composite_of_the_page_does_what_it_says() -> None:
    text = next(
        block["yaml"] for block in YAML.finditer(PAGE.read_text(encoding="utf-8")) if "composites:" in block["yaml"]
    )
    composites = Composites(parse_composites(text, "docs/policy.md"))
    known, _ = known_findings(load_rules(default_configs() / "content"), ())

    assert unknown_names(composites, known) == []
    assert check_composite_examples(composites, known) == []


def test_the_page_names_every_action_setting_and_condition() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [
        name
        for name in (*Action, *Policy.__struct_fields__, *CONDITION_KEYS)
        if f"`{name}`" not in text and f"{name}:" not in text
    ] == []
