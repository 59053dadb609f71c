"""`python -m bench.file_table DIR`: what becomes of every test file of other projects in the shared corpora.

Each runs in a child of its own, under the memory bound of a worker: what crashes, hangs or grows is a line, not an end.
"""

from __future__ import annotations

import argparse
import binascii
import contextlib
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from mailchord.demo_archives import zip_file
from mailchord.demo_office import macro_document
from mailcore.message import Envelope, Message, Part
from mailcore.verdict import PoolReport
from mailcore.view import MailView
from tasks.pools import build_pool, prepare_pools
from workers.pool import Pool
from workers.runner import run_pool

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 10.0
MEMORY = 536_870_912
# Kinds of the fixtures, by the folder that they lie in.
FOLDERS = ("archive", "eicar", "image", "misc", "mixed", "office", "pdf", "polyglots", "tnef_msg")

WARMING = (
    ("a.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
    ("a.zip", zip_file({"a.html": b"<html><p>text</p></html>", "a.txt": b"text"})),
    ("a.docm", macro_document()),
)


class Judged(Struct, frozen=True, kw_only=True):
    """What became of one file. `score` is the sum of its findings, `megabytes` what the child had at its peak."""

    folder: str
    path: str
    outcome: str
    type: str = ""
    files: int = 0
    score: float = 0.0
    milliseconds: float = 0.0
    megabytes: float = 0.0
    note: str = ""


def fixtures(root: Path) -> Iterator[tuple[str, str, bytes]]:
    """Folder, path and content; those in uuencode are decoded, as the projects do that keep them so."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.stat().st_size:
                data = path.read_bytes()
                if path.suffix == ".uu":
                    data = decoded(data)
                yield folder, str(path.relative_to(root)).removesuffix(".uu"), data


def decoded(data: bytes) -> bytes:
    begin = data.find(b"begin ")
    found = bytearray()
    for line in data[begin:].split(b"\n")[1:]:
        if line.strip() == b"end":
            break
        with contextlib.suppress(binascii.Error):
            found += binascii.a2b_uu(line)
    return bytes(found)


def judge(pool: Pool, folder: str, path: str, data: bytes) -> Judged:
    """Runs the pool in a child, and says how that ended."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        signal.alarm(int(SECONDS) + 2)
        with open(write_end, "wb") as pipe:
            pipe.write(msgspec.msgpack.encode(examined(pool, folder, path, data)))
        os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if answer and not status:
        return msgspec.msgpack.decode(answer, type=Judged)
    signal_number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    outcome = "hung" if signal_number == signal.SIGALRM else "crashed"
    return Judged(folder=folder, path=path, outcome=outcome, note=f"status {status}")


def examined(pool: Pool, folder: str, path: str, data: bytes) -> Judged:
    part = Part(id="1", filename=Path(path).name, content_type="application/octet-stream", size=len(data))
    view = MailView(envelope=Envelope(), message=Message(id="m", parts=(part,), attachments=("1",)))
    began = time.process_time()
    report = run_pool(pool, view, {"1": data}, seconds=SECONDS, judge_derived=lambda *_: ())
    first = report.files[0] if report.files else None
    return Judged(
        folder=folder,
        path=path,
        outcome=outcome_of(report),
        type=first.type if first else "",
        files=len(report.files),
        score=round(sum(finding.weight for finding in report.findings), 1),
        milliseconds=round((time.process_time() - began) * 1_000, 1),
        megabytes=round(peak(), 1),
        note=report.reason or (first.note if first else ""),
    )


def outcome_of(report: PoolReport) -> str:
    if report.errors:
        return "error in a detector"
    if not report.status.is_complete:
        return report.status.value
    entry = report.files[0]
    if len(report.files) > 1:
        return "opened"
    return "closed" if entry.encrypted else "damaged" if entry.note else "read"


def peak() -> float:
    """Megabytes of private memory at the peak of this process since it began."""
    with open("/proc/self/status", encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status if ":" in line)
    return int(fields["VmHWM"].split()[0]) / 1024


def table(judged: Iterable[Judged]) -> str:
    """A row a folder, for the documentation."""
    rows: dict[str, list[Judged]] = {}
    for one in judged:
        rows.setdefault(one.folder, []).append(one)
    outcomes = ("read", "opened", "closed", "damaged", "partial", "failed", "timed out", "hung", "crashed")
    lines = [
        f"| files | n | {' | '.join(outcomes)} | CPU, median and most | memory, most |",
        "| --- |" + " ---: |" * (len(outcomes) + 3),
    ]
    for folder, found in rows.items():
        counts = Counter(one.outcome for one in found)
        times = sorted(one.milliseconds for one in found)
        cells = " | ".join(str(counts[outcome] or "") for outcome in outcomes)
        most = max(one.megabytes for one in found)
        lines.append(
            f"| {folder} | {len(found)} | {cells} | {times[len(times) // 2]:g} ms, {times[-1]:g} ms | {most:.0f} MB |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.file_table", description=__doc__)
    parser.add_argument("directory", type=Path, help="`attachments` of the unpacked corpora")
    parser.add_argument("--json", type=Path, help="write a line of JSON for each file there")
    parser.add_argument("--only", default="", help="paths that hold this")
    arguments = parser.parse_args()
    if not arguments.directory.is_dir():
        parser.error(f"{arguments.directory}: there is no such directory (`../shared/corpora/unpack DIR` makes one)")
    pool = build_pool("attachments", ROOT / "configs")
    prepare_pools(["attachments"], ["attachments"])
    for each in WARMING:  # what is loaded with the first file of a kind is no cost of the others
        examined(pool, "", *each)
    judged = [judge(pool, *each) for each in fixtures(arguments.directory) if arguments.only in each[1]]
    if arguments.json:
        arguments.json.write_bytes(b"\n".join(msgspec.json.encode(one) for one in judged))
    print(table(judged))
    bad = [one for one in judged if one.outcome in ("crashed", "hung", "failed", "timed out", "error in a detector")]
    for one in bad:
        print(f"{one.outcome}: {one.path}: {one.note}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
