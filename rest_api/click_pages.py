"""The pages of the click service: every word of a link in them is escaped, and nothing is loaded from anywhere."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import can_ada
import jinja2
from msgspec import Struct
from starlette.responses import HTMLResponse

from mailcore.click_settings import Clicks
from mailcore.links import make_link, read_url, unicode_host
from mailcore.message import LinkOrigin
from rest_api.languages import Words, choose_language, direction_of, load_words

MOST_URL = 600  # characters of the target that are shown
MOST_WAY = 5  # hosts in front of it
# Sign, tint; the same for dark pages.
COLOURS = {
    "block": ("#c4342b", "#fbeceb", "#3a2324", "#f0716a"),
    "warn": ("#c77700", "#fdf3e2", "#382d1c", "#f0a83c"),
    "unchecked": ("#c77700", "#fdf3e2", "#382d1c", "#f0a83c"),
}
PLAIN = ("#4a6fa5", "#edf1f7", "#232b37", "#8fb1e3")
STATUS = {"block": 403, "warn": 200, "unchecked": 200, "expired": 410, "unknown": 404, "busy": 429, "reported": 200}


class Target(Struct, frozen=True, kw_only=True):
    """Where a link leads, for people: `shown` is the host as they read it, `host` as programs do.

    `way` are the hosts in front of it that are known to lead on.
    """

    url: str
    host: str
    shown: str
    way: tuple[str, ...] = ()


class ClickPages:
    """Makes the pages, in the language that a browser asks for."""

    def __init__(self, options: Clicks) -> None:
        self._options = options
        self._words = load_words()
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        self._page = environment.get_template("link.html")

    def page(
        self,
        kind: str,
        accepted: str,
        *,
        target: str = "",
        reasons: Sequence[str] = (),
        actions: Sequence[tuple[str, str]] = (),
        said: str = "",
        with_form: bool = False,
    ) -> HTMLResponse:
        """A page of that kind. `actions` are (address, key of the word on its button), `said` a key of a word.

        `accepted` is the Accept-Language field.
        """
        language = choose_language(accepted, self._words, self._options.language)
        words: Words = self._words[language]
        nonce = secrets.token_urlsafe(12)
        text = self._page.render(
            kind=kind,
            words=words,
            language=language,
            direction=direction_of(language),
            nonce=nonce,
            colours=COLOURS.get(kind, PLAIN),
            target=target_of(target) if target else None,
            # Words of strangers may hold lone surrogates, which nobody can send.
            reasons=[reason.encode("utf-8", "replace").decode() for reason in reasons],
            actions=[(address, words[word]) for address, word in actions],
            said=words[said] if said else "",
            with_form=with_form,
            organisation=self._options.organisation,
            contact=self._options.contact,
        )
        return HTMLResponse(text, status_code=STATUS[kind], headers=headers_of(nonce, language))


def target_of(url: str) -> Target:
    """The parts of a target that its reader has to see."""
    link = make_link(url, origin=LinkOrigin.HTML)
    # A portal in front is not where it leads: shown alone, its good name would speak for whatever is behind it.
    end = read_url(link.href) if link is not None else None
    read = end[0] if end is not None else can_ada.parse(url)
    # As browsers write it: nothing in it turns the direction of text around, or looks like a blank.
    url, host = read.href, read.hostname
    return Target(
        url=url if len(url) <= MOST_URL else url[:MOST_URL] + "…",
        host=host,
        shown=unicode_host(host),
        way=tuple(unicode_host(hop.host) for hop in link.hops[:MOST_WAY]) if link is not None else (),
    )


def headers_of(nonce: str, language: str) -> Mapping[str, str]:
    """What browsers are told: nothing is loaded, framed, remembered or passed on."""
    return {
        # The button to go on is a form, and some browsers hold the redirects after it against `form-action` too.
        "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self' http: https:; "
        "frame-ancestors 'none'; base-uri 'none'",
        "Content-Language": language,
        **PRIVATE,
    }


PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
