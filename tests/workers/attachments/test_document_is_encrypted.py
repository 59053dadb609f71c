"""Attachments that document_is_encrypted must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, files_of, found

BAD: dict[str, File] = {
    "a document": ("a.docx", files_office.encrypted("tiger2026")),
    "without content": ("a.docx", files.encrypted_document()),
    "Word 97": (
        "a.doc",
        files.compound_file(
            {"WordDocument": b"\xec\xa5\xc1\x00" + bytes(6) + b"\x00\x01" + bytes(5_000), "1Table": bytes(600)}
        ),
    ),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "doc": ("a.doc", files.doc()),
    "RTF": ("a.rtf", files_office.rtf()),
    "a PDF": ("a.pdf", files.pdf()),
    "odt": ("a.odt", files_office.odt("<text:p>Minutes</text:p>")),
    "a macro document": ("a.docm", files.macro_document()),
    "an encrypted zip": ("a.zip", files.encrypted_zip({"a.txt": b"x"}, b"tiger")),
    "the password of Office": ("a.docx", files_office.encrypted("VelvetSweatshop")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_is_encrypted", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_is_encrypted", file) == []


def test_a_password_in_the_mail_opens_it_and_weighs_more() -> None:
    file = BAD["a document"]
    tree, problems = files_of(file, text="The password is tiger2026.")
    assert [(facts.reached, facts.password, facts.password_from) for facts in tree[:2]] == [
        ("", "tiger2026", "text"),
        ("decrypted", "tiger2026", "text"),
    ]
    assert tree[1].auto_run_macros
    assert problems == ()


def test_a_key_of_endless_rounds_is_not_worked_out() -> None:
    info = b'<keyEncryptor spinCount="4294967295"/>' + bytes(300)
    tree, _ = files_of(("a.docx", files.compound_file({"EncryptionInfo": info, "EncryptedPackage": bytes(5_000)})))
    assert "rounds" in tree[0].problem
