"""What looking into a file costs: CPU of the first sight and of the second, without the cage (see docs/sandbox.md)."""

from __future__ import annotations

import io
import random
import resource
import statistics
import zipfile
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, structs
from PIL import Image

from mailchord.demo_archives import zip_file
from mailchord.demo_files import text_picture
from mailchord.demo_mail import SCAM_LETTER
from mailchord.demo_office import document_xml, macro_document
from mailcore.message import Envelope, Message, Part
from mailcore.sandbox_settings import Sandbox
from mailcore.settings import Settings
from tasks.pools import build_scanner, prepare_pools
from tasks.scanner import Scanner

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5


class FileCost(Struct, frozen=True, kw_only=True):
    """CPU milliseconds, the median of different files of that kind; `goal` are those that it may cost at first."""

    what: str
    size: int
    goal: float
    first_ms: float
    again_ms: float


class Kind(Struct, frozen=True):
    """A kind of file, the pool that looks into it, the goal in milliseconds, and one that differs with each number."""

    what: str
    filename: str
    content_type: str
    pool: str
    goal: float
    make: Callable[[int], bytes]


def words(number: int, count: int) -> str:
    """A text of a vocabulary of two thousand words."""
    chance = random.Random(number)
    return " ".join(f"word{chance.randrange(2_000)}" for _ in range(count))


def document(number: int) -> bytes:
    """A Word document of 100 KB: text, and a picture that is stored."""
    parts = {
        "word/document.xml": document_xml(words(number, 4_000)),
        "word/media/image1.jpeg": random.Random(number).randbytes(80_000),
        "word/styles.xml": b"<w:styles/>" + b" " * 30_000,
    }
    return zip_file({**members_of(macro_document("")), **parts})


def members_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        names = [name for name in opened.namelist() if "vba" not in name.lower()]
        return {name: opened.read(name) for name in names}


def pdf(number: int) -> bytes:
    """A PDF of 1 MB: eight pages, each a picture."""
    chance = random.Random(number)
    pages = [Image.frombytes("L", (400, 420), chance.randbytes(168_000)) for _ in range(8)]
    target = io.BytesIO()
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:])
    return target.getvalue()


def archive(number: int) -> bytes:
    return zip_file({f"report-{member}.txt": words(number * 10 + member, 2_000).encode() for member in range(10)})


def letter(number: int) -> bytes:
    return text_picture(f"{SCAM_LETTER}\nOffer {number}", width=900, size=30)


KINDS = (
    Kind("Word document of 100 KB", "a.docx", "application/octet-stream", "attachments", 60, document),
    Kind("PDF of 1 MB", "a.pdf", "application/pdf", "attachments", 150, pdf),
    Kind("zip of ten texts", "a.zip", "application/zip", "attachments", 80, archive),
    Kind("picture of 900 x 540 with text", "a.png", "image/png", "ocr", 500, letter),
)


def file_costs() -> list[FileCost]:
    """The costs of each kind, with what it loads already loaded."""
    settings = structs.replace(Settings(), sandbox=Sandbox(enabled=False))
    scanner = build_scanner(settings, ROOT / "configs", only=["attachments", "ocr"])
    prepare_pools(["attachments", "ocr"], ["attachments", "ocr"])
    return [cost_of(kind, scanner) for kind in KINDS]


def cost_of(kind: Kind, scanner: Scanner) -> FileCost:
    samples = [kind.make(number) for number in range(ROUNDS + 1)]
    look(kind, samples[0], scanner)
    first = [look(kind, sample, scanner) for sample in samples[1:]]
    again = [look(kind, sample, scanner) for sample in samples[1:]]
    return FileCost(
        what=kind.what,
        size=len(samples[0]),
        goal=kind.goal,
        first_ms=round(statistics.median(first), 2),
        again_ms=round(statistics.median(again), 2),
    )


def look(kind: Kind, data: bytes, scanner: Scanner) -> float:
    """CPU milliseconds of the pool on a message with that file, programs that it runs included."""
    part = Part(id="1", filename=kind.filename, content_type=kind.content_type, size=len(data))
    message = Message(id="bench", parts=(part,), attachments=("1",))
    view = scanner.view(Envelope(), message)
    before = cpu()
    report = scanner.run(kind.pool, view, {"1": data}, seconds=30.0)
    if not report.status.is_complete:
        raise RuntimeError(f"{kind.what}: {report.status}: {report.reason}")
    return (cpu() - before) * 1_000


def cpu() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    for cost in file_costs():
        print(cost)
