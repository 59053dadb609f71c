"""The readers of single files: each adds facts to those of a file that it fits. A new one is a line in READERS."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, structs

from mailcore.view import FileFacts
from workers.attachments import (
    calendars,
    dde,
    documents,
    embedded,
    encrypted_office,
    excel_parts,
    fields,
    messages,
    names,
    office,
    open_document,
    packages,
    pages,
    pdf_reading,
    relationships,
    rtf_files,
    scripts,
    second_types,
    shortcuts,
    unix_programs,
    windows_programs,
    zip_structure,
)
from workers.attachments.budget import Budget
from workers.attachments.compound import DamagedFile
from workers.attachments.foreign_code import errors_are_problems
from workers.attachments.reading import Reading

PDF = "application/pdf"


class Reader(Struct, frozen=True, kw_only=True):
    """`fits` must be cheap: it is asked for every file. `read` gets at most the first `file_bytes` of a file."""

    name: str
    fits: Callable[[FileFacts, bytes], bool]
    read: Callable[[bytes, FileFacts, Budget], Reading]


def read_all(data: bytes, facts: FileFacts, budget: Budget, readers: Iterable[Reader]) -> Reading:
    """What each of these readers that fits says of the file. Raises ScanInterrupted."""
    links: dict[str, None] = {}
    for reader in readers:
        if not reader.fits(facts, data):
            continue
        with errors_are_problems(budget, f"{facts.path}: {reader.name}"):
            reading = reader.read(data, facts, budget)
            facts = reading.facts
            links.update(dict.fromkeys(reading.links))
    return Reading(facts, tuple(links))


def _macros(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    if facts.size > budget.limits.document_bytes:
        budget.problem(f"{facts.path}: too large to be searched for macros")
        return Reading(facts)
    try:
        macros = office.macros(data, budget.limits)
    except DamagedFile as error:
        return Reading(structs.replace(facts, problem=f"damaged: {error}"))
    return Reading(office.with_macros(facts, macros))


def _is_page(facts: FileFacts, data: bytes) -> bool:
    return facts.true_type != PDF and documents.is_html_file(facts.true_type, names.extension(facts.filename), data)


def _page(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    if not budget.take_document():
        return Reading(facts)
    text, links, read = documents.html_reading(data, budget.limits)
    return Reading(structs.replace(facts, html=read, text=text), links)


# Those that say whether a file is locked: all that who only opens files has to know.
READERS_OF_LOCKS: tuple[Reader, ...] = (
    Reader(name="the search for encryption", fits=encrypted_office.is_office, read=encrypted_office.read),
    Reader(name="the reader of PDF", fits=pdf_reading.is_pdf, read=pdf_reading.read_pdf),
)
READERS: tuple[Reader, ...] = (
    Reader(name="the search for macros", fits=lambda f, data: office.may_hold_macros(f.true_type, data), read=_macros),
    Reader(name="the reader of macro sheets", fits=excel_parts.is_macro_sheet, read=excel_parts.read_macro_sheet),
    Reader(name="the reader of names in workbooks", fits=excel_parts.is_workbook, read=excel_parts.read_workbook),
    Reader(name="the reader of fields", fits=fields.holds_fields, read=fields.read_xml),
    Reader(name="the reader of fields in old documents", fits=fields.is_word, read=fields.read_word),
    Reader(name="the reader of relationships", fits=relationships.is_relations, read=relationships.read),
    Reader(name="the reader of links to other programs", fits=dde.is_linked_part, read=dde.read_linked_part),
    Reader(name="the reader of links in old workbooks", fits=dde.is_workbook, read=dde.read_workbook),
    Reader(name="the reader of tables", fits=dde.is_table, read=dde.read_table),
    Reader(name="the reader of objects", fits=embedded.is_compound, read=embedded.read_compound),
    Reader(name="the reader of controls", fits=embedded.is_control_part, read=embedded.read_control_part),
    Reader(name="the reader of RTF", fits=rtf_files.is_rtf, read=rtf_files.read),
    Reader(name="the reader of OpenDocument", fits=open_document.is_content, read=open_document.read_content),
    Reader(name="the reader of OpenDocument macros", fits=open_document.is_basic, read=open_document.read_basic),
    Reader(name="the reader of OpenDocument lists", fits=open_document.is_manifest, read=open_document.read_manifest),
    Reader(name="the reader of pages", fits=_is_page, read=_page),
    Reader(name="the reader of mail", fits=messages.is_mail, read=messages.read_mail),
    Reader(name="the reader of Outlook messages", fits=messages.is_outlook, read=messages.read_outlook),
    Reader(name="the reader of winmail.dat", fits=messages.is_tnef, read=messages.read_tnef),
    Reader(name="the reader of what pages do", fits=pages.is_page, read=pages.read),
    Reader(name="the reader of link files", fits=shortcuts.is_link, read=shortcuts.read_link),
    Reader(name="the reader of shortcuts", fits=shortcuts.is_text_shortcut, read=shortcuts.read_text),
    Reader(name="the reader of Windows programs", fits=windows_programs.is_program, read=windows_programs.read),
    Reader(name="the reader of Unix programs", fits=unix_programs.is_program, read=unix_programs.read),
    Reader(name="the reader of manifests", fits=packages.is_manifest, read=packages.read_manifest),
    Reader(name="the reader of installers", fits=packages.is_installer, read=packages.read_installer),
    Reader(name="the reader of calendars", fits=calendars.is_calendar, read=calendars.read),
    Reader(name="the look at the directory of a zip", fits=zip_structure.is_zip, read=zip_structure.read),
    Reader(name="the look for a second type", fits=second_types.is_single, read=second_types.read),
    Reader(name="the reader of scripts", fits=scripts.is_script, read=scripts.read),
    *READERS_OF_LOCKS,
)
