"""Scripts (JavaScript, VBScript, PowerShell, batch, HTA, WSF): the signs in them, their links, what they carry.

Read, never run: the text as it came and what `deobfuscate` makes of it are searched for the same signs.
"""

from __future__ import annotations

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import blobs, deobfuscate, names
from workers.attachments.budget import Budget
from workers.attachments.long_words import CARRYING_CHARACTERS, within
from workers.attachments.members import Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.script_signs import (
    DOING,
    ENCODED_COMMAND,
    EVALUATES,
    HIDING,
    search,
    search_noise,
)
from workers.attachments.signs import Signs

_EXTENSIONS = frozenset(
    [
        "js",
        "jse",
        "mjs",
        "vbs",
        "vbe",
        "wsf",
        "wsc",
        "wsh",
        "sct",
        "hta",
        "ps1",
        "psm1",
        "psd1",
        "ps1xml",
        "bat",
        "cmd",
        "scf",
        "inf",
        "reg",
    ]
)
_TYPES = frozenset(
    {
        "application/javascript",
        "application/x-javascript",
        "application/hta",
        "text/javascript",
        "text/vbscript",
        "text/x-msdos-batch",
        "text/x-powershell",
    }
)
_BATCH = frozenset({"bat", "cmd"})
_LINKS = 50
_LINKED_CHARACTERS = 262_144
_NO_SCRIPTS = ("image/", "audio/", "video/", "application/pdf")
# Addresses that name a vocabulary, and lead nowhere.
_VOCABULARIES = ("http://www.w3.org/", "http://schemas.", "https://schemas.", "http://purl.org/")


def is_script(facts: FileFacts, data: bytes) -> bool:
    """A file that some program runs as a script; also what was decoded out of one, and looks like text."""
    if facts.true_type.startswith(_NO_SCRIPTS) or not data:
        return False
    if _is_named(facts):
        return True
    return facts.reached == "decoded" and blobs.extension_of(data) == "txt"


def is_script_name(facts: FileFacts) -> bool:
    """The same by the facts alone, for detectors: pages and pictures have signs of scripts too."""
    return _is_named(facts) or (facts.reached == "decoded" and facts.html is None)


def _is_named(facts: FileFacts) -> bool:
    """By its extension; by its type only where it has none: "notes.txt" opens in an editor, whatever stands in it."""
    extension = names.extension(facts.filename)
    return extension in _EXTENSIONS or (not extension and facts.true_type in _TYPES)


def read(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Signs of a script, and the links that stand in it, hidden or not."""
    text = text_of(data)
    if len(text) > deobfuscate.CHARACTERS:
        budget.problem(f"{facts.path}: only the first {deobfuscate.CHARACTERS:,} characters of the script were read")
    signs = Signs()
    search_noise(text[: deobfuscate.CHARACTERS], signs)
    links = look(text, signs, budget, is_batch=names.extension(facts.filename) in _BATCH)
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)), links)


def look(text: str, signs: Signs, budget: Budget, *, is_batch: bool = False) -> tuple[str, ...]:
    """Adds the signs of a script in any of these languages; returns links in it, and in what it decodes."""
    text = text[: deobfuscate.CHARACTERS]
    search(HIDING, text, signs)
    cleared = deobfuscate.clear(deobfuscate.batch(text) if is_batch else text)
    # What stood in the open before still does.
    search(DOING if cleared == text else {EVALUATES: HIDING[EVALUATES], **DOING}, cleared, signs)
    layers = deobfuscate.layers(cleared)
    links = dict.fromkeys((*_links(text), *_links(cleared)) if cleared != text else _links(text))
    for layer in layers:
        if budget.is_over:
            budget.problem("its time ended while a script was read")
            break
        signs.add(ENCODED_COMMAND, " ".join(layer[:400].split()))
        search({EVALUATES: HIDING[EVALUATES], **DOING}, layer, signs)
        links.update(dict.fromkeys(_links(layer)))
    return tuple(links)[:_LINKS]


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """What a script carries as text: base64, numbers, hexadecimal."""
    text = blobs.text_of(data) or data.decode("utf-8", "replace")
    yield from carried(deobfuscate.joined(within(text, CARRYING_CHARACTERS)), facts, opening)


def carried(text: str, facts: FileFacts, opening: Opening) -> Members:
    """The blobs in a text as files; compressed ones that a script would inflate are inflated."""
    for number, blob in enumerate(blobs.find(text), 1):
        if opening.budget.is_over:
            opening.budget.problem(f"{facts.path}: its time ended while it was decoded")
            return
        content, extension = blob.data, blob.extension
        if not extension and "eflateStream" in text and (plain := blobs.inflated(content)):
            content, extension = plain, blobs.extension_of(plain)
        # Text gets no extension: it is judged by its content, for nobody has called it anything.
        yield whole(f"decoded-{number}" + (f".{extension}" if extension not in ("", "txt") else ""), content)


def text_of(data: bytes) -> str:
    """Text of a script file, in UTF-16 where it says or looks so; a little more than is read of it."""
    data = data[: 2 * deobfuscate.CHARACTERS + 2]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return blobs.text_of(data) or data.decode("utf-8-sig", "replace").replace("\x00", "")


def _links(text: str) -> list[str]:
    from mailcore.links import find_links  # loads the parsers of addresses and pages: only where a script comes

    found = find_links(text[:_LINKED_CHARACTERS], limit=_LINKS)
    return [link.href for link in found if not link.href.startswith(_VOCABULARIES)]
