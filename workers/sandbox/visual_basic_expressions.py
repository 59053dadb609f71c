"""Expressions of Visual Basic as JavaScript: over the functions of `host_visual_basic`."""

from __future__ import annotations

import json
import re

from workers.sandbox.visual_basic_words import Sort, Word

DEPTH = 60
LINKS = 60  # members and calls in a row
# Weakest first: each row binds its operands with the row below it.
_ROWS: tuple[dict[str, str], ...] = (
    {"xor": "$vb.xor({0},{1})", "eqv": "!$vb.xor({0},{1})"},
    {"or": "$vb.or({0},{1})"},
    {"and": "$vb.and({0},{1})"},
    {
        "=": "$vb.eq({0},{1})", "<>": "!$vb.eq({0},{1})", "<": "$vb.less({0},{1})", ">": "$vb.less({1},{0})",
        "<=": "!$vb.less({1},{0})", ">=": "!$vb.less({0},{1})", "is": "({0}==={1})",
        "like": "$vb.eq({0},{1})",
    },
    {},
    {"+": "$vb.add({0},{1})", "-": "($vb.number({0})-$vb.number({1}))"},
    {"mod": "($vb.number({0})%$vb.number({1}))"},
    {"\\": "Math.trunc($vb.number({0})/$vb.number({1}))"},
    {"*": "($vb.number({0})*$vb.number({1}))", "/": "($vb.number({0})/$vb.number({1}))"},
    {"^": "Math.pow($vb.number({0}),$vb.number({1}))"},
)  # fmt: skip
_COMPARISON, _JOINING = 3, 4
_NAME = re.compile(r"[^\w$]")


class Unreadable(Exception):
    """A statement that is none, or of a kind that is not read."""


def variable(name: str) -> str:
    """The name of a variable in JavaScript."""
    return "$" + _NAME.sub("_", name)


class Expression:
    """Reads words one after the other; `names` collects the variables that stand in them."""

    def __init__(self, words: list[Word], names: set[str], *, within: str = "", function: str = "") -> None:
        """`within` is what `.member` belongs to, `function` the one whose name stands for its value here."""
        self.words = words
        self.at = 0
        self._names = names
        self._within = within
        self._function = function
        self._depth = 0

    def peek(self) -> Word | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def take_sign(self, sign: str) -> bool:
        word = self.peek()
        if word is not None and word.is_sign(sign):
            self.at += 1
            return True
        return False

    def read(self, row: int = 0) -> str:
        """One expression. Raises Unreadable."""
        self._depth += 1
        try:
            if self._depth > DEPTH * len(_ROWS):
                raise Unreadable
            if row == len(_ROWS):
                return self._unary()
            word = self.peek()
            if row <= _COMPARISON and word is not None and word.is_name("not"):
                self.at += 1
                return f"$vb.not({self.read(_COMPARISON)})"
            left = self.read(row + 1)
            if row == _JOINING:
                return self._joined(left)
            while (word := self.peek()) is not None and word.sort in (Sort.SIGN, Sort.NAME) and word.text in _ROWS[row]:
                self.at += 1
                # Not str.format: operands hold braces.
                form = _ROWS[row][word.text]
                left = _filled(form, left, self.read(row + 1))
            return left
        finally:
            self._depth -= 1

    def _joined(self, first: str) -> str:
        """`a & b & c ...`: thousands stand in a row where somebody hides something."""
        found = [first]
        while self.take_sign("&"):
            found.append(self.read(_JOINING + 1))
        return f"$vb.cats([{','.join(found)}])" if len(found) > 1 else first

    def _unary(self) -> str:
        if self.take_sign("-"):
            return f"(-$vb.number({self._unary()}))"
        if self.take_sign("+"):
            return self._unary()
        word = self.peek()
        if word is None:
            raise Unreadable
        if word.sort is Sort.NUMBER:
            self.at += 1
            return f"({word.text.lstrip('0') or '0'})" if not word.text.startswith("0.") else word.text
        if word.sort is Sort.STRING:
            self.at += 1
            return json.dumps(word.text)
        if self.take_sign("("):
            inner = self.read()
            if not self.take_sign(")"):
                raise Unreadable
            return f"({inner})"
        return self.chain()[0]

    def chain(self) -> tuple[str, tuple[str, str]]:
        """A name with its members, indexes and arguments: as a value, and as the place (kind, its parts) to assign."""
        word = self.peek()
        if word is None:
            raise Unreadable
        if word.is_name("new"):
            self.at += 1
            name = self.peek()
            self.at = len(self.words)
            return f"$createobject({json.dumps(name.text if name else '')})", ("", "")
        if self._within and word.is_sign("."):
            subject, place = self._within, ("", "")
        elif word.sort is Sort.NAME:
            self.at += 1
            self._names.add(word.text)
            following = self.peek()
            is_value = word.text == self._function and not (following is not None and following.is_sign("("))
            subject = "$return" if is_value else variable(word.text)
            place = ("name", subject)
        else:
            raise Unreadable
        is_call = False
        for _ in range(LINKS):
            word = self.peek()
            if self.take_sign("("):
                arguments = self.arguments()
                place = ("item", f"{subject},[{arguments}]")
                subject, is_call = f"$vb.call({subject},[{arguments}])", True
            elif (
                word is not None
                and (not word.spaced or subject == self._within)
                and (self.take_sign(".") or self.take_sign("!"))
            ):
                member = self.peek()
                if member is None or member.sort is not Sort.NAME:
                    raise Unreadable
                self.at += 1
                holder = subject if is_call or place[0] != "member" else f"$vb.value({subject})"
                place = ("member", f"{holder},{json.dumps(member.text)}")
                subject, is_call = f"$vb.get({place[1]})", False
            else:
                break
        else:
            raise Unreadable
        return (subject if is_call else f"$vb.value({subject})"), place

    def arguments(self, *, end: str = ")") -> str:
        """Arguments up to the sign that ends them ("" is the end of the statement); left out ones are undefined."""
        found: list[str] = []
        while True:
            word = self.peek()
            if word is None:
                if end:
                    raise Unreadable
                break
            if end and self.take_sign(end):
                break
            if self.take_sign(","):
                found.append("undefined")
                continue
            following = self.words[self.at + 1] if self.at + 1 < len(self.words) else None
            if word.sort is Sort.NAME and following is not None and following.is_sign(":="):
                self.at += 2
            if word.is_name("byval", "byref"):
                self.at += 1
            found.append(self.read())
            if not self.take_sign(",") and (word := self.peek()) is not None and not word.is_sign(end or ")"):
                raise Unreadable
        return ",".join(found)


def _filled(form: str, left: str, right: str) -> str:
    return "".join({"{0}": left, "{1}": right}.get(piece, piece) for piece in re.split(r"(\{[01]\})", form))
