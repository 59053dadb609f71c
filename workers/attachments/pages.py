"""Web pages and SVG pictures as files: what their scripts build, hide and lead to. Nothing is executed.

A page that carries a file as text and hands it over as a download ("HTML smuggling") passes every look at attachments:
what it carries becomes a file of its own here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import deobfuscate, names, script_signs, scripts
from workers.attachments.budget import Budget
from workers.attachments.documents import is_html_file
from workers.attachments.long_words import CARRYING_CHARACTERS, shortened, within
from workers.attachments.members import Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs

BUILDS_FILE = "page.builds_file"
NAMES_DOWNLOAD = "page.names_download"
CLICKS = "page.clicks"
WRITES_DECODED = "page.writes_decoded"
REDIRECTS = "page.redirects"
DATA_LINK = "page.data_link"
CARRIES = "page.carries"
SVG_SCRIPT = "svg.script"
SVG_PAGE = "svg.page"

WORDS = {
    BUILDS_FILE: "builds a file in the browser",
    NAMES_DOWNLOAD: "names a download",
    CLICKS: "clicks by itself",
    WRITES_DECODED: "writes itself out of decoded text",
    REDIRECTS: "leads on",
    DATA_LINK: "holds a file or page in an address",
    CARRIES: "carries data that nobody sees",
    SVG_SCRIPT: "runs a script",
    SVG_PAGE: "holds parts of a web page",
    **script_signs.WORDS,
}

SVG = "image/svg+xml"
_PAGE_CHARACTERS = 1_048_576
_SCRIPT_CHARACTERS = 524_288
# From this size on, text that is one long word is data; shorter ones are pictures of buttons.
_CARRIED_CHARACTERS = 8_192

_BEGIN_SCRIPT = re.compile(r"<(?:\w{1,20}:)?script\b[^<>]{0,2000}+>", re.IGNORECASE)
_END_SCRIPT = re.compile(r"</(?:\w{1,20}:)?script", re.IGNORECASE)
_HANDLER = re.compile(
    r"\bon(?:load|error|click|mouseover|begin|end)\s{0,8}+=\s{0,8}+[\"']([^\"']{1,4000}+)", re.IGNORECASE
)

# Values of attributes; each ends at the next quotation mark of its kind, so that none is read twice.
_VALUE = re.compile(r"""=[ \t\r\n]{0,4}+(?:"[^"]{0,262144}+"|'[^']{0,262144}+')""")
_FRAME = re.compile(
    r"""[sS](?<!\w[sS])rcdoc\s{0,4}+=\s{0,4}+("[^"]{20,1048576}+"|'[^']{20,1048576}+')""", re.IGNORECASE
)
_FRAMES = 5

_SIGNS: dict[str, re.Pattern[str]] = {
    BUILDS_FILE: re.compile(
        r"\bcreateObjectURL\b|\bmsSave(?:OrOpen)?Blob\b|\bnew[ \t]{1,4}+(?:Blob|File)[ \t]{0,4}+\("
        r"|\bsaveAs[ \t]{0,4}+\("
    ),
    NAMES_DOWNLOAD: re.compile(
        r"\.download[ \t]{0,4}+=(?!=)|setAttribute\([ \t]{0,4}+[\"']download[\"']"
        r"|<a\b[^<>]{0,1000}?\sdownload(?=[\s=>])",
        re.IGNORECASE,
    ),
    CLICKS: re.compile(r"\.click[ \t]{0,4}+\([ \t]{0,4}+\)|\bdispatchEvent\b[^;\r\n]{0,80}?click", re.IGNORECASE),
    WRITES_DECODED: re.compile(
        r"\bdocument\.write(?:ln)?[ \t]{0,4}+\([ \t]{0,4}+(?:unescape|atob|decodeURI(?:Component)?|String\.fromCharCode"
        r"|window\.atob)[ \t]{0,4}+\("
        r"|\.(?:inner|outer)HTML[ \t]{0,4}+\+?=[ \t]{0,4}+(?:unescape|atob|decodeURI(?:Component)?)[ \t]{0,4}+\("
        r"|\beval[ \t]{0,4}+\([ \t]{0,4}+(?:unescape|atob|decodeURI(?:Component)?|String\.fromCharCode)[ \t]{0,4}+\(",
        re.IGNORECASE,
    ),
    REDIRECTS: re.compile(
        r"<meta\b[^<>]{0,200}?http-equiv\s{0,4}+=\s{0,4}+[\"']?refresh[^<>]{0,200}?url\s{0,4}+=\s{0,4}+[\"']?"
        r"(?:https?:)?//[^\"'>\s]{3,500}+"
        r"|\blocation(?:\.href)?[ \t]{0,4}+=[ \t]{0,4}+[\"'`](?:https?:)?//[^\"'`\s]{3,500}+"
        r"|\blocation\.(?:replace|assign)[ \t]{0,4}+\([ \t]{0,4}+[\"'`](?:https?:)?//[^\"'`\s]{3,500}+"
        r"|\blocation(?:\.href)?[ \t]{0,4}+=[ \t]{0,4}+(?:window\.)?(?:atob|unescape|decodeURI)"
        r"|\blocation\.(?:replace|assign)[ \t]{0,4}+\([ \t]{0,4}+(?:atob|unescape)[ \t]{0,4}+\(",
        re.IGNORECASE,
    ),
    DATA_LINK: re.compile(
        r"(?:href|src|action|data|location(?:\.href)?)\s{0,4}+=\s{0,4}+[\"']?\s{0,4}+data:"
        r"(?:text/html|application/(?!pdf|json|font|x-font|javascript)[a-z0-9.+-]{1,80})",
        re.IGNORECASE,
    ),
}
_SVG_SIGNS: dict[str, re.Pattern[str]] = {
    SVG_SCRIPT: re.compile(r"<(?:\w{1,20}:)?script\b|\bhref\s{0,4}+=\s{0,4}+[\"']\s{0,4}+javascript:", re.IGNORECASE),
    SVG_PAGE: re.compile(r"<(?:\w{1,20}:)?(?:iframe|embed|object|form|input)\b", re.IGNORECASE),
}
# As in `script_signs`: without one of these words, none of the patterns matches.
_NEEDED: dict[str, tuple[str, ...]] = {
    BUILDS_FILE: ("objecturl", "mssave", "blob", "file", "saveas"),
    NAMES_DOWNLOAD: ("download",),
    CLICKS: ("click",),
    WRITES_DECODED: ("document.write", "innerhtml", "outerhtml", "eval"),
    REDIRECTS: ("http-equiv", "location"),
    DATA_LINK: ("data:",),
    SVG_SCRIPT: ("script",),
    SVG_PAGE: ("iframe", "embed", "object", "form", "input"),
}
_HANDLERS = re.compile(r"<svg\b[^<>]{0,2000}?\son(?:load|error|click|mouseover)\s{0,4}+=", re.IGNORECASE)


def is_page(facts: FileFacts, data: bytes) -> bool:
    """A file that a browser shows as a page."""
    return is_html_file(facts.true_type, names.extension(facts.filename), data)


def is_svg(facts: FileFacts) -> bool:
    return facts.true_type == SVG or names.extension(facts.filename) == "svg"


def read(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Signs of a page, and the links that its scripts hide."""
    text = _text(data)
    bare, longest = shortened(text)
    if len(bare) > _PAGE_CHARACTERS:
        budget.problem(f"{facts.path}: only the first {_PAGE_CHARACTERS:,} characters of the page were searched")
        bare = bare[:_PAGE_CHARACTERS]
    signs = Signs()
    script_signs.search(_SIGNS, bare, signs, needed=_NEEDED)
    if is_svg(facts):
        script_signs.search(_SVG_SIGNS, bare, signs, needed=_NEEDED)
        script_signs.search({SVG_SCRIPT: _HANDLERS}, bare, signs, needed={SVG_SCRIPT: ("<svg",)})
    if longest >= _CARRIED_CHARACTERS:
        signs.add(CARRIES, f"{longest:,} characters in one word, of {len(text):,}")
    links: tuple[str, ...] = ()
    code = _code(bare)
    if code:
        links = scripts.look(code, signs, budget)
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)), links)


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """What a page carries as text, as files: pictures, fonts and the like are left out."""
    for number, page in enumerate(islice(_framed(_raw_text(data)), _FRAMES), 1):
        yield whole(f"frame-{number}.htm", page.encode("utf-8", "replace"))
    yield from scripts.carried(deobfuscate.joined(_text(data)), facts, opening)


def _framed(text: str) -> Iterator[str]:
    """Pages that stand in an attribute of a frame (`srcdoc`), and are shown like any other."""
    if "srcdoc" not in text.lower():
        return iter(())
    return (html.unescape(match[1][1:-1]) for match in _FRAME.finditer(text))


def _text(data: bytes) -> str:
    """The page; in attributes, numbers of characters ("&#106;avascript:") are those characters."""
    text = _raw_text(data)
    return _VALUE.sub(lambda value: html.unescape(value[0]), text) if "&#" in text else text


def _raw_text(data: bytes) -> str:
    """The page, without what nobody searches: `read` has said then that it is longer."""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return within(data.decode("utf-16" if is_wide else "utf-8", "replace"), CARRYING_CHARACTERS)


def _code(page: str) -> str:
    """The scripts of a page, and what it does on events."""
    pieces, position = _HANDLER.findall(page), 0
    while begin := _BEGIN_SCRIPT.search(page, position):
        end = _END_SCRIPT.search(page, begin.end())
        position = end.start() if end else len(page)
        pieces.append(page[begin.end() : position])
    return "\n".join(pieces)[:_SCRIPT_CHARACTERS]
