"""Mailing lists: they change mail and send it on under the author's name, which is no forgery."""

from __future__ import annotations

from mailcore.authentication import AuthResult, are_aligned
from mailcore.fields.message import is_list_mail
from mailcore.view import MailView


def came_through_list(view: MailView) -> bool:
    """Mail of a list whose own server proves who it is. That a message calls itself list mail is not enough."""
    auth = view.auth
    if not is_list_mail(view.message):
        return False
    is_spf_of_list = auth.spf is AuthResult.PASS and not are_aligned(auth.spf_domain, auth.from_domain)
    return is_spf_of_list or any(not are_aligned(domain, auth.from_domain) for domain in auth.dkim_domains)
