"""The pool: what it has to do, what the model says of a message, and that a foreign model does not start."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.message import Envelope
from mailcore.verdict import PoolStatus
from mailcore.view import MailView
from tests.workers.ml.models import PLAIN, message, model_of
from workers.ml import build, work
from workers.ml.scoring import judge_wording
from workers.pool import Work
from workers.runner import run_pool

MODEL = model_of({"claim": 8.0, "prize": 4.0, "lunch": -8.0})
UNWANTED = f"{PLAIN}\nclaim the prize"


@pytest.mark.parametrize(
    ("text", "html_text", "expected"),
    [
        pytest.param("text", "", Work(light=True), id="plain text"),
        pytest.param("", "text", Work(light=True), id="HTML"),
        pytest.param("", "", None, id="only a picture"),
    ],
)
def test_work(text: str, html_text: str, expected: Work | None) -> None:
    assert work(message(text, html_text=html_text)) == expected


def test_a_finding_names_the_words() -> None:
    report = run_pool(build(MODEL), MailView(envelope=Envelope(), message=message(UNWANTED)), {}, seconds=5)
    assert (report.status, report.errors) == (PoolStatus.OK, ())
    assert [finding.id for finding in report.findings] == ["wording_resembles_unwanted_mail"]
    assert "'claim', 'prize'" in report.findings[0].summary
    assert report.bytes_read == len(UNWANTED)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(f"{UNWANTED}\nlunch", id="a word against"),
        pytest.param("claim prize claim prize", id="too little text"),
        pytest.param("xylophone " * 10 + "the of and to you for with this that claim prize", id="too few known words"),
        pytest.param("> claim the prize\n" + PLAIN, id="quoted"),
    ],
)
def test_no_finding(text: str) -> None:
    report = run_pool(build(MODEL), MailView(envelope=Envelope(), message=message(text)), {}, seconds=5)
    assert (report.status, report.findings) == (PoolStatus.OK, ())


def test_the_probability_is_the_documented_sum() -> None:
    facts = judge_wording(message(UNWANTED), MODEL)
    assert facts is not None
    known = len(set(PLAIN.split())) + 2
    margin = 12.0 / known**0.5
    assert facts.probability == pytest.approx(1 / (1 + 2.718281828**-margin))
    assert dict(facts.features)["claim"] == pytest.approx(8.0 / known**0.5, abs=1e-4)


@pytest.mark.parametrize("slope", [1e6, -1e6], ids=["surely bad", "surely good"])
def test_extreme_margins_are_probabilities_still(slope: float) -> None:
    facts = judge_wording(message(UNWANTED), structs.replace(MODEL, slope=slope))
    assert facts is not None
    assert 0 <= facts.probability <= 1


def test_a_model_of_other_features_does_not_start() -> None:
    with pytest.raises(ConfigurationError, match="run `mailchord train`"):
        build(model_of({"claim": 1.0}, version=999))
