"""Free mail in the name of an office that has an address of its own, with a request."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.requests import Letter, plainly, read_letter
from workers.content.senders import is_acquainted, is_personal, is_stranger, sender

# Offices as they stand behind names, in seven languages, and what is put into addresses to look like one.
_OFFICE = re.compile(
    r"\b(?:c[efot]o|chief \w+ officer|chief executive|managing director|executive director|general director|director "
    r"general|president|chair(?:man|woman|person)?|head office|headquarters|office of|principal|superintendent|dean|"
    r"geschaftsfuhr\w+|vorstand\w*|geschaftsleitung|vorsitzende\w*|direktor\w*|buchhaltung|personalabteilung|"
    r"pdg|p\.d\.g|president directeur|directeur (?:general|financier)|gerant|directrice|"
    r"director(?:a)? (?:general|financiero)|gerente(?: general)?|presidente|consejero delegado|"
    r"amministratore(?: delegato)?|direttore|direttrice|titolare|diretor(?:a)?|administrador|"
    r"directeur|bestuurder|algemeen directeur|voorzitter|accounts? (?:payable|receivable|department)|"
    r"human resources|hr department|payroll|finance department|treasurer|rector|provost)\b"
)
_LOCAL = re.compile(
    r"(?:^|[._\d-])(?:ceo|cfo|coo|md|director|president|presidente|chairman|chief|executive|exec|headoffice|"
    r"officedesk|ceooffice|office|management|principal|boss|pdg|direktor|geschaeftsfuehrer|directeur)(?=$|[._\d-])|"
    r"(?:ceo|officedesk|executiveoffice|presidentoffice|directoroffice|chairmanoffice|officemail|execmail)"
)


@detector(category="business-email-compromise", weight=3.0, lifecycle=Lifecycle.STABLE)
def free_mail_has_office_name(view: MailView) -> Iterable[Hit]:
    """An executive or an office writes from free mail and wants something: money, data, or first of all an answer."""
    address = sender(view.message)
    if address.domain not in view.lists.free_mail or not is_personal(view) or is_acquainted(view):
        return
    office = _OFFICE.search(plainly(address.name[:200])) or _LOCAL.search(address.address.partition("@")[0])
    if office is None:
        return
    letter = read_letter(view.message)
    weight = _weight(letter)
    if not weight:
        return
    wish = letter.costly or letter.leading
    yield Hit(
        summary=f"Somebody writes as {office.group().strip('._-')!r} from free mail, and asks for {wish}.",
        detail=f"From {address.address}; sender: {view.acquaintance}",
        where=Where(header="From", quote=view.message.header("from")),
        weight=weight + (1.0 if is_stranger(view) else 0.0),
    )


def _weight(letter: Letter) -> float:
    """Nothing without a request: directors of clubs and small firms write from free mail every day."""
    if not letter.is_short:
        return 0.0
    if letter.costly:
        return 5.0 if letter.is_pressing or letter.leading else 3.0
    return (3.0 if letter.is_pressing else 2.0) if letter.leading else 0.0
