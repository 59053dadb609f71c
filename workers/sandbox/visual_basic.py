"""Visual Basic (VBScript, macros of Office) as JavaScript, statement by statement, for the traced world.

A statement that cannot be read is left out, and one that fails is passed over, as under `On Error Resume Next`.
"""

from __future__ import annotations

import json

from workers.sandbox.visual_basic_expressions import Expression, Unreadable, variable
from workers.sandbox.visual_basic_words import Sort, Word, statements

# Procedures that Office and browsers run by themselves.
AUTOMATIC = (
    *(
        "autoopen",
        "auto_open",
        "autoexec",
        "document_open",
        "workbook_open",
        "autonew",
        "document_new",
        "window_onload",
    ),
    *("workbook_activate", "autoclose", "auto_close", "document_close", "workbook_beforeclose", "main"),
)
PROCEDURES = 10

_SCOPES = frozenset({"public", "private", "global", "friend", "static"})
_IGNORED = frozenset(
    {"option", "on", "attribute", "goto", "resume", "implements", "event", "erase", "randomize", "stop", "lset", "rset",
     "open", "print", "get", "put", "input", "deftype", "beep"}
)  # fmt: skip
_SKIPPED_BLOCKS = frozenset({"class", "type", "enum", "property"})


class Translation:
    """One script on its way: lines of JavaScript, what is open, names that were seen."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: set[str] = set()
        self.procedures: dict[str, int] = {}
        self._open: list[str] = []
        self._withs: list[str] = []
        self._function = ""
        self._skipping = ""
        self._does_something = False

    def whole(self) -> str:
        """The script with its variables declared, and procedures that run by themselves called at the end."""
        while self._open:
            self._close(self._open[-1])
        automatic = [name for name in AUTOMATIC if name in self.procedures]
        if not automatic and not self._does_something:
            automatic = [name for name, arguments in self.procedures.items() if not arguments][:PROCEDURES]
        calls = [f"try{{{variable(name)}()}}catch(e){{$vb.error(e)}}" for name in automatic]
        unknown = sorted(self.names - set(self.procedures))
        declared = [f"if(typeof {variable(name)}==='undefined')globalThis.{variable(name)}='';" for name in unknown]
        return "\n".join((*declared, *self.lines, *calls))

    def add(self, words: list[Word]) -> None:
        """One statement."""
        if self._skipping:
            if words[0].is_name("end") and len(words) > 1 and words[1].is_name(self._skipping):
                self._skipping = ""
            return
        while len(words) > 1 and words[0].sort is Sort.NAME and words[0].text in _SCOPES:
            if words[1].sort is Sort.NAME and words[1].text not in (
                "function",
                "sub",
                "const",
                "declare",
                *_SKIPPED_BLOCKS,
            ):
                words = [Word(Sort.NAME, "dim"), *words[1:]]
                break
            words = words[1:]
        try:
            self._statement(words)
        except (Unreadable, RecursionError, IndexError):
            return

    def _statement(self, words: list[Word]) -> None:
        first = words[0]
        if first.sort is not Sort.NAME and not first.is_sign("."):
            return
        name = first.text
        if name in _IGNORED and not (len(words) > 1 and words[1].is_sign("=", "(", ".")):
            return
        if name in _SKIPPED_BLOCKS and not (len(words) > 1 and words[1].is_sign("=", "(", ".")):
            self._skipping = name
            return
        handler = getattr(self, f"_{name}_statement", None) if first.sort is Sort.NAME else None
        if handler is not None and not (len(words) > 1 and words[1].is_sign("=", ".")):
            handler(words[1:])
        else:
            self._simple(words)

    # Simple statements: assignments and calls.

    def _simple(self, words: list[Word]) -> None:
        expression = self._expression(words)
        value, (kind, place) = expression.chain()
        if expression.take_sign("="):
            self._emit(_assigned(kind, place, expression.read()))
            return
        if expression.peek() is None:
            self._emit(value)
            return
        if kind == "item" and expression.peek() is not None:
            # `Run (a) & b, 0`: the brackets belong to the first argument.
            expression = self._expression(words)
            depth = next(at for at, word in enumerate(words) if word.is_sign("("))
            expression.words = words[:depth]
            value, (kind, place) = expression.chain()
            expression = self._expression(words[depth:])
        target = f"$vb.get({place})" if kind == "member" else place
        self._emit(f"$vb.call({target},[{expression.arguments(end='')}])")

    def _set_statement(self, words: list[Word]) -> None:
        self._simple(words)

    _let_statement = _set_statement
    _call_statement = _set_statement

    def _dim_statement(self, words: list[Word]) -> None:
        """`Dim a, b(10) As Byte`: arrays get their size, the others are empty."""
        at = 0
        while at < len(words):
            if words[at].sort is Sort.NAME and not words[at].is_name("as", "preserve", "withevents", "new"):
                self.names.add(words[at].text)
                target = variable(words[at].text)
                if self._function:
                    self.lines.append(f"var {target};")
                if at + 1 < len(words) and words[at + 1].is_sign("("):
                    expression = self._expression(words[at + 2 :])
                    size = "0" if expression.take_sign(")") else expression.read()
                    if not words[0].is_name("preserve"):
                        self._emit(f"{target}=$vb.dim({size})", does=False)
                elif self._function:
                    self.lines.append(f"{target}='';")
            while at < len(words) and not words[at].is_sign(","):
                at += 1
            at += 1

    _redim_statement = _dim_statement

    def _const_statement(self, words: list[Word]) -> None:
        without_type = [words[0], *words[3:]] if len(words) > 3 and words[1].is_name("as") else words
        expression = self._expression(without_type)
        _, (kind, place) = expression.chain()
        if expression.take_sign("="):
            self._emit(_assigned(kind, place, expression.read()), does=False)

    def _declare_statement(self, words: list[Word]) -> None:
        """`Declare Function x Lib "urlmon" Alias "URLDownloadToFileA" (...)`: a function of Windows."""
        names = [
            word.text for word in words if word.sort is Sort.NAME and word.text not in ("ptrsafe", "function", "sub")
        ]
        strings = [word.text for word in words if word.sort is Sort.STRING]
        if names:
            alias = strings[1] if "alias" in names and len(strings) > 1 else names[0]
            self.names.add(names[0])
            self._emit(f"{variable(names[0])}=$vb.api({json.dumps(alias)})", does=False)

    # Procedures.

    def _function_statement(self, words: list[Word]) -> None:
        if self._function or not words or words[0].sort is not Sort.NAME:
            raise Unreadable
        name, inside, parameters = words[0].text, 0, []
        for at, word in enumerate(words[1:], 1):
            inside += word.is_sign("(") - word.is_sign(")")
            follows = words[at - 1].is_sign("(", ",") or words[at - 1].is_name(
                "byval", "byref", "optional", "paramarray"
            )
            if (
                inside
                and follows
                and word.sort is Sort.NAME
                and not word.is_name("byval", "byref", "optional", "paramarray")
            ):
                parameters.append(variable(word.text))
        self.procedures[name] = len(parameters)
        self._function = name
        self._begin("function", f"function {variable(name)}({','.join(parameters)}){{var $return='';")

    _sub_statement = _function_statement

    # Blocks.

    def _if_statement(self, words: list[Word]) -> None:
        condition, rest = self._until(words, "then")
        if not rest:
            self._begin("if", f"if({condition}){{")
            return
        self.lines.append(f"if({condition}){{")
        position = 0
        for at, word in enumerate(rest):
            if word.is_name("else"):
                if at > position:
                    self.add(rest[position:at])
                self.lines.append("}else{")
                position = at + 1
        if position < len(rest):
            self.add(rest[position:])
        self.lines.append("}")

    def _elseif_statement(self, words: list[Word]) -> None:
        if self._open[-1:] == ["if"]:
            self.lines.append(f"}}else if({self._until(words, 'then')[0]}){{")

    def _else_statement(self, words: list[Word]) -> None:
        if self._open[-1:] == ["if"]:
            self.lines.append("}else{")
        if words:
            self.add(words)

    def _for_statement(self, words: list[Word]) -> None:
        if words and words[0].is_name("each"):
            name = words[1].text
            self.names.add(name)
            values = self._expression(words[3:]).read()
            self._begin("for", f"for({variable(name)} of $vb.list({values})){{")
            return
        expression = self._expression(words)
        _, (_, target) = expression.chain()
        expression.take_sign("=")
        first = expression.read()
        if not (word := expression.peek()) or not word.is_name("to"):
            raise Unreadable
        expression.at += 1
        last, step = expression.read(), "1"
        if (word := expression.peek()) is not None and word.is_name("step"):
            expression.at += 1
            step = expression.read()
        self._begin(
            "for",
            f"for({target}=$vb.number({first});{step}<0?{target}>=$vb.number({last}):{target}<=$vb.number({last});"
            f"{target}+={step}){{",
        )

    def _next_statement(self, _words: list[Word]) -> None:
        self._close("for")

    def _while_statement(self, words: list[Word]) -> None:
        self._begin("while", f"while({self._expression(words).read()}){{")

    def _wend_statement(self, _words: list[Word]) -> None:
        self._close("while")

    def _do_statement(self, words: list[Word]) -> None:
        condition = "true"
        if words and words[0].is_name("while", "until"):
            condition = self._expression(words[1:]).read()
            condition = f"!({condition})" if words[0].is_name("until") else condition
        self._begin("do", f"while({condition}){{")

    def _loop_statement(self, words: list[Word]) -> None:
        if words and words[0].is_name("while", "until") and self._open[-1:] == ["do"]:
            condition = self._expression(words[1:]).read()
            self.lines.append(f"if({'' if words[0].is_name('until') else '!'}({condition}))break;")
        self._close("do")

    def _select_statement(self, words: list[Word]) -> None:
        subject = self._expression(words[1:]).read()
        self._begin("select", f"for(var $case={subject},$once=0;!$once++;){{if(false){{")

    def _case_statement(self, words: list[Word]) -> None:
        if self._open[-1:] != ["select"]:
            return
        if words and words[0].is_name("else"):
            self.lines.append("}else{")
            return
        values = self._expression(words).arguments(end="")
        self.lines.append(f"}}else if([{values}].some(function(x){{return $vb.eq(x,$case)}})){{")

    def _with_statement(self, words: list[Word]) -> None:
        name = f"$with{len(self._withs)}"
        value = self._expression(words).read()
        self._withs.append(name)
        self._begin("with", f"{{var {name}={value};")

    def _exit_statement(self, words: list[Word]) -> None:
        if words and words[0].is_name("for", "do", "while"):
            self.lines.append("break;")
        elif self._function:
            self.lines.append("return $return;")

    def _end_statement(self, words: list[Word]) -> None:
        block = words[0].text if words else ""
        if block in ("sub", "function"):
            self._close("function")
        elif block in ("if", "select", "with"):
            self._close(block)

    # What the lines are made of.

    def _begin(self, block: str, line: str) -> None:
        self._open.append(block)
        self.lines.append(line)

    def _close(self, block: str) -> None:
        """End a block, and those within it that were left open."""
        if block not in self._open:
            return
        while True:
            ended = self._open.pop()
            if ended == "function":
                self.lines.append("return $return;}")
                self._function = ""
            else:
                self.lines.append("}}" if ended == "select" else "}")
            if ended == "with":
                self._withs.pop()
            if ended == block:
                return

    def _emit(self, code: str, *, does: bool = True) -> None:
        if not self._function:
            self._does_something = self._does_something or does
        self.lines.append(f"try{{{code};}}catch(e){{$vb.error(e)}}")

    def _expression(self, words: list[Word]) -> Expression:
        if not words:
            raise Unreadable
        return Expression(words, self.names, within=self._withs[-1] if self._withs else "", function=self._function)

    def _until(self, words: list[Word], end: str) -> tuple[str, list[Word]]:
        """The condition before a word, and what stands behind it; one that cannot be read is taken to hold."""
        at = next((at for at, word in enumerate(words) if word.is_name(end)), len(words))
        try:
            return self._expression(words[:at]).read(), words[at + 1 :]
        except Unreadable:
            return "true", words[at + 1 :]


def as_javascript(source: str) -> str:
    """The script in JavaScript, over `host_visual_basic`."""
    translation = Translation()
    for words in statements(source):
        translation.add(words)
    return translation.whole()


def _assigned(kind: str, place: str, value: str) -> str:
    match kind:
        case "name":
            return f"{place}={value}"
        case "item":
            return f"$vb.put({place},{value})"
        case "member":
            return f"$vb.set({place},{value})"
        case _:
            raise Unreadable
