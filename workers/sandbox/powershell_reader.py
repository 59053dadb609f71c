"""Reads PowerShell: expressions that can be worked out stand there as strings.

Nothing is run: the text is read once, what is known of its variables is put in, and what comes out is read again.
"""

from __future__ import annotations

import re

from workers.sandbox import powershell_values as values
from workers.sandbox.powershell_values import UNKNOWN, Value

STEPS = 60_000
DEPTH = 60
ITEMS_OF_A_STEP = 32
OUT_CHARACTERS = 1_048_576

_SPACE = re.compile(r"(?:[ \t\r\n]|`\r?\n|#[^\r\n>]*+|<#(?:[^#]|#(?!>))*+#>)*+")
_BLANKS = re.compile(r"(?:[ \t]|`\r?\n)*+")
_SINGLE = re.compile(r"['\u2018\u2019]((?:[^'\u2018\u2019]|''){0,1000000}+)['\u2018\u2019]")
_DOUBLE = re.compile(r'"((?:[^"`]|`[\s\S]|""){0,1000000}+)"')
_HERE = re.compile(r"@(['\"])[ \t]{0,40}\r?\n")
_NUMBER = re.compile(r"0x[0-9a-f]{1,8}|[0-9]{1,15}(?![\w.][0-9A-Za-z])", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{([^}\r\n]{1,100})\}|((?:(?:env|global|script|local|variable):)?[\w?]{1,100}))", re.I)
_TYPE = re.compile(r"\[([A-Za-z][\w.]{0,80}(?:\[\])?)\]")
_MEMBER = re.compile(r"(\.|::)[ \t]{0,4}([\"']?)([A-Za-z`][\w`]{0,60})\2")
_ASSIGNED = re.compile(r"(?:\[[A-Za-z][\w.]{0,60}(?:\[\])?\][ \t]{0,4})?\$(?:\{([^}\r\n]{1,100})\}|([\w:]{1,100}))"
                       r"[ \t]{0,20}(\+?=)(?!=)")  # fmt: skip
_OPERATOR = re.compile(r"-[ic]?(replace|split|join|bxor|xor)\b", re.IGNORECASE)
_FORMAT = re.compile(r"-f(?![\w-])", re.IGNORECASE)
_UNARY = re.compile(r"-(join|split)(?![\w-])", re.IGNORECASE)
_EACH = re.compile(r"\|[ \t\r\n]{0,9}(?:%|foreach-object|foreach)[ \t]{0,9}\{", re.IGNORECASE)
_INTERPOLATED = re.compile(r"`([\s\S])|\"\"|\$\{([^}\r\n]{1,100})\}|\$([A-Za-z_][\w:]{0,100})|(\$\()")
_WORD = re.compile(r"[\w`:\\/.%-]{1,200}")
_SCOPE = re.compile(r"^(?:global|script|local|variable):")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "", "a": "", "b": "", "f": "", "v": ""}


class Reader:
    """One reading of one script: variables as they are known, what may still be spent, blobs that were decoded."""

    def __init__(self) -> None:
        self.variables: dict[str, Value] = dict(values.AUTOMATIC)
        self.blobs: list[bytes] = []
        self._steps = STEPS
        self._depth = 0
        self._text = ""
        self._endless: set[str] = set()

    def folded(self, text: str) -> str:
        """The script with every expression that is known as a string."""
        self._text = text
        out: list[str] = []
        position, size = 0, 0
        while position < len(text) and self._steps > 0 and size < OUT_CHARACTERS:
            before = len(out)
            position = self._fold_one(position, out)
            size += sum(map(len, out[before:]))
        return "".join(out) + text[position:]

    def _fold_one(self, at: int, out: list[str]) -> int:
        """Fold what begins here, or pass on what does not; the next position."""
        text = self._text
        assigned = _ASSIGNED.match(text, at)
        if assigned is not None:
            return self._assign(assigned, out)
        character = text[at]
        begins = character in "\"'($[@\u2018" or (character == "-" and _UNARY.match(text, at))
        if begins:
            value, end = self._pipeline(at)
            if end > at and isinstance(value, str) and (end - at > 2):
                is_argument = (
                    character == "(" and (text[at - 1 : at] in "'\"_)" or text[at - 1 : at].isalnum()) and at > 0
                )
                out.append(f"({quoted(value)})" if is_argument else quoted(value))
                return end
            if character in "\"'\u2018" and (string := self._string_end(at)) > at:
                out.append(text[at:string])
                return string
        space = _SPACE.match(text, at)
        if space is not None and space.end() > at:
            out.append(text[at : space.end()])
            return space.end()
        word = _WORD.match(text, at)
        end = word.end() if word is not None and not begins else at + 1
        out.append(text[at:end])
        return end

    def _assign(self, match: re.Match[str], out: list[str]) -> int:
        name = _name(match[1] or match[2])
        begin = self._skip(match.end())
        value, end = self._pipeline(begin) if begin < len(self._text) else (UNKNOWN, begin)
        if match[3] == "+=" and value is not UNKNOWN:
            value = values.added(self.variables.get(name, UNKNOWN), value)
        self.variables[name] = value if end > begin else UNKNOWN
        out.append(self._text[match.start() : begin])
        if end <= begin or not isinstance(value, str) or match[3] == "+=":
            return begin
        out.append(quoted(value))
        return end

    def _paid(self, value: Value, end: int) -> tuple[Value, int]:
        """Large values cost as many steps as small ones that they are made of."""
        if isinstance(value, str | list | bytes):
            self._steps -= len(value) // ITEMS_OF_A_STEP
        return (value if self._steps > 0 else UNKNOWN), end

    # The grammar, weakest operators first. Each returns the value and where it ends; the same place for none.

    def _pipeline(self, at: int) -> tuple[Value, int]:
        if self._depth > DEPTH:
            return UNKNOWN, at
        self._depth += 1
        try:
            value, end = self._expression(at)
            while end > at and value is not UNKNOWN and (match := _EACH.match(self._text, self._skip(end))):
                value, end = self._each(value, match.end())
            return value, end
        except (IndexError, ValueError, OverflowError, TypeError):
            return UNKNOWN, at
        finally:
            self._depth -= 1

    def _each(self, value: Value, begin: int) -> tuple[Value, int]:
        close = self._text.find("}", begin, begin + 2_000)
        if close < 0:
            return UNKNOWN, begin
        body, before = self._text[begin:close].strip(), self.variables.get("_", UNKNOWN)
        found: list[Value] = []
        outer = self._text
        try:
            for item in values.items(value):
                self.variables["_"] = self.variables["psitem"] = item
                self._text = body
                result, end = self._expression(0)
                if result is UNKNOWN or self._skip(end) < len(body) or self._steps <= 0:
                    return UNKNOWN, close + 1
                found.append(result)
        finally:
            self._text = outer
            self.variables["_"] = before
        return found, close + 1

    def _expression(self, at: int, *, commas: bool = True) -> tuple[Value, int]:
        value, end = self._sum(at, commas=commas)
        while end > at and (match := _OPERATOR.match(self._text, self._skip(end))):
            operator, raw = match[1].lower(), match[0].lower()
            right, next_end = self._sum(self._skip(match.end()), commas=commas)
            if next_end <= match.end() - 1:
                return UNKNOWN, end
            value, end = self._paid(_operated(operator, raw, value, right), next_end)
        return value, end

    def _sum(self, at: int, *, commas: bool) -> tuple[Value, int]:
        value, end = self._formatted(at, commas=commas)
        while end > at:
            operator = self._skip(end)
            sign = self._text[operator : operator + 1]
            if sign not in ("+", "*") or self._text[operator + 1 : operator + 2] in ("=", "+"):
                break
            right, next_end = self._formatted(self._skip(operator + 1), commas=commas)
            if next_end <= operator + 1:
                break
            value, end = self._paid((values.added if sign == "+" else values.repeated)(value, right), next_end)
        return value, end

    def _formatted(self, at: int, *, commas: bool) -> tuple[Value, int]:
        value, end = self._list(at, commas=commas)
        while end > at and (match := _FORMAT.match(self._text, self._skip(end))):
            right, next_end = self._list(self._skip(match.end()), commas=True)
            value, end = self._paid(values.formatted(value, right), next_end)
        return value, end

    def _list(self, at: int, *, commas: bool) -> tuple[Value, int]:
        value, end = self._unary(at)
        if end > at and self._text.startswith("..", end := self._skip(end) if self._dots(end) else end):
            last, next_end = self._unary(self._skip(end + 2))
            value, end = self._paid(values.spread(value, last), next_end)
        if not commas or end <= at:
            return value, end
        found = [value]
        while self._text[(comma := self._skip(end)) : comma + 1] == ",":
            item, next_end = self._unary(self._skip(comma + 1))
            if next_end <= comma + 1:
                break
            if self._dots(next_end):
                last, next_end = self._unary(self._skip(self._skip(next_end) + 2))
                item, _ = self._paid(values.spread(item, last), next_end)
            found += item if isinstance(item, list) else [item]
            end = next_end
        if len(found) == 1:
            return value, end
        return (UNKNOWN if UNKNOWN in found else [*values.items(found[0]), *found[1:]]), end

    def _dots(self, end: int) -> bool:
        return self._text.startswith("..", self._skip(end))

    def _unary(self, at: int) -> tuple[Value, int]:
        self._steps -= 1
        text = self._text
        if self._steps <= 0 or at >= len(text) or self._depth > DEPTH:
            return UNKNOWN, at
        self._depth += 1
        try:
            if match := _UNARY.match(text, at):
                value, end = self._unary(self._skip(match.end()))
                done = values.joined(value, "") if match[1].lower() == "join" else values.text(value)
                return (done if match[1].lower() == "join" or done is UNKNOWN else done.split()), end
            if text[at] == "-" and (number := _NUMBER.match(text, at + 1)):
                return -int(number[0], 0 if "x" in number[0].lower() else 10), number.end()
            if (match := _TYPE.match(text, at)) and not text.startswith("::", match.end()):
                value, end = self._unary(self._skip(match.end()))
                return (values.cast(match[1].lower(), value), end) if end > match.end() else (UNKNOWN, at)
            return self._paid(*self._members(*self._primary(at), at))
        finally:
            self._depth -= 1

    def _members(self, value: Value, end: int, at: int) -> tuple[Value, int]:
        """Indexes, properties and methods behind a value."""
        text = self._text
        while end > at:
            if text[end : end + 1] == "[":
                index, close = self._expression(self._skip(end + 1))
                close = self._skip(close)
                if text[close : close + 1] != "]":
                    break
                value, end = values.indexed(value, index), close + 1
            elif (match := _MEMBER.match(text, end)) and match[1] == ".":
                name = match[3].replace("`", "").lower()
                if text[match.end() : match.end() + 1] == "(":
                    arguments, end = self._arguments(match.end() + 1)
                    value = values.method(value, name, arguments)
                else:
                    end = match.end()
                    value = len(value) if name in ("length", "count") and isinstance(value, str | list) else UNKNOWN
            else:
                break
        return value, end

    def _arguments(self, at: int) -> tuple[list[Value], int]:
        """Arguments behind the opening bracket; raises ValueError where they have no end."""
        found: list[Value] = []
        position = self._skip(at)
        while self._text[position : position + 1] != ")":
            value, end = self._expression(position, commas=False)
            if end <= position:
                raise ValueError("an argument of another kind")
            found.append(value)
            position = self._skip(end)
            if self._text[position : position + 1] == ",":
                position = self._skip(position + 1)
        return found, position + 1

    def _primary(self, at: int) -> tuple[Value, int]:
        text = self._text
        if match := _SINGLE.match(text, at):
            return match[1].replace("''", "'"), match.end()
        if match := _DOUBLE.match(text, at):
            return self._interpolated(match[1]), match.end()
        if (match := _HERE.match(text, at)) and (close := self._here_end(match)) >= 0:
            content = text[match.end() : close].removesuffix("\r")
            return (content if match[1] == "'" else self._interpolated(content)), close + 3
        if match := _NUMBER.match(text, at):
            return int(match[0], 0 if "x" in match[0].lower() else 10), match.end()
        if match := _VARIABLE.match(text, at):
            return self.variables.get(_name(match[1] or match[2]), UNKNOWN), match.end()
        if match := _TYPE.match(text, at):
            return self._static(match[1].lower(), match.end())
        if text.startswith(("(", "@(", "$("), at):
            begin = self._skip(text.index("(", at) + 1)
            value, end = self._pipeline(begin)
            end = self._skip(end)
            if end > begin and text[end : end + 1] == ")":
                return (values.items(value) if text[at] == "@" and value is not UNKNOWN else value), end + 1
        return UNKNOWN, at

    def _static(self, kind: str, end: int) -> tuple[Value, int]:
        """`[type]::member...` behind the type."""
        match = _MEMBER.match(self._text, end)
        if match is None:
            return UNKNOWN, end - len(kind) - 2
        name = match[3].replace("`", "").lower()
        if "encoding" in kind:
            call = _MEMBER.match(self._text, match.end())
            if call is not None and call[3].lower() == "getstring" and self._text[call.end() : call.end() + 1] == "(":
                arguments, end = self._arguments(call.end() + 1)
                return values.decoded(name, arguments[0] if arguments else UNKNOWN), end
            return UNKNOWN, match.end()
        if self._text[match.end() : match.end() + 1] != "(":
            return UNKNOWN, match.end()
        arguments, end = self._arguments(match.end() + 1)
        value = values.static(kind, name, arguments)
        if isinstance(value, bytes) and len(self.blobs) < 20:
            self.blobs.append(value)
        return value, end

    def _interpolated(self, raw: str) -> Value:
        if "$" not in raw and "`" not in raw and '""' not in raw:
            return raw
        unknown = False

        def part(match: re.Match[str]) -> str:
            nonlocal unknown
            if match[1] is not None:
                return _ESCAPES.get(match[1], match[1])
            if match[0] == '""':
                return '"'
            value = values.text(self.variables.get(_name(match[2] or match[3] or ""), UNKNOWN))
            unknown = unknown or not isinstance(value, str)
            return value if isinstance(value, str) else ""

        found = _INTERPOLATED.sub(part, raw)[: values.CHARACTERS]
        return UNKNOWN if unknown else found

    def _here_end(self, begin: re.Match[str]) -> int:
        """Where a here-string ends, -1 where it does not; that is looked for once."""
        mark = f"\n{begin[1]}@"
        if mark in self._endless:
            return -1
        found = self._text.find(mark, begin.end() - 1)
        if found < 0:
            self._endless.add(mark)
        return found

    def _string_end(self, at: int) -> int:
        match = (_SINGLE if self._text[at] != '"' else _DOUBLE).match(self._text, at)
        return match.end() if match is not None else at

    def _skip(self, at: int) -> int:
        match = _BLANKS.match(self._text, at) if self._depth < 2 else _SPACE.match(self._text, at)
        return match.end() if match is not None else at


def _name(written: str) -> str:
    """The name of a variable: letters of either case are one, and so are the scopes of a script."""
    return _SCOPE.sub("", written.lower())


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _operated(operator: str, raw: str, left: Value, right: Value) -> Value:
    match operator:
        case "replace":
            pattern, replacement = (right[0], right[1]) if isinstance(right, list) and len(right) == 2 else (right, "")
            ignores_case = not raw.startswith("-c")
            if isinstance(left, list):
                return values.each(left, lambda item: values.replaced(item, pattern, replacement, is_pattern=True,
                                                                      ignores_case=ignores_case))  # fmt: skip
            return values.replaced(left, pattern, replacement, is_pattern=True, ignores_case=ignores_case)
        case "split":
            return values.split(left, right, is_pattern=True)
        case "join":
            return values.joined(left, right) if left is not UNKNOWN else UNKNOWN
        case _:
            return values.xored(left, right)
