"""The tree of files as a person reads it."""

from __future__ import annotations

import pytest
from rich.console import Console

from mailchord.file_tree import file_tree
from mailcore.verdict import FileEntry

PROGRAM = "application/vnd.microsoft.portable-executable"


def shown(*files: FileEntry) -> list[str]:
    console = Console(width=160, color_system=None)
    with console.capture() as capture:
        console.print(file_tree(files))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_each_file_stands_below_the_one_around_it() -> None:
    lines = shown(
        FileEntry(path="a.zip", type="application/zip", size=3_000),
        FileEntry(path="b.txt", type="text/plain", size=10),
        FileEntry(path="a.zip/x/y.zip", type="application/zip", size=900, depth=1, reached="member"),
        FileEntry(path="a.zip/x/y.zip/z.exe", type=PROGRAM, size=500, depth=2, reached="member"),
    )
    assert lines == [
        "a.zip  application/zip, 2.93 kB",
        "└── x/y.zip  application/zip, 900 bytes",
        f"    └── z.exe  {PROGRAM}, 500 bytes",
        "b.txt  text/plain, 10 bytes",
    ]


def test_passwords_locks_and_notes_are_told() -> None:
    lines = shown(
        FileEntry(path="a.zip", type="application/zip", password="2026", password_from="subject"),
        FileEntry(path="b.zip", type="application/zip", encrypted=True),
        FileEntry(path="c.pdf", type="application/pdf", reached="embedded", note="damaged"),
    )
    assert "opened with '2026' from the subject" in lines[0]
    assert "stays closed" in lines[1]
    assert lines[2].endswith("embedded  damaged")


@pytest.mark.parametrize(
    "path",
    ["[red]a[/red].zip", "\x1b[31ma.zip", "a\u202egpj.exe", "a\nb.zip", "//", "a" * 500, ""],
    ids=["markup", "escape", "reversed", "line feed", "slashes", "long", "nothing"],
)
def test_names_are_shown_and_never_obeyed(path: str) -> None:
    lines = shown(FileEntry(path=path), FileEntry(path=f"{path}/inner", depth=1))
    text = "".join(lines)
    assert text.isprintable() or set(text) <= {"\n"} | set(filter(str.isprintable, text))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_large_trees_are_cut() -> None:
    lines = shown(*(FileEntry(path=f"{number}.txt") for number in range(200)))
    assert len(lines) == 61
    assert lines[-1] == "and 140 more"
