"""What scripts do to hide what they do, and what they do: kinds of signs, and the patterns that show them.

All patterns are linear: bounded, and nothing that repeats is given back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from workers.attachments.signs import Signs

# Hiding.
ENCODED = "script.encoded"
CHARACTER_CODES = "script.character_codes"
PIECES = "script.pieces"
ESCAPES = "script.escapes"
NOISE = "script.noise"
PACKED = "script.packed"
RENAMED = "script.renamed"
EVALUATES = "script.evaluates"
ENCODED_COMMAND = "script.encoded_command"
# Doing.
DOWNLOADS = "script.downloads"
STARTS = "script.starts_program"
HIDES_WINDOW = "script.hides_window"
DISARMS = "script.disarms"
PERSISTS = "script.persists"
WRITES_PROGRAM = "script.writes_program"

WORDS = {
    ENCODED: "encoded for Windows Script Host",
    CHARACTER_CODES: "words made of character codes",
    PIECES: "words put together out of pieces",
    ESCAPES: "letters written as escapes",
    NOISE: "padded with comments",
    PACKED: "packed",
    RENAMED: "names without meaning",
    EVALUATES: "runs text as code",
    ENCODED_COMMAND: "an encoded command",
    DOWNLOADS: "downloads",
    STARTS: "starts a program",
    HIDES_WINDOW: "hides its window",
    DISARMS: "turns protection off",
    PERSISTS: "starts again with Windows",
    WRITES_PROGRAM: "writes a program",
}

_CONTEXT_BEFORE, _CONTEXT = 20, 180
_EACH = 3
_NOISE_SHARE = 0.25
_NOISE_LINES, _NOISE_MOST_LINES = 40, 20_000


def _any(*alternatives: str) -> re.Pattern[str]:
    """One pattern of several; "~" stands for blanks that may be there, "_~" for those that must."""
    joined = "|".join(alternatives).replace("_~", r"[ \t]{1,8}+").replace("~", r"[ \t]{0,8}+")
    return re.compile(joined, re.IGNORECASE)


HIDING: dict[str, re.Pattern[str]] = {
    ENCODED: re.compile(r"#@\~\^[A-Za-z0-9+/]{6}=="),
    CHARACTER_CODES: _any(
        r"fromCharCode(?:[\"']\])?~\((?:\s{0,4}+(?:0x)?[0-9A-Fa-f]{1,5}\s{0,4}+,){7,}+",
        r"(?:\bChr[BW]?\$?~\([^()\r\n]{1,40}+\)~(?:_\r?\n~)?[&+]~(?:_\r?\n~)?){5,}+",
        r"(?:\[char\]~\(?[0-9x]{2,6}+\)?~[+,]~){3,}+",
        r"\[char\[\]\]~@?\(~(?:[0-9]{2,3}~,~){4,}+",
    ),
    # Six literals of a few letters each, joined: no person writes a word so.
    PIECES: _any(r"(?:[\"'][^\"'\r\n]{1,5}+[\"']~[+&]~){5,40}+[\"'][^\"'\r\n]{1,12}+[\"']"),
    # Printable characters as \x68 or \u0068, %68 where it is read, every letter behind a mark, words out of order.
    ESCAPES: re.compile(
        r"(?:\\x[2-7][0-9A-Fa-f]){8,}+|(?:\\u00[2-7][0-9A-Fa-f]){8,}+"
        r"|\bunescape[ \t]{0,4}+\([ \t]{0,4}+[\"'](?:[^%\"']{0,4}+%u?[0-9A-Fa-f]{2}){12,}+"
        r"|(?:[A-Za-z]\^){4,40}+[A-Za-z]|(?:[A-Za-z]`){3,40}+[A-Za-z]"
        r"|(?:%[A-Za-z_]\w{0,30}+:~-?[0-9]{1,3},[0-9]{1,3}%){4,}+|(?:\{[0-9]{1,2}\}){4,60}+[\"'][ \t]{0,4}+-f\b",
        re.IGNORECASE,
    ),
    PACKED: _any(
        r"\beval\(function\(p,a,c,k,e,[dr]\)", r"\b_0x[0-9a-f]{4,6}~=~\[~[\"']", r"\bwhile~\(~!!\[\]~\)",
    ),
    # How obfuscators of JavaScript call their table of strings.
    RENAMED: _any(r"\b_0x[0-9a-f]{4,6}~\(~[\"']?-?0x[0-9a-f]{1,4}\b"),
    EVALUATES: _any(
        r"\beval~\(", r"\bExecute(?:Global)?(?:~\(|_~[a-z])", r"\bInvoke-Expression\b", r"(?<![\w.-])iex\b",
        r"\bnew_~Function\b", r"\bMSScriptControl\.ScriptControl\b",
    ),
}  # fmt: skip

DOING: dict[str, re.Pattern[str]] = {
    DOWNLOADS: _any(
        r"\bmsxml2\.(?:server)?xmlhttp", r"\bmicrosoft\.xmlhttp\b", r"\bwinhttp\.winhttprequest",
        r"\burldownloadto(?:cache)?file", r"\bdownload(?:string|file|data)(?:async|taskasync)?~[\(\"']",
        r"\bnet\.webclient\b", r"\bstart-bitstransfer\b", r"\binvoke-(?:webrequest|restmethod)\b",
        r"(?<![\w.-])(?:iwr|irm)_~[\"'(]?(?:-|http)", r"\bbitsadmin(?:\.exe)?[\"']?_~/(?:transfer|addfile)",
        r"\bcertutil(?:\.exe)?[\"']?_~(?:[-/]\w{1,20}_~){0,3}[-/]urlcache", r"\bmshta(?:\.exe)?[\"']?_~[\"']?https?:",
        r"\b(?:curl|wget)(?:\.exe)?_~[^\r\n|&]{0,30}https?://", r"\bscript:https?://",
        r"\bmsiexec(?:\.exe)?_~[^\r\n]{0,20}https?://",
    ),
    STARTS: _any(
        r"\bwscript\.shell\b", r"\bshell\.application\b", r"\bshellexecute\b", r"\bwin32_process\b",
        r"\bstart-process\b", r"\bwmic(?:\.exe)?_~process_~call", r"\bcmd(?:\.exe)?[\"']?_~/[ckr]\b",
        r"\b(?:rundll32|regsvr32|mshta|cscript|wscript|powershell|pwsh)(?:\.exe)?[\"']?_~[-/\w\"'%\\]",
        r"\bcreatethread\b", r"\breflection\.assembly\]::load",
    ),
    HIDES_WINDOW: _any(
        r"[-/]w(?:in(?:dow(?:style)?)?)?_~[\"']?(?:hidden\b|1\b)", r"\.run\b[^\r\n]{0,200}?,~(?:0|vbhide)\b",
        r"\bwindowstyle~=~[\"']?(?:hidden|0)\b", r"\bmoveto~\(?~-[0-9]{3,}",
    ),
    DISARMS: _any(
        r"\bamsi(?:utils|initfailed|scanbuffer|context)\b", r"\b(?:set|add)-mppreference\b",
        r"\bvssadmin(?:\.exe)?_~delete", r"\bdisable(?:antispyware|realtimemonitoring)\b",
        r"\bbcdedit(?:\.exe)?_~[^\r\n]{0,60}?recoveryenabled", r"\bwevtutil(?:\.exe)?_~cl\b",
    ),
    PERSISTS: _any(
        r"\\currentversion\\run(?:once)?\b", r"\bschtasks(?:\.exe)?[\"']?_~/create", r"\bregister-scheduledtask\b",
        r"\\start menu\\programs\\startup", r"\bspecialfolders~\(~[\"']startup",
    ),
    WRITES_PROGRAM: _any(
        r"\badodb\.stream\b", r"\bwriteallbytes\b", r"\bcertutil(?:\.exe)?[\"']?_~(?:[-/]f_~)?[-/]decode",
        r"\b(?:savetofile|outfile|createtextfile)\b[^\r\n]{0,120}?\.(?:exe|dll|scr|vbs|js|ps1|bat|hta)\b",
    ),
}  # fmt: skip

# Words of which one stands wherever the pattern matches: looking for them costs a twentieth of the pattern.
_NEEDED: dict[str, tuple[str, ...]] = {
    ENCODED: ("#@~^",),
    CHARACTER_CODES: ("fromcharcode", "chr", "[char"),
    ESCAPES: ("\\x", "\\u00", "unescape", "^", "`", ":~", "-f"),
    PACKED: ("p,a,c,k", "_0x", "!![]"),
    RENAMED: ("_0x",),
    EVALUATES: ("eval", "execute", "invoke-expression", "iex", "function", "scriptcontrol"),
    DOWNLOADS: (
        "xmlhttp", "winhttp", "download", "webclient", "bits", "invoke-", "iwr", "irm", "certutil", "mshta", "curl",
        "wget", "script:http", "msiexec",
    ),
    STARTS: (
        "shell", "win32_process", "start-process", "wmic", "cmd", "rundll32", "regsvr32", "mshta", "script", "pwsh",
        "createthread", "reflection",
    ),
    HIDES_WINDOW: ("-w", "/w", ".run", "windowstyle", "moveto"),
    DISARMS: ("amsi", "mppreference", "vssadmin", "disable", "bcdedit", "wevtutil"),
    PERSISTS: ("currentversion", "schtasks", "scheduledtask", "startup"),
    WRITES_PROGRAM: ("adodb", "writeallbytes", "certutil", "savetofile", "outfile", "createtextfile"),
}  # fmt: skip


def search(
    patterns: dict[str, re.Pattern[str]],
    text: str,
    signs: Signs,
    *,
    needed: Mapping[str, tuple[str, ...]] = _NEEDED,
) -> None:
    """Adds what the patterns find, with the words around it; without one of the `needed` words none of a kind does."""
    lowered = text.lower()
    for kind, pattern in patterns.items():
        if kind in needed and not any(word in lowered for word in needed[kind]):
            continue
        for match in islice(pattern.finditer(text), _EACH):
            start = max(0, match.start() - _CONTEXT_BEFORE)
            signs.add(kind, " ".join(text[start : match.start() + _CONTEXT].split()))


def search_noise(text: str, signs: Signs) -> None:
    """Comments without words around little code: padding, so that no two copies are alike."""
    lines = text.splitlines()[:_NOISE_MOST_LINES]
    if len(lines) < _NOISE_LINES:
        return
    wordless = sum(map(_is_wordless, _comments(lines)))
    if wordless > _NOISE_SHARE * len(lines):
        signs.add(NOISE, f"{wordless} of {len(lines)} lines are comments without words")


def _comments(lines: list[str]) -> Iterator[str]:
    for line in lines:
        stripped = line.lstrip()
        for mark in ("'", "//", "::", "REM ", "rem ", "Rem "):
            if stripped.startswith(mark):
                yield stripped[len(mark) :].strip()
                break


def _is_wordless(comment: str) -> bool:
    """Licences and explanations have blanks in them, and rulers are one character repeated."""
    return len(comment) > 15 and " " not in comment[:60] and len(set(comment[:60])) > 6 and "/" not in comment
