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
    frames: Annotated[
        int, Meta(description="First frames of an animation, or pages of a fax, that are searched for codes.", gt=0)
    ] = 4
    extra_seconds: Annotated[
        float,
        Meta(
            description="Time for second looks at the pictures of a message in which no code was found: with more "
            "contrast, larger, smoother, one colour at a time.",
            ge=0,
        ),
    ] = 0.6
    splits: Annotated[
        int, Meta(description="Ways to put pictures together in which half a code may stand, that are tried.", ge=0)
    ] = 12
    depth: Annotated[int, Meta(description="Files within files in which pictures are looked for.", ge=0)] = 4
    members: Annotated[int, Meta(description="Members of archives and documents that are gone through.", gt=0)] = 2_000
    unpacked_bytes: Annotated[
        int, Meta(description="Bytes that may come out of all archives and documents of a message together.", gt=0)
    ] = 100_663_296
    pdf_pages: Annotated[int, Meta(description="First pages of a PDF that are drawn and read.", ge=0)] = 4
    pdf_pixels: Annotated[int, Meta(description="Pixels of a drawn page.", gt=0)] = 3_200_000
    pdf_seconds: Annotated[float, Meta(description="Longest drawing of the pages of one PDF.", gt=0)] = 3.0
    html_bytes: Annotated[int, Meta(description="Bytes of an HTML page or a drawing (SVG) that are read.", gt=0)] = (
        2_097_152
    )
    drawn_shapes: Annotated[int, Meta(description="Shapes of an SVG, or cells of a page, that are drawn.", gt=0)] = (
        40_000
    )
