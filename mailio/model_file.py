"""Learned models on disk: safetensors, which holds numbers and text and can run nothing (no pickle)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mailcore.errors import ConfigurationError
from mailcore.linear_model import LinearModel

KIND = "mailchord linear model 1"
# Shipped models have less than 1 MB; a file of another kind should not be read into memory first.
MAX_BYTES = 64 * 1024 * 1024


class _Description(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the file beside the arrays, as JSON under one key: the same model is the same bytes."""

    kind: str
    name: str
    features_version: int
    bias: float
    least_norm: float
    slope: float
    offset: float
    trained_on: str


def load_model(path: Path) -> LinearModel:
    """The model in that file. Raises ConfigurationError when it is absent, damaged or of another kind."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ConfigurationError(f"{path}: {size} bytes are no model of ours (at most {MAX_BYTES})")
        with safe_open(path, framework="numpy") as file:
            described = (file.metadata() or {}).get("mailchord", "")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the model cannot be read ({error.strerror or error}); "
            "run `mailchord train`, or reinstall the shipped one"
        ) from error
    except SafetensorError as error:
        raise ConfigurationError(f"{path}: not a safetensors file, or damaged ({error})") from error
    return _model(path, described, arrays)


def save_model(path: Path, model: LinearModel) -> None:
    """Write the model; weights are kept with 16 bits. Raises OSError."""
    description = _Description(
        kind=KIND,
        name=model.name,
        features_version=model.features_version,
        bias=model.bias,
        least_norm=model.least_norm,
        slope=model.slope,
        offset=model.offset,
        trained_on=model.trained_on,
    )
    written = save(
        {
            "keys": np.ascontiguousarray(model.keys, np.uint32),
            "weights": np.ascontiguousarray(model.weights, np.float16),
            "scales": np.ascontiguousarray(model.scales, np.float16),
        },
        metadata={"mailchord": msgspec.json.encode(description).decode()},
    )
    # Written aside and renamed: a worker that starts now reads the old model or the new one, never half of it.
    aside = path.with_name(f".{path.name}.new")
    aside.write_bytes(written)
    aside.replace(path)


def _model(path: Path, described: str, arrays: dict[str, NDArray[np.generic]]) -> LinearModel:
    try:
        description = msgspec.json.decode(described, type=_Description)
        keys, weights, scales = arrays["keys"], arrays["weights"], arrays["scales"]
    except (msgspec.DecodeError, KeyError) as error:
        raise ConfigurationError(f"{path}: not a model of mailchord ({error})") from error
    if description.kind != KIND:
        raise ConfigurationError(f"{path}: {description.kind!r} is not {KIND!r}; run `mailchord train` again")
    problem = _problem(keys, weights, scales)
    if not problem and description.least_norm <= 0:
        problem = "least_norm must be above 0"
    if problem:
        raise ConfigurationError(f"{path}: damaged model: {problem}")
    return LinearModel(
        name=description.name,
        features_version=description.features_version,
        keys=keys.astype(np.uint32),
        weights=weights.astype(np.float32),
        scales=scales.astype(np.float32),
        bias=description.bias,
        least_norm=description.least_norm,
        slope=description.slope,
        offset=description.offset,
        trained_on=description.trained_on,
    )


def _problem(keys: NDArray[np.generic], weights: NDArray[np.generic], scales: NDArray[np.generic]) -> str:
    """What is wrong with the arrays, or "": a model that answers nonsense must not start."""
    if keys.dtype != np.uint32 or keys.ndim != 1 or len(keys) == 0:
        return "keys are not a list of 32-bit numbers"
    if np.any(keys.astype(np.int64)[1:] <= keys.astype(np.int64)[:-1]):
        return "keys are not in ascending order"
    for name, values in (("weights", weights), ("scales", scales)):
        if values.shape != keys.shape or values.dtype not in (np.float16, np.float32):
            return f"there is not one number in {name} for each key"
        if not np.all(np.isfinite(values.astype(np.float32))):
            return f"{name} hold values that are not numbers"
    return ""
