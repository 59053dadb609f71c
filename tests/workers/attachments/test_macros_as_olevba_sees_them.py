"""Our reader of Office macros beside olevba, which other filters use: on these documents both must agree."""

from __future__ import annotations

import functools
import os
import tarfile
import warnings
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests import files
from workers.attachments import office
from workers.attachments.compound import MAGIC, DamagedFile
from workers.attachments.limits import FileLimits
from workers.attachments.types import true_type

with warnings.catch_warnings():
    # It uses names of pyparsing that are on their way out.
    warnings.simplefilter("ignore", DeprecationWarning)
    from oletools import olevba

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LIMITS = FileLimits()
ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("MAILCHORD_SHARED", ROOT.parent / "shared")) / "corpora" / "vectors.tar.xz"

DOCUMENTS: dict[str, bytes] = {
    "docm": files.macro_document(),
    "docm with a quiet macro": files.macro_document(files.QUIET_MACRO),
    "vbaProject.bin": files.vba_project(),
    "a long macro": files.vba_project(files.MACRO + "' filler\n" * 2_000),
    "one XML file": files.flat_document(),
    "docx": files.docx(),
    "doc": files.doc(),
}


def ours(data: bytes) -> bool:
    """Whether there are macros, looking at the parts of OOXML as the pool does."""
    if office.may_hold_macros(true_type(data, type_bytes=LIMITS.type_bytes), data):
        return office.macros(data, LIMITS).found
    if not zipfile.is_zipfile(BytesIO(data)):
        return False
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = [archive.read(name) for name in archive.namelist() if not archive.getinfo(name).flag_bits & 1]
    return any(office.macros(part, LIMITS).found for part in parts if part.startswith(MAGIC))


def theirs(data: bytes) -> bool:
    parser = olevba.VBA_Parser("document", data=data, disable_pcode=True)
    found = parser.detect_vba_macros() or parser.detect_xlm_macros()
    parser.close()
    return bool(found)


@pytest.mark.parametrize("data", DOCUMENTS.values(), ids=DOCUMENTS)
def test_both_agree(data: bytes) -> None:
    assert ours(data) == theirs(data)


def test_a_module_without_code_is_no_macro_to_us() -> None:
    data = files.macro_document(files.EMPTY_MODULE)
    assert (ours(data), theirs(data)) == (False, True)


@functools.cache
def corpus_documents() -> tuple[tuple[str, bytes], ...]:
    """Office files of the shared vectors, read out of the archive without unpacking it to the disk."""

    def members() -> Iterator[tuple[str, bytes]]:
        with tarfile.open(SHARED) as archive:
            for member in archive:
                if member.isfile() and ("/office/oletools/" in member.name or "/eicar/" in member.name):
                    content = archive.extractfile(member)
                    yield member.name, content.read() if content else b""

    return tuple(members())


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is absent; set MAILCHORD_SHARED")
def test_both_agree_on_the_vectors() -> None:
    """Documents that olevba opens as Office files; texts are all macros to it, and damaged ones raise in both."""
    compared, different = 0, []
    for name, data in corpus_documents():
        try:
            if not data.startswith((MAGIC, b"PK\x03\x04")):
                continue
            expected = theirs(data)
        except Exception:  # noqa: BLE001  # olevba raises many kinds of errors for files that it does not open
            continue
        try:
            found = ours(data)
        except (DamagedFile, zipfile.BadZipFile):
            found = False
        compared += 1
        if found != expected:
            different.append(name)
    assert compared > 60
    assert different == []
