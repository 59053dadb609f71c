"""`mailchord logos`: lines for lists of pictures: logos and icons of brands, and pictures that nobody wants."""

from __future__ import annotations

import argparse
import hashlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mailchord.start import start
from mailchord.terminal_text import printable
from mailcore import page_icons
from mailcore.brands import BrandIndex, name_key
from mailcore.errors import ConfigurationError
from mailio.brand_files import load_brands
from workers.ocr import fingerprints
from workers.ocr.icons import is_icon_file, read_icon
from workers.ocr.limits import ImageLimits
from workers.ocr.logos import entry_of, fingerprint, read_entry
from workers.ocr.pictures import HugePicture, UnreadablePicture, read_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

NOT_ALL = 1
LOGOS, ICONS, UNWANTED = "logos.txt", "icons.txt", "unwanted-pictures.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="print a line for each picture of a logo")
    add.add_argument("brand", metavar="BRAND", help="name of the brand, as in configs/brands")
    add.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="PNG, JPEG, GIF ... of the logo alone")
    add.add_argument("--append", action="store_true", help=f"write the lines to the end of configs/lists/{LOGOS}")
    icon = actions.add_parser("icon", help="print a line for each icon of a brand's own pages")
    icon.add_argument("brand", metavar="BRAND", help="name of the brand, as in configs/brands")
    icon.add_argument("pictures", nargs="+", type=Path, metavar="FILE", help="the icon as served, or its SHA-256")
    icon.add_argument("--append", action="store_true", help=f"write the lines to the end of configs/lists/{ICONS}")
    unwanted = actions.add_parser("unwanted", help="print a line for each picture of a campaign")
    unwanted.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="PNG, JPEG, GIF ... as it was sent")
    unwanted.add_argument(
        "--append", action="store_true", help=f"write the lines to the end of configs/lists/{UNWANTED}"
    )


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 where one of the pictures has no line. Raises ConfigurationError for brands that are not known."""
    configs = start(arguments, component="logos").configs
    line: Callable[[Path], str]
    if arguments.action == "unwanted":
        line, file = unwanted_line_of, UNWANTED
    else:
        one_line, file = (icon_line_of, ICONS) if arguments.action == "icon" else (line_of, LOGOS)
        line = partial(one_line, brand=key_of(arguments.brand, load_brands(configs / "brands")))
    lines, status = [], 0
    for path in arguments.pictures:
        try:
            lines.append(line(path))
        except ConfigurationError as error:
            print(f"mailchord: {printable(str(error))}", file=sys.stderr)
            status = NOT_ALL
    for text in lines:
        print(text)
    if arguments.append and lines:
        append(configs / "lists" / file, lines)
    return status


def key_of(name: str, brands: BrandIndex) -> str:
    """How the brand is called in the list. Raises ConfigurationError where there is none of that name."""
    brand = brands.named(name_key(name))
    if brand is None:
        raise ConfigurationError(f"there is no brand {printable(name)!r} in configs/brands")
    return name_key(brand.name)


def line_of(path: Path, brand: str) -> str:
    """The line for one picture, its name behind it. Raises ConfigurationError where it is no picture of a logo."""
    found = fingerprint(grey_of(path))
    if not found:
        raise ConfigurationError(f"{path}: there is too little to see for a logo")
    return f"{entry_of(found, brand)}  # {printable(path.name)}"


def unwanted_line_of(path: Path) -> str:
    """The same for a picture that nobody wants to see again."""
    found = fingerprints.fingerprint(grey_of(path))
    if not found:
        raise ConfigurationError(f"{path}: there is too little to see: others would look the same")
    return f"{found}  # {printable(path.name)}"


def grey_of(path: Path) -> Image:
    """The picture in shades of grey. Raises ConfigurationError where it is none that would be read in mail."""
    limits = ImageLimits()
    try:
        if path.stat().st_size > limits.most_bytes:
            raise ConfigurationError(f"{path}: larger than {limits.most_bytes:,} bytes")
        # The bounds of pictures in mail: the header is read first, and only a few formats are decoded.
        data = path.read_bytes()
        picture = read_icon(data) if is_icon_file(data) else next(read_header(data, limits).frames(limits))
        return picture.convert("L")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnreadablePicture, HugePicture) as error:
        raise ConfigurationError(f"{path}: {error}") from None


def icon_line_of(path: Path, brand: str) -> str:
    """The line for one icon, its name behind it; or for a SHA-256. Raises ConfigurationError where there is no file."""
    if page_icons.is_sha256(path.name.lower()):
        return page_icons.entry_of(path.name.lower(), brand)
    try:
        with path.open("rb") as file:
            data = file.read(page_icons.MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    if not data or len(data) > page_icons.MOST_BYTES:
        raise ConfigurationError(f"{path}: {f'larger than {page_icons.MOST_BYTES:,} bytes' if data else 'empty'}")
    return f"{page_icons.entry_of(hashlib.sha256(data).hexdigest(), brand)}  # {printable(path.name)}"


def append(path: Path, lines: list[str]) -> None:
    """Write those lines that are not there yet. Raises ConfigurationError."""
    try:
        known = path.read_text(encoding="utf-8") if path.exists() else ""
        entries = {line.partition("#")[0].strip() for line in known.splitlines()}
        new = [line for line in dict.fromkeys(lines) if line.partition("#")[0].strip() not in entries]
        begin = "\n" if known and not known.endswith("\n") else ""
        if new:
            with path.open("a", encoding="utf-8") as file:
                file.write(begin + "\n".join(new) + "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be written: {error}") from None


def wrong_entries(entries: frozenset[str], brands: BrandIndex) -> list[str]:
    """Words on the lines of the list that are no logos, or are of nobody."""
    wrong = []
    for entry in sorted(entries):
        logo = read_entry(entry)
        if logo is None:
            wrong.append(f"{entry[:90]}: no logo: see `mailchord logos add`")
        elif brands.named(logo.brand) is None:
            wrong.append(f"{entry[:20]}...: there is no brand {logo.brand!r} in configs/brands")
    return wrong


def wrong_icons(entries: frozenset[str], brands: BrandIndex) -> list[str]:
    """The same of the list of icons."""
    wrong = []
    for entry in sorted(entries):
        icon = page_icons.read_entry(entry)
        if icon is None:
            wrong.append(f"{entry[:90]}: no icon: see `mailchord logos icon`")
        elif brands.named(icon[1]) is None:
            wrong.append(f"{entry[:20]}...: there is no brand {icon[1]!r} in configs/brands")
    return wrong
