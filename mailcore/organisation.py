"""The organisation that runs mailchord: its domains, its partners, and the people whose names are worth stealing."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct


class ProtectedPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody in whose name fraudsters write: the director, the treasurer, the personnel office."""

    name: Annotated[str, Meta(description="Name as it stands in From, such as `Jane Doe`.")]
    addresses: Annotated[
        tuple[str, ...], Meta(description="Every address the person writes from, private ones too.")
    ] = ()
    title: Annotated[str, Meta(description="Office, such as `CEO`; shown in the finding.")] = ""


class Organisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom mailchord protects."""

    domains: Annotated[
        tuple[str, ...], Meta(description="Our own domains; those of `networks.local_domains` count as well.")
    ] = ()
    partners: Annotated[
        tuple[str, ...], Meta(description="Domains of suppliers, banks and customers that are worth imitating.")
    ] = ()
    people: Annotated[tuple[ProtectedPerson, ...], Meta(description="People in whose name fraudsters write.")] = ()


class Acquaintance(enum.StrEnum):
    """Whether the recipients know the sender's address: `unknown` where there is no history to ask."""

    UNKNOWN = "unknown"
    FIRST_CONTACT = "first contact"
    KNOWN = "known"
