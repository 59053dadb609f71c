"""Whether a document reaches for something on the Internet, and whether a command line starts a program of Windows."""

from __future__ import annotations

import re
from urllib.parse import unquote

from mailcore.entries import is_listed
from mailcore.inside import is_inside
from mailcore.ip_addresses import host_address

# "https://host/", "file://host/", "\\host\share", "//host/share", "mhtml:https://host/", also with a port or a user.
_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,20}:){0,3}(?:file:)?(?:[\\/]{2,5})(?:[^\\/@\s]{0,200}@(?!ssl))?([^\\/:@?#\s\"'!]{1,253})",
    re.IGNORECASE,
)
# Where Office itself keeps documents and templates: people who work there send each other such files all day.
_OFFICE_HOSTS = frozenset(
    {"sharepoint.com", "docs.live.net", "office.com", "office.net", "microsoft.com", "officeapps.live.com"}
)
_WEB = ("http:", "https:", "ftp:", "mhtml:", "mk:", "ms-")

_NAMES = (
    "cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|certutil|bitsadmin|msiexec|forfiles|schtasks|wmic"
    "|installutil|msbuild|conhost|curl"
)
_RUNS = "exe|scr|bat|cmd|vbs|vbe|hta|js|jse|ps1|wsf|pif"
_PROGRAM = re.compile(rf"\b(?:{_NAMES})\b(?:\.exe)?|\.(?:{_RUNS})\b", re.IGNORECASE)
_FULL_PATH = re.compile(r"(?:[a-z]:|%[a-z]{1,30}%)[\\/]", re.IGNORECASE)
_RUNS_AT_END = re.compile(rf"\.(?:{_RUNS})(?=[ \"]|\Z)", re.IGNORECASE)
_BARE = re.compile(
    rf"(?:{_NAMES})(?:\.exe)? +[-/\"'h\\]|[^\\/:\"<>|?* ]{{1,100}}\.(?:{_RUNS})(?=[ \"]|\Z)", re.IGNORECASE
)


def internet_host(target: str) -> str:
    """The host on the Internet that a target names, lower case; "" for local files and servers of the own network.

    Spared are names without a dot and private addresses (the file server of a company), and Office's own hosts.
    """
    match = _HOST.match(unquote(target[:2_000]).strip())
    if not match:
        return ""
    host = match[1].lower().rstrip(".").split("@")[0]
    return "" if is_inside(host) or is_listed(host, _OFFICE_HOSTS) else host


def is_address(target: str) -> bool:
    """True where the host is a bare address: nobody's file server has no name."""
    return host_address(internet_host(target)) is not None


def is_share(target: str) -> bool:
    """True for a file server: Windows logs on to it, with the user's name and a hash of the password."""
    lowered = unquote(target[:200]).strip().lower()
    return lowered.startswith(("\\\\", "//", "file:")) and not lowered.startswith(_WEB)


def starts_program(command: str) -> str:
    """The words of a command that start a program; "" where there are none."""
    match = _PROGRAM.search(command[:4_000])
    return match[0] if match else ""


def is_command(target: str) -> bool:
    """Whether a path or a link is a program of the computer, or a command line.

    Spared: documents about such programs ("PowerShell basics.docx"), files that stand beside the document.
    """
    command = re.sub(r"^file:/{2,3}", "", unquote(target[:2_000]).strip(), flags=re.IGNORECASE).lstrip('"')
    if _FULL_PATH.match(command):
        return _RUNS_AT_END.search(command) is not None
    return _BARE.match(command) is not None
