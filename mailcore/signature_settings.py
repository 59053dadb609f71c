"""Settings of what verifying signatures of DKIM and ARC may cost, and of what is good enough."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class SignatureSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds on signatures of DKIM and ARC."""

    verified: Annotated[
        int,
        Meta(
            description="DKIM signatures of one message that are verified, the topmost first; the others are named and "
            "never pass. Each may cost a question and the time of one key.",
            ge=1,
            le=100,
        ),
    ] = 10
    smallest_rsa_key: Annotated[
        int,
        Meta(
            description="Bits of an RSA key; signatures by smaller ones are a permerror. RFC 8301 allows no less "
            "than 1024.",
            ge=1_024,
            le=16_384,
        ),
    ] = 1_024
    largest_rsa_key: Annotated[
        int,
        Meta(
            description="Bits of an RSA key; larger ones are not looked at (`policy`, no pass): their time grows with "
            "the square. RFC 8301 demands that 4096 can be verified.",
            ge=4_096,
            le=16_384,
        ),
    ] = 4_096
    clock_skew_seconds: Annotated[
        int, Meta(description="How far a signer's clock may be ahead of ours.", ge=0, le=86_400)
    ] = 3_600
