"""Detector: an invitation whose organiser has nothing to do with the mail that brings it."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.addresses import read_addresses
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.links import registered_domain
from mailcore.organisation import Acquaintance
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import calendars, signs

_HEADERS = ("From", "Sender", "Reply-To", "To", "Cc", "Return-Path")


@detector(category="phishing", weight=0.5, lifecycle=Lifecycle.STABLE)
def invitation_is_from_another(view: MailView, *, stranger_weight: float = 2.0) -> Iterator[Hit]:
    """A calendar file invites in the name of somebody who neither sends nor gets the mail."""
    for file in view.files:
        methods = [sign.evidence for sign in signs.of_kind(file, {calendars.METHOD})]
        organizers = [sign.evidence for sign in signs.of_kind(file, {calendars.ORGANIZER})]
        if "REQUEST" not in methods or not organizers:
            continue
        known = _domains(view)
        others = [address for address in organizers if _domain(address) not in known]
        if not others:
            continue
        # Services that invite for their customers do this too: alone it weighs nearly nothing. They answer to the
        # organiser, and are known after the first invitation.
        stranger = view.acquaintance is Acquaintance.FIRST_CONTACT
        yield Hit(
            summary=f"{file.filename or 'An invitation'} invites in the name of {others[0]}, a stranger to it",
            where=Where(part=file.part, file=file.path, quote=f"ORGANIZER:mailto:{others[0]}"),
            weight=stranger_weight if stranger else None,
        )


def _domains(view: MailView) -> frozenset[str]:
    """Registered domains of everybody whom the mail names."""
    values = (value for name in _HEADERS for value in view.message.header_values(name))
    found = {_domain(address.address) for value in values for address in read_addresses(value)}
    envelope = (view.envelope.sender, *view.envelope.recipients)
    return frozenset(found | {_domain(address) for address in envelope if address})


def _domain(address: str) -> str:
    host = address.rpartition("@")[2].lower()
    return registered_domain(host) or host
