"""Begins a detector and its test: `make new-detector NAME=link_port_is_odd POOL=urls`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

DETECTOR = '''\
"""{sentence}."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, detector
from mailcore.message import Message
from mailcore.verdict import Where
from mailcore.view import MailView

SIGN = "example sign"  # change it to what you look for


@detector(category="example", weight=1.0)
def {name}(view: MailView) -> Iterable[Hit]:
    """Detects mail whose subject holds the example sign; this sentence is what the analyst reads."""
    if _has_sign(view.message):
        yield Hit(summary="The subject holds the example sign.", where=Where(header="Subject", quote=SIGN))


def _has_sign(message: Message) -> bool:
    # Replies are spared: they repeat the subject of whoever was asked about it.
    subject = message.subject.lower()
    return SIGN in subject and not subject.startswith("re:")
'''

TEST = '''\
"""Mail that {name} must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.view import MailView
from tests.mail import mail
from workers.{pool}.detectors.{name} import {name}


def hits(raw: bytes) -> list[str]:
    view = MailView(envelope=Envelope(), message=parse(raw, message_id="m1").message)
    return [hit.summary for hit in {name}.run(view)]


BAD = {{
    "in the subject": mail(subject="An example sign for you"),
}}
GOOD = {{
    "ordinary mail": mail(),
    "in the text only": mail(text="an example sign"),
    "answer to such a mail": mail(subject="Re: An example sign for you"),
}}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes) -> None:
    assert len(hits(raw)) == 1


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert hits(raw) == []
'''


def main(pool: str, name: str) -> int:
    pools = sorted(path.parent.name for path in (ROOT / "workers").glob("*/detectors"))
    if pool not in pools:
        return complain(f"POOL={pool}: choose one of {', '.join(pools)}")
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name):
        return complain(f"NAME={name}: write a statement in small letters, such as link_port_is_odd")
    detector = ROOT / "workers" / pool / "detectors" / f"{name}.py"
    test = ROOT / "tests" / "workers" / pool / f"test_{name}.py"
    for path in (detector, test):
        if path.exists():
            return complain(f"{path.relative_to(ROOT)} is there already")
    sentence = name.replace("_", " ").capitalize()
    detector.write_text(DETECTOR.format(name=name, sentence=sentence), encoding="utf-8")
    test.write_text(TEST.format(name=name, pool=pool), encoding="utf-8")
    for path in (detector, test):
        print(f"wrote {path.relative_to(ROOT)}")
    print(f"run it with: make test ARGS='-k {name} -n 0'")
    return 0


def complain(problem: str) -> int:
    print(f"new-detector: {problem}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]) if len(sys.argv) > 2 else complain("usage: make new-detector NAME=... POOL=..."))
