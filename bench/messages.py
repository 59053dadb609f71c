"""The messages of the bench, the same ones every time: real mail where the corpora are there, otherwise made here."""

from __future__ import annotations

import bisect
import email
import lzma
import math
import os
import random
import re
import statistics
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from bench.packets import Mail
from bench.synthetic import synthetic_mails

MEDIAN_BYTES = 20_000
MEAN_BYTES = 90_000  # of the wanted sizes; the corpora have little large mail, so that about 50,000 come out
SEED = 20_260_101


class Candidate(Struct, frozen=True):
    """A file that may be chosen."""

    path: Path
    source: str
    size: int


class Chosen(Struct, frozen=True, kw_only=True):
    """The messages of a bench and where they come from ("real" or "synthetic")."""

    mails: tuple[Mail, ...]
    origin: str

    @property
    def mean_bytes(self) -> int:
        return int(statistics.fmean(len(mail.raw) for mail in self.mails))

    @property
    def median_bytes(self) -> int:
        return int(statistics.median(len(mail.raw) for mail in self.mails))


def choose_messages(count: int, *, shared: Path | None, cache: Path) -> Chosen:
    """`count` messages: from the corpora in `shared`, or synthetic ones. Any first part of them is a fair sample."""
    corpora = find_corpora(shared, cache) if shared else None
    if corpora is None:
        return Chosen(
            mails=spread_out(synthetic_mails(count, seed=SEED, sizes=wanted_sizes(count))), origin="synthetic"
        )
    chosen = pick(candidates(corpora), count)
    mails = tuple(read_mail(candidate.path, name=str(candidate.path.relative_to(corpora))) for candidate in chosen)
    return Chosen(mails=spread_out(mails), origin="real")


def find_corpora(shared: Path, cache: Path) -> Path | None:
    """The unpacked corpora; the archive is unpacked into `cache` on first use. None where there is none."""
    for place in (Path("/tmp/corpora"), cache):
        if (place / "train.txt").is_file() and (place / "modern.txt").is_file():
            return place
    archive = shared / "corpora" / "mail.tar.xz"
    if not archive.is_file():
        return None
    cache.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        # Debian 12 has Python 3.11.2, which knows no filters yet.
        safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(cache, **safely)
    for name in ("train.txt", "modern.txt"):
        unpack_list(shared / "corpora", name, cache / name)
    return cache if (cache / "train.txt").is_file() else None


def unpack_list(folder: Path, name: str, target: Path) -> None:
    """Copy a list, which may be xz-compressed, without leaving half a file behind."""
    packed = folder / f"{name}.xz"
    data = lzma.decompress(packed.read_bytes()) if packed.is_file() else (folder / name).read_bytes()
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as scratch:
        scratch.write(data)
    os.replace(scratch.name, target)


def candidates(corpora: Path) -> list[Candidate]:
    """Every message of `train.txt` and `modern.txt`, in the order of the lists."""
    found: list[Candidate] = []
    for name in ("train.txt", "modern.txt"):
        for line in (corpora / name).read_text(encoding="utf-8").splitlines():
            path, _, source = line.split("\t")[:3]
            file = corpora / path
            found.append(Candidate(file, source, file.stat().st_size))
    return found


def wanted_sizes(count: int) -> list[float]:
    """Sizes in bytes of a log-normal distribution with the median and mean above, at evenly spaced ranks."""
    sigma = math.sqrt(2 * math.log(MEAN_BYTES / MEDIAN_BYTES))
    normal = statistics.NormalDist(math.log(MEDIAN_BYTES), sigma)
    return [math.exp(normal.inv_cdf((rank + 0.5) / count)) for rank in range(count)]


def pick(found: Sequence[Candidate], count: int) -> list[Candidate]:
    """Near each wanted size a message of the source that was used least so far; none twice."""
    chance = random.Random(SEED)
    pool = sorted(found, key=lambda candidate: (candidate.size, str(candidate.path)))
    used: Counter[str] = Counter()
    chosen: list[Candidate] = []
    for size in wanted_sizes(min(count, len(pool))):
        first = bisect.bisect_left(pool, 0.8 * size, key=lambda candidate: candidate.size)
        last = bisect.bisect_right(pool, 1.25 * size, key=lambda candidate: candidate.size)
        if first == last:
            first, last = max(0, min(first, len(pool)) - 5), len(pool)  # larger than all that is left: the largest
        least = min(used[candidate.source] for candidate in pool[first:last])
        at = chance.choice([at for at in range(first, last) if used[pool[at].source] == least])
        used[pool[at].source] += 1
        chosen.append(pool.pop(at))
    return chosen


def spread_out(mails: Iterable[Mail]) -> tuple[Mail, ...]:
    """Order by bit-reversed rank of size: every first part has small and large mail in the same proportion."""
    ordered = sorted(mails, key=lambda mail: (len(mail.raw), mail.name))
    bits = max(1, (len(ordered) - 1).bit_length())
    ranks = sorted(range(len(ordered)), key=lambda rank: int(f"{rank:0{bits}b}"[::-1], 2))
    return tuple(ordered[rank] for rank in ranks)


def read_directory(folder: Path) -> tuple[Mail, ...]:
    """Every file below a folder, in the order of their names."""
    return tuple(read_mail(path, name=path.name) for path in sorted(folder.rglob("*")) if path.is_file())


def read_mail(path: Path, *, name: str) -> Mail:
    return Mail(name=name, raw=as_sent(path.read_bytes()))


def as_sent(raw: bytes) -> bytes:
    """The message as an MTA hands it on: CRLF line ends, no mbox `From ` line."""
    if raw.startswith(b"From "):
        raw = raw.partition(b"\n")[2]
    return re.sub(rb"\r?\n", b"\r\n", raw)


def without_attachments(mails: Iterable[Mail]) -> tuple[Mail, ...]:
    """Mail that has text and HTML parts only: no pictures, no attachments."""
    return tuple(
        mail for mail in mails if all(kind.startswith("text/") and not attached for kind, attached in leaves(mail.raw))
    )


def plain_only(mails: Iterable[Mail]) -> tuple[Mail, ...]:
    """Mail of plain text alone."""
    return tuple(
        mail for mail in mails if all(kind == "text/plain" and not attached for kind, attached in leaves(mail.raw))
    )


def leaves(raw: bytes) -> list[tuple[str, bool]]:
    """Type of each part that holds no others, and whether it is an attachment (disposition or file name)."""
    return [
        (part.get_content_type(), part.get_content_disposition() == "attachment" or bool(part.get_filename()))
        for part in email.message_from_bytes(raw).walk()
        if not part.is_multipart()
    ]


def learning_mails(corpora: Path, count: int) -> tuple[tuple[Mail, ...], tuple[Mail, ...]]:
    """`count` bad and `count` good messages of `train.txt`, for filters that learn; at random over all sources."""
    labelled = [line.split("\t")[:2] for line in (corpora / "train.txt").read_text(encoding="utf-8").splitlines()]
    chance = random.Random(SEED + 1)
    spam = [path for path, label in labelled if label in ("spam", "phish", "scam")]
    ham = [path for path, label in labelled if label == "ham"]
    return _sample(corpora, spam, count, chance), _sample(corpora, ham, count, chance)


def _sample(corpora: Path, paths: Iterable[str], count: int, chance: random.Random) -> tuple[Mail, ...]:
    return tuple(read_mail(corpora / path, name=path) for path in chance.sample(sorted(paths), count))
