"""The private Postfix: what it promises to the demo and to the tests that stand on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailchord.postfix import free_port, milter_endpoint
from tests.postfix import Client, PostfixUnavailable, PrivatePostfix, needs_postfix
from tests.system.installation import eventually

pytestmark = [pytest.mark.system, needs_postfix]

MESSAGE = b"From: a@example.net\r\nSubject: hello\r\n\r\nhello\r\n"


@pytest.fixture(scope="module")
def postfix() -> Iterator[PrivatePostfix]:
    """One without any milter."""
    with PrivatePostfix(milter="inet:1@127.0.0.1", settings={"smtpd_milters": ""}) as running:
        yield running


@pytest.mark.parametrize(
    ("listen", "endpoint"),
    [
        ("unix:/run/mailchord/milter.sock", "unix:/run/mailchord/milter.sock"),
        ("inet:8891@127.0.0.1", "inet:127.0.0.1:8891"),
        ("inet6:8891@::1", "inet:[::1]:8891"),
    ],
)
def test_the_milter_is_named_as_postfix_wants_it(listen: str, endpoint: str) -> None:
    assert milter_endpoint(listen) == endpoint


def test_mail_ends_in_the_maildir_as_it_was_sent(postfix: PrivatePostfix) -> None:
    before = len(postfix.deliveries())
    reply = postfix.send(MESSAGE, recipients=["one@example.org", "two@example.com"], client=Client())
    assert reply.accepted, reply
    delivered = postfix.wait_for_deliveries(before + 2)[before:]
    assert {message["Delivered-To"] for message in delivered} == {"one@example.org", "two@example.com"}
    assert all("192.0.2.10" in message["Received"] for message in delivered)
    assert not any(message["Message-Id"] for message in delivered)
    assert eventually(lambda: postfix.queue() == [])  # it is emptied after the delivery
    assert eventually(lambda: "status=sent" in postfix.log())  # a program of its own writes the log


def test_without_its_milter_mail_is_deferred() -> None:
    with PrivatePostfix(milter=f"inet:{free_port()}@127.0.0.1") as postfix:
        reply = postfix.send(MESSAGE)
        assert reply.code == 451
        assert postfix.deliveries() == []


def test_nothing_stays_behind() -> None:
    with PrivatePostfix(milter="inet:1@127.0.0.1", settings={"smtpd_milters": ""}) as postfix:
        directory = postfix.directory
        assert postfix.send(MESSAGE).accepted
    assert not directory.exists()
    assert directory.name not in processes()


def test_a_broken_configuration_is_told_and_leaves_nothing_behind() -> None:
    postfix = PrivatePostfix(milter="inet:1@127.0.0.1", settings={"inet_interfaces": "nonsense.example"})
    with pytest.raises(PostfixUnavailable, match="ended at once"):
        postfix.start()
    assert not postfix.directory.exists()


def processes() -> str:
    """Command lines of all that runs. From /proc: a small Debian has no ps."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        # A process that has just ended has no command line any more.
        with contextlib.suppress(OSError):
            lines.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return "\n".join(lines)
