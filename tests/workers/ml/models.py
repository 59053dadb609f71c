"""Small models and views for tests of the `ml` pool."""

from __future__ import annotations

import numpy as np

from mailcore.linear_model import LinearModel
from mailcore.message import Envelope, Header, Message
from mailcore.parse import parse
from mailcore.view import MailView, ModelFacts
from tests.mail import mail
from workers.ml.features import FEATURES_VERSION, read_features

# Twenty plain words, so that the language is clear and there is enough text.
PLAIN = "we will have the minutes of the meeting for you and would like to know what you can do with them by then"


def message(text: str = "", *, subject: str = "", html_text: str = "") -> Message:
    return Message(id="test", headers=(Header("Subject", subject),), text=text, html_text=html_text)


def parsed(text: str | None = None, *, subject: str = "", html: str | None = None) -> Message:
    return parse(mail(subject=subject, text=text, html=html), message_id="test").message


def names(text: str, *, subject: str = "", html_text: str = "") -> set[str]:
    """Names of the features of a text."""
    features = read_features(message(text, subject=subject, html_text=html_text))
    assert features is not None, "the test's text must be long enough and English"
    return {features.name(index) for index in range(len(features.keys))}


def model_of(weights: dict[str, float], *, version: int = FEATURES_VERSION, slope: float = 1.0) -> LinearModel:
    """A model that knows the words of PLAIN (weight 0) and those words; pairs are not known."""
    every = dict.fromkeys(PLAIN.split(), 0.0) | weights
    keyed = sorted((_key_of(word), weight) for word, weight in every.items())
    return LinearModel(
        name="test",
        features_version=version,
        keys=np.array([key for key, _ in keyed], np.uint32),
        weights=np.array([weight for _, weight in keyed], np.float32),
        scales=np.ones(len(keyed), np.float32),
        bias=0.0,
        least_norm=2.0,
        slope=slope,
        offset=0.0,
    )


def _key_of(word: str) -> int:
    features = read_features(message(f"{PLAIN} . {word}"))
    assert features is not None
    return next(int(key) for index, key in enumerate(features.keys) if features.name(index) == word)


def view_of(probability: float | None, *features: tuple[str, float]) -> MailView:
    facts = None if probability is None else ModelFacts(model="test", probability=probability, features=features)
    return MailView(envelope=Envelope(), message=message(), model=facts)
