"""Parts of .xlsm and .xlsb with Excel 4 macros, and the names that start them."""

from __future__ import annotations

import re

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import macro_sheets, office
from workers.attachments.budget import Budget
from workers.attachments.excel4 import AUTO_RUN
from workers.attachments.reading import Reading
from workers.attachments.signs import with_signs

AUTO_NAME = "office.auto_name"

_ROOT = re.compile(rb"<(?:\w{1,20}:)?macrosheet\b", re.IGNORECASE)


def is_macro_sheet(facts: FileFacts, data: bytes) -> bool:
    """By the root element, or the folder where Excel puts such parts."""
    return _ROOT.search(data[:2_048]) is not None or "/macrosheets/" in facts.path.lower()


def read_macro_sheet(data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """What the macros of the sheet do."""
    if facts.filename.lower().endswith(".rels") or facts.filename.lower().startswith("binaryindex"):
        return Reading(facts)
    is_xml = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    sheets = macro_sheets.of_xml_part(data) if is_xml else macro_sheets.of_binary_part(data)
    return Reading(office.with_macros(facts, office.of_sheets(sheets)))


def is_workbook(facts: FileFacts, data: bytes) -> bool:
    """The part that names the sheets."""
    return facts.filename.lower() == "workbook.bin" or (
        data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<definedName" in data
    )


def read_workbook(data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """Names that run when the workbook is opened."""
    is_xml = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    defined = macro_sheets.names_of_xml_workbook(data) if is_xml else macro_sheets.names_of_binary_workbook(data)
    auto = [name for name in defined if AUTO_RUN.match(name)][:5]
    if not auto:
        return Reading(facts)
    # It counts where there are macro sheets, which the workbook as a whole knows.
    facts = structs.replace(facts, auto_run_macros=True)
    return Reading(with_signs(facts, ((AUTO_NAME, name) for name in auto)))
