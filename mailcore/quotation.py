"""Own words of a mail apart from the earlier messages that it quotes or forwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailcore.quotation_words import DIVIDER_BEGINNINGS, DIVIDERS, LABELS, WROTE, WROTE_GLUED

_CHARACTERS = 1_048_576  # what is looked at; the rest of a longer text goes where its last line went
_CANDIDATES = 1_000  # lines that are looked at more closely: a mail has a few, a hostile one nothing but those
_LINE = 500  # characters of a line that can be an attribution or a header
_WRAPPED = 3  # lines over which programs wrap "On ... wrote:"
_HEADERS_WITHIN = 8  # lines behind "From:" in which the other headers stand, blank ones not counted
_HEADERS = 2  # of date, recipient and subject that make "From:" the begin of a message

_COLONS = (":", "\uff1a")
_NO_LETTERS = " \t\r\xa0\u200e\u200f\u202a\u202b\u202c"  # Hebrew and Arabic programs write directions
_ATTRIBUTION = re.compile(
    rf"(?<!\w)(?:{'|'.join(WROTE)})(?:\([\w/]{{1,3}}\))?(?!\w)|(?:{'|'.join(WROTE_GLUED)})", re.IGNORECASE
)
_DATED = re.compile(r"\d[\d./:年월日月년-]|<[^<>\s]+@")  # stands beside "wrote" where a program wrote it
_YEAR = re.compile(r"(?:19|20)\d\d")
_TIME = re.compile(r"\d[:.]\d\d")
_ADDRESSED = re.compile(r"<[^<>\s@]+@[^<>\s@]+>\s*[:\uff1a]\Z")  # no verb: Gmail writes so in several languages
_HEADER = re.compile(r"[\s*_\u200e\u200f\u202a-\u202e]*([^\W\d_][^:\uff1a*\n]{0,24}?)[\s*\xa0]*[:\uff1a]")

_KINDS: dict[str, set[str]] = {}
for _kind, _labels in LABELS.items():
    for _label in _labels:
        _KINDS.setdefault(_label, set()).add(_kind)


def split_quotation(text: str) -> tuple[str, str]:
    """(own words, quoted or forwarded earlier messages), each with its lines in order.

    Lines with ">" are quoted wherever they stand. Behind "On ... wrote:", a header block as Outlook writes it, or a
    divider ("-----Original Message-----") all the rest is quoted, but behind "On ... wrote:" only the ">" lines where
    there are some. A mail that is all quotation has no own words: whoever fakes one must be judged by the whole text.
    Linear, and never raises.
    """
    head = text if len(text) <= _CHARACTERS else text[:_CHARACTERS]
    if not any(sign in head for sign in (">", "--", *_COLONS)):
        return text, ""
    lines = head.split("\n")
    own: list[str] = []
    quoted: list[str] = []
    candidates = 0
    is_quoted = False
    for number, line in enumerate(lines):
        is_quoted = _is_marked(line)
        if is_quoted:
            quoted.append(line)
            continue
        if candidates < _CANDIDATES and _is_candidate(line):
            candidates += 1
            attribution = _attribution(lines, number)
            if attribution and _is_answered_inline(lines, number):
                del own[len(own) - attribution + 1 :]
                quoted += lines[number - attribution + 1 : number + 1]
                continue
            if attribution or _divides(line) or _is_header_block(lines, number):
                first = number - max(attribution - 1, 0)
                del own[len(own) - (number - first) :]
                quoted += lines[first:]
                is_quoted = True
                break
        own.append(line)
    rest = text[_CHARACTERS:]
    return "\n".join(own) + ("" if is_quoted else rest), "\n".join(quoted) + (rest if is_quoted else "")


def _is_marked(line: str) -> bool:
    """Whether the line is quoted by ">". Mailboxes write ">From " for a line that begins with "From "."""
    return line.lstrip()[:1] == ">" and not line.startswith(">From ")


def _is_candidate(line: str) -> bool:
    return len(line) <= _LINE and (":" in line or "\uff1a" in line or line[:2] == "--")


def _attribution(lines: list[str], number: int) -> int:
    """How many lines an attribution that ends with this line has, 0 where it is none."""
    joined = lines[number].strip(_NO_LETTERS)
    if not joined.endswith(_COLONS):
        return 0
    for count in range(1, _WRAPPED + 1):
        wrote = _ATTRIBUTION.search(joined) is not None
        if wrote and (_DATED.search(joined) or (count == 1 and _is_answered_inline(lines, number))):
            return count + _begins_before(lines, number - count, joined)
        if _ADDRESSED.search(joined) and _YEAR.search(joined) and _TIME.search(joined):
            return count
        before = lines[number - count].strip(_NO_LETTERS) if number >= count else ""
        if not before or len(before) > _LINE or before.endswith(_COLONS) or before[0] == ">":
            return 0
        joined = f"{before} {joined}"
    return 0


def _begins_before(lines: list[str], before: int, attribution: str) -> bool:
    """Whether the date of an attribution stands in the line before it: wrapped lines break at the address."""
    if before < 0 or _YEAR.search(attribution):
        return False
    line = lines[before]
    return len(line) <= _LINE and not _is_marked(line) and bool(_YEAR.search(line) and _TIME.search(line))


def _is_answered_inline(lines: list[str], number: int) -> bool:
    """Whether the first line with words behind it is marked as quoted."""
    return any(map(_is_marked, _following(lines, number + 1, 1)))


def _following(lines: list[str], number: int, most: int) -> Iterator[str]:
    """The next lines that are not blank, up to `most`; among them may be twice as many blank ones."""
    for line in lines[number : number + 3 * most]:
        if line.strip():
            yield line
            most -= 1
            if not most:
                return


def _divides(line: str) -> bool:
    """Whether the line stands above a message: a known phrase between dashes, or before a colon."""
    if line[:2] != "--" and not line.rstrip(_NO_LETTERS).endswith(_COLONS):
        return False
    phrase = line.strip("-\u2014=_*:\uff1a" + _NO_LETTERS).casefold()
    return phrase in DIVIDERS or (line[:2] == "--" and phrase.startswith(DIVIDER_BEGINNINGS))


def _is_header_block(lines: list[str], number: int) -> bool:
    """Whether a message header as programs write it above a quoted message begins with this line."""
    if "from" not in _kinds(lines[number]):
        return False
    found: set[str] = set()
    for line in _following(lines, number + 1, _HEADERS_WITHIN):
        kinds = _kinds(line) - found - {"from"}
        if kinds:
            found.add(min(kinds))
            if len(found) == _HEADERS:
                return True
    return False


def _kinds(line: str) -> set[str]:
    """Which header fields the label at the begin of the line may stand for."""
    match = _HEADER.match(line[:80])
    return _KINDS.get(match.group(1).strip().casefold(), set()) if match else set()
