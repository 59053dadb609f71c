"""Members of an archive, streamed from memory by libarchive: nothing is written, no name becomes a path.

Formats and filters are chosen by the file's true type, never "all": libarchive's full set includes mtree, which
may point at files of this machine, and lrzip, lzop and grzip, which start programs.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from ctypes import c_char_p, c_int, c_void_p, cast
from itertools import islice
from types import SimpleNamespace
from typing import Any

from msgspec import structs

from workers.cabinet import Cabinet, CabinetFile, DamagedCabinet
from workers.members import BLOCK, NAME_CHARACTERS, Broken, Member
from workers.rar5 import encrypted_names
from workers.udf import DamagedImage, Image, ImageFile, is_udf
from workers.zip_directory import as_files

CABINET = "application/vnd.ms-cab-compressed"
ISO = "application/x-iso9660-image"
UDF = "application/x-udf-image"

_FILTERS = {
    "application/gzip": "gzip",
    "application/x-bzip2": "bzip2",
    "application/x-compress": "compress",
    "application/x-lzma": "lzma",
    "application/x-xz": "xz",
    "application/x-lzip": "lzip",
    "application/x-lz4": "lz4",
    "application/zstd": "zstd",
}
_FORMATS: dict[str, tuple[str, ...]] = {
    "application/zip": ("zip",),
    "application/java-archive": ("zip",),
    "application/x-7z-compressed": ("7zip",),
    "application/x-rar": ("rar", "rar5"),
    ISO: ("iso9660",),
    "application/x-tar": ("tar",),
    "application/x-cpio": ("cpio",),
    "application/x-archive": ("ar",),
    "application/vnd.debian.binary-package": ("ar",),
}
# Containers that libmagic knows and libarchive 3.6 (Debian 12) cannot open, or must not.
# (xar: its reader never ends on one of its own later test cases.)
UNOPENABLE = frozenset(
    {
        "application/x-ace-compressed",
        "application/x-alz-compressed",
        "application/x-apple-diskimage",
        "application/x-arj",
        "application/x-egg-compressed",
        "application/x-lha",
        "application/x-lzh-compressed",
        "application/x-ms-wim",
        "application/x-stuffit",
        "application/x-vhd",
        "application/x-virtualbox-vhd",
        "application/x-virtualbox-vhdx",
        "application/x-xar",
        "application/x-zoo",
    }
)
ZIP = frozenset(kind for kind, formats in _FORMATS.items() if formats == ("zip",))
_TAR_MAGIC = slice(257, 262)

# It logs warnings with words out of the archive, one for each odd member, and what it lacks when it is loaded.
logging.getLogger("libarchive").setLevel(logging.ERROR)


def kind_of_archive(true_type: str, data: bytes) -> str:
    """The archive type under which the file can be opened, "" where it is no archive."""
    if true_type in _FORMATS or true_type in _FILTERS or true_type in (CABINET, UDF):
        return true_type
    if true_type in ("application/octet-stream", "text/plain") and data[_TAR_MAGIC] == b"ustar":
        return "application/x-tar"
    return ""


def is_other_cabinet(data: bytes) -> bool:
    """Whether a cabinet is packed in a way that is not read here."""
    try:
        return not Cabinet(data).is_read_here
    except DamagedCabinet:
        return False


def is_archive(true_type: str) -> bool:
    return true_type in (CABINET, UDF) or true_type in _FORMATS or true_type in _FILTERS or true_type in UNOPENABLE


def members(data: bytes, kind: str, password: str = "") -> Iterator[Member]:
    """The members of an archive of a type that `kind_of_archive` named; raises Broken."""
    if kind == CABINET:
        yield from _cabinet_members(data)
        return
    if kind == UDF:
        yield from _image_members(data)
        return
    data, links = as_files(data) if kind in ZIP else (data, frozenset())
    library = _library()
    archive = library.ffi.read_new()
    try:
        if kind in _FILTERS:
            # libarchive unwraps gzip in gzip by itself, up to 25 times. (archive_read_append_filter would take one
            # layer, but crashes on "compress" in libarchive 3.6.)
            library.ffi.get_read_filter_function(_FILTERS[kind])(archive)
            formats: tuple[str, ...] = ("tar", "cpio", "raw")
        else:
            formats = _FORMATS[kind]
        for name in formats:
            library.ffi.get_read_format_function(name)(archive)
        if password:
            library.ffi.read_add_passphrase(archive, password.encode())
        library.ffi.read_open_memory(archive, cast(c_char_p(data), c_void_p), len(data))
        locked = encrypted_names(data)
        for member in _members(library, archive):
            if member.name in links and not member.encrypted:
                yield _as_link(member)
            else:
                yield structs.replace(member, encrypted=True) if member.name in locked else member
        if kind == ISO and is_udf(data):
            # Of an image with both file systems, Windows shows this one.
            yield from _image_members(data)
    except library.ArchiveError as error:
        raise Broken(_words(error)) from error
    finally:
        library.ffi.read_free(archive)


def _as_link(member: Member) -> Member:
    """A member that is a link on one system and a file on another: its content is where it leads. Raises Broken."""
    content = b"".join(islice(member.blocks(), 2))
    target = content[:NAME_CHARACTERS].decode("utf-8", "replace")
    return structs.replace(member, is_link=True, link_target=target, blocks=lambda: iter((content,)))


def _members(library: SimpleNamespace, archive: int) -> Iterator[Member]:
    try:
        for entry in library.ArchiveRead(archive):
            is_raw = library.ffi.format_name(archive) == b"raw"
            if is_raw and library.ffi.filter_count(archive) < 2:
                # No filter took the data: what "raw" gives is the file as it came.
                raise Broken("the compressed data cannot be read")
            yield Member(
                name=_name(entry.pathname),
                # A device or link with content is a file on systems that know none of these.
                is_file=bool(entry.isfile or entry.size),
                is_link=bool(entry.issym or entry.islnk),
                link_target=_name(entry.linkpath),
                encrypted=bool(library.is_encrypted(entry._entry_p)),
                is_raw=is_raw,
                blocks=functools.partial(_blocks, library, entry),
            )
    except library.ArchiveError as error:
        raise Broken(_words(error)) from error


def _blocks(library: SimpleNamespace, entry: Any) -> Iterator[bytes]:
    try:
        yield from entry.get_blocks(BLOCK)
    except library.ArchiveError as error:
        raise Broken(_words(error)) from error


def _cabinet_members(data: bytes) -> Iterator[Member]:
    try:
        cabinet = Cabinet(data)
        for file in cabinet.files():
            yield Member(
                name=file.name[:NAME_CHARACTERS],
                blocks=functools.partial(_cabinet_blocks, cabinet, file),
            )
    except DamagedCabinet as error:
        raise Broken(str(error)) from error


def _cabinet_blocks(cabinet: Cabinet, file: CabinetFile) -> Iterator[bytes]:
    try:
        yield from cabinet.read(file)
    except DamagedCabinet as error:
        raise Broken(str(error)) from error


def _image_members(data: bytes) -> Iterator[Member]:
    try:
        image = Image(data)
        for file in image.files():
            yield Member(name=file.name[:NAME_CHARACTERS], blocks=functools.partial(_image_blocks, image, file))
    except DamagedImage as error:
        raise Broken(str(error)) from error


def _image_blocks(image: Image, file: ImageFile) -> Iterator[bytes]:
    try:
        yield from image.read(file)
    except DamagedImage as error:
        raise Broken(str(error)) from error


def _name(name: str | bytes | None) -> str:
    if isinstance(name, bytes):
        name = name.decode("utf-8", "replace")
    return (name or "")[:NAME_CHARACTERS]


def _words(error: Exception) -> str:
    """What libarchive says, without the numbers that libarchive-c puts behind it."""
    return str(getattr(error, "msg", None) or "unreadable")[:200]


def is_encryption(words: str) -> bool:
    """True when libarchive's words mean that even the list of members is encrypted."""
    lowered = words.lower()
    return "encrypt" in lowered or "passphrase" in lowered


def is_endless(words: str) -> bool:
    """True when libarchive gave up unwrapping: a compressed file that holds itself."""
    return "too many filters" in words


@functools.cache
def _library() -> SimpleNamespace:
    """libarchive-c, loaded when the first archive comes, with a call that it does not declare."""
    from libarchive import ffi  # only processes that see archives
    from libarchive.exception import ArchiveError
    from libarchive.read import ArchiveRead

    return SimpleNamespace(
        ffi=ffi,
        ArchiveError=ArchiveError,
        ArchiveRead=ArchiveRead,
        is_encrypted=ffi.ffi("entry_is_encrypted", [ffi.c_archive_entry_p], c_int),
    )
