"""What a page shows that a link led to: its title, where its forms lead, where it leads on by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urljoin

import turbohtml

from mailcore.following import Page, StepKind
from mailcore.html import refresh_target
from mailcore.url_blanks import ANYWHERE

TITLE_CHARACTERS = 300
MOST_FORMS = 20
MOST_ICONS = 3
# A script that does nothing but lead on is short; in a long one an address may mean anything.
SCRIPT_CHARACTERS = 4_096
# Seconds. A page that leads on later is read meanwhile; one that asks for a password is left for none that waits.
PATIENCE = 10
MOST_REFRESHES = 20
# A page that shows this much does not lead on unseen.
SHOWN_CHARACTERS = 2_000
_CONCEALED = 'input[type="password" i]'
# Buttons that send a form elsewhere than it says itself.
_SENDS = "button[formaction], input[formaction]"
_DELAY = re.compile(r"\s*+(\d{0,9})")
_GOES = re.compile(
    r"\blocation(?:\.href)?\s{0,5}=\s{0,5}[\"']([^\"'\\\s]{1,2048})[\"']"
    r"|\blocation\.(?:replace|assign)\s{0,5}\(\s{0,5}[\"']([^\"'\\\s]{1,2048})[\"']\s{0,5}\)"
)


class Document:
    """One page of HTML at its URL. Reading it never raises: what the parser refuses is an empty page."""

    def __init__(self, url: str, body: bytes) -> None:
        self._base = url
        self._size = len(body)
        try:
            # With scripts, as browsers have them: what stands in <noscript> leads nobody on.
            self._tree: Any = turbohtml.parse(body, positions=False, scripting=True)
        except (ValueError, LookupError, RuntimeError, SystemError, MemoryError):  # a parser in C, on hostile input
            self._tree = turbohtml.parse("", positions=False)
        base = next((found for each in self._tree.find_all("base") if (found := each.attr("href"))), "")
        if (joined_base := self._joined(base)).startswith(("http://", "https://")):  # browsers leave others out
            self._base = joined_base

    def leads_on(self) -> tuple[StepKind, str] | None:
        """Where the page leads on without a click, and by what; None for a page that stays."""
        for target in self._refreshes():
            return StepKind.REFRESH, self._joined(target)
        if len(self._tree.to_text()) > SHOWN_CHARACTERS or self._tree.find("form") is not None:
            return None
        for script in self._tree.find_all("script"):
            found = _GOES.search(script.text[:SCRIPT_CHARACTERS])
            if found is not None:
                return StepKind.SCRIPT, self._joined(found[1] or found[2])
        return None

    def _refreshes(self) -> Iterator[str]:
        """Where refreshes lead before anybody could do anything on the page."""
        patience = 0 if self._tree.select_one(_CONCEALED) is not None else PATIENCE
        metas = (
            meta for meta in self._tree.find_all("meta") if (meta.attr("http-equiv") or "").strip().lower() == "refresh"
        )
        for meta in islice(metas, MOST_REFRESHES):
            content = meta.attr("content") or ""
            delay = _DELAY.match(content)
            target = refresh_target(content)
            if target and delay is not None and int(delay[1] or 0) <= patience and meta.closest("template") is None:
                yield target

    def facts(self) -> Page:
        """What detectors may ask of the page; `icons` are left out."""
        title = self._tree.find("title")
        forms, with_password = [], []
        for form in self._tree.find_all("form")[:MOST_FORMS]:
            target = self._joined(form.attr("action") or "")
            forms.append(target)
            if form.select_one(_CONCEALED) is not None:
                with_password.append(target)
                with_password += map(
                    self._joined, (each.attr("formaction") for each in form.select(_SENDS)[:MOST_FORMS])
                )
        return Page(
            title=" ".join(title.text[: 4 * TITLE_CHARACTERS].split())[:TITLE_CHARACTERS] if title is not None else "",
            password_fields=len(self._tree.select(_CONCEALED)),
            forms=tuple(forms),
            password_forms=tuple(with_password),
            size=self._size,
        )

    def icons(self) -> Iterator[str]:
        """URLs of the pictures for the tab of a browser, at most `MOST_ICONS`; the usual place where none is named."""
        named = [
            self._joined(link.attr("href"))
            for link in self._tree.find_all("link")
            if "icon" in (link.attr("rel") or "").lower().split() and link.attr("href")
        ]
        yield from (named or [self._joined("/favicon.ico")])[:MOST_ICONS]

    def _joined(self, href: str) -> str:
        return joined(self._base, href)


def joined(base: str, href: str) -> str:
    """The URL that is meant there; "" where there is none. Slashes are read as browsers do it (WHATWG)."""
    front, mark, rest = href.strip().translate(ANYWHERE).partition("?")
    front = front.replace("\\", "/")
    if front.startswith("//"):  # a host follows, behind however many of them
        front = "//" + front.lstrip("/")
    try:
        return urljoin(base, front + mark + rest)
    except ValueError:  # brackets that are no IPv6 address
        return ""
