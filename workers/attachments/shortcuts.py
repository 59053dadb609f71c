"""Files that lead to something else when they are opened: .lnk, .url, .website, .iqy, .library-ms and their like."""

from __future__ import annotations

import html
import re

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import names, scripts, windows_links
from workers.attachments.budget import Budget
from workers.attachments.members import Broken, Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs
from workers.attachments.windows_links import DamagedLink, WindowsLink

COMMAND = "shortcut.command"
TARGET = "shortcut.target"
PADDED = "shortcut.padded"
HIDDEN = "shortcut.hidden_window"
DISGUISED = "shortcut.icon"
REMOTE = "shortcut.remote"
APPENDED = "shortcut.appended"
QUERY = "shortcut.query"

WORDS = {
    COMMAND: "starts",
    TARGET: "leads to",
    PADDED: "blanks before the command",
    HIDDEN: "window out of sight",
    DISGUISED: "looks like a document",
    REMOTE: "from another machine",
    APPENDED: "data behind its end",
    QUERY: "asks the net",
}

LINK = "application/x-ms-shortcut"
_TEXTS = names.words("url website iqy library-ms search-ms searchconnector-ms settingcontent-ms appref-ms")
_BYTES = 262_144
_LEAST_APPENDED = 512

# What runs whatever its arguments say.
_INTERPRETER = re.compile(
    r"(?:^|[\\/\"'% ])(?:cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|msiexec|forfiles|conhost|certutil"
    r"|bitsadmin|curl|wmic|schtasks|scriptrunner|pcalua|hh|ftp|ssh|msbuild|installutil|python|pythonw|node|autoit3"
    r"|finger|explorer|bash|wsl|odbcconf|ie4uinit|mavinject|msedge|chrome)(?:\.exe)?[\"']?$",
    re.IGNORECASE,
)
# Of these, the ones that good shortcuts start with arguments: folders, web pages, programs of their own.
_EVERYDAY = re.compile(r"(?:^|[\\/])(?:explorer|msedge|chrome|python|pythonw|node|hh|ssh|bash|wsl)(?:\.exe)?$", re.I)
_REMOTE = re.compile(r"\s{0,8}(?:file:/{0,5}(?![a-z]:|/)|\\\\(?![?.]\\)|https?://)[^\s\\/]{1,200}+[\\/]", re.IGNORECASE)
_RUNS = re.compile(
    r"\.(?:exe|scr|com|pif|cpl|dll|msi|js|jse|vbs|vbe|wsf|hta|bat|cmd|ps1|lnk|url|jar|chm)\b", re.IGNORECASE
)
_DOCUMENT_ICON = re.compile(
    r"(?:\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png)|winword\.exe|excel\.exe|acrord32\.exe|acrobat\.exe|wordicon\.exe"
    r"|imageres\.dll|shell32\.dll)\b",
    re.IGNORECASE,
)
_FIELD = re.compile(r"(?im)^[ \t]{0,8}(URL|IconFile|BASEURL|WorkingDirectory)[ \t]{0,8}=[ \t]{0,8}([^\r\n]{1,2000})")
_XML_FIELD = re.compile(r"<(DeepLink|url|simpleLocation|Icon)\b[^<>]{0,200}>\s{0,40}([^<>]{1,2000})", re.IGNORECASE)


def is_link(facts: FileFacts, data: bytes) -> bool:
    return facts.true_type == LINK and data.startswith(windows_links.SIGNATURE)


def is_text_shortcut(facts: FileFacts, _data: bytes) -> bool:
    return names.extension(facts.filename) in _TEXTS


def read_link(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """What a link file starts; its command is read as a script."""
    try:
        link = windows_links.read_link(data)
    except DamagedLink as error:
        return Reading(structs.replace(facts, problem=f"damaged: {error}"))
    signs = Signs()
    command = " ".join(filter(None, (next(iter(_by_weight(link)), ""), link.arguments.strip())))
    starts = any(map(_INTERPRETER.search, link.targets)) and bool(link.arguments.strip())
    everyday = all(_EVERYDAY.search(target) for target in link.targets if _INTERPRETER.search(target))
    runs_remote = any(_REMOTE.match(target) and _RUNS.search(target) for target in link.targets)
    if starts and not (everyday and not _REMOTE.search(link.arguments.partition("://")[2] or link.arguments)):
        signs.add(COMMAND, command)
    else:
        signs.add(TARGET, command)
    if runs_remote:
        signs.add(REMOTE, next(filter(_REMOTE.match, link.targets)))
    if len(link.arguments) - len(link.arguments.lstrip()) > 30 or "  " * 40 in link.arguments:
        signs.add(PADDED, f"{len(link.arguments):,} characters of arguments, mostly blanks")
    if link.show == 7 and starts:
        signs.add(HIDDEN, "minimised")
    if starts and _DOCUMENT_ICON.search(link.icon):
        signs.add(DISGUISED, link.icon)
    if len(data) - link.end > _LEAST_APPENDED:
        signs.add(APPENDED, f"{len(data) - link.end:,} bytes behind {link.end:,}")
    links = scripts.look(" ".join(command.split()), signs, budget)
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)), links)


def link_members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """What hangs behind the end of a link file, as a file."""
    try:
        link = windows_links.read_link(data)
    except DamagedLink as error:
        raise Broken(str(error)) from error
    if len(data) - link.end > _LEAST_APPENDED:
        yield whole("appended", data[link.end :])
    yield from scripts.carried(link.arguments, facts, opening)


def read_text(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Where a shortcut of text or XML leads."""
    text = scripts.text_of(data[:_BYTES])
    signs = Signs()
    if names.extension(facts.filename) == "iqy":
        return _query(text, facts, signs)
    links: list[str] = []
    fields = [*_FIELD.findall(text), *_XML_FIELD.findall(text)]
    for field, raw in fields[:20]:
        value = html.unescape(raw).strip()
        is_web = value.lower().startswith(("http://", "https://"))
        if field.lower() == "deeplink":
            signs.add(COMMAND, value)
            links.extend(scripts.look(value, signs, budget))
        elif is_web:
            # Icons of bookmarks come from the site; the address itself is judged like any link.
            if field.lower() != "iconfile":
                signs.add(TARGET, value)
                links.append(value)
        elif _REMOTE.match(value):
            signs.add(REMOTE, f"{field}={value}")
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)), tuple(dict.fromkeys(links)))


def _query(text: str, facts: FileFacts, signs: Signs) -> Reading:
    """A web query of Excel: the address stands in the third line."""
    addresses = [
        line.strip() for line in text.splitlines()[:10] if line.strip().lower().startswith(("http:", "https:"))
    ]
    for address in addresses:
        signs.add(QUERY, address)
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)), tuple(addresses))


def _by_weight(link: WindowsLink) -> list[str]:
    """The targets, those that run their arguments first."""
    return sorted(link.targets, key=lambda target: _INTERPRETER.search(target) is None)
