"""Small mails inside a rule that it must and must not hit."""

from __future__ import annotations

import re
from email.header import Header

from msgspec import Struct
from yaml.nodes import Node

from mailcore.reputation import Role
from mailcore.rule_nodes import NodeReader

KEYS = {
    "name": "What the mail is; shown when the example fails.",
    "headers": "Header fields; a list where a header is repeated. Defaults: a From, To, Subject and Date.",
    "text": "The plain text part.",
    "html": "The HTML part.",
    "attachment": "File name of an (empty) attachment.",
    "sender": "Sender of the envelope.",
    "helo": "What the client said its name is.",
    "client_name": "Host name of the client by reverse DNS; `unknown` where it has none.",
    "auth": "Results of authentication, such as `spf=fail dkim=none dmarc=fail`; nobody looked where it is left out.",
    "reputation": "Scores of those who sent it, such as `ip=-0.8 domain=0.9`: sure, of 100 messages in a year.",
}
_DEFAULTS = {
    "from": "Alice Example <alice@example.com>",
    "to": "Bob Example <bob@example.net>",
    "date": "Mon, 05 Jan 2026 10:00:00 +0000",
    "message-id": "<20260105.1@example.com>",
}
_BOUNDARY = "example-part"
_SCORE = re.compile(r"-?(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)")


class Example(Struct, frozen=True, kw_only=True):
    """One example mail. `place` is `file:line`."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    html: str | None = None
    attachment: str = ""
    sender: str = ""
    helo: str = ""
    client_name: str = ""
    auth: str = ""
    reputation: str = ""
    place: str = ""

    def raw(self) -> bytes:
        """The mail as it comes over the wire (RFC 5322, CRLF)."""
        given = {name.lower() for name, _ in self.headers}
        lines = [_line(name, value) for name, value in self.headers]
        lines += [_line(name, value) for name, value in _DEFAULTS.items() if name not in given]
        bodies = [_body("plain", self.text)] if self.text is not None else []
        bodies += [_body("html", self.html)] if self.html is not None else []
        if self.attachment:
            disposition = f'Content-Disposition: attachment; filename="{self.attachment}"'
            bodies.append(f"Content-Type: application/octet-stream\r\n{disposition}\r\n\r\n")
        if len(bodies) == 1 and not self.attachment:
            return ("".join(lines) + "MIME-Version: 1.0\r\n" + bodies[0]).encode()
        kind = "mixed" if self.attachment else "alternative"
        head = f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="{_BOUNDARY}"\r\n\r\n'
        parts = "".join(f"--{_BOUNDARY}\r\n{body}\r\n" for body in bodies)
        return ("".join(lines) + head + parts + f"--{_BOUNDARY}--\r\n").encode()


def read_example(node: Node, reader: NodeReader) -> Example:
    """The example of a YAML node; raises ConfigurationError."""
    entries = reader.mapping(node, KEYS)
    if "name" not in entries:
        reader.fail(node, f"the example has no 'name': {KEYS['name']}")
    if not {"headers", "text", "html"} & entries.keys():
        reader.fail(node, "the example has neither headers nor text nor html")
    headers: list[tuple[str, str]] = []
    if "headers" in entries:
        for name, (_, value) in reader.mapping(entries["headers"][1]).items():
            headers += [(name, text) for text in reader.texts(value)]
    texts = {key: reader.text(value) for key, (_, value) in entries.items() if key != "headers"}
    if "reputation" in entries:
        _check_scores(entries["reputation"][1], texts["reputation"], reader)
    return Example(headers=tuple(headers), place=reader.place(node), **texts)


def _check_scores(node: Node, text: str, reader: NodeReader) -> None:
    for word in text.split():
        role, _, score = word.partition("=")
        if role not in list(Role):
            reader.unknown(node, "sender", role, Role)
        if not _SCORE.fullmatch(score):
            reader.fail(node, f"a score is from -1 to 1, got {score!r}")


def _line(name: str, value: str) -> str:
    shown = value if value.isascii() else Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {shown}\r\n"


def _body(subtype: str, text: str) -> str:
    content = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{content}"
