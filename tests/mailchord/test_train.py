"""`mailchord train` on a tiny synthetic corpus: reproducible, honest about what it learns from, clear in its errors."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from string import ascii_lowercase

import pytest

from mailchord.train import add_arguments, run
from mailchord.training_corpus import Sample, read_corpus
from mailcore.errors import ConfigurationError
from mailcore.linear_model import LinearModel
from mailio.model_file import load_model
from tests.mail import mail
from tests.workers.ml.models import PLAIN, message
from workers.ml.scoring import judge_wording

# Not imported here: collecting tests should not load it.
pytestmark = pytest.mark.skipif(find_spec("sklearn") is None, reason="the `train` extra is not installed")

BAD, FINE = "claim your reward with this simple survey now", "we walked to the lake and had lunch by the water"
SOURCES = ("trec07p", "sa:spam", "nazario", "sa:hard_ham", "ha_mail")
MODERN_MAILS = 24


def write(directory: Path, row: str, body: str, *, sender: str) -> str:
    path = row.partition("\t")[0]
    (directory / path).write_bytes(mail("A mail", f"{PLAIN}\n{body}\n", sender=f"Sender <a@{sender}>"))
    return row


def corpus(directory: Path) -> Path:
    lists: dict[str, list[str]] = {"train": [], "tune": [], "modern": []}
    for source in SOURCES:
        for number in range(6):
            label, body = ("ham", FINE) if source.endswith(("ham", "mail")) else ("spam", BAD)
            name = f"{source.replace(':', '-')}-{number}.eml"
            split = "tune" if number == 5 else "train"
            row = f"{name}\t{label}\t{source}\t2005-01-01\t{source}{number}"
            lists[split].append(write(directory, row, body, sender=f"{source.replace(':', '-')}.example"))
    for number in range(MODERN_MAILS):
        label, body = ("ham", FINE) if number % 2 else ("spam", BAD)
        row = f"modern-{number}.eml\t{label}\tfoff\t2026-01-01\tm{number}"
        # What only this mail says: mails that resemble each other would be taken for one campaign.
        own = " ".join(chr(97 + number) * 3 + letter * length for letter in ascii_lowercase for length in (2, 3))
        lists["modern"].append(write(directory, row, f"{body}. {own}. {PLAIN}", sender=f"sender{number}.example"))
    phish = "pot-0.eml\tphish\tphishing_pot\t2024-01-01\tp0"
    lists["train"].append(write(directory, phish, "wallet seed phrase", sender="pot.example"))
    for name, rows in lists.items():
        (directory / f"{name}.txt").write_text("".join(f"{row}\n" for row in rows))
    return directory


def train(directory: Path, out: Path, *more: str) -> LinearModel:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert run(parser.parse_args(["--corpus", str(directory), "--out", str(out), *more])) == 0
    return load_model(out)


def test_the_model_learns_and_is_the_same_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = corpus(tmp_path)
    model = train(directory, tmp_path / "one.safetensors", "--show-weights", "--leave-one-out")
    train(directory, tmp_path / "two.safetensors")
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()
    bad, fine = (judge_wording(message(f"{PLAIN}\n{text}"), model) for text in (BAD, FINE))
    assert bad is not None
    assert fine is not None
    assert bad.probability > 0.5 > fine.probability
    assert "reward" in dict(bad.features)
    printed = capsys.readouterr().out
    for expected in (
        "modern, cross-validated",
        "modern, kept apart",
        "tune, source known",
        "never learned from: phish",
    ):
        assert expected in printed
    assert "left out: trec07p" in printed
    assert "heaviest for unwanted: " in printed


def test_the_description_holds_nothing_of_any_mail(tmp_path: Path) -> None:
    model = train(corpus(tmp_path), tmp_path / "model.safetensors")
    assert "example" not in model.trained_on
    assert "phishing_pot" not in model.trained_on


def test_nothing_is_learned_from_what_may_only_measure(tmp_path: Path) -> None:
    samples = read_corpus(corpus(tmp_path), seed=1)
    assert "wallet" not in samples.names.values()
    assert any(sample.listed.source == "phishing_pot" for sample in samples.samples)


def test_mails_of_one_sender_are_never_split(tmp_path: Path) -> None:
    samples = read_corpus(corpus(tmp_path), seed=1).samples
    assert campaign_of(samples, "modern-0.eml") != campaign_of(samples, "modern-1.eml")
    write(tmp_path, "modern-2.eml\t", "something else entirely", sender="mail.sender0.example")
    samples = read_corpus(tmp_path, seed=1).samples
    assert campaign_of(samples, "modern-0.eml") == campaign_of(samples, "modern-2.eml")


def campaign_of(samples: list[Sample], path: str) -> str:
    return next(sample.campaign for sample in samples if sample.listed.path == path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda path: (path / "tune.txt").unlink(), "unpack the corpora", id="no list"),
        pytest.param(lambda path: (path / "modern-3.eml").unlink(), "modern-3.eml", id="no mail"),
        pytest.param(lambda path: (path / "train.txt").write_text("a\tb\n"), r"train\.txt:1", id="broken row"),
        pytest.param(lambda path: (path / "modern.txt").write_text(""), "to calibrate on", id="nothing modern"),
    ],
)
def test_a_damaged_corpus_is_one_clear_line(tmp_path: Path, damage: object, message: str) -> None:
    directory = corpus(tmp_path)
    assert callable(damage)
    damage(directory)
    with pytest.raises(ConfigurationError, match=message):
        train(directory, tmp_path / "model.safetensors")


def test_one_kind_of_mail_is_not_enough(tmp_path: Path) -> None:
    directory = corpus(tmp_path)
    for name in ("train", "modern"):
        rows = (directory / f"{name}.txt").read_text().splitlines(keepends=True)
        (directory / f"{name}.txt").write_text("".join(row for row in rows if "\tham\t" not in row))
    with pytest.raises(ConfigurationError, match="both good and unwanted"):
        train(directory, tmp_path / "model.safetensors")


def test_without_scikit_learn_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(ConfigurationError, match=r"mailchord\[train\]"):
        train(corpus(tmp_path), tmp_path / "model.safetensors")
