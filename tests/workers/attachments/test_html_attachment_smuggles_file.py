"""Pages that html_attachment_smuggles_file must find, and (more) that it must leave alone."""

from __future__ import annotations

import base64
import json

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, files_of, found

ZIP = files.zip_file({"invoice.js": scripts.dropper_js()})
PROGRAM = files.windows_program()
ENCODED = base64.b64encode(ZIP).decode()
PIECES = "+\n".join(f'"{ENCODED[start : start + 40]}"' for start in range(0, len(ENCODED), 40))
SAVES = "var a = document.createElement('a'); a.href = URL.createObjectURL(new Blob([d])); a.download = 'x'; a.click();"
NOISE = bytes(number * 7 % 251 + (number >> 3) % 5 for number in range(30_000))
PACKED = base64.b64encode(b"\x1f\x8b\x08" + NOISE[:2000]).decode()
FONT = "d09G" * 90
PICTURE = base64.b64encode(files.blank_picture()).decode()
TABLE = json.dumps([[number, number * number] for number in range(400)])


def script(code: str) -> bytes:
    return scripts.page_with(f"<script>{code}</script>")


BAD: dict[str, File] = {
    "a zip": ("invoice.html", scripts.smuggling_page(ZIP)),
    "a program": ("invoice.htm", scripts.smuggling_page(PROGRAM, "setup.exe")),
    "in pieces": ("a.html", script(f"var d = atob({PIECES}); {SAVES}")),
    "in a list": ("b.html", script(f"var d = new Uint8Array([{','.join(map(str, ZIP))}]); {SAVES}")),
    "hexadecimal": ("c.html", script(f"var d = '{ZIP.hex()}'; {SAVES}")),
    "backwards": ("d.html", script(f"var d = atob('{ENCODED[::-1]}'.split('').reverse().join('')); {SAVES}")),
    "an address": (
        "e.html",
        scripts.page_with(f'<a id=a download="a.zip" href="data:application/zip;base64,{ENCODED}">Open</a>'),
    ),
    "a document that saves itself": ("f.html", scripts.smuggling_page(files.docx("Minutes " * 40), "a.docx")),
    "what cannot be read, in an empty page": ("g.html", scripts.smuggling_page(NOISE, "a.bin")),
    "in an SVG picture": (
        "h.svg",
        scripts.svg(f"<script>var d = atob('{ENCODED}'); {SAVES}</script>"),
    ),
    "in a zip": ("a.zip", files.zip_file({"invoice.html": scripts.smuggling_page(ZIP)})),
}
GOOD: dict[str, File] = {
    "a page": ("a.html", files.page()),
    "a table that can be saved": (
        "b.html",
        script(f"var t = {TABLE}; function save() {{ var d = t.join(); {SAVES} }}"),
    ),
    "a chart that can be saved": (
        "c.html",
        scripts.page_with(
            f'<img src="data:image/png;base64,{PICTURE}"><script>function save(d) {{ {SAVES} }}</script>',
            text="The figures of the quarter. " * 50,
        ),
    ),
    "an invoice that a person may save": (
        "d.html",
        scripts.page_with(
            f'<a download href="data:application/pdf;base64,{base64.b64encode(files.pdf()).decode()}">PDF</a>'
        ),
    ),
    "pictures": (
        "e.html",
        scripts.page_with(f'<img src="data:image/png;base64,{PICTURE}">'),
    ),
    "a font": ("f.html", scripts.page_with(f"<style>@font-face {{ src: url(data:font/woff2;base64,{FONT}) }}</style>")),
    "a link to a file": ("g.html", scripts.page_with('<a href="https://example.com/a.zip" download>The archive</a>')),
    "a map of sources": ("h.html", script("1\n//# sourceMappingURL=data:application/json;base64," + "eyJ2Ijoz" * 200)),
    "a report with compressed tables": (
        "i.html",
        scripts.page_with(
            f"<script>var z = atob('{PACKED}');function save(d) {{ {SAVES} }}</script>",
            text="Results of the run. " * 80,
        ),
    ),
    "a picture": ("j.svg", scripts.svg()),
    "a text about it": ("k.txt", scripts.smuggling_page(ZIP)),
}


def test_what_it_carries_is_a_file_of_the_tree() -> None:
    tree, problems = files_of(("invoice.html", scripts.smuggling_page(ZIP)))
    assert not problems
    assert [(file.path, file.reached) for file in tree] == [
        ("invoice.html", ""),
        ("invoice.html/decoded-1.zip", "decoded"),
        ("invoice.html/decoded-1.zip/invoice.js", "member"),
    ]


def test_only_what_saves_itself_is_heavy() -> None:
    assert [f.weight for f in found("html_attachment_smuggles_file", BAD["a document that saves itself"])] == [4.0]


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("html_attachment_smuggles_file", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("html_attachment_smuggles_file", file) == []
