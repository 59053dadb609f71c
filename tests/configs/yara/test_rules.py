"""Each shipped YARA rule finds its sample; no rule finds anything in what is good."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterable
from typing import Any

import pytest

from mailio.configuration import default_configs
from mailio.yara_files import load_yara
from tests import corpora
from tests.configs.yara import documents, pages, scripts

SAMPLES = {**documents.SAMPLES, **scripts.SAMPLES, **pages.SAMPLES}
GOOD = {**documents.GOOD, **scripts.GOOD, **pages.GOOD}


@functools.cache
def rules() -> Any:
    return load_yara(default_configs() / "yara")


def found(data: bytes) -> list[str]:
    return [f"{match.namespace}.{match.rule}" for match in rules().match(data=data, fast=True)]


def names() -> Iterable[tuple[str, str]]:
    return (
        (path.stem, line.split()[1])
        for path in yara_files()
        for line in path.read_text().splitlines()
        if line[:5] == "rule "
    )


def yara_files() -> list[Any]:
    return sorted((default_configs() / "yara").glob("*.yar"))


def test_every_rule_has_a_sample() -> None:
    assert {f"{namespace}.{rule}" for namespace, rule in names()} == set(SAMPLES)


@pytest.mark.parametrize(("rule", "sample"), SAMPLES.items(), ids=SAMPLES)
def test_a_rule_finds_its_sample(rule: str, sample: bytes) -> None:
    assert rule in found(sample)


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_nothing_is_found_in_what_is_good(file: bytes) -> None:
    assert found(file) == []


def test_nothing_slows_the_rules_down() -> None:
    assert rules().warnings == []


def test_no_rule_looks_beyond_the_next_tag() -> None:
    """Else a file of nothing but beginnings of that tag costs the whole length of the pattern at each of them."""
    beyond = re.compile(r"/<[\w:|()]+\[\^>\]\{")
    found = [line.strip() for path in yara_files() for line in path.read_text().splitlines() if beyond.search(line)]
    assert found == []


# Beginnings of patterns over and over: each may make the search look far ahead.
HOSTILE = (
    b"powershell -w ", b'<Relationships Target="https://a ', b"<a>ms-msdt:", b"\\\\abcd@SSL\\", b"certutil -urlcache ",
    b"display dialog password ", b"Chr(1) & ", b"MZsmtp.aa.bb.", b"<html> _0x1a2b", b"%a:~1,1%", b'onload="location ',
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_files_take_no_long_time(piece: bytes) -> None:
    data = piece * (200_000 // len(piece))
    began = time.process_time()
    rules().match(data=data, fast=True)
    assert time.process_time() - began < 1.0  # 0.02 to 0.3 s; it was 1.5 to 3 s with wide patterns


@pytest.mark.parametrize("folder", ["office/msoffcrypto", "pdf", "image", "archive", "tnef_msg"])
def test_nothing_grave_is_found_in_files_of_other_projects(folder: str) -> None:
    grave = {"high", "critical"}
    wrong = [
        (str(path), match.rule)
        for path in sorted(corpora.attachments(folder).rglob("*"))
        if path.is_file() and path.stat().st_size < 5_000_000
        for match in rules().match(data=path.read_bytes(), fast=True)
        if match.meta["severity"] in grave
    ]
    assert wrong == []
