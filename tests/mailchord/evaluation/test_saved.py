"""Findings in a file: what is kept comes back, damage is named, and no mail is in it."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from msgspec import structs

from mailchord.evaluation.saved import load_findings, save_findings
from mailcore.errors import ConfigurationError
from mailcore.policy import Policy, Thresholds
from mailcore.settings import Settings
from tests.mailchord.evaluation.synthetic import judged

STRICT = Policy(thresholds=Thresholds(tag=2.0))
SETTINGS = Settings(policy=STRICT)


@pytest.mark.parametrize("name", ["f.jsonl", "f.jsonl.xz", "f.jsonl.gz"])
def test_what_was_kept_comes_back(tmp_path: Path, name: str) -> None:
    records = [judged("content:a=3", "spam"), judged("", "ham")]
    save_findings(tmp_path / "deep" / name, records, SETTINGS, "abc")
    saved = load_findings(tmp_path / "deep" / name)
    assert (saved.head.policy, saved.head.policy_version) == (STRICT, "abc")
    assert saved.judged == tuple(records)
    assert [file.name for file in (tmp_path / "deep").iterdir()] == [name]


def test_no_mail_and_no_path_of_this_machine_is_kept(tmp_path: Path) -> None:
    record = judged("content:a=3", "spam")
    placed = structs.replace(record, mail=structs.replace(record.mail, file="/home/somebody/mail/1.eml"))
    save_findings(tmp_path / "f.jsonl", [placed], SETTINGS, "abc")
    text = (tmp_path / "f.jsonl").read_text()
    assert "this is a mail" not in text
    assert "somebody" not in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no file of findings"),
        ("{}\n", "no file of findings"),
        ("not json\n", r"f\.jsonl:1"),
        ('{"format": "mailchord-findings", "version": 99}\n', "version 99 of the format"),
        ('{"format": "mailchord-findings", "version": 1}\n{"mail": 1}\n', r"f\.jsonl:2"),
        ('{"format": "mailchord-findings", "version": 1}\n{"mail": {"path": "a"}}\n', r"f\.jsonl:2"),
        ('{"format": "mailchord-findings", "version": 1}\n' + " " * 9_000_000, "longer than"),
    ],
    ids=["empty", "another object", "no json", "later version", "wrong type", "incomplete", "endless line"],
)
def test_damage_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "f.jsonl").write_text(content)
    with pytest.raises(ConfigurationError, match=message):
        load_findings(tmp_path / "f.jsonl")


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    packed = lzma.compress(b'{"format": "mailchord-findings", "version": 1}\n' * 100)
    (tmp_path / "f.jsonl.xz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(ConfigurationError, match=r"f\.jsonl\.xz"):
        load_findings(tmp_path / "f.jsonl.xz")


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="file"):
        save_findings(tmp_path / "file" / "f.jsonl", [], SETTINGS, "")
