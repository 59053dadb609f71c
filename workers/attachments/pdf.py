"""Text of PDF documents: by pdfium, and by pdfminer.six where pdfium refuses."""

from __future__ import annotations

from workers.attachments.documents import UnreadableDocument
from workers.attachments.limits import FileLimits

# What pdfium gives for glyphs of which it does not know the character. Blanks that it gives are characters.
_NO_CHARACTERS = "\x00\ufffe\uffff\ufffd\n"


def joined(pages: tuple[str, ...]) -> str:
    return "\n".join(pages).strip()


def page_texts(data: bytes, limits: FileLimits, *, seconds: float) -> tuple[str, ...]:
    """Text of each of the first pages of a PDF; raises UnreadableDocument.

    `seconds` are left. pdfminer.six is asked where pdfium refuses the document, and where it finds text that it cannot
    read: what it finds is given as one page.
    """
    import pypdfium2  # 20 MB: only processes that see PDF files load it

    try:
        pages, unread = _pdfium_text(data, limits)
    except pypdfium2.PdfiumError as error:
        # Why it refuses is not to be relied on: what it says may be left over from a document before.
        if len(data) > limits.pdfminer_bytes:
            raise UnreadableDocument(str(error)) from error
        return (_pdfminer_text(data, limits, seconds=seconds),)
    if unread and len(data) <= limits.pdfminer_bytes:
        return (_pdfminer_text(data, limits, seconds=seconds),)
    return pages


def _pdfminer_text(data: bytes, limits: FileLimits, *, seconds: float) -> str:
    from workers.attachments.pdf_by_pdfminer import text_of_pages  # 0.15 s, for the few documents that need it

    return text_of_pages(data, pages=limits.pdf_pages, characters=limits.text_characters, seconds=seconds)


def _pdfium_text(data: bytes, limits: FileLimits) -> tuple[tuple[str, ...], bool]:
    """Text by pdfium, and whether it is blank although there should be some. Raises PdfiumError."""
    import pypdfium2

    found: list[str] = []
    unread = False
    left = limits.text_characters
    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(min(len(document), limits.pdf_pages)):
            text, holds_text = _page_text(document, number, left)
            unread = unread or (holds_text and not text.strip(_NO_CHARACTERS))
            found.append(text)
            left -= len(text)
            if left <= 0:
                break
    except pypdfium2.PdfiumError:
        # What stands on the pages before the damaged one counts.
        if not found:
            raise
    finally:
        document.close()
    return tuple(found), not found or (unread and not joined(tuple(found)).strip(_NO_CHARACTERS))


def _page_text(document: object, number: int, characters: int) -> tuple[str, bool]:
    """Text of a page, and whether there are text objects on it."""
    from pypdfium2.raw import FPDF_PAGEOBJ_TEXT

    page = document[number]  # type: ignore[index]  # pypdfium2 has no types
    try:
        text_page = page.get_textpage()
        try:
            count = min(text_page.count_chars(), characters)
            text = str(text_page.get_text_range(0, count)).replace("\r\n", "\n") if count > 0 else ""
        finally:
            text_page.close()
        return text, next(page.get_objects(filter=[FPDF_PAGEOBJ_TEXT], max_depth=2), None) is not None
    finally:
        page.close()
