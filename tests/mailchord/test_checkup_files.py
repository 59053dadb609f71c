"""What doctor says of the virus scanner and of services that know hashes; what check says of own rules and lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailchord.check import Findings, check_known_files
from mailchord.checkup import Level
from mailchord.checkup_files import (
    check_clamd,
    check_emulation,
    check_files,
    check_hash_services,
    check_similar_hashes,
    check_unar,
)
from mailcore.file_settings import Clamd, Hashes, HashService, LockedFiles, Yara
from mailcore.sandbox_settings import Sandbox
from mailcore.settings import PoolSettings, Settings
from mailio.configuration import default_configs
from tests.clamd_server import VERSION, ClamdServer


@pytest.mark.parametrize(
    ("version", "level", "words"),
    [
        pytest.param(VERSION, Level.OK, "signatures 27500 of Sat Nov 21 10:00:00 2026", id="well"),
        pytest.param(b"ClamAV 1.0.7\0", Level.WARN, "without signatures", id="no signatures"),
        pytest.param(b"SSH-2.0-x\0", Level.WARN, "it calls itself", id="something else"),
        pytest.param(b"", Level.WARN, "hung up", id="silent"),
    ],
)
def test_clamd(version: bytes, level: Level, words: str) -> None:
    with ClamdServer() as server:
        server.version = version
        (result,) = check_clamd(Settings(clamd=Clamd(socket=server.address)))
    assert result.level is level
    assert words in result.says


@pytest.mark.parametrize(
    ("required", "level"), [(False, Level.WARN), (True, Level.FAIL)], ids=["may be away", "required"]
)
def test_an_absent_clamd(required: bool, level: Level) -> None:
    (result,) = check_clamd(Settings(clamd=Clamd(socket="unix:/nonexistent/clamd", required=required)))
    assert result.level is level
    assert result.advice


def test_no_clamd_is_well() -> None:
    assert [result.level for result in check_clamd(Settings())] == [Level.OK]


@pytest.mark.parametrize(
    ("service", "level"),
    [
        pytest.param(HashService(url="https://localhost", key="k"), Level.WARN, id="private"),
        pytest.param(HashService(url="https://localhost", key="k", private_addresses=True), Level.OK, id="allowed"),
        pytest.param(HashService(url="https://localhost", key_file="/nonexistent/key"), Level.FAIL, id="no key"),
    ],
)
def test_services_of_hashes(service: HashService, level: Level) -> None:
    (result,) = check_hash_services(Settings(hashes=Hashes(services={"vt": service})))
    assert result.level is level


def test_own_rules_and_lists_are_checked(tmp_path: Path) -> None:
    (tmp_path / "a.yar").write_text("rule a { condition: true }")
    (tmp_path / "block.txt").write_text("a" * 64)
    settings = Settings(yara=Yara(directories=(str(tmp_path),)), hashes=Hashes(directories=(str(tmp_path),)))
    found = Findings()
    check_known_files(default_configs(), settings, found)
    assert found.problems == []
    assert [line.partition(",")[0] for line in found.passed] == ["120 YARA rules", "block: 1 hashes"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [("a.yar", "rule a {\n condition: $x }", "a.yar:2: "), ("block.txt", "\nnone", "block.txt:2: ")],
    ids=["a rule", "a list"],
)
def test_what_is_wrong_with_them_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    settings = Settings(yara=Yara(directories=(str(tmp_path),)), hashes=Hashes(directories=(str(tmp_path),)))
    found = Findings()
    check_known_files(default_configs(), settings, found)
    assert words in found.problems[0]


@pytest.mark.parametrize(
    ("used", "path", "level", "says"),
    [
        (True, "/nonexistent", Level.WARN, "not installed"),
        (False, "/nonexistent", Level.OK, "not used"),
        (True, "here", Level.OK, "is installed"),
    ],
    ids=["missing", "switched off", "there"],
)
def test_unar(tmp_path: Path, used: bool, path: str, level: Level, says: str) -> None:
    for name in ("lsar", "unar", "prlimit"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    settings = Settings(locked_files=LockedFiles(unar=used))
    result = check_unar(settings, str(tmp_path) if path == "here" else path)
    assert result.level is level
    assert says in result.says


@pytest.mark.parametrize(
    ("used", "package", "level", "says"),
    [
        (True, "no_such_package", Level.WARN, "not installed"),
        (False, "no_such_package", Level.OK, "not used"),
        (True, "json", Level.OK, "is installed"),
    ],
    ids=["missing", "switched off", "there"],
)
def test_emulation(used: bool, package: str, level: Level, says: str) -> None:
    result = check_emulation(Settings(sandbox=Sandbox(emulate_programs=used)), package)
    assert result.level is level
    assert says in result.says
    assert level is Level.OK or "mailchord[emulation]" in result.advice


@pytest.mark.parametrize(
    "settings",
    [Settings(sandbox=Sandbox(enabled=False)), Settings(pools={"sandbox": PoolSettings(enabled=False)})],
    ids=["no cage", "no pool"],
)
def test_nobody_misses_the_emulator_where_no_code_is_run(settings: Settings) -> None:
    assert check_emulation(settings, "no_such_package").level is Level.OK


@pytest.mark.parametrize(
    ("directories", "package", "level", "says"),
    [
        (("/etc/mailchord/hashes",), "no_such_package", Level.WARN, "TLSH is not installed"),
        ((), "no_such_package", Level.OK, "no list needs it"),
        ((), "msgspec", Level.OK, "TLSH is installed"),
    ],
    ids=["lists without it", "neither", "there"],
)
def test_similar_hashes(directories: tuple[str, ...], package: str, level: Level, says: str) -> None:
    result = check_similar_hashes(Settings(hashes=Hashes(directories=directories)), package)
    assert result.level is level
    assert says in result.says
    assert level is Level.OK or "mailchord[fuzzy]" in result.advice


def test_what_is_optional_is_named_whether_it_is_there_or_not() -> None:
    named = {result.name for result in check_files(Settings())}
    assert {"unar", "emulation", "similar hashes", "clamd"} <= named
