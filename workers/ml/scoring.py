"""Applies a linear model to the features of one mail: a probability, and the words that led to it."""

from __future__ import annotations

import math

import numpy as np

from mailcore.linear_model import LinearModel
from mailcore.message import Message
from mailcore.view import ModelFacts
from workers.ml.features import read_features

# Enough for an explanation that a person will read.
TOP_FEATURES = 12
# With fewer words that the model knows, a probability would be a guess.
FEWEST_KNOWN = 15


def judge_wording(message: Message, model: LinearModel) -> ModelFacts | None:
    """What the model says of a message, or None where there is too little text that it knows.

    `features` of the result are (words, contribution to the margin), the ones against the mail first.
    """
    features = read_features(message)
    if features is None:
        return None
    places = np.searchsorted(model.keys, features.keys)
    places[places == len(model.keys)] = 0
    known = np.flatnonzero(model.keys[places] == features.keys)
    if len(known) < FEWEST_KNOWN:
        return None
    scales = model.scales[places[known]]
    norm = max(float(np.sqrt(np.dot(scales, scales))), model.least_norm)
    contributions = model.weights[places[known]] * scales / norm
    margin = model.slope * (model.bias + float(contributions.sum())) + model.offset
    top = np.argsort(-contributions, kind="stable")[:TOP_FEATURES]
    return ModelFacts(
        model=model.name,
        probability=_sigmoid(margin),
        features=tuple((features.name(int(known[place])), round(float(contributions[place]), 4)) for place in top),
    )


def _sigmoid(value: float) -> float:
    """Between 0 and 1, and never an overflow: past 30 it is 1 to the last digit anyway."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
