"""Files damaged at random through every parser that opens one: each becomes a report, in time, and none raises.

500 mutations in the suite; `make fuzz` does 10,000 (MAILCHORD_MUTATIONS), the shared test files among the seeds.
"""

from __future__ import annotations

import functools
import io
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from mailcore.verdict import PoolReport, PoolStatus
from tests import (
    files,
    files_codes,
    files_emulated,
    files_office,
    files_pdf,
    files_programs,
    files_sandbox,
    files_scripts,
    files_shortcuts,
)
from tests.corpora import attachments
from tests.mail import mail
from tests.workers.attachments.scan import scan, view_of
from tests.workers.attachments.test_locked_archives import seven_zip
from tests.workers.attachments.test_messages import outlook, winmail
from tests.workers.ocr.read import read_mail
from workers.attachments.code import build_find_code
from workers.runner import run_pool
from workers.sandbox import build as build_sandbox

MUTATIONS = int(os.environ.get("MAILCHORD_MUTATIONS", "500"))
LONGEST = 10.0  # seconds for one file
LARGEST_SEED = 300_000

Build = Callable[[], bytes]

FILES: dict[str, Build] = {
    "a.zip": lambda: files.zip_file({"a.txt": b"text", "b.exe": files.windows_program()}),
    "locked.zip": lambda: files.encrypted_zip({"a.txt": b"text"}),
    "locked.7z": lambda: seven_zip("Kx77!"),
    "a.tar.gz": lambda: files.tar_gz({"a.txt": b"text"}),
    "a.cab": lambda: files.cabinet({"a.txt": b"text" * 100}),
    "a.docx": files.docx,
    "a.docm": files.macro_document,
    "a.doc": lambda: files.doc(files.MACRO),
    "a.xlsm": lambda: files_office.xlsm('EXEC("cmd.exe")'),
    "a.xls": lambda: files_office.xls(files_office.formula(0, files_office.text_token("cmd"))),
    "a.rtf": lambda: files_office.rtf(files_office.rtf_object(files_office.ole1("Package", b"MZ" + bytes(50)))),
    "a.one": lambda: files_office.notebook(b"MZ" + bytes(100), name="a.exe"),
    "a.odt": lambda: files_office.odt(basic='Sub Main\nShell "cmd"\nEnd Sub'),
    "locked.docx": lambda: files_office.encrypted("VelvetSweatshop"),
    "a.pdf": files.pdf,
    "attached.pdf": lambda: files.pdf_with_file("a.exe", files.windows_program()),
    "acting.pdf": files_pdf.document,
    "a.exe": files_programs.portable_executable,
    "a.elf": files_programs.elf,
    "a.macho": files_programs.macho,
    "a.lnk": lambda: files_shortcuts.link_file("C:\\Windows\\System32\\cmd.exe", "/c calc"),
    "a.url": lambda: files_shortcuts.internet_shortcut("https://www.example.com/"),
    "a.js": files_scripts.dropper_js,
    "a.ps1": files_scripts.encoded_command,
    "a.html": lambda: files_scripts.smuggling_page(files.zip_file({"a.exe": b"MZ"})),
    "a.svg": files_scripts.svg,
    "a.eml": lambda: mail(attachments=[("a.zip", files.zip_file({"a.txt": b"a"}))]),
    "a.ics": lambda: files_codes.invitation(b"MZ" + bytes(99)),
    "a.msg": lambda: outlook(subject="Bill", text="text", attached=b"MZ" + bytes(99), name="a.exe"),
    "winmail.dat": lambda: winmail("body", b"MZ" + bytes(99), "a.exe"),
}


def picture(kind: str) -> bytes:
    target = io.BytesIO()
    Image.open(io.BytesIO(files.qr_picture("https://www.example.com/"))).convert("RGB").save(target, kind)
    return target.getvalue()


PICTURES: dict[str, Build] = {
    f"a.{kind.lower()}": functools.partial(picture, kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
} | {
    "a.svg": lambda: files_codes.svg_rects().encode(),
    "strokes.svg": lambda: files_codes.svg_strokes().encode(),
    "a.pdf": files_codes.pdf,
    "paths.pdf": files_codes.pdf_of_paths,
    "a.docx": lambda: files_codes.office(picture("PNG")),
    "a.rtf": lambda: b"{\\rtf1{\\pict\\pngblip " + picture("PNG").hex().encode() + b"}}",
    "a.ics": lambda: files_codes.invitation(picture("PNG")),
    "inline.html": lambda: files_codes.inline(picture("PNG")).encode(),
    "table.html": lambda: files_codes.merged_table().encode(),
    "blocks.html": lambda: files_codes.coloured_blocks().encode(),
    "a.eml": lambda: mail(html=files_codes.boxes(), attachments=[("a.png", picture("PNG"))]),
}

UNPACKS = 'var s = unescape("%75%72%6c"); eval("this.a=" + s.length); app.launchURL("http://a.example/" + s);'
# What is run in the traced world.
CODES: dict[str, Build] = {
    "a.js": lambda: files_sandbox.DROPPER_JS,
    "a.jse": lambda: files_sandbox.encoded(files_sandbox.DROPPER_JS.decode()),
    "a.vbs": lambda: files_sandbox.DROPPER_VBS,
    "a.doc": lambda: files.doc(files_sandbox.MACRO),
    "a.xls": FILES["a.xls"],
    "a.xlsm": FILES["a.xlsm"],
    "a.slk": lambda: b'ID;P\nO;E\nNN;NAuto_open;ER1C1\nC;X1;Y1;EEXEC("cmd")\nC;X1;Y2;EHALT()\nE\n',
    "a.ps1": files_scripts.encoded_command,
    "a.bat": lambda: files_sandbox.powershell(files_sandbox.FETCHES).encode(),
    "a.html": FILES["a.html"],
    "a.svg": FILES["a.svg"],
    "a.pdf": lambda: files_pdf.document(f"/OpenAction {files_pdf.script(UNPACKS)}"),
    "a.exe": lambda: files_emulated.program(("kernel32.WinExec", "cmd.exe /c calc", 0)),
}


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """The bytes with one to eight injuries: flipped bits, numbers at their limits, pieces cut, doubled or moved."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 8)):
        if not data:
            break
        at = chance.randrange(len(data))
        length = min(chance.choice((1, 2, 4, 8, 64, 1_024)), len(data) - at)
        injury = chance.randrange(7)
        if injury == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif injury == 1:
            data[at : at + length] = chance.choice((b"\xff", b"\x00", b"\x7f", b"\x80")) * length
        elif injury == 2:
            del data[at : at + length]
        elif injury == 3:
            data[at:at] = data[at : at + length] * chance.randint(1, 20)
        elif injury == 4:
            other = chance.randrange(len(data))
            data[other : other + length] = data[at : at + length]
        elif injury == 5:
            data[at : at + length] = chance.randbytes(length)
        else:
            del data[at:]
    return bytes(data)


def assert_judged(run: Callable[[], PoolReport], what: str) -> None:
    began = time.monotonic()
    report = run()
    assert time.monotonic() - began < LONGEST, what
    assert report.status in (PoolStatus.OK, PoolStatus.PARTIAL), (what, report.status, report.reason)
    assert report.errors == (), (what, report.errors)


def read_pictures(raw: bytes) -> PoolReport:
    report, _ = read_mail(raw)
    assert report is not None
    return report


def run_code(name: str, data: bytes) -> PoolReport:
    view, parts = view_of((name, data))
    return run_pool(build_sandbox(build_find_code()), view, parts, seconds=LONGEST, judge_derived=lambda *_: ())


def trials() -> Iterator[random.Random]:
    """As many sources of chance as each seed gets mutations; each says its number, to do it again."""
    seeds = len(FILES) + len(PICTURES) + len(CODES)
    return (random.Random(number) for number in range(max(1, MUTATIONS // seeds)))


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_judged(name: str) -> None:
    seed = FILES[name]()
    for number, chance in enumerate(trials()):
        data = mutated(seed, chance)
        assert_judged(functools.partial(scan, (name, data)), f"{name}, mutation {number}")


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", PICTURES)
def test_damaged_pictures_are_judged(name: str) -> None:
    seed = PICTURES[name]()
    for number, chance in enumerate(trials()):
        raw = mail(attachments=[(name, mutated(seed, chance) + bytes(700))])
        assert_judged(functools.partial(read_pictures, raw), f"{name}, mutation {number}")


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", CODES)
def test_damaged_code_is_judged(name: str) -> None:
    seed = CODES[name]()
    for number, chance in enumerate(trials()):
        data = mutated(seed, chance)
        assert_judged(functools.partial(run_code, name, data), f"{name}, mutation {number}")


@pytest.mark.timeout(3_600)
@pytest.mark.skipif(MUTATIONS < 5_000, reason="in the long run only: make fuzz")
def test_damaged_files_of_other_projects_are_judged() -> None:
    seeds = sorted(path for path in attachments(".").rglob("*") if is_seed(path))
    assert seeds
    for number in range(MUTATIONS // 2):
        chance = random.Random(number)
        path = chance.choice(seeds)
        data = mutated(path.read_bytes(), chance)
        assert_judged(functools.partial(scan, (path.name, data)), f"{path}, mutation {number}")


def is_seed(path: Path) -> bool:
    return path.is_file() and path.suffix != ".uu" and 0 < path.stat().st_size <= LARGEST_SEED
