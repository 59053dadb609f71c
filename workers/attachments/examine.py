"""Looks at one file: its true type, signatures, macros, text. Opens no archive."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from mailcore.view import FileFacts
from workers.attachments import similar_hashes, types, yara_rules
from workers.attachments.budget import Budget
from workers.attachments.readers import READERS, Reader, read_all
from workers.attachments.yara_rules import YaraRules
from workers.pool import DerivedText

# The 68 bytes of the test file, built so that this source file is not one: https://www.eicar.org (2003-05-01).
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"
# After the 68 bytes only blanks may follow, up to 128 bytes in all; scanners disagree on longer files, so do not ask.
_EICAR_BLANKS = b" \t\r\n\x1a\x00"


class Place(Struct, frozen=True, kw_only=True):
    """Where a file is: the attachment it belongs to, the way through archives, the names and the password of it."""

    part: str
    path: str
    filename: str
    declared_type: str = ""
    depth: int = 0
    reached: str = ""
    password: str = ""
    password_from: str = ""


class Examined(Struct, frozen=True, kw_only=True):
    """Facts of a file, and its text where it has some."""

    facts: FileFacts
    derived: DerivedText | None = None


def examine(
    data: bytes,
    place: Place,
    rules: YaraRules,
    budget: Budget,
    readers: Iterable[Reader] = READERS,
    *,
    size: int,
    sha256: str = "",
) -> Examined:
    """What can be said of these bytes; `size` is the true one where only the first bytes are held."""
    limits = budget.limits
    # libyara counts whole seconds, and 0 means no limit.
    seconds = max(1, min(limits.yara_seconds, int(budget.time_left)))
    found, problem = yara_rules.matches(rules, data, seconds=seconds)
    if problem:
        budget.problem(f"{place.path}: {problem}")
    true_type = types.true_type(data, type_bytes=limits.type_bytes)
    facts = FileFacts(
        part=place.part,
        path=place.path,
        filename=place.filename,
        declared_type=place.declared_type,
        true_type=true_type,
        size=size,
        sha256=sha256 or hashlib.sha256(data).hexdigest(),
        tlsh=similar_hashes.tlsh_of(data, budget) if size == len(data) else "",
        depth=place.depth,
        reached=place.reached,
        password=place.password,
        password_from=place.password_from,
        yara=tuple(match.rule for match in found),
        yara_matches=found,
        eicar=is_eicar(data),
        encrypted=true_type == types.ENCRYPTED_OFFICE,
    )
    reading = read_all(data, facts, budget, readers)
    return Examined(facts=reading.facts, derived=derived_text(reading.facts, reading.facts.text, reading.links))


def is_eicar(data: bytes) -> bool:
    """The EICAR test file: the exact string at the start of the file."""
    return data.startswith(EICAR) and not data[len(EICAR) : 128].strip(_EICAR_BLANKS)


def derived_text(facts: FileFacts, text: str, links: tuple[str, ...]) -> DerivedText | None:
    """The text as something to be judged, None where there is nothing."""
    if not text.strip() and not links:
        return None
    return DerivedText(part=facts.part, source=facts.path, text=text, urls=links)
