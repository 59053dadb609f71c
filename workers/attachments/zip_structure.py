"""Zip archives whose two tables disagree: each program unpacks what it believes, and scanners believe the other.

The central directory at the end lists the members, and each has a local header of its own (APPNOTE 4.3.7, 4.3.12).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct, structs

from mailcore.view import FileFacts
from workers import archives, zip_directory
from workers.attachments import names
from workers.attachments.budget import Budget
from workers.attachments.members import Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs
from workers.zip_directory import Entry

DISAGREES = "zip.disagrees"
DUPLICATE = "zip.duplicate"
UNLISTED = "zip.unlisted"
OVERLAP = "zip.overlap"
MARKED = "zip.marked"

WORDS = {
    DISAGREES: "the directory and the member disagree",
    DUPLICATE: "two members of one name and different content",
    UNLISTED: "a member that the directory does not list",
    OVERLAP: "members share their bytes",
    MARKED: "a file that is marked as a device, a folder or a link",
}

_LOCAL = struct.Struct("<4s2xHH4xIIIHH")
_ENTRIES = 5_000
_LATER, _UTF8 = 0x8, 0x800  # sizes and CRC follow the data; names are UTF-8
_ZIP64 = 0xFFFFFFFF


class Local(Struct, frozen=True):
    """A member as its own header describes it; `after` is where its data begins."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    after: int


def is_zip(facts: FileFacts, data: bytes) -> bool:
    return facts.true_type in archives.ZIP and data.startswith(b"PK\x03\x04")


def read(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Signs of two stories in one archive."""
    entries = list(zip_directory.entries(data, zip_directory.directory(data), most=_ENTRIES))
    signs = Signs()
    if len(entries) >= _ENTRIES:
        budget.problem(f"{facts.path}: only the first {_ENTRIES:,} members were compared with the directory")
    by_name: dict[bytes, Entry] = {}
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.size and zip_directory.is_no_file(entry):
            signs.add(MARKED, _shown(entry.name))
        local = _local(data, entry.offset)
        if local is None:
            continue
        for words in _differences(entry, local):
            signs.add(DISAGREES, words)
        if entry.offset < end and entry.packed:
            signs.add(OVERLAP, _shown(entry.name))
        end = max(end, local.after + entry.packed) if entry.packed != _ZIP64 else end
        other = by_name.setdefault(entry.name, entry)
        if other.crc != entry.crc and not entry.name.endswith(b"/"):
            signs.add(DUPLICATE, _shown(entry.name))
    for name in _unlisted(data, {entry.offset for entry in entries}):
        signs.add(UNLISTED, _shown(name))
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)))


def hides_archive(facts: FileFacts, data: bytes) -> bool:
    """Another archive stands before the one that the directory is of: some programs open the first, some the last."""
    return is_zip(facts, data) and _begin(data) > 0


def hidden_members(data: bytes, _facts: FileFacts, _opening: Opening) -> Members:
    """What stands before the archive, as an archive of its own."""
    yield whole("hidden.zip", data[: _begin(data)])


def _begin(data: bytes) -> int:
    """Where the archive begins, from which all offsets count."""
    found = zip_directory.directory(data)
    return found.begin if found else 0


def _local(data: bytes, offset: int) -> Local | None:
    if offset + 30 > len(data) or data[offset : offset + 4] != b"PK\x03\x04":
        return None
    _, flags, method, crc, packed, plain, name, extra = _LOCAL.unpack_from(data, offset)
    after = offset + 30 + name + extra
    return Local(data[offset + 30 : offset + 30 + name], flags, method, crc, packed, plain, after)


def _differences(entry: Entry, local: Local) -> Iterator[str]:
    # Some programs write backslashes in one of the tables; others set the mark of UTF-8 in one only.
    if entry.name.replace(b"\\", b"/") != local.name.replace(b"\\", b"/") and not (entry.flags | local.flags) & _UTF8:
        yield f"name {_shown(entry.name)}, in the member {_shown(local.name)}"
    if entry.method != local.method:
        yield f"{_shown(entry.name)}: method {entry.method}, in the member {local.method}"
    if (entry.flags ^ local.flags) & 1:
        yield f"{_shown(entry.name)}: encrypted in one of the two"
    # Sizes that follow the data are 0 here; those of zip64 stand elsewhere.
    known = not local.flags & _LATER and _ZIP64 not in (local.size, local.packed, entry.size, entry.packed)
    if known and (entry.size, entry.packed, entry.crc) != (local.size, local.packed, local.crc):
        yield f"{_shown(entry.name)}: {entry.size:,} bytes, in the member {local.size:,}"


def _unlisted(data: bytes, listed: set[int]) -> Iterator[bytes]:
    """Members from the front on that the directory leaves out, as far as their sizes are known."""
    position = 0
    for _ in range(_ENTRIES):
        local = _local(data, position)
        if local is None:
            return
        if position not in listed and listed:
            yield local.name
        # What is written as a stream has its size behind it: from there on the front knows nothing.
        if local.flags & _LATER or local.packed == _ZIP64:
            return
        position = local.after + local.packed


def _shown(name: bytes) -> str:
    return ascii(names.basename(name.decode("utf-8", "replace"))[:60])
