"""Pictures in files that are none: archives, Office documents, PDF pages, mail, HTML pages, drawings."""

from __future__ import annotations

import itertools
import re
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from mailcore.url_values import base64_bytes
from workers.calendar_lines import begins_calendar, content_lines
from workers.ocr.limits import ImageLimits
from workers.ocr.work import EXTENSIONS, HOLDER_EXTENSIONS

if TYPE_CHECKING:
    from PIL.Image import Image

INLINE, MEMBER, PAGE, DRAWN = "inline", "member", "page", "drawn"
NAME_CHARACTERS = 1_000

# Archive types as `workers.archives` calls them, by first bytes.
_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "application/zip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/x-rar"),
    (b"MSCF\x00\x00\x00\x00", "application/vnd.ms-cab-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
)
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# In Word 97 and its like, pictures stand as they are, one block after the other.
_CARVED = re.compile(rb"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR|\xff\xd8\xff[\xe0\xe1\xdb\xee]")
_CARVED_MOST = 16
_RTF_PICTURE = re.compile(rb"\\(?:pngblip|jpegblip)[^{}]{0,400}?((?:[0-9a-fA-F]{2}\s{0,4}){100,})")
_RTF_BLIP = re.compile(rb"\\(?:pngblip|jpegblip)")
_INLINE = re.compile(rb"data:image/([a-z+-]{2,12})[;,]", re.IGNORECASE)
_INLINE_MOST = 64
_INLINE_END = re.compile(rb"[\"'()<>\\]")
_BASE64_NOISE = re.compile(rb"[^A-Za-z0-9+/_-]+")


class Found(Struct, kw_only=True):
    """A picture on the way: its bytes, or the picture itself where it had to be drawn."""

    part: str
    name: str
    reached: str = ""
    data: bytes = b""
    image: Image | None = None
    # Text that can be read without recognition: pages of a PDF with enough of it.
    has_text: bool = False


class Waiting(Struct, frozen=True, kw_only=True):
    """A file that may hold pictures."""

    part: str
    name: str
    data: bytes
    depth: int = 0


class Holders:
    """Goes through the files of one message, outer ones first. `problems` say what was left out."""

    def __init__(self, limits: ImageLimits, *, ends: float) -> None:
        self.problems: dict[str, None] = {}
        self._limits = limits
        self._ends = ends
        self._members = limits.members
        self._unpacked = limits.unpacked_bytes

    def pictures(self, part: str, name: str, data: bytes) -> Iterator[Found]:
        """Every picture in an attachment."""
        queue = deque([Waiting(part=part, name=name[:NAME_CHARACTERS], data=data)])
        while queue:
            file = queue.popleft()
            if time.monotonic() >= self._ends:
                self.problems.setdefault(f"its time ended before the pictures in {file.name}")
                return
            for found in self._of(file):
                if isinstance(found, Found):
                    yield found
                elif found.depth <= self._limits.depth:
                    queue.append(found)
                else:
                    self.problems.setdefault(f"{found.name}: files within files are opened {self._limits.depth} deep")

    def _of(self, file: Waiting) -> Iterator[Found | Waiting]:
        data, name = file.data, file.name.lower()
        kind = next((kind for begin, kind in _ARCHIVES if data.startswith(begin)), "")
        if data[257:262] == b"ustar":
            kind = "application/x-tar"
        elif data[32_769:32_774] == b"CD001":
            kind = "application/x-iso9660-image"
        if kind:
            yield from self._archive(file, kind)
        elif b"%PDF-" in data[:1024]:
            yield from self._pages(file)
        elif data.startswith(_OLE):
            yield from self._carved(file)
        elif data.startswith(b"{\\rt"):
            yield from self._rtf(file)
        elif data.startswith(_PICTURES) or data[8:12] == b"WEBP":
            yield Found(part=file.part, name=file.name, reached=MEMBER if file.depth else "", data=data)
        elif begins_calendar(data):
            yield from self._calendar(file)
        elif name.endswith(".eml"):
            yield from self._mail(file)
        elif name.endswith((".svg", ".svgz")) or _looks_like(data, b"<svg"):
            yield from drawing_of(file, self._limits)
        elif name.endswith((".htm", ".html", ".xhtml", ".shtml")) or _looks_like(data, b"<html"):
            yield from page_pictures(file.part, file.name, data, self._limits)

    def _archive(self, file: Waiting, kind: str) -> Iterator[Waiting]:
        from workers import archives
        from workers.members import Broken

        try:
            for member in archives.members(file.data, kind):
                self._members -= 1
                if self._members < 0 or self._unpacked <= 0 or time.monotonic() >= self._ends:
                    self.problems.setdefault(f"{file.name}: not all of it was searched for pictures")
                    return
                # "scan.png.gz" holds "scan.png".
                name = file.name.rpartition("/")[2].rpartition(".")[0] if member.is_raw else member.name
                wanted = name.lower().endswith((*EXTENSIONS, *HOLDER_EXTENSIONS)) or member.is_raw
                if not member.is_file or member.encrypted or not (wanted or kind != "application/zip"):
                    continue
                # Members behind this one can only be reached through it, but for zip: what is skipped counts too.
                path = f"{file.name}/{name}"[:NAME_CHARACTERS]
                content = self._content(path, member.blocks(), keep=wanted)
                if wanted and len(content) >= self._limits.least_bytes:
                    yield Waiting(part=file.part, name=path, data=content, depth=file.depth + 1)
        except Broken:
            # The attachments pool says what is damaged or encrypted; a picture that nobody can open shows nothing.
            return

    def _content(self, path: str, blocks: Iterator[bytes], *, keep: bool) -> bytes:
        """One member; nothing where it is larger than the limits."""
        most = self._limits.most_bytes
        held = bytearray()
        for block in blocks:
            self._unpacked -= len(block)
            if keep:
                held += block
            if len(held) > most:
                self.problems.setdefault(f"{path}: larger than {most:,} bytes, not read")
                return b""
            if self._unpacked <= 0 or time.monotonic() >= self._ends:
                self.problems.setdefault(f"{path}: not all of it was searched for pictures")
                return b""
        return bytes(held)

    def _pages(self, file: Waiting) -> Iterator[Found]:
        from workers.pdf_pages import LITTLE_TEXT, render_pages

        limits = self._limits
        began = time.monotonic()
        seconds = max(0.0, min(limits.pdf_seconds, self._ends - began))
        for image in render_pages(file.data, pages=limits.pdf_pages, most_pixels=limits.pdf_pixels, seconds=seconds):
            name = f"{file.name}, page {image.info.get('page', '?')}"
            has_text = int(image.info.get("characters", 0)) >= LITTLE_TEXT
            yield Found(part=file.part, name=name, reached=PAGE, image=image, has_text=has_text)
        if time.monotonic() - began >= seconds:
            self.problems.setdefault(f"{file.name}: its pages could not all be drawn in {seconds:.1f} s")

    def _carved(self, file: Waiting) -> Iterator[Found]:
        starts = [match.start() for match in _CARVED.finditer(file.data)][:_CARVED_MOST]
        for number, start in enumerate(starts, 1):
            data = file.data[start : start + self._limits.most_bytes]
            yield Found(part=file.part, name=f"{file.name}, picture {number}", reached=MEMBER, data=data)

    def _rtf(self, file: Waiting) -> Iterator[Found]:
        blips = itertools.islice(_RTF_BLIP.finditer(file.data), _CARVED_MOST)
        for number, blip in enumerate(blips, 1):
            match = _RTF_PICTURE.match(file.data, blip.start())
            data = bytes.fromhex(match[1].decode("ascii")) if match else b""
            # Digits of the control words before it are in front.
            begin = _CARVED.search(data, 0, 64)
            if begin is not None:
                name = f"{file.name}, picture {number}"
                yield Found(part=file.part, name=name, reached=MEMBER, data=data[begin.start() :])

    def _mail(self, file: Waiting) -> Iterator[Waiting]:
        """Attachments and HTML of a message that is a file."""
        from mailcore.parse import parse

        parsed = parse(file.data, message_id="")
        for part in parsed.message.parts[: self._limits.members]:
            if part.is_container or part.id in parsed.message.text_parts:
                continue
            name = part.filename or f"part {part.id}" + (".html" if part.id in parsed.message.html_parts else "")
            path = f"{file.name}/{name}"[:NAME_CHARACTERS]
            yield Waiting(part=file.part, name=path, data=parsed.decoded(part.id), depth=file.depth + 1)

    def _calendar(self, file: Waiting) -> Iterator[Found | Waiting]:
        """What is attached to an invitation in the file itself, and pictures in its text as a page."""
        inside = 0
        for line in content_lines(file.data, lambda words: self.problems.setdefault(f"{file.name}: {words}")):
            if line.is_attached:
                contents = [_base64(line.value.encode("ascii", "replace"))]
            elif line.name == "X-ALT-DESC":
                contents = list(_inline_contents(line.text.encode("utf-8", "replace"), self._limits))
            else:
                continue
            for content in contents:
                inside += 1
                name = f"{file.name}/attachment {inside}"[:NAME_CHARACTERS]
                if inside > _CARVED_MOST:
                    self.problems.setdefault(f"{file.name}: more than {_CARVED_MOST} attachments")
                    return
                yield Waiting(part=file.part, name=name, data=content, depth=file.depth + 1)


def page_pictures(part: str, name: str, data: bytes, limits: ImageLimits) -> Iterator[Found]:
    """Pictures that stand in an HTML page, and codes that are drawn with its cells and characters."""
    import turbohtml  # only for messages with a page that may hold something

    from workers.ocr.cells import Page

    data = data[: limits.html_bytes]
    for number, content in enumerate(_inline_contents(data, limits), 1):
        inner = f"{name}, picture {number}"
        if _looks_like(content, b"<svg"):
            yield from drawing_of(Waiting(part=part, name=inner, data=content), limits, reached=INLINE)
        else:
            yield Found(part=part, name=inner, reached=INLINE, data=content)
    if b"<svg" in data and (end := data.find(b"</svg>")) > 0:
        drawing = data[data.find(b"<svg") : end + 6]
        yield from drawing_of(Waiting(part=part, name=f"{name}, drawing", data=drawing), limits, reached=INLINE)
    try:
        page = Page(turbohtml.parse(data.decode("utf-8", "replace"), positions=False), limits)
        for number, image in enumerate(page.pictures(), 1):
            yield Found(part=part, name=f"{name}, cells {number}", reached=DRAWN, image=image)
    except (ValueError, LookupError, RuntimeError, SystemError, MemoryError):  # a parser in C, on hostile input
        return


def drawing_of(file: Waiting, limits: ImageLimits, *, reached: str | None = None) -> Iterator[Found]:
    """An SVG as a picture."""
    from workers.ocr.svg import draw_svg

    image = draw_svg(file.data, limits, lambda target: _read_inline(target, limits))
    if image is not None:
        how = (MEMBER if file.depth else "") if reached is None else reached
        yield Found(part=file.part, name=file.name, reached=how, image=image)


def _read_inline(target: str, limits: ImageLimits) -> Image | None:
    from workers.ocr.pictures import HugePicture, UnreadablePicture, read_header

    for content in _inline_contents(target.encode("utf-8", "replace"), limits):
        try:
            return next(read_header(content, limits).frames(limits)).convert("L")
        except (HugePicture, UnreadablePicture):
            return None
    return None


def _inline_contents(data: bytes, limits: ImageLimits) -> Iterator[bytes]:
    """What stands in `data:` URLs of pictures (RFC 2397), each once."""
    seen: set[bytes] = set()
    for number, match in enumerate(_INLINE.finditer(data)):
        if number >= _INLINE_MOST:
            return
        comma = data.find(b",", match.start(), match.end() + 100)
        if comma < 0:
            continue
        ending = _INLINE_END.search(data, comma)
        body = data[comma + 1 : ending.start() if ending else len(data)]
        if b"base64" in data[match.start() : comma].lower():
            content = _base64(unquote_to_bytes(body) if b"%" in body else body)
        else:
            content = unquote_to_bytes(body)
        if len(content) >= limits.least_bytes and content not in seen:
            seen.add(content)
            yield content


def _base64(body: bytes) -> bytes:
    """The content, whatever stands between its letters; b"" where there is none."""
    try:
        return base64_bytes(_BASE64_NOISE.sub(b"", body).decode("ascii"))
    except ValueError:
        return b""


def _looks_like(data: bytes, tag: bytes) -> bool:
    return tag in data[:1024].lower()
