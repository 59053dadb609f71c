"""Messages in which code_is_hidden_from_filters must find something, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_codes
from tests.mail import mail
from tests.workers.ocr.read import read_mail

ID = "code_is_hidden_from_filters"
NAMES = ("left.png", "right.png")
TICKET = "M1DOE/JOHN EABC123 FRAJFKLH 0400 326J014C0001"

BAD: dict[str, tuple[bytes, float]] = {
    "a table": (mail(html=files_codes.table()), 5.0),
    "merged cells": (mail(html=files_codes.merged_table()), 5.0),
    "boxes": (mail(html=files_codes.boxes()), 5.0),
    "two pictures": (mail(attachments=list(zip(NAMES, files_codes.halves(), strict=True))), 5.0),
    "blocks in a plain text": (mail(text=files_codes.half_blocks()), 2.0),
}
REPORT = "".join(f"<tr>{''.join(f'<td>{row * column}</td>' for column in range(12))}</tr>" for row in range(40))
BOARD = "".join(
    f"<tr>{''.join(f'''<td bgcolor={'black' if (row + column) % 2 else 'white'}></td>''' for column in range(16))}</tr>"
    for row in range(16)
)
GOOD: dict[str, bytes] = {
    "a picture": mail(attachments=[("code.png", files.qr_picture(files_codes.LURE))]),
    "a ticket of cells": mail(html=files_codes.table(TICKET)),
    "a ticket of blocks": mail(text=files_codes.half_blocks(TICKET)),
    "a report": mail(html=f"<table>{REPORT}</table>"),
    "a chess board": mail(html=f"<table>{BOARD}</table>"),
    "a progress bar": mail(text="█████████████████████████░░░░░ 82 %\n" * 8),
    "a chart": mail(text="\n".join("█" * (number * 3) for number in range(14))),
    "a rule of number signs": mail(text="#" * 72 + "\n# Changes\n" + "#" * 72),
    "a photo and a photo": mail(attachments=list(zip(NAMES, [files.blank_picture(300, 300)] * 2, strict=True))),
    "a logo that is drawn": mail(html=f"<pre>{'▄▄▄▄▄  ▄▄▄▄  ▄▄▄▄▄' * 3}\n{'█   █  █  █  █   █' * 3}</pre>"),
}


@pytest.mark.parametrize(("raw", "weight"), BAD.values(), ids=BAD)
def test_is_found(raw: bytes, weight: float) -> None:
    report, _ = read_mail(raw)
    assert report is not None
    assert [finding.weight for finding in report.findings if finding.id == ID] == [weight]


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD)
def test_is_left_alone(raw: bytes) -> None:
    report, _ = read_mail(raw)
    assert report is None or ID not in {finding.id for finding in report.findings}
