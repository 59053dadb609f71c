"""Our splitting against the standard library's, on generated and on real mail: the same leaves, the same bytes.

Deliberate differences (docs/adr/0003-mime-splitting.md) are in `OTHERWISE`, and messages with parts of type message/*.
"""

from __future__ import annotations

import email
import random
import time
from collections.abc import Iterator
from email.message import Message as EmailMessage

import pytest

from mailcore.message import Message
from mailcore.parse import ParsedMail, parse
from mailcore.wire import decode, encode
from tests.corpora import real_mail
from tests.mail import Attachment, mail, multipart, text_part

# What is not compared, because we read it otherwise on purpose: nothing is cut off or left out silently, damaged
# base64 is decoded past the damage, and a message whose lines end with CR only is turned into lines.
OTHERWISE = {"bad-base64", "bad-uuencode", "bare-cr", "parts-after-end", "encoded-container", "too-deep"}
SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_mail_is_split_as_by_the_standard_library(seed: int) -> None:
    raw = generated(random.Random(seed))
    parsed = parse(raw, message_id="m")

    assert ours(parsed) == theirs(email.message_from_bytes(raw))
    assert [header.name for header in parsed.message.headers] == [
        name for name, _ in email.message_from_bytes(raw).items()
    ]


@pytest.mark.corpus
def test_real_mail_is_split_as_by_the_standard_library() -> None:
    differences = []
    compared = 0
    for path in random.Random(11).sample(real_mail(), 600):
        raw = path.read_bytes()
        parsed = parse(raw, message_id="m")
        library = email.message_from_bytes(raw)
        if any(part.content_type.startswith("message/") for part in parsed.message.parts):
            continue  # reports: the library takes every message/* for a message
        compared += 1
        if ours(parsed) != theirs(library) and not OTHERWISE & set(parsed.message.defects):
            differences.append(str(path))
        if not OTHERWISE & set(parsed.message.defects):
            assert [header.name for header in parsed.message.headers] == list(library.keys()), path

    assert compared > 300
    assert differences == []


@pytest.mark.corpus
@pytest.mark.timeout(300)
def test_mutated_mail_raises_nothing_and_travels() -> None:
    generator = random.Random(12)
    sample = [path.read_bytes()[:100_000] for path in generator.sample(real_mail(), 200)]
    worst = 0.0
    for _ in range(2_000):
        raw = mutated(generator.choice(sample), generator)
        began = time.process_time()
        parsed = parse(raw, message_id="m")
        worst = max(worst, time.process_time() - began)
        check(parsed, raw)

    assert worst < 0.5  # 0.04 s on a quiet machine


@pytest.mark.parametrize("seed", range(200))
def test_mutated_generated_mail_raises_nothing_and_travels(seed: int) -> None:
    generator = random.Random(seed)
    raw = mutated(generated(generator), generator)

    check(parse(raw, message_id="m"), raw)


def check(parsed: ParsedMail, raw: bytes) -> None:
    """What holds for the model of every message, whatever was in it."""
    message = parsed.message
    ids = [part.id for part in message.parts]
    assert len(set(ids)) == len(ids)
    assert all(part.parent is None or part.parent in ids for part in message.parts)
    assert all(0 <= part.start <= part.end <= len(raw) for part in message.parts)
    assert set(message.text_parts) | set(message.html_parts) | set(message.attachments) <= set(ids)
    for part in message.parts:
        assert part.size in (0, len(parsed.decoded(part.id)))
    assert decode(encode(message), Message) == message


def ours(parsed: ParsedMail) -> list[tuple[str, bytes]]:
    containers = {part.parent for part in parsed.message.parts}
    leaves = (part for part in parsed.message.parts if part.id not in containers)
    return [(part.content_type, comparable(parsed.decoded(part.id))) for part in leaves]


def theirs(library: EmailMessage) -> list[tuple[str, bytes]]:
    return [(leaf.get_content_type(), comparable(leaf.get_payload(decode=True))) for leaf in leaves_of(library)]


def leaves_of(library: EmailMessage) -> Iterator[EmailMessage]:
    if not library.is_multipart():
        yield library
        return
    for part in library.get_payload():
        assert isinstance(part, EmailMessage)
        yield from leaves_of(part)


def comparable(payload: object) -> bytes:
    """The library normalises some line ends at the end of bodies; that is no difference."""
    assert payload is None or isinstance(payload, bytes)
    return (payload or b"").replace(b"\r\n", b"\n").rstrip(b"\r\n ")


def generated(generator: random.Random, depth: int = 0) -> bytes:
    """A well-formed message with random structure."""
    head, body = mail(text=None).split(b"\r\n\r\n", 1)[0] + b"\r\n", part(generator, depth)
    return head + body if generator.random() < 0.8 else (head + body).replace(b"\r\n", b"\n")


def part(generator: random.Random, depth: int) -> bytes:
    kind = generator.random()
    if depth < 4 and kind < 0.5:
        boundary = generator.choice(["b", "b1", "b11", "=_Part 1", "----=_x.y:z", "a'()+_,-./:=?", "--b", "b--"]) + str(
            depth
        )
        children = [part(generator, depth + 1) for _ in range(generator.randint(1, 4))]
        return multipart(generator.choice(["mixed", "alternative", "related"]), children, boundary=boundary)
    if depth < 4 and kind < 0.6:
        return b"Content-Type: message/rfc822\r\n\r\n" + generated(generator, depth + 1)
    if kind < 0.8:
        words = ["hello", "Grüße", "日本語", "--b", "--", "-- \n", "\n\n", "From me", "a: b", "=3D", "x" * 99]
        text = " ".join(generator.choice(words) for _ in range(generator.randint(0, 40)))
        return text_part(text, generator.choice(["plain", "html", "calendar"]))
    content = generator.randbytes(generator.randint(0, 2_000))
    message = mail(text=None, attachments=[Attachment("x.bin", content), Attachment("ä.pdf", content[:9])])
    return b"Content-Type: multipart/mixed" + message.split(b"Content-Type: multipart/mixed", 1)[1]


TOKENS = [
    b"\r\n", b"\n", b"\r", b"\0", b"--", b"=?utf-8?B?", b"?=", b"=", b"\xff", b"\n--b\r\n", b"\n--b--\r\n", b"\r\n\r\n",
    b'Content-Type: multipart/mixed; boundary="b"\r\n', b"Content-Transfer-Encoding: base64\n", b'"', b";",
    b"charset=utf-7",
    b"+2AA-", b"filename*0*=utf-16''%ff", b"message/rfc822", b"<a href='", b"&#xD800;", b"http://", b"begin 644 x\n",
    b"x-uuencode",
]  # fmt: skip


def mutated(raw: bytes, generator: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(generator.randint(1, 30)):
        at = generator.randrange(len(data) + 1)
        action = generator.random()
        if action < 0.4:
            data[at : at + 1] = generator.randbytes(1)
        elif action < 0.6:
            del data[at : at + generator.randint(1, 200)]
        elif action < 0.9:
            data[at:at] = generator.choice(TOKENS)
        else:
            other = generator.randrange(len(data) + 1)
            data[at:at] = data[other : other + generator.randint(1, 500)]
    return bytes(data)
