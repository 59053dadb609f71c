"""Files in notebooks of OneNote ([MS-ONESTORE] 2.6.13): found by the identifier that stands before each."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from itertools import islice

from mailcore.view import FileFacts
from workers.attachments.members import Members, Opening, whole

TYPE = "application/msonenote"
FILES = 200
# FileDataStoreObject.guidHeader; then the length in eight bytes and twelve bytes that do not matter.
_HEADER = uuid.UUID("bde316e7-2665-4511-a4c4-8d4d0b7a9eac").bytes_le
_SKIPPED = 36
# Names of embedded files stand as text of their own, in UTF-16: what ends with a dot and an extension is one.
_EXTENSION = re.compile(rb"\.\x00((?:[A-Za-z0-9]\x00){2,5})(?=\x00\x00|[^\x20-\x7e]|.[^\x00]|\Z)", re.DOTALL)
_NAME_CHARACTERS = 120
_NAMES_READ = 4_194_304


def is_notebook(facts: FileFacts, data: bytes) -> bool:
    return facts.true_type == TYPE or data.find(_HEADER, 0, 1_048_576) >= 0


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """The files, in the order in which they stand."""
    found = list(_files(data))
    if len(found) > FILES:
        opening.budget.problem(f"{facts.path}: more than {FILES} files are in it; the rest was not looked at")
    called = _names(data)
    for number, content in enumerate(found[:FILES], 1):
        # Which name is whose stands in a tree that is not read: with one file and one name there is no doubt.
        name = called[0] if len(called) == len(found) == 1 else f"file {number}"
        yield whole(name, content)


def _files(data: bytes) -> Iterator[bytes]:
    position = data.find(_HEADER)
    for _ in range(FILES + 1):
        if position < 0:
            return
        length = int.from_bytes(data[position + 16 : position + 24], "little")
        start = position + _SKIPPED
        yield data[start : start + min(length, len(data))]
        position = data.find(_HEADER, min(start + length, len(data)))


def _names(data: bytes) -> list[str]:
    """Names of files in the notebook, each once."""
    found: dict[str, None] = {}
    for match in islice(_EXTENSION.finditer(data, 0, _NAMES_READ), FILES):
        start = match.start()
        before = data[max(0, start - 2 * _NAME_CHARACTERS) : start].decode("utf-16-le", "replace")
        stem = re.split(r"[^\w .,()+&-]", before)[-1].strip()
        if stem:
            found[stem + match[0].decode("utf-16-le", "replace")] = None
    return list(found)
