"""What is read of a PDF document: links, files in it, passwords, pages; damage, bombs and mutations never raise."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import zlib

import pytest

from mailcore.verdict import PoolStatus
from mailcore.view import FileFacts
from tests import files, files_pdf
from tests.corpora import attachments
from tests.files_pdf import document, link, saved, script, stream
from tests.workers.attachments.scan import files_of, found, scan, scan_and_listen
from workers.attachments import pdf_actions, pdf_structure
from workers.attachments.budget import Budget
from workers.attachments.limits import FileLimits
from workers.attachments.pdf_reading import read_pdf

URI = "https://www.example.com/"
ACTION = f"<< /S /URI /URI ({URI}) >>"


def links_of(data: bytes, name: str = "a.pdf") -> tuple[str, ...]:
    _, heard = scan_and_listen((name, data))
    return tuple(url for text in heard for url in text.urls)


def read(data: bytes, limits: FileLimits = FileLimits(), *, seconds: float = 20.0) -> tuple[FileFacts, tuple[str, ...]]:  # noqa: B008
    budget = Budget(limits, seconds=seconds)
    reading = read_pdf(data, FileFacts(part="1", path="a.pdf", size=len(data), true_type="application/pdf"), budget)
    return reading.facts, tuple(budget.problems)


LINKED: dict[str, bytes] = {
    "an annotation": document(page=link()),
    "an annotation in an object of its own": document(
        page="/Annots [10 0 R]", objects=["<< /Subtype /Link /Rect [0 0 9 9] /A 11 0 R >>", ACTION]
    ),
    "objects in object streams": saved(document(page=link()), packed_objects=True),
    "a bookmark": document("/Outlines << /First 10 0 R >>", objects=[f"<< /Title (a) /A {ACTION} >>"]),
    "an action after another": document(f"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next {ACTION} >>"),
    "a button": document(page=f"/Annots [<< /Subtype /Widget /A {ACTION} >>]"),
    "the target of a form": document(page=f"/Annots [<< /Subtype /Widget /A << /S /SubmitForm /F ({URI}) >> >>]"),
    "a script": document("/OpenAction " + script(f"app.launchURL('{URI}', true)")),
    "a form of XML": document(
        "/AcroForm << /XFA 10 0 R >>", objects=[stream(f'<submit target="{URI}"/>'.encode(), packed=True)]
    ),
    "the address in an object of its own": document(
        page="/Annots [<< /A << /S /URI /URI 10 0 R >> >>]", objects=[f"({URI})"]
    ),
    "in hexadecimal": document(page=f"/Annots [<< /A << /S /URI /URI <{URI.encode().hex()}> >> >>]"),
    "with escapes": document(page=link(URI.replace("www", "w\\167\\\nw"))),
    "a name with escapes": document(page=link().replace("/URI", "/U#52I")),
    "under the password of its owner": saved(document(page=link()), owner="a"),
    "no cross-references": document(page=link()).replace(b"startxref", b"startxrex"),
    "no trailer": document(page=link()).partition(b"xref\n")[0],
    "the end is missing": document(page=link())[:-400],
    "a document that qpdf refuses": b"%PDF-1.\ntrailer<</Root<</OpenAction<</URI(" + URI.encode() + b")/S/URI>>>>>>",
}


@pytest.mark.parametrize("data", LINKED.values(), ids=LINKED)
def test_links_are_judged(data: bytes) -> None:
    assert links_of(data) == (URI,)


NOT_LINKED: dict[str, bytes] = {
    "none": document(),
    "a link within it": document(page="/Annots [<< /Subtype /Link /Dest [3 0 R /Fit] >>]"),
    "a text": document(content=b"BT (/S /URI /URI \\(https://www.example.com/\\)) Tj ET"),
    "metadata": document("/Metadata 10 0 R", objects=[stream(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")]),
    "a base of addresses": document("/URI << /Base (https://www.example.com/) >>"),
    "an address that is no string": document(page="/Annots [<< /A << /S /URI /URI 5 >> >>]"),
    "an object that is not there": document(page="/Annots [<< /A 99 0 R >>]"),
    "an address that is itself": document(page="/Annots [<< /A << /S /URI /URI 10 0 R >> >>]", objects=["10 0 R"]),
    "a locked one": saved(document(page=link()), user="none"),
}


@pytest.mark.parametrize("data", NOT_LINKED.values(), ids=NOT_LINKED)
def test_there_is_no_link(data: bytes) -> None:
    assert links_of(data) == ()


FILE = stream(b"hello", "/Type /EmbeddedFile")
WITH_FILE: dict[str, bytes] = {
    "in the tree of names": files.pdf_with_file("a.txt", b"hello"),
    "at a note": document(
        page="/Annots [<< /Subtype /FileAttachment /FS << /F (a.txt) /EF << /F 10 0 R >> >> >>]", objects=[FILE]
    ),
    "of a film": document(objects=[FILE, "<< /Assets << /Names [(a) << /UF (a.txt) /EF << /F 10 0 R >> >>] >> >>"]),
    "packed": document(
        objects=[stream(b"hello", "/Type /EmbeddedFile", packed=True), "<< /F (a.txt) /EF << /F 10 0 R >> >>"]
    ),
    "under the password of its owner": saved(files.pdf_with_file("a.txt", b"hello"), owner="a"),
    "in object streams": saved(files.pdf_with_file("a.txt", b"hello"), packed_objects=True),
    "with escapes in its name": document(objects=[FILE, "<< /F (a.txt) /#45F << /F 10 0 R >> >>"]),
}


@pytest.mark.parametrize("data", WITH_FILE.values(), ids=WITH_FILE)
def test_embedded_files_are_opened(data: bytes) -> None:
    found_files, problems = files_of(("a.pdf", data))
    assert [(file.path, file.size, file.reached) for file in found_files[1:]] == [("a.pdf/a.txt", 5, "embedded")]
    assert problems == ()


def test_a_file_to_which_nothing_leads_is_opened() -> None:
    (_, inner), _ = files_of(("a.pdf", document(objects=[FILE])))
    assert (inner.path, inner.size) == ("a.pdf/file 10", 5)


def test_a_program_in_a_document_is_found() -> None:
    data = files.pdf_with_file("invoice.exe", files.windows_program())
    assert len(found("archive_holds_program_or_script", ("a.pdf", data))) == 1


def test_more_files_than_are_looked_at_are_a_problem() -> None:
    bodies = [FILE] * 12
    found_files, problems = files_of(("a.pdf", document(objects=bodies)), limits=FileLimits(pdf_attachments=3))
    assert len(found_files) == 4
    assert problems == ("a.pdf: of 12 files embedded in it 3 were looked at",)


@pytest.mark.parametrize("text", ["Password: Ab-2026", "Your document. The password is Ab-2026."])
def test_a_password_of_the_mail_opens_it(text: str) -> None:
    data = saved(document("/OpenAction " + script("eval(a)"), page=link()), user="Ab-2026")
    (outer, inner), problems = files_of(("a.pdf", data), text=text)
    assert (outer.password, outer.password_from, outer.encrypted) == ("Ab-2026", "text", True)
    assert (inner.path, inner.reached, inner.encrypted) == ("a.pdf/a.pdf", "decrypted", False)
    assert {sign.kind for sign in inner.signs} == {"pdf.script_unpacks", "pdf.picture_with_link"}
    assert problems == ()


@pytest.mark.parametrize("text", ["", "Password: wrong", "Ab2026", "The password follows on paper."])
def test_a_locked_one_stays_closed(text: str) -> None:
    (only,), problems = files_of(("a.pdf", saved(document(), user="Ab-2026")), text=text)
    assert only.encrypted
    assert not only.password
    assert problems == ()
    assert scan(("a.pdf", saved(document(), user="Ab-2026"))).status is PoolStatus.OK


def test_pages_are_counted() -> None:
    facts, _ = read(document(content=files_pdf.PICTURE))
    assert (facts.pages, facts.picture_pages) == (1, 1)
    facts, _ = read(document(content=files_pdf.TEXT))
    assert (facts.pages, facts.picture_pages) == (1, 0)
    facts, _ = read(b"%PDF-1.7\n")
    assert (facts.pages, facts.picture_pages) == (0, 0)


DAMAGED: dict[str, bytes] = {
    "pages that are not there": document().replace(b"[3 0 R] /Count 1", b"[3 0 R 99 0 R] /X 1"),
    "no pages": document().replace(b"/Kids", b"/Kidz"),
    "a catalogue that is a number": document().replace(b"<< /Type /Catalog", b"5 << /Type /X"),
    "itself as its page": document().replace(b"/Kids [3 0 R]", b"/Kids [1 0 R]"),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damage_does_not_raise(data: bytes) -> None:
    assert files_of(("a.pdf", data))[1] == ()


def test_links_come_with_the_budget_of_documents_and_actions_always() -> None:
    limits = FileLimits(documents=0)
    view = [("a.pdf", document(f"/OpenAction {ACTION}", page=link()))]
    report, heard = scan_and_listen(*view, limits=limits)
    assert heard == []
    assert "pdf_acts_when_opened" in {finding.id for finding in report.findings}


def test_evidence_shows_the_script() -> None:
    (finding,) = found("pdf_runs_javascript", ("a.pdf", document("/OpenAction " + script("var x = 1;\n eval(x)"))))
    assert finding.where.quote == "when it is opened: eval(x)"


def bomb(megabytes: int, *, entries: str) -> bytes:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_048_576) for _ in range(megabytes)) + packer.flush()
    body = f"<< /Filter /FlateDecode {entries} /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream"
    return document(objects=[body])


def test_a_bomb_of_objects_is_named() -> None:
    began = time.process_time()
    facts, problems = read(bomb(200, entries="/Type /ObjStm /N 1 /First 5"))
    assert problems == ("a.pdf: its objects unpack to too much, its actions were not looked at",)
    assert facts.signs == ()
    assert time.process_time() - began < 5


def test_a_bomb_that_nobody_can_check_is_named() -> None:
    data = bomb(200, entries="/Type /ObjStm /N 1 /First 5").replace(b"/FlateDecode", b"[/Nothing/A]")
    assert read(data)[1] == ("a.pdf: its objects unpack to too much, its actions were not looked at",)


def test_a_script_that_is_a_bomb_is_suspicious() -> None:
    data = bomb(20, entries="/X 1").replace(b"/Pages 2 0 R", b"/Pages 2 0 R /OpenAction << /JS 10 0 R >>")
    facts, problems = read(data)
    assert [sign.kind for sign in facts.signs] == ["pdf.script_unpacks"]
    assert problems == ()


def test_memory_is_that_of_the_worker() -> None:
    """A cross-reference stream of 1 MB that unpacks to 1 GB, under the bound that a worker sets for itself."""
    code = (
        "import pathlib, resource, sys; from tests.workers.attachments.test_pdf_structure import read\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (536870912, 536870912)); print(read(sys.stdin.buffer.read())[1])\n"
        # Not ru_maxrss, which begins with what the process had that forked this one.
        "print(pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    data = bomb(1_024, entries="/Type /XRef /W [1 4 2] /Size 9")
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert b"unpack to too much" in done.stdout
    assert int(done.stdout.split()[-1]) < 768 * 1_024


MANY: dict[str, bytes] = {
    "objects": document(objects=["<< /S /URI /URI (https://www.example.com/) >>"] * 20_000),
    "nested arrays": document("/OpenAction " + "[" * 50_000),
    "nested dictionaries": document("/OpenAction " + "<< /Next " * 20_000),
    "parentheses": document("/OpenAction << /JS (" + "(" * 200_000),
    "signs of numbers": document(objects=["1 " * 100_000]),
    "a chain in a circle": document(
        "/OpenAction 10 0 R", objects=["<< /S /GoTo /Next 11 0 R >>", "<< /Next 10 0 R >>"]
    ),
    "a tree of names in a circle": document(
        "/Names << /JavaScript 10 0 R >>", objects=["<< /Kids [10 0 R 11 0 R] >>", "<< /Kids [10 0 R] >>"]
    ),
    "pages in a circle": document().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
    "blanks": document(objects=[" " * 1_000_000]),
    "comments": document(objects=["%\n" * 300_000]),
}


@pytest.mark.parametrize("data", MANY.values(), ids=MANY)
def test_time_is_bounded(data: bytes) -> None:
    began = time.process_time()
    read(data)
    assert time.process_time() - began < 10


def test_time_that_is_over_is_a_problem() -> None:
    _, problems = read(MANY["objects"], seconds=0.0)
    assert problems == (
        "its time ended before the text of all documents was read",
        "actions of a PDF document: not all of its objects were looked at",
    )


SEEDS = (
    *LINKED.values(),
    *WITH_FILE.values(),
    document("/AcroForm << /XFA [(a) 10 0 R] >>", objects=[stream(b"<submit target='a'/>", packed=True)]),
    saved(document(page=link()), user="none"),
)


def test_mutations_do_not_raise() -> None:
    """Bytes changed, cut, doubled; longer runs belong to the fuzz targets."""
    chance = random.Random(7)
    for data in SEEDS:
        for _ in range(10):
            files_of(("a.pdf", mutated(data, chance)), text="Password: none")


def mutated(data: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(damaged))
        match chance.randrange(4):
            case 0:
                damaged[at] = chance.randrange(256)
            case 1:
                del damaged[at : at + chance.randint(1, 40)]
            case 2:
                damaged[at:at] = damaged[max(0, at - 40) : at]
            case _:
                damaged[at:at] = chance.choice((b"<<", b">>", b"[", b"(", b")", b"%", b" obj", b"\x00", b"/", b"-1"))
        damaged = damaged or bytearray(b"%")
    return bytes(damaged)


def test_kinds_of_signs_are_told_apart() -> None:
    kinds = [value for module in (pdf_actions, pdf_structure) for name, value in vars(module).items() if name.isupper()]
    named = [kind for kind in kinds if isinstance(kind, str) and kind.startswith("pdf.")]
    assert len(set(named)) >= 10


def test_good_documents_of_other_projects_are_left_alone() -> None:
    """Damaged, encrypted, filled-in, multilingual ones: nothing that weighs more than 0.5."""
    heavy = {}
    for path in sorted(attachments("pdf").rglob("*.pdf")):
        # The messages of that one are spam.
        if "pdfinfo2" not in path.parts:
            report = scan((path.name, path.read_bytes()))
            assert not report.errors
            heavy.update({(path.name, found.id): found.weight for found in report.findings if found.weight > 0.5})
    assert heavy == {}


def test_spam_of_other_projects_is_found() -> None:
    paths = sorted(attachments("pdf/pdfinfo2").rglob("*.pdf"))
    named = [path.name for path in paths if found("pdf_is_one_picture_with_link", (path.name, path.read_bytes()))]
    assert len(named) >= 6
