"""Labelled mail: which files are judged, what is known of each, and which quarter is kept back for checking."""

from __future__ import annotations

import difflib
import enum
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from msgspec import Struct, structs

from mailcore.addresses import read_addresses
from mailcore.errors import ConfigurationError
from mailcore.parse import parse

GOOD = frozenset({"ham", "bounce"})
UNWANTED = frozenset({"spam", "phish", "scam"})
# Bounces of mail that somebody else forged: neither a crime nor wanted.
APART = frozenset({"backscatter"})
LABELS = GOOD | UNWANTED | APART

# What the name of a part ends in that is kept for checking.
CHECK_ENDING = " check"
LEARN_ENDING = " learn"

# Of a message, when only its sender is asked for: the header of honest mail is a tenth of this.
_HEADER_BYTES = 131_072
_COLUMNS = "path, label, source, and if known date and cluster, with tabs between"


class Kind(enum.StrEnum):
    """On which side of the count a message stands."""

    GOOD = "good"
    BAD = "bad"
    APART = "apart"


def kind_of(label: str) -> Kind:
    """The side of a label."""
    if label in GOOD:
        return Kind.GOOD
    return Kind.BAD if label in UNWANTED else Kind.APART


class LabelledMail(Struct, frozen=True, kw_only=True):
    """One message to judge. `path` is what the list says, `file` where the message is, `part` which list or quarter
    it belongs to; `cluster` tells near-duplicates, `campaign` whom the sender says he is (registered domain)."""

    path: str
    label: str
    source: str
    part: str = ""
    date: str = ""
    cluster: str = ""
    campaign: str = ""
    file: str = ""

    @property
    def kind(self) -> Kind:
        return kind_of(self.label)


def read_list(file: Path, root: Path | None = None) -> Iterator[LabelledMail]:
    """The rows of a list (`path, label, source[, date, cluster]`), paths relative to `root`, else to the list.

    Raises ConfigurationError with file and line.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: is not UTF-8 text") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        if not 3 <= len(columns) <= 5:
            raise ConfigurationError(f"{file}:{number}: expected {_COLUMNS}")
        path, label, source, date, cluster = (*columns, "", "")[:5]
        if label not in LABELS:
            near = difflib.get_close_matches(label, LABELS, n=1)
            hint = f", did you mean {near[0]!r}?" if near else f"; labels are {', '.join(sorted(LABELS))}"
            raise ConfigurationError(f"{file}:{number}: unknown label {label[:80]!r}{hint}")
        yield LabelledMail(
            path=path,
            label=label,
            source=source,
            part=file.name.partition(".")[0],
            date=date,
            cluster=cluster,
            file=str((root or file.parent) / path),
        )


def in_folders(directory: Path, label: str) -> Iterator[LabelledMail]:
    """The messages of a folder; each folder directly in it is a source of its own.

    Files whose names begin with a dot are no messages. Raises ConfigurationError where there is no message.
    """
    if not directory.is_dir():
        raise ConfigurationError(f"{directory}: no such folder")
    empty = True
    for file in sorted(directory.rglob("*")):
        relative = file.relative_to(directory)
        if file.is_file() and not any(part.startswith(".") for part in relative.parts):
            source = directory / relative.parts[0] if len(relative.parts) > 1 else directory
            yield LabelledMail(path=str(file), label=label, source=str(source), file=str(file))
            empty = False
    if empty:
        raise ConfigurationError(f"{directory}: there is no message in it")


def merged(mails: Iterable[LabelledMail], prefixes: Iterable[str]) -> Iterator[LabelledMail]:
    """Sources called `PREFIX:...` as one source `PREFIX`: a dozen mailing lists are one kind of mail."""
    beginnings = tuple(prefixes)
    for mail in mails:
        begin, colon, _ = mail.source.partition(":")
        yield structs.replace(mail, source=begin) if colon and begin in beginnings else mail


def limited(mails: Iterable[LabelledMail], limit: int) -> Iterator[LabelledMail]:
    """At most `limit` messages of each source and label; 0: all."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for mail in mails:
        key = (mail.part, mail.source, mail.label)
        seen[key] += 1
        if not limit or seen[key] <= limit:
            yield mail


def divided(mails: Iterable[LabelledMail], parts: Iterable[str], *, check_quarter: bool) -> Iterator[LabelledMail]:
    """The lists named in `parts`, divided by sender domain: what may be learned from, and a quarter for checking.

    The quarter is left out unless it is asked for; then it is a part of its own. Other lists pass as they are.
    """
    names = frozenset(parts)
    for mail in mails:
        if mail.part not in names:
            yield mail
        elif not is_for_check(sender_domain(Path(mail.file))):
            yield structs.replace(mail, part=mail.part + LEARN_ENDING)
        elif check_quarter:
            yield structs.replace(mail, part=mail.part + CHECK_ENDING)


def sender_domain(file: Path) -> str:
    """Registered domain of the first From address; "" where there is none. Raises ConfigurationError."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(_HEADER_BYTES)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from error
    senders = read_addresses(parse(raw, message_id="sender").message.header("from"))
    return senders[0].domain if senders else ""


def is_for_check(campaign: str) -> bool:
    """Whether mail of that campaign is in the quarter that is kept for checking."""
    return number_of(campaign) % 4 == 0


def fold_of(campaign: str, folds: int) -> int:
    """The fold of cross-validation of that campaign."""
    return number_of("fold " + campaign) % folds


def number_of(text: str) -> int:
    """A number that is the same on every machine and in every run."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "big")
