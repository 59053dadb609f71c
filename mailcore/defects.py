"""The damage that reading a message can find: short stable words that stand in `defects` and that rules can see."""

from __future__ import annotations

import enum


class Defect(enum.StrEnum):
    """One word a kind of damage. A value never changes its meaning; rules and statistics refer to it."""

    # Header fields
    EMPTY_MESSAGE = "empty-message"  # not a single byte
    NO_HEADERS = "no-headers"  # the message begins with its body
    TOO_MANY_HEADERS = "too-many-headers"  # fields past `header_count` were not read, but Content-* and who wrote it
    HEADER_TOO_LONG = "header-too-long"  # bytes of a field past `header_bytes` were not read
    HEADER_WITHOUT_COLON = "header-without-colon"  # such a line ended the header; the body begins with it
    BAD_HEADER_NAME = "bad-header-name"  # white space before the colon, or no name at all
    CONTINUATION_FIRST = "continuation-first"  # a folded line before any field; it was left out
    MBOX_LINE = "mbox-line"  # "From " of a mailbox file stood before or between fields; it was left out
    EIGHT_BIT_HEADER = "8-bit-header"  # bytes that are not ASCII and not UTF-8 (RFC 6532)
    BAD_ENCODED_WORD = "bad-encoded-word"  # RFC 2047: unknown charset, broken base64, bytes outside the charset
    DUPLICATE_CONTENT_TYPE = "duplicate-content-type"  # the first one counted; another program may take the last
    BAD_CONTENT_TYPE = "bad-content-type"  # no `type/subtype`: read as text/plain (RFC 2045, 5.2)
    DUPLICATE_PARAMETER = "duplicate-parameter"  # a parameter given twice; the first one counted

    # Lines
    NUL_BYTE = "nul-byte"  # taken out of text
    BARE_CR = "bare-cr"  # a carriage return without line feed
    MIXED_LINE_ENDS = "mixed-line-ends"  # CRLF and bare line feeds in one message

    # MIME structure
    NO_BOUNDARY = "no-boundary"  # multipart without the parameter: read as one part
    EMPTY_BOUNDARY = "empty-boundary"  # the delimiter is a bare "--"
    BOUNDARY_NOT_FOUND = "boundary-not-found"  # the delimiter never stands in the multipart
    NO_CLOSING_BOUNDARY = "no-closing-boundary"  # the multipart ends with the message or with its parent
    PARTS_AFTER_END = "parts-after-end"  # delimiters after the closing one: some programs show what follows
    TOO_DEEP = "too-deep"  # parts below `depth` were not opened
    TOO_MANY_PARTS = "too-many-parts"  # parts past `parts` were not read
    BOUNDARY_FLOOD = "boundary-flood"  # a million lines that look like delimiters: what follows was not split
    ENCODED_CONTAINER = "encoded-container"  # base64 or quoted-printable on a multipart or message: not opened

    # Contents
    UNKNOWN_TRANSFER_ENCODING = "unknown-transfer-encoding"  # body taken as it stands
    BAD_BASE64 = "bad-base64"  # characters outside the alphabet, bad padding, or data after the padding
    BAD_UUENCODE = "bad-uuencode"  # lines that do not decode; they were left out
    UNKNOWN_CHARSET = "unknown-charset"  # read as UTF-8 or windows-1252
    WRONG_CHARSET = "wrong-charset"  # bytes outside the declared charset
    TEXT_CUT = "text-cut"  # text past `text_bytes` was not read
    HTML_CUT = "html-cut"  # HTML past `html_bytes`, comments and the like not counted, was only searched for URLs
    HTML_UNREADABLE = "html-unreadable"  # the HTML parser gave up, or elements below 510 levels lost their place
    TOO_MANY_LINKS = "too-many-links"  # links past `links` were not kept


# Parts of the message were not told apart: whatever lies behind or below was seen as text at most. Of 6,544 real
# messages none has one of these.
HIDE_PARTS = frozenset({Defect.TOO_DEEP, Defect.TOO_MANY_PARTS, Defect.BOUNDARY_FLOOD})

# What was cut off is a part that these pools have not seen; without the right tree, hidden text passes for shown
# text, and what links show is not known.
CUT_SHORT = {
    "content": frozenset(
        {
            Defect.TEXT_CUT,
            Defect.HTML_CUT,
            Defect.HTML_UNREADABLE,
            Defect.TOO_MANY_HEADERS,
            Defect.HEADER_TOO_LONG,
            Defect.TOO_MANY_PARTS,
        }
    ),
    "urls": frozenset(
        {
            Defect.TEXT_CUT,
            Defect.HTML_CUT,
            Defect.HTML_UNREADABLE,
            Defect.TOO_MANY_LINKS,
            Defect.TOO_MANY_PARTS,
        }
    ),
}
