"""When the history of a sender is worth a finding, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.fields.reputation import standing
from mailcore.reputation import Role, Standing
from mailcore.view import MailView

# Three messages that were held, and no good one: score -0.6, confidence 0.6. Of a source that is known for long, more
# than six in ten were bad: a forwarder or a provider that passes on as much spam as others get is not meant.
BAD_SCORE = -0.55
# One in twelve may have been bad.
GOOD_SCORE = 0.7
SURE = 0.55


def first_known(view: MailView, roles: Iterable[Role]) -> Role | None:
    """The first of the roles of which enough is known: somebody himself goes before his provider."""
    return next((role for role in roles if standing(view, role).confidence >= SURE), None)


def is_bad(found: Standing) -> bool:
    return found.score <= BAD_SCORE and found.confidence >= SURE


def is_good(found: Standing) -> bool:
    return found.score >= GOOD_SCORE and found.confidence >= SURE


def told(view: MailView, role: Role) -> str:
    """Who it is and what is known, for the analyst."""
    entry = view.reputation.entry(role, view.auth)
    if entry is None:
        return ""
    subject, found = entry
    if found.is_set:
        return f"{subject.label}: set to {found.score:+.2f} by an administrator"
    return (
        f"{subject.label}: score {found.score:+.2f}, confidence {found.confidence:.2f}, "
        f"about {found.volume:.0f} messages, first seen {found.first_seen_days:.0f} days ago"
    )
