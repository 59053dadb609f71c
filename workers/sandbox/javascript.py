"""Runs JavaScript in the traced world: what it asks for is written down, nothing of it happens.

The engine (QuickJS) has no files, no network and no processes to begin with. Its memory, its stack and its time are
bounded here; loops inside of the engine that do not look at its clock end with the cage (`docs/sandbox.md`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from workers.pdf_document import PdfDocument
from workers.sandbox.host_acrobat import ACROBAT
from workers.sandbox.host_browser import BROWSER
from workers.sandbox.host_core import CORE
from workers.sandbox.host_visual_basic import VISUAL_BASIC
from workers.sandbox.host_windows import WINDOWS

MEMORY_BYTES = 67_108_864
STACK_BYTES = 524_288
JOBS = 200  # settled promises
SCRIPT_CHARACTERS = 2_097_152

# Conditional compilation of JScript stands in comments: what is in them is run.
_CONDITIONAL = re.compile(
    r"/\*@cc_on|@\*/|(?m:^[ \t]{0,40}//@cc_on)|@cc_on|@set\b[^\r\n]{0,200}"
    r"|@(?:if|elif)[^\r\n(]{0,9}\([^()\r\n]{0,200}\)|@(?:else|end)\b"
)
_EVAL = re.compile(r"(?<![\w$.])(?<!function )eval[ \t]{0,8}\((?![ \t\r\n]{0,8}(?:\)|\.\.\.))")
# Code that an encoder or a browser leaves around a script.
_MARKUP = re.compile(r"\A\s{0,99}<!--|-->\s{0,99}\Z|<!\[CDATA\[|\]\]>")

# What the log has for a NUL, and the word of a script that ends itself.
NUL, QUIT = "\ue000", "quit"
# Numbers that mean something to the reader of the log.
HOW_MANY, RUN_WAITING, SET_ELEMENTS = -1, -2, -3
_DIRECT_EVAL = "let eval = __eval; delete globalThis.__eval; void 0"
_WORLD = f"(function () {{ {CORE} {WINDOWS} {BROWSER} {VISUAL_BASIC} return host.reader; }})()"
_WORLD_OF_PDF = f"(function () {{ {CORE} {ACROBAT} return host.reader; }})()"


class Entry(Struct, frozen=True):
    """One line of the log: its kind, what people read of it, and content that may be looked at further."""

    kind: str
    what: str
    content: str = ""


class Ran(Struct, frozen=True):
    """What a script did, and why it ended before its end ("" where it did not)."""

    entries: tuple[Entry, ...] = ()
    ended: str = ""


def run(
    scripts: Sequence[str],
    *,
    seconds: float,
    elements: Sequence[Mapping[str, str]] = (),
    document: PdfDocument | None = None,
    memory_bytes: int = MEMORY_BYTES,
) -> Ran:
    """Run the scripts one after the other in one world, as a page does. `seconds` are of the processor, `elements`
    those of the page that have an id; with a `document` the world is Acrobat, which shows it.

    A script that raises ends, as it would; the next one runs. Raises ImportError where the engine is not installed.
    """
    import quickjs

    context = quickjs.Context()
    context.set_memory_limit(memory_bytes)
    context.set_max_stack_size(STACK_BYTES)
    reader = context.eval(_WORLD if document is None else _WORLD_OF_PDF)
    # The engine's own `eval` under that name: its calls see local variables. Whoever gets it from `window` has ours.
    context.eval(_DIRECT_EVAL)
    if elements or document is not None:
        shown = elements if document is None else msgspec.to_builtins(structs.replace(document, scripts=()))
        reader(SET_ELEMENTS, json.dumps(shown))
    context.set_time_limit(max(0.01, seconds / (len(scripts) + 1)))
    ended: list[str] = []
    for script in scripts:
        _attempt(context, _whole_characters(script[:SCRIPT_CHARACTERS]), ended)
    try:
        reader(RUN_WAITING)
        for _ in range(JOBS):
            if not context.execute_pending_job():
                break
        reader(RUN_WAITING)
    except quickjs.JSException as error:
        ended.append(_words(error))
    # What it had used up is given back, so that the log can be read.
    context.set_memory_limit(2 * memory_bytes)
    context.set_time_limit(1.0)
    entries = _entries(reader, ended)
    return Ran(entries, next(filter(None, ended), ""))


def _whole_characters(script: str) -> str:
    """What the engine takes: no NUL, which browsers and Windows pass over in places, and no half of a character."""
    return script.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _attempt(context: Any, script: str, ended: list[str]) -> None:
    """Run one script; what it could not be parsed with (our own words in it) is left out at a second try."""
    import quickjs

    plain = _MARKUP.sub("", _CONDITIONAL.sub(" ", script))
    traced = _EVAL.sub("eval(__seen=", plain)
    last = ""
    for code in dict.fromkeys((traced, plain, script)):
        try:
            # Its value is of no use, and of some kinds of strings the engine cannot hand it over.
            context.eval(f"{code}\n;void 0")
        except quickjs.JSException as error:
            words = _words(error)
            if words.startswith("SyntaxError"):
                last = words
                continue
            if words:
                ended.append(words)
        return
    ended.append(last)


def _words(error: Exception) -> str:
    """The first line of what the engine says; "" of a script that ended itself."""
    words = str(error).partition("\n")[0][:200]
    return "" if words == QUIT else words


def _entries(reader: Callable[[int], Any], ended: list[str]) -> tuple[Entry, ...]:
    """The log, as far as there is memory to read it."""
    import quickjs

    found: list[Entry] = []
    try:
        for at in range(0, int(reader(HOW_MANY)), 3):
            found.append(Entry(*(str(reader(at + offset)).replace(NUL, "\0") for offset in range(3))))
    except quickjs.JSException as error:
        ended.append(f"the rest of what it did could not be read: {_words(error)}")
    return tuple(found)
