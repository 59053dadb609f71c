"""A From field that programs read in different ways."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AMBIGUOUS_AUTHOR, AuthorProblem
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView

# No honest program writes these; the others come from broken scripts and from mail systems' own notices as well.
TRICKS = frozenset(
    {
        AuthorProblem.SEVERAL_DOMAINS,
        AuthorProblem.SEVERAL_AT,
        AuthorProblem.CONTROL_CHARACTERS,
        AuthorProblem.HIDDEN_FIELD,
    }
)
MILD_WEIGHT = 2.0


@detector(category="spoofing", weight=5.0, lifecycle=Lifecycle.STABLE)
def from_is_ambiguous(view: MailView) -> Iterable[Hit]:
    """From leaves open who wrote: two fields (one of them perhaps hidden from some programs), addresses of several
    domains, control characters, or no address at all.

    One program authenticates the one, and another shows the other.
    """
    problems = [AuthorProblem(problem) for problem in view.auth.author_problems]
    ambiguous = [problem for problem in problems if problem in AMBIGUOUS_AUTHOR]
    # Delivery reports of some servers have no address in From ("MAILER-DAEMON"): nobody can be taken in by that.
    if not ambiguous or (not view.envelope.sender and set(ambiguous) <= {AuthorProblem.NO_ADDRESS}):
        return
    yield Hit(
        summary="It is unclear who wrote this: mail programs show different senders.",
        detail=", ".join(ambiguous),
        where=Where(header="From", quote=" | ".join(view.message.header_values("from")[:3])),
        weight=None if TRICKS.intersection(ambiguous) else MILD_WEIGHT,
    )
