"""What a PDF document does and how it is built: actions, scripts, forms, links, pages that are a picture, disguise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from workers.attachments.budget import Budget
from workers.attachments.pdf_actions import SUBMITS, Actions
from workers.attachments.pdf_objects import LockedDocument, Objects, PackedTooWell, SearchedSource, open_source
from workers.attachments.pdf_scripts import EXPLOITS, kinds_of_script
from workers.attachments.pdf_streams import TooLarge, UnknownFilter
from workers.attachments.pdf_syntax import Reference, Value, unescaped
from workers.attachments.signs import Signs

# Kinds of signs, beside those of actions and scripts.
PICTURE_WITH_LINK = "pdf.picture_with_link"
LARGE_BUTTON = "pdf.large_button"
HIDDEN_NAME = "pdf.hidden_name"
LATE_HEADER = "pdf.late_header"
LATE_ACTION = "pdf.late_action"

PAGES = 3  # first pages that are looked at
# A page with fewer letters is a picture for who reads it, and a link over that share of it is what it is for.
LITTLE_TEXT = 200
_SHARE_OF_LINK = 0.1
# A short letter with a link over that share of it: a large button.
SHORT_TEXT = 800
_SHARE_OF_BUTTON = 0.2
_FEW_LINKS = 3  # to different addresses: tables of contents and newspapers have more
_NO_TEXT = 20  # letters
_ANNOTATIONS = 500
_PARENTS = 16
_FORM_BYTES = 4_194_304  # of the XML of a form

# Names that start something, written with escapes that nobody needs (7.3.5 says "should not").
# A value follows, or the end of a dictionary; what stands in addresses ends with them.
_ESCAPED_NAME = re.compile(
    rb"/[A-Za-z]{0,20}(?:#[46][1-9A-Fa-f][A-Za-z]{0,20}|#[57][0-9A][A-Za-z]{0,20}){1,20}(?=[\x00\t\n\x0c\r /<>(\[])"
)
_NAMES_THAT_START = frozenset(
    b"JS JavaScript OpenAction AA Launch SubmitForm ImportData GoToR GoToE URI RichMedia XFA EmbeddedFile "
    b"EmbeddedFiles Action Names AcroForm ObjStm Encrypt JBIG2Decode".split()
)
_STARTING_NAME = re.compile(rb"/(OpenAction|Launch|JavaScript|SubmitForm|GoToE)(?![A-Za-z])")
_END_OF_FILE = b"%%EOF"
_MARKED = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x0c"  # blanks and byte order marks before the header

_SCRIPT_OF_FORM = re.compile(r"<script\b[^>]{0,400}>")
_SUBMIT_OF_FORM = re.compile(r"<submit\b[^>]{0,2000}\btarget=\"([^\"]{1,2000})\"")


class Structure(Struct, frozen=True, kw_only=True):
    """What was seen of one document; `pages` and `picture_pages` count all, and those of the first with no text."""

    links: tuple[str, ...] = ()
    pages: int = 0
    picture_pages: int = 0
    is_locked: bool = False


def read_structure(data: bytes, signs: Signs, budget: Budget, *, path: str, page_texts: Sequence[str]) -> Structure:
    """Add what there is to `signs`. `page_texts` are those of the first pages, as far as they were read."""
    searched = SearchedSource(data)
    try:
        searched.unpack_object_streams()
        objects = Objects(open_source(data, searched))
    except LockedDocument:
        return Structure(is_locked=True)
    except PackedTooWell:
        budget.problem(f"{path}: its objects unpack to too much, its actions were not looked at")
        return Structure()
    actions = Actions(objects, signs, budget)
    actions.walk()
    _read_form(objects, actions, signs)
    _disguise(data, searched, signs)
    count, numbers = objects.source.pages(PAGES)
    pictures = 0
    for rank, (number, text) in enumerate(zip(numbers, page_texts, strict=False), 1):
        page = objects.entries(Reference(number))
        letters = len("".join(text.split()))
        pictures += letters < _NO_TEXT and "XObject" in objects.entries(_inherited(page, "Resources", objects))
        address, share = _largest_link(page, objects)
        words = f"{share:.0%} of page {rank} lead to {address}"
        if letters < LITTLE_TEXT and share >= _SHARE_OF_LINK:
            signs.add(PICTURE_WITH_LINK, words)
        elif letters < SHORT_TEXT and share >= _SHARE_OF_BUTTON:
            signs.add(LARGE_BUTTON, words)
    return Structure(links=tuple(actions.links), pages=count, picture_pages=pictures)


def _largest_link(page: dict[str, Value], objects: Objects) -> tuple[str, float]:
    """The address that takes most of a page, and the share of the page that it takes; none where there are many."""
    box = _box(_inherited(page, "MediaBox", objects), objects) or (0.0, 0.0, 612.0, 792.0)
    whole = (box[2] - box[0]) * (box[3] - box[1])
    areas: dict[str, float] = {}
    for value in objects.items(page.get("Annots"))[:_ANNOTATIONS]:
        annotation = objects.entries(value)
        address = objects.string(objects.entries(annotation.get("A")).get("URI"))
        place = _box(annotation.get("Rect"), objects)
        if not address or place is None:
            continue
        width = min(place[2], box[2]) - max(place[0], box[0])
        height = min(place[3], box[3]) - max(place[1], box[1])
        words = address.decode("latin-1")
        areas[words] = areas.get(words, 0.0) + max(width, 0.0) * max(height, 0.0)
    if not areas or len(areas) > _FEW_LINKS or whole <= 0:
        return "", 0.0
    largest, area = max(areas.items(), key=lambda item: item[1])
    return largest, min(area / whole, 1.0)


def _box(value: Value, objects: Objects) -> tuple[float, float, float, float] | None:
    """A rectangle from its lower left to its upper right corner (7.9.5: any two corners may be given)."""
    sides = [objects.resolved(side) for side in objects.items(value)[:4]]
    numbers = [side for side in sides if isinstance(side, float) and abs(side) < 1e9]
    if len(numbers) != 4:
        return None
    left, bottom, right, top = numbers
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _inherited(page: dict[str, Value], key: str, objects: Objects) -> Value:
    """An entry of a page, or that of the nodes above it (7.7.3.4)."""
    for _ in range(_PARENTS):
        if key in page or "Parent" not in page:
            break
        page = objects.entries(page["Parent"])
    return page.get(key)


def _read_form(objects: Objects, actions: Actions, signs: Signs) -> None:
    """Scripts and targets of a form that is XML (XFA, 12.7.8): full of honest scripts, so only exploits count."""
    for text in _forms(objects, actions.forms):
        for script in _SCRIPT_OF_FORM.finditer(text):
            end = text.find("</script", script.end())
            code = text[script.end() : end if end >= 0 else len(text)]
            for kind, words in kinds_of_script(code):
                if kind == EXPLOITS:
                    signs.add(kind, f"in a form: {words}")
        for submit in _SUBMIT_OF_FORM.finditer(text):
            signs.add(SUBMITS, submit[1])
            actions.add_link(submit[1])


def _forms(objects: Objects, forms: Iterable[Value]) -> Iterator[str]:
    left = _FORM_BYTES
    for value in forms:
        if not isinstance(value, Reference) or left <= 0:
            continue
        try:
            content = objects.source.content(value.number, most=left)
        except (UnknownFilter, TooLarge):
            continue
        left -= len(content)
        yield content.decode("utf-8", "replace")


def _disguise(data: bytes, searched: SearchedSource, signs: Signs) -> None:
    """What keeps a scanner from seeing the actions of a document."""
    for text in (data, *searched.packed()):
        for match in _ESCAPED_NAME.finditer(text):
            name = unescaped(match[0])
            if name[1:] in _NAMES_THAT_START:
                signs.add(HIDDEN_NAME, f"{match[0].decode('latin-1')} is {name.decode('latin-1')}")
    header = data.find(b"%PDF-", 0, 1_024)
    if data[: max(header, 0)].strip(_MARKED):
        signs.add(LATE_HEADER, f"{header} bytes stand before the document")
    # The first part of a linearised document ends with the same mark (annex F.3.3).
    first = -1 if b"/Linearized" in data[:2_048] else data.find(_END_OF_FILE)
    if first >= 0:
        before = {match[1] for match in _STARTING_NAME.finditer(data, 0, first)}
        for match in _STARTING_NAME.finditer(data, first):
            if match[1] not in before:
                signs.add(LATE_ACTION, match[1].decode("latin-1"))
