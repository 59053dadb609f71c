"""`mailchord logos`: lines for `configs/lists/logos.txt` out of pictures of a brand's logo."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mailchord.start import start
from mailchord.terminal_text import printable
from mailcore.brands import BrandIndex, name_key
from mailcore.errors import ConfigurationError
from mailio.brand_files import load_brands
from workers.ocr.limits import ImageLimits
from workers.ocr.logos import entry_of, fingerprint, read_entry
from workers.ocr.pictures import HugePicture, UnreadablePicture, read_header

NOT_ALL = 1
FILE = "logos.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="print a line for each picture of a logo")
    add.add_argument("brand", metavar="BRAND", help="name of the brand, as in configs/brands")
    add.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="PNG, JPEG, GIF ... of the logo alone")
    add.add_argument("--append", action="store_true", help=f"write the lines to the end of configs/lists/{FILE}")


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 where one of the pictures is no logo. Raises ConfigurationError for brands that are not known."""
    configs = start(arguments, component="logos").configs
    key = key_of(arguments.brand, load_brands(configs / "brands"))
    lines, status = [], 0
    for path in arguments.pictures:
        try:
            lines.append(line_of(path, key))
        except ConfigurationError as error:
            print(f"mailchord: {printable(str(error))}", file=sys.stderr)
            status = NOT_ALL
    for line in lines:
        print(line)
    if arguments.append and lines:
        append(configs / "lists" / FILE, lines)
    return status


def key_of(name: str, brands: BrandIndex) -> str:
    """How the brand is called in the list. Raises ConfigurationError where there is none of that name."""
    brand = brands.named(name_key(name))
    if brand is None:
        raise ConfigurationError(f"there is no brand {printable(name)!r} in configs/brands")
    return name_key(brand.name)


def line_of(path: Path, brand: str) -> str:
    """The line for one picture, its name behind it. Raises ConfigurationError where it is no picture of a logo."""
    limits = ImageLimits()
    try:
        if path.stat().st_size > limits.most_bytes:
            raise ConfigurationError(f"{path}: larger than {limits.most_bytes:,} bytes")
        # The bounds of pictures in mail: the header is read first, and only a few formats are decoded.
        grey = next(read_header(path.read_bytes(), limits).frames(limits)).convert("L")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnreadablePicture, HugePicture) as error:
        raise ConfigurationError(f"{path}: {error}") from None
    found = fingerprint(grey)
    if not found:
        raise ConfigurationError(f"{path}: there is too little to see for a logo")
    return f"{entry_of(found, brand)}  # {printable(path.name)}"


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
