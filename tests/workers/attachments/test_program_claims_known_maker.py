"""Programs that program_claims_known_maker must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.files_programs import portable_executable
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "Microsoft": ("update.exe", portable_executable(company="Microsoft Corporation")),
    "Adobe": ("reader.exe", portable_executable(company="Adobe Systems Incorporated")),
}
GOOD: dict[str, File] = {
    "signed": ("a.exe", portable_executable(company="Microsoft Corporation", signed=True)),
    "another maker": ("b.exe", portable_executable(company="Example Software")),
    "no maker": ("c.exe", portable_executable()),
    "made for": ("d.exe", portable_executable(company="Tools for Microsoft Corporation")),
    "part of software": ("e.zip", files.zip_file({"a.dll": portable_executable(company="Microsoft Corporation")})),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("program_claims_known_maker", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("program_claims_known_maker", file) == []
