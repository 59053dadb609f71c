"""A verdict on the terminal: what happened, why, what would have been otherwise, what nobody looked at.

Text of a mail is shown as it is, but never obeyed: control and direction characters are written out, and nothing in
it is read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mailchord.authentication_table import authentication_table, told
from mailchord.file_tree import file_tree
from mailchord.terminal_text import printable
from mailcore.authentication import AuthSource
from mailcore.message import Direction
from mailcore.sender_lists import describe
from mailcore.verdict import Action, Counterfactual, Finding, PoolStatus, Verdict, Where

STYLES = {
    Action.ACCEPT: "bold green",
    Action.TAG: "bold yellow",
    Action.TEMPFAIL: "bold cyan",
    Action.QUARANTINE: "bold magenta",
    Action.REJECT: "bold red",
    Action.DISCARD: "bold red",
}
WOULD_BE = {
    Action.ACCEPT: "would be delivered",
    Action.TAG: "would be marked",
    Action.TEMPFAIL: "would be deferred",
    Action.QUARANTINE: "would be held",
    Action.REJECT: "would be refused",
    Action.DISCARD: "would be thrown away",
}
WIDE = 110  # columns from which the evidence has a column of its own
MOST_RECIPIENTS = 20


def show(console: Console, name: str, verdict: Verdict) -> None:
    """Print a verdict as a person reads it."""
    console.print(_head(name, verdict), soft_wrap=True)
    sentence = Text(printable(verdict.sentence), "italic")
    parts: list[RenderableType] = [Padding(sentence, (0, 0, 1, 2)), Padding(_facts(verdict), (0, 0, 0, 2))]
    if _has_table(verdict):
        parts.append(_section("Authentication", [authentication_table(verdict.auth)]))
    if verdict.findings:
        parts += [Text(), _findings(verdict, wide=console.width >= WIDE)]
    if verdict.files:
        parts.append(_section("Files", [file_tree(verdict.files)]))
    for title, lines in (
        ("What would change it", [_counterfactual(each, verdict.action) for each in verdict.counterfactuals]),
        ("Not looked at", [Text(printable(line)) for line in verdict.not_looked_at]),
        ("Recipients", list(_recipients(verdict))),
        ("Policies on trial", list(_shadows(verdict))),
    ):
        if lines:
            parts.append(_section(title, lines))
    console.print(Group(*parts))


def _head(name: str, verdict: Verdict) -> Text:
    """`FILE: action (score 9.4, category)`: one line that other programs can look for."""
    category = f", {printable(verdict.category)}" if verdict.category else ""
    head = Text(f"{printable(name)}: ", style="bold")
    head.append(verdict.action.value, STYLES[verdict.action])
    head.append(f" (score {verdict.score:g}{category})", "default")
    return head


def _facts(verdict: Verdict) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("because", Text(printable(verdict.basis)))
    if way := _way(verdict):
        table.add_row("way", Text(printable(way)))
    table.add_row("sender", _sender(verdict))
    table.add_row("policy", Text(f"{verdict.policy_version or 'unknown version'}", style="dim"))
    table.add_row("looked at", _pools(verdict))
    return table


def _way(verdict: Verdict) -> str:
    """Which way the message goes and who handed it in; "" where the table of checks or the default says it all."""
    border = verdict.border
    who = [] if _has_table(verdict) else told(border.address, border.helo, border.sender, border.inferred)
    is_plain = verdict.direction is Direction.INBOUND and not who
    return "" if is_plain else ", ".join((verdict.direction.value, *who))


def _has_table(verdict: Verdict) -> bool:
    """Whether senders were verified here, so that there is something to say of each check."""
    return verdict.auth.source is AuthSource.VERIFIED and verdict.auth.client is not None


def _sender(verdict: Verdict) -> Text:
    auth = verdict.auth
    if not auth.is_known:
        return Text(f"not checked: {auth.skipped}" if auth.skipped else describe(auth), style="dim")
    proven = Text("proven", "green") if auth.is_aligned else Text("not proven", "yellow")
    domain = f" {printable(auth.from_domain)}" if auth.from_domain else ""
    return Text.assemble(proven, f"{domain}: {printable(describe(auth))}, {auth.source}")


def _pools(verdict: Verdict) -> Text:
    line = Text()
    for pool in verdict.pools:
        if line:
            line.append("  ")
        if pool.status is PoolStatus.OK:
            line.append(f"{pool.pool} {pool.ms:.0f} ms")
        elif pool.status is PoolStatus.SKIPPED:
            line.append(f"{pool.pool} -", "dim")
        else:
            line.append(f"{pool.pool} {pool.status}", "yellow")
    return line


def _findings(verdict: Verdict, *, wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), show_footer=True)
    table.add_column("  score", Text(f"{verdict.score:.2f}"), justify="right", no_wrap=True, footer_style="bold")
    if wide:
        table.add_column("finding", Text("together", style="dim"), ratio=5, overflow="fold")
        table.add_column("where and what", ratio=4, overflow="fold")
    else:
        table.add_column("finding", Text("together", style="dim"), overflow="fold")
    for finding in verdict.findings:
        what, evidence = _what(finding), _evidence(finding)
        if wide:
            table.add_row(_score(finding), what, evidence)
        else:
            table.add_row(_score(finding), Group(what, evidence) if evidence else what)
    return table


def _score(finding: Finding) -> Text:
    if finding.replaced_by or not finding.score:
        return Text("0", "dim")
    return Text(f"{finding.score:+.2f}", "red" if finding.score > 0 else "green")


def _what(finding: Finding) -> Text:
    told = Text(printable(finding.summary), "dim" if finding.replaced_by else "")
    about = f"{finding.id} · {finding.category} · {finding.module or finding.pool}"
    if finding.replaced_by:
        about += f" · {finding.weight:g} is counted in {finding.replaced_by}"
    elif finding.score != finding.weight:
        about += f" · weighs {finding.weight:g}"
    if finding.parts:
        about += f" · made of {', '.join(finding.parts)}"
    told.append(f"\n{printable(about)}", "dim")
    return told


def _evidence(finding: Finding) -> Text | None:
    """Where it is, the words as they stand in the mail or what was derived from it, and what hid in them."""
    where = finding.where
    place, quote = _place(where), printable(where.quote)
    if not (place or quote or where.derived):
        return None
    line = Text(f"{printable(place)}", "cyan")
    if quote:
        line.append(f"{': ' if place else ''}")
        line.append(f"“{quote}”", "default")
    if where.derived:
        line.append(f"{', ' if place else ''}derived: {printable(where.derived)}", "default")
    if where.decoded and where.decoded != where.quote:
        line.append(f"\nread as “{printable(where.decoded)}”", "yellow")
    return line


def _place(where: Where) -> str:
    place = where.header or where.file or (f"part {where.part}" if where.part else "")
    return f"{place} at {where.offset}" if where.offset is not None and place else place


def _counterfactual(each: Counterfactual, action: Action) -> Text:
    line = Text("without ")
    line.append(printable(", ".join(each.without)), "bold")
    line.append(f": {each.score:g}, ")
    would = WOULD_BE[each.action]
    still = each.action is action
    line.append(would.replace(" be ", " still be ") if still else would, "dim" if still else STYLES[each.action])
    if each.smallest and len(each.without) > 1:
        line.append("  (the smallest set found that changes the answer)", "dim")
    return line


def _recipients(verdict: Verdict) -> Iterable[Text]:
    """Only those whose answer is another one."""
    other = [entry for entry in verdict.recipients if entry.action is not verdict.action]
    for entry in other[:MOST_RECIPIENTS]:
        line = Text(f"{printable(entry.recipient)}: ")
        line.append(entry.action.value, STYLES[entry.action])
        line.append(f"  {printable(entry.reason)}", "dim")
        yield line
    if len(other) > MOST_RECIPIENTS:
        yield Text(f"and {len(other) - MOST_RECIPIENTS} more", "dim")


def _shadows(verdict: Verdict) -> Iterable[Text]:
    for shadow in verdict.shadows:
        line = Text(f"{printable(shadow.name)}: ")
        line.append(shadow.action.value, STYLES[shadow.action])
        line.append(f" (score {shadow.score:g}){', which differs' if shadow.differs else ''}")
        yield line


def _section(title: str, lines: Iterable[RenderableType]) -> RenderableType:
    return Group(Text(f"\n  {title}", "bold"), *(Padding(line, (0, 0, 0, 4)) for line in lines))
