"""A message that comes through the milter is judged as `mailchord scan` judges its bytes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mailchord.demo_archives import encrypted_zip, zip_file
from mailchord.demo_files import GTUBE, eicar
from mailchord.demo_mail import demo_mails
from mailcore.verdict import Verdict
from tests.corpora import real_mail
from tests.mail import mail
from tests.milter_client import MilterClient
from tests.system.installation import ROOT, Installation, environment

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

SENDER, RECIPIENT, CLIENT = "anna@example.net", "all@held.example", "203.0.113.9"
# Everything for this domain is held: beside it lies the whole verdict.
SETTINGS = {
    "front": {"deadline_seconds": 60.0},
    # A scan knows nothing of what a client has sent before.
    "reputation": {"enabled": False},
    "policy": {"recipients": {"held.example": {"thresholds": {"tag": -99.0, "quarantine": -98.0, "reject": 99_999.0}}}},
}
REAL_MESSAGES = 100
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r(?!\n)|\r\n[ \t])*)\r\n")

HTML = (
    '<p>Hello <b>Bob</b>, <a href="https://www.example.net/a?b=c">look here</a> or <a href="http://203.0.113.7/x">there'
)
ODD = {
    "folded with tabs": b"X-Folded: one\r\n\ttwo\r\n \t three\r\n",
    "raw latin-1": b"X-Raw: caf\xe9 \xfc\r\n",
    "raw UTF-8": "X-Raw: Grüße\r\n".encode(),
    "no space behind the colon": b"X-NoSpace:value\r\n",
    "many spaces": b"X-Spaces:   three before\r\n",
    "tab behind the colon": b"X-Tab:\tvalue\r\n",
    "trailing space": b"X-Trailing: value  \r\n",
    "empty value": b"X-Empty:\r\n",
    "only a space": b"X-Space: \r\n",
    "the same name three times": b"X-Twice: one\r\nx-twice: two\r\nX-TWICE: three\r\n",
    "two subjects": b"Subject: The other subject\r\n",
    "two senders": b"From: Other <other@example.com>\r\n",
    "received fields": b"".join(
        b"Received: from a.example.net by b.example.net; Mon, 05 Jan 2026\r\n" for _ in "12345"
    ),
    "a long one": b"X-Long: " + b"x" * 30_000 + b"\r\n",
    "encoded words": b"X-Words: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?=20aus?=\r\n =?iso-8859-1?Q?_K=F6ln?=\r\n",
    "broken encoded words": b"X-Broken: =?utf-8?B?R3L?= =?nonsense?Q?=FF?=\r\n",
}
WHOLE: dict[str, bytes] = {
    "plain": mail(),
    "html": mail(text=None, html=HTML),
    "both": mail(text="Hello", html=HTML),
    "not ASCII": mail(subject="Grüße aus Köln", text="Schöne Grüße, 你好\n"),
    "gtube": mail(text=GTUBE),
    "eicar": mail(attachments=[("eicar.com", eicar())]),
    "zip": mail(attachments=[("minutes.zip", zip_file({"minutes.txt": b"minutes", "pay.js": b"WScript.Echo(1)"}))]),
    "encrypted zip": mail(text="Password: 1234", attachments=[("a.zip", encrypted_zip({"a.doc": b"x"}, b"1234"))]),
    "two extensions": mail(attachments=[("invoice.pdf.exe", b"MZ" + bytes(200))]),
    "body with dots and From": mail(text=".\n..\nFrom here\n.hidden\n"),
    "no end of line at the end": mail().rstrip(b"\r\n"),
    "empty lines at the end": mail() + b"\r\n\r\n\r\n",
    "headers only": mail().partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
    "8-bit body": mail() + b"caf\xe9 \x80\xff\r\n",
    "NUL in the body": mail() + b"a\0b\r\n",
    "no multipart end": mail(attachments=[("a.txt", b"text")]).rpartition(b"--mixed")[0],
} | {f"header: {name}": field + mail() for name, field in ODD.items()}


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with Installation(SETTINGS) as running:
        yield running


def as_on_the_wire(raw: bytes) -> bytes:
    """SMTP knows CRLF only (RFC 5321, section 2.3.8); the line between messages of an mbox file is no part of any."""
    return re.sub(rb"\r\n|\r|\n", b"\r\n", re.sub(rb"\AFrom .*\n", b"", raw))


def taken_apart(raw: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Header fields and body as Postfix hands them over: folds as LF, the body from the first line that is no field."""
    headers, position = [], 0
    while field := FIELD.match(raw, position):
        headers.append((field[1], field[2].replace(b"\r\n", b"\n")))
        position = field.end()
    return headers, raw[position:].removeprefix(b"\r\n")


def through_the_milter(installation: Installation, client: MilterClient, raw: bytes) -> tuple[Verdict, bytes]:
    """What the quarantine says and holds."""
    before = set(installation.held())
    headers, body = taken_apart(raw)
    result = client.message(headers, body, sender=f"<{SENDER}>".encode(), recipients=[f"<{RECIPIENT}>".encode()])
    assert result.outcome == "discard", result
    [new] = set(installation.held()) - before
    folder = installation.held()[new]
    return msgspec.json.decode((folder / "verdict.json").read_bytes(), type=Verdict), (
        folder / "message.eml"
    ).read_bytes()


def by_scan(installation: Installation, files: Sequence[Path]) -> list[dict[str, Any]]:
    """What `mailchord scan --json` says, a line a file."""
    words = [sys.executable, "-m", "mailchord", "-c", str(installation.configuration), "scan", "--json"]
    words += ["--sender", SENDER, "--recipient", RECIPIENT, "--client", CLIENT, "--", *map(str, files)]
    done = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, timeout=400, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def said_by_milter(verdict: Verdict) -> dict[str, Any]:
    return {
        "action": verdict.action.value,
        "score": verdict.score,
        "category": verdict.category,
        "partial": verdict.partial,
        "reasons": list(verdict.reasons),
        "pools": {pool.pool: pool.status.value for pool in verdict.pools},
        "findings": [
            (found.id, found.pool, found.weight, found.score, found.summary, msgspec.to_builtins(found.where))
            for found in verdict.findings
        ],
    }


def said_by_scan(line: Mapping[str, Any]) -> dict[str, Any]:
    names = ("action", "score", "category", "partial", "reasons")
    return {name: line[name] for name in names} | {
        "pools": {name: pool["status"] for name, pool in line["pools"].items()},
        "findings": [
            tuple(found[name] for name in ("id", "pool", "weight", "score", "summary", "where"))
            for found in line["findings"]
        ],
    }


def differences(installation: Installation, messages: Mapping[str, bytes], folder: Path) -> dict[str, Any]:
    """What differs between the two ways, by name of the message."""
    files = [folder / f"{number:04d}.eml" for number in range(len(messages))]
    for file, raw in zip(files, messages.values(), strict=True):
        file.write_bytes(raw)
    found: dict[str, Any] = {}
    with installation.client(seconds=120) as client:
        client.greet(address=CLIENT)
        for (name, raw), line in zip(messages.items(), by_scan(installation, files), strict=True):
            verdict, stored = through_the_milter(installation, client, raw)
            here, there = said_by_milter(verdict), said_by_scan(line)
            if here != there:
                found[name] = {key: (here[key], there[key]) for key in here if here[key] != there[key]}
            if stored != raw:
                found.setdefault(name, {})["bytes"] = first_difference(stored, raw)
    return found


def first_difference(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[max(0, at - 20) : at + 40], other[max(0, at - 20) : at + 40]


def test_synthetic_mail(installation: Installation, tmp_path: Path) -> None:
    messages = {**WHOLE, **{demo.subject: demo.raw for demo in demo_mails()}}
    assert len(messages) >= 40
    assert differences(installation, messages, tmp_path) == {}


@pytest.mark.corpus
def test_real_mail(installation: Installation, tmp_path: Path) -> None:
    paths = real_mail()
    chosen = paths[:: max(1, len(paths) // REAL_MESSAGES)][:REAL_MESSAGES]
    messages = {str(path): as_on_the_wire(path.read_bytes()) for path in chosen}
    assert differences(installation, messages, tmp_path) == {}
