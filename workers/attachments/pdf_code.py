"""Finds the scripts of a PDF document that run by themselves, and what of the document they can see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from mailcore.view import FileFacts
from workers.attachments.budget import Budget
from workers.attachments.pdf_actions import Actions
from workers.attachments.pdf_objects import LockedDocument, Objects, PackedTooWell, SearchedSource, open_source
from workers.attachments.pdf_syntax import Value, dictionaries, text_of, unescaped
from workers.attachments.signs import Signs
from workers.code import Code, Language
from workers.pdf_document import Note, PdfDocument

NOTES = 200
FIELDS = 400
ENTRIES = 60  # of the properties of the document
_TEXT_CHARACTERS = 262_144  # of one
CHARACTERS = 1_048_576  # of all together
_PAGES = 1

_DATA = re.compile(rb"/(?:Title|Author|Subject|Keywords|Producer|Creator|CreationDate|Subj|Contents|FT)(?![A-Za-z])")
_PROPERTIES = frozenset({"Title", "Author", "Subject", "Keywords", "Producer", "Creator", "CreationDate"})


class _Data(Struct):
    """What scripts may look for; grows."""

    info: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    left: int = CHARACTERS

    def text(self, value: bytes) -> str:
        found = text_of(value)[: min(self.left, _TEXT_CHARACTERS)]
        self.left -= len(found)
        return found


def scripts_of(facts: FileFacts, data: bytes, budget: Budget) -> list[Code]:
    """The scripts as one piece of code; none where there are none, or the document is locked."""
    searched = SearchedSource(data)
    if facts.size > budget.limits.pdf_bytes:
        return []
    try:
        searched.unpack_object_streams()
        if not searched.mentions(b"/JS", b"/JavaScript"):
            return []
        objects = Objects(open_source(data, searched))
    except (LockedDocument, PackedTooWell):
        # Its reader has said so; what a password opens comes again as a file of its own.
        return []
    actions = Actions(objects, Signs(), budget)
    actions.walk()
    if not actions.scripts:
        return []
    found = _Data()
    for entries in _dictionaries(objects, budget):
        _look(entries, objects, found)
    document = PdfDocument(
        scripts=tuple(actions.scripts),
        info=found.info,
        fields=found.fields,
        notes=tuple(found.notes),
        pages=objects.source.pages(_PAGES)[0],
    )
    text = "\n".join(actions.scripts)[:CHARACTERS]
    return [Code(part=facts.part, path=facts.path, language=Language.PDF, text=text, document=document)]


def _dictionaries(objects: Objects, budget: Budget) -> Iterator[dict[str, Value]]:
    for number, written in objects.source.objects():
        if budget.is_over:
            return
        if _DATA.search(unescaped(written)) is not None:
            yield from dictionaries(objects.read(number, written))


def _look(entries: dict[str, Value], objects: Objects, found: _Data) -> None:
    """Properties (14.3.3), notes and other annotations (12.5), values of fields (12.7.3)."""
    if "FT" in entries:
        name = text_of(objects.string(entries.get("T")))
        if name and len(found.fields) < FIELDS:
            found.fields.setdefault(name[:200], found.text(objects.string(entries.get("V"))))
    elif "Subtype" in entries or "Subj" in entries:
        note = [found.text(objects.string(entries.get(key))) for key in ("Subj", "Contents", "T", "NM")]
        if any(note) and len(found.notes) < NOTES:
            found.notes.append(Note(subject=note[0], contents=note[1], author=note[2], name=note[3]))
    elif _PROPERTIES & entries.keys():
        for name, value in list(entries.items())[:ENTRIES]:
            words = found.text(objects.string(value))
            if words:
                found.info.setdefault(name[:100], words)
