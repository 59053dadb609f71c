"""Mail that archive_password_stands_in_mail must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.view import FileFacts, MailView
from tests.mail import mail
from workers.attachments.detectors.archive_password_stands_in_mail import archive_password_stands_in_mail

ENCRYPTED = FileFacts(part="2", path="a.zip", filename="a.zip", true_type="application/zip", encrypted=True)
OPEN = FileFacts(part="2", path="a.zip", filename="a.zip", true_type="application/zip")
STATEMENT = FileFacts(part="2", path="a.pdf", filename="a.pdf", true_type="application/pdf", encrypted=True)


def quotes(text: str, file: FileFacts, html: str | None = None) -> list[str]:
    message = parse(mail(text=text, html=html), message_id="m1").message
    view = MailView(envelope=Envelope(), message=message, files=(file,))
    return [hit.where.quote for hit in archive_password_stands_in_mail.run(view)]


BAD = {
    "after a colon": "The documents are attached.\n\nPassword: 2026",
    "in a sentence": "the password for the archive is Kx77!",
    "in quotes": 'Passcode: "9-41"',
    "German": "Das Passwort lautet: rechnung",
}
GOOD = {
    "none": "The documents are attached.",
    "it follows": "The password follows by text message.",
    "sent apart": "The password is sent in a separate mail.",
    "a hint": "The password is the one that we agreed on.",
    "by telephone": "Call me for the password.",
    "another word": "Passwords: keep them secret? No: password policy attached.",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_is_found(text: str) -> None:
    assert len(quotes(text, ENCRYPTED)) == 1


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(text: str) -> None:
    assert quotes(text, ENCRYPTED) == []


# An open archive hides nothing; encrypted statements with a hint in the text come every month.
@pytest.mark.parametrize("file", [OPEN, STATEMENT], ids=["open archive", "encrypted document"])
def test_other_files_are_left_alone(file: FileFacts) -> None:
    assert quotes("Password: 2026", file) == []


def test_a_password_in_html_is_found() -> None:
    assert quotes("see below", ENCRYPTED, html="<p>Password: <b>2026</b></p>") == ["Password: 2026"]


def test_text_made_of_the_word_takes_linear_time() -> None:
    assert quotes("password for the " * 60_000, ENCRYPTED) == []
