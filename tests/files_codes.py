"""Builders of codes in pictures and in what is no picture, plain and made hard to read; all synthetic."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Mapping

import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from tests import files

LURE = "https://login.example/verify?user=alice"
MIME_PNG = "data:image/png;base64,"


def code(text: str = LURE, *, scale: int = 6, kind: str = "QRCode", level: str = "") -> Image.Image:
    """A grey picture of a code with its quiet zone; `level` is the error correction of a QR code ("H")."""
    options = {"ec_level": level} if level else {}
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.__members__[kind], **options)
    return Image.fromarray(zxingcpp.write_barcode_to_image(barcode, scale=scale, add_quiet_zones=True)).convert("L")


def modules(text: str = LURE) -> list[list[bool]]:
    """Rows of a QR code without its quiet zone; True is dark."""
    small = ImageOps.invert(code(text, scale=1))
    box = small.getbbox()
    assert box is not None
    small = small.crop(box)
    pixels = small.tobytes()
    return [[pixels[y * small.width + x] > 127 for x in range(small.width)] for y in range(small.height)]


def with_logo(picture: Image.Image) -> Image.Image:
    side = picture.width // 6
    left = (picture.width - side) // 2
    picture = picture.copy()
    ImageDraw.Draw(picture).rectangle((left, left, left + side, left + side), fill=128)
    return picture


def on_page(picture: Image.Image, size: tuple[int, int] = (1_240, 1_754)) -> Image.Image:
    """A page with some text and the picture in its lower half."""
    page = Image.open(io.BytesIO(files.text_picture("Please scan the code below.", width=size[0])))
    whole = Image.new("L", size, 255)
    whole.paste(page, (0, 100))
    whole.paste(picture, (size[0] // 2, size[1] // 2))
    return whole


def coloured(picture: Image.Image) -> Image.Image:
    """Red on green of the same brightness."""
    red, green = Image.new("RGB", picture.size, (200, 40, 40)), Image.new("RGB", picture.size, (40, 118, 40))
    return Image.composite(green, red, picture)


def noisy(picture: Image.Image) -> Image.Image:
    noise = Image.effect_noise(picture.size, 90).point(lambda shade: shade)
    return Image.blend(picture, noise, 0.45)


# Each makes a PNG of the code.
PICTURES: Mapping[str, Callable[[], Image.Image]] = {
    "plain": code,
    "inverted": lambda: ImageOps.invert(code()),
    "inverted on white": lambda: ImageOps.expand(ImageOps.invert(code()), 60, 255),
    "blurred": lambda: code().filter(ImageFilter.GaussianBlur(2)),
    "rotated a little": lambda: code().rotate(17, expand=True, fillcolor=255),
    "rotated by half a right angle": lambda: code().rotate(45, expand=True, fillcolor=255),
    "upside down": lambda: code().rotate(180),
    "in a mirror": lambda: ImageOps.mirror(code()),
    "stretched": lambda: code().resize((444, 222)),
    "tiny": lambda: code(scale=2),
    "tiny and smoothed": lambda: code().resize((56, 56), Image.Resampling.BILINEAR),
    "low contrast": lambda: code().point([120 + shade // 12 for shade in range(256)]),
    "tiny and low contrast": lambda: code(scale=2).point([120 + shade // 12 for shade in range(256)]),
    "pale": lambda: code().point([235 + shade // 13 for shade in range(256)]),
    "pale on a page with text": lambda: on_page(code().point([225 + shade // 9 for shade in range(256)])),
    "on a page": lambda: on_page(code(scale=3)),
    "with a logo": lambda: with_logo(code(level="H")),
    "noisy": lambda: noisy(code()),
    "two colours of one brightness": lambda: coloured(code()),
    "transparent": lambda: Image.merge("LA", (code(), ImageOps.invert(code()))),
    "as JPEG": lambda: Image.open(io.BytesIO(saved(code(), "JPEG", quality=20))),
}

# Each makes a code of another kind.
KINDS = ("DataMatrix", "Aztec", "PDF417", "MicroQRCode", "Code128")


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def pdf(picture: Image.Image | None = None) -> bytes:
    """A PDF of one page with the picture on it."""
    return saved(picture or on_page(code(scale=4)), "PDF", resolution=150.0)


def pdf_of_paths(text: str = LURE) -> bytes:
    """A PDF whose code is drawn with rectangles."""
    rows = modules(text)
    squares = " ".join(
        f"{200 + 4 * column} {600 - 4 * row} 4 4 re"
        for row, line in enumerate(rows)
        for column, dark in enumerate(line)
        if dark
    )
    return files.pdf(f"Scan) Tj ET {squares} f BT /F1 10 Tf 72 700 Td (me")


def office(picture: bytes, folder: str = "word") -> bytes:
    """An Office document with a picture in its media folder."""
    target = io.BytesIO(files.docx("Please scan the code"))
    with zipfile.ZipFile(target, "a") as document:
        document.writestr(f"{folder}/media/image1.png", picture)
    return target.getvalue()


def invitation(picture: bytes) -> bytes:
    """A calendar file with a picture in it, its lines folded (RFC 5545, 3.1)."""
    line = b"ATTACH;FMTTYPE=image/png;ENCODING=BASE64;VALUE=BINARY:" + base64.b64encode(picture)
    return _calendar(line)


def invitation_page(picture: bytes) -> bytes:
    """One whose description is a page with a picture."""
    page = f'<img src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
    escaped = page.replace(";", "\\;").replace(",", "\\,")
    return _calendar(b"X-ALT-DESC;FMTTYPE=text/html:" + escaped.encode())


def _calendar(line: bytes) -> bytes:
    folded = b"\r\n ".join(line[start : start + 74] for start in range(0, len(line), 74))
    return (
        b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Meeting\r\n%b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        % folded
    )


def inline(picture: bytes) -> str:
    """An HTML page with the picture in itself."""
    return f'<html><body><p>Please scan</p><img src="{MIME_PNG}{base64.b64encode(picture).decode()}"></body></html>'


def table(text: str = LURE, *, cell: str = '<td bgcolor="#000000" width="6" height="6"></td>') -> str:
    """A QR code as an HTML table."""
    light = '<td bgcolor="#ffffff" width="6" height="6"></td>'
    rows = "".join(f"<tr>{''.join(cell if dark else light for dark in row)}</tr>" for row in modules(text))
    return f'<html><body><p>Please scan the code</p><table cellspacing="0">{rows}</table><p>Thank you</p></body></html>'


def merged_table(text: str = LURE) -> str:
    """The same with one cell for neighbours of one colour."""
    rows = []
    for row in modules(text):
        cells, begin = "", 0
        for column in range(1, len(row) + 1):
            if column == len(row) or row[column] != row[begin]:
                colour = "black" if row[begin] else "white"
                cells += f'<td colspan="{column - begin}" style="background-color:{colour};height:5px"></td>'
                begin = column
        rows.append(f"<tr>{cells}</tr>")
    return f"<html><body><table>{''.join(rows)}</table></body></html>"


def boxes(text: str = LURE) -> str:
    """A QR code of boxes in rows, with the colours in a style sheet."""
    rows = "".join(
        f"<div class=r>{''.join('<i class=b></i>' if dark else '<i class=w></i>' for dark in row)}</div>"
        for row in modules(text)
    )
    style = "<style>i{display:inline-block;width:5px;height:5px}.b{background:#111}.w{background:#fff}</style>"
    return f"<html><head>{style}</head><body><div>{rows}</div></body></html>"


def half_blocks(text: str = LURE, *, inverted: bool = False) -> str:
    """A QR code of half blocks, as terminals get it; `inverted` paints what is light, with the quiet zone."""
    rows = [[False] * 4 + row + [False] * 4 for row in modules(text)]
    blank = [False] * len(rows[0])
    rows = [blank] * 4 + rows + [blank] * (4 + len(rows) % 2)
    if inverted:
        rows = [[not dark for dark in row] for row in rows]
    signs = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(signs[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs)


def full_blocks(text: str = LURE, *, dark: str = "██", light: str = "  ") -> str:
    return "\n".join("".join(dark if module else light for module in row) for row in modules(text))


def coloured_blocks(text: str = LURE) -> str:
    """An HTML page whose code is full blocks everywhere, dark or light by their colour alone."""
    rows = "<br>".join(
        "".join(f'<font color="{"#000000" if dark else "#ffffff"}">██</font>' for dark in row) for row in modules(text)
    )
    return f'<html><body><p>Scan</p><div style="font-family:monospace;line-height:1">{rows}</div></body></html>'


def svg_rects(text: str = LURE) -> str:
    body = "".join(
        f'<rect x="{column}" y="{row}" width="1" height="1"/>'
        for row, line in enumerate(modules(text))
        for column, dark in enumerate(line)
        if dark
    )
    side = len(modules(text))
    return (
        f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {side + 8} {side + 8}">'
        f'<rect x="-4" y="-4" width="{side + 8}" height="{side + 8}" fill="#fff"/><g fill="#000">{body}</g></svg>'
    )


def svg_path(text: str = LURE) -> str:
    """As most generators write it: one path, in the units of a viewBox."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return str(zxingcpp.write_barcode_to_svg(barcode, scale=5))


def svg_strokes(text: str = LURE) -> str:
    """Rows of thick lines, which some generators write because it is short."""
    moves = []
    for row, line in enumerate(modules(text)):
        for column, dark in enumerate(line):
            moves.append(f"M{column + 4} {row + 4}.5h1" if dark else "")
    side = len(modules(text)) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side * 4}" height="{side * 4}"><g transform="scale(4)">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path stroke="#000" d="{"".join(moves)}"/></g></svg>'
    )


def svg_uses(text: str = LURE) -> str:
    """One square, used again and again."""
    uses = "".join(
        f'<use xlink:href="#m" x="{3 * column}" y="{3 * row}"/>'
        for row, line in enumerate(modules(text))
        for column, dark in enumerate(line)
        if dark
    )
    side = 3 * len(modules(text)) + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><defs><path id="m" '
        f'd="M0 0h3v3H0z"/></defs><g transform="translate(12,12)">{uses}</g></svg>'
    )


def halves(picture: Image.Image | None = None, *, upright: bool = False) -> tuple[bytes, bytes]:
    """A code cut in two: left and right, or upper and lower."""
    picture = picture or code()
    width, height = picture.size
    middle = (width // 2, height) if not upright else (width, height // 2)
    rest = (width // 2, 0, width, height) if not upright else (0, height // 2, width, height)
    return files.png(picture.crop((0, 0, *middle))), files.png(picture.crop(rest))
