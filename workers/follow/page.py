"""What a page shows that a link led to: its title, where its forms lead, where it leads on by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import turbohtml

from mailcore.following import Page, StepKind
from mailcore.html import refresh_target

TITLE_CHARACTERS = 300
MOST_FORMS = 20
MOST_ICONS = 3
# A script that does nothing but lead on is short; in a long one an address may mean anything.
SCRIPT_CHARACTERS = 4_096
# A page that shows this much does not lead on unseen.
SHOWN_CHARACTERS = 2_000
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
            self._tree: Any = turbohtml.parse(body.decode("utf-8", "replace"), positions=False)
        except (ValueError, LookupError, RuntimeError, SystemError, MemoryError):  # a parser in C, on hostile input
            self._tree = turbohtml.parse("", positions=False)
        base = self._tree.find("base")
        if base is not None and base.attr("href"):
            self._base = self._joined(base.attr("href"))

    def leads_on(self) -> tuple[StepKind, str] | None:
        """Where the page leads on without a click, and by what; None for a page that stays."""
        for meta in self._tree.find_all("meta"):
            if (meta.attr("http-equiv") or "").strip().lower() == "refresh":
                target = refresh_target(meta.attr("content") or "")
                if target:
                    return StepKind.REFRESH, self._joined(target)
        if len(self._tree.to_text()) > SHOWN_CHARACTERS or self._tree.find("form") is not None:
            return None
        for script in self._tree.find_all("script"):
            found = _GOES.search(script.text[:SCRIPT_CHARACTERS])
            if found is not None:
                return StepKind.SCRIPT, self._joined(found[1] or found[2])
        return None

    def facts(self) -> Page:
        """What detectors may ask of the page; `icons` are left out."""
        title = self._tree.find("title")
        forms, with_password = [], []
        for form in self._tree.find_all("form")[:MOST_FORMS]:
            target = self._joined(form.attr("action") or "")
            forms.append(target)
            if any(map(_is_password, form.find_all("input"))):
                with_password.append(target)
        return Page(
            title=" ".join(title.text[: 4 * TITLE_CHARACTERS].split())[:TITLE_CHARACTERS] if title is not None else "",
            password_fields=sum(map(_is_password, self._tree.find_all("input"))),
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
    """The URL that is meant there; "" where there is none. Backslashes are slashes, as browsers take them."""
    front, mark, rest = href.strip().partition("?")
    try:
        return urljoin(base, front.replace("\\", "/") + mark + rest)
    except ValueError:  # brackets that are no IPv6 address
        return ""


def _is_password(field: Any) -> bool:
    return (field.attr("type") or "").strip().lower() == "password"
