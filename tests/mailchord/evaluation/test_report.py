"""The report as data, as tables and as a page; nothing of a mail may act in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from rich.console import Console

from mailchord.evaluation import tables
from mailchord.evaluation.judging import Judged
from mailchord.evaluation.report import Evaluation, build, reading
from mailcore.policy import Policy, Thresholds
from mailcore.verdict import Where
from tests.mailchord.evaluation.synthetic import CORPUS, deciding, judged

HOSTILE = "<script>alert(1)</script>\" onload='x' $\\frac{1}{0}$ \x1b[31m\u202egnp.exe & | `x`"
STRICT = Policy(thresholds=Thresholds(tag=2.0))


def evaluation(*, hostile: str = "", part: str = "own") -> Evaluation:
    records = [judged(text, label, source=source, part=part) for label, source, text in CORPUS]
    if hostile:
        bad = judged("content:a=7", "spam", path=hostile, source=hostile, part=hostile)
        good = judged("content:a=7", "ham", path=hostile, source=hostile, part=hostile)
        records += [quoting(hostile, each) for each in (bad, good)]
    readings = [
        reading(name, records, deciding(policy))
        for name, policy in (("first" + hostile, Policy()), ("strict" + hostile, STRICT))
    ]
    return build(
        readings, records, policy_version="v" + hostile, pools=("content",), seconds=1.0, jobs=2, notes=[hostile]
    )


def quoting(text: str, record: Judged) -> Judged:
    """The record with findings that quote a mail with that subject."""
    (report,) = [each for each in record.reports if each.pool == "content"]
    (finding,) = report.findings
    quoted = structs.replace(finding, summary=f"The subject says {text}", where=Where(header="Subject", quote=text))
    return structs.replace(record, reports=(structs.replace(report, findings=(quoted,)),))


def test_the_keys_of_the_report_are_stable() -> None:
    data = msgspec.json.decode(msgspec.json.encode(evaluation()))
    assert list(data) == [
        "format",
        "version",
        "policy_version",
        "pools",
        "messages",
        "seconds",
        "jobs",
        "notes",
        "figures",
        "comparisons",
        "times",
        "mistakes",
    ]
    assert (data["format"], data["version"]) == ("mailchord-evaluation", 1)
    assert {
        "part", "source", "label", "kind", "tagged", "held", "refused", "deferred", "partial"
    } == set(data["figures"][0]["sources"][0])  # fmt: skip
    assert {"hits", "total", "low", "high"} == set(data["figures"][0]["sources"][0]["tagged"])
    assert {
        "id", "pool", "category", "weight", "hits_bad", "hits_good", "alone_bad", "alone_good"
    } == set(data["figures"][0]["rules"][0])  # fmt: skip
    assert {
        "part", "good", "bad", "thresholds", "false_positives", "recall", "precision", "area"
    } == set(data["figures"][0]["curves"][0])  # fmt: skip
    assert {"before", "after", "moves", "changes"} == set(data["comparisons"][0])


def test_a_report_reads_back() -> None:
    made = evaluation()
    assert msgspec.json.decode(msgspec.json.encode(made), type=Evaluation) == made


def test_shares_are_written_with_their_interval() -> None:
    grid = tables.source_grid(evaluation())
    row = next(row for row in grid.rows if row[1] == "bank")
    assert row == (
        "own",
        "bank",
        "phish",
        "5",
        "4 (80.0 %, 37.6 to 96.4)",
        "4 (80.0 %)",
        "0",
        "5 (100.0 %, 56.6 to 100.0)",
    )


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0.0"), (0.0006, "0.06"), (0.001, "0.1"), (0.5, "50.0"), (1.0, "100.0")]
)
def test_small_shares_have_more_digits(share: float, text: str) -> None:
    assert tables.percent(share) == text


def test_tables_in_markdown_have_as_many_cells_in_each_row_whatever_stands_in_them() -> None:
    for grid in (tables.source_grid(evaluation(hostile=HOSTILE)), tables.rule_grid(evaluation().figures[0])):
        lines = tables.as_markdown(grid).splitlines()
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {len(grid.heads) + 1}
        assert not any("<script" in line or "\x1b" in line for line in lines)


def test_text_of_mail_cannot_steer_the_terminal() -> None:
    written = StringIO()
    tables.print_evaluation(evaluation(hostile=HOSTILE), Console(file=written, width=250, force_terminal=False))
    assert "\x1b" not in written.getvalue()
    assert "\u202e" not in written.getvalue()


class Tags(HTMLParser):
    """Every tag and attribute of a page, as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("matplotlib", reason="the `evaluate` extra is not installed")
    from mailchord.evaluation.output import write_report

    directory = tmp_path_factory.mktemp("report") / "new"
    write_report(directory, evaluation(hostile=HOSTILE))
    return directory


def test_report_and_plots_are_written(written: Path) -> None:
    assert {file.name for file in written.iterdir()} == {
        "report.json",
        "report.html",
        *(f"{name}.{kind}" for name in ("sources", "roc", "precision-recall", "scores") for kind in ("png", "svg")),
    }
    assert all((written / f"{name}.png").read_bytes().startswith(b"\x89PNG") for name in ("roc", "scores"))


def test_hostile_text_is_text_in_the_page(written: Path) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    tags = Tags(page).seen
    assert not {tag for tag, _ in tags} & {"script", "iframe", "object", "embed", "link", "img", "base", "form"}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "The subject says &lt;script&gt;alert(1)" in page


def test_the_page_loads_nothing(written: Path) -> None:
    tags = Tags((written / "report.html").read_text(encoding="utf-8")).seen
    fetched = [
        value
        for _, attributes in tags
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href", "action", "data") and not (value or "").startswith("#")
    ]
    assert fetched == []
    policies = [attributes.get("content") or "" for tag, attributes in tags if tag == "meta"]
    assert any("default-src 'none'" in policy for policy in policies)


def test_the_same_data_give_the_same_pictures(written: Path) -> None:
    from mailchord.evaluation.plots import draw_all

    for plot in draw_all(evaluation(hostile=HOSTILE)):
        assert (written / f"{plot.name}.svg").read_text(encoding="utf-8") == plot.svg
        assert (written / f"{plot.name}.png").read_bytes() == plot.png


def test_mail_of_one_kind_only_has_no_curves_and_still_a_report(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from mailchord.evaluation.output import write_report

    records = [judged("content:a=7", "spam")]
    readings = [reading("all", records, deciding())]
    made = build(readings, records, policy_version="v", pools=(), seconds=0.0, jobs=1, notes=())
    write_report(tmp_path, made)
    assert {file.stem for file in tmp_path.glob("*.svg")} == {"sources", "scores"}
