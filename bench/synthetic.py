"""Mail made from word lists and a seed, for machines without the corpora: the shape of mail, not its meaning.

Four kinds in fixed shares: plain text, text with HTML (the largest share, as in what users get today), mail with
a document attached, mail with a picture. Sizes follow the same distribution as the real mail of the bench.
"""

from __future__ import annotations

import base64
import io
import random
import zipfile
import zlib
from collections.abc import Sequence

from bench.packets import Mail

# fmt: off
WORDS = (
    "account", "agree", "answer", "april", "arrive", "attach", "board", "bring", "budget", "change", "check",
    "client", "confirm", "contract", "customer", "date", "day", "deliver", "detail", "discuss", "draft", "early",
    "email", "evening", "expect", "figure", "file", "finish", "follow", "friday", "group", "happy", "help", "hour",
    "invoice", "january", "know", "last", "letter", "list", "look", "market", "meeting", "message", "monday",
    "month", "morning", "name", "need", "new", "next", "note", "number", "offer", "office", "open", "order",
    "page", "paper", "part", "partner", "pay", "people", "phone", "plan", "please", "point", "price", "print",
    "project", "question", "read", "receive", "regard", "reply", "report", "request", "review", "sales",
    "schedule", "second", "send", "service", "share", "ship", "short", "show", "sign", "soon", "start", "status",
    "store", "subject", "sunday", "support", "table", "team", "thank", "thing", "think", "time", "today",
    "tomorrow", "travel", "update", "visit", "wait", "week", "welcome", "work", "write", "year",
)
# fmt: on
KINDS = ("html", "plain", "html", "document", "html", "plain", "html", "plain", "html", "picture")


def synthetic_mails(count: int, *, seed: int, sizes: Sequence[float]) -> tuple[Mail, ...]:
    """`count` messages of about the given sizes in bytes; the same ones for the same seed."""
    chance = random.Random(seed)
    return tuple(
        Mail(name=f"synthetic-{number:04d}-{kind}", raw=_message(kind, int(size), number, chance))
        for number, (size, kind) in enumerate(
            (size, KINDS[number % len(KINDS)]) for number, size in enumerate(sizes[:count])
        )
    )


def _message(kind: str, size: int, number: int, chance: random.Random) -> bytes:
    head = _head(number, chance)
    if kind == "plain":
        return _crlf(f"{head}Content-Type: text/plain; charset=utf-8\n\n{_text(size, chance)}\n")
    text = _text(min(size // 4, 8_000), chance)
    if kind == "html":
        html = _html(size - len(text), chance)
        return _crlf(_multipart(head, "alternative", [_part("text/plain", text), _part("text/html", html)]))
    data, content_type, name = _document(size, chance) if kind == "document" else _picture(size, chance)
    parts = [_part("text/plain", text), _attachment(data, content_type, name)]
    return _crlf(_multipart(head, "mixed", parts))


def _head(number: int, chance: random.Random) -> str:
    sender = chance.choice(WORDS)
    return (
        "Received: from mail.example.net (mail.example.net [198.51.100.25])\n"
        f"\tby mx.example.com with ESMTPS id {number:08X};\n\tMon, 5 Jan 2026 09:{number % 60:02d}:00 +0000\n"
        f"Message-ID: <{chance.getrandbits(64):016x}@example.net>\nDate: Mon, 5 Jan 2026 08:59:00 +0000\n"
        f'From: "{sender.title()} Example" <{sender}@example.net>\nTo: <user@example.com>\n'
        f"Subject: {' '.join(chance.choices(WORDS, k=6))}\nMIME-Version: 1.0\n"
    )


def _text(size: int, chance: random.Random) -> str:
    lines: list[str] = []
    length = 0
    while length < size:
        line = " ".join(chance.choices(WORDS, k=11))
        lines.append(line)
        length += len(line) + 2
    return "\n".join(lines)


def _html(size: int, chance: random.Random) -> str:
    rows: list[str] = ["<html><head><style>td{font-family:sans-serif}</style></head><body><table>"]
    length = 0
    while length < size:
        words = " ".join(chance.choices(WORDS, k=24))
        target = f"https://www.example.net/{chance.choice(WORDS)}/{chance.getrandbits(32):08x}?from=letter"
        row = (
            f'<tr><td style="padding:8px;color:#333333;line-height:20px">{words}'
            f' <a href="{target}">{chance.choice(WORDS)}</a></td></tr>'
        )
        rows.append(row)
        length += len(row) + 2
    rows.append("</table></body></html>")
    return "\n".join(rows)


def _document(size: int, chance: random.Random) -> tuple[bytes, str, str]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        text = _text(max(200, size * 7 // 10), chance)
        archive.writestr(zipfile.ZipInfo("report.txt", (2026, 1, 5, 9, 0, 0)), text)
    return buffer.getvalue(), "application/zip", "report.zip"


def _picture(size: int, chance: random.Random) -> tuple[bytes, str, str]:
    side = max(16, int((size * 0.7 / 3) ** 0.5))
    rows = b"".join(b"\0" + chance.randbytes(3 * side) for _ in range(side))
    chunks = (
        (b"IHDR", side.to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    body = b"".join(
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big") for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body, "image/png", "picture.png"


def _part(content_type: str, text: str) -> str:
    return f"Content-Type: {content_type}; charset=utf-8\n\n{text}\n"


def _attachment(data: bytes, content_type: str, name: str) -> str:
    return (
        f'Content-Type: {content_type}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}"
    )


def _multipart(head: str, kind: str, parts: Sequence[str]) -> str:
    mark = "=_part_of_the_bench"
    body = "".join(f"--{mark}\n{part}" for part in parts)
    return f'{head}Content-Type: multipart/{kind}; boundary="{mark}"\n\n{body}--{mark}--\n'


def _crlf(text: str) -> bytes:
    return text.encode().replace(b"\n", b"\r\n")
