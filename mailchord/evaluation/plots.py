"""The pictures of an evaluation, as PNG and SVG: shares by source, ROC, precision and recall, scores.

Drawn without a display (Agg). The same data give the same bytes: no dates, no random ids.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from mailchord.evaluation.figures import Curve, Figures, Row, Scores
from mailchord.evaluation.labelled import Kind
from mailchord.evaluation.report import Evaluation
from mailchord.terminal_text import printable
from mailcore.errors import ConfigurationError
from mailcore.policy import Thresholds
from mailcore.statistics import Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Blue and vermilion of Okabe and Ito: told apart by those who do not see red or green; then their others.
GOOD, BAD = "#0072B2", "#D55E00"
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
INK, QUIET, GRID = "#1c2530", "#5b6776", "#e3e7ec"

# Where a logarithmic axis shows "none": half of what one in a thousand would be.
LEAST_SHARE = 2e-4
MOST_ROWS = 60
LONGEST_NAME = 34


class Plot(Struct, frozen=True, kw_only=True):
    """One picture: the name of its file, what it shows, and its two forms."""

    name: str
    caption: str
    svg: str
    png: bytes


def draw_all(evaluation: Evaluation) -> tuple[Plot, ...]:
    """Every plot that there are data for. Raises ConfigurationError when matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError as error:
        raise ConfigurationError(
            f"plots need matplotlib ({error}): install 'mailchord[evaluate]', or leave out --out"
        ) from error
    style: Any = {
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.color": INK,
        "axes.edgecolor": QUIET,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "legend.frameon": False,
        "legend.fontsize": 8.5,
        "text.parse_math": False,  # names of sources may hold a dollar sign
        "svg.fonttype": "path",
        "svg.hashsalt": "mailchord",
    }
    with matplotlib.rc_context(style), warnings.catch_warnings():
        # A name in letters that the font lacks is drawn as boxes; that is no reason to disturb whoever reads the table.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        return tuple(_all(evaluation))


def _all(evaluation: Evaluation) -> Iterator[Plot]:
    first = evaluation.figures[0]
    yield _plot(
        "sources",
        "Share of messages at or above the tag threshold, by source, with 95 % intervals. Bad mail should be at the "
        "right, good mail at the left.",
        lambda: draw_sources(evaluation.figures),
    )
    if first.curves:
        yield _plot(
            "roc",
            "Recall against false positives for every threshold; the marks are the thresholds of the policy. The "
            "horizontal axis is logarithmic: what matters happens below one per cent.",
            lambda: draw_roc(evaluation.figures),
        )
        yield _plot(
            "precision-recall",
            "Precision against recall for every threshold. Precision depends on how much of the mail is bad: here it "
            "is the share in the corpus, not that of anybody's mailbox.",
            lambda: draw_precision(evaluation.figures),
        )
    if any(each.good or each.bad for each in first.scores):
        yield _plot(
            "scores",
            "Scores of good and bad mail, each as a share of its kind, with the thresholds of the policy. The "
            "vertical axis is logarithmic, so that single messages show.",
            lambda: draw_scores(first),
        )


def _plot(name: str, caption: str, draw: Callable[[], Figure]) -> Plot:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = draw()
    vector, pixels = io.StringIO(), io.BytesIO()
    figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": "mailchord"}, bbox_inches="tight")
    FigureCanvasAgg(figure)
    figure.savefig(pixels, format="png", dpi=160, metadata={"Software": "mailchord"}, bbox_inches="tight")
    return Plot(name=name, caption=caption, svg=vector.getvalue(), png=pixels.getvalue())


def _figure(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure outside of pyplot: nothing global is left behind."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False, sharey=True)
    return figure, list(axes[0])


def draw_sources(figures: Sequence[Figures]) -> Figure:
    """Dots with intervals: bad sources above, good ones below; other figures as hollow marks beside the first."""
    first, *others = figures
    rows = [row for row in first.sources if row.tagged.total and row.kind is not Kind.APART]
    rows = sorted(rows, key=lambda row: (row.kind is Kind.BAD, row.tagged.value, row.messages))[-MOST_ROWS:]
    beside = [{_key(row): row for row in other.sources} for other in others[:1]]
    figure, (axes,) = _figure(8.2, 1.4 + 0.27 * len(rows))
    for place, row in enumerate(rows):
        colour = BAD if row.kind is Kind.BAD else GOOD
        _interval(axes, place, row.tagged, colour)
        for other in beside:
            if (same := other.get(_key(row))) is not None:
                axes.plot(
                    same.tagged.value,
                    place,
                    marker="D",
                    ms=4.5,
                    mfc="white",
                    mec=colour,
                    mew=1.1,
                    zorder=3,
                    clip_on=False,
                )
    axes.set_yticks(range(len(rows)), [_row_name(row) for row in rows])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlim(-0.015, 1.015)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "20 %", "40 %", "60 %", "80 %", "100 %"])
    axes.grid(axis="y", visible=False)
    border = sum(row.kind is Kind.GOOD for row in rows)
    if 0 < border < len(rows):
        axes.axhline(border - 0.5, color=QUIET, lw=0.7)
    axes.set_title(f"Tagged or more (score {first.thresholds.tag:g})")
    _source_legend(figure, others[0].name if others else "")
    return figure


def _source_legend(figure: Figure, beside: str) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker="o", ls="", color=BAD, label="bad mail: recall"),
        Line2D([], [], marker="o", ls="", color=GOOD, label="good mail: false positives"),
    ]
    if beside:
        handles += [Line2D([], [], marker="D", ls="", mfc="white", mec=INK, label=shown(beside))]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handletextpad=0.3)


def _interval(axes: Axes, place: float, share: Share, colour: str) -> None:
    axes.plot([share.low, share.high], [place, place], color=colour, lw=5, alpha=0.22, solid_capstyle="butt")
    axes.plot(share.value, place, marker="o", ms=5.5, color=colour, zorder=4, clip_on=False)
    axes.text(1.03, place, f"{share.hits} of {share.total}", va="center", fontsize=7.5, color=QUIET)


def _key(row: Row) -> tuple[str, str, str]:
    return (row.part, row.source, row.label)


def _row_name(row: Row) -> str:
    source = row.source if len(row.source) <= LONGEST_NAME else "…" + row.source[-LONGEST_NAME + 1 :]
    return printable(f"{shown(row.part)}: {source} ({row.label})" if row.part else f"{source} ({row.label})")


def shown(name: str) -> str:
    """A name as it fits in a picture, without what steers a terminal or turns the writing direction."""
    return printable(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…")


def draw_roc(figures: Sequence[Figures]) -> Figure:
    """Recall against false positives, one line a part; of other figures broken lines."""
    figure, (axes,) = _figure(6.6, 4.9)
    for line in _curves(figures):
        curve, colour = line.curve, line.colour
        shares = [max(share, LEAST_SHARE) for share in curve.false_positives]
        label = f"{shown(curve.part) or 'mail'}{line.name}: area {curve.area:.3f}"
        axes.plot(shares, curve.recall, color=colour, ls=line.style, lw=1.7, drawstyle="steps-post", label=label)
        for threshold, marker in _marks(line.thresholds):
            share, recall, _ = _at(curve, threshold)
            axes.plot(max(share, LEAST_SHARE), recall, marker=marker, **line.mark)
    axes.set_xscale("log")
    axes.set_xlim(LEAST_SHARE * 0.8, 1)
    axes.set_ylim(0, 1.01)
    ticks = [LEAST_SHARE, 1e-3, 1e-2, 1e-1, 1]
    axes.set_xticks(ticks, ["none", "0.1 %", "1 %", "10 %", "100 %"])
    axes.minorticks_off()
    _percent_axis(axes)
    axes.set_xlabel("good mail at or above the threshold (false positives)")
    axes.set_ylabel("bad mail at or above it (recall)")
    axes.set_title("Receiver operating characteristic")
    _curve_legend(axes, figures[0].thresholds, "lower right")
    return figure


def draw_precision(figures: Sequence[Figures]) -> Figure:
    """Precision against recall, one line a part."""
    figure, (axes,) = _figure(6.6, 4.9)
    lowest = 1.0
    for line in _curves(figures):
        curve, colour = line.curve, line.colour
        label = f"{shown(curve.part) or 'mail'}{line.name}: {curve.bad} bad, {curve.good} good"
        axes.plot(
            curve.recall, curve.precision, color=colour, ls=line.style, lw=1.7, drawstyle="steps-pre", label=label
        )
        lowest = min(lowest, *curve.precision)
        for threshold, marker in _marks(line.thresholds):
            _, recall, precision = _at(curve, threshold)
            axes.plot(recall, precision, marker=marker, **line.mark)
    axes.set_xlim(0, 1.01)
    axes.set_ylim(max(0.0, math.floor(lowest * 10) / 10), 1.01)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "20 %", "40 %", "60 %", "80 %", "100 %"])
    axes.yaxis.set_major_formatter(lambda value, _place: f"{value * 100:.0f} %")
    axes.set_xlabel("recall: bad mail at or above the threshold")
    axes.set_ylabel("precision: bad mail among what is above it")
    axes.set_title("Precision and recall")
    _curve_legend(axes, figures[0].thresholds, "lower left")
    return figure


class _Line(Struct, frozen=True, kw_only=True):
    """How one curve is drawn."""

    curve: Curve
    thresholds: Thresholds
    colour: str
    style: Any
    name: str

    @property
    def mark(self) -> dict[str, Any]:
        """How its thresholds are marked: full on a full line, hollow on a broken one."""
        filled = self.style == "-"
        shape = {"ms": 6.5, "zorder": 4, "clip_on": False, "mew": 1.1}
        return shape | {"mfc": self.colour if filled else "white", "mec": "white" if filled else self.colour}


def _curves(figures: Sequence[Figures]) -> Iterator[_Line]:
    """The parts have colours; the second figures have broken lines."""
    parts = [curve.part for curve in figures[0].curves]
    styles: tuple[tuple[Figures, Any, str], ...] = tuple(
        (each, style, f", {shown(each.name)}" if style != "-" else "")
        for each, style in zip(figures, ("-", (0, (4, 2))), strict=False)
    )
    for each, style, name in styles:
        for curve in each.curves:
            colour = LINES[parts.index(curve.part) % len(LINES)] if curve.part in parts else QUIET
            yield _Line(curve=curve, thresholds=each.thresholds, colour=colour, style=style, name=name)


def _marks(thresholds: Thresholds) -> tuple[tuple[float, str], ...]:
    return ((thresholds.tag, "o"), (thresholds.quarantine, "s"), (thresholds.reject, "^"))


def _at(curve: Curve, threshold: float) -> tuple[float, float, float]:
    """False positives, recall and precision at a threshold: the last point that is not below it."""
    found = (0.0, 0.0, 1.0)
    for place, value in enumerate(curve.thresholds):
        if value < threshold:
            break
        found = (curve.false_positives[place], curve.recall[place], curve.precision[place])
    return found


def _percent_axis(axes: Axes) -> None:
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "20 %", "40 %", "60 %", "80 %", "100 %"])


def _curve_legend(axes: Axes, thresholds: Thresholds, place: Literal["lower left", "lower right"]) -> None:
    from matplotlib.lines import Line2D

    names = ("tag", "quarantine", "reject")
    marks = [
        Line2D([], [], marker=marker, ls="", color=QUIET, mec="white", ms=6.5, label=f"{name} ({threshold:g})")
        for name, (threshold, marker) in zip(names, _marks(thresholds), strict=True)
    ]
    lines, _ = axes.get_legend_handles_labels()
    axes.legend(handles=[*lines, *marks], loc=place)


_UPRIGHT: Any = {"fontsize": 7.5, "color": QUIET, "rotation": 90, "va": "top"}


def draw_scores(figures: Figures) -> Figure:
    """Histograms of good and bad scores, one panel a part."""
    parts = [each for each in figures.scores if each.good or each.bad][:4]
    figure, panels = _figure(max(6.6, 3.9 * len(parts)), 3.9, len(parts))
    highest = max(20.0, figures.thresholds.reject * 1.6)
    for axes, scores in zip(panels, parts, strict=True):
        _histogram(axes, scores, highest)
        heights = (figures.thresholds.tag, figures.thresholds.quarantine, figures.thresholds.reject)
        for name, threshold in zip(("tag", "quarantine", "reject"), heights, strict=True):
            axes.axvline(threshold, color=QUIET, lw=0.9, ls=(0, (3, 2)))
            axes.text(threshold + 0.25, 0.97, name, transform=axes.get_xaxis_transform(), **_UPRIGHT)
        axes.set_title(shown(scores.part) or "mail")
        axes.set_xlabel("score")
    panels[0].set_ylabel("share of its kind")
    from matplotlib.patches import Patch

    handles = [Patch(fc=GOOD, alpha=0.5, label="good mail"), Patch(fc=BAD, alpha=0.5, label="bad mail")]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _histogram(axes: Axes, scores: Scores, highest: float) -> None:
    edges = [-5 + 0.5 * step for step in range(int((highest + 5) * 2) + 1)]
    for values, colour, name in ((scores.good, GOOD, "good"), (scores.bad, BAD, "bad")):
        if values:
            held = [min(max(value, -5), highest - 0.01) for value in values]
            weights = [1 / len(values)] * len(values)
            axes.hist(held, bins=edges, weights=weights, color=colour, alpha=0.28, lw=0)
            axes.hist(held, bins=edges, weights=weights, color=colour, histtype="step", lw=1.3, label=name)
    axes.set_yscale("log")
    axes.set_ylim(1e-4, 1)
    axes.set_xlim(-5, highest)
    axes.set_yticks([1e-4, 1e-3, 1e-2, 1e-1, 1], ["0.01 %", "0.1 %", "1 %", "10 %", "100 %"])
    axes.minorticks_off()
