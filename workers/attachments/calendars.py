"""Calendar files (iCalendar, RFC 5545): who invites, where the links of an invitation lead, what is attached to it."""

from __future__ import annotations

import base64
import binascii
import re

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import names
from workers.attachments.budget import Budget
from workers.attachments.members import Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs
from workers.calendar_lines import begins_calendar, content_lines, unescaped

METHOD = "calendar.method"
ORGANIZER = "calendar.organizer"
RUNS = "calendar.runs"

_ATTACHMENTS = 50
_LINKS = 100
_TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "X-ALT-DESC"})
_ADDRESSES = frozenset({"URL", "CONFERENCE", "ATTACH"})
_MAILTO = re.compile(r"mailto:([^\s\"<>?]{3,254})", re.IGNORECASE)
_NAME = re.compile(r";(?:X-FILENAME|FILENAME|X-APPLE-FILENAME|X-ORACLE-FILENAME)=\"?([^\";:]{1,200})", re.IGNORECASE)
_TYPE = re.compile(r";FMTTYPE=\"?([^\";:]{1,100})", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s\"'<>\\]{4,2000}", re.IGNORECASE)


def is_calendar(facts: FileFacts, data: bytes) -> bool:
    if not begins_calendar(data):
        return False
    # Mail programs go by the declared type, people by the name: "notes.txt" opens in an editor.
    extension = names.extension(facts.filename)
    return extension in ("ics", "ical", "ifb", "vcs", "") or facts.declared_type in ("text/calendar", "application/ics")


def read(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Method and organiser; text and links of an invitation, to be judged like those of a mail."""
    signs = Signs()
    text: list[str] = []
    links: dict[str, None] = {}
    for line in content_lines(data, lambda words: budget.problem(f"{facts.path}: {words}")):
        if line.name == "METHOD":
            signs.add(METHOD, line.value.strip().upper())
        elif line.name == "ORGANIZER" and (address := _MAILTO.search(line.value)):
            signs.add(ORGANIZER, address[1].lower())
        elif line.name == "ACTION" and line.value.strip().upper() == "PROCEDURE":
            # RFC 2445 let an alarm start a program; RFC 5545 took it out.
            signs.add(RUNS, "an alarm that starts a program")
        elif line.name in _TEXTS:
            text.append(line.text)
        if line.name in _TEXTS or line.name in _ADDRESSES:
            found = _LINK.findall(unescaped(line.value[:20_000]))
            links.update(dict.fromkeys(found[:_LINKS]))
    facts = structs.replace(facts, signs=signs.after(facts.signs))
    if not budget.take_document():
        return Reading(facts, tuple(links)[:_LINKS])
    shown = "\n".join(dict.fromkeys(text))[: budget.limits.text_characters]
    return Reading(structs.replace(facts, text=facts.text or shown), tuple(links)[:_LINKS])


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """Attachments that stand in the file itself (3.8.1.1)."""
    number = 0
    for line in content_lines(data, lambda words: opening.budget.problem(f"{facts.path}: {words}")):
        if not line.is_attached:
            continue
        number += 1
        if number > _ATTACHMENTS:
            opening.budget.problem(f"{facts.path}: more than {_ATTACHMENTS} attachments")
            return
        name, kind = _NAME.search(line.parameters), _TYPE.search(line.parameters)
        try:
            content = base64.b64decode(line.value)
        except (binascii.Error, ValueError):
            opening.budget.problem(f"{facts.path}: attachment {number} is no base64")
            continue
        yield whole(name[1] if name else f"attachment-{number}", content, declared_type=kind[1].lower() if kind else "")
