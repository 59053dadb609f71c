"""Bounds of reading pictures. Hitting one leaves a word in the report: the scan is then partial."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class ImageLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pictures are read, and how large they may become in memory."""

    least_bytes: Annotated[
        int, Meta(description="Smaller files are tracking pixels and spacers; a QR code has 300 at least.", ge=0)
    ] = 200
    most_bytes: Annotated[int, Meta(description="Larger files are not read.", gt=0)] = 20_971_520
    least_side: Annotated[
        int, Meta(description="Pictures with a shorter side are icons and rules, in pixels.", ge=0)
    ] = 48
    pixels: Annotated[
        int,
        Meta(
            description="Pictures that claim more are never decoded: 12 bytes of a header can say 60,000 x 60,000.",
            gt=0,
        ),
    ] = 40_000_000
    working_side: Annotated[
        int, Meta(description="Longer side to which pictures are reduced before they are read.", gt=0)
    ] = 2_400
    pictures: Annotated[int, Meta(description="Pictures that are searched for codes, the largest first.", gt=0)] = 16
    text_pictures: Annotated[
        int, Meta(description="Pictures whose text is recognised (0.2 to 2 s each), the largest first.", ge=0)
    ] = 4
    text_least_pixels: Annotated[
        int, Meta(description="Smaller pictures hold a logo or a button, no text worth the time.", ge=0)
    ] = 20_000
    text_seconds: Annotated[float, Meta(description="Longest recognition of one picture.", gt=0)] = 6.0
    text_characters: Annotated[int, Meta(description="Recognised characters that are kept, of one picture.", gt=0)] = (
        32_768
    )
    codes: Annotated[int, Meta(description="Codes that are kept, of one picture.", gt=0)] = 20
    code_characters: Annotated[int, Meta(description="Characters of a code that are kept.", gt=0)] = 4_096
