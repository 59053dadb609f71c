"""Loading YARA rules: what compiles, and what stops the start with one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailio.yara_files import load_yara

META = 'meta: description = "d" severity = "low" reference = "r"'
GOOD = f'rule a {{ {META} strings: $a = "x" condition: $a }}\n'
SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "yara"

WRONG = {
    "no files": ({}, "no YARA rules"),
    "syntax": ({"a.yar": "rule a {\n condition: $x }"}, "a.yar:2:"),
    "no description": ({"a.yar": "rule a { condition: true }"}, "needs description"),
    "no reference": ({"a.yar": 'rule a { meta: description = "d" severity = "low" condition: true }'}, "reference"),
    "severity": ({"a.yar": GOOD.replace('"low"', '"grave"')}, "severity is 'grave'"),
    "include": ({"a.yar": 'include "/etc/passwd"\n' + GOOD}, "a.yar:1:"),
}


@pytest.mark.parametrize(("contents", "words"), WRONG.values(), ids=WRONG)
def test_wrong_rules_stop_the_start(tmp_path: Path, contents: dict[str, str], words: str) -> None:
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_yara(tmp_path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_namespace_is_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yar").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("no rule")
    (match,) = load_yara(tmp_path).match(data=b"x")
    assert (match.namespace, match.rule) == ("mine", "a")


def test_the_shipped_rules_are_at_least_eight_and_not_slow() -> None:
    rules = load_yara(SHIPPED)
    assert len(list(rules)) >= 8
    assert rules.warnings == []
