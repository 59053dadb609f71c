"""A From field in forms that only tricks still use."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthorProblem
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView

ODD = (AuthorProblem.GROUP, AuthorProblem.ROUTE, AuthorProblem.COMMENT)


@detector(category="spoofing", weight=1.5, lifecycle=Lifecycle.STABLE)
def from_syntax_is_odd(view: MailView) -> Iterable[Hit]:
    """From is a group, has a route before the address, or a comment inside of it: allowed once, and now only tricks.

    A comment behind the address (`a@example.com (Name)`) is the old way to give a name and does not count.
    """
    odd = [problem for problem in ODD if problem.value in view.auth.author_problems]
    if odd:
        yield Hit(
            summary="The sender is written in a form that hides who it is from some mail programs.",
            detail=", ".join(odd),
            where=Where(header="From", quote=view.message.header("from")),
        )
