"""The front's part of safe links: another body in the answer, and a seal on what was found before it was changed."""

from __future__ import annotations

import structlog
from msgspec.structs import replace

from mailcore.errors import StoreUnavailable
from mailcore.message import Direction, Envelope
from mailcore.ports import Judging, Sealer
from mailcore.results_header import write_authentication_results
from mailcore.rewriting import ChangedMessage
from mailcore.settings import Mode, Settings
from mailcore.verdict import Verdict
from milter_front.answers import Answer, Outcome
from milter_front.header_text import fold_results

log = structlog.get_logger()


def with_changed_body(
    answer: Answer,
    verdict: Verdict,
    envelope: Envelope,
    judging: Judging,
    settings: Settings,
    *,
    sealer: Sealer | None,
    own_name: str,
    now: float,
) -> Answer:
    """The answer with the body that a worker has made, where there is one; else as it was. Never raises."""
    if not verdict.changed_links or answer.outcome is not Outcome.ACCEPT or settings.mode is Mode.MONITOR:
        return answer
    try:
        changed = judging.changed()
    except StoreUnavailable as error:
        log.warning("links not changed", id=verdict.id, error=str(error))
        return answer
    if changed is None:
        log.warning("links not changed", id=verdict.id, error="the changed body is not there")
        return answer
    seals: tuple[tuple[str, str], ...] = ()
    # What our own users send is vouched for by the signature that it gets behind us.
    if sealer is not None and envelope.direction is not Direction.OUTBOUND:
        seals = _seals(sealer, changed, answer, verdict, own_name, now)
    return replace(answer, body=changed.body, prepend=(*answer.prepend, *seals))


def _seals(
    sealer: Sealer, changed: ChangedMessage, answer: Answer, verdict: Verdict, own_name: str, now: float
) -> tuple[tuple[str, str], ...]:
    results = write_authentication_results(verdict.auth, own_name)
    try:
        return sealer.seal(
            changed.header + changed.body,
            results=fold_results(results) if results else "",
            found=verdict.auth,
            now=now,
            subject=answer.subject,
        )
    except ValueError as error:  # a header that nobody can sign: without a seal the mail is as good as before
        log.error("not sealed", id=verdict.id, error=str(error))
        return ()
