"""What `mailchord train` reads: lists of labelled mail, turned into features, grouped so that checks are honest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mailchord.evaluation.labelled import GOOD, UNWANTED, number_of
from mailcore.addresses import read_addresses
from mailcore.errors import ConfigurationError
from mailcore.message import Message
from mailcore.parse import parse
from workers.ml.features import read_features, visible_texts

MODERN = "modern"
# CC BY-NC 4.0: it may measure a model, but no shipped weights may come from it.
NOT_FOR_TRAINING = frozenset({"phishing_pot"})
# More mails of one campaign, or of one big source, say nothing new and cost time.
MOST_OF_CLUSTER = 3
MOST_OF_SOURCE = 1_500
# Modern mails that share this much of their features come from the same campaign, whoever signs them.
SAME_CAMPAIGN = 0.3

# Sources that are alike (all lists, all small sets of transactional mail) are one origin: being in two of them
# is no independent evidence that a word means something.
_ORIGINS = {
    "ponymail": "development lists",
    "notmuch": "development lists",
    "ha_mail": "transactional",
    "modern_misc": "transactional",
    "prof": "transactional",
    "unspy": "transactional",
    "zaxbux": "transactional",
    "medium": "transactional",
    "foff": MODERN,
}


class Listed(Struct, frozen=True, kw_only=True):
    """One row of a list: `split` is the name of the list, `cluster` tells near-duplicates."""

    path: str
    label: str
    source: str
    cluster: str
    split: str


class Sample(Struct, kw_only=True):
    """One mail as the trainer sees it. `keys` is empty where the mail has too little English text.

    `origin` is the group of sources that it belongs to, `campaign` what must not be split between learning
    and checking: the sender's domain, and mails that resemble it.
    """

    listed: Listed
    unwanted: bool
    origin: str
    campaign: str
    keys: NDArray[np.uint32]


class Corpus(Struct, kw_only=True):
    """Samples, how their features are called, and how often words are written with a capital inside a sentence."""

    samples: list[Sample]
    names: dict[int, str]
    capitals: Counter[str]
    smalls: Counter[str]

    def is_proper_name(self, name: str) -> bool:
        """Whether a word of that feature is a name (person, brand, place): names tell corpora apart, not intent."""
        return any(self._is_name(word) for word in name.split())

    def _is_name(self, word: str) -> bool:
        capital = self.capitals[word]
        return capital >= 2 and capital >= 4 * self.smalls[word]


def read_corpus(directory: Path, *, seed: int) -> Corpus:
    """Read the lists `train.txt`, `tune.txt` and `modern.txt` of that directory, and the mails that they name.

    Raises ConfigurationError when a list or a mail is missing.
    """
    corpus = Corpus(samples=[], names={}, capitals=Counter(), smalls=Counter())
    for listed in _chosen(directory, seed=seed):
        try:
            raw = (directory / listed.path).read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{directory / listed.path}: {error.strerror}") from error
        corpus.samples.append(_sample(listed, parse(raw, message_id="train").message, corpus))
    _join_campaigns([sample for sample in corpus.samples if sample.origin == MODERN])
    return corpus


def read_list(file: Path) -> Iterator[Listed]:
    """Rows of one list: path, label, source, date, cluster, with tabs between. Raises ConfigurationError."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}; unpack the corpora first") from error
    for number, line in enumerate(lines, start=1):
        fields = line.split("\t")
        if len(fields) != 5:
            raise ConfigurationError(f"{file}:{number}: expected path, label, source, date, cluster with tabs between")
        path, label, source, _, cluster = fields
        yield Listed(path=path, label=label, source=source, cluster=cluster, split=file.stem)


def _chosen(directory: Path, *, seed: int) -> Iterator[Listed]:
    """What is used of the lists: an order by the seed, then the first few of each cluster and source."""
    rows = [row for name in ("train", "tune", MODERN) for row in read_list(directory / f"{name}.txt")]
    rows.sort(key=lambda row: (row.split != MODERN, number_of(f"{seed} {row.path}"), row.path))
    clusters: Counter[tuple[str, str]] = Counter()
    sources: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        if row.label not in UNWANTED | GOOD:
            continue
        clusters[row.source, row.cluster] += 1
        sources[row.split, row.source, row.label] += 1
        is_modern = row.split == MODERN
        if is_modern or (
            clusters[row.source, row.cluster] <= MOST_OF_CLUSTER
            and sources[row.split, row.source, row.label] <= MOST_OF_SOURCE
        ):
            yield row


def _sample(listed: Listed, message: Message, corpus: Corpus) -> Sample:
    features = read_features(message)
    if features is not None and listed.source not in NOT_FOR_TRAINING:
        for index, key in enumerate(features.keys.tolist()):
            if key not in corpus.names:
                corpus.names[key] = features.name(index)
        for text in visible_texts(message):
            _count_capitals(text, corpus)
    senders = read_addresses(message.header("from"))
    domain = senders[0].domain if senders else ""
    unwanted = listed.label in UNWANTED
    return Sample(
        listed=listed,
        unwanted=unwanted,
        origin=_origin(listed.source, unwanted=unwanted),
        campaign=domain or listed.cluster,
        keys=np.zeros(0, np.uint32) if features is None else features.keys,
    )


def _origin(source: str, *, unwanted: bool) -> str:
    if source.startswith("list:"):
        return "mail to lists, unwanted" if unwanted else "lists"
    return _ORIGINS.get(source) or (f"{source}, unwanted" if unwanted else source)


def _count_capitals(text: str, corpus: Corpus) -> None:
    """Words inside sentences, written with a capital or without; headlines in capitals say nothing."""
    before = "."
    for chunk in text.split():
        word = chunk.strip(".,;:!?()\"'")
        if word.isalpha() and len(chunk) <= 32 and before[-1] not in ".!?:>*-":
            if word.islower():
                corpus.smalls[word] += 1
            elif word[0].isupper() and (len(word) == 1 or word[1:].islower()):
                corpus.capitals[word.lower()] += 1
        before = chunk


def _join_campaigns(samples: Sequence[Sample]) -> None:
    """Give mails of one sender domain, one cluster or nearly the same text the same campaign."""
    groups: list[list[Sample]] = []
    for sample in samples:
        same = [group for group in groups if any(_is_same(sample, other) for other in group)]
        joined = [sample, *(other for group in same for other in group)]
        groups = [group for group in groups if not any(group is other for other in same)] + [joined]
    for group in groups:
        name = min(sample.campaign for sample in group)
        for sample in group:
            sample.campaign = name


def _is_same(one: Sample, other: Sample) -> bool:
    if one.campaign == other.campaign or one.listed.cluster == other.listed.cluster:
        return True
    shared = len(np.intersect1d(one.keys, other.keys, assume_unique=True))
    return shared > SAME_CAMPAIGN * (len(one.keys) + len(other.keys) - shared)


def describe(samples: Sequence[Sample]) -> str:
    """Counts by origin for the model's own description; nothing of any mail."""
    used = Counter(sample.origin for sample in samples)
    return msgspec.json.encode(dict(sorted(used.items()))).decode()
