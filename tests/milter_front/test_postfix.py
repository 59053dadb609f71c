"""The front behind a real Postfix."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from mailcore.settings import PoolSettings
from tests.mail import mail
from tests.milter_front.conftest import Start
from tests.milter_front.running_front import RunningFront, raw_of, settings
from tests.postfix import Client, PrivatePostfix, needs_postfix

pytestmark = [pytest.mark.system, needs_postfix]

OUTSIDE = Client(address="203.0.113.9", name="mail.example.net", helo="mail.example.net")
ONE, OTHER = "one@example.org", "other@example.org"


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """Postfix runs as its own user, and pytest's directories are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="mailchord-front-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def shared_front() -> Iterator[RunningFront]:
    with open_folder() as folder:
        running = RunningFront(folder, settings(folder, socket_mode="0666", body_limit_bytes=200_000))
        running.tell("ready")
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def shared_postfix(shared_front: RunningFront) -> Iterator[PrivatePostfix]:
    with PrivatePostfix(milter=shared_front.address) as running:
        yield running


@pytest.fixture
def postfix(shared_postfix: PrivatePostfix) -> PrivatePostfix:
    """The shared server, without what earlier tests had delivered."""
    assert not shared_postfix.queue()
    for delivered in shared_postfix.deliveries():
        delivered.unlink()
    return shared_postfix


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


def scripted(*headers: tuple[str, str], **fields: str) -> bytes:
    return mail(headers=[(f"X-Test-{name}", value) for name, value in headers], **fields)  # type: ignore[arg-type]


def test_header_and_body_bytes_reach_the_judge(front: RunningFront, postfix: PrivatePostfix) -> None:
    raw = mail(subject="Grüße") + b"8-bit: caf\xe9 \x80\r\n.\r\n..two dots\r\n"
    raw = b"X-Folded: one\r\n\ttwo\r\n   three\r\nX-Raw: caf\xe9\r\nX-NoSpace:x\r\n" + raw
    assert postfix.send(raw, client=OUTSIDE).accepted
    judged = front.tell("judged")
    # Postfix hands a fold over as LF; everything else is what was sent.
    assert raw_of(judged).replace(b"\r\n", b"\n") == raw.replace(b"\r\n", b"\n")
    envelope = judged["envelope"]
    assert isinstance(envelope, dict)
    assert {name: envelope[name] for name in ("sender", "recipients", "client_address", "client_name", "helo")} == {
        "sender": "sender@example.net",
        "recipients": ["recipient@example.org"],
        "client_address": "203.0.113.9",
        "client_name": "mail.example.net",
        "helo": "mail.example.net",
    }
    assert len(str(envelope["queue_id"])) > 8


def test_tagged_mail_arrives_marked_and_without_forged_fields(front: RunningFront, postfix: PrivatePostfix) -> None:
    raw = b"X-Spam-Flag: NO\r\nX-Mailchord-Score: -5\r\nX-Spam-Flag: NO\r\n" + scripted(
        ("Action", "tag"), ("Reason", "A long sentence that must be folded. " * 10), subject="Grüße aus Köln"
    )
    assert postfix.send(raw, client=OUTSIDE).accepted
    [delivered] = postfix.wait_for_deliveries(1)
    assert delivered["Subject"] == "[SPAM] Grüße aus Köln"
    assert delivered.get_all("X-Spam-Flag") == ["YES"]
    assert delivered.get_all("X-Mailchord-Score") == ["1.5"]
    assert delivered["X-Mailchord-Verdict"] == "tag"
    assert delivered["X-Mailchord-Reason"] == ("A long sentence that must be folded. " * 10).strip()


def test_results_are_written_on_top_and_forged_ones_removed(start: Start, folder: Path) -> None:
    verifying = replace(settings(folder, socket_mode="0666"), pools={"auth": PoolSettings()})
    forged = (
        b"Authentication-Results: mx.example.com; dmarc=pass header.from=bank.example\r\n"
        b"Authentication-Results: upstream.example; dmarc=none\r\n"
        b"authentication-results: (a) MX.example.com;\r\n\tspf=pass\r\n"
    )
    with PrivatePostfix(milter=start(verifying).address) as postfix:
        assert postfix.send(forged + scripted(("Dmarc", "fail")), client=OUTSIDE).accepted
        [delivered] = postfix.wait_for_deliveries(1)
    results = [" ".join(value.split()) for value in delivered.get_all("Authentication-Results", [])]
    assert results == [
        "mx.example.com; dkim=none; dmarc=fail header.from=example.net",
        "upstream.example; dmarc=none",
    ]


def test_a_raw_latin1_subject_is_still_readable_when_tagged(front: RunningFront, postfix: PrivatePostfix) -> None:
    raw = scripted(("Action", "tag"), subject="Cafe").replace(b"Subject: Cafe", b"Subject: Caf\xe9")
    raw = raw.replace(b"charset=utf-8", b"charset=iso-8859-1")
    assert postfix.send(raw, client=OUTSIDE).accepted
    [delivered] = postfix.wait_for_deliveries(1)
    assert delivered["Subject"] == "[SPAM] Café"


@pytest.mark.parametrize(
    ("action", "code", "text"),
    [
        ("reject", 550, "5.7.1 Message refused by local policy, reference test-"),
        ("tempfail", 451, "4.7.1 Message could not be checked now"),
        ("quarantine", 250, "2.0.0 Ok"),
        ("discard", 250, "2.0.0 Ok"),
    ],
)
def test_refused_and_held_mail_is_not_delivered(
    front: RunningFront, postfix: PrivatePostfix, action: str, code: int, text: str
) -> None:
    reply = postfix.send(scripted(("Action", action)), client=OUTSIDE)
    assert (reply.code, reply.text[: len(text)]) == (code, text)
    assert postfix.send(scripted(subject="Second"), client=OUTSIDE).accepted
    [delivered] = postfix.wait_for_deliveries(1)
    assert delivered["Subject"] == "Second"
    assert not postfix.queue()


def test_one_recipient_gets_it_and_the_other_one_s_copy_is_held(front: RunningFront, postfix: PrivatePostfix) -> None:
    raw = scripted(("Action", "reject"), ("Recipient", f"{OTHER} accept"))
    assert postfix.send(raw, client=OUTSIDE, recipients=[ONE, OTHER]).accepted
    [delivered] = postfix.wait_for_deliveries(1)
    assert delivered["X-Original-To"] == OTHER
    assert front.tell("held")["recipients"] == [ONE]
    assert not postfix.queue()


def test_a_body_past_the_cap_is_delivered_whole_and_judged_as_truncated(
    front: RunningFront, postfix: PrivatePostfix
) -> None:
    text = "This line is forty characters in length\n" * 20_000
    assert postfix.send(scripted(text=text), client=OUTSIDE).accepted
    judged = front.tell("judged")
    assert judged["truncated"] is True
    assert len(raw_of(judged)) <= 200_100
    postfix.wait_for_deliveries(1)
    assert postfix.deliveries()[0].stat().st_size > len(text)


@pytest.mark.parametrize("raw", [b"\r\nbody only\r\n", b"", b"X-Only: header\r\n"], ids=repr)
def test_messages_that_lack_a_part(front: RunningFront, postfix: PrivatePostfix, raw: bytes) -> None:
    assert postfix.send(raw, client=OUTSIDE, seconds=10).accepted
    assert front.tell("judged")
    assert len(postfix.wait_for_deliveries(1)) == 1


@pytest.mark.parametrize("limit", [60_000, 2_000_000])
def test_a_header_line_of_a_megabyte_is_cut_by_postfix(front: RunningFront, limit: int) -> None:
    """With a milter Postfix 3.7 cuts header fields at 60,000 bytes whatever `header_size_limit` says.

    What happens when an MTA sends more is in `test_hostile`.
    """
    raw = b"X-Long: " + b"\r\n ".join([b"x" * 900] * 1100) + b"\r\n" + mail()
    with PrivatePostfix(milter=front.address, header_size_limit=limit) as postfix:
        assert postfix.send(raw, client=OUTSIDE).accepted
        assert 50_000 < len(raw_of(front.tell("judged"))) < 62_000


def test_a_restart_of_the_front_defers_mail_and_loses_none(start: Start, folder: Path) -> None:
    configured = settings(folder, socket_mode="0666")
    front = start(configured)
    with PrivatePostfix(milter=front.address) as postfix:
        assert postfix.send(mail(subject="First"), client=OUTSIDE).accepted
        assert front.stop() == 0
        assert postfix.send(mail(subject="Second"), client=OUTSIDE).code in (451, 421)
        again = start(configured)
        assert postfix.send(mail(subject="Second"), client=OUTSIDE).accepted
        os.kill(again.process.pid, signal.SIGKILL)
        assert [message["Subject"] for message in postfix.wait_for_deliveries(2)] == ["First", "Second"]
