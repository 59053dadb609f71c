"""How long reading a message takes beside the standard library: `python -m bench.parse_speed DIRECTORY [COUNT]`."""

from __future__ import annotations

import email
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mailcore.mime import split
from mailcore.parse import parse
from mailcore.settings import ParseLimits

ROUNDS = 5
LIMITS = ParseLimits()


def main(directory: Path, count: int) -> None:
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    mails = [path.read_bytes() for path in random.Random(9).sample(paths, min(count, len(paths)))]
    sizes = sorted(map(len, mails))
    print(f"{len(mails)} messages, median {sizes[len(sizes) // 2]:,} bytes, largest {sizes[-1]:,}; CPU ms a message")
    readers: dict[str, Callable[[bytes], object]] = {
        "standard library: split and decode": library,
        "split: parts and header fields": lambda raw: split(raw, LIMITS),
        "parse: everything": lambda raw: parse(raw, message_id="bench", limits=LIMITS),
    }
    times: dict[str, list[list[float]]] = {name: [] for name in readers}
    for _ in range(ROUNDS):  # alternating, so that a noisy neighbour hits all of them
        for name, read in readers.items():
            times[name].append([cpu_ms(read, raw) for raw in mails])
    for name, rounds in times.items():
        each = sorted(statistics.median(round_) for round_ in zip(*rounds, strict=True))
        mean, median, p99 = statistics.mean(each), each[len(each) // 2], each[int(len(each) * 0.99)]
        print(f"{name:36} mean {mean:.3f}  median {median:.3f}  p99 {p99:.3f}  max {each[-1]:.3f}")


def library(raw: bytes) -> None:
    """What the standard library would do in our place, without HTML, links and hashes."""
    message = email.message_from_bytes(raw)
    message.items()
    for part in message.walk():
        if not part.is_multipart():
            part.get_payload(decode=True)


def cpu_ms(read: Callable[[bytes], object], raw: bytes) -> float:
    began = time.process_time_ns()
    read(raw)
    return (time.process_time_ns() - began) / 1e6


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 500)
