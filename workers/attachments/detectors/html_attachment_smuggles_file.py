"""Detector: a web page that carries a file and hands it over as a download."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import FileFacts, MailView
from workers import archives
from workers.attachments import judge, names, pages, signs

_BUILDS = frozenset({pages.BUILDS_FILE, pages.NAMES_DOWNLOAD, pages.DATA_LINK})
_DOCUMENTS = frozenset({"application/pdf", "text/rtf"})


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def html_attachment_smuggles_file(
    view: MailView, *, document_weight: float = 4.0, unknown_weight: float = 4.0
) -> Iterator[Hit]:
    """An attached page builds a file out of text that it carries: archive, program, script, document."""
    for file in view.files:
        seen = signs.of_kind(file, _BUILDS | {pages.CLICKS, pages.CARRIES})
        kinds = {sign.kind for sign in seen}
        if not kinds & _BUILDS:
            continue
        carried = [inner for inner in view.files if inner.reached == "decoded" and _is_in(inner, file)]
        # Reports offer their own pictures and tables as downloads: what they carry is none of these.
        dangerous = next((inner for inner in carried if _is_dangerous(inner)), None)
        document = next((inner for inner in carried if _is_document(inner)), None)
        by_itself = pages.CLICKS in kinds
        if dangerous is not None:
            inner, weight = dangerous, None
        elif document is not None and by_itself:
            # An invoice that a person may save out of a page is a service; one that saves itself is none.
            inner, weight = document, document_weight
        elif by_itself and pages.CARRIES in kinds and pages.BUILDS_FILE in kinds and _is_mostly_data(file):
            inner, weight = file, unknown_weight
        else:
            continue
        yield Hit(
            summary=f"{file.filename or file.path} is a web page that carries a hidden file and hands it over",
            detail=f"{inner.path}: {inner.true_type}, {inner.size:,} bytes; {signs.in_words(seen, pages.WORDS)}",
            where=Where(part=file.part, file=inner.path),
            weight=weight,
        )


def _is_in(inner: FileFacts, outer: FileFacts) -> bool:
    return inner.part == outer.part and inner.path.startswith(outer.path + "/")


def _is_dangerous(file: FileFacts) -> bool:
    # Compressed data without a name inside is how pages carry their own tables.
    if archives.is_archive(file.true_type):
        return file.true_type not in ("application/gzip", "application/zstd", "application/x-xz")
    by_name = names.extension(file.filename) in ("exe", "lnk", "iso", "chm")
    return by_name or judge.program(file) is not judge.Program.NO or judge.is_script(file)


def _is_document(file: FileFacts) -> bool:
    return file.true_type in _DOCUMENTS or judge.is_office(file)


def _is_mostly_data(file: FileFacts) -> bool:
    """Nearly nothing to read on a large page."""
    return file.size > 16_384 and len(file.text) < 1_000
