"""A From field in forms that only tricks still use."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthorProblem
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView

# Allowed once, and written by very old programs.
ODD = (AuthorProblem.GROUP, AuthorProblem.ROUTE, AuthorProblem.COMMENT)
# Never allowed, and of no use but to show another address than the one that is verified.
TRICKS = (AuthorProblem.ENCODED_ADDRESS, AuthorProblem.ADDRESS_IN_COMMENT)
TRICK_WEIGHT = 3.0


@detector(category="spoofing", weight=1.5, lifecycle=Lifecycle.STABLE)
def from_syntax_is_odd(view: MailView) -> Iterable[Hit]:
    """From is a group, has a route before the address or a comment inside of it, or hides an address: now only tricks.

    A comment behind the address (`a@example.com (Name)`) is the old way to give a name and does not count.
    """
    problems = view.auth.author_problems
    odd = [problem for problem in (*TRICKS, *ODD) if problem.value in problems]
    if odd:
        yield Hit(
            summary="The sender is written in a form that hides who it is from some mail programs.",
            detail=", ".join(odd),
            where=Where(header="From", quote=view.message.header("from")),
            weight=TRICK_WEIGHT if odd[0] in TRICKS else None,
        )
