"""Examples of rules may give those who sent them a reputation; the rule of the documentation is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailcore.rules import parse_rules
from workers.content import check_examples, compile_rules

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reputation.md"


def block() -> str:
    (found,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def problems(text: str) -> list[str]:
    return check_examples(compile_rules(parse_rules(text, "page")))


def test_rule_of_the_documentation_works() -> None:
    assert problems(block()) == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        pytest.param("reputation: ip=0}", "reputation: domain=0}", "does not hit 'a new one'", id="known"),
        pytest.param(", reputation: ip=0}", "}", "does not hit 'a new one'", id="nobody was asked"),
        pytest.param("domain=0.5", "address=0.5", "hits 'somebody known'", id="another role"),
    ],
)
def test_reputation_of_examples_counts(before: str, after: str, problem: str) -> None:
    assert before in block()
    (found,) = problems(block().replace(before, after))
    assert problem in found


RULE = """
rules:
  - id: good-name
    title: t
    summary: s
    description: d
    category: reputation
    weight: -1
    conditions: {reputation.ROLE.score|gt: 0.4}
    examples:
      match: [{name: proven, text: a, sender: a@example.com, auth: AUTH, reputation: ROLE=0.5}]
      no_match:
        - {name: not proven, text: a, sender: a@example.com, reputation: ROLE=0.5}
        - {name: bad, text: a, sender: a@example.com, auth: AUTH, reputation: ROLE=-0.5}
"""


@pytest.mark.parametrize(
    ("role", "auth"),
    [
        ("domain", "dmarc=pass"),
        ("address", "dmarc=pass"),
        ("pair", "dmarc=pass"),
        ("envelope", "spf=pass"),
        ("dkim", "dkim=pass"),
    ],
)
def test_good_names_must_be_proven_in_examples_too(role: str, auth: str) -> None:
    assert problems(RULE.replace("ROLE", role).replace("AUTH", auth)) == []
