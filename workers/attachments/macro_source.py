"""What macro source is up to, judged by oletools (MacroRaptor, olevba's keywords), with bounds.

oletools gets source text only: its reading of files has no bounds (docs/adr/0004).
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable
from types import ModuleType

from msgspec import Struct

# olevba's 170 patterns take about a second for that much.
JUDGED_CHARACTERS = 262_144
CALLS = 20
LINES = 5
# Some patterns take time with the square of a line's length. The editor of VBA allows lines of 1,023 characters; longer
# ones (joined by continuation) are cut, after the word that stands there.
_LONG_LINE = re.compile(r"([^\r\n]{1024}\w{0,64})")

# Events that a person causes: buttons, fields and links of forms in good workbooks. olevba counts them as automatic.
_BY_A_PERSON = ("_click", "_change", "_lostfocus", "_mousemove", "_followhyperlink", "_contentcontrolonenter")

# Words of olevba's list that good macros are full of: they open, save, copy and delete their own files, use
# dictionaries, databases and other Office programs, hide their window while they work, call their own procedures.
_EVERYDAY = frozenset(
    {
        *("open", "write", "put", "output", "print #", "binary", "kill", "mkdir", "activeworkbook.saveas"),
        *("filecopy", "copyfile", "copyfolder", "movefile", "movefolder", "environ", "environment", "currentuser"),
        *("createobject", "getobject", "create", "call", "run", "doit", "command", "system", "exec", "register"),
        *("windows", "application.visible", "vbnormal", "sendkeys", "appactivate", "virtual", "andy", ".variables"),
        *("chr", "chrb", "chrw", "xor", "\b"),
    }
)

# What oletools does not know, in its words.
_ALSO_AUTO_RUN = re.compile(
    r"\b(?:auto_(?:activate|deactivate)|workbook_beforesave|app_(?:workbookopen|documentopen)|presentation_?open"
    r"|slideshow_?begin|\w{1,40}_ondisconnected)\b",
    re.IGNORECASE,
)
_ALSO_SUSPICIOUS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (description, re.compile(pattern, re.IGNORECASE))
    for description, pattern in (
        (
            "may start programs of Windows",
            r"\bcmd(?:\.exe)?[ \t\"]{0,9}/[ck]\b|\b(?:mshta|rundll32|regsvr32|certutil|bitsadmin)\b",
        ),
        ("may download files from the Internet", r"\burldownloadtofile\b|\bwinhttp\b|\binternetopenurl[aw]?\b"),
        ("may use WMI", r"\bwinmgmts\b|\bwin32_process\b"),
        ("may run a shellcode in memory", r"\bcallwindowproc[aw]?\b|\benumsystemlocales[aw]?\b"),
        ("may write registry keys", r"\bregwrite\b|\bregdelete\b"),
        ("builds strings from numbers", r"(?:\bchrw?\$?\(\d{1,5}\)[ \t]{0,9}[&+][ \t]{0,9}){4}"),
    )
)
# `Call Total(x)` runs a procedure of the same macro; MacroRaptor looks for the CALL of Excel 4, which loads a DLL.
_CALL = re.compile(r"\bcall[ \t]+(?=[a-z_])", re.IGNORECASE)
# Hints for people at a terminal, in olevba's descriptions.
_HINT = re.compile(r" \((?:use|option|if)\b[^)]*\)")


class Judgement(Struct, frozen=True, kw_only=True):
    """Whether procedures start by themselves, and what the code may do (descriptions, with the word that stood there).

    `cut` is true where the source was too long to be judged to its end. `lines` are the lines of source that say so.
    """

    auto_run: bool = False
    suspicious: tuple[str, ...] = ()
    cut: bool = False
    lines: tuple[str, ...] = ()


def load_oletools() -> tuple[ModuleType, ModuleType]:
    """The modules `olevba` and `mraptor`: 0.6 s and 25 MB at the first call. Raises ImportError."""
    path = sys.path.copy()
    with warnings.catch_warnings():
        # It uses names of pyparsing that are on their way out.
        warnings.simplefilter("ignore", DeprecationWarning)
        from oletools import mraptor, olevba
    # It puts the folder of all packages before the standard library.
    sys.path[:] = path
    return olevba, mraptor


def judge(code: str) -> Judgement:
    """Judge source without comments (`vba.code_of`)."""
    if not code:
        return Judgement()
    olevba, mraptor = load_oletools()
    text = _LONG_LINE.sub(r"\1\n", olevba.vba_collapse_long_lines(code[:JUDGED_CHARACTERS]))
    auto_run = _starts_by_itself(olevba, text)
    found = _suspicious(olevba, text)
    if auto_run:
        raptor = mraptor.MacroRaptor(_CALL.sub("", text))
        raptor.scan()
        if raptor.write:
            found.setdefault("starts by itself and writes", raptor.write_match)
        if raptor.execute:
            found.setdefault("starts by itself and executes", raptor.execute_match)
    return Judgement(
        auto_run=auto_run,
        suspicious=tuple(f"{does} ({' '.join(word.split())[:40]})" for does, word in found.items())[:CALLS],
        cut=len(code) > JUDGED_CHARACTERS,
        lines=_lines_with(text, found.values()),
    )


def _lines_with(text: str, words: Iterable[str]) -> tuple[str, ...]:
    """The first line that holds each word, those with most words first; words of decoded strings stand in none."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters become two in lower case
        return ()
    wanted = [word.lower() for word in words]
    places = (lowered.find(word) for word in wanted)
    lines = dict.fromkeys(
        text[text.rfind("\n", 0, at) + 1 : at + 200].partition("\n")[0].strip() for at in places if at >= 0
    )
    return tuple(sorted(lines, key=lambda line: -sum(word in line.lower() for word in wanted)))[:LINES]


def _starts_by_itself(olevba: ModuleType, text: str) -> bool:
    names = (name.lower() for name, _ in olevba.detect_autoexec(text))
    return any(not name.endswith(_BY_A_PERSON) for name in names) or _ALSO_AUTO_RUN.search(text) is not None


def _suspicious(olevba: ModuleType, text: str) -> dict[str, str]:
    """What the code may do, each with the first word that says so; also in strings that are encoded."""
    # olevba's evaluation of VBA expressions is left out: 500 brackets keep it busy for 16 s.
    strings = olevba.detect_hex_strings(text) + olevba.detect_base64_strings(text)
    decoded = _LONG_LINE.sub(r"\1\n", "\n".join(string for _, string in strings))
    found: dict[str, str] = {}
    for word, description in olevba.detect_suspicious(text) + olevba.detect_suspicious(decoded):
        if " ".join(word.lower().split()) not in _EVERYDAY:
            does = _HINT.sub("", description)
            found.setdefault(does[:1].lower() + does[1:], word)
    for does, pattern in _ALSO_SUSPICIOUS:
        match = pattern.search(text) or pattern.search(decoded)
        if match:
            found.setdefault(does, match.group())
    return found
