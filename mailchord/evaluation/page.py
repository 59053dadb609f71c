"""The report of an evaluation as one HTML file that needs nothing else; whatever comes from mail is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence

from mailchord.evaluation import tables
from mailchord.evaluation.labelled import Kind
from mailchord.evaluation.plots import Plot
from mailchord.evaluation.report import Evaluation
from mailchord.evaluation.tables import Grid
from mailchord.terminal_text import printable

MOST_CHANGES = 1_000

# No script, nothing loaded from anywhere: even a mistake in escaping could not do much.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root { color-scheme: light; --line: #d9dde3; --soft: #f5f7f9; --ink: #1c2530; --quiet: #5b6776; --accent: #1f5f8b; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--ink); background: #fff;
  margin: 0 auto; max-width: 1180px; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
p, figcaption { color: var(--quiet); margin: .3rem 0 .8rem; max-width: 62rem; }
nav { margin: 1rem 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; } nav a { color: var(--accent); }
div.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(30rem, 1fr)); gap: 0 1.5rem; }
div.plots figure:first-child { grid-column: 1 / -1; }
tr.line td { border-top: 2px solid var(--line); }
div.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th { background: var(--soft); border-bottom: 2px solid var(--line); font-weight: 600; vertical-align: bottom; }
th.text, td.text { text-align: left; overflow-wrap: anywhere; }
tr:hover td { background: var(--soft); }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
ul.notes { color: var(--quiet); padding-left: 1.2rem; }
@media print { nav { display: none; } body { max-width: none; } }
"""


def render_page(evaluation: Evaluation, plots: Sequence[Plot]) -> str:
    """The whole page. `plots` are put in as they are: their SVG is ours, and escapes what it shows."""
    sections = list(_sections(evaluation, plots))
    links = "".join(f'<a href="#{name}">{escaped(title)}</a>' for name, title, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{escaped(title)}</h2>{content}</section>' for name, title, content in sections
    )
    facts = (
        f"{evaluation.messages} messages; pools: {', '.join(evaluation.pools)}; rules and policy "
        f"{evaluation.policy_version}; {evaluation.seconds:g} s with {evaluation.jobs} processes"
    )
    notes = "".join(f"<li>{escaped(note)}</li>" for note in evaluation.notes)
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>mailchord: evaluation</title><style>{_STYLE}</style></head><body>"
        f"<h1>How mail was judged</h1><p>{escaped(facts)}</p>"
        + (f'<ul class="notes">{notes}</ul>' if notes else "")
        + f"<nav>{links}</nav>{body}</body></html>\n"
    )


def _sections(evaluation: Evaluation, plots: Sequence[Plot]) -> Iterator[tuple[str, str, str]]:
    """Anchor, title and content of each section."""
    yield "sources", "Recall and false positives", table(tables.source_grid(evaluation))
    yield "plots", "Plots", f'<div class="plots">{"".join(map(_figure, plots))}</div>'
    for number, figures in enumerate(evaluation.figures):
        grid = tables.rule_grid(figures)
        yield f"rules-{number}", grid.title, table(grid)
    for name, kind in (("false-positives", Kind.GOOD), ("missed", Kind.BAD)):
        grid = tables.mistake_grid(evaluation, kind)
        yield name, grid.title, table(grid) if grid.rows else "<p>None.</p>"
    for number, comparison in enumerate(evaluation.comparisons):
        title = f"{comparison.before} and {comparison.after}"
        content = table(tables.move_grid(comparison)) + table(tables.change_grid(comparison, MOST_CHANGES))
        yield f"comparison-{number}", title, content
    grid = tables.time_grid(evaluation.times)
    yield "time", grid.title, table(grid)


def _figure(plot: Plot) -> str:
    svg = plot.svg[plot.svg.index("<svg") :]
    caption = escaped(plot.caption)
    return f'<figure role="img" aria-label="{caption}">{svg}<figcaption>{caption}</figcaption></figure>'


def table(grid: Grid) -> str:
    """A plain table, everything in it escaped."""
    head = "".join(_cell("th", place, cell, grid.texts) for place, cell in enumerate(grid.heads))
    rows = "".join(
        f'<tr class="line">{_cells(row, grid.texts)}</tr>'
        if place and place == grid.line_before
        else f"<tr>{_cells(row, grid.texts)}</tr>"
        for place, row in enumerate(grid.rows)
    )
    note = f"<p>{escaped(grid.note)}</p>" if grid.note else ""
    return f'{note}<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cells(row: Iterable[str], texts: int) -> str:
    return "".join(_cell("td", place, cell, texts) for place, cell in enumerate(row))


def _cell(tag: str, place: int, text: str, texts: int) -> str:
    kind = ' class="text"' if place < texts else ""
    return f"<{tag}{kind}>{escaped(text)}</{tag}>"


def escaped(text: str) -> str:
    """Text for HTML, in elements and in attributes; controls and turned writing directions are made visible."""
    return html.escape(printable(text), quote=True)
