"""`mailchord evaluate`: what counts as found, as a false positive and as not judged, folder by folder."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mailchord.evaluate import FolderFigures, as_text, evaluate, folders_in
from mailcore.errors import ConfigurationError
from mailcore.verdict import Action, Finding, Verdict


def judge(raw: bytes) -> Verdict:
    """The test's mails say themselves what becomes of them."""
    action = Action(raw.decode())
    finding = Finding(id="found", pool="content", category="test", weight=1.0, summary="found")
    findings = () if action is Action.ACCEPT else (finding, finding)
    return Verdict(id="test", action=action, findings=findings, partial=action is Action.DISCARD)


def folder(path: Path, *mails: str) -> Path:
    path.mkdir(parents=True)
    for number, content in enumerate(mails):
        (path / f"{number}.eml").write_text(content)
    return path


def one(figures: list[FolderFigures]) -> FolderFigures:
    (only,) = figures
    return only


def test_recall_of_unwanted_mail(tmp_path: Path) -> None:
    spam = folder(tmp_path / "spam", "accept", "tag", "quarantine", "reject", "discard")
    figures = one(list(evaluate([spam], [], judge)))
    assert (figures.unwanted, figures.marked.hits, figures.held.hits, figures.marked.total) == (True, 4, 3, 5)
    assert (figures.partial, figures.findings) == (1, (("found", 4),))
    assert "recall: 4/5" in as_text(figures)


def test_false_positives_of_good_mail(tmp_path: Path) -> None:
    ham = folder(tmp_path / "ham", "accept", "accept", "tag")
    figures = one(list(evaluate([], [ham], judge)))
    assert (figures.unwanted, figures.marked.hits, figures.held.hits) == (False, 1, 0)
    assert "false positives: 1/3 = 33.3%" in as_text(figures)


def test_deferred_mail_counts_neither_way(tmp_path: Path) -> None:
    ham = folder(tmp_path / "ham", "accept", "tempfail")
    figures = one(list(evaluate([], [ham], judge)))
    assert (figures.marked.hits, figures.marked.total, figures.deferred.hits) == (0, 1, 1)
    assert "(good, 2 messages)" in as_text(figures)


def test_folders_are_never_pooled(tmp_path: Path) -> None:
    folder(tmp_path / "ham" / "bank" / "cur", "tag")
    folder(tmp_path / "ham" / "shop", "accept")
    folder(tmp_path / "spam", "reject")
    figures = list(evaluate([tmp_path / "spam"], [tmp_path / "ham"], judge))
    assert [(Path(each.folder).name, each.marked.hits) for each in figures] == [("spam", 1), ("bank", 1), ("shop", 0)]


def test_a_limit_holds_for_each_folder(tmp_path: Path) -> None:
    spam = folder(tmp_path / "spam", "tag", "tag", "tag")
    assert one(list(evaluate([spam], [], judge, limit=2))).marked.total == 2


def test_hidden_files_are_no_mail(tmp_path: Path) -> None:
    spam = folder(tmp_path / "spam", "tag")
    (spam / ".notes").write_text("accept")
    folder(spam / ".git", "accept")
    assert [len(files) for _, files in folders_in(spam)] == [1]


def test_figures_are_json(tmp_path: Path) -> None:
    spam = folder(tmp_path / "spam", "tag")
    printed = msgspec.json.decode(msgspec.json.encode(one(list(evaluate([spam], [], judge)))))
    assert printed["marked"]["hits"] == 1
    assert 0 < printed["marked"]["low"] < 1


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_a_folder_without_mail_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match=name):
        list(evaluate([tmp_path / name], [], judge))
