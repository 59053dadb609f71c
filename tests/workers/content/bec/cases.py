"""What a case of business email compromise is, and the organisation that all of them are about."""

from __future__ import annotations

from typing import NamedTuple

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.detector import Detector
from mailcore.message import Envelope
from mailcore.organisation import Acquaintance, Organisation, ProtectedPerson
from mailcore.parse import parse
from mailcore.view import Lists, MailView
from tests.mail import mail

ORGANISATION = Organisation(
    domains=("brightwater.example", "brightwater-pumps.test"),
    partners=("northwind-traders.example", "alpenbank.example", "kestrel-legal.example"),
    people=(
        ProtectedPerson(
            name="Helena Brandt",
            addresses=("helena.brandt@brightwater.example", "helena@brandt-family.example", "h.brandt71@gmail.com"),
            title="CEO",
        ),
        ProtectedPerson(name="Marco Rossi", addresses=("marco.rossi@brightwater.example",), title="CFO"),
        ProtectedPerson(name="José García Núñez", addresses=("j.garcia@brightwater.example",), title="Purchasing"),
        ProtectedPerson(name="Anna-Lena Müller", addresses=("hr@brightwater.example",), title="Personnel"),
        ProtectedPerson(name="David Okafor", title="Chairman of the board"),
    ),
)
FREE_MAIL = frozenset(
    {"gmail.com", "outlook.com", "yahoo.com", "gmx.de", "web.de", "aol.com", "icloud.com", "libero.it"}
)
UNKNOWN, FIRST_CONTACT, KNOWN = Acquaintance


class Case(NamedTuple):
    """One mail. `auth` is "" (nobody looked), "pass", "fail", "sealed" (a fail with a chain of ARC that anybody made)
    or "another's": its server is proven, and From is not.

    `bounce_to` is the sender of the envelope.
    """

    name: str
    sender: str
    subject: str
    text: str
    reply_to: str = ""
    auth: str = ""
    acquaintance: Acquaintance = UNKNOWN
    headers: tuple[tuple[str, str], ...] = ()
    bounce_to: str = ""
    client: str = "203.0.113.9"
    html: str | None = None
    to: str = "Petra Clerk <finance@brightwater.example>"

    @property
    def raw(self) -> bytes:
        headers = (*self.headers, *((("Reply-To", self.reply_to),) if self.reply_to else ()))
        return mail(self.subject, self.text, self.html, headers=headers, sender=self.sender, to=self.to)

    def view(self, lists: Lists | None = None) -> MailView:
        message = parse(self.raw, message_id="m1").message
        address = self.sender.rpartition("<")[2].strip("> ").lower()
        host = address.rpartition("@")[2]
        return MailView(
            envelope=Envelope(
                sender=self.bounce_to or address,
                recipients=("finance@brightwater.example",),
                client_address=self.client,
            ),
            message=message,
            lists=lists or Lists(free_mail=FREE_MAIL),
            auth=auth_of(self.auth, host),
            organisation=ORGANISATION,
            acquaintance=self.acquaintance,
        )


def auth_of(word: str, host: str) -> AuthFacts:
    if not word:
        return AuthFacts()
    passed = word == "pass"
    result = AuthResult.PASS if passed else AuthResult.FAIL
    if word == "another's":
        spf = AuthResult.PASS
        return AuthFacts(
            source=AuthSource.VERIFIED, from_domain=host, spf=spf, spf_domain="lists.test", dmarc=AuthResult.FAIL
        )
    return AuthFacts(
        source=AuthSource.VERIFIED,
        from_domain=host,
        spf=result,
        spf_domain=host,
        dkim=(DkimResult(domain=host, result=result),) if passed else (),
        dmarc=result,
        arc=AuthResult.PASS if word == "sealed" else AuthResult.NONE,
    )


def weights(found: Detector, case: Case) -> list[float]:
    """What a detector says to a case: the weights of its hits."""
    return [found.weight if hit.weight is None else hit.weight for hit in found.run(case.view())]
