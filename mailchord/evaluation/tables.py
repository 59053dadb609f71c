"""An evaluation as tables: in the terminal, and as Markdown for a page of documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailchord.evaluation.comparison import Change, Comparison
from mailchord.evaluation.figures import Figures, Row, RuleRow, Times
from mailchord.evaluation.labelled import Kind
from mailchord.evaluation.report import Evaluation
from mailchord.terminal_text import printable
from mailcore.statistics import Share
from mailcore.verdict import Action

MOST_RULES = 30
MOST_CHANGES = 40
MOST_MISTAKES = 20
_WIDTH_OF_A_FILE = 200  # columns, where the output is no terminal


class Grid(Struct, frozen=True, kw_only=True):
    """A table before it is drawn: its title, the heads of its columns, how many of them are text, and the rows.

    Before row `line_before` is a line, where it is not 0.
    """

    title: str
    heads: tuple[str, ...]
    texts: int
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    line_before: int = 0


def percent(share: float) -> str:
    """A share with as many digits as a reader needs: 0.06 % is not 0.1 %."""
    digits = 2 if 0 < share < 0.001 else 1
    return f"{share * 100:.{digits}f}"


def share_text(share: Share) -> str:
    """`3 (1.2 %, 0.4 to 3.4)`: hits, share and its 95 % interval."""
    if not share.total:
        return "-"
    return f"{share.hits} ({percent(share.value)} %, {percent(share.low)} to {percent(share.high)})"


def source_grid(evaluation: Evaluation) -> Grid:
    """Recall and false positives by part, source and label; further figures are columns beside the first."""
    first, *others = evaluation.figures
    thresholds = first.thresholds
    rows = (*first.sources, *first.labels, *first.totals)
    beside = [_by_key((*each.sources, *each.labels, *each.totals)) for each in others]
    return Grid(
        title=f"Share of messages at each threshold: {first.name}",
        heads=(
            "part",
            "source",
            "label",
            "n",
            f"tagged or more ({thresholds.tag:g})",
            f"held ({thresholds.quarantine:g})",
            f"refused ({thresholds.reject:g})",
            *(f"tagged or more: {each.name}" for each in others),
        ),
        texts=3,
        rows=tuple(_source_row(row, [rows_beside[_key(row)] for rows_beside in beside]) for row in rows),
        line_before=len(first.sources),
        note="In brackets the 95 % Wilson interval. Bad mail: recall; good mail: false positives. "
        "Sources are different kinds of mail: what all of them have together depends on how many of each were taken.",
    )


def _source_row(row: Row, beside: Iterable[Row]) -> tuple[str, ...]:
    cells = (row.part, row.source, row.label, str(row.messages), share_text(row.tagged))
    deferred = f", {row.deferred} not judged" if row.deferred else ""
    rest = (_short(row.held), _short(row.refused) + deferred)
    return (*cells, *rest, *(share_text(other.tagged) for other in beside))


def _short(share: Share) -> str:
    return f"{share.hits} ({percent(share.value)} %)" if share.hits else "0"


def _key(row: Row) -> tuple[str, str, str]:
    return (row.part, row.source, row.label)


def _by_key(rows: Iterable[Row]) -> dict[tuple[str, str, str], Row]:
    return {_key(row): row for row in rows}


def rule_grid(figures: Figures, most: int | None = None) -> Grid:
    """Hits of every rule and detector."""
    rows = figures.rules if most is None else figures.rules[:most]
    left = len(figures.rules) - len(rows)
    return Grid(
        title=f"Rules and detectors: {figures.name}",
        heads=("finding", "pool", "category", "weight", "bad", "good", "alone bad", "alone good"),
        texts=3,
        rows=tuple(_rule_row(row) for row in rows),
        note="Messages hit; alone: without it, and composites that stand on it, they would not be tagged."
        + (f" {left} more in the report." if left else ""),
    )


def _rule_row(row: RuleRow) -> tuple[str, ...]:
    counts = (row.hits_bad, row.hits_good, row.alone_bad, row.alone_good)
    return (row.id, row.pool, row.category, f"{row.weight:g}", *map(str, counts))


def mistake_grid(evaluation: Evaluation, kind: Kind, most: int | None = None) -> Grid:
    """Good mail that was tagged, or bad mail that was not, with what was found."""
    of_kind = [mistake for mistake in evaluation.mistakes if mistake.kind is kind]
    shown = of_kind if most is None else of_kind[:most]
    left = len(of_kind) - len(shown)
    what = "Good mail that was tagged or worse" if kind is Kind.GOOD else "Bad mail that was not tagged, nearest first"
    return Grid(
        title=f"{what}: {evaluation.figures[0].name}",
        heads=("message", "source", "label", "action", "found", "because", "score"),
        texts=6,
        rows=tuple(
            (
                mistake.path,
                mistake.source,
                mistake.label,
                str(mistake.action),
                ", ".join(f"{name} {score:g}" for name, score in mistake.findings),
                " ".join(mistake.reasons[:3]),
                f"{mistake.score:g}",
            )
            for mistake in shown
        ),
        note=f"{left} more in the report." if left else "",
    )


def time_grid(times: Sequence[Times]) -> Grid:
    """Processor time a message, by step."""
    return Grid(
        title="Processor time a message, ms",
        heads=("step", "messages", "p50", "p95", "p99", "most"),
        texts=1,
        rows=tuple(
            (each.step, str(each.messages), *(f"{value:.2f}" for value in (each.p50, each.p95, each.p99, each.most)))
            for each in times
        ),
    )


def move_grid(comparison: Comparison) -> Grid:
    """From which action to which, for each kind of mail."""
    return Grid(
        title=f"Actions: {comparison.before} (rows) to {comparison.after} (columns)",
        heads=("kind", "before", *(action.value for action in Action)),
        texts=2,
        rows=tuple(_move_rows(comparison)),
    )


def _move_rows(comparison: Comparison) -> Iterable[tuple[str, ...]]:
    moves = {(move.kind, move.before, move.after): move.messages for move in comparison.moves}
    for kind in Kind:
        for before in Action:
            counts = [moves.get((kind, before, after), 0) for after in Action]
            if any(counts):
                yield (kind.value, before.value, *(str(number) if number else "" for number in counts))


def change_grid(comparison: Comparison, most: int | None = None) -> Grid:
    """Messages with another action or score, and the findings that did it."""
    changes = comparison.changes if most is None else comparison.changes[:most]
    left = len(comparison.changes) - len(changes)
    return Grid(
        title=f"Messages that change: {comparison.before} to {comparison.after}",
        heads=("message", "label", "action", "score", "because of"),
        texts=5,
        rows=tuple(map(_change_row, changes)),
        note=f"{left} more in the report." if left else "",
    )


def _change_row(change: Change) -> tuple[str, ...]:
    before, after = change.action_before, change.action_after
    action = f"{before} -> {after}" if before is not after else str(after)
    action += "".join(f"; {each.recipient}: {each.before} -> {each.after}" for each in change.recipients)
    return (
        change.path,
        change.label,
        action,
        f"{change.score_before:g} -> {change.score_after:g}",
        because(change) or "; ".join(change.reasons[:2]),
    )


def because(change: Change, most: int = 6) -> str:
    """`+rule-a 2.5, -rule-b 1, rule-c 1 -> 2`: what came, what went, what counts differently."""
    parts = []
    for finding in change.findings[:most]:
        if finding.before is None:
            parts.append(f"+{finding.id} {finding.after:g}")
        elif finding.after is None:
            parts.append(f"-{finding.id} {finding.before:g}")
        else:
            parts.append(f"{finding.id} {finding.before:g} -> {finding.after:g}")
    return ", ".join(parts)


def print_grid(grid: Grid, console: Console) -> None:
    """Draw a table; text of mail cannot steer the terminal."""
    title = Text(printable(grid.title))
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=box.SIMPLE_HEAD)
    for place, head in enumerate(grid.heads):
        is_text = place < grid.texts
        table.add_column(
            Text(printable(head)), justify="left" if is_text else "right", overflow="fold", no_wrap=not is_text
        )
    for number, row in enumerate(grid.rows, start=1):
        table.add_row(*(Text(printable(cell)) for cell in row), end_section=number == grid.line_before)
    console.print(table)
    if grid.note:
        console.print(Text(printable(grid.note)), style="dim")
    console.print()


def console_for(*, is_terminal: bool) -> Console:
    """A console on standard output; in a file, tables are as wide as they need."""
    return Console() if is_terminal else Console(width=_WIDTH_OF_A_FILE, no_color=True, highlight=False)


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Everything that a person looks at first."""
    print_grid(source_grid(evaluation), console)
    print_grid(rule_grid(evaluation.figures[0], MOST_RULES), console)
    if any(mistake.kind is Kind.GOOD for mistake in evaluation.mistakes):
        print_grid(mistake_grid(evaluation, Kind.GOOD, MOST_MISTAKES), console)
    for comparison in evaluation.comparisons:
        print_grid(move_grid(comparison), console)
        print_grid(change_grid(comparison, MOST_CHANGES), console)
    print_grid(time_grid(evaluation.times), console)
    for note in evaluation.notes:
        console.print(Text(printable(note)))
    console.print(Text(f"{evaluation.messages} messages in {evaluation.seconds:g} s with {evaluation.jobs} processes"))


def as_markdown(grid: Grid) -> str:
    """The table in Markdown; what would end a cell is escaped."""
    lines = [_markdown_row(grid.heads), _markdown_row(["---"] * grid.texts + ["---:"] * (len(grid.heads) - grid.texts))]
    lines += [_markdown_row(row) for row in grid.rows]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Iterable[str]) -> str:
    escaped = (printable(cell).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(escaped)} |"
