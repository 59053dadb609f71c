"""What a pool is: its work on a message, the facts it gathers, the detectors that judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from mailcore.authentication import AuthFacts
from mailcore.detector import Detector
from mailcore.message import Message
from mailcore.verdict import Finding
from mailcore.view import MailView


class Work(Struct, frozen=True, kw_only=True):
    """What a pool would do on a message: the parts it needs. `light` work is small enough for intake itself.

    `raw` asks for the whole message as received, as `parts["raw"]`.
    """

    parts: tuple[str, ...] = ()
    light: bool = False
    raw: bool = False


class Gathered(Struct, frozen=True, kw_only=True):
    """The view with the pool's facts in it. `problems` say what could not be looked at: the report is `partial`.

    `derived` are texts found on the way (text in a picture, text of a document): they are judged by the
    content rules and the link detectors like the mail's own, and the findings belong to this pool. `auth` is what was
    verified of the sender: it goes into the report, for the decision. `is_whole`: the facts are all that there is to be
    seen, and rest on the bytes alone. `from_cache`: nothing had to be looked at, all of it was remembered.
    `is_cut_short`: one of the problems is that there was no more time.
    """

    view: MailView
    problems: tuple[str, ...] = ()
    derived: tuple[DerivedText, ...] = ()
    bytes_read: int = 0
    auth: AuthFacts | None = None
    is_whole: bool = True
    from_cache: bool = False
    is_cut_short: bool = False


class DerivedText(Struct, frozen=True, kw_only=True):
    """Text that was not in a text part: where it came from, the text, URLs that stood in codes."""

    part: str
    source: str
    text: str = ""
    urls: tuple[str, ...] = ()


class Gather(Protocol):
    """Gathers facts. `seconds` is the time that is left; it may raise ScanInterrupted past it."""

    def __call__(self, view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered: ...


class Pool(Struct, frozen=True, kw_only=True):
    """One pool. `work(message)` is None where the pool has nothing to do on that message.

    `gather_at_once` stands in for `gather` where nobody may wait: it raises ScanInterrupted when it would have to.
    `weigh` sees each finding of a detector last: it may take the weight from it, and say why.
    """

    name: str
    work: Callable[[Message], Work | None]
    gather: Gather
    detectors: Iterable[Detector]
    gather_at_once: Gather | None = None
    weigh: Callable[[MailView, Finding], Finding] | None = None
