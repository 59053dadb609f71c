"""Lists and folders of labelled mail, and the quarter that is kept back."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailchord.evaluation.labelled import (
    Kind,
    LabelledMail,
    divided,
    in_folders,
    is_for_check,
    kind_of,
    limited,
    merged,
    read_list,
)
from mailcore.errors import ConfigurationError
from tests.mailchord.evaluation.synthetic import labelled, raw_mail


def write_list(directory: Path, *rows: str, name: str = "own.txt") -> Path:
    file = directory / name
    file.write_text("".join(f"{row}\n" for row in rows))
    return file


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("ham", Kind.GOOD),
        ("bounce", Kind.GOOD),
        ("spam", Kind.BAD),
        ("phish", Kind.BAD),
        ("scam", Kind.BAD),
        ("backscatter", Kind.APART),
    ],
)
def test_every_label_has_its_side(label: str, kind: Kind) -> None:
    assert kind_of(label) is kind


def test_a_list_has_three_to_five_columns(tmp_path: Path) -> None:
    file = write_list(tmp_path, "# a remark", "a.eml\tham\tbank", "", "b/c.eml\tspam\tlist:x\t2026-01-02\tc1")
    short, long = read_list(file)
    assert (short.label, short.source, short.part, short.file) == ("ham", "bank", "own", str(tmp_path / "a.eml"))
    assert (long.date, long.cluster, long.path) == ("2026-01-02", "c1", "b/c.eml")


def test_paths_are_relative_to_a_root(tmp_path: Path) -> None:
    (only,) = read_list(write_list(tmp_path, "a.eml\tham\tbank"), tmp_path / "mail")
    assert only.file == str(tmp_path / "mail" / "a.eml")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.eml\tham", r"own.txt:1: expected path"),
        ("a.eml\tham\tx\ty\tz\tw", r"own.txt:1: expected path"),
        ("a.eml\tspma\tx", r"own.txt:1: unknown label 'spma', did you mean 'spam'"),
        ("a.eml\tnewsletter\tx", r"labels are backscatter, bounce"),
    ],
    ids=["too few", "too many", "misspelled", "unknown"],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        list(read_list(write_list(tmp_path, row)))


def test_a_list_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="absent"):
        list(read_list(tmp_path / "absent.txt"))


def test_folders_in_a_folder_are_sources_and_hidden_files_no_mail(tmp_path: Path) -> None:
    for name in ("bank/cur/1.eml", "shop/2.eml", "3.eml", ".hidden/4.eml", "bank/.index"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = [(Path(mail.source).name, Path(mail.path).name) for mail in in_folders(tmp_path, "ham")]
    assert found == [(tmp_path.name, "3.eml"), ("bank", "1.eml"), ("shop", "2.eml")]


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_a_folder_without_mail_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match=name):
        list(in_folders(tmp_path / name, "ham"))


def test_sources_with_a_prefix_can_be_one() -> None:
    mails = [labelled("", source="list:a"), labelled("", source="list:b"), labelled("", source="sa:spam")]
    assert [mail.source for mail in merged(mails, ["list"])] == ["list", "list", "sa:spam"]


def test_a_limit_holds_for_each_source_and_label() -> None:
    mails = [labelled("", label) for label in ("ham", "ham", "spam", "ham", "spam")]
    assert [mail.label for mail in limited(mails, 1)] == ["ham", "spam"]


def listed(directory: Path, domain: str, part: str) -> LabelledMail:
    file = directory / f"{domain}.eml"
    file.write_bytes(raw_mail("", sender=f"a@news.{domain}"))
    return LabelledMail(path=file.name, label="ham", source="s", part=part, file=str(file))


def test_the_check_quarter_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    domains = [f"domain{number}.example" for number in range(40)]
    kept_back = {domain for domain in domains if is_for_check(domain)}
    assert 3 < len(kept_back) < 20
    mails = [listed(tmp_path, domain, "modern") for domain in domains]
    learn = list(divided(mails, ["modern"], check_quarter=False))
    assert {mail.part for mail in learn} == {"modern learn"}
    assert {mail.path.removesuffix(".eml") for mail in learn} == set(domains) - kept_back
    both = list(divided(mails, ["modern"], check_quarter=True))
    assert {mail.path.removesuffix(".eml") for mail in both if mail.part == "modern check"} == kept_back


def test_lists_that_are_not_named_are_not_divided(tmp_path: Path) -> None:
    mails = [listed(tmp_path, f"domain{number}.example", "tune") for number in range(12)]
    assert list(divided(mails, ["modern"], check_quarter=False)) == mails
