"""Code that stands in the files of a message, as one pool finds it and another runs it in a traced world."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from mailcore.view import MailView
from workers.pdf_document import PdfDocument
from workers.workbook import Workbook


class Language(enum.StrEnum):
    """What would run the code."""

    JAVASCRIPT = "JavaScript"
    VISUAL_BASIC = "Visual Basic"
    POWERSHELL = "PowerShell"
    BATCH = "batch"
    PAGE = "page"  # markup with scripts in it: HTML, SVG, HTA, WSF
    EXCEL_4 = "Excel 4 macros"
    PDF = "JavaScript of a PDF document"
    PROGRAM = "program"  # machine code for Windows: EXE, DLL


# What runs a file by its name, on Windows. Pages are markup for a browser, whatever else they look like.
LANGUAGES: Mapping[str, Language] = {
    **dict.fromkeys(("js", "jse", "mjs"), Language.JAVASCRIPT),
    **dict.fromkeys(("vbs", "vbe"), Language.VISUAL_BASIC),
    **dict.fromkeys(("ps1", "psm1", "psd1"), Language.POWERSHELL),
    **dict.fromkeys(("bat", "cmd"), Language.BATCH),
    **dict.fromkeys(("wsf", "wsc", "sct", "hta", "ps1xml"), Language.PAGE),
    **dict.fromkeys(("htm", "html", "xhtml", "shtml", "svg"), Language.PAGE),
}


# The dashes that PowerShell takes for one, and the slash.
SWITCH = r"[-/\u2013-\u2015]"
# powershell -e JAB..., -enc, -EncodedCommand: any beginning of the word will do; `-ec` is another name of it.
ENCODED_COMMAND = re.compile(
    rf"(?<![\w-]){SWITCH}(?:e|ec|en|enc|enco|encod|encode|encoded|encodedc|encodedco|encodedcom|encodedcomm|encodedcomma"
    r"|encodedcomman|encodedcommand)[\"']?[ \t:]{1,8}+[\"']?([A-Za-z0-9+/]{16,400000}+={0,2})",
    re.IGNORECASE,
)


class Code(Struct, frozen=True, kw_only=True):
    """One piece of code: where it stood, and its text; of a program, a character stands for a byte (Latin-1)."""

    part: str
    path: str
    language: Language
    text: str
    workbook: Workbook | None = None
    document: PdfDocument | None = None


class Codes(Struct, frozen=True, kw_only=True):
    """All code of a message; `problems` say in plain words what was not looked at."""

    found: tuple[Code, ...] = ()
    problems: tuple[str, ...] = ()
    bytes_read: int = 0


def is_program(data: bytes) -> bool:
    """Whether these bytes begin as a Windows program does (Microsoft PE format, section 2)."""
    at = int.from_bytes(data[60:64], "little")
    return data[:2] == b"MZ" and data[at : at + 4] == b"PE\0\0"


class FindCode(Protocol):
    """Finds the code in the files of a message."""

    def __call__(self, view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Codes: ...
