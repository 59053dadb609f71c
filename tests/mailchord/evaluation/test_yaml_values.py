"""Numbers set in the text of a configuration: the value is right, and every other line as it was."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
import yaml

from mailchord.evaluation.yaml_values import with_values
from mailcore.errors import ConfigurationError

KEYS = ("rules", "weights", "wallet")

TEXTS = {
    "empty": "",
    "only a remark": "# nothing here yet\n",
    "no end of line": "mode: enforce",
    "other sections": "mode: enforce\n# about the front\nfront:\n  listen: inet:1@h  # here\n",
    "section": "rules:\n  other: 1\nmode: enforce\n",
    "empty section": "rules:\nmode: enforce\n",
    "empty section with a remark": "rules:   # ours\n\nmode: enforce\n",
    "empty flow section": "rules: {}\nmode: enforce\n",
    "empty inner flow section": "rules:\n  weights: {}\nmode: enforce\n",
    "flow section": "rules: {other: 1}\nmode: enforce\n",
    "inner flow section": "rules: {weights: {gtube: 5}, other: 1}\nmode: enforce\n",
    "there with a remark": "rules:\n  weights:\n    wallet: 1.5  # was 1\n    gtube: 2\n",
    "there in flow": "rules:\n  weights: {wallet: 1.5, gtube: 2}\n",
    "others there": "rules:\n  weights:\n    gtube: 2\n    z: 3  # last\n\n# about the mode\nmode: enforce\n",
    "deeper indented": "rules:\n    weights:\n        gtube: 2\nmode: enforce\n",
    "last line without end": "rules:\n  weights:\n    gtube: 2",
    "block text before": "rules:\n  note: |\n    two\n    lines\nmode: enforce\n",
    "list before": "rules:\n  names:\n    - a\n    - b\nmode: enforce\n",
    "document marks": "---\nmode: enforce\n",
    "null": "rules: ~\nmode: enforce\n",
    "letters": "# größer ✉\norganisation: {name: Größe}\nrules:\n  weights: {}\n",
}


def put(tree: dict[str, Any], keys: tuple[str, ...], value: float) -> dict[str, Any]:
    inner = tree
    for key in keys[:-1]:
        inner[key] = inner.get(key) or {}
        inner = inner[key]
    inner[keys[-1]] = value
    return tree


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_value_is_there_and_nothing_else_changed(text: str) -> None:
    changed = with_values(text, {KEYS: (2.5, "was 1; hit 3 bad and 0 good messages")})
    assert yaml.safe_load(changed) == put(yaml.safe_load(text) or {}, KEYS, 2.5)
    lines = list(difflib.ndiff(text.splitlines(), changed.splitlines()))
    assert sum(line.startswith("- ") for line in lines) <= 1
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in changed.splitlines() if line.startswith("#")
    ]
    assert changed.endswith("\n") or not text.endswith("\n")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_many_values_and_again(text: str) -> None:
    values = {
        KEYS: (2.5, "a"),
        ("rules", "weights", "other_one"): (-1.0, ""),
        ("policy", "thresholds", "tag"): (4.5, "was 5"),
        ("policy", "thresholds", "reject"): (16.0, ""),
    }
    expected = yaml.safe_load(text) or {}
    for keys, (value, _) in values.items():
        put(expected, keys, value)
    once = with_values(text, values)
    assert yaml.safe_load(once) == expected
    assert with_values(once, values) == once


def test_remarks_stand_behind_the_value() -> None:
    changed = with_values("rules:\n  weights:\n    wallet: 1.5  # was 1\n", {KEYS: (2.0, "was 1.5")})
    assert changed == "rules:\n  weights:\n    wallet: 2  # was 1.5\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: 5\n", "rules: expected a section"),
        ("rules:\n  weights:\n    wallet: {}\n", "rules.weights.wallet: expected a number"),
        ("rules: [\n", "no YAML"),
        ("- a\n", "expected a section"),
    ],
    ids=["a number for a section", "a section for a number", "damaged", "a list"],
)
def test_what_cannot_be_changed_is_said(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        with_values(text, {KEYS: (1.0, "")})
