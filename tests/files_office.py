"""Builders of Office documents for tests: workbooks with Excel 4 macros, RTF with objects, packages, notebooks ..."""

from __future__ import annotations

import io
import random
import struct
import uuid
from collections.abc import Sequence

from msoffcrypto.format.ooxml import OOXMLFile

from tests import files

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
EVIL = "https://files.example.net/a.dotm"


def word(body: str = "", *, relations: str = "", more: dict[str, bytes] | None = None) -> bytes:
    """A .docx with this markup in its body."""
    document = f'<?xml version="1.0"?><w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return ooxml("word", {"word/document.xml": document.encode(), **(more or {})}, relations=relations)


def excel(parts: dict[str, bytes]) -> bytes:
    """A .xlsx with these parts."""
    return ooxml("xl", parts)


def ooxml(folder: str, parts: dict[str, bytes], *, relations: str = "") -> bytes:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    rels = f'<?xml version="1.0"?><Relationships xmlns="{namespace}">{relations}</Relationships>'.encode()
    types = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    main = {"word": "word/document.xml", "xl": "xl/workbook.xml"}[folder]
    return files.zip_file(
        {"[Content_Types].xml": types, main: b"<workbook/>", f"{folder}/_rels/document.xml.rels": rels, **parts}
    )


def field(*instructions: str) -> str:
    """A field whose instruction is split into these runs."""
    runs = "".join(f"<w:r><w:instrText>{text}</w:instrText></w:r>" for text in instructions)
    return f"<w:p>{mark('begin')}{runs}{mark('separate')}<w:r><w:t>!</w:t></w:r>{mark('end')}</w:p>"


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def macro_sheet(*formulas: str) -> bytes:
    """A part of .xlsm with these formulas in A1, A2, ..."""
    cells = "".join(
        f'<row r="{row}"><c r="A{row}"><f>{formula.replace("&", "&amp;")}</f></c></row>'
        for row, formula in enumerate(formulas, 1)
    )
    return (
        '<?xml version="1.0"?><xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
        f"<sheetData>{cells}</sheetData></xm:macrosheet>"
    ).encode()


def xlsm(*formulas: str, auto: bool = True) -> bytes:
    """A workbook with an Excel 4 macro."""
    name = '<definedName name="_xlnm.Auto_Open">Macro1!$A$1</definedName>' if auto else ""
    workbook = f'<?xml version="1.0"?><workbook><definedNames>{name}</definedNames></workbook>'.encode()
    return excel({"xl/workbook.xml": workbook, "xl/macrosheets/sheet1.xml": macro_sheet(*formulas)})


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of a Workbook stream ([MS-XLS] 2.1.4)."""
    return struct.pack("<HH", kind, len(body)) + body


def formula(row: int, tokens: bytes) -> bytes:
    return record(0x0006, struct.pack("<HHHdHIH", row, 0, 0, 0.0, 0, 0, len(tokens)) + tokens)


def text_token(text: str) -> bytes:
    return bytes((0x17, len(text), 0)) + text.encode("latin-1")


def char_token(letter: str) -> bytes:
    return b"\x1e" + struct.pack("<H", ord(letter)) + b"\x41\x6f\x00"


def xls(*formulas: bytes, auto: bool = True, macro: bool = True, links: Sequence[str] = ()) -> bytes:
    """A workbook of Excel 97 with a macro sheet, whose formulas are given as tokens; `links` are of DDE."""
    return files.compound_file({"Workbook": workbook_stream(*formulas, auto=auto, macro=macro, links=links)})


def workbook_stream(*formulas: bytes, auto: bool = True, macro: bool = True, links: Sequence[str] = ()) -> bytes:
    # It means cell A1 of the first sheet that formulas count.
    begin = b"\x3a" + struct.pack("<HHH", 0, 0, 0)
    name = struct.pack("<HBBHHHBBBB", 0x20, 0, 1, len(begin), 0, 1, 0, 0, 0, 0) + b"\x00\x01" + begin
    label = record(0x0017, struct.pack("<HHHH", 1, 0, 0, 0)) + record(0x0018, name) if auto else b""
    supbook = b"".join(
        record(0x01AE, struct.pack("<HHB", 0, len(path), 0) + path.replace("|", "\x03").encode()) for path in links
    )
    stream = (
        record(0x0809, struct.pack("<HH", 0x0600, 0x0005) + bytes(12))
        + record(0x0085, struct.pack("<IBBBB", 0, 0, int(macro), 6, 0) + b"Macro1")
        + supbook
        + label
        + record(0x000A)
        + record(0x0809, struct.pack("<HH", 0x0600, 0x0040 if macro else 0x0010) + bytes(12))
        + b"".join(formula(row, tokens) for row, tokens in enumerate(formulas))
        + record(0x000A)
    )
    return stream + bytes(5_000)


def native(name: str, content: bytes, *, source: str = "", linked: bool = False) -> bytes:
    """An Ole10Native stream of the Object Packager."""
    path = (source or f"C:\\Users\\a\\{name}").encode("cp1252") + b"\0"
    head = b"\x02\x00" + name.encode("cp1252") + b"\0" + path
    if linked:
        body = head + struct.pack("<II", 0x00010000, 0)
    else:
        body = head + struct.pack("<II", 0x00030000, len(path)) + path + struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(body)) + body


def with_object(stream: bytes) -> bytes:
    """A Word 97 document with an Ole10Native stream."""
    word_stream = b"\xec\xa5\xc1\x00" + bytes(5_000)
    return files.compound_file({"WordDocument": word_stream, "1Table": bytes(600), "Obj/\x01Ole10Native": stream})


def ole1(name: str, data: bytes, *, linked: str = "") -> bytes:
    """The OLE 1 header that RTF puts before the data of an object ([MS-OLEDS] 2.2)."""

    def string(text: str) -> bytes:
        return struct.pack("<I", len(text) + 1) + text.encode("cp1252") + b"\0" if text else struct.pack("<I", 0)

    head = struct.pack("<II", 0x501, 1 if linked else 2) + string(name)
    if linked:
        return head + string(linked) + string("") + string("") + bytes(8)
    return head + string("") + string("") + struct.pack("<I", len(data)) + data


def rtf(body: str = "Minutes of the meeting", *, head: str = r"{\rtf1\ansi ") -> bytes:
    return f"{head}{body}\\par}}".encode("cp1252")


def rtf_object(data: bytes, *, update: bool = False, between: str = "\r\n") -> str:
    """An object; `between` stands after every 32 digits."""
    digits = data.hex()
    lines = between.join(digits[at : at + 32] for at in range(0, len(digits), 32))
    word_of_update = r"\objupdate" if update else ""
    return rf"{{\object\objemb{word_of_update}{{\*\objclass Package}}{{\*\objdata {lines}}}}}"


def equation(*, font: bytes = b"Times New Roman\0") -> bytes:
    """The stream of an equation: header, MTEF 3, a font record, two characters."""
    body = b"\x03\x01\x01\x03\x0a\x0a\x01\x08\x81\x00" + font + b"\x02\x83x\x00\x02\x83y\x00\x00"
    return struct.pack("<HIHI", 28, 0x20000, 0xC1, len(body)) + bytes(16) + body


def equation_object(stream: bytes, name: str = "Equation Native") -> bytes:
    return files.compound_file({name: stream + bytes(5_000), "\x01CompObj": bytes(100)})


def notebook(*contents: bytes, name: str = "") -> bytes:
    """A OneNote section with embedded files, as far as one needs to find them."""
    header = uuid.UUID("bde316e7-2665-4511-a4c4-8d4d0b7a9eac").bytes_le
    start = uuid.UUID("7b5c52e4-d88c-4da7-aeb1-5378d02996d3").bytes_le + bytes(1_000)
    called = name.encode("utf-16-le") + bytes(4) if name else b""
    return start + called + b"".join(header + struct.pack("<Q", len(data)) + bytes(12) + data for data in contents)


_ODF = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'


def odt(body: str = "", *, scripts: str = "", basic: str = "") -> bytes:
    """An OpenDocument text, with event listeners and a Basic module where they are given."""
    content = f'<?xml version="1.0"?><office:document-content {_ODF}>{scripts}{body}</office:document-content>'
    members = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": content.encode()}
    if basic:
        module = f'<?xml version="1.0"?><script:module script:name="Module1">{basic}</script:module>'
        members["Basic/Standard/Module1.xml"] = module.encode()
    return files.zip_file(members)


def listener(event: str = "dom:load", script: str = "vnd.sun.star.script:Standard.Module1.Main?language=Basic") -> str:
    return (
        f'<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" '
        f'script:event-name="{event}" xlink:href="{script}"/></office:event-listeners></office:scripts>'
    )


def encrypted(password: str, *, source: str = files.MACRO) -> bytes:
    """A Word document with a macro under a password ([MS-OFFCRYPTO] agile encryption)."""
    # The library that encrypts makes a file that it cannot read itself where the document is small.
    picture = random.Random(1).randbytes(9_000)
    document = word(more={"word/vbaProject.bin": files.vba_project(source), "word/media/image1.png": picture})
    target = io.BytesIO()
    OOXMLFile(io.BytesIO(document)).encrypt(password, target)
    return target.getvalue()
