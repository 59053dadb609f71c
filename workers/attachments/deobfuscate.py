"""Scripts as they mean it: strings put together, characters out of numbers, escapes, packers. Nothing is executed.

Each rewriting is one linear pass over bounded text; passes are repeated until nothing changes, a few times at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from workers.attachments import blobs
from workers.code import ENCODED_COMMAND

CHARACTERS = 1_048_576
_ROUNDS = 4
_LAYERS = 4
_VARIABLES = 200
_VALUE_CHARACTERS = 20_000

_BLANKS = r"[ \t]{0,16}+"
_BREAK = r"(?:[`_\\]?\r?\n[ \t]{0,40}+)?"

# "ab" + "cd", 'ab' & _ 'cd', and the same over two lines: x = x & "cd", x += "cd".
_JOINED = re.compile(rf"[\"'`]{_BLANKS}{_BREAK}(?:[+&]|\.\.?(?=[ \t]*[\"'])){_BLANKS}{_BREAK}[\"'`]")
_GROWING = re.compile(
    r"[\"'][ \t]{0,8}+;?[ \t]{0,8}+\r?\n[ \t]{0,40}+(\$?[A-Za-z_]\w{0,60}+)[ \t]{0,8}+"
    r"(?:\+=|=[ \t]{0,8}+\1[ \t]{0,8}+[&+])[ \t]{0,8}+[\"']"
)
_JOINED_LIST = re.compile(r"[\"'](?<=[A-Za-z0-9+/=]{12}[\"'])[ \t]{0,4}+,\s{0,20}+[\"'](?=[A-Za-z0-9+/=])")

_NUMBER = r"(?:0x[0-9A-Fa-f]{1,4}|&H[0-9A-Fa-f]{1,4}|[0-9]{1,5})"
_FROM_CHAR_CODE = re.compile(
    r"String[ \t]{0,4}+(?:\.|\[[\"'])fromCharCode(?:[\"']\])?[ \t]{0,4}+\(([^()]{1,20000}+)\)", re.IGNORECASE
)
_CHR = re.compile(rf"\bChr[BW]?\$?[ \t]{{0,4}}+\([ \t]{{0,4}}+({_NUMBER})[ \t]{{0,4}}+\)", re.IGNORECASE)
_CHAR = re.compile(rf"\[char\][ \t]{{0,4}}+\(?({_NUMBER})\)?", re.IGNORECASE)
_CHARS = re.compile(
    rf"\[char\[\]\][ \t]{{0,4}}+@?\(({_NUMBER}(?:\s{{0,4}}+,\s{{0,4}}+{_NUMBER}){{1,5000}}+)\)"
    r"(?:\s{0,4}+-join\s{0,4}+(?:''|\"\"))?",
    re.IGNORECASE,
)
_A_NUMBER = re.compile(_NUMBER, re.IGNORECASE)
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})")
_UNESCAPE = re.compile(r"\b(?:unescape|decodeURI(?:Component)?)[ \t]{0,4}+\([ \t]{0,4}+([\"'])([^\"']{1,400000}+)\1\)")
_PERCENT_U = re.compile(r"%u([0-9A-Fa-f]{4})", re.IGNORECASE)

# PowerShell: 'I`E`X', "{1}{0}" -f 'X','IE', 'aXb'.Replace('X',''), 'cba'[-1..-3] -join ''; cmd: p^o^w^e^r.
_TICK = re.compile(r"(?<=[A-Za-z.-])`(?=[A-Za-z.-])")
_CARET = re.compile(r"\^(?=[A-Za-z0-9./:\\ -])")
_FORMAT = re.compile(
    r"\(?[ \t]{0,4}+([\"'])((?:\{[0-9]{1,2}\}){2,60}+)\1[ \t]{0,4}+-f[ \t]{0,4}+"
    r"((?:(?:'[^']{0,200}+'|\"[^\"]{0,200}+\")[ \t]{0,4}+,?[ \t]{0,4}+){2,60}+)\)?",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"'([^']{0,200}+)'|\"([^\"]{0,200}+)\"")
_REPLACED = re.compile(
    r"([\"'])([^\"'\r\n]{1,20000}+)\1\)?(?:\.replace\(|[ \t]{0,4}+-c?replace[ \t]{0,4}+\(?)[ \t]{0,4}+"
    r"([\"'])([^\"'\r\n]{1,40}+)\3[ \t]{0,4}+,[ \t]{0,4}+([\"'])([^\"'\r\n]{0,40}+)\5[ \t]{0,4}+\)?",
    re.IGNORECASE,
)
_VBS_REPLACED = re.compile(
    r"\breplace\([ \t]{0,4}+\"([^\"\r\n]{1,20000}+)\"[ \t]{0,4}+,[ \t]{0,4}+\"([^\"\r\n]{1,40}+)\""
    r"[ \t]{0,4}+,[ \t]{0,4}+\"([^\"\r\n]{0,40}+)\"[ \t]{0,4}+\)",
    re.IGNORECASE,
)
_BACKWARDS = re.compile(
    r"\bStrReverse\([ \t]{0,4}+\"([^\"\r\n]{1,20000}+)\"[ \t]{0,4}+\)"
    r"|[\"']([^\"'\r\n]{1,20000}+)[\"']\.split\((?:''|\"\")\)\.reverse\(\)\.join\((?:''|\"\")\)"
    r"|\(?[\"']([^\"'\r\n]{1,20000}+)[\"']\)?\[[ \t]{0,4}+-1[ \t]{0,4}+\.\.[ \t]{0,4}+-[0-9]{1,6}\]"
    r"(?:[ \t]{0,4}+-join[ \t]{0,4}+(?:''|\"\"))?",
    re.IGNORECASE,
)
_ATOB = re.compile(
    r"\b(?:atob|FromBase64String)[ \t]{0,4}+\([ \t]{0,4}+([\"'`])([A-Za-z0-9+/=_\s-]{8,400000}+)\1[ \t]{0,4}+\)",
    re.IGNORECASE,
)
# eval(function(p,a,c,k,e,d){...}('payload',62,120,'word|word'.split('|')
_PACKED = re.compile(
    r"\}\([ \t]{0,4}+'((?:[^'\\]|\\.){1,400000}+)'[ \t]{0,4}+,[ \t]{0,4}+([0-9]{1,2})[ \t]{0,4}+,"
    r"[ \t]{0,4}+([0-9]{1,5})[ \t]{0,4}+,[ \t]{0,4}+'((?:[^'\\]|\\.){0,400000}+)'\.split\('\|'\)"
)
_WORD = re.compile(r"\b\w{1,4}\b")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# cmd: set "a=value" and %a%, %a:~2,1%.
_SET = re.compile(r"(?im)^[ \t@]{0,8}+set[ \t]{1,4}+\"?([A-Za-z_]\w{0,40}+)=([^\"\r\n]{1,2000}+)")
_USED = re.compile(r"%([A-Za-z_]\w{0,40}+)(?::~(-?[0-9]{1,4})(?:,(-?[0-9]{1,4}))?)?%")


def clear(text: str) -> str:
    """The script with its strings put together and its escapes read, at most CHARACTERS of it."""
    text = text[:CHARACTERS]
    for _ in range(_ROUNDS):
        before, lowered = text, text.lower()
        for words, pattern, replacement in _REWRITINGS:
            # One of the words stands wherever the pattern matches, or comes in by another pass before it.
            if any(word in lowered for word in words):
                text = pattern.sub(replacement, text)
        text = _GROWING.sub("", _JOINED.sub("", text))[:CHARACTERS]
        if text == before:
            break
    return text


def joined(text: str) -> str:
    """A text of any length, its strings put together, for who looks for data in it."""
    return _JOINED_LIST.sub("", _GROWING.sub("", _JOINED.sub("", text)))


def layers(text: str) -> Iterator[str]:
    """What a script decodes at run time and hands on to be run: encoded commands, packers. The outermost first."""
    waiting, seen = [text[:CHARACTERS]], 0
    while waiting and seen < _LAYERS:
        for layer in _below(waiting.pop(0)):
            seen += 1
            cleared = clear(layer)
            yield cleared
            waiting.append(cleared)
            if seen >= _LAYERS:
                return


def batch(text: str) -> str:
    """A batch file with its carets gone and its variables filled in, as far as they are set to plain text."""
    text = text[:CHARACTERS]
    values = dict([(name.lower(), value) for name, value in _SET.findall(text)][:_VARIABLES])

    def value_of(match: re.Match[str]) -> str:
        value: str | None = values.get(match[1].lower())
        if value is None:
            return str(match[0])
        if match[2] is None:
            return value[:_VALUE_CHARACTERS]
        start = int(match[2])
        end = None if match[3] is None else int(match[3])
        rest = value[start:]
        return rest if end is None else rest[:end]

    if values:
        text = _filled(text, value_of)
    return _CARET.sub("", text)[:CHARACTERS]


def _filled(text: str, value_of: Callable[[re.Match[str]], str]) -> str:
    """Variables in place, stopped where they would swell the text."""
    out: list[str] = []
    position, left = 0, CHARACTERS
    for match in _USED.finditer(text):
        value = value_of(match)
        left -= len(value)
        if left < 0:
            break
        out += (text[position : match.start()], value)
        position = match.end()
    return "".join((*out, text[position:]))


def _below(text: str) -> Iterator[str]:
    for match in ENCODED_COMMAND.finditer(text):
        decoded = blobs.from_base64(match[1])
        if layer := _command(decoded):
            yield layer
    for match in _ATOB.finditer(text):
        content = blobs.from_base64(match[2])
        if layer := blobs.text_of(content) or blobs.text_of(blobs.inflated(content)):
            yield layer
    for match in _PACKED.finditer(text):
        yield _unpacked(match)


def _command(decoded: bytes) -> str:
    """UTF-16, as PowerShell wants it; anything else is no command."""
    text = decoded[: len(decoded) // 2 * 2].decode("utf-16-le", "replace")
    readable = sum(character.isascii() and (character.isprintable() or character.isspace()) for character in text)
    return text if len(text) >= 4 and readable >= 0.8 * len(text) else ""


def _unpacked(match: re.Match[str]) -> str:
    """Dean Edwards' packer: words of the payload are numbers of words in a list, in base `a`."""
    payload, base, words = match[1].replace("\\'", "'").replace("\\\\", "\\"), int(match[2]), match[4].split("|")
    left = CHARACTERS

    def word_of(number: re.Match[str]) -> str:
        nonlocal left
        index = 0
        for digit in number[0]:
            value = _DIGITS.find(digit)
            if not 0 <= value < base:
                return str(number[0])
            index = index * base + value
        word = words[index] if index < len(words) and words[index] else number[0]
        left -= len(word)
        return word if left >= 0 else ""

    return _WORD.sub(word_of, payload)


def _quoted(text: str) -> str:
    """The text as a string literal in which no quote stands, so that it joins what stands beside it."""
    return '"' + text.replace('"', "'").replace("\r", " ").replace("\n", " ") + '"'


def _characters(numbers: str) -> str:
    return "".join(map(_character, _A_NUMBER.findall(numbers)))


def _character(number: str) -> str:
    lowered = number.lower()
    value = int(lowered[2:], 16) if lowered.startswith(("0x", "&h")) else int(lowered)
    return chr(value) if 9 <= value < 0xD800 else ""


def _formatted(match: re.Match[str]) -> str:
    words = [single or double for single, double in _LITERAL.findall(match[3])]
    order = (int(number) for number in re.findall(r"[0-9]{1,2}", match[2]))
    return _quoted("".join(words[index] for index in order if index < len(words)))


def _replaced(match: re.Match[str]) -> str:
    return _quoted(match[2].replace(match[4], match[6])[:_VALUE_CHARACTERS])


def _vbs_replaced(match: re.Match[str]) -> str:
    return _quoted(match[1].replace(match[2], match[3])[:_VALUE_CHARACTERS])


def _backwards(match: re.Match[str]) -> str:
    return _quoted((match[1] or match[2] or match[3])[::-1])


def _unescaped(match: re.Match[str]) -> str:
    return _quoted(unquote(_PERCENT_U.sub(lambda code: chr(int(code[1], 16)), match[2]), errors="replace"))


def _printable(match: re.Match[str]) -> str:
    character = chr(int(match[1] or match[2], 16))
    # Quotes and line ends would end the string in which they stand.
    return character if character.isprintable() and character not in "\"'`\\" else match[0]


_REWRITINGS: tuple[tuple[tuple[str, ...], re.Pattern[str], Callable[[re.Match[str]], str] | str], ...] = (
    (("`",), _TICK, ""),
    (("\\x", "\\u00"), _ESCAPE, _printable),
    (("fromcharcode",), _FROM_CHAR_CODE, lambda match: _quoted(_characters(match[1]))),
    (("[char[]]",), _CHARS, lambda match: _quoted(_characters(match[1]))),
    (("[char]",), _CHAR, lambda match: _quoted(_character(match[1]))),
    (("chr",), _CHR, lambda match: _quoted(_character(match[1]))),
    (("-f",), _FORMAT, _formatted),
    (("reverse", "-1"), _BACKWARDS, _backwards),
    (("replace",), _REPLACED, _replaced),
    (("replace(",), _VBS_REPLACED, _vbs_replaced),
    (("unescape", "decodeuri"), _UNESCAPE, _unescaped),
    (('",', "',"), _JOINED_LIST, ""),
)
