"""Hostile and broken input through the real front and workers: each is answered, and nobody dies of it."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from msgspec import Struct

from mailchord.demo_archives import zip_file
from tests.files import eicar, many_zips_in_zips, nested_zip, png_header
from tests.mail import Attachment, file_part, mail
from tests.milter_client import MilterClient, Result
from tests.postfix import Client, PrivatePostfix, needs_postfix
from tests.system.installation import (
    FAST_WORKER,
    HEADERS,
    POOLS_WORKER,
    Installation,
    children_of,
    eventually,
    resident_bytes,
)
from tests.system.test_parity import taken_apart

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

MIB = 1_048_576
CAP = 50 * MIB
# What a worker's child may use; more is refused by the kernel.
WORKER_LIMIT = 512 * MIB
OUTSIDE = Client(address="203.0.113.9", name="mail.example.net", helo="mail.example.net")
MIXED = (b"Content-Type", b' multipart/mixed; boundary="b"')
MIME = (b"MIME-Version", b" 1.0")

Headers = tuple[tuple[bytes, bytes], ...]


class Bad(Struct, frozen=True, kw_only=True):
    """One message, and what may become of it: `partial` and `truncated` are as in the log line."""

    headers: Headers = HEADERS
    body: bytes = b"Hello\r\n"
    outcomes: tuple[str, ...] = ("accept",)
    partial: bool | None = False
    truncated: bool = False
    sender: bytes = b"<anna@example.net>"
    recipients: tuple[bytes, ...] = (b"<bob@example.org>",)


def whole(raw: bytes, **fields: Any) -> Bad:
    headers, body = taken_apart(raw)
    return Bad(headers=tuple(headers), body=body, **fields)


EICAR = file_part(Attachment("eicar.com", eicar()))


def nested_multiparts(depth: int, innermost: bytes) -> Bad:
    """Each multipart holds one more, each with a boundary of its own."""
    opening = b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (level, level + 1) for level in range(depth)
    )
    headers = (*HEADERS, MIME, (b"Content-Type", b' multipart/mixed; boundary="b0"'))
    return Bad(headers=headers, body=opening + b"--b%d\r\n%s" % (depth, innermost), partial=True, outcomes=HELD)


def many_parts(count: int, last: bytes) -> Bad:
    body = b"--b\r\nContent-Type: text/plain\r\n\r\npart\r\n" * count + b"--b\r\n%s\r\n--b--\r\n" % last
    return Bad(headers=(*HEADERS, MIME, MIXED), body=body, partial=True, outcomes=HELD)


def large(size: int, *, content_type: bytes = b" text/plain", **fields: Any) -> Bad:
    line = b"This line has sixty-four characters, and it is here very often\r\n"
    headers = (*HEADERS, MIME, (b"Content-Type", content_type))
    return Bad(headers=headers, body=line * (size // len(line)), **fields)


def links(count: int) -> Bad:
    html = "".join(f'<a href="https://host{number}.example.net/{number}">link</a>\n' for number in range(count))
    return whole(mail(text=None, html=html), partial=True)


# What is held gets a discard, what is refused a reject; what is deferred would come again and again.
HELD = ("discard", "reject")
BAD: dict[str, Callable[[], Bad]] = {
    "nothing at all": lambda: Bad(headers=(), body=b""),
    "no headers": lambda: Bad(headers=()),
    "headers only": lambda: Bad(body=b""),
    "100,000 headers": lambda: Bad(headers=HEADERS + ((b"X-Many", b" value"),) * 100_000, partial=True),
    "1,500 forged headers": lambda: Bad(headers=HEADERS + ((b"X-Spam-Flag", b" NO"),) * 1_500, outcomes=("reject",)),
    "NUL bytes": lambda: Bad(body=b"a\0b\0" * 1_000 + b"\r\n"),
    "only NUL bytes": lambda: Bad(body=bytes(100_000)),
    "every byte": lambda: Bad(body=bytes(range(256)) * 100),
    "8-bit headers": lambda: Bad(headers=(*HEADERS, (b"Subject", b" \xff\xfe\x80"), (b"X-A", bytes(range(128, 256))))),
    "unknown charset": lambda: Bad(headers=(*HEADERS, MIME, (b"Content-Type", b" text/plain; charset=x-klingon"))),
    "wrong charset": lambda: Bad(
        headers=(*HEADERS, MIME, (b"Content-Type", b" text/plain; charset=utf-16")), body=b"odd\xd8\x00\r\n"
    ),
    "2,000 nested multiparts": lambda: nested_multiparts(2_000, EICAR),
    "10,000 parts": lambda: many_parts(10_000, EICAR),
    "broken base64": lambda: Bad(
        headers=(*HEADERS, MIME, (b"Content-Type", b" text/plain"), (b"Content-Transfer-Encoding", b" base64")),
        body=b"SGVsbG8=====!!!\xff\r\nSGVs\r\nx",
    ),
    "a boundary that never comes": lambda: Bad(headers=(*HEADERS, MIME, MIXED), body=b"no parts\r\n--c\r\n"),
    "an endless boundary": lambda: Bad(
        headers=(*HEADERS, MIME, (b"Content-Type", b' multipart/mixed; boundary="' + b"x" * 50_000 + b'"'))
    ),
    "42.zip": lambda: whole(mail(attachments=[("42.zip", many_zips_in_zips())]), outcomes=HELD, partial=True),
    "42 zips in each other": lambda: whole(
        mail(attachments=[("a.zip", nested_zip(b"x", "a.txt", depth=42))]), outcomes=HELD, partial=True
    ),
    "names that leave the folder": lambda: whole(mail(attachments=[("a.zip", zip_file({"../../etc/mc": b"x"}))])),
    "60,000 x 60,000 pixels": lambda: whole(
        mail(attachments=[("large.png", png_header(60_000, 60_000) + bytes(50_000))]), partial=True
    ),
    "50,000 links": lambda: links(50_000),
    "empty sender": lambda: Bad(sender=b"<>"),
    "quoted local parts": lambda: Bad(
        sender=b'<"anna b\\"c@d"@example.net>', recipients=(b'<"odd one"@example.org>', b"<bob+tag@example.org>")
    ),
    "SMTPUTF8": lambda: Bad(sender="<grüße@exämple.net>".encode(), recipients=("<bücher@例え.example>".encode(),)),
    "raw 8-bit addresses": lambda: Bad(sender=b"<j\xfcrgen@example.net>", recipients=(b"<j\xfcrgen@example.org>",)),
    "1,000 recipients": lambda: Bad(recipients=tuple(b"<bob%d@example.org>" % number for number in range(1_000))),
}


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with Installation(unix=True) as running:
        before = running.parts
        yield running
        assert running.parts == before, [*running.log_lines("died"), *running.log_lines("replaced")]
        alarming = [entry for entry in running.log_lines() if is_alarming(entry)]
        assert not alarming, "\n".join(f"{entry}\n{entry.get('exception', '')}" for entry in alarming)


def is_alarming(entry: dict[str, Any]) -> bool:
    """A line that tells of a bug or a death, whatever else is in the log."""
    return "exception" in entry or entry["event"] in ("?", "died", "dead letter", "unexpected error")


def send(installation: Installation, bad: Bad, queue_id: str) -> Result:
    with installation.client(seconds=60) as client:
        client.greet()
        return client.message(bad.headers, bad.body, sender=bad.sender, recipients=bad.recipients, queue_id=queue_id)


def assert_well(installation: Installation) -> None:
    """An ordinary message is judged completely, and quickly even on a busy machine."""
    began = time.monotonic()
    result = installation.judge()
    assert (result.outcome, result.added("X-Mailchord-Verdict")) == ("accept", [" accept"])
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", BAD)
def test_bad_messages_are_answered(installation: Installation, name: str) -> None:
    bad = BAD[name]()
    queue_id = name.replace(" ", "-")
    result = send(installation, bad, queue_id)
    line = installation.answered(queue_id)
    assert result.outcome in bad.outcomes, line
    assert bad.partial in (None, line["partial"]), line
    assert line["truncated"] == bad.truncated
    assert_well(installation)


def test_zip_bomb_is_named(installation: Installation) -> None:
    result = send(installation, BAD["42.zip"](), "named-bomb")
    assert result.outcome == "reject"
    assert "unpacks without end" in " ".join(installation.answered("named-bomb")["reasons"])


# Larger than what is read


@contextmanager
def watching_memory(*pids: int) -> Iterator[dict[int, int]]:
    """The most that each of these processes had while the block ran, in bytes."""
    most = dict.fromkeys(pids, 0)
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            for pid in pids:
                with suppress(OSError):
                    most[pid] = max(most[pid], resident_bytes(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def children(installation: Installation) -> list[int]:
    return [pid for name in (FAST_WORKER, POOLS_WORKER) for pid in children_of(installation.part(name))]


@pytest.mark.parametrize(
    ("content_type", "outcome"),
    [
        # A held copy would lack its end, so the sender is told.
        pytest.param(b" text/plain", "reject", id="text"),
        pytest.param(b" application/octet-stream", "reject", id="a file"),
    ],
)
def test_what_is_past_the_cap_is_not_taken_for_clean(
    installation: Installation, content_type: bytes, outcome: str
) -> None:
    size = 60 * MIB
    bad = large(size, content_type=content_type)
    front = installation.part("front")
    installation.judge()
    before = resident_bytes(front)
    queue_id = f"past-the-cap-{content_type.decode().strip()}"
    workers = children(installation)
    with watching_memory(front, *workers) as most:
        result = send(installation, bad, queue_id)
    line = installation.answered(queue_id)
    assert (result.outcome, line["truncated"], line["partial"]) == (outcome, True, True)
    assert CAP - MIB < line["size"] <= CAP
    assert most[front] - before < 2 * size
    assert all(most[pid] < WORKER_LIMIT for pid in workers)
    assert eventually(lambda: resident_bytes(front) - before < size // 4, seconds=20), "the memory comes back"
    assert_well(installation)


def test_what_is_just_below_the_cap_is_read_to_its_end(installation: Installation) -> None:
    bad = large(CAP - MIB, content_type=b" application/octet-stream")
    front = installation.part("front")
    before = resident_bytes(front)
    with watching_memory(front) as most:
        send(installation, bad, "below-the-cap")
    line = installation.answered("below-the-cap")
    assert (line["truncated"], line["size"] > CAP - 2 * MIB) == (False, True)
    assert most[front] - before < 2 * CAP
    assert_well(installation)


# Clients that are not well


def to_negotiation(client: MilterClient) -> None:
    client.negotiate()


def to_helo(client: MilterClient) -> None:
    client.greet()


def to_mail(client: MilterClient) -> None:
    client.greet()
    client.mail(b"<anna@example.net>")


def to_rcpt(client: MilterClient) -> None:
    to_mail(client)
    client.rcpt(b"<bob@example.org>")


def to_header(client: MilterClient) -> None:
    to_rcpt(client)
    client.data()
    client.header(*HEADERS[0])


def to_eoh(client: MilterClient) -> None:
    to_header(client)
    client.eoh()


def to_half_a_body(client: MilterClient) -> None:
    to_eoh(client)
    client.socket.sendall(struct.pack("!I", 60_000) + b"B" + b"x" * 100)


def to_much_of_a_body(client: MilterClient) -> None:
    to_eoh(client)
    client.body(b"x" * 3 * MIB)


def to_the_end(client: MilterClient) -> None:
    to_eoh(client)
    client.body(b"Hello")
    client.send(b"E")


STEPS = [
    to_negotiation, to_helo, to_mail, to_rcpt, to_header, to_eoh, to_half_a_body, to_much_of_a_body, to_the_end,
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_client_that_leaves(installation: Installation, step: Callable[[MilterClient], None]) -> None:
    for abruptly in (False, True):
        with installation.client() as client:
            step(client)
            if abruptly:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert_well(installation)


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", id="HTTP"),
        pytest.param(b"EHLO example.net\r\n", id="SMTP"),
        pytest.param(bytes(4_096), id="zeros"),
        pytest.param(struct.pack("!I", 0x7FFFFFFF) + b"O", id="two gigabytes announced"),
        pytest.param(random.Random(1).randbytes(100_000), id="random"),
    ],
)
def test_garbage_on_the_socket(installation: Installation, garbage: bytes) -> None:
    with installation.client() as client, suppress(OSError):
        client.socket.sendall(garbage)
        client.socket.shutdown(socket.SHUT_WR)
    assert_well(installation)


def test_hundreds_of_silent_clients_harm_nobody(installation: Installation) -> None:
    clients = [installation.client() for _ in range(300)]
    try:
        for client in clients[::2]:
            client.greet()
        assert_well(installation)
    finally:
        for client in clients:
            client.__exit__(None, None, None)
    assert_well(installation)


# A header field of a megabyte

LONG_FIELD = b"X-Long: " + b"\r\n ".join([b"x" * 900] * 1_100) + b"\r\n"


def test_a_field_of_a_megabyte_ends_the_session_without_an_answer(installation: Installation) -> None:
    """Libmilter closes the connection at a packet of more than 64 KiB: the MTA's default action applies."""
    with installation.client() as client:
        client.greet()
        with pytest.raises(OSError, match=r"closed|reset|Broken pipe"):
            client.message((*HEADERS, (b"X-Long", b" " + b"x" * 1_000_000)))
    assert_well(installation)


@needs_postfix
def test_a_field_of_a_megabyte_is_cut_by_postfix(installation: Installation) -> None:
    """With `header_size_limit = 60000`, as in the README, it never comes so far."""
    with PrivatePostfix(milter=installation.listen) as postfix:
        reply = postfix.send(LONG_FIELD + mail(), client=OUTSIDE)
        assert reply.accepted
        line = installation.answered(reply.text.rpartition(" ")[2])
        assert (line["action"], line["partial"]) == ("accept", False)
        [copy] = postfix.wait_for_deliveries(1)
    assert copy["X-Mailchord-Verdict"] == "accept"
