"""Scripts as they mean it, what they decode, and what they carry; and that hostile ones cost no more than others."""

from __future__ import annotations

import base64
import time
import zlib

import pytest

from tests import files_scripts as scripts
from workers.attachments import blobs, deobfuscate

CLEARED: dict[str, tuple[str, str]] = {
    "plus": ('"Msx" + "ml2" + ".XMLHTTP"', '"Msxml2.XMLHTTP"'),
    "ampersand": ('"WScr" & "ipt"', '"WScript"'),
    "over lines": ('"WScr" & _\r\n    "ipt"', '"WScript"'),
    "growing": ('x = "ab"\r\nx = x & "cd"', 'x = "abcd"'),
    "growing in JavaScript": ('x = "ab";\nx += "cd";', 'x = "abcd";'),
    "codes": ("String.fromCharCode(104, 0x69)", '"hi"'),
    "codes of VBScript": ("Chr(104) & ChrW(&H69)", '"hi"'),
    "codes of PowerShell": ("[char]104+[char]0x69", '"hi"'),
    "a list of codes": ("[char[]](104,105) -join ''", '"hi"'),
    "escapes": ("'\\x68\\u0069'", "'hi'"),
    "percent signs": ("unescape('%68%u0069')", '"hi"'),
    "backticks": ("I`E`X", "IEX"),
    "out of order": ("('{1}{0}'-f'X','IE')", '"IEX"'),
    "replaced": ("'DownXload'.Replace('X','')", '"Download"'),
    "replaced in VBScript": ('Replace("W##Script", "##", "")', '"WScript"'),
    "backwards": ('StrReverse("ih")', '"hi"'),
    "backwards in JavaScript": ("'ih'.split('').reverse().join('')", '"hi"'),
    "backwards in PowerShell": ("'ih'[-1..-2] -join ''", '"hi"'),
}
LEFT_ALONE: dict[str, str] = {
    "a sum": "total = price + tax",
    "words": 'MsgBox "Good day " & name',
    "a quote in a string": "var a = 'it\\x27s';",
    "an argument": "replace(text, a, b)",
    "a number": "Chr(number)",
    "other letters": 'var a = "Übersicht";',
    "nothing": "",
}


@pytest.mark.parametrize(("text", "meant"), CLEARED.values(), ids=CLEARED)
def test_is_cleared(text: str, meant: str) -> None:
    assert meant in deobfuscate.clear(text)


@pytest.mark.parametrize("text", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_is_left_as_it_is(text: str) -> None:
    assert deobfuscate.clear(text) == text


def test_a_batch_file_is_filled_in() -> None:
    text = 'set a=power\r\nset "b=shell"\r\n%a%%b% %a:~0,2% %c% p^i^n^g'
    assert deobfuscate.batch(text).splitlines()[-1] == "powershell po %c% ping"


def test_variables_that_swell_are_bounded() -> None:
    assert len(deobfuscate.batch("set a=" + "x" * 1_900 + "\n" + "%a%" * 200_000)) <= deobfuscate.CHARACTERS


def test_layers_are_read_one_below_the_other() -> None:
    inner = scripts.encoded_command().decode()
    outer = scripts.encoded_command(inner).decode()
    assert list(deobfuscate.layers(outer))[-1] == scripts.CRADLE


CARRIED = b"MZ" + bytes(range(200))
FOUND: dict[str, str] = {
    "base64": base64.b64encode(CARRIED).decode(),
    "base64 in lines": base64.encodebytes(CARRIED).decode(),
    "base64 of addresses": base64.urlsafe_b64encode(CARRIED).decode(),
    "hexadecimal": CARRIED.hex(),
    "hexadecimal with marks": ",".join(f"0x{byte:02x}" for byte in CARRIED),
    "numbers": ", ".join(map(str, CARRIED)),
    "percent signs": "".join(f"%{byte:02x}" for byte in CARRIED),
    "an address": f"href='data:application/octet-stream;base64,{base64.b64encode(CARRIED).decode()}'",
}
NOT_FOUND: dict[str, str] = {
    "a key": base64.b64encode(bytes(range(100))).decode(),
    "a hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" * 2,
    "a picture": base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(500)).decode(),
    "a font": "data:font/woff2;base64," + "d09GMgABAAAAA" * 20,
    "a table": ", ".join(str(number * 3) for number in range(200)),
    "a long word": "a" * 5_000,
    "prose": "There is nothing in this sentence that anybody would decode. " * 30,
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_what_is_carried_is_found(text: str) -> None:
    (blob,) = blobs.find(f"x = '{text}'")
    assert (blob.data, blob.extension) == (CARRIED, "exe")


@pytest.mark.parametrize("text", NOT_FOUND.values(), ids=NOT_FOUND)
def test_other_things_are_not(text: str) -> None:
    assert list(blobs.find(f"x = '{text}'")) == []


def test_what_swells_when_it_is_inflated_is_bounded() -> None:
    assert len(blobs.inflated(zlib.compress(bytes(100_000_000)))) == 33_554_432


HOSTILE = (
    "'a'+",
    '"\nx = x & "',
    "{0}",
    "a^",
    "String.fromCharCode(",
    "'a'.replace(",
    "}('",
    "%a%",
    "0x41,",
    "A" * 99 + " ",
)


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_twice_the_text_takes_about_twice_the_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        begin = time.process_time()
        list(deobfuscate.layers(deobfuscate.clear(deobfuscate.batch(text))))
        list(blobs.find(text))
        return time.process_time() - begin

    assert seconds(400_000) < 8 * seconds(100_000) + 0.2
