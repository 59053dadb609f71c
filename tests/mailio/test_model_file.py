"""Models on disk: what is written is read again, and whatever else lies there stops the start with one clear line."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save

from mailcore.errors import ConfigurationError
from mailcore.linear_model import LinearModel
from mailio.configuration import default_configs
from mailio.model_file import KIND, load_model, save_model

MODEL = LinearModel(
    name="linear",
    features_version=1,
    keys=np.array([3, 7, 4_000_000_000], np.uint32),
    weights=np.array([0.5, -0.25, 2.0], np.float32),
    scales=np.array([1.0, 0.5, 0.25], np.float32),
    bias=-0.125,
    least_norm=2.0,
    slope=3.5,
    offset=0.25,
    trained_on='{"modern": 12}',
)


def arrays(**changed: NDArray[np.generic]) -> dict[str, NDArray[np.generic]]:
    given: dict[str, NDArray[np.generic]] = {
        "keys": MODEL.keys,
        "weights": MODEL.weights.astype(np.float16),
        "scales": MODEL.scales.astype(np.float16),
    }
    return given | changed


def described(**changed: object) -> dict[str, str]:
    description = {
        "kind": KIND,
        "name": "linear",
        "features_version": 1,
        "bias": 0.0,
        "least_norm": 2.0,
        "slope": 1.0,
        "offset": 0.0,
        "trained_on": "",
    }
    return {"mailchord": json.dumps(description | changed)}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(path, MODEL)
    read = load_model(path)
    for name in ("keys", "weights", "scales"):
        np.testing.assert_array_equal(getattr(read, name), getattr(MODEL, name))
    assert (read.name, read.bias, read.slope, read.offset, read.trained_on) == (
        MODEL.name,
        MODEL.bias,
        MODEL.slope,
        MODEL.offset,
        MODEL.trained_on,
    )


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    save_model(tmp_path / "one", MODEL)
    save_model(tmp_path / "two", MODEL)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"], "nothing is left over"


def test_others_may_read_it(tmp_path: Path) -> None:
    save_model(tmp_path / "model", MODEL)
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "not a safetensors file", id="empty"),
        pytest.param(b"\xff" * 100, "not a safetensors file", id="garbage"),
        pytest.param(pickle.dumps({"keys": [1]}), "not a safetensors file", id="a pickle"),
        pytest.param(save(arrays(), metadata=described())[:-8], "not a safetensors file", id="cut short"),
        pytest.param(save(arrays()), "not a model of mailchord", id="no description"),
        pytest.param(save(arrays(), metadata={"mailchord": "{"}), "not a model of mailchord", id="broken description"),
        pytest.param(save(arrays(), metadata=described(bias="high")), "not a model of mailchord", id="wrong type"),
        pytest.param(save(arrays(), metadata=described(colour="red")), "not a model of mailchord", id="unknown key"),
        pytest.param(save(arrays(), metadata=described(kind="other")), "is not 'mailchord linear", id="other kind"),
        pytest.param(save({"keys": MODEL.keys}, metadata=described()), "not a model of mailchord", id="no weights"),
        pytest.param(
            save(arrays(keys=MODEL.keys[::-1].copy()), metadata=described()), "ascending order", id="unsorted keys"
        ),
        pytest.param(
            save(arrays(keys=np.array([3, 3, 7], np.uint32)), metadata=described()), "ascending", id="repeated keys"
        ),
        pytest.param(save(arrays(keys=np.zeros(0, np.uint32)), metadata=described()), "32-bit numbers", id="no keys"),
        pytest.param(
            save(arrays(keys=MODEL.keys.astype(np.int64)), metadata=described()), "32-bit numbers", id="64-bit keys"
        ),
        pytest.param(
            save(arrays(weights=np.ones(2, np.float16)), metadata=described()), "one number in weights", id="too few"
        ),
        pytest.param(
            save(arrays(weights=np.ones(3, np.int8)), metadata=described()), "one number in weights", id="whole numbers"
        ),
        pytest.param(
            save(arrays(scales=np.array([1, np.nan, 1], np.float16)), metadata=described()), "not numbers", id="NaN"
        ),
        pytest.param(
            save(arrays(weights=np.array([1, np.inf, 1], np.float16)), metadata=described()), "not numbers", id="inf"
        ),
    ],
)
def test_what_is_no_model_does_not_start(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


def test_an_absent_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="run `mailchord train`"):
        load_model(tmp_path / "none.safetensors")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(ConfigurationError, match="no model of ours"):
        load_model(path)


def test_the_shipped_model_is_small() -> None:
    path = default_configs() / "models" / "linear.safetensors"
    assert path.stat().st_size <= 1_000_000
    assert load_model(path).name == "linear"
