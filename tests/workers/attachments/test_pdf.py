"""Text of PDF documents: pdfium first, pdfminer.six for what it refuses, bounds of both."""

from __future__ import annotations

import subprocess
import sys
import time
import zlib

import pytest

from mailcore.verdict import PoolStatus
from tests import files
from tests.workers.attachments.scan import scan_and_listen
from workers.attachments import pdf
from workers.attachments.documents import UnreadableDocument
from workers.attachments.limits import FileLimits

LIMITS = FileLimits()
GOOD = files.pdf("You have won")
# Damage in the tree of pages, in which pdfium finds no page.
NO_TREE = GOOD.replace(b"/Pages 2 0 R", b"/Pagez 2 0 R")
NO_KIDS = GOOD.replace(b"/Kids [3 0 R]", b"/Kidz [3 0 R]")
IN_CIRCLES = GOOD.replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
NO_ROOT = GOOD.replace(b"/Root 1 0 R", b"/Roof 1 0 R")
LOCK = b"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -1 /O <%b> /U <%b> >>" % (b"00" * 32, b"00" * 32)
ENCRYPTED = GOOD.replace(b"/Root 1 0 R", b"/Root 1 0 R " + LOCK)


def with_content(stream: bytes, *, document: bytes = NO_TREE, packed: bool = False) -> bytes:
    """The document with other content on its page."""
    stream = zlib.compress(stream, 9) if packed else stream
    begin, end = document.index(b"<< /Length"), document.index(b"endstream")
    head = b"<< /Length %d %s>>" % (len(stream), b"/Filter /FlateDecode " if packed else b"")
    return document[:begin] + head + b"\nstream\n" + stream + b"\n" + document[end:]


def read(data: bytes, *, seconds: float = 20.0) -> str:
    return pdf.joined(pdf.page_texts(data, LIMITS, seconds=seconds))


@pytest.mark.parametrize("data", [NO_TREE, NO_KIDS, IN_CIRCLES], ids=["no tree", "no pages in it", "a tree in circles"])
def test_what_pdfium_refuses_is_read_by_pdfminer(data: bytes) -> None:
    assert read(data) == "You have won"


def test_what_pdfium_said_of_another_document_does_not_matter() -> None:
    with pytest.raises(UnreadableDocument, match="Password"):
        read(ENCRYPTED)
    assert read(NO_TREE) == "You have won"


def test_the_pool_judges_that_text() -> None:
    report, heard = scan_and_listen(("a.pdf", NO_TREE))
    assert report.status is PoolStatus.OK
    assert [(text.source, text.text) for text in heard] == [("a.pdf", "You have won")]


READ_BY_PDFIUM: dict[str, tuple[bytes, str]] = {
    "text": (GOOD, "You have won"),
    "no text": (with_content(b"0 0 m 9 9 l S", document=GOOD), ""),
}


@pytest.mark.parametrize(("data", "text"), READ_BY_PDFIUM.values(), ids=READ_BY_PDFIUM)
def test_pdfminer_is_left_alone(data: bytes, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is slow: where pdfium read the document, or there is nothing to read, nobody asks it."""
    monkeypatch.setitem(sys.modules, "workers.attachments.pdf_by_pdfminer", None)
    assert read(data) == text


UNREADABLE: dict[str, bytes] = {
    "no catalogue": NO_ROOT,
    "a password": ENCRYPTED,
    "only a header": b"%PDF-1.7\n",
    "a large one": NO_TREE + b" " * LIMITS.pdfminer_bytes,
    "an unknown filter": NO_TREE.replace(b"<< /Length", b"<< /Filter /Nothing /Length"),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_what_nobody_reads_is_an_unreadable_document(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"\w"):
        read(data)


def test_text_that_pdfium_does_not_decode_is_read_by_pdfminer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_page_text", lambda *_: ("\x00\x00\n", True))
    assert read(GOOD) == "You have won"


def test_time_of_pdfminer_is_bounded() -> None:
    lines = b"".join(b"1 0 0 1 %d %d Tm (a) Tj " % (number * 7 % 600, number * 11 % 700) for number in range(60_000))
    began = time.process_time()
    # Bounded by its own time of the processor; a machine with much else to do takes longer.
    assert len(read(with_content(b"BT /F1 4 Tf " + lines + b"ET"), seconds=90.0)) <= LIMITS.text_characters
    assert time.process_time() - began < 20
    with pytest.raises(UnreadableDocument, match="time ended"):
        read(with_content(b"0 0 m 9 9 l S\n" * 200_000), seconds=0.05)


def test_memory_of_pdfminer_is_that_of_the_worker() -> None:
    """A stream of 1 MB that unpacks to 1 GB, under the bound that a worker sets for itself."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_048_576)) for _ in range(1_024)) + packer.flush()
    bomb = with_content(packed).replace(b"<< /Length", b"<< /Filter /FlateDecode /Length")
    code = (
        "import resource, sys; from workers.attachments import pdf; from workers.attachments.limits import FileLimits\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (536870912, 536870912)); data = sys.stdin.buffer.read()\n"
        "try: print(pdf.page_texts(data, FileLimits(), seconds=20))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=bomb, capture_output=True, check=True)
    assert done.stdout.decode().startswith("UnreadableDocument MemoryError")
