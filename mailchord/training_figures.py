"""How a fresh model does on mail that it never saw: by source, with Wilson intervals, never one pooled figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from mailchord.evaluation.labelled import is_for_check
from mailchord.training import Fitted, Floats, Vocabulary, fit, margins
from mailchord.training_corpus import MODERN, NOT_FOR_TRAINING, Corpus, Sample
from mailcore.linear_model import LinearModel
from mailcore.statistics import Share, wilson


class Row(Struct, frozen=True, kw_only=True):
    """Share of a set of mails that gets the finding; mails with too little English text count as not getting it."""

    title: str
    unwanted: bool
    flagged: Share

    def __str__(self) -> str:
        return f"{self.title:52} {'recall' if self.unwanted else 'false positives':15} {self.flagged}"


def figures(
    corpus: Corpus, learned: Sequence[Sample], unseen: Floats, *, model: LinearModel, threshold: float
) -> Iterator[Row]:
    """Modern mail in cross-validation by campaign, the quarter kept apart, `tune` by source, and what may only measure.

    `unseen` are the cross-validated margins of `learned`.
    """
    limit = _margin_at(model, threshold)
    judged = [(sample, float(value)) for sample, value in zip(learned, unseen, strict=True) if not np.isnan(value)]
    # Mails without enough text were never fitted, but they are part of what arrives.
    blank = [sample for sample in corpus.samples if sample.origin == MODERN and not len(sample.keys)]
    judged += [(sample, -np.inf) for sample in blank if not is_for_check(sample.campaign)]
    yield from _rows("modern, cross-validated", judged, limit)
    shipped = _as_fitted(model)
    held = [sample for sample in corpus.samples if sample.origin == MODERN and is_for_check(sample.campaign)]
    yield from _rows("modern, kept apart", _judged(held, shipped), limit)
    yield from _by_source(corpus, shipped, limit, "tune, source known", lambda s: s.listed.split == "tune")
    yield from _by_source(corpus, shipped, limit, "never learned from", lambda s: s.listed.source in NOT_FOR_TRAINING)


def figures_left_out(
    corpus: Corpus, learned: Sequence[Sample], *, model: LinearModel, threshold: float
) -> Iterator[Row]:
    """Each origin, judged by a model that was trained without it, with the calibration of the shipped one."""
    limit = _margin_at(model, threshold)
    for origin in sorted({sample.origin for sample in learned}):
        rest = [sample for sample in learned if sample.origin != origin]
        members = [
            sample
            for sample in corpus.samples
            if sample.origin == origin and sample.listed.source not in NOT_FOR_TRAINING
        ]
        yield from _rows(f"left out: {origin}", _judged(members, fit(rest, corpus)), limit)


def heaviest(model: LinearModel, corpus: Corpus, *, count: int) -> Iterator[str]:
    """The words that weigh most each way, for a look at whether one of them is a giveaway."""
    weights = model.weights * model.scales
    order = np.argsort(weights, kind="stable")
    for title, places in (("unwanted", order[::-1][:count]), ("good", order[:count])):
        named = (f"{corpus.names[int(model.keys[place])]} {weights[place]:+.2f}" for place in places)
        yield f"heaviest for {title}: " + ", ".join(named)


def _by_source(
    corpus: Corpus, shipped: Fitted, limit: float, title: str, chosen: Callable[[Sample], bool]
) -> Iterator[Row]:
    sources: dict[str, list[Sample]] = {}
    for sample in corpus.samples:
        if chosen(sample) and not (title.startswith("tune") and sample.listed.source in NOT_FOR_TRAINING):
            sources.setdefault(sample.listed.source, []).append(sample)
    for source, members in sorted(sources.items()):
        yield from _rows(f"{title}: {source}", _judged(members, shipped), limit)


def _rows(title: str, judged: Sequence[tuple[Sample, float]], limit: float) -> Iterator[Row]:
    for unwanted in (False, True):
        values = [value for sample, value in judged if sample.unwanted is unwanted]
        if values:
            flagged = wilson(sum(value >= limit for value in values), len(values))
            yield Row(title=title, unwanted=unwanted, flagged=flagged)


def _judged(samples: Sequence[Sample], fitted: Fitted) -> list[tuple[Sample, float]]:
    values = margins(samples, fitted)
    return [
        (sample, float(value) if len(sample.keys) else -np.inf) for sample, value in zip(samples, values, strict=True)
    ]


def _as_fitted(model: LinearModel) -> Fitted:
    vocabulary = Vocabulary(keys=model.keys, scales=model.scales)
    return Fitted(vocabulary=vocabulary, weights=model.weights, bias=model.bias)


def _margin_at(model: LinearModel, probability: float) -> float:
    """The margin from which the calibrated probability is at least that high."""
    return float((np.log(probability / (1 - probability)) - model.offset) / model.slope)
