"""What an evaluation leaves behind: a folder with the report as data, as a page and as pictures."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mailchord.evaluation.page import render_page
from mailchord.evaluation.plots import Plot, draw_all
from mailchord.evaluation.report import Evaluation
from mailcore.errors import ConfigurationError


def write_report(directory: Path, evaluation: Evaluation) -> None:
    """Write `report.json`, `report.html` and the plots (`.png`, `.svg`).

    Raises ConfigurationError where nothing can be written, or matplotlib is not installed.
    """
    plots = draw_all(evaluation)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        data = msgspec.json.format(msgspec.json.encode(evaluation), indent=1)
        (directory / "report.json").write_bytes(data + b"\n")
        (directory / "report.html").write_text(render_page(evaluation, plots), encoding="utf-8")
        for plot in plots:
            _write_plot(directory, plot)
    except OSError as error:
        raise ConfigurationError(f"{directory}: {error.strerror or error}") from error


def _write_plot(directory: Path, plot: Plot) -> None:
    (directory / f"{plot.name}.svg").write_text(plot.svg, encoding="utf-8")
    (directory / f"{plot.name}.png").write_bytes(plot.png)


@contextlib.contextmanager
def progress_bar(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while a person looks; silent in a file."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("judging", total=total)
        yield lambda advance: progress.advance(task, advance)
