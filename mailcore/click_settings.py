"""Settings of the click service: where it listens, when it warns, and what it writes down."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct


class Recorded(enum.StrEnum):
    """What is written down of a click."""

    COUNTS = "counts"  # how many, and what became of them
    LINKS = "links"  # besides: an event with the message and the host that was opened
    PEOPLE = "people"  # besides: the address and the program of who clicked


class Clicks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The click service of safe links (`docs/safe-links.md`)."""

    listen: Annotated[
        str,
        Meta(
            description="Where `serve` has it listen: `HOST:PORT`, behind a web server that speaks https. Empty: "
            "`serve` starts none; `mailchord click-service` starts one elsewhere."
        ),
    ] = "127.0.0.1:8895"
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Addresses of web servers before it whose X-Forwarded-For is believed (for rate limits)."),
    ] = ("127.0.0.1", "::1")
    seconds: Annotated[
        float, Meta(description="Longest time that a link is checked before its reader gets an answer.", gt=0, le=30)
    ] = 3.0
    warn_score: Annotated[
        float, Meta(description="Score of a link from which a page warns; its reader may go on.", ge=0)
    ] = 3.0
    block_score: Annotated[float, Meta(description="Score from which nobody is let through.", ge=0)] = 6.0
    unchecked: Annotated[
        bool, Meta(description="Let readers go on (with a warning) where a link cannot be checked in time.")
    ] = True
    record: Annotated[
        Recorded,
        Meta(
            description="What is written down: `counts`; `links`: events with message and host; `people`: with the "
            "address of who clicked. Ask those who look after privacy first."
        ),
    ] = Recorded.COUNTS
    organisation: Annotated[str, Meta(description="Name that stands on the pages.")] = ""
    contact: Annotated[str, Meta(description="Whom readers should ask: an address or a telephone number.")] = ""
    language: Annotated[str, Meta(description="Language of the pages where a browser asks for none that there is.")] = (
        "en"
    )
    clicks_per_minute: Annotated[
        int, Meta(description="Requests from one address (IPv6: one /64) in a minute.", ge=1)
    ] = 120
