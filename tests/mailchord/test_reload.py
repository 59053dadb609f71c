"""Copies of the configuration, and what makes a running part read them."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import pytest

from mailchord.reload import Reload, changed_for_restart
from mailchord.snapshots import WITH_DIRECTORIES, Snapshots
from mailchord.start import Start, start
from mailchord.watch import Watch
from mailcore.errors import ConfigurationError, StoreUnavailable
from mailcore.policy import Policy, Thresholds
from mailcore.rule_settings import RuleSettings
from mailcore.settings import Front, Mode, Redis, Settings
from mailio.state import AnnouncedConfiguration, RedisState
from tests.system.few_rules import copy_few_rules


def begun_in(tmp_path: Path) -> Start:
    configs = tmp_path / "configs"
    (configs / "lists").mkdir(parents=True)
    (configs / "lists" / "own.txt").write_text("example.com\n")
    (configs / "..2026_data").mkdir()
    (configs / "..2026_data" / "twice.txt").write_text("")
    file = tmp_path / "mailchord.yaml"
    file.write_text(f"configs_dir: {configs}\nstate_dir: {tmp_path / 'state'}\n")
    return start(argparse.Namespace(config=file), component="test")


def copied(tmp_path: Path, begun: Start) -> Snapshots:
    snapshots = Snapshots(tmp_path / "copies")
    snapshots.clear()
    snapshots.use(snapshots.take(begun))
    return snapshots


def test_copy_in_use_does_not_change_with_the_files(tmp_path: Path) -> None:
    begun = begun_in(tmp_path)
    snapshots = copied(tmp_path, begun)
    (begun.configs / "lists" / "own.txt").write_text("changed.example\n")
    in_use = Path(snapshots.environment["MAILCHORD_CONFIGS_DIR"])
    assert (in_use / "lists" / "own.txt").read_text() == "example.com\n"
    assert not list(in_use.rglob("twice.txt"))
    assert Path(snapshots.words[1]).read_text() == begun.file.read_text()


@pytest.mark.parametrize("section", WITH_DIRECTORIES)
def test_own_directories_are_copied_too(tmp_path: Path, section: str) -> None:
    begun = begun_in(tmp_path)
    own = tmp_path / "own-rules"
    own.mkdir()
    (own / "mine.yaml").write_text("rules: []\n")
    snapshots = Snapshots(tmp_path / "copies", {section: [str(own)]})
    snapshots.clear()
    taken = snapshots.take(begun)
    snapshots.use(taken)
    (own / "mine.yaml").write_text("changed")
    (copy,) = json.loads(snapshots.environment[f"MAILCHORD_{section.upper()}__DIRECTORIES"])
    assert (Path(copy) / "mine.yaml").read_text() == "rules: []\n"
    in_taken = f"{taken}/own/{section}/0/mine.yaml:1: wrong; {taken}/configs/lists/own.txt: wrong"
    assert snapshots.original_names(in_taken, taken, begun) == (
        f"{own}/mine.yaml:1: wrong; {begun.configs}/lists/own.txt: wrong"
    )


def test_old_copies_are_removed_but_for_the_last(tmp_path: Path) -> None:
    begun = begun_in(tmp_path)
    snapshots = copied(tmp_path, begun)
    for _ in range(3):
        snapshots.use(snapshots.take(begun))
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == ["3", "4", "current"]


def test_copy_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    begun = begun_in(tmp_path)
    snapshots = copied(tmp_path, begun)
    begun.file.unlink()
    with pytest.raises(ConfigurationError, match="cannot copy"):
        snapshots.take(begun)
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == ["1", "current"]


@pytest.mark.parametrize(
    ("new", "named"),
    [
        pytest.param(Settings(state_dir="/elsewhere"), ["state_dir"], id="state"),
        pytest.param(Settings(redis=Redis(broker="redis://other/0")), ["redis"], id="broker"),
        pytest.param(Settings(front=Front(listen="inet:1@127.0.0.1")), ["front.listen"], id="socket"),
        pytest.param(Settings(rules=RuleSettings(directories=("/etc/own",))), ["rules.directories"], id="own rules"),
        pytest.param(Settings(), [], id="nothing"),
        pytest.param(Settings(rules=RuleSettings(disabled=("a-rule",))), [], id="a rule switched off"),
        pytest.param(Settings(mode=Mode.MONITOR), [], id="mode"),
        pytest.param(Settings(policy=Policy(thresholds=Thresholds(tag=3.0))), [], id="policy"),
        pytest.param(Settings(front=Front(deadline_seconds=10.0)), [], id="deadline"),
    ],
)
def test_what_needs_a_restart(new: Settings, named: list[str]) -> None:
    assert changed_for_restart(Settings(), new) == named


def reload_of(tmp_path: Path, adopted: list[Start]) -> tuple[Reload, Start]:
    """A reload of few rules, whose check is a real one."""
    copy_few_rules(tmp_path / "configs")
    file = tmp_path / "mailchord.yaml"
    file.write_text(written(tmp_path))
    begun = start(argparse.Namespace(config=file), component="test")
    return Reload(begun, copied(tmp_path, begun), adopted.append, check_words=["--pools", "urls"]), begun


def written(tmp_path: Path) -> str:
    return f"state_dir: {tmp_path / 'state'}\nconfigs_dir: {tmp_path / 'configs'}\n"


def polled(reload: Reload, done: list[Start], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done and time.monotonic() < until:
        reload.poll()
        time.sleep(0.02)


def test_nothing_happens_until_somebody_asks(tmp_path: Path) -> None:
    adopted: list[Start] = []
    reload, _ = reload_of(tmp_path, adopted)
    polled(reload, adopted, seconds=0.3)
    assert not adopted


def test_wrong_settings_are_refused_and_the_version_stays(tmp_path: Path) -> None:
    adopted: list[Start] = []
    reload, begun = reload_of(tmp_path, adopted)
    version = reload.version
    begun.file.write_text("polciy: {}\n")
    reload.ask()
    polled(reload, adopted, seconds=0.3)
    assert not adopted
    assert reload.version == version


def test_changed_policy_is_adopted(tmp_path: Path) -> None:
    adopted: list[Start] = []
    reload, begun = reload_of(tmp_path, adopted)
    version = reload.version
    begun.file.write_text(f"{written(tmp_path)}policy: {{thresholds: {{tag: 4.0}}}}\n")
    reload.ask()
    polled(reload, adopted, seconds=60)
    assert [start.settings.policy.thresholds.tag for start in adopted] == [4.0]
    assert reload.version != version


class Announcements(RedisState):
    """Stands in for Redis: what it would say, one answer after the other, the last one for ever."""

    def __init__(self, *answers: AnnouncedConfiguration | StoreUnavailable | None) -> None:
        self.answers = list(answers)

    def announced_configuration(self) -> AnnouncedConfiguration | None:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, StoreUnavailable):
            raise answer
        return answer


OLD = AnnouncedConfiguration(number=1, version="old")
NEW = AnnouncedConfiguration(number=2, version="new")
AWAY = StoreUnavailable("away")


@pytest.mark.parametrize(
    ("answers", "here", "asks"),
    [
        pytest.param([None, NEW], "old", True, id="first announcement"),
        pytest.param([OLD, NEW], "old", True, id="another announcement"),
        pytest.param([OLD, AWAY, AWAY, NEW], "old", True, id="after Redis was away"),
        pytest.param([None], "old", False, id="never announced"),
        pytest.param([NEW], "old", False, id="announced before the start"),
        pytest.param([OLD, NEW], "new", False, id="has it already"),
        pytest.param([AWAY], "old", False, id="Redis is away"),
        pytest.param([AWAY, NEW], "old", False, id="announced before Redis answered for the first time"),
    ],
)
def test_watch(answers: list[AnnouncedConfiguration | StoreUnavailable | None], here: str, asks: bool) -> None:
    watch = Watch(Announcements(*answers), every=0.005)
    watch.start()
    until = time.monotonic() + (5.0 if asks else 0.3)
    found = False
    while not found and time.monotonic() < until:
        found = watch.asks_for_other_than(here)
        time.sleep(0.01)
    watch.stop()
    assert found is asks


def test_watch_waits_before_it_tries_again() -> None:
    watch = Watch(Announcements(OLD, NEW), every=0.005)
    watch.start()
    until = time.monotonic() + 5.0
    while not watch.asks_for_other_than("old") and time.monotonic() < until:
        time.sleep(0.01)
    assert not watch.asks_for_other_than("old")
    watch.stop()


def test_environment_names_the_copy(tmp_path: Path) -> None:
    snapshots = copied(tmp_path, begun_in(tmp_path))
    assert os.path.islink(tmp_path / "copies" / "current")
    assert snapshots.words[0] == "-c"
