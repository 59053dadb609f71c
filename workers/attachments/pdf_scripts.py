"""What a script of a PDF document calls (JavaScript for Acrobat API Reference), and which of it good ones do not."""

from __future__ import annotations

import re

# Kinds of signs. A script that only calculates, checks fields or prints is PLAIN: forms are full of them.
PLAIN = "pdf.script"
UNPACKS = "pdf.script_unpacks"
LEAVES = "pdf.script_leaves"
OPENS_EMBEDDED = "pdf.script_opens_file"
EXPLOITS = "pdf.script_exploits"

SCRIPT_CHARACTERS = 262_144  # of one script
_URLS = 20  # of one script

# Made to be filled with code: each word of the pattern stands in exploits of readers, and in no form.
_EXPLOIT = re.compile(
    r"Collab\.(?:collectEmailInfo|getIcon)\s{0,9}\(|media\.newPlayer\s{0,9}\(|spell\.customDictionaryOpen\s{0,9}\("
    r"|util\.printf\s{0,9}\(\s{0,9}[\"']%[0-9]{4,}|(?:%u[0-9A-Fa-f]{4}){16}|(?:\\u(?:9090|0[cCdD]0[cCdD])){4}"
    r"|printSeps\s{0,9}\("
)
_OPENS_EMBEDDED = re.compile(r"exportDataObject\s{0,9}\((?=[^)]{0,200}nLaunch\s{0,9}:\s{0,9}[12])", re.IGNORECASE)
_UNPACKS = re.compile(
    r"(?<![\w.])(?:eval|unescape)\s{0,9}\(|String\.fromCharCode|[\"']eval[\"']|(?<!\w)atob\s{0,9}\("
    # Code that hides in the notes and the properties of the document.
    r"|getAnnots\s{0,9}\([^)]{0,80}\)[^;]{0,80};[^;]{0,200}subject|new\s{1,9}Function\s{0,9}\("
    r"|arguments\.callee|(?:\\x[0-9A-Fa-f]{2}){16}"
)
_LEAVES = re.compile(
    r"(?:app\.launchURL|(?<!\w)getURL|\.submitForm|\.mailForm|\.mailDoc|app\.mailMsg|importDataObject|SOAP\.request"
    r"|SOAP\.connect|Net\.HTTP\.request|app\.openDoc|ADBC\.newConnection|Net\.HTTP)\s{0,9}\(?"
)
_CONDITION = re.compile(r"\b(?:if|function|switch|while|case)\b|\?|&&|\|\||=>")
_URL = re.compile(r"(?:https?|ftp)://[^\s\"'\\<>()]{4,2000}", re.IGNORECASE)


def kinds_of_script(code: str) -> tuple[tuple[str, str], ...]:
    """What the script does as kinds of signs, the worst first, each with the words that show it; (PLAIN, "") alone."""
    found = []
    for kind, pattern in ((EXPLOITS, _EXPLOIT), (OPENS_EMBEDDED, _OPENS_EMBEDDED), (UNPACKS, _UNPACKS)):
        match = pattern.search(code, 0, SCRIPT_CHARACTERS)
        if match is not None:
            found.append((kind, _around(code, match)))
    leaves = _LEAVES.search(code, 0, SCRIPT_CHARACTERS)
    # Forms ask for another version of the reader and then lead to its maker, or define what a button will do.
    if leaves is not None and _CONDITION.search(code, 0, leaves.start()) is None:
        found.append((LEAVES, _around(code, leaves)))
    return tuple(found) or ((PLAIN, ""),)


def urls_in_script(code: str) -> tuple[str, ...]:
    """Addresses that stand in it as they are."""
    found = dict.fromkeys(match[0] for match in _URL.finditer(code, 0, SCRIPT_CHARACTERS))
    return tuple(found)[:_URLS]


def _around(code: str, match: re.Match[str]) -> str:
    """The call and what follows it, on one line."""
    return " ".join(code[match.start() : match.start() + 160].split())
