"""Looks at one file: its true type, signatures, macros, text. Opens no archive."""

from __future__ import annotations

import hashlib

from msgspec import Struct, structs

from mailcore.view import FileFacts
from workers.attachments import documents, names, office, pdf, types, yara_rules
from workers.attachments.budget import Budget
from workers.attachments.compound import DamagedFile
from workers.attachments.yara_rules import YaraRules
from workers.pool import DerivedText

# The 68 bytes of the test file, built so that this source file is not one: https://www.eicar.org (2003-05-01).
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"
# After the 68 bytes only blanks may follow, up to 128 bytes in all; scanners disagree on longer files, so do not ask.
_EICAR_BLANKS = b" \t\r\n\x1a\x00"


class Place(Struct, frozen=True, kw_only=True):
    """Where a file is: the attachment it belongs to, the way through archives, the names given to it."""

    part: str
    path: str
    filename: str
    declared_type: str = ""
    depth: int = 0


class Examined(Struct, frozen=True, kw_only=True):
    """Facts of a file, and its text where it has some."""

    facts: FileFacts
    derived: DerivedText | None = None


def examine(data: bytes, place: Place, rules: YaraRules, budget: Budget, *, size: int, sha256: str = "") -> Examined:
    """Everything that can be said of these bytes; `size` is the true one where only the first bytes are held."""
    limits = budget.limits
    # libyara counts whole seconds, and 0 means no limit.
    seconds = max(1, min(limits.yara_seconds, int(budget.time_left)))
    found, problem = yara_rules.matches(rules, data, seconds=seconds)
    if problem:
        budget.problem(f"{place.path}: {problem}")
    facts = FileFacts(
        part=place.part,
        path=place.path,
        filename=place.filename,
        declared_type=place.declared_type,
        true_type=types.true_type(data, type_bytes=limits.type_bytes),
        size=size,
        sha256=sha256 or hashlib.sha256(data).hexdigest(),
        depth=place.depth,
        yara=tuple(match.rule for match in found),
        yara_matches=found,
        eicar=is_eicar(data),
    )
    facts = _with_macros(facts, data, budget)
    facts = structs.replace(facts, encrypted=facts.true_type == types.ENCRYPTED_OFFICE)
    return _with_text(facts, data, budget)


def is_eicar(data: bytes) -> bool:
    """The EICAR test file: the exact string at the start of the file."""
    return data.startswith(EICAR) and not data[len(EICAR) : 128].strip(_EICAR_BLANKS)


def _with_macros(facts: FileFacts, data: bytes, budget: Budget) -> FileFacts:
    if not office.may_hold_macros(facts.true_type, data):
        return facts
    if facts.size > budget.limits.document_bytes:
        budget.problem(f"{facts.path}: too large to be searched for macros")
        return facts
    try:
        macros = office.macros(data, budget.limits)
    except DamagedFile as error:
        return structs.replace(facts, problem=f"damaged: {error}")
    return structs.replace(
        facts, macros=macros.found, auto_run_macros=macros.auto_run, suspicious_macro_calls=macros.suspicious
    )


def _with_text(facts: FileFacts, data: bytes, budget: Budget) -> Examined:
    """Text of PDF and HTML files. OOXML text is read where the parts are unpacked."""
    limits = budget.limits
    is_pdf = facts.true_type == "application/pdf"
    if is_pdf and (not limits.pdf_pages or facts.size > limits.pdf_bytes):
        return Examined(facts=facts)
    is_html = not is_pdf and documents.is_html_file(facts.true_type, names.extension(facts.filename), data)
    if not (is_pdf or is_html) or budget.documents_left <= 0 or budget.is_over:
        return Examined(facts=facts)
    budget.documents_left -= 1
    links: tuple[str, ...] = ()
    try:
        if is_html:
            text, links, read = documents.html_reading(data, limits)
            facts = structs.replace(facts, html=read)
        else:
            text = pdf.pdf_text(data, limits, seconds=budget.time_left)
    except documents.UnreadableDocument as error:
        # Not a problem of the scan: most of these ask for a password, which the recipient has.
        return Examined(facts=structs.replace(facts, problem=f"its text cannot be read: {error}"))
    facts = structs.replace(facts, text=text)
    return Examined(facts=facts, derived=derived_text(facts, text, links))


def derived_text(facts: FileFacts, text: str, links: tuple[str, ...]) -> DerivedText | None:
    """The text as something to be judged, None where there is nothing."""
    if not text.strip() and not links:
        return None
    return DerivedText(part=facts.part, source=facts.path, text=text, urls=links)
