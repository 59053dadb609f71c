"""Documentation that can rot is tested: generated pages, links, commands, targets, examples, licences."""

from __future__ import annotations

import argparse
import importlib
import re
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
import yaml

from mailchord import reference
from mailchord.__main__ import COMMANDS
from mailcore.detector import Detector, Hit
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.settings import Settings
from mailcore.view import MailView
from mailio.brand_files import load_brands
from mailio.configuration import load_settings
from mailio.policy_files import load_composites
from mailio.rule_files import load_rules
from tasks.queues import check_every_queue_is_served
from tests.mail import mail

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("changelog.d/*.md")])

LINK = re.compile(r"!?\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"\bmake ([a-z][a-z-]+)\b")
COMMAND = re.compile(r"(?:^|[`/ ])mailchord (?:-c \S+ |-v )*([a-z]+(?:-[a-z]+)*)\b([^`#\n]*)", re.MULTILINE)
OPTION = re.compile(r"(?:^|(?<=\s))--[a-z][a-z-]+")
YAML_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)

COPYLEFT = re.compile(r"GPL|GNU|MPL|Mozilla|EUPL|CDDL", re.IGNORECASE)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def code_of(text: str) -> str:
    """What stands in code spans and code blocks."""
    return "\n".join(re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL))


@pytest.mark.parametrize(
    ("file", "rendered"),
    [("configs/mailchord.yaml", reference.render_yaml), ("docs/configuration.md", reference.render_markdown)],
    ids=["yaml", "markdown"],
)
def test_generated_pages_are_up_to_date(file: str, rendered: object) -> None:
    assert callable(rendered)
    assert (ROOT / file).read_text(encoding="utf-8") == rendered(), "run `make docs`"


def test_every_setting_is_in_the_shipped_file() -> None:
    shipped = yaml.safe_load((ROOT / "configs" / "mailchord.yaml").read_text(encoding="utf-8"))
    assert list(shipped) == list(Settings.__struct_fields__)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_targets_and_commands_exist(page: Path) -> None:
    code = code_of(page.read_text(encoding="utf-8"))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(TARGET.findall(code)) <= targets
    evaluations = [("evaluate", words) for words in re.findall(r"make evaluate ARGS=\"?([^\"`\n]*)", f" {code}")]
    for command, words in [*COMMAND.findall(code), *evaluations]:
        assert command in COMMANDS
        assert set(OPTION.findall(words)) <= options_of(command)


@cache
def options_of(command: str) -> frozenset[str]:
    parser = argparse.ArgumentParser()
    importlib.import_module(COMMANDS[command][1]).add_arguments(parser)
    return frozenset(re.findall(r"--[a-z][a-z-]+", "\n".join(helps(parser))))


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    """What the parser says of itself, and those of its actions (`mailchord dmarc send --help`)."""
    yield parser.format_help()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from helps(below)


def test_numbers_of_rules_brands_and_composites_are_true() -> None:
    page = (ROOT / "docs" / "detection.md").read_text(encoding="utf-8")
    counted = Counter(rule.module for rule in load_rules(ROOT / "configs" / "content"))
    assert dict(re.findall(r"^\| `([a-z-]+)` \| ([0-9]+) \|", page, re.MULTILINE)) == {
        module: str(count) for module, count in counted.items()
    }
    assert f"(`configs/brands/`, {len(load_brands(ROOT / 'configs' / 'brands').brands)} of them" in page
    assert f"(`configs/composites/`, {len(load_composites(ROOT / 'configs' / 'composites'))} of them" in page


def test_every_target_says_what_it_does() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert all(" ## " in line for line in lines if re.match(r"^[a-z-]+:", line))


def is_configuration(document: object) -> bool:
    """Whether an example is of mailchord.yaml; a file of rules has a list of them."""
    if not isinstance(document, dict) or isinstance(document.get("rules"), list):
        return False
    return bool(set(document) & set(Settings.__struct_fields__))


# The examples of docs/policy.md have tests of their own.
EXAMPLES = [
    (page, block)
    for page in PAGES
    if page.name not in ("policy.md", "configuration.md")
    for block in YAML_BLOCK.findall(page.read_text(encoding="utf-8"))
    if is_configuration(yaml.safe_load(block))
]


@pytest.mark.parametrize(
    ("page", "block"), EXAMPLES, ids=[f"{name_of(page)}-{i}" for i, (page, _) in enumerate(EXAMPLES)]
)
def test_configuration_in_the_docs_is_accepted(page: Path, block: str, tmp_path: Path) -> None:
    file = tmp_path / "mailchord.yaml"
    file.write_text(block, encoding="utf-8")
    check_every_queue_is_served(load_settings(file, {}))


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    pages = [page.name for page in (ROOT / "docs" / "adr").glob("[0-9]*.md")]
    assert pages
    assert [page for page in pages if page not in index] == []


def test_every_page_of_the_docs_can_be_found_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        links = ((page.parent / link).resolve() for link in LINK.findall(page.read_text(encoding="utf-8")))
        for target in links:
            index = target / "README.md" if target.is_dir() else target
            if index.suffix == ".md" and index.exists():
                ahead.append(index)
    lost = [name_of(page) for page in ROOT.glob("docs/**/*.md") if page.resolve() not in seen]
    assert not lost


def test_changelog_fragments_are_named_as_they_should_be() -> None:
    wrong = [
        path.name
        for path in (ROOT / "changelog.d").iterdir()
        if path.name != "README.md"
        and not re.fullmatch(r"[\w-]+\.(added|changed|fixed|removed|security)\.md", path.name)
    ]
    assert not wrong


def locked_packages() -> set[str]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"] for package in lock["package"]}


def licence_of(package: str) -> str:
    """What an installed package declares; empty for those that are not for this system."""
    try:
        found = metadata(package)
    except PackageNotFoundError:
        return ""
    classifiers = [line for line in found.get_all("Classifier", []) if line.startswith("License")]
    # Some packages put the whole text of several licences there: the first line names theirs.
    declared = (found.get("License") or "").splitlines()[:1]
    return " ".join([found.get("License-Expression") or "", *declared, *classifiers])


def test_every_copyleft_package_is_named_with_its_consequences() -> None:
    named = set(re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs" / "licences.md").read_text(encoding="utf-8"), re.M))
    copyleft = {package for package in locked_packages() if COPYLEFT.search(licence_of(package))}
    assert "pymilter" in copyleft, "licences cannot be read: is the environment complete?"
    assert copyleft <= named, "a dependency under a copyleft licence that docs/licences.md does not name"
    assert named <= locked_packages(), "docs/licences.md names a package that is no longer a dependency"


def test_the_first_detector_of_the_guide_works() -> None:
    """CONTRIBUTING.md as a reader follows it: the cases of step 2 against the code of step 3."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    cases_code, detector_code = (
        textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    )
    cases: dict[str, dict[str, bytes]] = {}
    exec(cases_code, {"mail": mail}, cases)
    module: dict[str, Detector] = {}
    exec(compile(detector_code, "link_port_is_odd.py", "exec"), module)

    def hits(raw: bytes) -> list[Hit]:
        view = MailView(envelope=Envelope(), message=parse(raw, message_id="m1").message)
        return list(module["link_port_is_odd"].run(view))

    assert [name for name, raw in cases["BAD"].items() if len(hits(raw)) != 1] == []
    assert [name for name, raw in cases["GOOD"].items() if hits(raw)] == []
