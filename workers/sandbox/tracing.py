"""Runs the code of one file in the traced world, and the code that comes out of it, layer below layer."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable
from itertools import islice

from msgspec import Struct, field

from mailcore.behaviour import Act, ActKind, Behaviour
from workers.code import LANGUAGES, Code, Language, is_program
from workers.sandbox import (
    commands,
    emulated_events,
    emulation,
    encoded_script,
    javascript,
    judge,
    markup,
    powershell,
    visual_basic,
)
from workers.sandbox.excel_macros import run as run_workbook
from workers.sandbox.javascript import Entry

LAYERS = 12  # pieces of code that come out of one file
RUN_SECONDS = 1.0  # of the processor, for one piece of JavaScript
EMULATION_SECONDS = 8.0  # for one program
LEAST_EMULATION_SECONDS = 0.5
LOAD_SECONDS = 2.0  # for the emulator itself, where it has not been loaded: a second, or two on a busy machine
EMULATION_SHARE = 0.7  # of what is left: to load a program, and to see what it has done, takes time too
EACH_KIND = 20  # acts; of those that are harmless as many again, so that none of the others hides behind them
WHAT_CHARACTERS = 300
SHOWN_CHARACTERS = 65_536
SHOWN = 4
HIDDEN = 10
URLS = 200  # of which each is looked for in the code

_KINDS = ((b"MZ", "a program"), (b"PK\x03\x04", "an archive"), (b"Rar!", "an archive"), (b"7z\xbc\xaf", "an archive"),
          (b"%PDF", "a PDF"), (b"\xd0\xcf\x11\xe0", "an old Office file"), (b"\x7fELF", "a program"),
          (b"L\x00\x00\x00\x01\x14\x02", "a shortcut"), (b"MSCF", "an archive"))  # fmt: skip


class Traced(Struct, kw_only=True):
    """What running one file showed: acts in order, addresses, markup that was shown. Grows while it runs."""

    code: Code
    acts: dict[Act, None] = field(default_factory=dict)
    urls: dict[str, None] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    ended: str = ""
    is_cut_short: bool = False
    counts: Counter[tuple[ActKind, bool]] = field(default_factory=Counter)

    def add(self, kind: ActKind, what: str = "") -> None:
        """One more act, bounded; each is kept once."""
        act = Act(kind, " ".join(what[: 2 * WHAT_CHARACTERS].split())[:WHAT_CHARACTERS])
        alike = kind, judge.is_harmless(act)
        if act not in self.acts and self.counts[alike] < EACH_KIND:
            self.counts[alike] += 1
            self.acts[act] = None

    def link(self, urls: Iterable[str]) -> None:
        """More addresses, bounded; each is kept once."""
        for url in urls:
            if len(self.urls) >= URLS:
                return
            self.urls.setdefault(url)

    def behaviour(self) -> Behaviour:
        code, text = self.code, self.code.text.lower()
        hidden = (url[:WHAT_CHARACTERS] for url in self.urls if not self._stands(url, text))
        return Behaviour(
            part=code.part,
            path=code.path,
            language=code.language,
            acts=tuple(self.acts),
            hidden=tuple(islice(hidden, HIDDEN)),
            ended=self.ended,
        )

    def _stands(self, url: str, text: str) -> bool:
        """Whether the host stands in the code, which is `text` in lower case, for everybody to read."""
        host = url.partition("://")[2].partition("/")[0].lower()
        if self.code.language is Language.PROGRAM:
            # Its port is a number there, and its text in UTF-16 perhaps.
            host = host.partition(":")[0]
            return host in text or "\0".join(host) in text
        return host in text


class Tracer:
    """One run over the code of a message; `ends` is when the last piece must be done (monotonic clock)."""

    def __init__(self, *, ends: float) -> None:
        self._ends = ends

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def trace(self, code: Code) -> Traced:
        """Run it, and what it writes, evaluates, starts or shows that is code again."""
        traced = Traced(code=code)
        text = code.text if code.language is Language.PROGRAM else encoded_script.decoded(code.text)
        waiting, seen = deque([(code.language, text)]), set[str]()
        while waiting and len(seen) < LAYERS and not self.is_over:
            language, text = waiting.popleft()
            if text in seen or not text.strip():
                continue
            seen.add(text)
            waiting.extend(self._layer(language, text, traced))
        if waiting and self.is_over:
            traced.ended, traced.is_cut_short = traced.ended or "its time ended", True
        return traced

    def _layer(self, language: Language, text: str, traced: Traced) -> list[tuple[Language, str]]:
        match language:
            case Language.JAVASCRIPT:
                return self._run([text], traced)
            case Language.VISUAL_BASIC:
                return self._run([visual_basic.as_javascript(text)], traced)
            case Language.PAGE:
                scripts = [
                    visual_basic.as_javascript(script.text) if script.is_visual_basic else script.text
                    for script in markup.scripts_in(text)
                ]
                return self._run(scripts, traced, markup.elements_in(text)) if scripts else []
            case Language.PDF:
                return self._document(traced)
            case Language.EXCEL_4:
                return self._workbook(traced)
            case Language.POWERSHELL:
                return self._powershell(text, traced)
            case Language.BATCH:
                return self._batch(text, traced)
            case Language.PROGRAM:
                return self._emulate(text, traced)

    def _emulate(self, text: str, traced: Traced) -> list[tuple[Language, str]]:
        """A program, or one that came out of another; nothing where there is no emulator."""
        if not emulation.is_installed():
            return []
        left = self._time_to_emulate()
        if not left:
            traced.ended, traced.is_cut_short = traced.ended or "its time ended", True
            return []
        name = traced.code.path.replace("\\", "/").rpartition("/")[2]
        ran = emulation.run(bytes_of(text), name=name, seconds=min(EMULATION_SECONDS, left))
        traced.ended = traced.ended or ran.ended
        traced.is_cut_short |= ran.cut_short and left < EMULATION_SECONDS
        below: list[tuple[Language, str]] = []
        for entry in ran.entries:
            below += self._entry(entry, traced)
        return below

    def _time_to_emulate(self) -> float:
        """Seconds for a program; 0.0 where there are too few. Loads the emulator, where this process has not yet."""
        if not emulation.is_loaded() and self._ends - time.monotonic() < LOAD_SECONDS:
            return 0.0
        emulation.load()
        left = (self._ends - time.monotonic()) * EMULATION_SHARE
        return left if left >= LEAST_EMULATION_SECONDS else 0.0

    def _run(
        self, scripts: list[str], traced: Traced, elements: tuple[dict[str, str], ...] = ()
    ) -> list[tuple[Language, str]]:
        left = self._ends - time.monotonic()
        ran = javascript.run(scripts, seconds=max(0.05, min(RUN_SECONDS, left / 2)), elements=elements)
        traced.ended = traced.ended or ran.ended
        below: list[tuple[Language, str]] = []
        for entry in ran.entries:
            below += self._entry(entry, traced)
        return below

    def _entry(self, entry: Entry, traced: Traced) -> list[tuple[Language, str]]:
        """Note what one line of the log says; code in it is returned."""
        kind, what, content = ActKind(entry.kind), entry.what, entry.content
        match kind:
            case ActKind.STARTS:
                traced.add(kind, what)
                return self._command(what, traced)
            case ActKind.FETCHES | ActKind.NAVIGATES | ActKind.LOADS | ActKind.SENDS:
                traced.add(kind, what)
                traced.link(commands.urls_in(what))
                return []
            case ActKind.CONNECTS:
                traced.add(kind, what)
                traced.link(emulated_events.address_of(what))
                return []
            case ActKind.REVEALS if traced.code.language is Language.PROGRAM:
                traced.add(kind, what)
                traced.link([what])
                return []
            case ActKind.WRITES | ActKind.SAVES:
                traced.add(kind, f"{what}{kind_of(content)}")
                if content.startswith("MZ") and is_program(bytes_of(content)):
                    return [(Language.PROGRAM, content)]
                extension = what.partition(" ")[0].rpartition(".")[2].lower()
                return [(LANGUAGES[extension], text_of(content))] if content and extension in LANGUAGES else []
            case ActKind.SHOWS:
                traced.add(kind, what)
                if "<" in content and len(traced.shown) < SHOWN:
                    traced.shown.append(content[:SHOWN_CHARACTERS])
                return [(Language.PAGE, content)] if "<script" in content.lower() else []
            case ActKind.EVALUATES if traced.code.language is Language.VISUAL_BASIC and content:
                # It has run without the variables around it, if at all: the engine knows no Visual Basic.
                traced.add(kind, what)
                return [(Language.VISUAL_BASIC, content)]
            case _:
                traced.add(kind, what)
                return []

    def _command(self, line: str, traced: Traced) -> list[tuple[Language, str]]:
        """A command line that was started: what it says, and the code that it carries."""
        line = commands.without_carets(line)
        traced.link(commands.urls_in(line))
        code = commands.powershell_in(line)
        if not code:
            for act in commands.acts_of(line):
                traced.add(act.kind, act.what)
            return []
        if commands.is_encoded(line):
            traced.add(ActKind.REVEALS, code)
        return [(Language.POWERSHELL, code)]

    def _document(self, traced: Traced) -> list[tuple[Language, str]]:
        """Scripts of a PDF document run in one world, one after the other."""
        if traced.code.document is None:
            return []
        left = self._ends - time.monotonic()
        document = traced.code.document
        ran = javascript.run(document.scripts, seconds=max(0.05, min(RUN_SECONDS, left / 2)), document=document)
        traced.ended = traced.ended or ran.ended
        return [piece for entry in ran.entries for piece in self._entry(entry, traced)]

    def _workbook(self, traced: Traced) -> list[tuple[Language, str]]:
        """Macros of Excel 4 run over the cells of their workbook."""
        if traced.code.workbook is None:
            return []
        left = self._ends - time.monotonic()
        ran = run_workbook(traced.code.workbook, seconds=max(0.05, min(RUN_SECONDS, left / 2)))
        traced.ended = traced.ended or ran.ended
        return [piece for entry in ran.entries for piece in self._entry(entry, traced)]

    def _powershell(self, text: str, traced: Traced) -> list[tuple[Language, str]]:
        below: list[tuple[Language, str]] = []
        for number, layer in enumerate(powershell.layers(text)):
            if number or is_other(layer, text):
                traced.add(ActKind.REVEALS, layer)
            for act in commands.acts_of(layer):
                traced.add(act.kind, act.what)
            traced.link(commands.urls_in(layer))
            for line in layer.splitlines()[:200]:
                code = commands.powershell_in(line)
                if code and code != text and commands.is_encoded(line):
                    below.append((Language.POWERSHELL, code))
            if self.is_over:
                break
        return below

    def _batch(self, text: str, traced: Traced) -> list[tuple[Language, str]]:
        below: list[tuple[Language, str]] = []
        for line in commands.without_carets(text).splitlines()[:2_000]:
            bare = line.strip().lstrip("@")
            if bare.lower().startswith(("rem ", "::", "echo ")):
                continue
            found = self._command(bare, traced) if commands.powershell_in(bare) else []
            if found or any(True for _ in commands.acts_of(bare)):
                traced.add(ActKind.STARTS, bare)
                for act in commands.acts_of(bare):
                    traced.add(act.kind, act.what)
            below += found
        return below


def kind_of(content: str) -> str:
    """What a file that was written is, by how it begins; "" where nothing is known of it."""
    if not content:
        return ""
    head = content[:16].encode("latin-1", "replace")
    kind = next((words for magic, words in _KINDS if head.startswith(magic)), "")
    return f": {kind}, {len(content):,} characters" if kind else f": {content[:120]}"


def text_of(content: str) -> str:
    """What a file of these bytes says, a character a byte, where they are UTF-8."""
    try:
        return content.encode("latin-1").decode("utf-8-sig")
    except UnicodeError:
        return content


def bytes_of(text: str) -> bytes:
    """The bytes for which characters stand; what is no byte becomes a question mark."""
    return text.encode("latin-1", "replace")


def is_other(layer: str, text: str) -> bool:
    """Whether a layer says something that the text does not: quotes and blanks apart."""
    return _letters(layer[:20_000]) not in _letters(text[:40_000])


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
