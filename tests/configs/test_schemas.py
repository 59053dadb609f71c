"""The JSON Schemas for editors: current, kept by what is shipped, and they refuse what the loader refuses."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mailchord.rule_schema import schemas

ROOT = Path(__file__).resolve().parent.parent.parent / "configs"
RULES, COMPOSITES = "rules.schema.json", "composites.schema.json"


@cache
def validator(name: str) -> Any:
    schema = json.loads(schemas()[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", [RULES, COMPOSITES])
def test_schemas_are_current(name: str) -> None:
    assert (ROOT / "schemas" / name).read_text(encoding="utf-8") == schemas()[name], "run `make docs`"


@pytest.mark.parametrize(
    ("name", "path"),
    [(RULES, path) for path in sorted((ROOT / "content").rglob("*.yaml"))]
    + [(COMPOSITES, path) for path in sorted((ROOT / "composites").rglob("*.yaml"))],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_shipped_files_keep_their_schema(name: str, path: Path) -> None:
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # a safe one
    errors = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validator(name).iter_errors(document)]
    assert errors == []


def rule(**changes: object) -> dict[str, Any]:
    texts = {"id": "a-1", "title": "A", "summary": "A.", "description": "A."}
    examples = {"match": [{"name": "a", "text": "a"}], "no_match": [{"name": "b", "text": "b"}]}
    plain = {**texts, "weight": 1, "conditions": {"text|contains": "a"}, "examples": examples}
    return {"category": "c", "rules": [{**plain, **changes}]}


@pytest.mark.parametrize(
    "conditions",
    [
        {"subject|regex|cased|raw": "a"},
        {"header[X-Mailer]|contains": ["a", "b"]},
        {"header[X-Mailer]|exists": False},
        {"at_least": 2, "of": [{"auth.dmarc": "fail"}, {"links.count|gt": 2}]},
        {"not": {"any": [{"message.is_list": True}]}, "from.domain|same_as": "to.domain"},
    ],
    ids=["modifiers", "header", "header exists", "at_least", "nested"],
)
def test_what_the_loader_reads_keeps_the_schema(conditions: object) -> None:
    validator(RULES).validate(rule(conditions=conditions))


@pytest.mark.parametrize(
    "changes",
    [
        {"conditions": {"subjct|contains": "a"}},
        {"conditions": {"subject|contans": "a"}},
        {"conditions": {"subject|exists|cased": True}},
        {"conditions": {"links.count|gt": "many"}},
        {"conditions": {"message.is_list": "maybe"}},
        {"conditions": {"from.domain|same_as": "to.domian"}},
        {"conditions": {}},
        {"status": "stabel"},
        {"weight": 2_000},
        {"id": "A_1"},
        {"attack": "X1"},
        {"titel": "A"},
        {"examples": {"match": [{"name": "a"}]}},
    ],
    ids=lambda changes: json.dumps(changes)[:50],
)
def test_mistakes_are_seen_in_the_editor(changes: dict[str, object]) -> None:
    assert not validator(RULES).is_valid(rule(**changes))
