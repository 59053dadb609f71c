"""Finds the code in attachments, in archives and documents too: scripts, pages, macros. Runs none of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import structs

from mailcore.ports import Unpacker
from mailcore.view import FileFacts, MailView
from workers.attachments import blobs, names, office, pages, pdf_code, pdf_reading, scripts, vba, workbook_code
from workers.attachments.budget import Budget
from workers.attachments.compound import MAGIC, CompoundFile, DamagedFile
from workers.attachments.facts import add_attachments
from workers.attachments.foreign_code import errors_are_problems
from workers.attachments.limits import FileLimits
from workers.attachments.password_places import passwords_of
from workers.attachments.readers import READERS_OF_LOCKS
from workers.attachments.unpack import Walk
from workers.attachments.yara_rules import Match
from workers.code import LANGUAGES, Code, Codes, FindCode, Language, is_program

# Less than the pool of attachments reads: its texts and its tables are of no use here.
LIMITS = FileLimits(
    files=300, depth=5, file_bytes=8_388_608, unpacked_bytes=100_663_296, waiting_bytes=33_554_432, pdf_pages=0,
    pdf_attachments=5, documents=0,
)  # fmt: skip
PIECES = 40
PROGRAMS = 4
CHARACTERS = 1_048_576

_TYPES: dict[str, Language] = {
    **dict.fromkeys(("application/javascript", "application/x-javascript", "text/javascript"), Language.JAVASCRIPT),
    "text/vbscript": Language.VISUAL_BASIC,
    "text/x-powershell": Language.POWERSHELL,
    "text/x-msdos-batch": Language.BATCH,
    "application/hta": Language.PAGE,
}


class NoRules:
    """YARA rules that match nothing: they have judged these files in their own pool."""

    def match(
        self, *, data: bytes, timeout: int, fast: bool, warnings_callback: Callable[[int, object], None]
    ) -> Sequence[Match]:
        del data, timeout, fast, warnings_callback
        return ()


def build_find_code(
    limits: FileLimits = LIMITS,
    *,
    passwords: Sequence[str] = (),
    unpack: Unpacker | None = None,
    programs: int = PROGRAMS,
) -> FindCode:
    """What finds the code in the attachments of a message; `passwords` and `unpack` as for the attachments pool,
    `programs` is how many of them are found at most, 0 for none.
    """

    def find_code(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Codes:
        budget = Budget(limits, seconds=seconds)
        found: list[Code] = []

        def listen(facts: FileFacts, data: bytes) -> None:
            if len(found) < PIECES:
                codes: list[Code] = []
                with errors_are_problems(budget, f"{facts.path}: the search for code"):
                    codes = code_of(facts, data, budget)
                known = sum(code.language is Language.PROGRAM for code in found) if codes else 0
                if codes and codes[0].language is Language.PROGRAM and known >= programs:
                    if programs:
                        budget.problem(f"more than {programs} programs: the rest was not run")
                else:
                    found.extend(codes)
            else:
                budget.problem(f"more than {PIECES} files with code: the rest was not run")

        walk = Walk(NoRules(), budget, listen=listen, unpack=unpack, readers=READERS_OF_LOCKS)
        # Whoever asks gives those attachments that may hold code: the others are not missing.
        given = tuple(part for part in view.message.attachments if part in parts)
        add_attachments(
            walk, structs.replace(view, message=structs.replace(view.message, attachments=given)), parts, budget
        )
        walk.open_archives(passwords_of(view, parts, budget, derived=walk.derived, configured=passwords))
        for code in found:
            if code.language in LANGUAGES.values() and len(code.text) >= CHARACTERS:
                budget.problem(f"{code.path}: only the first {CHARACTERS:,} characters were run")
        return Codes(found=tuple(found), problems=tuple(budget.problems), bytes_read=budget.bytes_read)

    return find_code


def code_of(facts: FileFacts, data: bytes, budget: Budget) -> list[Code]:
    """The code of one file."""
    limits = budget.limits
    language = language_of(facts, data)
    if language is not None:
        text = scripts.text_of(data)[:CHARACTERS]
        return [Code(part=facts.part, path=facts.path, language=language, text=text)] if text.strip() else []
    if is_program(data):
        return [Code(part=facts.part, path=facts.path, language=Language.PROGRAM, text=data.decode("latin-1"))]
    if pdf_reading.is_pdf(facts, data):
        return pdf_code.scripts_of(facts, data, budget)
    compounds = _compound_files(facts, data, limits)
    sources = (macro_source(blob, limits) for blob in compounds)
    macros = [
        Code(part=facts.part, path=facts.path, language=Language.VISUAL_BASIC, text=source)
        for source in sources
        if source
    ]
    return [*macros, *workbook_code.macros_of(facts, data, compounds)]


def language_of(facts: FileFacts, data: bytes) -> Language | None:
    """By its name first, since that is what decides on Windows; None for what is no script and no page."""
    extension = names.extension(facts.filename)
    if extension in LANGUAGES:
        return LANGUAGES[extension]
    if facts.true_type in _TYPES:
        return _TYPES[facts.true_type]
    if pages.is_page(facts, data) or pages.is_svg(facts):
        return Language.PAGE
    if facts.reached == "decoded" and blobs.extension_of(data) == "txt":
        return guessed(data[:65_536].decode("utf-8", "replace"))
    return None


def guessed(text: str) -> Language | None:
    """What a text looks like that came out of another script; None for words."""
    lowered = text.lower()
    if "<script" in lowered or "<html" in lowered:
        return Language.PAGE
    if any(word in lowered for word in ("new-object", "invoke-", "frombase64string", "$env:", "iex ")):
        return Language.POWERSHELL
    if any(word in lowered for word in ("function(", "function (", "var ", "activexobject", "=>")) and "(" in text:
        return Language.JAVASCRIPT
    if "createobject" in lowered or "\ndim " in lowered:
        return Language.VISUAL_BASIC
    return None


def macro_source(data: bytes, limits: FileLimits) -> str:
    """Source of the macros in a compound file; "" where there are none or it is damaged."""
    try:
        return vba.code_of(vba.module_sources(CompoundFile(data), characters=limits.macro_characters))
    except DamagedFile:
        return ""


def _compound_files(facts: FileFacts, data: bytes, limits: FileLimits) -> list[bytes]:
    if data.startswith(MAGIC):
        return [data]
    return list(office.blobs(data, limits)) if office.may_hold_macros(facts.true_type, data) else []
