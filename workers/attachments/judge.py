"""Judgements on one file that several detectors share: is it a program, a script, something else than its name says."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator

from mailcore.view import FileFacts, MailView
from workers import archives
from workers.attachments import names, types


class Program(enum.Enum):
    """What would start it."""

    NO = enum.auto()
    WINDOWS = enum.auto()
    OTHER_SYSTEM = enum.auto()


class Difference(enum.Enum):
    """How far content and name are apart."""

    NONE = enum.auto()
    HARMLESS = enum.auto()
    DANGEROUS = enum.auto()


_WINDOWS_TYPES = frozenset({types.WINDOWS_PROGRAM, "application/x-dosexec", "application/x-msi"})
_JAVA_AND_ANDROID = frozenset({"application/java-archive", "application/vnd.android.package-archive"})
# A file called "example.com" is mostly a page saved from there, or a text about it.
_NOT_PROGRAMS = ("text/", "image/", "message/", "audio/", "video/", "application/pdf", "application/json")

# Families of types; a name may stand for any type of its family. What is not listed is not judged.
_OFFICE_OLD = "ole"
_FAMILY_OF_TYPE = {
    "application/pdf": "pdf",
    "text/html": "page",
    "text/rtf": "rtf",
    "application/x-ms-shortcut": "script",
    **dict.fromkeys(types.OLE, _OFFICE_OLD),
    **dict.fromkeys(types.OOXML, "ooxml"),
    **dict.fromkeys(types.PROGRAMS, "program"),
    types.ENCRYPTED_OFFICE: _OFFICE_OLD,
    "application/encrypted": _OFFICE_OLD,
}
_OFFICE = frozenset({_OFFICE_OLD, "ooxml", "rtf"})
# Which families are right for which extension. Programs that export reports write HTML and text as .doc and .xls, and
# people rename .docx to .doc: all of that opens as the name says.
_FAMILIES_OF_NAME: dict[str, frozenset[str]] = {
    "pdf": frozenset({"pdf"}),
    **dict.fromkeys(("doc", "dot", "rtf", "wri"), _OFFICE | {"page"}),
    **dict.fromkeys(("xls", "xlt", "csv"), _OFFICE | {"page"}),
    **dict.fromkeys(("ppt", "pps", "pot"), _OFFICE),
    **dict.fromkeys(("docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "dotx", "xltx", "ppsx", "vsdx"), _OFFICE),
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp", "heic"), frozenset({"media"})),
    **dict.fromkeys(("mp3", "mp4", "wav", "avi", "mov", "m4a", "ogg"), frozenset({"media"})),
    "txt": frozenset({"rtf", "page"}),
}
_DANGEROUS = frozenset({"program", "script", "archive", "page"})
_FEW = 2


def program(file: FileFacts) -> Program:
    """Whether the file is a program, by content or else by name."""
    if file.true_type in _WINDOWS_TYPES or file.true_type in _JAVA_AND_ANDROID:
        return Program.WINDOWS
    if file.true_type in types.PROGRAMS:
        return Program.OTHER_SYSTEM
    if names.extension(file.filename) not in names.PROGRAMS:
        return Program.NO
    # Empty files are what remains when another filter took the content away.
    harmless = file.true_type.startswith(_NOT_PROGRAMS) or file.true_type == "application/x-empty"
    return Program.NO if harmless and not file.eicar else Program.WINDOWS


def is_script(file: FileFacts) -> bool:
    """Whether a double click on Windows would run the file as a script or follow it as a link file."""
    if file.true_type == "application/x-ms-shortcut":
        return True
    extension = names.extension(file.filename)
    if extension == "chm" and file.true_type == types.COMPILED_HELP:
        return True
    if extension not in names.SCRIPTS or file.true_type == "application/x-empty":
        return False
    # Windows goes by the name alone, but no program runs a picture or a document as a script.
    return not file.true_type.startswith(("image/", "audio/", "video/", "application/pdf", "application/vnd."))


def is_office(file: FileFacts) -> bool:
    """Whether the file is a document of Word, Excel or PowerPoint, old or new, or RTF."""
    return _family(file) in _OFFICE


def name_differs(file: FileFacts) -> Difference:
    """Whether content and extension contradict each other; unknown types and extensions never do."""
    expected = _FAMILIES_OF_NAME.get(names.extension(file.filename))
    actual = _family(file)
    # Members of archives are named by programs ("x.txt" full of tags, "image.jpg" that is a page of an error):
    # there only programs and link files count.
    if expected is None or not actual or actual in expected:
        return Difference.NONE
    if file.depth and actual not in ("program", "script"):
        return Difference.NONE
    if actual == "archive" and file.true_type not in (
        "application/zip",
        "application/x-rar",
        "application/x-7z-compressed",
    ):
        # "report.pdf" that is gzip: a server compressed it on the way out.
        return Difference.HARMLESS
    return Difference.DANGEROUS if actual in _DANGEROUS else Difference.HARMLESS


def _family(file: FileFacts) -> str:
    known = _FAMILY_OF_TYPE.get(file.true_type)
    if known is not None:
        return known
    if file.true_type.startswith(("image/", "audio/", "video/")):
        return "media"
    # OpenDocument and other zip-based documents have their own types: only plain archives remain.
    return "archive" if archives.is_archive(file.true_type) else ""


def at_the_door(file: FileFacts, files: Iterable[FileFacts]) -> bool:
    """Whether a person who opens the mail comes upon this file next: attached to it or to a message in it, decoded out
    of such a file, or with at most one other in an archive. Pages in larger archives are parts of software and sites.
    """
    if not file.depth or file.reached in ("decoded", "attached"):
        return True
    beside = sum(other.part == file.part and other.depth > 0 for other in files)
    return file.reached == "member" and beside <= _FEW


def outermost(files: Iterable[FileFacts], chosen: Callable[[FileFacts], bool]) -> Iterator[FileFacts]:
    """The chosen files without those that were decoded out of one of them: that would be the same thing twice."""
    outer: list[str] = []
    for file in files:
        inside = file.reached == "decoded" and any(file.path.startswith(path) for path in outer)
        if not inside and chosen(file):
            outer.append(file.path + "/")
            yield file


def documents_with_macros(view: MailView) -> Iterator[FileFacts]:
    """Files with macros; of a document and its parts only the document."""
    outer: list[str] = []
    for file in view.files:
        if file.macros and not any(file.path.startswith(path) for path in outer):
            outer.append(file.path + "/")
            yield file
