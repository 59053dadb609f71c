"""The demo: its messages are what they claim to be, and the whole of it works as `make demo` runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mailchord.demo import Row, table
from mailchord.demo_mail import DemoMail, demo_mails
from mailcore.parse import parse
from mailcore.verdict import Action
from tests.postfix import needs_postfix

ROOT = Path(__file__).resolve().parents[2]


def name_of(mail: DemoMail) -> str:
    return mail.subject


@pytest.mark.parametrize("mail", demo_mails(), ids=name_of)
def test_messages_are_whole(mail: DemoMail) -> None:
    message = parse(mail.raw, message_id="m1").message
    assert message.defects == ()
    assert message.subject == mail.subject
    assert mail.sensible


def test_there_is_good_mail_too() -> None:
    assert sum(mail.sensible == (Action.ACCEPT,) for mail in demo_mails()) >= 5


def test_the_table_fits_the_terminal() -> None:
    row = Row(subject="s" * 90, action="tag", score="5.0", milliseconds=12.3, reason="r" * 300, is_sensible=False)
    lines = table([row], width=100).splitlines()
    assert max(map(len, lines)) <= 100
    assert "(!)" in lines[-1]


@pytest.mark.system
@needs_postfix
@pytest.mark.timeout(300)
def test_every_message_is_answered_as_one_would_want() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "KEEP"} | {"COLUMNS": "160"}
    command = [sys.executable, "-m", "mailchord.demo"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=290, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^Test of the spam filter +reject +1\d\d\d", done.stdout, re.MULTILINE)
    assert re.search(r"^Lunch on Thursday\? +accept", done.stdout, re.MULTILINE)
    assert "contract.docm" in done.stdout
    assert "opened with '2026' from the text" in done.stdout
    assert "203.0.113.77" in done.stdout, "the lure that the document links to"
    assert re.search(r"^  delivered   http://127\.0\.0\.1:\d+/s/garden\.example\.com/1\.", done.stdout, re.MULTILINE)
    assert "  a click     302, leads on to https://garden.example.com/october" in done.stdout
    assert '  a click     403, "This link is blocked": An administrator marked this link as bad.' in done.stdout
    assert done.stderr == ""
