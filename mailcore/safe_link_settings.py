"""Settings of safe links (`docs/safe-links.md`), and of the seals on what was changed."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from mailcore.message import Direction


class SafeLinks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Links of delivered mail lead to our click service, which checks them again (`docs/safe-links.md`)."""

    enabled: Annotated[bool, Meta(description="Write safe links into mail that is delivered.")] = False
    base_url: Annotated[
        str,
        Meta(
            description="Address of the click service, such as `https://links.example.org/s`: `https`, and a path "
            "that is its alone. Links to it are in people's mail for years: choose a name that stays."
        ),
    ] = ""
    key_dir: Annotated[
        str,
        Meta(
            description="Directory of the keys (`*.key`, the last by name signs), made by `mailchord safe-links key "
            "new`; empty: `safe-links` in the state directory."
        ),
    ] = ""
    directions: Annotated[
        tuple[Direction, ...], Meta(description="Mail whose links are written: `inbound`, `internal`, `outbound`.")
    ] = (Direction.INBOUND,)
    days: Annotated[int, Meta(description="Days after which a safe link leads nowhere.", ge=1, le=3_650)] = 365
    never: Annotated[
        tuple[str, ...],
        Meta(description="Domains (and all below them) whose links stay as they are; our own domains are among them."),
    ] = ()
    never_from: Annotated[
        tuple[str, ...],
        Meta(
            description="Domains (and all below them) of senders whose mail is left as it is, where DMARC says that it "
            "is theirs."
        ),
    ] = ()
    unwrap_outbound: Annotated[
        bool,
        Meta(description="In outbound mail, such as replies that quote, put the real links back in place of ours."),
    ] = True
    most_bytes: Annotated[int, Meta(description="Larger messages stay as they are.", gt=0)] = 10_485_760
    most_links: Annotated[
        int, Meta(description="Safe links that are written into one message; the others stay.", gt=0, le=100_000)
    ] = 2_000
    seconds: Annotated[
        float, Meta(description="Least time that must be left before the deadline; else mail stays as it is.", gt=0)
    ] = 2.0


class Arc(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seals (ARC, RFC 8617) on messages that mailchord has changed, so that others believe what it verified."""

    domain: Annotated[str, Meta(description="Domain that seals, such as `example.org`; empty: nothing is sealed.")] = ""
    selector: Annotated[
        str, Meta(description="Where its public key is in the DNS: `SELECTOR._domainkey.DOMAIN`, as for DKIM.")
    ] = ""
    key_file: Annotated[str, Meta(description="RSA key in PEM form, 2048 bits or more, that nobody else can read.")] = (
        ""
    )
