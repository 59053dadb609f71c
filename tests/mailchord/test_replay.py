"""`mailchord replay`: the same policy gives the same answers, another one shows what it would change."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
import pytest

from mailchord import replay
from mailchord.evaluation.figures import Outcome
from mailchord.evaluation.judging import verdict_on
from mailchord.evaluation.saved import load_findings, save_findings
from mailcore.errors import ConfigurationError, StoreUnavailable
from mailcore.message import Envelope
from mailcore.plan import Plan
from mailcore.policy import Policy, Thresholds
from mailcore.settings import Settings
from mailcore.verdict import Action, Finding, PoolReport, PoolStatus
from mailio.message_store import Job, RedisMessageStore
from tests.mailchord.evaluation.synthetic import CORPUS, deciding, judged
from tests.redis_server import RedisServer

THEN = Policy(thresholds=Thresholds(tag=4.0))


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", "--config", type=Path, default=None)
    replay.add_arguments(parser)
    return parser.parse_args(list(words))


@pytest.fixture
def findings(tmp_path: Path) -> Path:
    records = [judged(text, label, policy=THEN, source=source) for label, source, text in CORPUS]
    file = tmp_path / "findings.jsonl"
    save_findings(file, records, Settings(policy=THEN), "test")
    return file


def config(directory: Path, text: str) -> Path:
    file = directory / "new.yaml"
    file.write_text(text)
    return file


def replayed(capsys: pytest.CaptureFixture[str], *words: str) -> replay.Replayed:
    assert replay.run(parsed(*words, "--json")) == 0
    return msgspec.json.decode(capsys.readouterr().out, type=replay.Replayed)


def test_the_same_policy_changes_nothing(tmp_path: Path, findings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = config(tmp_path, "policy:\n  thresholds: {tag: 4}\n")
    found = replayed(capsys, str(findings), "--policy", str(same))
    assert (found.messages, found.comparison.changes) == (len(CORPUS), ())


def test_replay_equals_evaluation_under_the_same_policy(findings: Path) -> None:
    saved = load_findings(findings)
    tried = replay.deciding_by(Settings(policy=THEN))
    again = replay.decided(saved.judged, tried)
    records = [judged(text, label, policy=THEN, source=source) for label, source, text in CORPUS]
    evaluated = [Outcome(mail=each.mail, verdict=verdict_on(each, deciding(THEN))) for each in records]
    assert [answer(each) for each in again] == [answer(each) for each in evaluated]


def answer(outcome: Outcome) -> tuple[str, Action, float, tuple[str, ...]]:
    verdict = outcome.verdict
    return (outcome.mail.path, verdict.action, verdict.score, tuple(finding.id for finding in verdict.findings))


def test_another_policy_shows_what_moves_and_why(
    tmp_path: Path, findings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = config(tmp_path, "policy:\n  thresholds: {tag: 4}\n  group_caps: {content: 2}\n")
    found = replayed(capsys, str(findings), "--policy", str(strict))
    milder = [change for change in found.comparison.changes if change.is_other_action]
    assert {change.action_before for change in milder} == {Action.TAG, Action.QUARANTINE}
    # `prize` and `wallet` together with `tracker` would be more than the cap; with `ml` some stay tagged.
    assert {(change.source, change.action_after) for change in milder} == {
        ("newsletter", Action.ACCEPT),
        ("list", Action.ACCEPT),
        ("bank", Action.ACCEPT),
    }
    assert any(each.id == "wallet" and each.after == 2.0 for change in milder for each in change.findings)
    assert sum(move.messages for move in found.comparison.moves) == len(CORPUS)


def test_a_table_is_printed(tmp_path: Path, findings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strict = config(tmp_path, "policy:\n  thresholds: {tag: 1}\n")
    assert replay.run(parsed(str(findings), "--policy", str(strict))) == 0
    printed = capsys.readouterr().out
    assert "accept -> tag" in printed
    assert f"{len(CORPUS)} messages, 7 of them would have been answered otherwise" in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give files of findings"),
        (("{findings}", "--recent"), "give files of findings"),
        (("{absent}",), "cannot be read"),
    ],
    ids=["nothing", "both", "absent"],
)
def test_what_is_wrong_is_said(tmp_path: Path, findings: Path, words: tuple[str, ...], message: str) -> None:
    places = {"findings": findings, "absent": tmp_path / "absent"}
    with pytest.raises(ConfigurationError, match=message):
        replay.run(parsed(*(word.format(**places) for word in words), "--policy", str(config(tmp_path, ""))))


def test_a_policy_that_does_not_validate_is_refused(tmp_path: Path, findings: Path) -> None:
    wrong = config(tmp_path, "policy:\n  thresholds: {tga: 1}\n")
    with pytest.raises(ConfigurationError, match="tga"):
        replay.run(parsed(str(findings), "--policy", str(wrong)))


@pytest.mark.system
def test_recent_mail_of_a_running_installation(
    tmp_path: Path, server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    store = RedisMessageStore(server.client(1))
    finding = Finding(id="wallet", pool="content", category="phishing", weight=6.0, summary="A wallet.")
    for name, weight in (("one", (finding,)), ("two", ())):
        envelope = Envelope(recipients=("bob@example.org",))
        job = Job(envelope=envelope, submitted_at=1.0, deadline_at=21.0, reply_to="r")
        store.submit(name, job, b"raw", appended=0, seconds=60)
        with store.stream(name, seconds=60) as stream:
            stream.save_plan(Plan(expected=("content",)))
            stream.settle()
        store.save(name, PoolReport(pool="content", status=PoolStatus.OK, findings=weight), seconds=60)
    standing = tmp_path / "standing.yaml"
    standing.write_text(f"redis: {{broker: '{server.url()}'}}\n")
    tried = config(tmp_path, "policy:\n  recipients:\n    bob@example.org: {thresholds: {quarantine: 6}}\n")
    found = replayed(capsys, "-c", str(standing), "--recent", "--policy", str(tried))
    (change,) = found.comparison.changes
    assert (found.messages, change.path, change.action_after) == (2, "one", Action.TAG)
    assert [(each.recipient, each.before, each.after) for each in change.recipients] == [
        ("bob@example.org", Action.TAG, Action.QUARANTINE)
    ]


@pytest.mark.system
def test_an_installation_that_is_not_running_is_said(tmp_path: Path) -> None:
    away = tmp_path / "away.yaml"
    away.write_text(f"redis: {{broker: 'unix://{tmp_path}/none.sock'}}\n")
    with pytest.raises(StoreUnavailable):
        replay.run(parsed("-c", str(away), "--recent", "--policy", str(config(tmp_path, ""))))
