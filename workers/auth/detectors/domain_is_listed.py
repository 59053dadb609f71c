"""A sender whose domain a DNS list has."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.dns_lists import Subject
from mailcore.view import MailView
from workers.auth.listed import CATEGORY, hits_about

SUBJECTS = (Subject.FROM, Subject.SENDER, Subject.HELO, Subject.REVERSE, Subject.DKIM)


@detector(category=CATEGORY, weight=2.0, lifecycle=Lifecycle.STABLE)
def domain_is_listed(view: MailView) -> Iterable[Hit]:
    """A domain of the sender (From, envelope, HELO, name of the client, signature) stands in a DNS list."""
    yield from hits_about(view, SUBJECTS, "The sender's domain {value} stands in the list {list}.")
