"""Settings of asking registries how old a domain is."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

BOOTSTRAP = "https://data.iana.org/rdap/dns.json"


class DomainAge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a domain was registered, as its registry says (RDAP, `docs/links.md`). Nobody is asked by default."""

    enabled: Annotated[
        bool, Meta(description="Ask. The registry sees which domains, and that somebody here got mail about them.")
    ] = False
    unseen_only: Annotated[
        bool,
        Meta(
            description="Ask only about domains of links that no accepted mail led to before, and of senders who write "
            "for the first time (`correspondents`); else about all that are on no list of ours."
        ),
    ] = True
    domains: Annotated[int, Meta(description="Domains of one message that are asked about.", ge=1, le=10)] = 3
    seconds: Annotated[float, Meta(description="Longest wait for all of them.", gt=0, le=30)] = 2.0
    per_minute: Annotated[int, Meta(description="Questions to one registry, all processes together.", ge=1)] = 30
    per_day: Annotated[int, Meta(description="Questions to one registry.", ge=1)] = 5_000
    known_days: Annotated[float, Meta(description="Days for which an answer is remembered.", gt=0, le=30)] = 7.0
    unknown_hours: Annotated[
        float, Meta(description="Hours after which a registry that did not know is asked again.", gt=0)
    ] = 12.0
    never: Annotated[tuple[str, ...], Meta(description="Domains (and all below them) that nobody is asked about.")] = ()
    bootstrap: Annotated[
        str, Meta(description="Which registry is whose (RFC 9224), fetched by `mailchord feeds update` once a day.")
    ] = BOOTSTRAP
    private_addresses: Annotated[
        bool, Meta(description="Registries may be in a network of our own, with plain `http:`: for tests.")
    ] = False
