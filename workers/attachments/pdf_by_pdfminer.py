"""Text of PDF documents by pdfminer.six: slow, but it looks for pages in any damage. Importing this loads it."""

from __future__ import annotations

import io
import logging
import struct
import time
import zlib
from typing import Any

from pdfminer.converter import TextConverter
from pdfminer.layout import LAParams
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.psexceptions import PSException

from workers.attachments.documents import UnreadableDocument

# Putting lines together takes time with more than the square of their number: 4 s at the worst for that many.
LAID_OUT_CHARACTERS = 16_384
# What it raises on damage: its own errors, and many that are not its own. Time limits are none of these. MemoryError: a
# stream that unpacks to more than the process may have.
_DAMAGE = (
    PSException,
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, NotImplementedError),
    *(OSError, RecursionError, StopIteration, TypeError, ValueError, struct.error, zlib.error),
)


def text_of_pages(data: bytes, *, pages: int, characters: int, seconds: float) -> str:
    """Text of the first pages, at most that many characters of it; raises UnreadableDocument.

    Memory is bounded by that of the process only (RLIMIT_DATA of a worker).
    """
    # What is damaged in a mail is no matter for the log of a mail filter.
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    resources = PDFResourceManager()
    target = io.StringIO()
    device = _Device(resources, target, ends=time.monotonic() + seconds)
    try:
        interpreter = PDFPageInterpreter(resources, device)
        for page in PDFPage.get_pages(io.BytesIO(data), maxpages=pages):
            interpreter.process_page(page)
            if target.tell() >= characters:
                break
    except _DAMAGE as error:
        # What stands on the pages before the damaged one counts.
        if not target.tell():
            raise UnreadableDocument(f"{type(error).__name__}: {error}"[:200]) from error
    return target.getvalue()[:characters].replace("\f", "\n").strip()


class _Device(TextConverter):
    """Collects text within a number of characters and a time; characters beyond are left out."""

    def __init__(self, resources: PDFResourceManager, target: io.StringIO, *, ends: float) -> None:
        # Without boxes_flow it does not search for the order of columns.
        super().__init__(resources, target, laparams=LAParams(boxes_flow=None))
        self._left = LAID_OUT_CHARACTERS
        self._ends = ends

    def render_char(self, *args: Any, **options: Any) -> float:
        self._look_at_clock()
        self._left -= 1
        return float(super().render_char(*args, **options)) if self._left >= 0 else 0.0

    def paint_path(self, *_args: Any, **_options: Any) -> None:
        self._look_at_clock()

    def _look_at_clock(self) -> None:
        if time.monotonic() > self._ends:
            raise UnreadableDocument("its time ended before the first page was read")
