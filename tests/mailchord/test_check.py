"""`mailchord check` finds what would stop a start, one line each, and names the place."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from mailchord.check import add_arguments, run, run_check
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.errors import ConfigurationError
from mailcore.view import MailView
from workers.pool import Gathered, Pool, Work

RULE = """\
    rules:
      - id: says-minutes
        title: Minutes
        summary: It speaks of minutes.
        description: For tests.
        category: phishing
        weight: 1.5
        status: stable
        conditions: {subject|contains: minutes}
        examples:
          match:
            - name: minutes
              headers: {subject: Your minutes}
              text: Hello
          no_match:
            - name: hours
              headers: {subject: Your hours}
              text: Hello
    """


@detector(category="malware", weight=3.0, lifecycle=Lifecycle.STABLE)
def attachment_is_bad(view: MailView, *, most: int = 3) -> Iterable[Hit]:
    """Finds nothing."""
    return ()


def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
    return Gathered(view=view)


def pool_of(name: str, _configs: Path) -> Pool:
    return Pool(name=name, work=lambda message: Work(), gather=gather, detectors=(attachment_is_bad,))


Check = Callable[..., int]


@pytest.fixture
def checked(tmp_path: Path) -> Check:
    """Writes a whole installation (`name: text` replaces a file, None leaves it out) and checks it."""

    def check(
        files: Mapping[str, str | None] = {},
        *,
        quiet: bool = False,
        pools: object = pool_of,
        only: Collection[str] = (),
    ) -> int:
        texts = {
            "mailchord.yaml": f"configs_dir: {tmp_path}\n",
            "content/a.yaml": RULE,
            "lists/shorteners.txt": "sho.rt",
        }
        for name, text in (texts | dict(files)).items():
            if text is not None:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).write_text(dedent(text))
        settings = tmp_path / "mailchord.yaml"
        return run_check(settings, {}, quiet=quiet, only=only, pool_builder=pools)  # type: ignore[arg-type]

    return check


def test_a_good_installation(checked: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked() == 0

    out, err = capsys.readouterr()
    assert "1 rules, 2 of 2 examples as they should" in out
    assert "pool attachments: 1 detector\n" in out
    assert "modules: a 1, adult-content 0, brand-impersonation 0" in out
    assert out.endswith("all is well\n")
    assert err == ""


def test_quiet_says_nothing_when_all_is_well(checked: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(quiet=True) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        pytest.param({"mailchord.yaml": "front:\n  lisen: inet:1@h\n"}, "mailchord.yaml:2: ", id="unknown setting"),
        pytest.param(
            {"mailchord.yaml": "configs_dir: /none/there\n"}, "/none/there is not a directory", id="no configs"
        ),
        pytest.param(
            {"content/a.yaml": RULE.replace("weight", "wait")},
            "a.yaml:7: unknown key 'wait'",
            id="unknown key of a rule",
        ),
        pytest.param(
            {"mailchord.yaml": "workers:\n  - {pools: [intake, aggregate]}\n"},
            "workers: no group serves auth, content, urls",
            id="queues that serve would have no worker for",
        ),
        pytest.param({"content/b.yaml": RULE}, "'says-minutes' is taken by", id="an id twice"),
        pytest.param({"content/a.yaml": None}, "content: there is no such directory", id="no rules"),
        pytest.param(
            {"content/a.yaml": RULE.replace("subject|contains: minutes", "from.domain|in: shortners")},
            "a.yaml:9: unknown list 'shortners', did you mean 'shorteners'",
            id="unknown list",
        ),
        pytest.param(
            {"content/a.yaml": RULE.replace("Your minutes", "Your seconds")},
            "a.yaml:12: says-minutes does not hit 'minutes', which it must",
            id="an example that must match does not",
        ),
        pytest.param(
            {"content/a.yaml": RULE.replace("Your hours", "Our minutes")},
            "a.yaml:16: says-minutes hits 'hours', which it must leave alone",
            id="an example that must not match does",
        ),
    ],
)
def test_problems_are_lines_with_their_place(
    checked: Check, capsys: pytest.CaptureFixture[str], files: Mapping[str, str | None], problem: str
) -> None:
    assert checked(files) == 2

    lines = capsys.readouterr().err.splitlines()
    assert problem in lines[0]
    assert lines[-1] == f"mailchord: {len(lines) - 1} problem{'s' if len(lines) > 2 else ''}"


def test_every_problem_is_found_in_one_run(checked: Check, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(name: str, _configs: Path) -> Pool:
        raise ConfigurationError(f"{name} is broken")

    files = {"lists/shorteners.txt": "two words", "content/a.yaml": RULE.replace("Your minutes", "Your seconds")}
    assert checked(files, pools=broken) == 2

    err = capsys.readouterr().err
    assert "shorteners.txt:1" in err
    assert "does not hit" in err
    assert all(f"{name} is broken" in err for name in ("urls", "attachments", "ocr", "ml"))


@pytest.mark.parametrize(
    ("settings", "only"),
    [
        pytest.param("redis: {broker: 'redis://192.0.2.1/0'}\n", (), id="workers elsewhere serve them"),
        pytest.param("", ("urls",), id="one worker asks for itself"),
    ],
)
def test_queues_that_others_serve(tmp_path: Path, checked: Check, settings: str, only: tuple[str, ...]) -> None:
    text = f"configs_dir: {tmp_path}\nworkers:\n  - {{pools: [intake, aggregate]}}\n{settings}"
    assert checked({"mailchord.yaml": text}, only=only) == 0


def test_a_setting_that_no_detector_has(checked: Check, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    settings = "{attachment_is_bad.most: 5, attachment_is_bad.least: 1}"
    text = f"configs_dir: {tmp_path}\npools:\n  attachments:\n    settings: {settings}\n"

    assert checked({"mailchord.yaml": text}) == 2
    assert "unknown setting 'attachment_is_bad.least'" in capsys.readouterr().err


def test_a_pool_that_is_switched_off_is_not_needed(checked: Check, tmp_path: Path) -> None:
    def no_ocr(name: str, configs: Path) -> Pool:
        if name == "ocr":
            raise ConfigurationError("Tesseract is not installed")
        return pool_of(name, configs)

    assert (
        checked({"mailchord.yaml": f"configs_dir: {tmp_path}\npools: {{ocr: {{enabled: false}}}}\n"}, pools=no_ocr) == 0
    )


@pytest.mark.parametrize(
    ("policy", "note"),
    [
        ("overrides: [{finding: says-minute, action: reject}]", "no rule or detector is called 'says-minute'"),
        ("overrides: [{finding: yara-*, action: reject}]", "no rule or detector is called 'yara-*'"),
        ("group_caps: {fishing: 3}", "no rule or detector has the category 'fishing'"),
    ],
)
def test_policy_that_names_nothing_known_is_noted(
    checked: Check, capsys: pytest.CaptureFixture[str], tmp_path: Path, policy: str, note: str
) -> None:
    assert checked({"mailchord.yaml": f"configs_dir: {tmp_path}\npolicy:\n  {policy}\n"}) == 0
    assert f"note: policy.{policy.partition(':')[0]}: {note}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "policy",
    [
        "overrides: [{finding: says-minutes, action: reject}, {finding: attachment_*, action: reject}]",
        "group_caps: {phishing: 3, malware: 5}",
    ],
)
def test_policy_that_names_known_things_is_not_noted(
    checked: Check, capsys: pytest.CaptureFixture[str], tmp_path: Path, policy: str
) -> None:
    assert checked({"mailchord.yaml": f"configs_dir: {tmp_path}\npolicy:\n  {policy}\n"}) == 0
    assert "note: policy" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        pytest.param("never_allowed: [malwear]", "category 'malwear', did you mean 'malware'?", id="misspelt"),
        pytest.param("never_allowed: [malware, fishing]", "'fishing', did you mean 'phishing'?", id="of a rule"),
        pytest.param("shadows: {a: {never_allowed: [malwear]}}", "policy.shadows.a.never_allowed", id="in a shadow"),
    ],
)
def test_a_category_that_is_never_allowed_must_be_one(
    checked: Check, capsys: pytest.CaptureFixture[str], tmp_path: Path, policy: str, problem: str
) -> None:
    assert checked({"mailchord.yaml": f"configs_dir: {tmp_path}\npolicy:\n  {policy}\n"}) == 2
    assert problem in capsys.readouterr().err


def test_known_categories_that_are_never_allowed(checked: Check, tmp_path: Path) -> None:
    text = f"configs_dir: {tmp_path}\npolicy: {{never_allowed: [malware, phishing]}}\n"

    assert checked({"mailchord.yaml": text}) == 0


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ('overrides: [{finding: "says-*", action: accept}]', "policy.overrides: accept for 'says-*'"),
        ('overrides: [{finding: "*", action: accept}]', "policy.overrides: accept for '*'"),
        (
            "recipients: {abuse@example.org: {overrides: [{finding: says-minutes, action: accept}]}}",
            "policy.recipients.abuse@example.org.overrides: accept",
        ),
        (
            "shadows: {a: {overrides: [{finding: says-minutes, action: accept}]}}",
            "policy.shadows.a.overrides: accept",
        ),
    ],
)
def test_overrides_that_accept_are_noted(
    checked: Check, capsys: pytest.CaptureFixture[str], tmp_path: Path, policy: str, place: str
) -> None:
    assert checked({"mailchord.yaml": f"configs_dir: {tmp_path}\npolicy:\n  {policy}\n"}) == 0
    assert f"note: {place}" in capsys.readouterr().out


def test_a_pattern_that_hyperscan_refuses_is_noted(checked: Check, capsys: pytest.CaptureFixture[str]) -> None:
    rule = RULE.replace("{subject|contains: minutes}", "{subject|regex: '(?<=your )minutes'}")

    assert checked({"content/a.yaml": rule}) == 0
    assert "a.yaml:9: " in (out := capsys.readouterr().out)
    assert "not for hyperscan" in out


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    arguments = parser.parse_args(["--quiet"])
    arguments.config = tmp_path / "none.yaml"

    assert run(arguments) == 2
    assert "there is no such file" in capsys.readouterr().err
