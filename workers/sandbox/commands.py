"""Command lines: which of them carry code, and which fetch, write or start something."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from mailcore.behaviour import Act, ActKind
from workers.code import ENCODED_COMMAND, SWITCH

CHARACTERS = 65_536

_POWERSHELL = re.compile(r"\b(?:powershell|pwsh)(?:\.exe)?\b", re.IGNORECASE)
_COMMAND = re.compile(rf"(?<![\w-]){SWITCH}c(?:o(?:m(?:m(?:a(?:n(?:d)?)?)?)?)?)?\"?[ \t:]{{1,8}}", re.IGNORECASE)
_CARET = re.compile(r"\^(?=[\w./:\\ \"'&|-])")
_URL = re.compile(r"(?:https?|ftp)://[^\s\"'<>|^`;,)]{3,2000}", re.IGNORECASE)
_FETCHERS = re.compile(
    r"\b(?:certutil(?:\.exe)?\b[^\r\n]{0,200}?[-/](?:urlcache|verifyctl)"
    r"|bitsadmin(?:\.exe)?\b[^\r\n]{0,99}?/(?:transfer|addfile)|(?:curl|wget)(?:\.exe)?\s|mshta(?:\.exe)?[\"']?\s"
    r"|msiexec(?:\.exe)?\b[^\r\n]{0,99}?https?:|regsvr32(?:\.exe)?\b[^\r\n]{0,99}?/i:http|finger(?:\.exe)?\s"
    r"|downloadstring|downloadfile|downloaddata|invoke-webrequest|invoke-restmethod|start-bitstransfer|openread"
    r"|(?<![\w.-])(?:iwr|irm)\b|\bwebclient\b|\bhttpclient\b|webrequest)",
    re.IGNORECASE,
)
_EVALUATES = re.compile(r"(?<![\w.-])(?:iex|invoke-expression)(?![\w-])|reflection\.assembly\]::load", re.IGNORECASE)
_STARTS = re.compile(
    r"(?<![\w.-])(?:start-process|saps|start|invoke-item|ii)[ \t]{1,8}[^\r\n;|]{1,300}"
    r"|\bdiagnostics\.process\]::start\([^\r\n;|]{1,300}"
    r"|(?:^|(?<=[\s;|({]))[&.][ \t]{0,4}[\"'(]?(?=[\w$%:\\/~-])[^\r\n;|&\"']{1,200}\.(?:exe|scr|bat|cmd|vbs|js|dll)\b",
    re.IGNORECASE | re.MULTILINE,
)
_WRITES = re.compile(
    r"(?:-outfile|-destination|-o(?:utput)?)[ \t]{1,8}([\"']?[^\s;|]{3,200})"
    r"|downloadfile\([^,\r\n]{1,2000},\s{0,8}([^)\r\n]{1,200})|writeall(?:bytes|text)\(\s{0,8}([^,\r\n]{1,200})"
    r"|set-content[ \t]{1,8}(?:-\w+[ \t]{1,8})?([\"']?[^\s;|]{3,200})",
    re.IGNORECASE,
)
_PERSISTS = re.compile(r"\\currentversion\\run|schtasks(?:\.exe)?\b[^\r\n]{0,40}/create|register-scheduledtask"
                       r"|\\programs\\startup", re.IGNORECASE)  # fmt: skip


def powershell_in(line: str) -> str:
    """The PowerShell code that a command line carries, decoded; "" where it carries none."""
    match = _POWERSHELL.search(line[:CHARACTERS])
    if match is None:
        return ""
    rest = line[match.end() : CHARACTERS]
    encoded = ENCODED_COMMAND.search(rest)
    if encoded is not None:
        try:
            return base64.b64decode(encoded[1] + "=" * (-len(encoded[1]) % 4)).decode("utf-16-le", "replace")
        except binascii.Error:
            return ""
    command = _COMMAND.search(rest)
    return (rest[command.end() :] if command else rest).strip().strip('"')


def is_encoded(line: str) -> bool:
    return _POWERSHELL.search(line[:CHARACTERS]) is not None and ENCODED_COMMAND.search(line[:CHARACTERS]) is not None


def without_carets(text: str) -> str:
    """`p^o^w^e^r` as cmd.exe reads it."""
    return _CARET.sub("", text)


def urls_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[0] for match in _URL.finditer(text[:CHARACTERS])))[:20]


def acts_of(code: str) -> Iterator[Act]:
    """What a command or PowerShell code would do, as far as its words say."""
    code = code[:CHARACTERS]
    if _FETCHERS.search(code):
        yield from (Act(ActKind.FETCHES, f"GET {url}"[:300]) for url in urls_in(code))
    for match in list(_WRITES.finditer(code))[:5]:
        yield Act(ActKind.WRITES, next(filter(None, match.groups())).strip("\"' ")[:300])
    for match in list(_STARTS.finditer(code))[:5]:
        yield Act(ActKind.STARTS, " ".join(match[0].split())[:300])
    for match in list(_EVALUATES.finditer(code))[:3]:
        yield Act(ActKind.EVALUATES, " ".join(code[match.start() : match.start() + 200].split()))
    if stays := _PERSISTS.search(code):
        yield Act(ActKind.PERSISTS, " ".join(code[max(0, stays.start() - 60) : stays.end() + 100].split()))
