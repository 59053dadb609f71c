"""`mailchord evaluate`: from labelled files to figures, in one process and in several."""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from mailchord import evaluate
from mailchord.evaluation.judging import Judging, chosen_pools, judge_all, verdict_on
from mailchord.evaluation.labelled import LabelledMail, read_list
from mailchord.evaluation.recorded import Recorded
from mailchord.evaluation.report import Evaluation
from mailcore.errors import ConfigurationError
from mailcore.verdict import Action
from tests.mailchord.evaluation.synthetic import CORPUS, POOLS, deciding, raw_mail, scanner, write_corpus


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", "--config", type=Path, default=None)
    evaluate.add_arguments(parser)
    return parser.parse_args(list(words))


@pytest.fixture
def believing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands get scanners that find what a mail says of itself, instead of the shipped rules."""
    monkeypatch.setattr(
        evaluate, "build_scanner", lambda settings, configs, only=None: scanner(settings.policy, pools=POOLS)
    )
    monkeypatch.setenv("MAILCHORD_STATE_DIR", str(tmp_path / "state"))


def report(capsys: pytest.CaptureFixture[str], *words: str) -> Evaluation:
    assert evaluate.run(parsed(*words, "--json")) == 0
    return msgspec.json.decode(capsys.readouterr().out, type=Evaluation)


@pytest.mark.usefixtures("believing")
def test_a_list_becomes_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = report(capsys, "--list", str(write_corpus(tmp_path)), "--jobs", "1")
    assert made.messages == len(CORPUS)
    rows = {(row.source, row.label): row.tagged.hits for row in made.figures[0].sources}
    assert rows == {
        ("newsletter", "ham"): 1,
        ("list", "ham"): 0,
        ("list", "bounce"): 0,
        ("shop", "spam"): 4,
        ("bank", "phish"): 4,
        ("list", "backscatter"): 0,
    }


@pytest.mark.usefixtures("believing")
def test_folders_become_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, findings in (("spam", "content:a=9"), ("ham", "content:a=1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.eml").write_bytes(raw_mail(findings))
    made = report(capsys, "--spam", str(tmp_path / "spam"), "--ham", str(tmp_path / "ham"), "--jobs", "1")
    assert {(row.label, row.held.hits) for row in made.figures[0].sources} == {("spam", 1), ("ham", 0)}


@pytest.mark.usefixtures("believing")
def test_pools_beside_are_a_second_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = report(capsys, "--list", str(write_corpus(tmp_path)), "--beside", "ml", "--jobs", "1")
    assert [each.name for each in made.figures] == ["content", "with ml"]
    first, beside = ({row.source: row.tagged.hits for row in each.sources} for each in made.figures)
    assert (first["shop"], beside["shop"]) == (4, 4)
    assert {rule.pool for rule in made.figures[0].rules} == {"content"}
    assert made.comparisons[0].after == "with ml"


@pytest.mark.usefixtures("believing")
def test_another_configuration_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("policy:\n  thresholds: {tag: 1}\n")
    made = report(capsys, "--list", str(write_corpus(tmp_path)), "--against", str(other), "--jobs", "1")
    changed = [change for change in made.comparisons[0].changes if change.is_other_action]
    assert {change.action_after for change in changed} == {Action.TAG}
    assert {change.source for change in changed} == {"newsletter", "bank", "list"}


@pytest.mark.usefixtures("believing")
def test_everything_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    words = ("--out", str(tmp_path / "out"), "--save", str(tmp_path / "f.jsonl"), "--note", "A remark.", "--markdown")
    assert evaluate.run(parsed("--list", str(write_corpus(tmp_path)), *words)) == 0
    assert "A remark." in (tmp_path / "out" / "report.html").read_text()
    assert (tmp_path / "f.jsonl").exists()
    assert capsys.readouterr().out.startswith("| part | source | label |")


@pytest.mark.usefixtures("believing")
def test_the_table_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.run(parsed("--list", str(write_corpus(tmp_path)))) == 0
    printed = capsys.readouterr().out
    assert "4 (80.0 %, 37.6 to 96.4)" in printed
    assert "wallet" in printed


@pytest.mark.usefixtures("believing")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing to evaluate"),
        (("--list", "{list}", "--pools", "contnet"), "there is no pool 'contnet'"),
        (("--list", "{list}", "--without", "urls"), "there is no pool 'urls'"),
        (("--list", "{list}", "--split", "modern"), "--split modern: no list"),
        (("--list", "{list}", "--envelopes", "{absent}"), "cannot be read"),
        (("--list", "{list}", "--root", "{absent}"), "No such file"),
        (("--ham", "{absent}"), "no such folder"),
    ],
    ids=["nothing", "pool", "pool to leave out", "split", "envelopes", "mail", "folder"],
)
def test_what_is_not_there_is_said(tmp_path: Path, words: Sequence[str], message: str) -> None:
    places = {"list": write_corpus(tmp_path), "absent": tmp_path / "absent"}
    with pytest.raises(ConfigurationError, match=message):
        evaluate.run(parsed(*(word.format(**places) for word in words), "--jobs", "1"))


def mails(directory: Path) -> list[LabelledMail]:
    return list(read_list(write_corpus(directory)))


def test_several_processes_come_to_the_same(tmp_path: Path) -> None:
    judging = Judging(scanners=(scanner(), scanner()), pools=frozenset(POOLS))
    counted: list[int] = []
    one, several = (list(judge_all(mails(tmp_path), judging, jobs=jobs, progress=counted.append)) for jobs in (1, 3))
    assert sum(counted) == 2 * len(CORPUS)
    assert [[each.mail for each in row] for row in one] == [[each.mail for each in row] for row in several]
    verdicts = [[verdict_on(row[1], deciding()).findings for row in rows] for rows in (one, several)]
    assert verdicts[0] == verdicts[1]


def test_mail_that_vanished_is_an_error_in_a_process_too(tmp_path: Path) -> None:
    listed = mails(tmp_path)
    (tmp_path / "3.eml").unlink()
    judging = Judging(scanners=(scanner(),), pools=frozenset(POOLS))
    with pytest.raises(ConfigurationError, match=r"3\.eml"):
        list(judge_all(listed, judging, jobs=2, progress=lambda _: None))


def found(directory: Path, raw: bytes, recorded: Recorded) -> set[str]:
    (directory / "1.eml").write_bytes(raw)
    mail = LabelledMail(path="1.eml", label="ham", source="s", file=str(directory / "1.eml"))
    judging = Judging(scanners=(scanner(),), pools=frozenset(POOLS), recorded={"1.eml": recorded})
    ((judged,),) = judge_all([mail], judging, jobs=1, progress=lambda _: None)
    return {finding.id for report in judged.reports for finding in report.findings}


def test_other_filters_are_not_heard_and_recorded_results_are(tmp_path: Path) -> None:
    raw = raw_mail("content:a=1", sender="a@shop.example", headers="X-Spam-Flag: YES\r\n")
    assert found(tmp_path, raw, Recorded()) == {"a"}
    assert found(tmp_path, raw, Recorded(spf="pass", sender="b@shop.example")) == {"a", "is-aligned"}
    assert found(tmp_path, raw, Recorded(spf="fail", sender="b@shop.example")) == {"a"}


@pytest.mark.parametrize(
    ("only", "without", "chosen"),
    [((), (), {"content", "ml"}), (("ml",), (), {"ml"}), ((), ("ml",), {"content"})],
    ids=["all", "only", "without"],
)
def test_pools_are_chosen(only: tuple[str, ...], without: tuple[str, ...], chosen: set[str]) -> None:
    assert chosen_pools(scanner(), only=only, without=without) == chosen


def test_a_pool_that_is_left_out_is_no_missing_pool(tmp_path: Path) -> None:
    judging = Judging(scanners=(scanner(),), pools=frozenset({"content"}))
    for (judged,) in judge_all(mails(tmp_path), judging, jobs=1, progress=lambda _: None):
        assert not verdict_on(judged, deciding()).partial
        assert judged.expected == ("content",)


def test_without_corpora_the_script_says_how_to_use_mail_of_ones_own(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "MAILCHORD_SHARED": str(tmp_path / "absent"),
        "MAILCHORD_STATE_DIR": str(tmp_path / "state"),
        "OUT": str(tmp_path / "out"),
    }
    script = Path(__file__).parents[2] / "scripts" / "evaluate"
    ended = subprocess.run([script], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "make evaluate SPAM=DIR HAM=DIR" in ended.stderr
