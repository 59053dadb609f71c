"""What a PDF document does: actions by the event that starts them (ISO 32000-1, 12.6), scripts, links, forms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workers.attachments import names
from workers.attachments.budget import Budget
from workers.attachments.pdf_objects import Objects
from workers.attachments.pdf_scripts import EXPLOITS, SCRIPT_CHARACTERS, UNPACKS, kinds_of_script, urls_in_script
from workers.attachments.pdf_streams import TooLarge, UnknownFilter
from workers.attachments.pdf_syntax import Reference, Value, dictionaries, text_of, unescaped
from workers.attachments.signs import Signs

# Kinds of signs. LAUNCH starts a program, STARTS is any other action that nobody asked for.
LAUNCH = "pdf.launch"
LAUNCH_DOCUMENT = "pdf.launch_document"
STARTS = "pdf.starts"
SUBMITS = "pdf.submits"
FILE_SHARE = "pdf.file_share"
FILE_SHARE_AT_CLICK = "pdf.file_share_at_click"
PASSWORD_FIELD = "pdf.password_field"  # noqa: S105  # a kind of sign
FLASH = "pdf.flash"

LINKS = 200
SCRIPTS = 40
_CHAIN = 32  # actions one after the other
_TREE = 2_000  # nodes of the tree of scripts
_DICTIONARIES = 20_000  # of all objects

# Objects in which one of these names stands are read, the rest is skipped: fonts, pictures, text, structure.
INTERESTING = re.compile(
    rb"/(?:JS|JavaScript|Launch|SubmitForm|ImportData|GoToR|GoToE|URI|OpenAction|AA|XFA|Rendition|RichMedia\w{0,20}"
    rb"|EF|F(?=[\x00\t\n\x0c\r ]{0,9}[(<])|S[\x00\t\n\x0c\r ]{1,9}[0-9])(?![A-Za-z])"
)
# Forms have fields by the thousand. One is read that may ask for a password, by its flags or its name (of any writing).
_FIELD = re.compile(
    rb"/FT(?![A-Za-z]).{0,4000}?(?:/Ff[ ]?[0-9]{4}|pass|kennwort|contrase|senha|cv[cv]|<(?:feff|fffe))", re.I | re.S
)
_FIELDS = 200
_OPENED, _SHOWN, _ENDED = "when it is opened", "when a page is shown", "when it is closed, saved or printed"
# Events of documents, pages and annotations (12.6.3). Those that follow a hand on a field are not among them.
_EVENTS = {
    **dict.fromkeys(("PO", "PV"), _SHOWN),
    **dict.fromkeys(("PC", "PI", "WC", "WS", "DS", "WP", "DP"), _ENDED),
}
_OF_PAGES = {"O": _SHOWN, "C": _ENDED}
# Of a field, or of a hand on it: keystroke, format, validate, calculate, mouse, focus.
_OF_FIELDS = ("K", "F", "V", "C", "E", "X", "D", "U", "Fo", "Bl")
_IS_FAR = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:|[A-Za-z]:|[\\/]{2}")
_CLICKED, _FILLED = "at a click", "when a field is filled"
_PASSWORD = re.compile(
    r"\b(?:pass ?(?:word|code|wort|phrase)|kennwort|mot de passe|contraseña|senha|cvv2?|cvc)\b", re.I
)
_DOCUMENTS = names.HARMLESS | {"htm", "html"}
_PASSWORD_FLAG = 1 << 13  # 12.7.4.3
# A server of Windows in a file specification, in an address, and in a string of a script.
_HOST = r"(?!localhost\b|127\.)[\w.-]{1,253}(?:@\w{1,9})?"
_SHARE = re.compile(rf"(?:\\\\|//|file://(?!/)){_HOST}[\\/]", re.IGNORECASE)
_SHARE_ADDRESS = re.compile(rf"(?:\\\\|file://(?!/)|file:////){_HOST}[\\/]", re.IGNORECASE)
_SHARE_IN_SCRIPT = re.compile(rf"(?:\\{{4}}|file://(?!/)){_HOST}[\\/]", re.IGNORECASE)


class Actions:
    """Walks the objects of one document; `signs`, `links`, `forms` (of XML, in pieces) and `scripts` (those that run by
    themselves) grow as it goes.
    """

    def __init__(self, objects: Objects, signs: Signs, budget: Budget) -> None:
        self.links: dict[str, None] = {}
        self.forms: list[Value] = []
        self.scripts: list[str] = []
        self._objects = objects
        self._signs = signs
        self._budget = budget
        self._begun: list[tuple[Value, str]] = []
        self._others: list[dict[str, Value]] = []
        self._done: set[int] = set()
        self._fields_left = _FIELDS

    def walk(self) -> None:
        """Look at every object; what starts by itself is judged before what waits for a click."""
        left = _DICTIONARIES
        for number, written in self._objects.source.objects():
            if self._budget.is_over or left <= 0:
                self._budget.problem("actions of a PDF document: not all of its objects were looked at")
                break
            text = unescaped(written)
            if INTERESTING.search(text) is None and not self._is_field_to_read(text):
                continue
            for entries in dictionaries(self._objects.read(number, written)):
                left -= 1
                self._dictionary(entries)
        for action, event in self._begun:
            self._chain(action, event)
        for entries in self._others:
            self._chain(entries, _CLICKED)

    def _is_field_to_read(self, written: bytes) -> bool:
        if self._fields_left <= 0 or b"/FT" not in written:
            return False
        start = written.index(b"/FT")
        # Entries may stand in any order.
        is_one = _FIELD.search(written[start:] + written[:start]) is not None
        self._fields_left -= is_one
        return is_one

    def add_link(self, address: str) -> None:
        if address and len(self.links) < LINKS:
            self.links.setdefault(address[:4_096])

    def _dictionary(self, entries: dict[str, Value]) -> None:
        if "OpenAction" in entries:
            self._begun.append((entries["OpenAction"], _OPENED))
        if "AA" in entries:
            self._events(entries)
        if "JavaScript" in entries:
            # They run first, and define what others call.
            self._begun[:0] = [(script, _OPENED) for script in self._named_scripts(entries["JavaScript"])]
        if "S" in entries or "JS" in entries:
            self._others.append(entries)
        if "XFA" in entries:
            self.forms.extend(self._objects.items(entries["XFA"]) or [entries["XFA"]])
        if "FT" in entries:
            self._field(entries)
        if self._objects.name(entries.get("Subtype")) == "Flash":
            self._signs.add(FLASH, text_of(self._objects.string(entries.get("Name"))))
        self._external(entries)

    def _events(self, entries: dict[str, Value]) -> None:
        """Additional actions of a document, a page, an annotation or a field: /C is of a page or of a field."""
        is_field = bool({"FT", "Parent"} & entries.keys()) and self._objects.name(entries.get("Type")) != "Page"
        is_field = is_field or self._objects.name(entries.get("Subtype")) == "Widget"
        for name, action in self._objects.entries(entries["AA"]).items():
            event = _EVENTS.get(name) or ("" if is_field else _OF_PAGES.get(name, ""))
            if event or name in _OF_FIELDS:
                self._begun.append((action, event or _FILLED))

    def _named_scripts(self, tree: Value) -> Iterator[Value]:
        """Scripts of the document itself, which run when it is opened (12.6.4.16): a name tree (7.9.6)."""
        waiting = [tree]
        seen: set[int] = set()
        for _ in range(_TREE):
            if not waiting:
                return
            entries = self._objects.entries(waiting.pop())
            if id(entries) in seen:
                continue
            seen.add(id(entries))
            yield from self._objects.items(entries.get("Names"))[1::2]
            waiting.extend(self._objects.items(entries.get("Kids")))

    def _chain(self, action: Value, event: str) -> None:
        """An action and those after it; an array is a place in the document."""
        waiting = [action]
        for _ in range(_CHAIN):
            if not waiting:
                return
            found = self._objects.resolved(waiting.pop(0))
            if not isinstance(found, dict) or id(found) in self._done:
                continue
            self._done.add(id(found))
            self._action(found, event)
            following = self._objects.resolved(found.get("Next"))
            waiting.extend(following if isinstance(following, list) else [following])

    def _action(self, action: dict[str, Value], event: str) -> None:
        kind = self._objects.name(action.get("S"))
        if "JS" in action:
            self._script(self.script_text(action["JS"]), event)
        elif kind == "Launch":
            self._launch(action, event)
        elif kind == "URI":
            address = text_of(self._objects.string(action.get("URI"))).strip()
            self.add_link(address)
            self._leads(f"opens {address}", address, event, _SHARE_ADDRESS)
        elif kind in ("SubmitForm", "ImportData", "GoToR", "GoToE"):
            target = self.file_name(action.get("F"))
            if kind == "SubmitForm":
                self._signs.add(SUBMITS, target)
                self.add_link(target)
            # A document beside this one is what manuals and collections on a disk lead to.
            if kind != "GoToR" or _IS_FAR.match(target):
                self._leads(f"{kind} {target}".strip(), target, event, _SHARE)

    def _leads(self, words: str, target: str, event: str, pattern: re.Pattern[str]) -> None:
        if event not in (_CLICKED, _FILLED):
            self._signs.add(STARTS, f"{event}: {words}")
        self._share(pattern.match(target), event)

    def _launch(self, action: dict[str, Value], event: str) -> None:
        windows = self._objects.entries(action.get("Win"))
        program = self.file_name(windows.get("F")) or self.file_name(action.get("F"))
        program = program or self.file_name(action.get("Unix")) or self.file_name(action.get("Mac"))
        parameters = text_of(self._objects.string(windows.get("P")))
        if "://" in program:
            self.add_link(program)
        # Manuals and collections on a disk open the documents beside them in that way.
        is_document = names.extension(program) in _DOCUMENTS and not parameters
        self._signs.add(LAUNCH_DOCUMENT if is_document else LAUNCH, f"{event}: {program} {parameters}")
        self._share(_SHARE.match(program), event)

    def _script(self, code: str, event: str) -> None:
        if not code.strip():
            return
        by_itself = event not in (_CLICKED, _FILLED)
        if by_itself and len(self.scripts) < SCRIPTS:
            self.scripts.append(code)
        for kind, words in kinds_of_script(code):
            # A button that opens a page, a field that is formatted: that is what people see and want.
            if by_itself or kind in (EXPLOITS, UNPACKS):
                self._signs.add(kind, f"{event}: {words or code[:300]}")
        for address in urls_in_script(code):
            self.add_link(address)
        self._share(_SHARE_IN_SCRIPT.search(code), event)

    def script_text(self, value: Value) -> str:
        """A script as a string or as a stream; one that cannot be unpacked says so."""
        found = self._objects.resolved(value)
        if isinstance(found, bytes):
            return text_of(found[:SCRIPT_CHARACTERS])
        if not isinstance(value, Reference):
            return ""
        try:
            return text_of(self._objects.source.content(value.number, most=4 * SCRIPT_CHARACTERS)[:SCRIPT_CHARACTERS])
        except (UnknownFilter, TooLarge) as error:
            self._signs.add(UNPACKS, f"a script that cannot be unpacked: {error}")
            return ""

    def file_name(self, value: Value) -> str:
        """A file specification (7.11): a string, or a dictionary of several."""
        found = self._objects.resolved(value)
        if isinstance(found, dict):
            names = (self._objects.string(found.get(key)) for key in ("UF", "F", "Unix", "DOS", "Mac"))
            found = next((name for name in names if name), b"")
        return text_of(found).strip() if isinstance(found, bytes) else ""

    def _external(self, entries: dict[str, Value]) -> None:
        """A stream whose content is another file: readers ask for it by themselves (7.3.8.1)."""
        if "F" in entries and "Length" in entries:
            self._share(_SHARE.match(self.file_name(entries["F"])), _SHOWN)

    def _share(self, share: re.Match[str] | None, event: str) -> None:
        """A file on a server of Windows: asking for it hands over the hash of the user's password."""
        if share is not None:
            kind = FILE_SHARE_AT_CLICK if event in (_CLICKED, _FILLED) else FILE_SHARE
            self._signs.add(kind, f"{event}: {share.string[share.start() : share.start() + 160]}")

    def _field(self, entries: dict[str, Value]) -> None:
        flags = self._objects.resolved(entries.get("Ff"))
        is_hidden = isinstance(flags, float) and 0 <= flags < 1 << 32 and int(flags) & _PASSWORD_FLAG
        if self._objects.name(entries.get("FT")) != "Tx":
            return
        names = [text_of(self._objects.string(entries.get(key))) for key in ("T", "TU")]
        named = next((name for name in names if _PASSWORD.search(name[:500])), "")
        if is_hidden or named:
            self._signs.add(PASSWORD_FIELD, named or names[0])
