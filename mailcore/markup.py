"""Takes out of long HTML what no one sees, so that padding cannot push the words of a mail behind the limit."""

from __future__ import annotations

import re

from msgspec import Struct

VALUE_CHARACTERS = 8_192  # kept of an attribute; pictures written into a mail have hundreds of thousands
STYLE_CHARACTERS = 262_144  # kept of all style sheets together; what hides text seldom stands behind
_PIECE = 16  # what a piece counts for at least: a million empty comments cost time, too

# The tokenizer of WHATWG HTML in short: where it and this disagree, what one drops the other shows.
_COMMENT_END = re.compile(r"--!?>")
_EMPTY_COMMENT = re.compile(r"<!--(?:-?>)")
_TAG = re.compile(
    r"""</?([a-z][^\s/>]*+)(?:[\s/]++|(?:=[^\s/>=]*+|[^\s/>=]++)(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+)*+>""",
    re.IGNORECASE,
)
_VALUE = re.compile(r"""=(\s*+)(?:"([^"]*+)"|'([^']*+)'|([^\s"'>][^\s>]*+))""")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
}
_ALL_TEXT = "plaintext"  # everything behind it is shown as it stands
_DROPPED = frozenset({"script", "iframe", "noembed", "noframes"})  # nobody sees what stands in them


class ShownMarkup(Struct, frozen=True, kw_only=True):
    """`html` is what may be seen, `conditional` the comments that Outlook reads, `rest` what was not reached.

    `size` is what the work counts for, in characters.
    """

    html: str
    conditional: str
    rest: str
    size: int


def shown_markup(html: str, most: int) -> ShownMarkup:
    """At most that many characters of HTML without comments, scripts, long style sheets and long attributes.

    Time is linear in the HTML; never raises.
    """
    kept: list[str] = []
    conditional: list[str] = []
    size = at = 0
    styles = STYLE_CHARACTERS
    aside = most  # of conditional comments
    foreign = False  # within SVG and MathML, styles and scripts may hold elements that are shown
    while at < len(html) and size < most:
        start = html.find("<", at)
        start = len(html) if start < 0 else start
        text_end = min(start, at + most - size)
        kept.append(html[at:text_end])
        size += text_end - at
        at = text_end
        if at < start or at == len(html):
            continue
        if html.startswith("<!--", at):
            end = _comment_end(html, at)
            if html.startswith("<!--[if", at) and aside > 0:
                conditional.append(html[at : min(end, at + aside)])
                aside -= end - at
            piece = ""
        else:
            piece, end, name = _tag(html, at)
            foreign = foreign or name in ("svg", "math")
            if name == _ALL_TEXT:
                kept.append(html[at : at + most - size])
                size, at = size + len(kept[-1]), at + len(kept[-1])
                break
            if name in _RAW and not foreign:
                close = _RAW[name].search(html, end)
                body = _body(html, name, end, close.start() if close else len(html), styles)
                styles -= len(body) if name == "style" else 0
                piece, end = piece + body, close.start() if close else len(html)
        if size + len(piece) > most:
            break
        kept.append(piece)
        size += max(len(piece), _PIECE)
        at = end
    return ShownMarkup(html="".join(kept), conditional="".join(conditional), rest=html[at:], size=size)


def _comment_end(html: str, at: int) -> int:
    empty = _EMPTY_COMMENT.match(html, at)
    closing = empty or _COMMENT_END.search(html, at + 4)
    return closing.end() if closing else len(html)


def _tag(html: str, at: int) -> tuple[str, int, str]:
    """What is kept of the tag there, where it ends, and its name where it opens an element."""
    tag = _TAG.match(html, at)
    if tag is None:
        return *_other(html, at), ""
    text = tag[0] if tag.end() - at <= VALUE_CHARACTERS else _VALUE.sub(_shortened, tag[0])
    return text, tag.end(), "" if text[1] == "/" else tag[1].lower()


def _other(html: str, at: int) -> tuple[str, int]:
    """A "<" that begins no tag; or one that never ends, with which the text ends; or "<!", "<?", "</" up to a ">"."""
    following = html[at + 1 : at + 3]
    if following[:1] in ("!", "?") or (following[:1] == "/" and not _is_letter(following[1:])):
        end = html.find(">", at) + 1 or len(html)
        return (html[at:end] if end - at <= VALUE_CHARACTERS else ""), end
    return ("", len(html)) if _is_letter(following.lstrip("/")[:1]) else ("<", at + 1)


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _body(html: str, name: str, start: int, end: int, styles: int) -> str:
    if name in _DROPPED:
        return ""
    return html[start : min(end, start + max(styles, 0))] if name == "style" else html[start:end]


def _shortened(match: re.Match[str]) -> str:
    value = match[2] if match[2] is not None else match[3] if match[3] is not None else match[4]
    if len(value) <= VALUE_CHARACTERS:
        return match[0]
    quote = "'" if match[3] is not None else '"' if match[2] is not None else ""
    return f"={match[1]}{quote}{value[:VALUE_CHARACTERS]}{quote}"
