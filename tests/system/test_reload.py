"""A changed configuration under load: taken over as a whole or refused as a whole, and no message fails for it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import yaml

from tests.milter_client import Result
from tests.redis_server import RedisServer
from tests.system.few_rules import WithFewRules, copy_few_rules
from tests.system.installation import FAST_WORKER, HEADERS, ROOT, Installation, environment, eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

RULE = """
category: own
rules:
  - id: own-word
    title: A word of our own
    summary: The subject has the word that we look for.
    description: For a test.
    weight: 20
    status: stable
    conditions:
      subject|contains: {word}
    examples:
      match:
        - name: the word
          headers: {{Subject: "{word} again"}}
      no_match:
        - name: another word
          headers: {{Subject: Hello}}
"""
BROKEN = RULE.format(word="quagga").replace("weight: 20", "wieght: 20")
POOLS = ["intake", "aggregate", "content", "urls", "late"]
OFF = {name: {"enabled": False} for name in ("ml", "attachments", "ocr", "sandbox")}
SETTINGS = {
    "workers": [
        {"pools": ["intake", "aggregate"], "processes": 1},
        {"pools": ["auth"], "threads": 4},
        {"pools": POOLS[2:], "processes": 1},
    ],
    "pools": OFF,
}


class Reloading(WithFewRules):
    """An installation whose rules are edited while it runs."""

    def hangup(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def write_rule(self, text: str) -> None:
        (self.configs / "content" / "own.yaml").write_text(text)

    def judge_subject(self, subject: str) -> Result:
        return self.judge((*HEADERS[:2], (b"Subject", f" {subject}".encode())))

    def events(self, event: str) -> int:
        return len(self.log_lines(event))

    def reload_done(self, before: int) -> None:
        """Wait until the front uses the new configuration, which is the last step."""
        done = eventually(lambda: self.events("configuration in use") > before, seconds=90, pause=0.2)
        about = [entry for entry in self.log_lines() if entry.get("event") != "message answered"]
        assert done, about[-20:]


@pytest.fixture(scope="module")
def running() -> Iterator[Reloading]:
    with Reloading(SETTINGS) as started:
        yield started


class Traffic:
    """Messages one after the other until it is told to stop."""

    def __init__(self, installation: Installation) -> None:
        self.outcomes: list[str] = []
        self._installation = installation
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(3)]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _send(self) -> None:
        while not self._stop.is_set():
            with self._installation.client(seconds=40) as client:
                client.greet()
                for _ in range(10):
                    self.outcomes.append(client.message(HEADERS, b"Hello\r\n").outcome)


def test_new_rule_counts_and_no_message_fails(running: Reloading) -> None:
    word = "zebrawood"
    assert running.judge_subject(f"{word} again").outcome == "accept"
    before = running.events("configuration in use")
    with Traffic(running) as traffic:
        running.write_rule(RULE.format(word=word))
        running.hangup()
        running.reload_done(before)
        assert running.judge_subject(f"{word} again").outcome == "reject"
    assert len(traffic.outcomes) > 20
    assert set(traffic.outcomes) == {"accept"}
    assert running.readiness()[0] == 200


def test_policy_is_taken_over_by_workers_and_front(running: Reloading) -> None:
    running.write_rule(RULE.format(word="okapi"))
    running.change(policy={"thresholds": {"reject": 50.0}})
    before = running.events("configuration in use")
    running.hangup()
    running.reload_done(before)
    held = len(running.held())
    assert running.judge_subject("okapi again").outcome == "discard"
    assert len(running.held()) == held + 1
    running.change(policy={})
    before = running.events("configuration in use")
    running.hangup()
    running.reload_done(before)


def test_broken_rule_is_refused_and_the_old_rules_survive_a_crash(running: Reloading) -> None:
    running.write_rule(RULE.format(word="gnu-herd"))
    before = running.events("configuration in use")
    running.hangup()
    running.reload_done(before)
    running.write_rule(BROKEN)
    refused = running.events("configuration refused")
    running.hangup()
    assert eventually(lambda: running.events("configuration refused") > refused, seconds=60)
    problem = running.log_lines("configuration refused")[-1]["problems"][0]
    assert f"{running.configs}/content/own.yaml:8" in problem, problem
    assert "weight" in problem
    assert running.judge_subject("gnu-herd again").outcome == "reject"
    # Whoever restarts reads what is in use, not what somebody is editing.
    pid = running.part(FAST_WORKER)
    subprocess.run(["kill", "-9", str(pid)], check=True)
    assert eventually(lambda: running.part(FAST_WORKER) != pid, seconds=30)
    running.wait_until_well(seconds=90)
    assert running.judge_subject("gnu-herd again").outcome == "reject"
    running.write_rule(RULE.format(word="gnu-herd"))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        pytest.param({"health": {"listen": "127.0.0.1:1"}}, "health", id="address of the health endpoint"),
        pytest.param({"redis": {"broker": "redis://127.0.0.1:1/0"}}, "redis", id="another broker"),
        pytest.param({"polciy": {}}, "policy", id="unknown key"),
        pytest.param({"pools": {"ocr": {"enabled": True}, "ml": {"enabled": False}}}, "ocr", id="nobody serves it"),
    ],
)
def test_settings_that_cannot_be_taken_over_are_refused(
    running: Reloading, values: dict[str, object], named: str
) -> None:
    good = running.configuration.read_text()
    refused = running.events("configuration refused")
    running.change(**values)
    running.hangup()
    try:
        assert eventually(lambda: running.events("configuration refused") > refused, seconds=60), running.log_end()
        assert named in running.log_lines("configuration refused")[-1]["problems"][0]
    finally:
        running.configuration.write_text(good)
    assert running.judge_subject("Hello").outcome == "accept"


def test_command_tells_every_part(running: Reloading) -> None:
    running.write_rule(RULE.format(word="quoll"))
    before = running.events("configuration in use")
    command = [sys.executable, "-m", "mailchord", "-c", str(running.configuration), "reload"]
    result = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    running.reload_done(before)
    assert running.judge_subject("quoll again").outcome == "reject"


def test_command_announces_nothing_that_is_wrong(running: Reloading) -> None:
    running.write_rule(BROKEN)
    command = [sys.executable, "-m", "mailchord", "-c", str(running.configuration), "reload"]
    result = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 2
    assert "own.yaml:8" in result.stderr
    running.write_rule(RULE.format(word="quoll"))


def test_worker_elsewhere_follows_the_announcement(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("worker")
    configs = copy_few_rules(directory / "configs")
    with RedisServer() as server:
        settings = {
            "configs_dir": str(configs),
            "state_dir": str(directory / "state"),
            "redis": {"broker": server.url(0)},
            "pools": OFF,
            "logging": {"format": "json"},
        }
        file = directory / "mailchord.yaml"
        file.write_text(yaml.safe_dump(settings))
        command = [sys.executable, "-m", "mailchord", "-c", str(file)]
        log = directory / "log"
        with log.open("wb") as output:
            worker = subprocess.Popen(
                [*command, "worker", "--pools", "content,urls", "--processes", "1"],
                cwd=ROOT, env=environment(), stdout=output, stderr=output,
            )  # fmt: skip
        try:
            assert eventually(lambda: '"ready"' in log.read_text(), seconds=90), log.read_text()
            (configs / "content" / "own.yaml").write_text(RULE.format(word="numbat"))
            subprocess.run([*command, "reload"], cwd=ROOT, env=environment(), check=True, timeout=120)
            assert eventually(lambda: '"replaced"' in log.read_text(), seconds=90), log.read_text()
        finally:
            worker.terminate()
            assert worker.wait(60) == 0
