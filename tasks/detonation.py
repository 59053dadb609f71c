"""Shows attachments to a CAPE sandbox where there is time for it: after the answer, never before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import structlog
from msgspec import structs

from mailcore.behaviour import Detonation
from mailcore.message import Message
from mailcore.settings import Settings
from mailcore.view import MailView
from mailio.cape import CapeSandbox
from mailio.outgoing_http import FetchFailed
from mailio.secret_files import read_key
from workers.pool import Gathered, Pool, Work

log = structlog.get_logger("mailchord.detonation")

SANDBOX = "sandbox"
# Detectors and the judging of addresses come after it.
SHARE = 0.9


def is_detonating(pool: str, settings: Settings) -> bool:
    """Whether that pool looks again after the answer, with more time than before it."""
    options = settings.pools.get(SANDBOX)
    return (
        pool == SANDBOX
        and bool(settings.sandbox.cape.url)
        and options is not None
        and options.late_seconds > options.seconds
    )


def detonating(pool: Pool, settings: Settings, cape: CapeSandbox | None = None) -> Pool:
    """The pool, with a `gather` that asks CAPE where it has more time than there is before the answer.

    Raises ConfigurationError where the token cannot be read.
    """
    if not is_detonating(pool.name, settings):
        return pool
    options, quick = settings.sandbox.cape, settings.pools[SANDBOX].seconds
    asked = cape or CapeSandbox(options, read_key(options.token_file, setting="sandbox.cape.token_file"))
    inner = pool.gather

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        ends = time.monotonic() + seconds * SHARE
        if seconds <= quick:
            return inner(view, parts, seconds=seconds)
        gathered = inner(view, parts, seconds=quick)
        found, problems = _asked(asked, view, parts, ends=ends, files=options.files)
        return structs.replace(
            gathered,
            view=structs.replace(gathered.view, detonations=found),
            problems=(*gathered.problems, *problems),
        )

    return structs.replace(pool, gather=gather, work=_never_light(pool.work))


def _never_light(work: Callable[[Message], Work | None]) -> Callable[[Message], Work | None]:
    """After work in place nothing would be looked at again."""

    def elsewhere(message: Message) -> Work | None:
        found = work(message)
        return None if found is None else structs.replace(found, light=False)

    return elsewhere


def _asked(
    cape: CapeSandbox, view: MailView, parts: Mapping[str, bytes], *, ends: float, files: int
) -> tuple[tuple[Detonation, ...], tuple[str, ...]]:
    """What it says of the first attachments, and what went wrong, in words."""
    found: list[Detonation] = []
    names = [(part.id, part.filename) for part in view.message.parts if part.id in parts]
    for part, name in names[:files]:
        try:
            said = cape.detonate(parts[part], part=part, name=name, seconds=ends - time.monotonic())
        except TimeoutError:
            return tuple(found), ("CAPE was not done in time",)
        except FetchFailed as error:
            log.warning("no word of CAPE", reason=str(error))
            return tuple(found), (str(error),)
        found += [said] if said is not None else []
    return tuple(found), ()
