"""Office documents of other projects: what they hold is recognised, and clean ones are left alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest

from tests.corpora import attachments
from tests.workers.attachments.scan import File, files_of, scan
from workers.attachments import fields

pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

OLETOOLS = "office/oletools/tests/test-data"
# The password of those archives whose content other scanners would stop.
INFECTED = "The password is infected-test"
CLEAN_WEIGHT = 0.5


def documents(*patterns: str) -> Iterator[File]:
    """The files that match, under the folder of attachments."""
    root = attachments(".")
    found = sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})
    assert found
    return ((path.name, path.read_bytes()) for path in found)


def weights(file: File) -> dict[str, float]:
    return {finding.id: finding.weight for finding in scan(file).findings}


def test_all_macros_are_recognised() -> None:
    patterns = ("excel4-macros/*", "oleform/*", "olevba/*", "encrypted/autostart-*")
    missed = [
        file[0]
        for file in documents("eicar/*macro*", *(f"{OLETOOLS}/{pattern}" for pattern in patterns))
        if not {"document_has_macros", "document_has_auto_run_macros"} & weights(file).keys()
    ]
    assert missed == []


def test_all_dde_is_recognised() -> None:
    missed = []
    for file in documents(f"{OLETOOLS}/*/dde-*", "eicar/*dde*"):
        tree, _ = files_of(file, text=INFECTED)
        if not any(sign.kind == fields.DDE for facts in tree for sign in facts.signs):
            missed.append(file[0])
    assert missed == []


def test_what_is_fetched_is_recognised() -> None:
    for file in documents(f"{OLETOOLS}/oleobj/external_link/*"):
        assert "document_loads_from_outside" in weights(file), file[0]


def test_objects_are_files_of_their_own() -> None:
    missed = []
    for file in documents(f"{OLETOOLS}/oleobj/embedded-simple*", f"{OLETOOLS}/oleobj/sample_with_*_file.*"):
        tree, _ = files_of(file)
        if not any(facts.filename in ("simple-text-file.txt", "calc.lnk") for facts in tree):
            missed.append(file[0])
    assert missed == []


PASSWORDS = {"xor_password_123456789012345.xls": "123456789012345"}


def refused(*_arguments: object, **_options: object) -> None:
    raise PermissionError("no file is written in a cage")


def test_documents_under_a_password_are_opened_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    closed = []
    for file in documents("office/msoffcrypto/tests/inputs/*password*"):
        tree, _ = files_of(file, text=f"password: {PASSWORDS.get(file[0], 'Password1234_')}")
        if [facts.reached for facts in tree[:2]] != ["", "decrypted"]:
            closed.append(file[0])
    assert closed == []


CLEAN = (
    f"{OLETOOLS}/*/harmless-*",
    f"{OLETOOLS}/oleobj/embedded-*",
    f"{OLETOOLS}/other/*",
    f"{OLETOOLS}/encrypted/encrypted.*",
    "office/msoffcrypto/tests/*/plain.*",
    "office/msoffcrypto/tests/outputs/*",
    "mixed/strelka/src/python/strelka/tests/fixtures/test.doc*",
    "mixed/strelka/src/python/strelka/tests/fixtures/test_classic.doc",
    "mixed/strelka/src/python/strelka/tests/fixtures/test.one",
    "archive/rubyzip/test/data/test.xlsx",
    "polyglots/corkami/mini/rich.rtf",
)


def test_clean_documents_are_left_alone() -> None:
    hits = {}
    count = 0
    for file in documents(*CLEAN):
        count += 1
        heavy = {name: weight for name, weight in weights(file).items() if weight > CLEAN_WEIGHT}
        if heavy:
            hits[file[0]] = heavy
    assert hits == {}
    assert count > 50
