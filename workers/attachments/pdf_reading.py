"""Reads one PDF document: its text, then what it does and where it leads."""

from __future__ import annotations

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import documents, names, pdf, pdf_structure
from workers.attachments.budget import Budget
from workers.attachments.foreign_code import errors_are_problems
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs

PDF = "application/pdf"
_HEADER_WITHIN = 1_024  # bytes (ISO 32000-1, implementation note 13): something else may stand before it


def is_pdf(facts: FileFacts, data: bytes) -> bool:
    """A PDF document, or one for who opens it by its name, whatever stands before it."""
    is_named = names.extension(facts.filename) == "pdf"
    return facts.true_type == PDF or (is_named and b"%PDF-" in data[:_HEADER_WITHIN])


def read_pdf(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Facts, signs and links. Text and links only of the documents that the budget has; actions of all."""
    limits = budget.limits
    if facts.size > limits.pdf_bytes:
        budget.problem(f"{facts.path}: too large to be read as a PDF document")
        return Reading(facts)
    pages: tuple[str, ...] = ()
    counted = budget.take_document()
    if counted and limits.pdf_pages:
        try:
            with errors_are_problems(budget, f"{facts.path}: the text", passing=(documents.UnreadableDocument,)):
                pages = pdf.page_texts(data, limits, seconds=budget.time_left)
        except documents.UnreadableDocument as error:
            # Not a problem of the scan: most of these ask for a password, which the recipient has.
            facts = structs.replace(facts, problem=f"its text cannot be read: {error}")
    signs = Signs()
    structure = pdf_structure.read_structure(data, signs, budget, path=facts.path, page_texts=pages)
    facts = structs.replace(
        facts,
        text=pdf.joined(pages),
        encrypted=facts.encrypted or structure.is_locked,
        pages=structure.pages,
        picture_pages=structure.picture_pages,
        signs=signs.after(facts.signs),
    )
    return Reading(facts, structure.links if counted else ())
