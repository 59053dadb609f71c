"""What the thinking parts need of the world, and what a door needs of the pipeline; tests have fakes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from mailcore.acquaintance import History
from mailcore.authentication import AuthFacts
from mailcore.connections import Greylisting
from mailcore.dns import Answer, Question
from mailcore.fetched_pages import FetchedPage
from mailcore.greylist import Attempt, Standing
from mailcore.known_files import HashOpinion, MalwareAnswer
from mailcore.link_addresses import Address
from mailcore.link_opinions import LinkOpinion
from mailcore.list_answers import ListOutcome, ListStanding
from mailcore.message import Envelope
from mailcore.rate import Bucket
from mailcore.reputation import Lesson, Reputation, Subject
from mailcore.rewriting import ChangedMessage
from mailcore.unpacked import Unpacked, UnpackRequest
from mailcore.verdict import Action, Verdict


class Quarantine(Protocol):
    """Where held mail goes. `store` returns only when the mail is safe on its medium."""

    def store(self, verdict: Verdict, envelope: Envelope, raw: bytes) -> str:
        """Keep the message; returns a reference for people. Raises OSError when it is not safe."""


class TextRecognizer(Protocol):
    """Text in a picture (OCR)."""

    def __call__(self, picture: bytes, *, seconds: float) -> str:
        """Recognised text; raises TimeoutError past the limit, ValueError for what is no picture."""


class Unpacker(Protocol):
    """A program that opens archives which the libraries here cannot open."""

    def __call__(self, request: UnpackRequest, *, seconds: float) -> Unpacked:
        """The members; raises nothing: what went wrong stands in the answer."""


class Resolver(Protocol):
    """The DNS."""

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        """An answer for each question, all asked at the same time; `NOT_ASKED` for what is not known by then.

        Never raises. May be called by several threads.
        """


class Correspondents(Protocol):
    """Who has written to whom. No method raises or waits long: without its store everybody is unknown."""

    def history(self, pairs: Sequence[bytes]) -> History:
        """What is known of these pairs (see `mailcore.acquaintance`)."""

    def remember(self, pairs: Iterable[bytes], *, at_once: bool) -> None:
        """Note a message with these pairs. `at_once`: they are known now, not from tomorrow."""

    def flush(self) -> None:
        """Write what was noted and waits to be written."""


class Reputations(Protocol):
    """How senders behaved. No method raises or waits long: without its store nobody has a reputation."""

    def standings(self, subjects: Sequence[Subject]) -> Reputation:
        """What is known of these senders."""

    def learn(self, lesson: Lesson) -> None:
        """Note what a message taught, or what a person said of one."""

    def flush(self) -> None:
        """Write what was noted and waits to be written."""


class RateLimits(Protocol):
    """Token buckets that all fronts share. Never raises or waits long: without its store each process counts."""

    def take(self, buckets: Sequence[Bucket]) -> int | None:
        """Take a token from each, or none at all: then the index of the first that is empty."""


class Greylist(Protocol):
    """Who has come again. Never raises: without its store everybody stands as `UNAVAILABLE`."""

    def ask(self, attempts: Sequence[Attempt], settings: Greylisting) -> tuple[Standing, ...]:
        """How each delivery stands, in the order of the attempts; those that are new are remembered."""


class ListHealth(Protocol):
    """Which DNS lists can be believed now. Neither method raises or waits."""

    def standing(self, name: str) -> ListStanding:
        """Whether the list of that name is to be asked."""

    def note(self, outcomes: Mapping[str, ListOutcome]) -> None:
        """How asking went for one message, by name: a list that cannot be believed is switched off for a while."""


class MalwareScanner(Protocol):
    """A virus scanner. `required`: what it did not look at counts as not looked at."""

    @property
    def required(self) -> bool: ...

    def scan(self, data: bytes, *, seconds: float) -> MalwareAnswer:
        """What it says of these bytes. Never raises: where it does not answer, that is the answer."""


class HashServices(Protocol):
    """Services that know files by their SHA-256. They get hashes, nothing else."""

    def ask(self, hashes: Sequence[str], *, seconds: float) -> Mapping[str, tuple[HashOpinion, ...]]:
        """What they say of those that they know. Never raises; what is not known in time is left out."""


class LinkLists(Protocol):
    """Whoever knows addresses that are bad or good: imported lists, services that are asked about parts of hashes."""

    def opinions(self, addresses: Collection[Address], *, seconds: float) -> Mapping[Address, tuple[LinkOpinion, ...]]:
        """What is said of those that are known. Never raises; what is not known in time is left out."""


class DomainAges(Protocol):
    """Registries, which know when a domain was registered."""

    def registered(self, domains: Collection[str], *, seconds: float) -> Mapping[str, float]:
        """Seconds since the epoch, of those that somebody tells in time. Never raises."""


class PageFetcher(Protocol):
    """Web servers that a mail names: hostile ones."""

    def fetch(self, url: str, *, seconds: float, most_bytes: int, only_head: bool = False) -> FetchedPage:
        """One request (no redirects) as browsers write that URL. Never raises, and asks nobody inside of a network."""


class Memory(Protocol):
    """Values by key, kept for a while. Neither method raises or waits long: what is lost is made again."""

    def find(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Those that are there."""

    def keep(self, values: Mapping[bytes, bytes], *, seconds: float) -> None:
        """Keep them for so long, if there is room."""


class Judging(Protocol):
    """One message on its way to a verdict; made by `Judge.begin()`, closed on every way out.

    `header` and `body` take the message as it arrives (store before publish; nothing large stays in the
    process) and raise StoreUnavailable. `verdict` never raises: what goes wrong is a verdict by policy.
    """

    @property
    def id(self) -> str: ...

    def header(self, name: bytes, value: bytes) -> None:
        """One header field as it came; `value` keeps its leading space and its folds (SMFIP_HDR_LEADSPC)."""

    def body(self, chunk: bytes) -> None:
        """The next bytes of the body."""

    def verdict(self, envelope: Envelope, *, truncated: bool, progress: Callable[[], None]) -> Verdict:
        """Publish, wait, and return the answer by the deadline; `progress` is called every few seconds."""

    def answered(self, verdict: Verdict, envelope: Envelope, action: Action) -> None:
        """The verdict led to this action: what becomes of the message in the end. Cheap; never raises."""

    def raw(self) -> bytes:
        """The message as stored (for the quarantine); raises StoreUnavailable when it is gone."""

    def changed(self) -> ChangedMessage | None:
        """What is to be sent on in place of it, where the verdict says that links were replaced.

        None where that cannot be put together. Raises StoreUnavailable.
        """

    def close(self) -> None:
        """Free what is kept for this message, unless late work still needs it. Never raises."""


class Sealer(Protocol):
    """Seals messages that are sent on otherwise than they came (ARC, RFC 8617)."""

    def seal(
        self, message: bytes, *, results: str, found: AuthFacts, now: float, subject: str | None = None
    ) -> tuple[tuple[str, str], ...]:
        """The fields that go above all others, the lowest first; none where there is nothing to vouch for.

        `message` is the header as received and the body as it is sent on, `subject` the new value of the topmost
        Subject. Folds are LF and a space.
        """


class Judge(Protocol):
    """The pipeline as a door sees it."""

    def begin(self) -> Judging: ...

    def pressure(self) -> str:
        """Why new mail should be deferred at once ("" when all is well). Cheap: looks at a value kept fresh."""
