"""What lists of links cost (`python -m bench feeds`): importing ten million entries, asking them, their memory."""

from __future__ import annotations

import multiprocessing
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from msgspec import Struct, structs

from mailcore.feed_settings import Feed, FeedFormat, Feeds
from mailcore.links import make_link
from mailcore.message import Envelope, LinkOrigin, Message
from mailcore.view import MailView
from mailio.feed_store import FeedFile, hash_of, path_of
from mailio.feed_update import Outcome, update_feed
from mailio.link_lists import FeedLists
from workers.urls import build
from workers.urls.opinions import asking

ENTRIES = 10_000_000
ASKED = 100_000
LINKS = 20
ROUNDS = 200
SECONDS = 60.0
_NAME = "bench"


class FeedCost(Struct, frozen=True, kw_only=True):
    """CPU seconds and memory of an import, of one process; microseconds of a lookup; a message with `LINKS` links."""

    entries: int
    import_seconds: float
    import_mb: float
    file_mb: float
    hit_us: float
    miss_us: float
    asking_mb: float
    message_ms: float
    message_without_ms: float


def feed_costs(*, entries: int = ENTRIES, say: Callable[[str], None] = print) -> FeedCost:
    """Import a list of so many domains, and ask it."""
    with tempfile.TemporaryDirectory(prefix="mailchord-bench-") as folder:
        directory = Path(folder)
        source = directory / "domains.txt"
        say(f"writing a list of {entries:,} domains")
        with source.open("w") as file:
            file.writelines(f"{domain(number)}\n" for number in range(entries))
        feed = Feed(source=str(source), format=FeedFormat.DOMAINS)
        say("importing it")
        import_seconds, import_mb = in_another_process(import_list, feed, directory, entries)
        source.unlink()
        say("asking it")
        hit_us, asking_mb = in_another_process(ask, directory, 0, entries)
        miss_us, _ = in_another_process(ask, directory, entries, 2 * entries)
        return FeedCost(
            entries=entries,
            import_seconds=import_seconds,
            import_mb=import_mb,
            file_mb=path_of(directory, _NAME).stat().st_size / 1e6,
            hit_us=hit_us,
            miss_us=miss_us,
            asking_mb=asking_mb,
            message_ms=message_ms(FeedLists({_NAME: feed}, directory)),
            message_without_ms=message_ms(None),
        )


def domain(number: int) -> str:
    return f"d{number}-of-a-list.example.com"


def import_list(feed: Feed, directory: Path, entries: int) -> float:
    began = time.process_time()
    updated = update_feed(_NAME, feed, Feeds(most_bytes=2_000_000_000, most_entries=entries), directory)
    assert updated.outcome is Outcome.UPDATED, updated.words
    assert updated.entries == entries
    return time.process_time() - began


def ask(directory: Path, first: int, last: int) -> float:
    """CPU microseconds of one lookup, with its hash, of names all over the list."""
    file = FeedFile(path_of(directory, _NAME))
    chance = random.Random(1)
    keys = [f"domain {domain(chance.randrange(first, last))}" for _ in range(ASKED)]
    salt = file.description.salt
    began = time.process_time()
    found = sum(file.day_of(hash_of(key, salt)) is not None for key in keys)
    took = time.process_time() - began
    assert found == (ASKED if first < len(file) else 0)
    return took / ASKED * 1e6


def in_another_process(work: Callable[..., float], *arguments: object) -> tuple[float, float]:
    """What the work gives, and by how many MB it raised the most that its process had."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_measured, args=(theirs, work, arguments))
    process.start()
    theirs.close()
    try:
        result: tuple[float, float] = ours.recv()
    finally:
        process.join()
    return result


def _measured(pipe: Connection, work: Callable[..., float], arguments: tuple[object, ...]) -> None:
    before = resident_mb()
    result = work(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((result, max(peak, resident_mb()) - before))


def resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not say how much memory a process has")


def message_ms(lists: FeedLists | None) -> float:
    """CPU of gathering what is known of the links of a message: median of different messages."""
    pool = build()
    if lists is not None:
        pool = structs.replace(pool, gather=asking(pool.gather, (lists,)))
    times = []
    for number in range(ROUNDS):
        hrefs = [
            f"https://www{link}.shop{number}-{link}.example.com/way/to/page{link}?id={link}" for link in range(LINKS)
        ]
        links = tuple(filter(None, (make_link(href, origin=LinkOrigin.HTML) for href in hrefs)))
        view = MailView(envelope=Envelope(), message=Message(id="m", links=links))
        began = time.process_time()
        pool.gather(view, {}, seconds=SECONDS)
        times.append(time.process_time() - began)
    return statistics.median(times) * 1_000


def main() -> None:
    found = feed_costs()
    for name in found.__struct_fields__:
        print(f"{name}: {getattr(found, name):,.2f}")


if __name__ == "__main__":
    main()
