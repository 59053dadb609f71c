"""Texts and pages that are made to take long: time stays linear, memory bounded."""

from __future__ import annotations

import time

import pytest

from mailcore.parse import parse

TEXTS = {
    "bare hosts": "a.com " * 170_000,
    "labels before a known ending": "a." * 500_000 + "com",
    "known endings": ".com" * 250_000,
    "hyphens": "-" * 1_000_000 + ".com",
    "defanged": "a[.]com " * 120_000,
    "defanged on one line, no end": "[.]" * 330_000,
    "brackets": "[ " * 500_000,
    "dots in words": "[dot" * 250_000,
    "schemes": "hxxp:" * 200_000,
    "full-width dots": "a．b" * 330_000,  # noqa: RUF001
    "full-width dots on lines": "a．com\n" * 170_000,  # noqa: RUF001
    "backslashes": "http:\\\\a " * 110_000,
    "angle brackets, never closed": "<http://a.example/\n" * 55_000,
    "angle brackets, lines": "<http://a.example/" + "\nx" * 500_000,
    "angle brackets, blanks": "<http://a.example/" + "\n" + " " * 1_000_000,
    "quotation marks": "<http://a.example/" + "\n> > > > >" * 100_000,
    "full lines": f"https://a.example/{'x' * 60}=\n" * 13_000,
    "rests of URLs": f"https://a.example/{'x' * 60}=\n" + "1=\n" * 330_000,
}
PAGES = {
    "source sets": f"<img srcset='{' ' * 1_000_000}'>",
    "source sets of commas": f"<img srcset='{'a,' * 500_000}'>",
    "source sets, commas at the end": f"<img srcset='a{',' * 1_000_000}b'>",
    "styles": f"<p style='{'url(' * 250_000}'>",
    "styles with blanks": f"<p style='url({' ' * 1_000_000}'>",
    "escapes in styles": f"<p style='{chr(92) * 1_000_000}('>",
    "scripts": f"<script>{'http://' * 140_000}</script>",
    "scripts, quotes": "<script>" + "+" * 200_000 + '"' * 200_000 + " " * 400_000 + "</script>",
    "scripts, slashes": "<script>" + '"//a.' * 200_000 + "</script>",
    "scripts in base64": "<script>" + '"aHR0c' * 150_000 + "</script>",
    "handlers": "<p onclick='http://a.example/'>" * 30_000,
    "refresh": f"<meta http-equiv=refresh content='{' ' * 1_000_000}\"'>",
    "refresh, digits": f"<meta http-equiv=refresh content='{'1' * 1_000_000}'>",
    "data": f"<a href='data:text/html;base64,{'A' * 1_000_000}'>x</a>",
    "data again and again": "<a href='data:text/html,%3Ca href=http://a.example/'>x</a>" * 15_000,
    "frames in frames": "<iframe srcdoc='" * 50_000,
    "pings": f"<a ping='{'http://a.example/ ' * 50_000}'>",
    "a long address": f"<a href='http://a.example/{'x' * 1_000_000}'>x</a>",
    "a long host": f"<a href='http://{'a.' * 500_000}'>x</a>",
    "long user-info": f"<a href='http://{'a' * 1_000_000}@t.example/'>x</a>",
    "broken percent-encoding": f"<a href='http://a.example/?u={'%' * 1_000_000}'>x</a>",
    "Outlook": "<!--[if mso]><v:rect href='//a.example/'>" * 20_000,
}


def seconds(kind: str, body: str) -> float:
    raw = f"Subject: x\nContent-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}".encode()
    began = time.process_time()
    message = parse(raw, message_id="m").message
    assert max(len(message.links), len(message.other_links)) <= 2_000
    return time.process_time() - began


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_texts(text: str) -> None:
    assert seconds("plain", text) < 3.0  # about 0.5 s on a quiet machine


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_pages(html: str) -> None:
    assert seconds("html", html) < 3.0  # about 0.5 s on a quiet machine


def test_the_host_behind_long_user_info_is_read() -> None:
    raw = f"Content-Type: text/html\n\n<a href='http://{'a' * 1_000_000}@t.example/'>x</a>".encode()

    assert [link.host for link in parse(raw, message_id="m").message.links] == ["t.example"]
