"""Workbooks as their macros see them: what is read of each format, and that damaged ones end nowhere else."""

from __future__ import annotations

import struct

import pytest

from tests import files
from tests import files_office as office
from tests.corpora import attachments
from tests.workers.sandbox.run import behaviours
from workers.attachments.excel_packages import may_be_one, of_package
from workers.attachments.excel_workbooks import of_stream, of_sylk, shared_strings
from workers.workbook import Cell, Workbook

SYLK = (
    b'ID;P\r\nO;E\r\nNN;NAuto_open;ER2C1;KMain\r\nC;Y1;X1;K"calc"\r\nC;Y2;X1;EEXEC(R[-1]C&".exe")\r\n'
    b'C;Y3;X1;EALERT("a;;b")\r\nE\r\n'
)
STREAM = office.workbook_stream(office.text_token("calc.exe") + b"\x42\x01\x6e\x00")


def starts_calc(name: str, data: bytes) -> list[str]:
    return [f"{act.kind} {act.what}" for behaviour in behaviours((name, data)) for act in behaviour.acts]


FILES: dict[str, tuple[str, bytes]] = {
    "Excel 97": ("a.xls", office.xls(office.text_token("calc.exe") + b"\x42\x01\x6e\x00")),
    "Excel 2007": ("a.xlsm", office.xlsm('EXEC("calc"&".exe")')),
    "SYLK": ("a.slk", SYLK),
    "SYLK under the name of another": ("a.xls", SYLK),
}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_macros_of_each_format_run(file: tuple[str, bytes]) -> None:
    assert "starts calc.exe" in starts_calc(*file)


RENAMED: dict[str, dict[str, str]] = {
    "in capitals": {"xl/": "XL/"},
    "of Windows": {"/": "\\"},
    "the workbook": {"xl/workbook.xml": "xl/book.xml"},
    "the folder and the texts": {"xl/": "a/b/", "workbook.xml": "c", "sharedStrings.xml": "d"},
}


@pytest.mark.parametrize("changes", RENAMED.values(), ids=RENAMED)
def test_relations_lead_to_parts_whatever_their_names_are(changes: dict[str, str]) -> None:
    def renamed(text: str) -> str:
        for old, new in changes.items():
            text = text.replace(old, new)
        return text

    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book, texts = (renamed(f"xl/{name}").replace("\\", "/") for name in ("workbook.xml", "sharedStrings.xml"))
    parts = {
        "[Content_Types].xml": "<Types/>",
        **{f"{number}.xml": "" for number in range(5_000)},
        "_rels/.rels": f'<Relationship Id="r" Type="{kinds}/officeDocument" Target="{book}"/>',
        f"{renamed('xl/')}_rels/{book.rpartition('/')[2]}.rels": f'<Relationship Id="m" Type="http://x/xlMacrosheet" '
        f'Target="macrosheets/m.xml"/><Relationship Id="s" Type="{kinds}/sharedStrings" Target="/{texts}"/>',
        renamed("xl/workbook.xml"): '<sheet name="M" r:id="m"/><definedName name="Auto_Open">M!$A$2</definedName>',
        renamed("xl/macrosheets/m.xml"): '<c r="A1" t="s"><v>0</v></c><c r="A2"><f>EXEC(A1&amp;".exe")</f></c>',
        renamed("xl/sharedStrings.xml"): "<sst><si><t>calc</t></si></sst>",
    }
    workbook = of_package(files.zip_file({name: content.encode() for name, content in parts.items()}))
    assert workbook is not None
    assert workbook.starts == ("Auto_Open",)
    assert workbook.sheets[0].cells == {(0, 0): Cell(value="calc"), (1, 0): Cell('EXEC(A1&".exe")')}


def test_a_package_is_known_by_the_part_that_each_has() -> None:
    assert may_be_one(office.xlsm())
    assert may_be_one(files.zip_file({"[content_types].xml": b"", "a/b": b""}))
    assert not may_be_one(files.zip_file({"a.xml": b""}))


def test_values_of_all_sheets_are_read() -> None:
    sheet = (
        office.record(0x0809, struct.pack("<HH", 0x0600, 0x0010) + bytes(12))
        + office.record(0x0203, struct.pack("<HHHd", 0, 0, 0, 2.5))
        + office.record(0x027E, struct.pack("<HHHI", 1, 0, 0, (7 << 2) | 2))
        + office.record(0x00BD, struct.pack("<HHHIHIH", 2, 0, 0, (250 << 2) | 3, 0, 0x40080000, 1))
        + office.record(0x00FD, struct.pack("<HHHI", 3, 0, 0, 1))
        + office.record(0x0205, struct.pack("<HHHBB", 4, 0, 0, 1, 0))
        + office.record(0x000A)
    )
    strings = office.record(0x00FC, struct.pack("<II", 2, 2) + b"\x02\x00\x00ab\x02\x00\x00cd")
    head, end = office.record(0x000A), STREAM.index(office.record(0x000A))
    workbook = of_stream(STREAM[:end] + strings + head + STREAM[end + 4 : -5_000] + sheet)
    assert workbook is not None
    assert workbook.starts == ("Auto_Open",)
    assert workbook.names == {"Auto_Open": "Macro1!A1"}
    assert [sheet.is_macro for sheet in workbook.sheets] == [True, False]
    assert [cell.value for cell in workbook.sheets[1].cells.values()] == [2.5, 7.0, 2.5, 3.0, "cd", True]


@pytest.mark.parametrize("record", [0x0006, 0x0203, 0x0204, 0x0205, 0x0207, 0x027E, 0x00BD, 0x00FD], ids=hex)
def test_a_record_that_is_empty_ends_nothing(record: int) -> None:
    call = STREAM.index(office.record(0x000A)) + 4 + 20  # behind the head of the sheet
    workbook = of_stream(STREAM[:call] + office.record(record) + STREAM[call:])
    assert workbook is not None
    assert any("EXEC" in cell.formula for cell in workbook.sheets[0].cells.values())


def test_a_text_that_goes_on_in_the_next_record_may_change_its_width() -> None:
    first = struct.pack("<II", 1, 2) + b"\x04\x00\x00ab"
    assert shared_strings([first, b"\x01c\x00d\x00" + b"\x01\x00\x00e"]) == ["abcd", "e"]
    assert shared_strings([first]) == []
    assert shared_strings([b""]) == []


def test_shared_texts_of_a_package() -> None:
    sheet = (
        '<row><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>9</v></c><c r="C1"><f>A1&amp;"x"</f><v>1.5</v></c></row>'
    )
    parts = {
        "xl/workbook.xml": b'<workbook><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": b'<Relationships><Relationship Id="r1" Type="http://x/xlMacrosheet" '
        b'Target="odd/place.xml"/></Relationships>',
        "xl/odd/place.xml": f"<macrosheet><sheetData>{sheet}</sheetData></macrosheet>".encode(),
        "xl/sharedStrings.xml": b"<sst><si><t>a</t></si><si><r><t>b&amp;</t></r><r><t>c</t></r></si></sst>",
    }
    workbook = of_package(office.excel(parts))
    assert workbook is not None
    (found,) = workbook.sheets
    assert (found.name, found.is_macro) == ("One", True)
    assert found.cells == {(0, 0): Cell(value="b&c"), (0, 1): Cell(), (0, 2): Cell('A1&"x"', 1.5)}


NONE: dict[str, Workbook | None] = {
    "no macro sheet": of_stream(office.workbook_stream(macro=False)),
    "nothing": of_stream(b""),
    "zeros": of_stream(bytes(9_000)),
    "a package without macros": of_package(office.excel({"xl/workbook.xml": b"<workbook/>"})),
    "no package": of_package(b"PK\x03\x04 xl/workbook."),
    "SYLK without macros": of_sylk(b'ID;P\r\nC;Y1;X1;K"a"\r\nE\r\n'),
}


@pytest.mark.parametrize("workbook", NONE.values(), ids=NONE)
def test_there_is_none(workbook: Workbook | None) -> None:
    assert workbook is None


@pytest.mark.parametrize("cut", range(1, 600, 23))
def test_damaged_workbooks_are_read_as_far_as_they_go(cut: int) -> None:
    of_stream(STREAM[:cut])
    of_stream(STREAM[:200] + bytes(cut) + STREAM[200:])
    of_sylk(SYLK[:cut])


def test_a_macro_sheet_without_cells_is_read() -> None:
    assert starts_calc("a.xlsm", office.xlsm()) == []


SAMPLES = ["xls", "xlsb", "xlsm", "xlt", "xltm", "slk"]


@pytest.mark.parametrize("extension", SAMPLES)
def test_samples_of_other_projects(extension: str) -> None:
    path = attachments("office/oletools/tests/test-data/excel4-macros") / f"excel4_sample_macro.{extension}"
    assert starts_calc(path.name, path.read_bytes()) == ["shows This is a sample Excel 4 macro"]
