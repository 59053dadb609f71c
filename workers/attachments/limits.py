"""Bounds of opening attachments. Every one that is hit leaves a word in the report: the scan is then partial."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class FileLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One budget for all attachments of a message together, and bounds for each single file.

    No attachment of a message within `front.body_limit_bytes` reaches the bounds of a single file, so that large
    good mail is not deferred as half scanned.
    """

    files: Annotated[int, Meta(description="Files in all: attachments and members of archives.", gt=0)] = 1_000
    depth: Annotated[int, Meta(description="Archives within archives that are opened.", ge=0)] = 6
    file_bytes: Annotated[int, Meta(description="Bytes of one file that are held in memory and looked at.", gt=0)] = (
        52_428_800
    )
    unpacked_bytes: Annotated[
        int, Meta(description="Bytes that may come out of all archives of a message together.", gt=0)
    ] = 268_435_456
    waiting_bytes: Annotated[
        int, Meta(description="Bytes of inner archives that wait in memory for their turn.", gt=0)
    ] = 67_108_864
    ratio: Annotated[
        int,
        Meta(
            description="Unpacked to packed size of an attachment from which it is unpacked no further. Logs and "
            "tables reach 30, in rare cases 100; deflate ends at 1,032.",
            gt=0,
        ),
    ] = 250
    ratio_free_bytes: Annotated[
        int, Meta(description="Unpacked bytes below which the ratio does not matter.", ge=0)
    ] = 8_388_608
    type_bytes: Annotated[int, Meta(description="First bytes of a file that tell its type.", gt=0)] = 262_144
    yara_seconds: Annotated[int, Meta(description="Longest run of the YARA rules on one file.", gt=0)] = 3
    document_bytes: Annotated[int, Meta(description="Largest Office file that is searched for macros.", gt=0)] = (
        52_428_800
    )
    macro_characters: Annotated[int, Meta(description="Characters of macro code that are read.", gt=0)] = 524_288
    pdf_pages: Annotated[int, Meta(description="First pages of a PDF whose text is read; 0 reads none.", ge=0)] = 3
    pdf_bytes: Annotated[int, Meta(description="Largest PDF whose text is read.", ge=0)] = 52_428_800
    pdfminer_bytes: Annotated[
        int, Meta(description="Largest PDF that pdfminer reads where pdfium refuses it: it is slow.", ge=0)
    ] = 4_194_304
    pdf_attachments: Annotated[int, Meta(description="Files embedded in a PDF that are looked at.", ge=0)] = 10
    html_bytes: Annotated[int, Meta(description="Bytes of an HTML file that are parsed.", ge=0)] = 1_048_576
    text_characters: Annotated[
        int, Meta(description="Characters of document text that are judged, of one file.", ge=0)
    ] = 65_536
    tlsh_bytes: Annotated[
        int, Meta(description="Bytes of all files together of which a TLSH is made; 0: none is made.", ge=0)
    ] = 16_777_216
    documents: Annotated[
        int, Meta(description="Documents whose text is judged; macros are looked for in all of them.", ge=0)
    ] = 20
