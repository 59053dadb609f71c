"""What Office documents fetch from outside when they are opened: templates, linked objects, frames (`.rels` parts)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

from mailcore.view import FileFacts
from workers.attachments import documents, outside
from workers.attachments.budget import Budget
from workers.attachments.fields import EXTERNAL, PACKAGE
from workers.attachments.reading import Reading
from workers.attachments.signs import with_signs

_BYTES = 1_048_576
_RELATIONS = 5_000
_RELATION = re.compile(rb"<(?:\w{1,20}:)?Relationship\b([^<>]{1,4000})>")
_ATTRIBUTE = re.compile(rb"\b(Type|Target|TargetMode)\s*=\s*(?:\"([^\"]{0,3000})\"|'([^']{0,3000})')")
# Kinds that are fetched without a click; a hyperlink is not, and pictures are how newsletters are made.
_FETCHED = frozenset({"attachedtemplate", "oleobject", "frame", "subdocument", "afchunk", "control", "package"})
_PICTURES = frozenset({"image", "video", "audio", "media"})
_ADDRESSES = ("http:", "https:", "ftp:", "file:", "mhtml:")
_FLAT = b"http://schemas.microsoft.com/office/2006/xmlPackage"
_HEAD = 2_048  # bytes in which the name of that format stands


def is_relations(facts: FileFacts, data: bytes) -> bool:
    """A `.rels` part, or a whole document in one XML file."""
    return facts.filename.lower().endswith(".rels") or _FLAT in data[:_HEAD]


def read(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """What relations lead to; links of a `.rels` part are judged with the document that it is in."""
    if len(data) > _BYTES:
        budget.problem(f"{facts.path}: only its first {_BYTES:,} bytes were looked at")
    signs = []
    for kind, target in _external(data):
        if _is_fetched(kind.lower(), target):
            signs.append((EXTERNAL, f"{kind} {target}"))
        elif kind.lower() == "hyperlink" and outside.is_command(target):
            # A click starts it: "powershell -enc ..." behind a button on a slide.
            signs.append((PACKAGE, target))
    return Reading(with_signs(facts, signs), links(data) if _FLAT in data[:_HEAD] else ())


def links(data: bytes) -> tuple[str, ...]:
    """Addresses to which relations lead, each once."""
    targets = (target for _, target in _external(data) if target.lower().startswith(_ADDRESSES))
    return tuple(dict.fromkeys(targets))[: documents.LINKS]


def _external(data: bytes) -> Iterator[tuple[str, str]]:
    """Kind and target of each relation to what is not in the file (ECMA-376 part 2, 9.3)."""
    for relation in islice(_RELATION.finditer(data[:_BYTES]), _RELATIONS):
        attributes = {name: double or single for name, double, single in _ATTRIBUTE.findall(relation[1])}
        if attributes.get(b"TargetMode", b"").lower() == b"external":
            kind = attributes.get(b"Type", b"").decode("utf-8", "replace").rpartition("/")[2]
            yield kind, html.unescape(attributes.get(b"Target", b"").decode("utf-8", "replace"))


def _is_fetched(kind: str, target: str) -> bool:
    """Whether opening the document asks a host on the Internet for something that can do harm."""
    if not outside.internet_host(target):
        return False
    # A picture on a foreign file server is there for the logon that Windows sends.
    return kind in _FETCHED or (kind in _PICTURES and outside.is_share(target))
