"""Office documents under a password: opened with the one that Office takes by itself, or one that the mail gives."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import macro_sheets, names
from workers.attachments.budget import Budget
from workers.attachments.compound import MAGIC, CompoundFile, DamagedFile, opened
from workers.attachments.foreign_code import result_or_none
from workers.attachments.members import Broken, Members, Opening, whole
from workers.attachments.passwords import Password
from workers.attachments.reading import Reading
from workers.attachments.types import ENCRYPTED_OFFICE, OLE

# Excel and PowerPoint try these before they ask: [MS-OFFCRYPTO] 2.2 and what is known of PowerPoint.
DEFAULT = "default of Office"
DEFAULTS = (Password("VelvetSweatshop", DEFAULT), Password("/01Hannes Ruescher/01", DEFAULT))

# Rounds of the key derivation that a file may ask for; Office writes 100,000, which take 0.1 s.
_SPINS = 1_000_000
_SPIN_COUNT = re.compile(rb'spinCount="(\d{1,12})"')
_SHARE = 0.5  # of the time that is left, for all passwords on one document
_FILE_PASS = 0x002F  # [MS-XLS] 2.4.117
_ENCRYPTED_USER = 0xF3D1C4DF  # [MS-PPT] 2.3.2 CurrentUserAtom.headerToken


def is_office(facts: FileFacts, data: bytes) -> bool:
    return data.startswith(MAGIC) and (facts.true_type == ENCRYPTED_OFFICE or facts.true_type in OLE)


def read(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Says of documents of Office 97 to 2003 that they are encrypted; of newer ones the type says it."""
    compound = opened(data, size=facts.size, most=budget.limits.document_bytes)
    if facts.encrypted or compound is None:
        return Reading(facts)
    return Reading(structs.replace(facts, encrypted=any(_marks(compound))))


def is_encrypted(facts: FileFacts, data: bytes) -> bool:
    return is_office(facts, data) and facts.encrypted


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """The document as it is under its password. Raises Broken where none fits."""
    budget = opening.budget
    _refuse_endless(data)
    ends = budget.time_left * (1 - _SHARE)
    for password in (*DEFAULTS, *opening.passwords):
        if budget.time_left < ends:
            budget.problem(f"{facts.path}: its time ended before all passwords were tried")
            break
        attempt = functools.partial(_decrypted, data, password.word)
        content = result_or_none(budget, attempt)
        if content:
            member = whole(names.basename(facts.filename) or "document", content)
            yield structs.replace(member, password=password.word, password_from=password.origin)
            return
    raise Broken("encrypted, and no known password opens it")


def _refuse_endless(data: bytes) -> None:
    """Raises Broken for a file whose key would take minutes."""
    try:
        compound = CompoundFile(data)
    except DamagedFile as error:
        raise Broken(f"damaged: {error}") from error
    entry = compound.find("EncryptionInfo")
    for count in _SPIN_COUNT.findall(compound.read(entry)[:65_536] if entry else b""):
        if int(count) > _SPINS:
            raise Broken(f"encrypted with a key of {int(count):,} rounds")


def _decrypted(data: bytes, word: str) -> bytes:
    """Raises many kinds of errors: for a wrong password, for what is damaged, for ciphers that are not known."""
    document = _library()(io.BytesIO(data))
    # Its check of the password refuses right ones of some writers; what comes out is checked anyway.
    document.load_key(password=word)
    target = io.BytesIO()
    document.decrypt(target)
    return target.getvalue()


@functools.cache
def _library() -> Any:
    """The library, with memory where it writes documents of Office 97 to 2003 to a temporary file: a cage has none."""
    from msoffcrypto import OfficeFile  # 40 ms, for the few documents that need it
    from msoffcrypto.format import doc97, ppt97, xls97

    for module in (doc97, ppt97, xls97):
        setattr(module, "tempfile", SimpleNamespace(TemporaryFile=io.BytesIO))  # noqa: B010  # its type is a module
    return OfficeFile


def _marks(compound: CompoundFile) -> Iterator[bool]:
    """The marks of encryption of Word, Excel and PowerPoint, set or not."""
    word, workbook, user = (compound.find(name) for name in ("WordDocument", "Workbook", "Current User"))
    if word:
        # FibBase.wIdent and fEncrypted ([MS-DOC] 2.5.2).
        fib = compound.read(word)[:12]
        yield fib.startswith(b"\xec\xa5") and bool(int.from_bytes(fib[10:12], "little") & 0x0100)
    if workbook:
        for number, (record, _) in enumerate(macro_sheets.records(compound.read(workbook))):
            if record == _FILE_PASS:
                yield True
            if number > 5:  # it comes right behind the start
                break
    if user:
        yield int.from_bytes(compound.read(user)[12:16], "little") == _ENCRYPTED_USER
