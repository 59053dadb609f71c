"""`mailchord tune`: a diff to read, and a file that is written only when asked for."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest
import yaml

from mailchord import tune
from mailchord.evaluation.saved import save_findings
from mailchord.evaluation.tuning import Proposal
from mailchord.evaluation.weights import Sign
from mailchord.replay import deciding_by
from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from mailio.configuration import default_configs, load_settings
from tests.mailchord.evaluation.synthetic import POOLS, judged, raw_mail, scanner

# Not imported here: collecting tests should not load it.
pytestmark = pytest.mark.skipif(find_spec("scipy") is None, reason="the `train` extra is not installed")

SIGNS = {"lure": Sign(id="lure", weight=3.0), "gtube": Sign(id="gtube", weight=1000.0, fixed=True)}
SIGNS_OF = tune.signs_of
OWN = """\
# Our own settings.
mode: monitor  # for now
rules:
  weights:
    gtube: 500  # by hand
"""


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", "--config", type=Path, default=None)
    tune.add_arguments(parser)
    return parser.parse_args(list(words))


@pytest.fixture(autouse=True)
def known_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "signs_of", lambda deciding, configs: SIGNS)


@pytest.fixture
def findings(tmp_path: Path) -> str:
    records = [
        judged(text, label, path=f"{label}{number}", campaign=f"s{number}.example")
        for label, text in (("spam", "content:lure=3 content:x=1"), ("ham", ""), ("phish", "content:gtube=1000"))
        for number in range(30)
    ]
    save_findings(tmp_path / "findings.jsonl", records, Settings(), "test")
    return str(tmp_path / "findings.jsonl")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    file.chmod(0o640)
    return file


def test_a_proposal_is_a_diff_and_changes_nothing(own: Path, findings: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune.run(parsed("-c", str(own), findings)) == 0
    printed = capsys.readouterr()
    assert "+    lure: 4.75  # was 3; hit 30 bad and 0 good messages" in printed.out
    assert "30 (100.0 %" in printed.out
    assert "--apply" in printed.err
    assert own.read_text() == OWN


def test_apply_writes_it_and_nothing_else(own: Path, findings: str) -> None:
    assert tune.run(parsed("-c", str(own), findings, "--apply")) == 0
    assert load_settings(own, {}).rules.weights == {"gtube": 500.0, "lure": 4.75}
    kept = [line for line in own.read_text().splitlines() if "lure" not in line]
    assert kept == OWN.splitlines()
    assert own.stat().st_mode & 0o7777 == 0o640
    assert [file.name for file in own.parent.iterdir() if file.name.startswith(".")] == []


def test_what_gains_nothing_is_not_applied(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad mail that is marked already, and good mail with a sign that the fit would rather not have."""
    monkeypatch.setattr(tune, "signs_of", lambda deciding, configs: {"bait": Sign(id="bait", weight=2.5)})
    records = [
        judged(text, label, path=f"{label}{number}", campaign=f"s{number}.example")
        for label, text in (("spam", "content:x=3 content:bait=2.5"), ("ham", "content:bait=2.5"))
        for number in range(30)
    ]
    save_findings(tmp_path / "marked.jsonl", records, Settings(), "test")
    words = ("--apply", "--good-counts", "200")
    assert tune.run(parsed("-c", str(own), str(tmp_path / "marked.jsonl"), *words)) == 0
    printed = capsys.readouterr()
    assert "30 less, 0 good ones more and 0 less: that is no gain" in printed.out
    assert printed.err.endswith("there is nothing to apply\n")
    assert own.read_text() == OWN


def test_a_link_to_a_configuration_stays_a_link(own: Path, findings: str, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(own)
    assert tune.run(parsed("-c", str(link), findings, "--apply")) == 0
    assert link.is_symlink()
    assert "lure" in own.read_text()


def test_what_would_not_validate_is_not_written(own: Path) -> None:
    with pytest.raises(ConfigurationError, match="wiegths"):
        tune.apply(own, "rules:\n  wiegths: {lure: 1}\n")
    assert own.read_text() == OWN
    assert [file.name for file in own.parent.iterdir()] == ["own.yaml"]


def test_the_shipped_file_is_never_written(findings: str) -> None:
    shipped = default_configs() / "mailchord.yaml"
    before = shipped.read_text()
    with pytest.raises(ConfigurationError, match="of your own"):
        tune.run(parsed("-c", str(shipped), findings, "--apply"))
    assert shipped.read_text() == before


def test_a_proposal_as_data(own: Path, findings: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune.run(parsed("-c", str(own), findings, "--json")) == 0
    proposal = msgspec.json.decode(capsys.readouterr().out, type=Proposal)
    assert (proposal.format, proposal.version, proposal.messages) == ("mailchord-tuning", 1, 90)
    assert [each.id for each in proposal.weights] == ["lure"]
    assert proposal.untouched["gtube"] == "fixed"


def test_mail_may_be_given_instead_of_findings(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        tune, "build_scanner", lambda settings, configs, only=None: scanner(settings.policy, pools=POOLS)
    )
    for name, text in (("spam", "content:lure=3 content:x=1"), ("ham", "")):
        (tmp_path / name).mkdir()
        for number in range(20):
            raw = raw_mail(text, sender=f"a@{name}{number}.example")
            (tmp_path / name / f"{number}.eml").write_bytes(raw)
    words = ("--spam", str(tmp_path / "spam"), "--ham", str(tmp_path / "ham"), "--jobs", "1")
    assert tune.run(parsed("-c", str(own), *words)) == 0
    assert "lure: 4.75" in capsys.readouterr().out


@pytest.mark.parametrize("words", [(), ("{findings}", "--ham", ".")], ids=["nothing", "both"])
def test_findings_or_mail(own: Path, findings: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="give files of findings"):
        tune.run(parsed("-c", str(own), *(word.format(findings=findings) for word in words)))


def test_every_stable_rule_and_detector_is_a_sign_with_the_weight_in_force(tmp_path: Path) -> None:
    """Against the shipped rules: test messages are fixed, weights of the configuration count."""
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump({"rules": {"weights": {"link_uses_shortener": 9.0}}}))
    settings = load_settings(file, {})
    signs = SIGNS_OF(deciding_by(settings), default_configs())
    assert signs["gtube"].fixed
    assert signs["attachment_is_eicar_test_file"].fixed
    assert signs["link_uses_shortener"].weight == 9.0
