"""Pictures of PDF pages, for whoever reads text and codes in pictures. Importing it loads neither pdfium nor Pillow."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

# Pixels a point (1/72 inch): 180 dots an inch, at which letters of 8 points and codes of 2 cm can be read.
SCALE = 2.5
# A page with fewer characters than these is a picture: a scan, or a letter that nobody but people shall read.
LITTLE_TEXT = 200
# Codes on paper have sides of 2 cm at least. What is narrower than a third of its height is a rule or a border.
_LEAST_SIDE = 50.0
_NARROWEST = 1 / 3
# Codes that are drawn: each module is a path, or a piece of one.
_MANY_PATHS = 150
_OBJECTS = 3_000  # of a page that are looked at
_DEPTH = 4  # of drawings within drawings
# Pixels of all pictures on a page. pdfium decodes them in full, whatever the size of the page that is drawn: 64 million
# take 0.5 s and 100 MB. A page scanned with 600 dots an inch has 35 million.
MOST_DECODED = 80_000_000
_LEAST_PIXELS = 48  # of a side: less is no page


def render_pages(data: bytes, *, pages: int, most_pixels: int, seconds: float, password: str = "") -> Iterator[Image]:
    """Grey pictures of those of the first `pages` pages whose words or codes may stand in a picture.

    These are pages with little text, with a picture, or with a drawing. A page of text alone is left out, and one with
    pictures of more than MOST_DECODED pixels. Each has at most `most_pixels`. `info["page"]` is its number, from 1, and
    `info["characters"]` how many characters of text the page has besides: LITTLE_TEXT or more need no recognition.
    Nothing is yielded of a document that cannot be read, nothing more once the `seconds` are over. Never raises for
    what stands in the document.
    """
    import pypdfium2

    ends = time.monotonic() + seconds
    try:
        document = pypdfium2.PdfDocument(data, password=password or None)
    except (pypdfium2.PdfiumError, ValueError):
        return
    try:
        for number in range(min(len(document), pages)):
            if time.monotonic() >= ends:
                return
            try:
                picture = _page_picture(document, number, most_pixels, ends=ends)
            except (pypdfium2.PdfiumError, ValueError, MemoryError):
                # This page is damaged; the next one need not be.
                continue
            if picture is not None:
                yield picture
    finally:
        document.close()


def _page_picture(document: Any, number: int, most_pixels: int, *, ends: float) -> Image | None:
    page = document[number]
    try:
        characters = _characters(page)
        objects = _Objects(page)
        if objects.pixels > MOST_DECODED or (characters >= LITTLE_TEXT and not objects.hold_picture):
            return None
        picture = _rendered(page, most_pixels, ends=ends)
        if picture is not None:
            picture.info.update(page=number + 1, characters=characters)
        return picture
    finally:
        page.close()


def _characters(page: Any) -> int:
    """Letters on a page. Blanks do not count: pages of pictures have some."""
    text_page = page.get_textpage()
    try:
        count = min(text_page.count_chars(), 10 * LITTLE_TEXT)
        text = str(text_page.get_text_range(0, count)) if count > 0 else ""
    finally:
        text_page.close()
    return len("".join(text.split()))


class _Objects:
    """What is drawn on a page: whether something of it may be a code, and how many pixels all pictures have."""

    def __init__(self, page: Any) -> None:
        from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE, FPDF_PAGEOBJ_PATH

        self.hold_picture = False
        self.pixels = 0
        paths = 0
        for rank, found in enumerate(page.get_objects(max_depth=_DEPTH)):
            if rank >= _OBJECTS:
                self.hold_picture = True
                return
            if found.type == FPDF_PAGEOBJ_PATH:
                paths += 1
                self.hold_picture = self.hold_picture or paths >= _MANY_PATHS or _pieces(found) >= _MANY_PATHS
            elif found.type == FPDF_PAGEOBJ_IMAGE:
                self._add_picture(found)

    def _add_picture(self, picture: Any) -> None:
        from pypdfium2 import PdfiumError

        try:
            columns, rows = picture.get_px_size()
            left, bottom, right, top = picture.get_bounds()
        except PdfiumError:
            return
        self.pixels += columns * rows
        width, height = right - left, top - bottom
        if min(width, height) >= max(_LEAST_SIDE, _NARROWEST * max(width, height)):
            self.hold_picture = True


def _pieces(path: Any) -> int:
    from pypdfium2.raw import FPDFPath_CountSegments

    return int(FPDFPath_CountSegments(path))


def _rendered(page: Any, most_pixels: int, *, ends: float) -> Image | None:
    """The page as people see it, with its annotations; None where the time ended before it was drawn."""
    import pypdfium2
    from pypdfium2 import raw

    width, height = page.get_size()
    if not (0 < width < math.inf and 0 < height < math.inf):
        return None
    scale = min(SCALE, math.sqrt(most_pixels / (width * height)))
    columns, rows = int(width * scale), int(height * scale)
    if min(columns, rows) < _LEAST_PIXELS or columns * rows > most_pixels:
        return None
    bitmap = pypdfium2.PdfBitmap.new_native(columns, rows, raw.FPDFBitmap_Gray)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, columns, rows)
        if not _draw(page, bitmap, columns, rows, ends=ends):
            return None
        image: Image = bitmap.to_pil().copy()
        return image
    finally:
        bitmap.close()


def _draw(page: Any, bitmap: Any, columns: int, rows: int, *, ends: float) -> bool:
    """Draw in steps, for as long as there is time; whether it came to an end."""
    from pypdfium2 import internal, raw

    pause = raw.IFSDK_PAUSE(version=1)
    internal.set_callback(pause, "NeedToPauseNow", lambda _: time.monotonic() >= ends)
    flags = raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE
    try:
        status = raw.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, columns, rows, 0, flags, pause)
        return bool(status == raw.FPDF_RENDER_DONE)
    finally:
        raw.FPDF_RenderPage_Close(page)
