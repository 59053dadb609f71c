"""Loading YARA rules: what compiles, and what stops the start with one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailio.yara_files import load_yara
from workers.attachments.yara_rules import matches

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


BARE = 'rule b { strings: $a = "y" condition: $a }'


def own(tmp_path: Path, contents: dict[str, str]) -> Path:
    for name, text in contents.items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "own"


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        pytest.param("mine.yar", "mine", id="a file"),
        pytest.param("mine.yara", "mine", id="another ending"),
        pytest.param("feed/loaders.yar", "feed/loaders", id="in a folder"),
        pytest.param("documents.yar", "documents-2", id="a name that is taken"),
    ],
)
def test_own_rules_are_told_apart_by_file_and_folder(tmp_path: Path, name: str, namespace: str) -> None:
    (match,) = load_yara(SHIPPED, [own(tmp_path, {name: BARE})]).match(data=b"y")
    assert (match.namespace, match.rule) == (namespace, "b")


def test_rules_of_the_same_name_in_two_folders(tmp_path: Path) -> None:
    first, second = own(tmp_path / "a", {"x.yar": BARE}), own(tmp_path / "b", {"x.yar": BARE})
    assert [match.namespace for match in load_yara(SHIPPED, [first, second]).match(data=b"y")] == ["x", "x-2"]


WRONG_OWN = {
    "syntax": ({"dir with blank/a.yar": BARE + "\nrule c {\n condition: $x }"}, "own/dir with blank/a.yar:3:"),
    "the same rule twice": ({"a.yar": BARE + "\n" + BARE}, "own/a.yar:2:"),
    "include": ({"a.yar": 'include "/etc/passwd"\n' + BARE}, "own/a.yar:1:"),
    "a variable of another program": (
        {"a.yar": 'rule c { condition: filename == "x" }'},
        'undefined identifier "filename"',
    ),
}


@pytest.mark.parametrize(("contents", "words"), WRONG_OWN.values(), ids=WRONG_OWN)
def test_wrong_rules_of_ones_own_stop_the_start(tmp_path: Path, contents: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_yara(SHIPPED, [own(tmp_path, contents)])
    assert words in str(caught.value)


def test_a_directory_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such directory"):
        load_yara(SHIPPED, [tmp_path / "gone"])


@pytest.mark.parametrize(
    ("meta", "severity"),
    [
        ("", "medium"),
        ('meta: severity = "high"', "high"),
        ('meta: severity = "High"', "high"),
        ("meta: severity = 80", "medium"),
    ],
    ids=["none", "ours", "in capitals", "a number"],
)
def test_a_rule_that_says_nothing_of_its_severity_is_medium(tmp_path: Path, meta: str, severity: str) -> None:
    rules = load_yara(SHIPPED, [own(tmp_path, {"a.yar": f'rule b {{ {meta} strings: $a = "y" condition: $a }}'})])
    (found,), _ = matches(rules, b"y", seconds=3)
    assert (found.rule, found.severity) == ("a.b", severity)
