"""The files of a message as a tree on the terminal: what is in what, how it was opened, what it really is."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from rich.tree import Tree

from mailchord.terminal_text import printable, size
from mailcore.verdict import FileEntry

_SHOWN = 60


def file_tree(files: Sequence[FileEntry]) -> Tree:
    """Each file below the one that it came out of, which is the nearest one whose path its own begins with."""
    root = Tree("", hide_root=True, guide_style="dim")
    branches: dict[str, Tree] = {}
    for file in files[:_SHOWN]:
        above = _parent(file, branches)
        name = file.path.removeprefix(above + "/") if above else file.path
        branch = (branches[above] if above else root).add(_line(file, name))
        branches.setdefault(file.path, branch)
    if len(files) > _SHOWN:
        root.add(Text(f"and {len(files) - _SHOWN} more", style="dim"))
    return root


def _parent(file: FileEntry, branches: dict[str, Tree]) -> str:
    """The path of the file around this one; "" for an attachment, and where that one is not shown."""
    if not file.depth:
        return ""
    path = file.path
    while "/" in path:
        path = path.rpartition("/")[0]
        if path in branches:
            return path
    return ""


def _line(file: FileEntry, name: str) -> Text:
    line = Text(printable(name), "bold" if not file.depth else "")
    facts = [printable(file.type), size(file.size)] if file.type else []
    if file.reached not in ("", "member"):
        facts.append(file.reached)
    line.append("  " + ", ".join(facts), "dim")
    if file.password:
        line.append(f"  opened with {printable(file.password)!r} from the {file.password_from}", "yellow")
    elif file.encrypted:
        line.append("  stays closed", "yellow")
    if file.note:
        line.append(f"  {printable(file.note)}", "yellow")
    return line
