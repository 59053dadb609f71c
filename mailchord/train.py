"""`mailchord train`: fit the learned model to a labelled corpus, and say honestly how it does on mail it never saw."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mailchord.training import calibrate, finish, fit, learnable, unseen_margins
from mailchord.training_corpus import read_corpus
from mailchord.training_figures import figures, figures_left_out, heaviest
from mailcore.errors import ConfigurationError
from mailio.configuration import default_configs
from mailio.model_file import save_model

NAME = "linear"
SHOWN_WEIGHTS = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus",
        required=True,
        type=Path,
        metavar="DIR",
        help="folder with train.txt, tune.txt, modern.txt (path, label, source, date, cluster; tabs between) and mail",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the model goes; default: the shipped place")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="chooses the mails of big sources")
    parser.add_argument("--threshold", type=float, default=0.8, metavar="P", help="probability the figures are for")
    parser.add_argument("--leave-one-out", action="store_true", help="figures of each source by a model without it")
    parser.add_argument("--show-weights", action="store_true", help="print the heaviest words, to look for giveaways")


def run(arguments: argparse.Namespace) -> int:
    """0 when the model is written. Raises ConfigurationError when the corpus or scikit-learn is absent."""
    out: Path = arguments.out or default_configs() / "models" / "linear.safetensors"
    corpus = read_corpus(arguments.corpus, seed=arguments.seed)
    learned = [sample for sample in corpus.samples if learnable(sample)]
    fitted = fit(learned, corpus)
    unseen = unseen_margins(learned, corpus)
    modern = ~np.isnan(unseen)
    unwanted = np.array([sample.unwanted for sample in learned])
    slope, offset = calibrate(unseen[modern], unwanted[modern])
    model = finish(fitted, learned, name=NAME, slope=slope, offset=offset)
    for row in figures(corpus, learned, unseen, model=model, threshold=arguments.threshold):
        print(row)
    if arguments.leave_one_out:
        for row in figures_left_out(corpus, learned, model=model, threshold=arguments.threshold):
            print(row, flush=True)
    if arguments.show_weights:
        print(*heaviest(model, corpus, count=SHOWN_WEIGHTS), sep="\n")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        save_model(out, model)
    except OSError as error:
        raise ConfigurationError(f"{out}: {error.strerror or error}") from error
    print(f"{out}: {len(model.keys)} features, {out.stat().st_size} bytes, trained on {len(learned)} mails")
    return 0
