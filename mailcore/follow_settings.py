"""Settings of following links: which, how far, and through whom."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Following(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What pool `follow` asks of web servers (`docs/links.md`). The pool is off by default: `pools.follow.enabled`."""

    links: Annotated[
        int,
        Meta(description="Links of one message that are followed, one to each registered domain first.", ge=1, le=20),
    ] = 3
    hops: Annotated[int, Meta(description="Requests from one link to the page that it leads to.", ge=1, le=20)] = 10
    request_seconds: Annotated[float, Meta(description="Longest wait for one answer.", gt=0, le=60)] = 4.0
    page_bytes: Annotated[int, Meta(description="Bytes of one page that are read.", ge=1_024, le=16_777_216)] = (
        1_048_576
    )
    download_bytes: Annotated[
        int, Meta(description="Largest file behind a link that is looked into; 0: none is.", ge=0, le=104_857_600)
    ] = 10_485_760
    never: Annotated[
        tuple[str, ...], Meta(description="Domains (and all below them) to which no link is followed.")
    ] = ()
    private_addresses: Annotated[
        bool,
        Meta(description="Ask servers of internal networks too. For trials: mail could make this host ask any."),
    ] = False
    user_agent: Annotated[
        str, Meta(description="What servers are told about the program that asks. Phishing pages hide from robots.")
    ] = USER_AGENT
    screenshots: Annotated[
        bool,
        Meta(
            description="Draw pages that ask for a password with Chromium, where it is installed: as they were "
            "fetched, without another request."
        ),
    ] = False
    screenshots_as_root: Annotated[
        bool, Meta(description="Draw them as root too: Chromium then runs without its own sandbox.")
    ] = False
    screenshots_kept: Annotated[
        int, Meta(description="Pictures that are kept in `state_dir/screenshots`, the newest.", ge=1, le=100_000)
    ] = 500
    screenshots_bytes: Annotated[
        int, Meta(description="Bytes of all of them together.", ge=8_388_608, le=107_374_182_400)
    ] = 268_435_456
    proxy: Annotated[
        str,
        Meta(
            description="`http://HOST:PORT` of a proxy that all requests go through. https goes to checked addresses "
            "(CONNECT); for http it looks hosts up itself, so it must refuse private addresses itself."
        ),
    ] = ""
