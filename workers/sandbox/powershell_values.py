"""What values of PowerShell become under its operators, casts and methods; everything else is UNKNOWN."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from collections.abc import Callable
from typing import Any, Final

CHARACTERS = 1_048_576
ITEMS = 400_000


class Unknown:
    """What was not worked out."""


UNKNOWN: Final = Unknown()
Value = Any  # str, int, list of these, bytes of a decoded blob, UNKNOWN

# Variables that are there before the script; obfuscators take letters out of them.
AUTOMATIC: dict[str, Value] = {
    "env:comspec": "C:\\Windows\\system32\\cmd.exe", "pshome": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
    "shellid": "Microsoft.PowerShell", "verbosepreference": "SilentlyContinue", "env:public": "C:\\Users\\Public",
    "env:temp": "C:\\Users\\user\\AppData\\Local\\Temp", "env:tmp": "C:\\Users\\user\\AppData\\Local\\Temp",
    "env:appdata": "C:\\Users\\user\\AppData\\Roaming", "env:localappdata": "C:\\Users\\user\\AppData\\Local",
    "env:userprofile": "C:\\Users\\user", "env:windir": "C:\\Windows", "env:systemroot": "C:\\Windows",
    "env:programdata": "C:\\ProgramData", "env:username": "user", "env:computername": "DESKTOP-7K2M9",
    "true": 1, "false": 0, "null": "", "ofs": " ", "home": "C:\\Users\\user",
}  # fmt: skip

_INTEGER = re.compile(r"\s{0,9}([+-]?(?:0x[0-9a-f]{1,8}|[0-9]{1,15}))\s{0,9}", re.IGNORECASE)
# A pattern without meaning of its own: anything else would have to be run as one.
_PLAIN_PATTERN = re.compile(r"(?:[^\\^$.|?*+()\[\]{}]|\\[^A-Za-z0-9])*")
_FORMAT_ITEM = re.compile(r"\{([0-9]{1,3})(?::([^{}]{1,10}))?\}|\{\{|\}\}")


def text(value: Value) -> Value:
    """The value as a string, as PowerShell puts it into one."""
    match value:
        case str():
            return value
        case int():
            return str(value)
        case list():
            parts = [text(item) for item in value]
            return " ".join(parts)[:CHARACTERS] if all(isinstance(part, str) for part in parts) else UNKNOWN
        case _:
            return UNKNOWN


def number(value: Value) -> Value:
    """The value as an integer."""
    if isinstance(value, int):
        return value
    match = _INTEGER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return UNKNOWN
    digits = match[1].lower()
    return int(digits, 16) if "0x" in digits else int(digits)


def items(value: Value) -> list[Value]:
    if isinstance(value, bytes):
        return list(value[:ITEMS])
    return value if isinstance(value, list) else [value]


def character(value: Value) -> Value:
    if isinstance(value, str) and len(value) == 1:
        return value
    code = number(value)
    return chr(code) if isinstance(code, int) and 0 <= code < 0xD800 else UNKNOWN


def each(value: Value, function: Callable[[Value], Value]) -> Value:
    """The function of every item; UNKNOWN where one is."""
    found = [function(item) for item in items(value)]
    return UNKNOWN if UNKNOWN in found else found


def cast(kind: str, value: Value) -> Value:
    """`[kind] value`."""
    kind = kind.removeprefix("system.")
    match kind:
        case "string":
            return text(value)
        case "char":
            return character(value)
        case "char[]":
            return list(value) if isinstance(value, str) else each(value, character)
        case "int" | "int32" | "byte" | "int64" | "long" | "uint32":
            return ord(value) if isinstance(value, str) and len(value) == 1 and not value.isdigit() else number(value)
        case "byte[]" | "int[]":
            return value if isinstance(value, bytes) else each(value, number)
        case "string[]" | "array" | "object[]":
            return each(value, text)
        case "scriptblock" | "type" | "io.memorystream" | "regex" | "void":
            return value
        case _:
            return UNKNOWN


def joined(value: Value, separator: Value) -> Value:
    parts = [text(item) for item in items(value)]
    known = isinstance(separator, str) and all(isinstance(part, str) for part in parts)
    return separator.join(parts)[:CHARACTERS] if known else UNKNOWN


def added(left: Value, right: Value) -> Value:
    if isinstance(left, list):
        return [*left, *items(right)][:ITEMS]
    if isinstance(left, int):
        other = number(right)
        return left + other if isinstance(other, int) else UNKNOWN
    right = text(right)
    return (left + right)[:CHARACTERS] if isinstance(left, str) and isinstance(right, str) else UNKNOWN


def repeated(left: Value, right: Value) -> Value:
    times = number(right)
    if not isinstance(times, int) or abs(times) > ITEMS:
        return UNKNOWN
    if isinstance(left, int):
        return left * times
    return (left * times)[:CHARACTERS] if isinstance(left, str) and len(left) * times <= CHARACTERS else UNKNOWN


def formatted(template: Value, arguments: Value) -> Value:
    """`template -f arguments`."""
    words = items(arguments)
    if not isinstance(template, str) or len(template) > CHARACTERS // 4:
        return UNKNOWN
    unknown = False

    def item(match: re.Match[str]) -> str:
        nonlocal unknown
        if match[1] is None:
            return match[0][0]
        word = words[int(match[1])] if int(match[1]) < len(words) else UNKNOWN
        if match[2] and match[2].lower().startswith("x") and isinstance(word, int):
            return f"{word:{match[2][0]}}"
        word = text(word)
        unknown = unknown or not isinstance(word, str)
        return word if isinstance(word, str) else ""

    found = _FORMAT_ITEM.sub(item, template)[:CHARACTERS]
    return UNKNOWN if unknown else found


def replaced(value: Value, pattern: Value, replacement: Value, *, is_pattern: bool, ignores_case: bool) -> Value:
    """`-replace` with a pattern that means itself, and `.Replace()`."""
    value, pattern, replacement = text(value), text(pattern), text(replacement)
    if not (isinstance(value, str) and isinstance(pattern, str) and isinstance(replacement, str)) or not pattern:
        return UNKNOWN
    if is_pattern:
        if not _PLAIN_PATTERN.fullmatch(pattern):
            return UNKNOWN
        pattern = re.sub(r"\\(.)", r"\1", pattern)
        replacement = replacement.replace("$$", "$")
    if value.count(pattern) * len(replacement) > CHARACTERS:
        return UNKNOWN
    if ignores_case and pattern.lower() != pattern.upper():
        return re.sub(re.escape(pattern), lambda _match: replacement, value, flags=re.IGNORECASE)[:CHARACTERS]
    return value.replace(pattern, replacement)[:CHARACTERS]


def split(value: Value, separators: Value, *, is_pattern: bool) -> Value:
    """`-split` by a pattern that means itself, and `.Split()` by any of the characters."""
    value = text(value)
    if not isinstance(value, str):
        return UNKNOWN
    if is_pattern:
        if not isinstance(separators, str) or not separators or not _PLAIN_PATTERN.fullmatch(separators):
            return UNKNOWN
        return value.split(re.sub(r"\\(.)", r"\1", separators))[:ITEMS]
    characters = joined(separators, "")
    if not isinstance(characters, str) or not characters:
        return UNKNOWN
    return re.split(f"[{re.escape(characters)}]", value)[:ITEMS]


def indexed(value: Value, index: Value) -> Value:
    """`value[index]`, with one index or several."""
    within = value if isinstance(value, str | list) else list(value) if isinstance(value, bytes) else None
    if within is None:
        return UNKNOWN
    places = [number(place) for place in items(index)]
    found = [within[place] for place in places if isinstance(place, int) and -len(within) <= place < len(within)]
    if UNKNOWN in places:
        return UNKNOWN
    return found if isinstance(index, list) else found[0] if found else UNKNOWN


def spread(first: Value, last: Value) -> Value:
    """`first..last`."""
    first, last = number(first), number(last)
    if not isinstance(first, int) or not isinstance(last, int) or abs(last - first) > ITEMS:
        return UNKNOWN
    return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))


def xored(left: Value, right: Value) -> Value:
    left, right = number(ord(left) if isinstance(left, str) and len(left) == 1 else left), number(right)
    return left ^ right if isinstance(left, int) and isinstance(right, int) else UNKNOWN


def from_base64(value: Value) -> Value:
    if not isinstance(value, str):
        return UNKNOWN
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return UNKNOWN


def decoded(encoding: str, value: Value) -> Value:
    """Bytes as text."""
    if isinstance(value, list) and all(isinstance(item, int) and 0 <= item < 256 for item in value):
        value = bytes(value)
    if not isinstance(value, bytes):
        return UNKNOWN
    codec = {"unicode": "utf-16-le", "bigendianunicode": "utf-16-be", "utf8": "utf-8"}.get(encoding, "latin-1")
    return value.decode(codec, "replace")[:CHARACTERS]


_PLAIN_METHODS: dict[str, Callable[[str], Value]] = {
    "tostring": str,
    "normalize": str,
    "tochararray": list,
    "tolower": str.lower,
    "tolowerinvariant": str.lower,
    "toupper": str.upper,
    "toupperinvariant": str.upper,
    "trim": str.strip,
    "trimstart": str.lstrip,
    "trimend": str.rstrip,
}


def method(value: Value, name: str, arguments: list[Value]) -> Value:
    """`value.name(arguments)`."""
    if name == "replace" and len(arguments) == 2:
        return replaced(value, arguments[0], arguments[1], is_pattern=False, ignores_case=False)
    if name == "split" and arguments:
        return split(value, arguments[0], is_pattern=False)
    if not isinstance(value, str):
        return text(value) if name == "tostring" else UNKNOWN
    if not arguments:
        return _PLAIN_METHODS[name](value) if name in _PLAIN_METHODS else UNKNOWN
    match name, [number(argument) for argument in arguments]:
        case "substring", [int(begin)]:
            return value[begin:]
        case "substring", [int(begin), int(length)]:
            return value[begin : begin + length]
        case "remove", [int(begin)]:
            return value[:begin]
        case "remove", [int(begin), int(length)]:
            return value[:begin] + value[begin + length :]
        case "insert", [int(begin), _] if isinstance(arguments[1], str):
            return value[:begin] + arguments[1] + value[begin:]
        case _:
            return UNKNOWN


def static(kind: str, name: str, arguments: list[Value]) -> Value:
    """`[kind]::name(arguments)`."""
    kind = kind.removeprefix("system.")
    first = arguments[0] if arguments else UNKNOWN
    match kind, name:
        case "convert", "frombase64string":
            return from_base64(first)
        case "convert", ("toint32" | "tobyte" | "toint16") if len(arguments) == 2 and isinstance(first, str):
            try:
                return int(first, arguments[1])
            except (ValueError, TypeError):
                return UNKNOWN
        case "convert", ("toint32" | "tobyte" | "toint16"):
            return cast("int", first)
        case "convert", "tochar":
            return character(first)
        case "string", "join" if len(arguments) > 1:
            rest = arguments[1] if len(arguments) == 2 else arguments[1:]
            return joined(rest, text(first))
        case "string", "format" if len(arguments) > 1:
            return formatted(first, arguments[1] if len(arguments) == 2 else arguments[1:])
        case "string", ("concat" | "new"):
            return joined(arguments[0] if len(arguments) == 1 else arguments, "")
        case "char", "convertfromutf32":
            return character(first)
        case _:
            return _of_text(f"{kind}::{name}", first) if isinstance(first, str) else UNKNOWN


def _of_text(function: str, argument: str) -> Value:
    """Functions of one string."""
    match function:
        case "uri::unescapedatastring" | "net.webutility::urldecode" | "web.httputility::urldecode":
            return urllib.parse.unquote(argument)
        case "regex::unescape":
            return re.sub(r"\\(.)", r"\1", argument)
        case "environment::getenvironmentvariable":
            return AUTOMATIC.get(f"env:{argument.lower()}", UNKNOWN)
        case _:
            return UNKNOWN
