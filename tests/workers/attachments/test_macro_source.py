"""What oletools is asked about macro source: what must be found, what good macros do, how long it may take."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from workers.attachments import macro_source, vba

OPEN = "Private Sub Document_Open()\n{}\nEnd Sub\n"
BUTTON = "Private Sub CommandButton1_Click()\n{}\nEnd Sub\n"

AUTO_RUN: dict[str, str] = {
    "Word": "Sub AutoOpen()\nEnd Sub",
    "Word event": OPEN.format(""),
    "Excel": "Private Sub Workbook_Open()\nEnd Sub",
    "Excel, old name": "Sub auto_open()\nEnd Sub",
    "on closing": "Private Sub Workbook_BeforeClose(Cancel As Boolean)\nEnd Sub",
    "a drawn control": "Sub InkPicture1_Painted(ByVal hDC As Long)\nEnd Sub",
    "PowerPoint": "Sub Presentation_Open()\nEnd Sub",
    "behind an attribute": 'Attribute VB_Name = "a": Sub AutoOpen()\nEnd Sub',
}
WAITS: dict[str, str] = {
    "a button": BUTTON.format("x = 1"),
    "a field": "Private Sub TextBox1_Change()\nEnd Sub",
    "a cell": "Private Sub Worksheet_Change(ByVal Target As Range)\nEnd Sub",
    "a comment": "' AutoOpen is not used\nSub Total()\nEnd Sub",
    "a longer name": "Sub AutoOpenings()\nEnd Sub",
}
SUSPICIOUS: dict[str, tuple[str, str]] = {
    "a program": ('Shell "calc.exe", vbHide', "system command"),
    "WScript": ('CreateObject("WScript.Shell").Run "x"', "system command"),
    "PowerShell": ('x = "powershell -enc AAAA"', "PowerShell"),
    "cmd": ('x = "cmd.exe /c start x"', "programs of Windows (cmd.exe /c)"),
    "a download": ('Set x = CreateObject("MSXML2.ServerXMLHTTP.6.0")', "may download files"),
    "a declaration": ('Declare PtrSafe Function F Lib "kernel32" () As Long', "code from a DLL"),
    "WMI": ('GetObject("winmgmts:\\\\.\\root\\cimv2")', "may use WMI"),
    "numbers": ("x = Chr(99) & Chr(97) & Chr(108) & Chr(99) & y", "strings from numbers"),
    "hexadecimal": ('x = "' + b"powershell".hex() + '"', "PowerShell"),
    "base64": ('x = "cG93ZXJzaGVsbA=="', "PowerShell"),
    "a line that goes on": ("x = Shell _\n(y)", "system command"),
    "security of macros": ("x = AccessVBOM", "macro security"),
}
GOOD: dict[str, str] = {
    "cells": 'Range("A1").Value = 1 + 1\nApplication.ScreenUpdating = False',
    "files": 'Open "C:\\report.csv" For Output As #1\nPrint #1, "a;b"\nClose #1\nKill "C:\\old.csv"',
    "dictionary": 'Set d = CreateObject("Scripting.Dictionary")\nd.Add "a", 1',
    "database": 'Set c = CreateObject("ADODB.Command")\nc.CommandText = "EXEC report"\nc.Execute',
    "own procedures": 'Call Total(x)\nApplication.Run "Total"\nSheets.Create',
    "windows": "Windows(1).Activate\nApplication.Visible = True",
    "user": 'x = Environ("USERNAME")',
    "characters": "x = Chr(10) & Chr(13)",
}


def judge(source: str) -> macro_source.Judgement:
    return macro_source.judge(vba.code_of(source))


@pytest.mark.parametrize("source", AUTO_RUN.values(), ids=AUTO_RUN)
def test_starts_by_itself(source: str) -> None:
    assert judge(source).auto_run


@pytest.mark.parametrize("source", WAITS.values(), ids=WAITS)
def test_waits_for_a_person(source: str) -> None:
    assert not judge(source).auto_run


@pytest.mark.parametrize(("line", "words"), SUSPICIOUS.values(), ids=SUSPICIOUS)
def test_is_suspicious(line: str, words: str) -> None:
    assert any(words in call for call in judge(BUTTON.format(line)).suspicious)


@pytest.mark.parametrize("lines", GOOD.values(), ids=GOOD)
def test_is_left_alone(lines: str) -> None:
    assert judge(BUTTON.format(lines)) == macro_source.Judgement()


def test_what_is_good_behind_a_button_is_not_where_it_starts_by_itself() -> None:
    """MacroRaptor: starts by itself, and writes or executes."""
    assert judge(OPEN.format('Kill "C:\\old.csv"')).suspicious == ("starts by itself and writes (Kill)",)
    assert judge(OPEN.format(GOOD["dictionary"])).suspicious == ("starts by itself and executes (CreateObject)",)
    assert judge(OPEN.format("Call Total(x)")).suspicious == ()


def test_nothing_is_judged_where_there_is_nothing() -> None:
    assert judge('Attribute VB_Name = "ThisDocument"\nOption Explicit\n') == macro_source.Judgement()


def test_the_end_of_long_source_is_not_judged_and_that_is_said() -> None:
    source = "x = 1\n" * 50_000 + "Sub AutoOpen()\nEnd Sub\n"
    assert judge(source) == macro_source.Judgement(cut=True)


N = macro_source.JUDGED_CHARACTERS
SLOW: dict[str, str] = {
    "long lines": "Sub AutoOpen()\n" + "Open " * (N // 5),
    "one word": "a" * N,
    "lines that go on": "Open _\n" * (N // 7),
    "dots": "a." * (N // 2),
    "blanks": "a." + " " * N + "x",
    "hexadecimal": "612e" * (N // 4),
    "reversed": "strreverse " + " ".join(f"{number:08x}" for number in range(N // 9)),
    "brackets": "x = " + "(" * N,
    "numbers": "chr(1)&" * (N // 7),
}


@pytest.mark.parametrize("source", SLOW.values(), ids=SLOW)
def test_time_is_bounded(source: str) -> None:
    """About a second each; with the square of the length it would be minutes."""
    began = time.process_time()
    judge(source)
    assert time.process_time() - began < 15


def test_oletools_is_loaded_for_the_first_macro_or_by_prepare() -> None:
    code = (
        "import sys, warnings, workers.attachments as pool; from workers.attachments import office\n"
        "from workers.attachments.limits import FileLimits; from tests import files\n"
        "warnings.simplefilter('error'); path = list(sys.path)\n"
        "office.macros(files.doc(), FileLimits()); print('oletools' in sys.modules)\n"
        "pool.prepare(); print('oletools.mraptor' in sys.modules, 'pcodedmp' in sys.modules, path == sys.path)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (["False", "True", "False", "True"], "")
