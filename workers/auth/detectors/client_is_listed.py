"""A client that a DNS list has."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.dns_lists import Subject
from mailcore.view import MailView
from workers.auth.listed import CATEGORY, hits_about


@detector(category=CATEGORY, weight=2.0, lifecycle=Lifecycle.STABLE)
def client_is_listed(view: MailView) -> Iterable[Hit]:
    """The address of the client stands in a DNS list; the weight is that of the list's answer (`dns_lists`)."""
    yield from hits_about(view, (Subject.CLIENT,), "The sending server {value} stands in the list {list}.")
