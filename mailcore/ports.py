"""What the thinking parts need of the world: implemented once in `mailio`, faked once in `tests/fakes.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from mailcore.message import Envelope, Message
from mailcore.verdict import PoolReport, Verdict


class MessageStore(Protocol):
    """Claim checks: the bytes of a message and of its parts, which expire by themselves.

    Every method raises StoreUnavailable when the store is away, full or too slow.
    """

    def append(self, message_id: str, chunk: bytes, *, seconds: float) -> int:
        """Add bytes to the raw message, which then lives for that many seconds; returns how many it has now."""

    def raw(self, message_id: str) -> bytes | None:
        """The raw message, or None when it has expired."""

    def save_model(
        self,
        message_id: str,
        envelope: Envelope,
        message: Message,
        parts: Mapping[str, bytes],
        *,
        seconds: float,
    ) -> None:
        """Keep the parsed message and the decoded parts (by part id) that pools will need."""

    def load_model(self, message_id: str) -> tuple[Envelope, Message] | None:
        """Envelope and message as saved, or None when they have expired."""

    def load_parts(self, message_id: str, part_ids: Iterable[str]) -> dict[str, bytes]:
        """The decoded bytes of those parts; parts that have expired are missing."""

    def forget(self, *message_ids: str) -> None:
        """Free the bytes that are kept under those ids."""


class ReportStore(Protocol):
    """Pool reports, keyed by message and pool: saving one twice is the same as once."""

    def save(self, message_id: str, report: PoolReport, *, seconds: float) -> None: ...

    def load(self, message_id: str) -> tuple[PoolReport, ...]: ...


class VerdictBox(Protocol):
    """One verdict a message: the first writer wins."""

    def claim(self, verdict: Verdict, *, reply_to: str, seconds: float) -> Verdict:
        """Write the verdict unless there is one; returns the one that stands."""

    def standing(self, message_id: str) -> Verdict | None: ...


class Quarantine(Protocol):
    """Where held mail goes. `store` returns only when the mail is safe on its medium."""

    def store(self, verdict: Verdict, envelope: Envelope, raw: bytes) -> str:
        """Keep the message; returns a reference for people. Raises OSError when it is not safe."""


class TextRecognizer(Protocol):
    """Text in a picture (OCR)."""

    def __call__(self, picture: bytes, *, seconds: float) -> str:
        """Recognised text; raises TimeoutError past the limit, ValueError for what is no picture."""


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

    def raw(self) -> bytes:
        """The message as stored (for the quarantine); raises StoreUnavailable when it is gone."""

    def close(self) -> None:
        """Free what is kept for this message, unless late work still needs it. Never raises."""


class Judge(Protocol):
    """The pipeline as a door sees it."""

    def begin(self) -> Judging: ...

    def pressure(self) -> str:
        """Why new mail should be deferred at once ("" when all is well). Cheap: looks at a value kept fresh."""
