"""`mailchord tune`: proposes weights and thresholds from labelled mail, as a diff; see docs/evaluation.md."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import structs

from mailchord import evaluate
from mailchord.evaluation import tables
from mailchord.evaluation.judging import Deciding, Judged
from mailchord.evaluation.saved import load_findings
from mailchord.evaluation.tuning import Proposal, Tuning, check_enough, propose
from mailchord.evaluation.weights import Sign
from mailchord.evaluation.yaml_values import with_values
from mailchord.replay import deciding_by
from mailchord.start import Start, start
from mailchord.training_corpus import NOT_FOR_TRAINING
from mailcore.detector import Lifecycle
from mailcore.errors import ConfigurationError
from mailio.configuration import default_configs, load_settings
from tasks.pools import build_scanner, installed_rules
from workers.discovery import discover


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "findings", nargs="*", type=Path, metavar="FILE", help="findings that `mailchord evaluate --save` kept"
    )
    evaluate.add_mail_arguments(parser)
    evaluate.add_pool_arguments(parser)
    how = parser.add_argument_group("how")
    usual = Tuning()
    how.add_argument(
        "--not-from",
        action="append",
        default=[],
        metavar="NAME",
        help="a source or part that measures and is never learned from; repeatable",
    )
    how.add_argument(
        "--good-counts",
        type=float,
        default=usual.good_counts,
        metavar="N",
        help="how many missed messages one false positive is worth",
    )
    how.add_argument(
        "--regularisation",
        type=float,
        default=usual.regularisation,
        metavar="N",
        help="how much weights are held where they are",
    )
    how.add_argument(
        "--most-false-positives",
        type=float,
        default=usual.most_false_positives,
        metavar="SHARE",
        help="at the tag threshold",
    )
    parser.add_argument("--apply", action="store_true", help="write the proposal into the file given with -c")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """0 when there is a proposal, or none is needed. Raises ConfigurationError."""
    begun = start(arguments, component="tune")
    if arguments.apply:
        check_own_file(begun.file)
    deciding = deciding_by(begun.settings)
    judged = list(judged_of(arguments, begun))
    tuning = Tuning(
        good_counts=arguments.good_counts,
        regularisation=arguments.regularisation,
        most_false_positives=arguments.most_false_positives,
        not_from=NOT_FOR_TRAINING | frozenset(arguments.not_from),
    )
    check_enough(judged, tuning)
    proposal = propose(judged, deciding, signs_of(deciding, begun.configs), tuning)
    text = begun.file.read_text(encoding="utf-8")
    proposed = with_values(text, values_of(proposal))
    show(proposal, text, proposed, begun.file, as_json=arguments.json)
    if proposed == text:
        told = "there is nothing to apply"
    elif arguments.apply:
        apply(begun.file, proposed)
        told = f"{begun.file}: written; `mailchord check` and a reload put it in force"
    else:
        told = "nothing was changed; --apply writes it"
    print(told, file=sys.stderr)
    return 0


def judged_of(arguments: argparse.Namespace, begun: Start) -> Iterable[Judged]:
    """From files of findings, or scanned now."""
    has_mail = bool(arguments.spam or arguments.ham or arguments.list)
    if bool(arguments.findings) == has_mail:
        raise ConfigurationError("give files of findings (mailchord evaluate --save FILE), or labelled mail")
    for file in arguments.findings:
        beside = frozenset(evaluate.names_of(arguments.without))
        yield from (each.without(beside) for each in load_findings(file).judged)
    if has_mail:
        mails = evaluate.collect(arguments)
        only = evaluate.named(arguments.pools, "")
        scanner = build_scanner(begun.settings, begun.configs, only=only)
        yield from (each for (each,) in evaluate.scan(mails, arguments, [scanner]))


def signs_of(deciding: Deciding, configs: Path) -> dict[str, Sign]:
    """Every stable rule and detector, with the weight that is in force."""
    installed = installed_rules(configs, deciding.settings.rules)
    rules = [rule for rule in installed if rule.status is Lifecycle.STABLE]
    signs = {rule.id: Sign(id=rule.id, weight=rule.weight, fixed=rule.fixed) for rule in rules}
    for pool, options in deciding.settings.pools.items():
        if options.enabled:
            for each in discover(f"workers.{pool}"):
                if each.lifecycle is Lifecycle.STABLE:
                    signs[each.id] = Sign(id=each.id, weight=each.weight, fixed=each.fixed, weighs_by_case=True)
    weights = deciding.settings.rules.weights
    return {name: structs.replace(sign, weight=weights.get(name, sign.weight)) for name, sign in signs.items()}


def values_of(proposal: Proposal) -> dict[tuple[str, ...], tuple[float, str]]:
    """Where each proposed number stands in the configuration, and the remark behind it."""
    values: dict[tuple[str, ...], tuple[float, str]] = {
        ("rules", "weights", each.id): (
            each.after,
            f"was {each.before:g}; hit {each.hits_bad} bad and {each.hits_good} good messages",
        )
        for each in proposal.weights
    }
    for each in proposal.thresholds:
        values["policy", "thresholds", each.name] = (each.after, f"was {each.before:g}")
    return values


def check_own_file(file: Path) -> None:
    """Raises ConfigurationError for the file that is shipped: an update would take it back."""
    if file.resolve() == (default_configs() / "mailchord.yaml").resolve():
        raise ConfigurationError("--apply needs a configuration of your own: give it with -c FILE")


def apply(file: Path, text: str) -> None:
    """Write the configuration, whole or not at all, once it was read and found valid. Raises ConfigurationError."""
    real = file.resolve()
    descriptor, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=".yaml")
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        load_settings(aside, os.environ)
        aside.chmod(real.stat().st_mode & 0o7777)
        aside.replace(real)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror or error}") from error
    finally:
        aside.unlink(missing_ok=True)


def show(proposal: Proposal, text: str, proposed: str, file: Path, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(proposal).decode())
        return
    console = tables.console_for(is_terminal=sys.stdout.isatty())
    tables.print_grid(gain_grid(proposal), console)
    for group in proposal.together:
        print(f"always together, so tuned together: {', '.join(group)}")
    if proposal.withheld:
        print(proposal.withheld)
    elif not proposal.weights and not proposal.thresholds:
        print("The weights and thresholds that are there are good: nothing is proposed.")
    print("".join(difference_of(text, proposed, file)), end="")


def gain_grid(proposal: Proposal) -> tables.Grid:
    """Before and after, for mail that the weights were not fitted to."""
    rows = [
        (
            gain.part,
            gain.source,
            gain.label,
            str(gain.before.total),
            tables.share_text(gain.before),
            tables.share_text(gain.after),
            f"+{gain.gained} -{gain.lost}",
            f"{gain.low * 100:+.1f} to {gain.high * 100:+.1f} %",
            "left out" if gain.was_left_out else "by folds",
        )
        for gain in proposal.gains
    ]
    heads = ("part", "source", "label", "n", "tagged now", "tagged then", "changed", "difference", "unseen")
    note = "Each message is judged by weights that were fitted without it and without its sender's other mail."
    return tables.Grid(title="Proposed weights on unseen mail", heads=heads, texts=3, rows=tuple(rows), note=note)


def difference_of(text: str, proposed: str, file: Path) -> Sequence[str]:
    """A unified diff."""
    before, after = text.splitlines(keepends=True), proposed.splitlines(keepends=True)
    return list(difflib.unified_diff(before, after, str(file), f"{file} (proposed)", n=2))
