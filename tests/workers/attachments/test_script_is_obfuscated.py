"""Scripts that script_is_obfuscated must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File, found

PIECES = '"p" + "o" + "we" + "rs" + "he" + "ll" + ".e" + "xe"'
ESCAPED = "".join(f"\\x{ord(character):02x}" for character in "WScript.Shell")

TABLE = (
    b"(function(_0x1a2b3c,_0x4d5e6f){var _0x7a8b9c=_0x1a2b3c();while(!![]){try{var _0xabcdef=parseInt(_0x2b3c4d(0x1f4))"
    b"/0x1;if(_0xabcdef===_0x4d5e6f)break;}catch(_0x0f1e2d){_0x7a8b9c['push'](_0x7a8b9c['shift']());}}}(_0x3c4d5e,0x9));"
)

BAD: dict[str, File] = {
    "an obfuscator of JavaScript": ("table.js", TABLE),
    "JScript with codes and pieces": ("order.js", scripts.dropper_js()),
    "encoded for Windows Script Host": ("order.jse", b"#@~^FwAAAA==\x1cN\x7fm!hnUDRAMrD+`v4rE#I/AcAAA==^#~@"),
    "VBScript of codes": ("a.vbs", f"Execute {scripts.vbs_chars('MsgBox 1 + 1 + 1')}\r\n".encode()),
    "pieces that are run": ("b.vbs", f"x = {PIECES}\r\nExecute(x)\r\n".encode()),
    "escapes and codes": (
        "c.js",
        f'var s = "{ESCAPED}"; eval(String.fromCharCode({scripts.char_codes("alert(document)")}));'.encode(),
    ),
    "carets, run at once": ("d.ps1", b"p^o^w^e^r^s^h^e^l^l\r\nIEX ('{1}{0}{3}{2}' -f 'a','b','c','d')\r\n"),
    "in a zip": ("a.zip", files.zip_file({"order.js": scripts.dropper_js()})),
}
GOOD: dict[str, File] = {
    "a library": ("lib.min.js", scripts.LIBRARY),
    "an installer": ("setup.ps1", scripts.INSTALLER),
    "a backup": ("backup.bat", scripts.BACKUP),
    "drives of a department": ("logon.vbs", scripts.LOGON),
    "a sentence in pieces": (
        "a.vbs",
        b'MsgBox "There are " & n & " files in " & folder & ", " & size & " bytes"\r\n',
    ),
    "one conversion": ("b.js", b"var x = String.fromCharCode(104, 105); document.title = x;\n"),
    "a template engine": ("c.js", b"function run(code) { return eval('(' + code + ')'); }\n"),
    "letters of other languages": ("d.js", b'var names = ["\\u00e9t\\u00e9", "\\u4e2d\\u6587", "\\x1b[0m\\x1b[1m"];\n'),
    "a long licence": ("e.js", b"// Permission is hereby granted, free of charge\n" * 60 + b"var a = 1;\n"),
    "rulers": ("f.vbs", b"'------------------------------\r\nx = 1\r\n" * 40),
    "settings": (
        "g.reg",
        b'REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\A]\r\n"b"=hex:01,02,03\r\n',
    ),
    "a text about it": (
        "notes.txt",
        b"Chr(1) & Chr(2) & Chr(3) & Chr(4) & Chr(5) & Chr(6) and Execute(x)\n",
    ),
    "a page": ("a.html", files.page(script="<script>document.title = 1</script>")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("script_is_obfuscated", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("script_is_obfuscated", file) == []
