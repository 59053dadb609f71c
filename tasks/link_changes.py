"""Links of mail that is delivered are replaced before the answer: the worker's part of safe links.

The verdict says how many were, and the bytes wait beside the message until the front asks for them. Whatever goes wrong
here, or comes too late, leaves the message as it was: it was judged, and that is what it is delivered for.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from msgspec import Struct, structs

from mailcore.entries import is_listed
from mailcore.errors import StoreUnavailable
from mailcore.link_rewriting import Wrapping, unwrap, wrap
from mailcore.message import Direction, Envelope
from mailcore.rewriting import Rewriting
from mailcore.safe_links import Flag, Keys
from mailcore.settings import Mode, Settings
from mailcore.verdict import Action, Verdict
from mailio.message_store import Job, RedisMessageStore
from mailio.safe_link_keys import key_directory, load_keys
from tasks.time_limit import time_limit

log = structlog.get_logger("mailchord.links")

_DELIVERED = (Action.ACCEPT, Action.TAG)


class LinkChanges(Struct, frozen=True, kw_only=True):
    """What is to be done with links here: settings and keys. `spared` are domains whose links stay."""

    settings: Settings
    keys: Keys
    spared: frozenset[str]

    def is_wanted(self, envelope: Envelope, verdict: Verdict) -> bool:
        """Whether the links of that message are looked at."""
        options = self.settings.safe_links
        if self.settings.mode is Mode.MONITOR or not is_delivered(verdict, self.settings.mode):
            return False
        if envelope.direction in options.directions:
            sender = verdict.auth
            spared = frozenset(map(str.lower, options.never_from))
            return not (sender.is_aligned and is_listed(sender.from_domain, spared))
        return envelope.direction is Direction.OUTBOUND and options.unwrap_outbound

    def rewriting(self, raw: bytes, envelope: Envelope, verdict: Verdict, *, now: float) -> Rewriting:
        """What comes in place of which bytes of a message that is wanted."""
        options, limits = self.settings.safe_links, self.settings.limits
        if len(raw) > options.most_bytes:
            return Rewriting(left={"message too large": 1})
        if envelope.direction in options.directions:
            return wrap(raw, self._wrapping(verdict, now), limits=limits)
        return unwrap(raw, base_url=options.base_url, keys=self.keys, limits=limits)

    def _wrapping(self, verdict: Verdict, now: float) -> Wrapping:
        options = self.settings.safe_links
        return Wrapping(
            base_url=options.base_url,
            keys=self.keys,
            reference=verdict.id,
            now=now,
            days=options.days,
            spared=lambda host: is_listed(host, self.spared),
            most=options.most_links,
            flags=Flag.TAGGED if verdict.action is Action.TAG else Flag.NONE,
        )


def is_delivered(verdict: Verdict, mode: Mode) -> bool:
    """Whether anybody may get the message; the front has the last word."""
    actions = {entry.action for entry in verdict.recipients} or {verdict.action}
    match mode:
        case Mode.MONITOR:
            return True
        case Mode.TAG_ONLY:  # delivered whatever it is, marked, but for what could not be checked
            return actions != {Action.TEMPFAIL}
        case Mode.ENFORCE:
            return not actions.isdisjoint(_DELIVERED)


def build_link_changes(settings: Settings) -> LinkChanges | None:
    """None where safe links are switched off. Raises ConfigurationError for keys that cannot be read."""
    options = settings.safe_links
    if not options.enabled:
        return None
    spared = (*options.never, *settings.networks.local_domains, *settings.organisation.domains)
    return LinkChanges(
        settings=settings,
        keys=load_keys(key_directory(settings)),
        spared=frozenset(domain.lower().strip(".") for domain in spared),
    )


def with_changed_links(
    verdict: Verdict,
    job: Job,
    changes: LinkChanges | None,
    store: RedisMessageStore,
    *,
    count: Callable[[str], None],
    now: float,
    raw: bytes | None = None,
) -> Verdict:
    """The verdict, with the number of links that were replaced; the bytes are in the store then. Never raises.

    `raw` is the message, where the caller has it at hand.
    """
    if changes is None or job.truncated or not changes.is_wanted(job.envelope, verdict):
        return verdict
    try:
        rewriting = _in_time(verdict, job, changes, store, now=now, raw=raw)
        if rewriting.left:
            log.info("links left as they are", id=verdict.id, changed=rewriting.links, left=dict(rewriting.left))
        if not rewriting.links:
            return verdict
        store.save_changes(verdict.id, rewriting, seconds=changes.settings.claim_seconds)
    except Exception as error:  # noqa: BLE001  # a judged message is delivered, with its links or with ours
        log.error("links not changed", id=verdict.id, error=f"{type(error).__name__}: {error}")
        count("links_not_changed")
        return verdict
    count("links_changed")
    return structs.replace(verdict, changed_links=rewriting.links)


def _in_time(
    verdict: Verdict, job: Job, changes: LinkChanges, store: RedisMessageStore, *, now: float, raw: bytes | None
) -> Rewriting:
    """Raises TimeoutError where too little time is left, ScanInterrupted where it ran out, StoreUnavailable."""
    left = job.deadline_at - job.reserve - now
    least = changes.settings.safe_links.seconds
    if left < least:
        raise TimeoutError(f"{left:.1f} s were left")
    if raw is None:
        raw = store.raw(verdict.id)
        if raw is None:
            raise StoreUnavailable("the message has expired")
    # The front needs some of the time to send the body.
    with time_limit(min(least, left / 2)):
        return changes.rewriting(raw, job.envelope, verdict, now=now)
