"""Visual Basic as it runs in the traced world: what its statements mean, and that no source takes for ever."""

from __future__ import annotations

import time

import pytest

from tests import files_sandbox as sandbox
from tests.workers.sandbox.run import acts
from workers.code import Language
from workers.sandbox.visual_basic import as_javascript

SHOWS: dict[str, tuple[str, str]] = {
    "joined": ('MsgBox "a" & 1 & "b"', "a1b"),
    "joined without blanks": ('x="b":MsgBox "a"&x', "ab"),
    "added": ('MsgBox 1 + "2" & "3"', "33"),
    "precedence": ("MsgBox 2 + 3 * 2 ^ 2 \\ 5 Mod 7", "4"),
    "quotes": ('MsgBox "say ""hi"""', 'say "hi"'),
    "hexadecimal": ("MsgBox Chr(&H41) & Chr(66)", "AB"),
    "backwards": ('MsgBox StrReverse("cba")', "abc"),
    "pieces": ('MsgBox Join(Split("a-b-c", "-"), ".")', "a.b.c"),
    "middle": ('MsgBox Mid("abcdef", 2, 3) & Left("xyz", 1) & Right("xyz", 1)', "bcdxz"),
    "replaced": ('MsgBox Replace("hXXp", "XX", "tt")', "http"),
    "any case": ('DIM Abc : aBC = "x" : msgBOX ABC', "x"),
    "continued": ('MsgBox "a" & _\r\n  "b"', "ab"),
    "comment": ("MsgBox 1 ' MsgBox 2\nRem MsgBox 3", "1"),
    "for": ("For i = 3 To 1 Step -1 : s = s & i : Next : MsgBox s", "321"),
    "for each": ('For Each x In Array("a", "b") : s = s & x : Next\nMsgBox s', "ab"),
    "do": ("Do\ni = i + 1\nLoop Until i = 4\nMsgBox i", "4"),
    "while": ("While i < 3\ni = i + 1\nWend\nMsgBox i", "3"),
    "if": ('If 1 > 2 Then MsgBox "a" Else MsgBox "b"', "b"),
    "if in lines": ("If 1 = 2 Then\nMsgBox 1\nElseIf Not False Then\nMsgBox 2\nElse\nMsgBox 3\nEnd If", "2"),
    "select": ("Select Case 2\nCase 1\nMsgBox 1\nCase 2, 3\nMsgBox 23\nEnd Select", "23"),
    "function": ("Function f(a, ByVal b)\nf = a & b\nEnd Function\nMsgBox f(1, 2)", "12"),
    "exit": ("Function f\nf = 1\nExit Function\nf = 2\nEnd Function\nMsgBox f()", "1"),
    "array": ("Dim a(2)\na(0) = 5\na(1) = 6\nMsgBox a(0) + a(1) & UBound(a)", "112"),
    "constant": ('Const a As String = "k"\nMsgBox a', "k"),
    "with": ('With CreateObject("Scripting.Dictionary")\n.Add "a", "v"\nMsgBox .Item("a")\nEnd With', "v"),
    "exclusive or": ("MsgBox Chr(72 Xor 1)", "I"),
    "past an error": ("Call nothing.at.all(1)(2)\nMsgBox 1", "1"),
    "past nonsense": ("@@ ) ( \nIf )\nMsgBox 1\nEnd If", "1"),
    "by itself": ("Private Sub Document_Open()\nMsgBox 1\nEnd Sub", "1"),
    "by an event": ("Sub Image1_Click()\nMsgBox 1\nEnd Sub", "1"),
    "class": ("Class C\nPublic x\nEnd Class\nMsgBox 1", "1"),
    "brackets that are no call": ('MsgBox ("a") & "b"', "ab"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWS)
def test_what_a_statement_means(name: str) -> None:
    source, shown = SHOWS[name]
    assert f"shows {shown}" in acts(source, Language.VISUAL_BASIC)


QUIET = [
    "",
    "Sub Document_Close_Later(a)\nMsgBox 1\nEnd Sub",
    'Sub Workbook_Open()\nRange("A1").Value = 1\nEnd Sub',
    "If False Then MsgBox 1",
    "For i = 2 To 1\nMsgBox 1\nNext",
    "Function f\nMsgBox 1\nEnd Function\nx = 1",
    "' MsgBox 1",
    'x = "MsgBox 1"',
]


@pytest.mark.parametrize("source", QUIET)
def test_what_does_not_run_says_nothing(source: str) -> None:
    assert acts(source, Language.VISUAL_BASIC) == []


def test_a_macro_that_decodes_its_command() -> None:
    assert "starts cmd.exe /c start http://c.example/x" in acts(sandbox.MACRO, Language.VISUAL_BASIC)


HOSTILE = {
    "a long name": "a" * 500_000,
    "a long string": '"' * 500_000,
    "brackets": "x = " + "(" * 200_000,
    "signs": "x = " + "- " * 200_000,
    "sums": "x = 1" + " + 1" * 100_000,
    "calls": "x = " + "a(" * 100_000,
    "members": "x" + ".a" * 200_000,
    "blocks": "If 1 Then\n" * 50_000,
    "statements": "x = 1 : " * 200_000,
    "continued": "x = 1 _\n" * 50_000,
    "dates": "#" * 300_000,
    "endless": "Do\nLoop",
    "growth": 's = "xxxxxxxx"\nDo\ns = s & s\nLoop',
    "array": "Dim a(99999999)",
    "string": 'x = String(2000000000, "a")',
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_source_takes_bounded_time(source: str) -> None:
    began = time.process_time()
    as_javascript(source)
    acts(source[:20_000], Language.VISUAL_BASIC)
    assert time.process_time() - began < 10
