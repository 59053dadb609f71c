"""Fits the linear model: which features may be used, how much each source counts, calibration on unseen mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mailchord.evaluation.labelled import fold_of, is_for_check
from mailchord.training_corpus import MODERN, NOT_FOR_TRAINING, Corpus, Sample, describe
from mailcore.errors import ConfigurationError
from mailcore.linear_model import LinearModel
from workers.ml.features import FEATURES_VERSION

Floats = NDArray[np.float32]

# How much each origin counts on its side, whatever its size. Modern mail leads: it is what arrives today; the
# old corpora add vocabulary of unwanted mail, and what people and machines write to each other: there is hardly a
# letter among the modern good mail, and with less of the old ones a friendly letter looked suspicious.
# Shares of a side need not add up to 1.
GOOD_SHARES = {
    MODERN: 0.60,
    "transactional": 0.20,
    "sa:hard_ham": 0.10,
    "trec07p": 0.30,
    "sa:easy_ham": 0.20,
    "lists": 0.10,
    "development lists": 0.05,
    "sisimai": 0.04,
}
UNWANTED_SHARES = {
    MODERN: 0.70,
    "cwl, unwanted": 0.12,
    "nazario, unwanted": 0.08,
    "trec07p, unwanted": 0.08,
    "sa:spam, unwanted": 0.07,
    "mail to lists, unwanted": 0.10,
}
# A feature must occur in that many mails of that many independent origins, or it is the mark of a corpus.
FEWEST_MAILS = 4
FEWEST_ORIGINS = 3
# Modern mail comes from one mailbox: however many campaigns share a word, they stand for two origins.
MOST_MODERN_ORIGINS = 2
# Strong regularisation, for weights that sum to TOTAL_WEIGHT: chosen on modern mail of campaigns that were left out.
INVERSE_REGULARISATION = 0.03
TOTAL_WEIGHT = 10_000.0
# Beyond this a feature is rare enough; rarer ones are not heard more.
MOST_LOG_RARITY = 5.0
# Under about twenty known words the length of a mail would exaggerate each of them.
LEAST_NORM = 2.0
FOLDS = 6


class Vocabulary(Struct, frozen=True, kw_only=True):
    """Keys of the features that may be used (ascending), and the scale of each: rare ones count more."""

    keys: NDArray[np.uint32]
    scales: Floats


class Fitted(Struct, frozen=True, kw_only=True):
    """A model before calibration."""

    vocabulary: Vocabulary
    weights: Floats
    bias: float


def learnable(sample: Sample) -> bool:
    """Whether weights may come from that mail at all."""
    return (
        len(sample.keys) > 0
        and sample.listed.source not in NOT_FOR_TRAINING
        and sample.listed.split != "tune"
        and not (sample.origin == MODERN and is_for_check(sample.campaign))
    )


def fit(samples: Sequence[Sample], corpus: Corpus) -> Fitted:
    """Weights from those samples. Raises ConfigurationError without scikit-learn, or with one kind of mail only."""
    classifier = _classifier(INVERSE_REGULARISATION)
    unwanted = np.array([sample.unwanted for sample in samples])
    if unwanted.all() or not unwanted.any():
        raise ConfigurationError("training needs both good and unwanted mail in train.txt and modern.txt")
    vocabulary = choose_vocabulary(samples, corpus)
    classifier.fit(_matrix(samples, vocabulary), unwanted, sample_weight=_sample_weights(samples))
    return Fitted(
        vocabulary=vocabulary,
        weights=classifier.coef_[0].astype(np.float32),
        bias=float(classifier.intercept_[0]),
    )


def choose_vocabulary(samples: Sequence[Sample], corpus: Corpus) -> Vocabulary:
    """Features that several independent origins share and that are no names."""
    mails: Counter[int] = Counter()
    origins: Counter[int] = Counter()
    modern: Counter[int] = Counter()
    for origin, members in _by_origin(samples).items():
        keys, counts = np.unique(np.concatenate([member.keys for member in members]), return_counts=True)
        mails.update(dict(zip(keys.tolist(), counts.tolist(), strict=True)))
        (modern if origin.startswith(MODERN) else origins).update(keys.tolist())
    chosen = sorted(
        key
        for key, count in mails.items()
        if count >= FEWEST_MAILS
        and origins[key] + min(MOST_MODERN_ORIGINS, modern[key]) >= FEWEST_ORIGINS
        and not corpus.is_proper_name(corpus.names[key])
    )
    if not chosen:
        raise ConfigurationError("no word occurs in three sources: the corpus is too small to train on")
    rarity = np.log(len(samples) / np.array([mails[key] for key in chosen]))
    scales = np.minimum(rarity, MOST_LOG_RARITY) / MOST_LOG_RARITY
    return Vocabulary(keys=np.array(chosen, np.uint32), scales=scales.astype(np.float32))


def margins(samples: Sequence[Sample], fitted: Fitted) -> Floats:
    """The margin of each sample; the same sum as `workers.ml.scoring` makes of one mail."""
    product: Floats = _matrix(samples, fitted.vocabulary) @ fitted.weights + fitted.bias
    return product


def unseen_margins(samples: Sequence[Sample], corpus: Corpus) -> Floats:
    """Margins of the modern samples among those, each by a model that never saw its campaign (NaN for others)."""
    result = np.full(len(samples), np.nan, np.float32)
    folds = np.array(
        [fold_of(sample.campaign, FOLDS) if sample.origin == MODERN else -1 for sample in samples], np.int64
    )
    for fold in range(FOLDS):
        held_out = np.flatnonzero(folds == fold)
        if len(held_out):
            fitted = fit([samples[place] for place in np.flatnonzero(folds != fold).tolist()], corpus)
            result[held_out] = margins([samples[place] for place in held_out.tolist()], fitted)
    return result


def calibrate(values: Floats, unwanted: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset that turn margins into probabilities (Platt 1999), for as much good as unwanted mail.

    Raises ConfigurationError unless there is some of both.
    """
    if not len(values) or unwanted.all() or not unwanted.any():
        raise ConfigurationError("modern.txt needs good and unwanted mail of several senders to calibrate on")
    platt = _classifier(1.0, class_weight="balanced")
    platt.fit(values.reshape(-1, 1), unwanted)
    return float(platt.coef_[0][0]), float(platt.intercept_[0])


def finish(fitted: Fitted, samples: Sequence[Sample], *, name: str, slope: float, offset: float) -> LinearModel:
    """The model as it is shipped."""
    return LinearModel(
        name=name,
        features_version=FEATURES_VERSION,
        keys=fitted.vocabulary.keys,
        weights=fitted.weights,
        scales=fitted.vocabulary.scales,
        bias=round(fitted.bias, 6),
        least_norm=LEAST_NORM,
        slope=round(slope, 6),
        offset=round(offset, 6),
        trained_on=describe(samples),
    )


def _classifier(inverse_regularisation: float, **options: Any) -> Any:
    try:
        from sklearn.linear_model import LogisticRegression  # 3 s and 100 MB, for training alone
    except ImportError as error:
        raise ConfigurationError("training needs scikit-learn: pip install 'mailchord[train]'") from error
    return LogisticRegression(C=inverse_regularisation, solver="lbfgs", max_iter=300, **options)


def _matrix(samples: Sequence[Sample], vocabulary: Vocabulary) -> Any:
    """Rows of scaled features of length 1, or shorter where a mail has few known words."""
    from scipy.sparse import csr_matrix

    ends, columns, values = [0], [], []
    for sample in samples:
        places = np.searchsorted(vocabulary.keys, sample.keys)
        places[places == len(vocabulary.keys)] = 0
        known = places[vocabulary.keys[places] == sample.keys]
        scales = vocabulary.scales[known]
        columns.append(known)
        values.append(scales / max(float(np.sqrt(np.dot(scales, scales))), LEAST_NORM))
        ends.append(ends[-1] + len(known))
    shape = (len(samples), len(vocabulary.keys))
    if not samples:
        return csr_matrix(shape, dtype=np.float32)
    return csr_matrix((np.concatenate(values), np.concatenate(columns), np.array(ends)), shape=shape)


def _sample_weights(samples: Sequence[Sample]) -> Floats:
    """Each origin has its share of its side, and both sides weigh the same."""
    counts = Counter((sample.unwanted, sample.origin) for sample in samples)
    shares = {True: UNWANTED_SHARES, False: GOOD_SHARES}
    weights = np.array(
        [
            shares[sample.unwanted].get(sample.origin, 0.05) / counts[sample.unwanted, sample.origin]
            for sample in samples
        ]
    )
    sides = np.array([sample.unwanted for sample in samples])
    for side in (True, False):
        weights[sides == side] *= TOTAL_WEIGHT / 2 / weights[sides == side].sum()
    return weights.astype(np.float32)


def _by_origin(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Samples by what counts as one independent origin: a source, or a campaign of modern mail."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        name = f"{MODERN}: {sample.campaign}" if sample.origin == MODERN else sample.origin
        groups.setdefault(name, []).append(sample)
    return groups
