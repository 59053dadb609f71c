"""The demo's look at safe links: a link as it was sent, as it arrived, and what clicks on it get, then and later."""

from __future__ import annotations

import html
import http.client
import re
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from mailio.safe_link_keys import make_new_key

CLICK_SECONDS = 20.0
LONGEST_SHOWN = 100  # characters of a safe link

Mailchord = Callable[[Sequence[str]], str]
"""Runs `mailchord` with these words; returns what it says."""


class Click(Struct, frozen=True, kw_only=True):
    """What the click service answered: the status, where it leads on to, what its page says."""

    status: int
    leads_on: str = ""
    title: str = ""
    reason: str = ""

    @property
    def words(self) -> str:
        if self.leads_on:
            return f"{self.status}, leads on to {self.leads_on}"
        return f'{self.status}, "{self.title}": {self.reason}'


def settings_of(state_dir: Path, port: int) -> dict[str, Any]:
    """Sections of the configuration: safe links with a new key, that lead to that port of this machine."""
    make_new_key(state_dir / "safe-links", now=time.time())
    return {
        "safe_links": {"enabled": True, "base_url": f"http://127.0.0.1:{port}/s"},
        "clicks": {"listen": f"127.0.0.1:{port}"},
    }


def shown_clicks(subject: str, sent: EmailMessage, delivered: EmailMessage, mailchord: Mailchord) -> tuple[str, bool]:
    """The story as text, and whether it went as one would want."""
    original, safe = first_link(sent), first_link(delivered)
    before = click(safe)
    mailchord(("links", "bad", original))
    after = click(safe)
    shown = safe if len(safe) <= LONGEST_SHOWN else f"{safe[:LONGEST_SHOWN]}…"
    text = (
        f'\nThe link in "{subject}" (safe links are off by default; here they are on):\n\n'
        f"  sent        {original}\n  delivered   {shown}\n  a click     {before.words}\n\n"
        f"The same after `mailchord links bad {original}`:\n\n  a click     {after.words}\n"
    )
    is_sensible = safe != original and before.leads_on == original and (after.status, after.leads_on) == (403, "")
    return text, is_sensible


def first_link(message: EmailMessage) -> str:
    """The first link in the plain text, "" without one."""
    part = message.get_body(("plain",))
    found = re.search(r"https?://\S+", part.get_content()) if part is not None else None
    return found[0] if found else ""


def click(link: str) -> Click:
    """Open a link as a browser does, without going where it leads to. Status 0 where nobody answers."""
    place = urlsplit(link)
    connection = http.client.HTTPConnection(place.netloc, timeout=CLICK_SECONDS)
    try:
        connection.request("GET", place.path)
        answer = connection.getresponse()
        page = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return Click(status=0, title="nobody answers", reason=str(error))
    finally:
        connection.close()
    return Click(
        status=answer.status,
        leads_on=answer.headers.get("Location", ""),
        title=_inside("h1", page),
        reason=_inside("li", page),
    )


def _inside(tag: str, page: str) -> str:
    found = re.search(rf"<{tag}\b[^>]*>([^<]*)</{tag}>", page)
    return html.unescape(found[1]) if found else ""
