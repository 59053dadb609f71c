"""Formulas of Excel as binary files store them, tokens in reverse Polish order ([MS-XLS] 2.5.198), written as text."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from msgspec import Struct

from workers.workbook import cell_name

CHARACTERS = 4_000  # of one formula
_TOKENS = 2_000

_OPERATORS = dict(enumerate(("+", "-", "*", "/", "^", "&", "<", "<=", "=", ">=", ">", "<>", " ", ",", ":"), 0x03))
_EXP, _TBL, _UPLUS, _UMINUS, _PERCENT, _PAREN, _MISSING, _STR = 0x01, 0x02, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
_ATTR, _ERR, _BOOL, _INT, _NUM = 0x19, 0x1C, 0x1D, 0x1E, 0x1F
# These come in three classes (reference, value, array), 0x20 apart; here by their lowest number.
_ARRAY, _FUNC, _FUNC_VAR, _NAME, _REF, _AREA, _NAME_X, _REF_3D, _AREA_3D = (
    *(0x20, 0x21, 0x22, 0x23, 0x24, 0x25),
    *(0x39, 0x3A, 0x3B),
)
_MEMORY = {0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2}  # bytes about areas that were worked out before
_USER_DEFINED = 0x00FF

# Ftab and Cetab (2.5.198.17, 2.5.198.4): the functions that macros are made of, and how many arguments those have
# whose number is fixed. Others are written by their number.


def _functions(text: str) -> dict[int, tuple[str, int]]:
    entries = (entry.split(":") for entry in text.split())
    return {int(number, 16): (name, int(arguments)) for number, name, arguments in entries}


_FUNCTIONS = _functions("""
    1:IF:3 4:SUM:1 8:ROW:1 9:COLUMN:1 19:INT:1 1B:ROUND:2 1D:INDEX:2 1E:REPT:2 1F:MID:3 20:LEN:1 21:VALUE:1
    24:AND:2 25:OR:2 26:NOT:1 27:MOD:2 30:TEXT:2 35:GOTO:1 36:HALT:0 37:RETURN:0 3F:RAND:0 42:TIME:3 43:DAY:1
    4A:NOW:0 4E:OFFSET:3 4F:ABSREF:2 51:ARGUMENT:1 52:SEARCH:2 54:ERROR:1 57:ECHO:1 58:SET.NAME:2
    5E:ACTIVE.CELL:0 64:CHOOSE:2 6C:SET.VALUE:2 6E:EXEC:1 6F:CHAR:1 70:LOWER:1 71:UPPER:1 73:LEFT:1 74:RIGHT:1
    76:TRIM:1 77:REPLACE:4 78:SUBSTITUTE:3 79:CODE:1 7B:DIRECTORY:0 80:ISNUMBER:1 82:T:1 84:FOPEN:1 85:FCLOSE:1
    88:FREAD:2 89:FWRITELN:2 8A:FWRITE:2 94:INDIRECT:1 95:REGISTER:1 96:CALL:1 A6:FILES:1 AB:FOR:3 AC:WHILE:1
    AE:NEXT:0 AF:INITIATE:2 B0:REQUEST:2 B1:POKE:3 B2:EXECUTE:2 B9:GET.CELL:1 BA:GET.WORKSPACE:1 BB:GET.WINDOW:1
    BC:GET.DOCUMENT:1 C9:UNREGISTER:1 DB:ADDRESS:2 DF:ELSE:0 E0:ELSE.IF:1 E1:END.IF:0 101:EVALUATE:1
    150:CONCATENATE:1 167:HYPERLINK:1 8001:OPEN:1 8005:SAVE.AS:1 8006:FILE.DELETE:1 8010:CLOSE:0 8011:RUN:1
    8060:FORMULA:2 8061:FORMULA.FILL:2 8076:ALERT:1 8094:ON.TIME:2 8095:WAIT:1 8083:SEND.KEYS:1
    817F:WORKBOOK.HIDE:1
    0:COUNT:1 2:ISNA:1 3:ISERROR:1 5:AVERAGE:1 6:MIN:1 7:MAX:1 A:NA:0 E:FIXED:2 13:PI:0 14:SQRT:1 18:ABS:1 1A:SIGN:1
    22:TRUE:0 23:FALSE:0 40:MATCH:2 41:DATE:3 44:MONTH:1 45:YEAR:1 46:WEEKDAY:1 47:HOUR:1 48:MINUTE:1 49:SECOND:1
    4C:ROWS:1 4D:COLUMNS:1 50:RELREF:2 55:STEP:0 59:CALLER:0 5A:DEREF:1 5F:SELECTION:0 60:RESULT:1 68:INPUT:1
    69:ISREF:1 6A:GET.FORMULA:1 6B:GET.NAME:1 72:PROPER:1 75:EXACT:2 7C:FIND:2 7D:CELL:1 7E:ISERR:1 7F:ISTEXT:1
    81:ISBLANK:1 83:N:1 86:FSIZE:1 87:FREADLN:1 8B:FPOS:1 92:REFTEXT:1 93:TEXTREF:1 A2:CLEAN:1 A9:COUNTA:1
    AA:CANCEL.KEY:1 AD:BREAK:0 B3:TERMINATE:1 B7:PRODUCT:1 BE:ISNONTEXT:1 C5:TRUNC:1 C6:ISLOGICAL:1 D4:ROUNDUP:2
    D5:ROUNDDOWN:2 DD:TODAY:0 E2:FOR.CELL:1 ED:VOLATILE:1 F4:INFO:1 10B:REGISTER.ID:3 10C:GET.WORKBOOK:1 151:POWER:2
    8000:BEEP:1 8003:CLOSE.ALL:0 8004:SAVE:0 800A:QUIT:0 8034:CLEAR:1 803D:DEFINE.NAME:2 805D:HIDE:0 805E:UNHIDE:1
    8062:FORMULA.ARRAY:2 8067:ACTIVATE:1 806D:SELECT:2 807A:MESSAGE:2 8090:FILE.CLOSE:1 80A8:ON.KEY:2
    80AD:APP.MAXIMIZE:0 80BD:SEND.MAIL:2 8104:WINDOW.MINIMIZE:1 8123:WORKBOOK.SELECT:2 8124:WORKBOOK.ACTIVATE:1
    8148:VBA.INSERT.FILE:1 8162:WORKBOOK.INSERT:1 8180:WORKBOOK.UNHIDE:1 81A1:WORKBOOK.PROTECT:2 81B9:OPEN.TEXT:2
    81C8:SAVE.COPY.AS:1
""")


class Dialect(Struct, frozen=True, kw_only=True):
    """How a version writes references: bytes of a row, of a column, and what stands before and behind in 3-D ones."""

    row: int
    column: int
    name: int
    name_x: int
    sheet: int
    array: int
    wide_length: bool = False
    flags_before_text: bool = True


BIFF5 = Dialect(row=2, column=1, name=14, name_x=24, sheet=14, array=7, flags_before_text=False)
BIFF8 = Dialect(row=2, column=2, name=4, name_x=6, sheet=2, array=7)
BIFF12 = Dialect(row=4, column=2, name=4, name_x=6, sheet=2, array=14, wide_length=True)


class _Damaged(Exception):
    """The tokens end in the middle, or one is unknown."""


def formula_text(tokens: bytes, dialect: Dialect, names: Sequence[str] = (), sheets: Sequence[str] = ()) -> str:
    """The formula as it stands in the cell, without the "=" before it; of damaged ones what came before the damage.

    `names` are the names that the workbook defines, in order, and `sheets` those of its sheets, in the order in which
    formulas count them; others are called "sheet". References are relative to nothing: "A1" style.
    """
    writer = _Writer(tokens, dialect, names, sheets)
    try:
        for _ in range(_TOKENS):
            if writer.position >= len(tokens):
                break
            writer.token()
    except (_Damaged, struct.error, IndexError):
        writer.stack.append("...")
    return " ".join(writer.stack)[:CHARACTERS]


class _Writer:
    """Reads tokens from left to right; `stack` holds what is written so far."""

    def __init__(self, tokens: bytes, dialect: Dialect, names: Sequence[str], sheets: Sequence[str]) -> None:
        self.stack: list[str] = []
        self.position = 0
        self._tokens = tokens
        self._dialect = dialect
        self._names = names
        self._sheets = sheets

    def token(self) -> None:
        kind = self._number(1)
        if kind in _OPERATORS:
            self._operator(_OPERATORS[kind])
        elif kind < 0x20:
            self._constant(kind)
        else:
            self._classed(kind if kind < 0x40 else kind - 0x20 * (kind // 0x20 - 1))

    def _bytes(self, length: int) -> bytes:
        found = self._tokens[self.position : self.position + length]
        if len(found) < length:
            raise _Damaged
        self.position += length
        return found

    def _number(self, length: int) -> int:
        return int.from_bytes(self._bytes(length), "little")

    def _pop(self, count: int) -> list[str]:
        if not count:
            return []
        found = self.stack[-count:]
        del self.stack[-count:]
        return found

    def _push(self, text: str) -> None:
        # What doubles with each token must not: Excel's own formulas have 8,192 characters at most.
        self.stack.append(text[:CHARACTERS])

    def _operator(self, sign: str) -> None:
        self._push(sign.join(self._pop(2)))

    def _constant(self, kind: int) -> None:
        if kind in (_UPLUS, _UMINUS, _PERCENT, _PAREN):
            before, after = {_UPLUS: ("+", ""), _UMINUS: ("-", ""), _PERCENT: ("", "%"), _PAREN: ("(", ")")}[kind]
            self._push(before + "".join(self._pop(1)) + after)
        elif kind in (_EXP, _TBL):
            # A formula that many cells share; it is written down elsewhere.
            self._bytes(self._dialect.row + 2)
        elif kind == _MISSING:
            self._push("")
        elif kind == _STR:
            self._push('"' + self._text().replace('"', '""') + '"')
        elif kind == _ATTR:
            flags, word = self._number(1), self._number(2)
            if flags & 0x04:  # a table of jumps
                self._bytes(2 * (word + 1))
            elif flags & 0x10:
                self._push("SUM(" + "".join(self._pop(1)) + ")")
        elif kind == _ERR:
            self._bytes(1)
            self._push("#ERROR")
        elif kind == _BOOL:
            self._push("TRUE" if self._number(1) else "FALSE")
        elif kind == _INT:
            self._push(str(self._number(2)))
        elif kind == _NUM:
            self._push(f"{struct.unpack('<d', self._bytes(8))[0]:.15g}")
        else:
            raise _Damaged

    def _text(self) -> str:
        length = self._number(2 if self._dialect.wide_length else 1)
        if self._dialect.wide_length:
            return self._bytes(2 * length).decode("utf-16-le", "replace")
        if self._dialect.flags_before_text and self._number(1) & 1:
            return self._bytes(2 * length).decode("utf-16-le", "replace")
        return self._bytes(length).decode("cp1252", "replace")

    def _classed(self, kind: int) -> None:
        dialect = self._dialect
        if kind == _FUNC:
            name, arguments = _function(self._number(2))
            self._call(name, arguments)
        elif kind == _FUNC_VAR:
            self._call_with(self._number(1) & 0x7F, self._number(2))
        elif kind == _NAME:
            number = int.from_bytes(self._bytes(dialect.name)[: 4 if dialect.flags_before_text else 2], "little")
            known = 0 < number <= len(self._names)
            self._push(self._names[number - 1] if known else f"name{number}")
        elif kind == _NAME_X:
            self._bytes(dialect.name_x)
            self._push("external")
        elif kind == _ARRAY:
            self._bytes(dialect.array)
            self._push("{...}")
        elif kind in _MEMORY:
            self._bytes(_MEMORY[kind])
        else:
            self._reference(kind)

    def _reference(self, kind: int) -> None:
        """A cell or an area, of this sheet or another; also those that point to nothing any more."""
        sheet, one = self._dialect.sheet, self._dialect.row + self._dialect.column
        if kind in (_REF, 0x2A, 0x2C):
            self._push(self._cell(self._bytes(one)))
        elif kind in (_AREA, 0x2B, 0x2D):
            self._push(self._area(self._bytes(2 * one)))
        elif kind in (_REF_3D, 0x3C):
            self._push(self._sheet(self._bytes(sheet)) + self._cell(self._bytes(one)))
        elif kind in (_AREA_3D, 0x3D):
            self._push(self._sheet(self._bytes(sheet)) + self._area(self._bytes(2 * one)))
        else:
            raise _Damaged

    def _sheet(self, prefix: bytes) -> str:
        """The sheet of a reference by its number; BIFF5 has it behind ten bytes of other use."""
        number = int.from_bytes(prefix[10:12] if len(prefix) > 2 else prefix, "little")
        if number >= len(self._sheets):
            return "sheet!"
        name = self._sheets[number]
        return f"{name}!" if name.isascii() and name.isalnum() else "'" + name.replace("'", "''") + "'!"

    def _call_with(self, arguments: int, number: int) -> None:
        """A function that says how many arguments it is given; that of a user comes as the first of them."""
        if number != _USER_DEFINED:
            self._call(_function(number)[0], arguments)
            return
        name, *given = self._pop(arguments) or [""]
        self._push(f"{name}({','.join(given)})")

    def _call(self, name: str, arguments: int) -> None:
        self._push(f"{name}({','.join(self._pop(arguments))})")

    def _cell(self, place: bytes) -> str:
        row = int.from_bytes(place[: self._dialect.row], "little")
        column = int.from_bytes(place[self._dialect.row :], "little")
        # The two highest bits say that a reference is relative; BIFF5 has them at the row.
        return cell_name(row & 0x3FFF, column) if self._dialect.column == 1 else cell_name(row, column & 0x3FFF)

    def _area(self, place: bytes) -> str:
        row, column = self._dialect.row, self._dialect.column
        first, last = place[:row] + place[2 * row : 2 * row + column], place[row : 2 * row] + place[2 * row + column :]
        return f"{self._cell(first)}:{self._cell(last)}"


def _function(number: int) -> tuple[str, int]:
    return _FUNCTIONS.get(number, (f"F{number:X}", 1))
