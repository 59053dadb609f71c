"""From a verdict to what the MTA is told: pure, one answer for all recipients of a message."""

from __future__ import annotations

import enum

from msgspec import Struct
from msgspec.structs import replace

from mailcore.message import Direction, Envelope
from mailcore.results_header import write_authentication_results
from mailcore.settings import Mode, Settings
from mailcore.verdict import Action, RecipientVerdict, Verdict
from milter_front.header_text import clean, encode, fold_results, tag_subject
from milter_front.seen import LOOP_HEADER, MOST_FORGED, RESULTS_HEADER, SPAM_FLAG, Seen


class Outcome(enum.StrEnum):
    """What a milter step answers; the words of the milter protocol."""

    CONTINUE = "continue"
    SKIP = "skip"
    ACCEPT = "accept"
    REJECT = "reject"
    TEMPFAIL = "tempfail"
    DISCARD = "discard"


class Reply(Struct, frozen=True, kw_only=True):
    """An SMTP reply: code (RFC 5321), enhanced status code (RFC 3463) and one line of text."""

    code: str
    status: str
    text: str


class Answer(Struct, frozen=True, kw_only=True):
    """All that the MTA is told at one step.

    `action` is what is recorded. `remove` holds field names with the number of fields of that name, `remove_each` with
    the place among them; `add` holds new fields, `prepend` those that go above all others, `subject` the new value of
    the first Subject, `body` a new body. A copy for the recipients in `hold` must be safe
    in the quarantine before the answer is given; those in `take_off` are deleted from the envelope.
    """

    outcome: Outcome
    action: Action = Action.ACCEPT
    reply: Reply | None = None
    remove: tuple[tuple[str, int], ...] = ()
    remove_each: tuple[tuple[str, int], ...] = ()
    add: tuple[tuple[str, str], ...] = ()
    prepend: tuple[tuple[str, str], ...] = ()
    subject: str | None = None
    body: bytes | None = None
    take_off: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()


# Headers are for readers in a hurry; the log, the quarantine and `mailchord scan` have it all.
SAID_REASONS = 3
SAID_FINDINGS = 6

CONTINUE = Answer(outcome=Outcome.CONTINUE)
SKIP = Answer(outcome=Outcome.SKIP)
ACCEPT = Answer(outcome=Outcome.ACCEPT)
_DELIVERABLE = (Action.ACCEPT, Action.TAG)


def tempfail(text: str, *, code: str = "451", status: str = "4.7.1") -> Answer:
    return Answer(
        outcome=Outcome.TEMPFAIL, action=Action.TEMPFAIL, reply=Reply(code=code, status=status, text=_reply_text(text))
    )


def reject(text: str, *, code: str = "550", status: str = "5.7.1") -> Answer:
    return Answer(
        outcome=Outcome.REJECT, action=Action.REJECT, reply=Reply(code=code, status=status, text=_reply_text(text))
    )


def accept_unjudged(settings: Settings) -> bool:
    """Whether mail that nothing can judge passes: in monitor mode, or when policy says so in one line."""
    return settings.mode is Mode.MONITOR or settings.policy.unjudged is Action.ACCEPT


def answer_unjudged(settings: Settings, seen: Seen, why: str, *, own_name: str = "", status: str = "4.3.0") -> Answer:
    """For a message that could not be judged at all. Its forged fields go: nobody vouches for it."""
    if not accept_unjudged(settings):
        return tempfail(why, status=status)
    return Answer(
        outcome=Outcome.ACCEPT,
        remove=_removals(settings, seen),
        remove_each=_forged_results(settings, seen, own_name=own_name),
    )


def answer_released(settings: Settings, seen: Seen, *, own_name: str) -> Answer:
    """For mail that carries our valid marker: it passes, without the marker."""
    return Answer(
        outcome=Outcome.ACCEPT,
        remove=_removals(settings, seen),
        remove_each=_forged_results(settings, seen, own_name=own_name),
        add=_loop_field(settings, own_name),
    )


def answer_refused_unread(settings: Settings, seen: Seen) -> Answer | None:
    """For a message that must not go round, or on, whatever a verdict would say; None for all others."""
    if settings.mode is Mode.MONITOR:
        return None
    if seen.is_looping:
        return reject("Mail loop: this message has passed here too often", code="554", status="5.4.6")
    if sum(seen.forged.values()) + len(seen.claimed_results) > MOST_FORGED:
        return reject(f"More than {MOST_FORGED} header fields that only a filter may write", status="5.6.0")
    return None


def answer_judged(
    settings: Settings,
    verdict: Verdict,
    envelope: Envelope,
    seen: Seen,
    *,
    own_name: str,
    truncated: bool = False,
    undeletable: frozenset[str] = frozenset(),
) -> Answer:
    """The answer on a judged message.

    `truncated` says that no whole copy of it could be kept; `undeletable` holds recipients whose address
    cannot be named to the MTA (it is not UTF-8), so that they cannot be taken off alone.
    """
    if settings.mode is Mode.MONITOR:
        return ACCEPT
    actions = recipient_actions(verdict, envelope, settings.mode)
    strictest = max(actions.values(), key=lambda action: action.severity)
    if len(set(actions.values())) == 1 and strictest in (Action.REJECT, Action.TEMPFAIL):
        return _refusal(strictest, verdict)

    take_off = tuple(who for who, action in actions.items() if action not in _DELIVERABLE)
    delivered = {action for action in actions.values() if action in _DELIVERABLE}
    if delivered and not undeletable.isdisjoint(take_off):
        delivered, take_off = set(), tuple(actions)
    hold = tuple(who for who in take_off if actions[who] is not Action.DISCARD)
    if hold and truncated:
        # Part of a message is no safe copy: the sender is told instead, so that nothing gets lost in silence.
        return reject(f"Message refused by local policy and could not be kept whole, reference {verdict.id}")
    if not delivered:
        return Answer(outcome=Outcome.DISCARD, action=_recorded(actions), hold=hold)
    return _delivery(
        settings,
        verdict,
        envelope,
        seen,
        own_name=own_name,
        # A mark can be ignored, a missing mark cannot be made up: one tagged recipient tags it for all who get it.
        action=max(delivered, key=lambda action: action.severity),
        hold=hold,
        take_off=take_off,
    )


def recipient_actions(verdict: Verdict, envelope: Envelope, mode: Mode) -> dict[str, Action]:
    """The action for each recipient of the envelope, in its order, as the mode allows."""
    own = {entry.recipient: entry.action for entry in verdict.recipients}
    wanted = {who: own.get(who, verdict.action) for who in envelope.recipients} or {"": verdict.action}
    if mode is Mode.TAG_ONLY:
        return {who: _at_most_tag(action) for who, action in wanted.items()}
    return wanted


def held_verdict(verdict: Verdict, envelope: Envelope, hold: tuple[str, ...], mode: Mode) -> tuple[Verdict, Envelope]:
    """What the quarantine keeps beside the copy: only the recipients who are held, each with the action."""
    actions = recipient_actions(verdict, envelope, mode)
    reasons = {entry.recipient: entry.reason for entry in verdict.recipients}
    entries = tuple(RecipientVerdict(recipient=who, action=actions[who], reason=reasons.get(who, "")) for who in hold)
    return replace(verdict, recipients=entries), replace(envelope, recipients=tuple(who for who in hold if who))


def _at_most_tag(action: Action) -> Action:
    # Tempfail stays: mail that could not be checked would otherwise arrive without the mark it may deserve.
    return Action.TAG if action.severity > Action.TEMPFAIL.severity else action


def _recorded(actions: dict[str, Action]) -> Action:
    """The action that stands for a message nobody gets: held, unless it was thrown away for everybody."""
    return Action.DISCARD if set(actions.values()) == {Action.DISCARD} else Action.QUARANTINE


def _refusal(action: Action, verdict: Verdict) -> Answer:
    if action is Action.REJECT:
        return reject(f"{_cause(verdict)}, reference {verdict.id}")
    return tempfail(f"Message could not be checked now, please try again later, reference {verdict.id}")


def _cause(verdict: Verdict) -> str:
    """Why mail is refused, in words for its sender: a DMARC policy is the one cause that helps nobody to get round."""
    domain = verdict.auth.from_domain
    if domain and any(finding.id == "dmarc_reject" for finding in verdict.findings):
        return f"Message not authenticated as {clean(domain, 100)} and refused by the DMARC policy of that domain"
    return "Message refused by local policy"


def _delivery(
    settings: Settings,
    verdict: Verdict,
    envelope: Envelope,
    seen: Seen,
    *,
    own_name: str,
    action: Action,
    hold: tuple[str, ...],
    take_off: tuple[str, ...],
) -> Answer:
    add = [("X-Mailchord-Id", encode(verdict.id, name="X-Mailchord-Id")), *_loop_field(settings, own_name)]
    subject = None
    # Outbound mail gets no score: what we think of our own users' mail is not the world's business.
    if envelope.direction is not Direction.OUTBOUND:
        add += _score_fields(verdict, action)
        if action is Action.TAG:
            subject = _subject(settings, seen)
    if subject is not None and seen.subject is None:
        add.append(("Subject", subject))
        subject = None
    return Answer(
        outcome=Outcome.ACCEPT,
        action=action,
        remove=_removals(settings, seen),
        remove_each=_forged_results(settings, seen, own_name=own_name),
        add=tuple(add),
        prepend=_results(verdict, own_name=own_name),
        subject=subject,
        hold=hold,
        take_off=take_off,
    )


def _score_fields(verdict: Verdict, action: Action) -> list[tuple[str, str]]:
    said = [action.value]
    if verdict.category:
        said.append(f"category={verdict.category}")
    if verdict.partial:
        said.append("partial")
    fields = [("X-Mailchord-Verdict", "; ".join(said)), ("X-Mailchord-Score", f"{verdict.score:.1f}")]
    if verdict.reasons:
        fields.append(("X-Mailchord-Reason", "; ".join(clean(reason) for reason in verdict.reasons[:SAID_REASONS])))
    if counting := [finding for finding in verdict.findings if finding.score]:
        said = [f"{clean(finding.id)} {finding.score:+.1f}" for finding in counting[:SAID_FINDINGS]]
        more = len(counting) - len(said)
        fields.append(("X-Mailchord-Findings", ", ".join([*said, f"and {more} more"] if more > 0 else said)))
    if action is Action.TAG:
        fields.append((SPAM_FLAG, "YES"))
    return [(name, encode(value, name=name)) for name, value in fields]


def _subject(settings: Settings, seen: Seen) -> str | None:
    tag = settings.front.subject_tag
    # Signed and encrypted mail: a signature may cover the subject, and a broken one looks like a forgery.
    if not tag.enabled or not clean(tag.prefix) or (seen.is_protected and not tag.signed_mail):
        return None
    return tag_subject(seen.subject or b"", tag.prefix, charset=seen.charset)


def _removals(settings: Settings, seen: Seen) -> tuple[tuple[str, int], ...]:
    return () if settings.mode is Mode.MONITOR else tuple(seen.forged.items())


def _forged_results(settings: Settings, seen: Seen, *, own_name: str) -> tuple[tuple[str, int], ...]:
    """Authentication-Results under our name that came with the message: nobody else may write these (RFC 8601, 5).

    They stay where we write none ourselves, or where another filter of this host uses the same name and is trusted:
    whoever runs it has it remove the forged ones.
    """
    pool = settings.pools.get("auth")
    trusted = {name.lower() for name in settings.networks.trusted_authserv_ids}
    if settings.mode is Mode.MONITOR or pool is None or not pool.enabled or own_name.lower() in trusted:
        return ()
    return tuple((RESULTS_HEADER, place) for place in reversed(seen.claimed_results))


def _results(verdict: Verdict, *, own_name: str) -> tuple[tuple[str, str], ...]:
    value = write_authentication_results(verdict.auth, own_name)
    return ((RESULTS_HEADER, fold_results(value)),) if value else ()


def _loop_field(settings: Settings, own_name: str) -> tuple[tuple[str, str], ...]:
    return () if settings.mode is Mode.MONITOR else ((LOOP_HEADER, clean(own_name)),)


def _reply_text(text: str) -> str:
    # libmilter reads "%" in a reply as the start of a format and drops the whole reply.
    ascii_text = clean(text, 400).encode("ascii", "replace").decode("ascii")
    return ascii_text.replace("%", "")
