"""Mail of a discussion, for tests of links."""

from __future__ import annotations

from msgspec import structs

from mailcore.message import Header
from mailcore.view import MailView


def through_a_list(view: MailView) -> MailView:
    """The same mail, sent through a list where people write to each other."""
    fields = (
        Header("List-Post", "<mailto:talk@lists.example.org>"),
        Header("List-Id", "<talk.lists.example.org>"),
        Header("Precedence", "list"),
    )
    headers = (*view.message.headers, *fields)
    return structs.replace(view, message=structs.replace(view.message, headers=headers))
