"""A learned linear model as data: which features weigh what, and how a sum becomes a probability."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray


class LinearModel(Struct, frozen=True, kw_only=True):
    """Weights of a linear model over features that are known by 32-bit keys.

    `keys` (uint32, ascending, distinct), `weights` and `scales` (float32) have the same length. Features whose
    keys are not there are unknown to the model and count for nothing. The margin of a mail with known features
    k is `bias + sum(weights[k] * scales[k]) / norm`, `norm` being the length of `scales[k]`, but at least
    `least_norm` (so that two known words make no opinion); its probability of being unwanted is
    `1 / (1 + exp(-(slope * margin + offset)))`.
    `features_version` is the version of the feature extraction that it was trained with.
    """

    name: str
    features_version: int
    keys: NDArray[np.uint32]
    weights: NDArray[np.float32]
    scales: NDArray[np.float32]
    bias: float
    least_norm: float
    slope: float
    offset: float
    trained_on: str = ""
