"""Parts of OpenDocument files (OASIS ODF 1.3): links, macros in Basic and other languages, what starts them."""

from __future__ import annotations

import html
import re

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import documents, macro_source, outside
from workers.attachments.budget import Budget
from workers.attachments.fields import DDE, EXTERNAL
from workers.attachments.office import MACRO_LINE
from workers.attachments.reading import Reading
from workers.attachments.signs import with_signs

EVENT = "office.event"

_BYTES = 8_388_608
_COUNT = 1_000
_HREF = re.compile(rb'<([\w.-]{1,40}:[\w.-]{1,60})\b[^<>]{0,2000}?\bxlink:href="([^"]{1,3000})"')
_EVENT = re.compile(rb"<script:event-listener\b([^<>]{1,3000})>")
_EVENT_NAME = re.compile(rb'script:event-name="([^"]{1,100})"')
_SCRIPT = re.compile(rb'(?:xlink:href|script:macro-name)="([^"]{1,1000})"')
_MODULE = re.compile(rb"<script:module\b[^<>]{0,1000}>")
_DDE_LINK = re.compile(rb"<(?:office:dde-source|text:dde-connection-decl)\b([^<>]{1,2000})>")
_DDE_PART = re.compile(rb'office:dde-(?:application|topic|item)="([^"]{0,1000})"')
# Events that come without a click.
_BY_ITSELF = (
    "load",
    "open",
    "start",
    "new",
    "focus",
    "view-created",
    "viewcreated",
    "print",
    "save",
    "unload",
    "close",
)
# What StarBasic does beside its document, which the words of VBA do not cover.
_DOES = (
    ("starts programs", re.compile(r"\bshell\s{0,8}\(|systemshellexecute", re.IGNORECASE)),
    ("runs Python", re.compile(r"vnd\.sun\.star\.script:[^\"']{1,200}language=python", re.IGNORECASE)),
)
_FETCHED = frozenset({b"draw:object", b"draw:object-ole", b"draw:plugin", b"draw:applet", b"text:section-source"})


def is_content(_facts: FileFacts, data: bytes) -> bool:
    """`content.xml`, `styles.xml`, or a whole document in one XML file."""
    return b"urn:oasis:names:tc:opendocument" in data[:8_192]


def read_content(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Text, links, and scripts that start by themselves."""
    if len(data) > _BYTES:
        budget.problem(f"{facts.path}: only its first {_BYTES:,} bytes were read")
        data = data[:_BYTES]
    signs: list[tuple[str, str]] = []
    links: dict[str, None] = {}
    for number, match in enumerate(_HREF.finditer(data)):
        if number >= _COUNT:
            break
        target = _text(match[2])
        if match[1] in _FETCHED and outside.internet_host(target):
            signs.append((EXTERNAL, f"{match[1].decode()} {target}"))
        elif target.lower().startswith(("http:", "https:", "ftp:", "file:")) and len(links) < documents.LINKS:
            links[target] = None
    starts = False
    for match in list(_EVENT.finditer(data))[:_COUNT]:
        name, script = _EVENT_NAME.search(match[1]), _SCRIPT.search(match[1])
        words = _text(name[1]) if name else ""
        if words.lower().endswith(_BY_ITSELF):
            starts = True
            signs.append((EVENT, f"{words} {_text(script[1]) if script else ''}"))
    for match in list(_DDE_LINK.finditer(data))[:_COUNT]:
        signs.append((DDE, "|".join(map(_text, _DDE_PART.findall(match[1])))))
    text = (
        documents.ooxml_text(data, budget.limits) if facts.filename == "content.xml" and budget.take_document() else ""
    )
    facts = structs.replace(with_signs(facts, signs), text=text)
    if starts:
        facts = structs.replace(facts, macros=True, auto_run_macros=True)
    return Reading(facts, tuple(links))


def is_basic(_facts: FileFacts, data: bytes) -> bool:
    """`Basic/Standard/Module1.xml`."""
    return b"<script:module" in data[:4_096]


def read_basic(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Source of a module of StarBasic, judged by the words of VBA and some of its own."""
    bound = budget.limits.macro_characters
    start = _MODULE.search(data)
    source = _text(data[start.end() : start.end() + bound * 2] if start else b"").partition("</script:module>")[0]
    code = "\n".join(line for line in source.splitlines() if not line.lstrip().lower().startswith(("rem ", "'")))
    # LibreOffice puts an empty Main into each new library.
    if not re.sub(r"(?i)\b(?:end\s+)?sub\b(?:\s+main)?(?:\(\))?", "", code).strip():
        return Reading(facts)
    judgement = macro_source.judge(code[:bound])
    does = [does for does, pattern in _DOES if pattern.search(code[:bound])]
    lines = [line.strip() for line in code.splitlines() for _, pattern in _DOES if pattern.search(line[:2_000])]
    facts = structs.replace(
        facts,
        macros=True,
        auto_run_macros=judgement.auto_run,
        suspicious_macro_calls=tuple(dict.fromkeys((*judgement.suspicious, *does))),
    )
    return Reading(with_signs(facts, ((MACRO_LINE, line) for line in (*judgement.lines, *lines))))


def is_manifest(facts: FileFacts, data: bytes) -> bool:
    return facts.filename == "manifest.xml" and b"encryption-data" in data


def read_manifest(_data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """Members of the document are under a password, which no library here asks for."""
    return Reading(structs.replace(facts, encrypted=True))


def _text(data: bytes) -> str:
    return html.unescape(data.decode("utf-8", "replace"))
