"""Finds workbooks with Excel 4 macros in a file, as code that runs when they are opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailcore.view import FileFacts
from workers.attachments import excel_packages, excel_workbooks
from workers.attachments.compound import CompoundFile, DamagedFile
from workers.code import Code, Language
from workers.workbook import Workbook

CHARACTERS = 1_048_576
_SYLK = b"ID;P"


def macros_of(facts: FileFacts, data: bytes, compounds: Sequence[bytes]) -> list[Code]:
    """Those of a workbook or a SYLK file, and of workbooks in `compounds`; none where nothing starts them."""
    return [
        Code(
            part=facts.part,
            path=facts.path,
            language=Language.EXCEL_4,
            text=excel_workbooks.listed(workbook)[:CHARACTERS],
            workbook=workbook,
        )
        for workbook in _workbooks(data, compounds)
        if workbook.starts
    ]


def _workbooks(data: bytes, compounds: Sequence[bytes]) -> Iterator[Workbook]:
    found: list[Workbook | None] = []
    if excel_packages.may_be_one(data):
        found.append(excel_packages.of_package(data))
    elif data.startswith(_SYLK):
        found.append(excel_workbooks.of_sylk(data))
    for compound in compounds:
        found.extend(_of_compound(compound))
    return (workbook for workbook in found if workbook is not None)


def _of_compound(data: bytes) -> Iterator[Workbook | None]:
    try:
        compound = CompoundFile(data)
        streams = [compound.read(stream) for stream in compound.named("Workbook", "Book")]
    except DamagedFile:
        # The pool of attachments has said so.
        return
    yield from map(excel_workbooks.of_stream, streams)
