"""The checkup of the cage: what holds, what is missing, what a parser could do all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from mailchord.checkup import Level
from mailchord.checkup_sandbox import check_sandbox
from mailcore.errors import CageBroken
from mailcore.sandbox_settings import Layer, Sandbox
from mailcore.settings import PoolSettings, Settings, default_pools
from mailio.cage_trial import Trial, try_cage
from mailio.cage_wire import Ready
from tasks.caged_pools import CAGED

SETTINGS = Settings()
ALL = Ready(active=dict.fromkeys(Layer, "it holds"))


def levels(settings: Settings, trial: Trial) -> dict[str, str]:
    found = check_sandbox(settings, Path("unused"), lambda _options, _secret: trial)
    return {result.name: str(result.level) for result in found}


def without(*layers: Layer) -> Ready:
    return Ready(
        active={layer: "it holds" for layer in Layer if layer not in layers},
        missing=dict.fromkeys(layers, "not implemented"),
    )


def test_every_layer_has_a_line() -> None:
    assert levels(SETTINGS, Trial(layers=ALL)) == {
        "sandbox limits": "ok",
        "sandbox privileges": "ok",
        "sandbox landlock": "ok",
        "sandbox seccomp": "ok",
        "sandbox": "ok",
    }


@pytest.mark.parametrize("layer", Layer)
def test_a_missing_layer_is_a_warning_with_what_to_do(layer: Layer) -> None:
    trial = Trial(layers=without(layer), escapes=("read /etc/passwd",))
    found = {result.name: result for result in check_sandbox(SETTINGS, Path("unused"), lambda *_: trial)}
    assert found[f"sandbox {layer}"].level is Level.WARN
    assert found[f"sandbox {layer}"].advice
    assert found["sandbox"].says == "a parser could read /etc/passwd"


def test_a_sandbox_that_is_switched_off() -> None:
    settings = structs.replace(SETTINGS, sandbox=Sandbox(enabled=False))
    assert levels(settings, Trial(layers=ALL)) == {"sandbox": "warn"}


def test_nothing_to_say_where_nothing_opens_files() -> None:
    pools = {**default_pools(), **dict.fromkeys(CAGED, PoolSettings(enabled=False))}
    assert levels(structs.replace(SETTINGS, pools=pools), Trial(layers=ALL)) == {}


def test_required_layers_that_are_missing_fail() -> None:
    def attempt(_options: Sandbox, _secret: Path) -> Trial:
        raise CageBroken("sandbox.required is not met: landlock: not there")

    (result,) = check_sandbox(SETTINGS, Path("unused"), attempt)
    assert (result.level, result.says) == (Level.FAIL, "sandbox.required is not met: landlock: not there")


def test_a_real_trial(tmp_path: Path) -> None:
    secret = tmp_path / "mailchord.yaml"
    secret.write_text("redis: {}\n")
    trial = try_cage(Sandbox(), secret)
    if Layer.LANDLOCK in trial.layers.active and Layer.SECCOMP in trial.layers.active:
        assert trial.escapes == ()
    assert list(tmp_path.iterdir()) == [secret]


def test_a_trial_says_what_is_possible_without_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("mailio.landlock.restrict_to_reading", refuses)
    monkeypatch.setattr("mailio.system_calls.allow_parsing_only", refuses)
    secret = tmp_path / "mailchord.yaml"
    secret.write_text("redis: {}\n")
    trial = try_cage(Sandbox(), secret)
    assert {"open a connection", f"read {secret}", "read /etc/passwd"} <= set(trial.escapes)
    assert set(trial.layers.missing) == {Layer.LANDLOCK, Layer.SECCOMP}
