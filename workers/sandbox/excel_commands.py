"""Commands of Excel 4 macros that reach out of their workbook: programs, libraries, files, other workbooks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct, field

from mailcore.behaviour import ActKind
from workers.sandbox.excel_evaluator import Evaluator, Handler, Place
from workers.sandbox.excel_formulas import Call
from workers.sandbox.excel_values import Area, Faulty, Value, WindowsFunction, text
from workers.sandbox.excel_windows import notes_of
from workers.sandbox.javascript import Entry
from workers.workbook import Workbook, cell_name

ENTRIES = 100  # of a kind, so that none hides behind many others
CONTENT_CHARACTERS = 400_000
_WHAT_CHARACTERS = 4_000
_WORD = re.compile(r"[A-Za-z0-9]{5,60}")
_ADDRESS = re.compile(r"(?:https?|ftp):", re.IGNORECASE)


class Log(Struct, kw_only=True):
    """What was done so far. `plain` is all that stands in the workbook, for what comes out only when it runs."""

    plain: str
    entries: dict[Entry, None] = field(default_factory=dict)
    counts: Counter[ActKind] = field(default_factory=Counter)
    left_early: bool = False

    def note(self, kind: ActKind, what: str, content: str = "") -> None:
        entry = Entry(kind, what[:_WHAT_CHARACTERS], content[:CONTENT_CHARACTERS])
        if self.counts[kind] < ENTRIES and entry not in self.entries:
            self.counts[kind] += 1
            self.entries[entry] = None

    def did(self, kind: ActKind, what: str, content: str = "") -> None:
        """The same for what matters: words of it that stand nowhere were hidden."""
        self.note(kind, what, content)
        words = _WORD.findall(what[:_WHAT_CHARACTERS])
        if words and any(word.lower() not in self.plain for word in words):
            self.note(ActKind.REVEALS, what)


def plain_text(workbook: Workbook) -> str:
    """Formulas and texts of a workbook in lower case."""
    found: list[str] = []
    left = 2_000_000
    for sheet in workbook.sheets:
        for cell in sheet.cells.values():
            words = f"{cell.formula} {cell.value if isinstance(cell.value, str) else ''}"
            left -= len(words)
            if left < 0:
                return "\n".join(found)
            found.append(words.lower())
    return "\n".join([*found, *(formula.lower() for formula in workbook.names.values())])


class Commands:
    """The commands over the cells of one workbook, and the files and functions that they have opened."""

    def __init__(self, cells: Evaluator, log: Log) -> None:
        self._cells = cells
        self._log = log
        self._files: dict[float, tuple[str, list[str]]] = {}
        self._handles = 0
        self._functions: dict[str, WindowsFunction] = {}

    def handlers(self) -> dict[str, Handler]:
        """By the names of the functions."""
        notes = {
            "ALERT": ActKind.SHOWS, "MESSAGE": ActKind.SHOWS, "INPUT": ActKind.SHOWS, "FILE.DELETE": ActKind.DELETES,
            "WAIT": ActKind.SLEEPS, "SAVE.AS": ActKind.WRITES, "SAVE.COPY.AS": ActKind.WRITES,
            "SEND.KEYS": ActKind.CALLS, "SEND.MAIL": ActKind.SENDS, "DIRECTORY": ActKind.ASKS_SYSTEM,
            "FILES": ActKind.ASKS_SYSTEM, "HYPERLINK": ActKind.LOADS,
        }  # fmt: skip
        does: dict[str, Callable[[Sequence[Value], Place], Value]] = {
            "EXEC": self._exec,
            "CALL": self._calls,
            "REGISTER": self._register,
            "REGISTER.ID": self._register,
            "UNREGISTER": _nothing,
            "FOPEN": self._fopen,
            "FWRITE": partial(self._fwrite, end=""),
            "FWRITELN": partial(self._fwrite, end="\r\n"),
            "FCLOSE": self._fclose,
            **dict.fromkeys(("FREAD", "FREADLN"), _empty),
            **dict.fromkeys(("FSIZE", "FPOS"), _some),
            "INITIATE": self._initiate,
            **dict.fromkeys(("EXECUTE", "POKE", "REQUEST"), self._over_channel),
            **dict.fromkeys(("OPEN", "OPEN.TEXT", "WORKBOOK.INSERT", "VBA.INSERT.FILE"), self._open),
        }
        given = {name: partial(self._given, run) for name, run in does.items()}
        return {**given, **{name: partial(self._noted, kind) for name, kind in notes.items()}}

    def close(self) -> None:
        """Files that were left open are written all the same."""
        for handle in list(self._files):
            self._fclose([handle], (0, 0, 0))

    def registered(self, name: str) -> WindowsFunction | None:
        """A function of Windows under the name that REGISTER gave it."""
        return self._functions.get(name.lower())

    def call_windows(self, function: WindowsFunction, values: Sequence[Value]) -> Value:
        """It was called; nothing happens, and it says that all went well."""
        arguments = [_words(value) for value in values]
        for kind, what in notes_of(function.library, function.function, arguments):
            self._log.did(kind, what)
        # A handle, a number of bytes: no error. Those that fetch say 0 for that.
        return 0.0 if "download" in function.function.lower() else 33.0

    def _given(self, run: Callable[[Sequence[Value], Place], Value], call: Call, at: Place) -> Value:
        return run(self._cells.plain_values(call.arguments, at, faults=True), at)

    def _noted(self, kind: ActKind, call: Call, at: Place) -> Value:
        values = self._cells.plain_values(call.arguments, at, faults=True)
        words = " ".join(_words(value) for value in values[:2]).strip()
        if kind is ActKind.LOADS and not _ADDRESS.match(words):
            return words
        self._log.note(kind, f"{call.function} {words}" if kind in (ActKind.CALLS, ActKind.ASKS_SYSTEM) else words)
        return True

    def _exec(self, values: Sequence[Value], _at: Place) -> Value:
        line = _words(_first(values)).strip()
        if line:
            self._log.did(ActKind.STARTS, line)
        return 4_711.0

    def _calls(self, values: Sequence[Value], _at: Place) -> Value:
        """CALL of a registered function, or of a library, a function and the types of what it is given."""
        target = _first(values)
        if isinstance(target, WindowsFunction):
            return self.call_windows(target, values[1:])
        if len(values) < 2:
            raise Faulty
        return self.call_windows(WindowsFunction(_words(target), _words(values[1])), values[3:])

    def _register(self, values: Sequence[Value], _at: Place) -> Value:
        if len(values) < 2:
            # A library of functions for Excel (.xll), as a whole.
            library = _words(_first(values))
            self._log.did(ActKind.STARTS, f"{library},xlAutoOpen")
            return True
        function = WindowsFunction(_words(values[0]), _words(values[1]))
        alias = _words(values[3]) if len(values) > 3 else ""
        self._functions[(alias or function.function).lower()] = function
        self._log.note(ActKind.CALLS, f"REGISTER {function.library}!{function.function}")
        return function

    def _fopen(self, values: Sequence[Value], _at: Place) -> Value:
        # Not how many are open: that may be the number of one of them.
        self._handles += 1
        handle = float(self._handles)
        path, access = _words(_first(values)), values[1] if len(values) > 1 else 1.0
        if access != 2.0 and len(self._files) < ENTRIES:
            # 2 is to read only: such a file is somebody's list.
            self._files[handle] = (path, [])
        return handle

    def _fwrite(self, values: Sequence[Value], _at: Place, *, end: str) -> Value:
        handle, words = _first(values), _words(values[1]) if len(values) > 1 else ""
        path_and_pieces = self._files.get(handle) if isinstance(handle, float) else None
        if path_and_pieces is not None and sum(map(len, path_and_pieces[1])) < CONTENT_CHARACTERS:
            path_and_pieces[1].append(words + end)
        return float(len(words))

    def _fclose(self, values: Sequence[Value], _at: Place) -> Value:
        handle = _first(values)
        path, pieces = self._files.pop(handle, ("", [])) if isinstance(handle, float) else ("", [])
        if pieces:
            self._log.note(ActKind.WRITES, path, "".join(pieces))
        return True

    def _initiate(self, values: Sequence[Value], _at: Place) -> Value:
        """A conversation with another program, which is started for it (DDE)."""
        self._log.did(ActKind.STARTS, " ".join(_words(value) for value in values[:2]))
        return 1.0

    def _over_channel(self, values: Sequence[Value], _at: Place) -> Value:
        self._log.note(ActKind.CALLS, f"tells another program {' '.join(_words(value) for value in values[1:3])}")
        return True

    def _open(self, values: Sequence[Value], _at: Place) -> Value:
        path = _words(_first(values))
        if _ADDRESS.match(path):
            self._log.did(ActKind.FETCHES, f"GET {path}")
        elif path:
            self._log.note(ActKind.LOADS, path)
        return True


def place_name(cells: Evaluator, area: Area) -> str:
    """ "Macro1!A5"."""
    return f"{cells.grids[area.sheet].name}!{cell_name(*area.first)}"


def _words(value: Value) -> str:
    """As people read it; "" of errors and areas."""
    try:
        return text(value)
    except Faulty:
        return ""


def _first(values: Sequence[Value]) -> Value:
    return values[0] if values else None


def _nothing(_values: Sequence[Value], _at: Place) -> Value:
    return True


def _empty(_values: Sequence[Value], _at: Place) -> Value:
    return ""


def _some(_values: Sequence[Value], _at: Place) -> Value:
    return 4_096.0
