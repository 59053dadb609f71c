"""A link to a domain whose name promises a sign-in page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.message import is_discussion
from mailcore.message import Link
from mailcore.view import MailView
from workers.urls.hosts import link_hits, sender_domains, targets

_WORD = re.compile(
    r"log[io]n|logon|sign-?in|verif(?:y|ication|ied)?|secur(?:e|ity)|accounts?|webmail|password|updat(?:e|ing)|unlock"
    r"|confirm(?:ation)?|validat(?:e|ion)|wallet|e?banking|mailbox|helpdesk|billing|recovery|reactivat(?:e|ion)"
)
# Companies that are called after what they do: one of these words beside another ordinary one is a trade.
_TRADES = re.compile(r"secur(?:e|ity)|accounts?|billing|recovery|banking|helpdesk|updat(?:e|ing)|confirmation")


@detector(category="suspicious-link", weight=1.5, lifecycle=Lifecycle.STABLE)
def link_domain_has_credential_words(view: MailView) -> Iterable[Hit]:
    """A name in a link's host is made of words of sign-in pages: `fcu-account-verify.example`.

    Single words below a domain say nothing: `login.` and `secure.` stand in front of honest ones.
    """
    if is_discussion(view.message, view.auth):
        return ()
    senders = sender_domains(view.message)
    found = (
        link
        for link in targets(view.message)
        if link.domain not in senders and _promises(link) and not _is_spared(link, view)
    )
    return link_hits(found, "A link leads to {host}, whose name promises a sign-in page.")


def _promises(link: Link) -> bool:
    name = link.domain.partition(".")[0]
    if any(len(set(_WORD.findall(label))) >= 2 for label in link.host.split(".")):
        return True
    # "online-banking", "info-login": a word that is no trade, set apart by a hyphen.
    return "-" in name and any(_WORD.fullmatch(part) and not _TRADES.fullmatch(part) for part in name.split("-"))


def _is_spared(link: Link, view: MailView) -> bool:
    return bool(view.brands.owners(link.host)) or is_listed(link.host, view.lists.click_trackers)
