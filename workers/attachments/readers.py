"""The readers of single files: each adds facts to those of a file that it fits. A new one is a line in READERS."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, structs

from mailcore.view import FileFacts
from workers.attachments import documents, messages, names, office, pdf
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


def read_all(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """What every reader that fits says of the file. Raises ScanInterrupted."""
    links: dict[str, None] = {}
    for reader in READERS:
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
    return Reading(
        structs.replace(
            facts, macros=macros.found, auto_run_macros=macros.auto_run, suspicious_macro_calls=macros.suspicious
        )
    )


def _is_page(facts: FileFacts, data: bytes) -> bool:
    return facts.true_type != PDF and documents.is_html_file(facts.true_type, names.extension(facts.filename), data)


def _page(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    if not budget.take_document():
        return Reading(facts)
    text, links, read = documents.html_reading(data, budget.limits)
    return Reading(structs.replace(facts, html=read, text=text), links)


def _pdf_text(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """OOXML text is read where the parts are unpacked, that of PDF documents here."""
    limits = budget.limits
    if not limits.pdf_pages or facts.size > limits.pdf_bytes or not budget.take_document():
        return Reading(facts)
    try:
        text = pdf.pdf_text(data, limits, seconds=budget.time_left)
    except documents.UnreadableDocument as error:
        # Not a problem of the scan: most of these ask for a password, which the recipient has.
        return Reading(structs.replace(facts, problem=f"its text cannot be read: {error}"))
    return Reading(structs.replace(facts, text=text))


READERS: tuple[Reader, ...] = (
    Reader(name="the search for macros", fits=lambda f, data: office.may_hold_macros(f.true_type, data), read=_macros),
    Reader(name="the reader of pages", fits=_is_page, read=_page),
    Reader(name="the reader of mail", fits=messages.is_mail, read=messages.read_mail),
    Reader(name="the reader of Outlook messages", fits=messages.is_outlook, read=messages.read_outlook),
    Reader(name="the reader of winmail.dat", fits=messages.is_tnef, read=messages.read_tnef),
    Reader(name="the reader of PDF text", fits=lambda facts, _: facts.true_type == PDF, read=_pdf_text),
)
