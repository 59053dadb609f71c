"""Files within a PDF document: embedded ones wherever they hang, and the document itself where a password opens it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import names
from workers.attachments.budget import Budget
from workers.attachments.members import NAME_CHARACTERS, Broken, Member, Members, Opening, whole
from workers.attachments.pdf_objects import (
    LockedDocument,
    Objects,
    PackedTooWell,
    QpdfSource,
    SearchedSource,
    open_source,
)
from workers.attachments.pdf_reading import is_pdf
from workers.attachments.pdf_streams import TooLarge, UnknownFilter
from workers.attachments.pdf_syntax import Reference, Value, dictionaries, text_of, unescaped

_EMBEDDED = re.compile(rb"/EmbeddedFile(?![A-Za-z])")


def is_readable(facts: FileFacts, data: bytes) -> bool:
    return is_pdf(facts, data) and not facts.encrypted


def is_locked(facts: FileFacts, data: bytes) -> bool:
    return is_pdf(facts, data) and facts.encrypted


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """What is embedded in it."""
    budget = opening.budget
    searched = _searched(data, facts, budget)
    if searched is None or not searched.mentions(b"/EF", b"/EmbeddedFile"):
        return
    # Its reader has said already that it is locked.
    with suppress(LockedDocument):
        yield from _embedded(Objects(open_source(data, searched)), facts, budget)


def unlocked_members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """The document as it is under its password. Raises Broken where none fits."""
    searched = _searched(data, facts, opening.budget)
    if searched is None:
        return
    for password in opening.passwords:
        if opening.budget.is_over:
            break
        try:
            source = open_source(data, searched, password=password.word)
        except LockedDocument:
            continue
        if isinstance(source, QpdfSource):
            member = whole(names.basename(facts.filename) or "document.pdf", source.decrypted())
            yield structs.replace(member, password=password.word, password_from=password.origin)
            return
    raise Broken("encrypted, and no known password opens it")


def _searched(data: bytes, facts: FileFacts, budget: Budget) -> SearchedSource | None:
    """None where its reader has named the reason not to look into it."""
    if facts.size > budget.limits.pdf_bytes:
        return None
    searched = SearchedSource(data)
    try:
        searched.unpack_object_streams()
    except PackedTooWell:
        return None
    return searched


def _embedded(objects: Objects, facts: FileFacts, budget: Budget) -> Iterator[Member]:
    """Files of the document, of notes on its pages, of films in it: all stand in file specifications (7.11.3)."""
    seen: dict[int, str] = {}
    for number, written in objects.source.objects():
        text = unescaped(written)
        if budget.is_over:
            return
        if b"/EF" in text:
            for entries in dictionaries(objects.read(number, written)):
                for stream, name in _files(entries, objects):
                    seen[stream] = seen.get(stream) or name
        elif _EMBEDDED.search(text) is not None and number:
            # One to which no specification leads: readers do not show it, scripts reach it.
            seen.setdefault(number, "")
    for rank, (number, name) in enumerate(seen.items()):
        if rank >= budget.limits.pdf_attachments:
            budget.problem(f"{facts.path}: of {len(seen)} files embedded in it {rank} were looked at")
            return
        yield _member(number, name or f"file {number}", objects, budget)


def _files(specification: dict[str, Value], objects: Objects) -> Iterator[tuple[int, str]]:
    """The streams of a file specification, each with the name that people see."""
    names_of_it = (objects.string(specification.get(key)) for key in ("UF", "F", "Unix", "DOS", "Mac"))
    name = text_of(next((found for found in names_of_it if found), b""))
    for stream in objects.entries(specification.get("EF")).values():
        if isinstance(stream, Reference):
            yield stream.number, name


def _member(number: int, name: str, objects: Objects, budget: Budget) -> Member:
    def blocks() -> Iterator[bytes]:
        try:
            content = objects.source.content(number, most=budget.limits.file_bytes)
        except TooLarge as error:
            raise Broken(f"unpacks to more than {budget.limits.file_bytes:,} bytes") from error
        except UnknownFilter as error:
            raise Broken(f"cannot be unpacked: {error}") from error
        yield from whole(name, content).blocks()

    return Member(name=name[:NAME_CHARACTERS], blocks=blocks)
