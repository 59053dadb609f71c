"""Which attachments show signs of a kind, anywhere in the tree below them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from msgspec import Struct

from mailcore.verdict import Where
from mailcore.view import FileFacts, FileSign, MailView
from workers.attachments import names

EVIDENCE = 5
_OPEN_DOCUMENT_PART = re.compile(r"/(?:content\.xml|styles\.xml|Basic/[^/]{1,200}/[^/]{1,200}\.xml)\Z")


class Sighting(Struct, frozen=True):
    """The signs in one attachment, and the file in it that shows the first."""

    file: FileFacts
    signs: tuple[FileSign, ...]

    @property
    def name(self) -> str:
        """What the recipient sees: the name of the attachment."""
        return self.file.path.partition("/")[0]

    @property
    def detail(self) -> str:
        """Where it stands, and the evidence."""
        return f"{self.file.path}: " + "; ".join(sign.evidence for sign in self.signs[:EVIDENCE])

    @property
    def where(self) -> Where:
        return Where(part=self.file.part, file=self.file.path, quote=self.signs[0].evidence)


def sightings(view: MailView, kinds: Collection[str]) -> Iterator[Sighting]:
    """One for each attachment that shows a sign of these kinds."""
    first: dict[str, FileFacts] = {}
    found: dict[str, dict[FileSign, None]] = {}
    for file in view.files:
        for sign in file.signs:
            if sign.kind in kinds:
                first.setdefault(file.part, file)
                found.setdefault(file.part, {})[sign] = None
    for part, file in first.items():
        yield Sighting(file, tuple(found[part]))


def document_name(file: FileFacts) -> str:
    """The name of a document, also where the file is a part of an OpenDocument file."""
    return names.basename(_OPEN_DOCUMENT_PART.sub("", file.path)) or file.filename


def evidence_below(view: MailView, file: FileFacts, kind: str) -> tuple[str, ...]:
    """Evidence of a kind in a file and in all that is in it, each once."""
    inside = file.path + "/"
    files = (other for other in view.files if other.path == file.path or other.path.startswith(inside))
    return tuple(dict.fromkeys(sign.evidence for other in files for sign in other.signs if sign.kind == kind))
