"""Synthetic files for the demonstration and the tests: harmless look-alikes of what scanners must see."""

from __future__ import annotations

import io

from mailchord.demo_archives import encrypted_zip, zip_file
from mailchord.demo_office import macro_document

__all__ = [
    "GTUBE", "eicar", "encrypted_archive", "macro_document", "png", "qr_picture", "script_in_archive", "text_picture",
]  # fmt: skip

# The test text for filters of unsolicited mail (https://spamassassin.apache.org/gtube/), in two pieces.
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


def eicar() -> bytes:
    """The EICAR test file (https://www.eicar.org), put together so that this file is none."""
    return b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"


def script_in_archive() -> bytes:
    """A zip file with one script, which shows a greeting."""
    return zip_file({"scan-0042.js": b'WScript.Echo("Hello from the mailchord demonstration");\r\n'})


def encrypted_archive(*, password: str) -> bytes:
    """A zip file under a password, with a document whose macro starts when it is opened and whose link is a lure."""
    lure = "http://203.0.113.77/office-login/verify.php"
    return encrypted_zip({"contract.docm": macro_document(link=lure), "list.txt": b"1 contract\n"}, password.encode())


def qr_picture(text: str, *, size: int = 360) -> bytes:
    """A PNG with a QR code of that text."""
    import zxingcpp

    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return png(zxingcpp.write_barcode_to_image(barcode, scale=max(1, size // 40), add_quiet_zones=True))


def text_picture(text: str, *, width: int = 900, size: int = 30) -> bytes:
    """A PNG with black text on white."""
    from PIL import Image, ImageDraw, ImageFont

    written = text.splitlines()
    picture = Image.new("L", (width, 2 * size * (len(written) + 1)), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size)
    for number, line in enumerate(written):
        draw.text((size, size * (1 + 2 * number)), line, fill=0, font=font)
    return png(picture)


def png(picture: object) -> bytes:
    """A picture (Pillow's, or an array of grey values) as PNG."""
    from PIL import Image

    target = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)  # type: ignore[arg-type]
    image.save(target, "PNG")
    return target.getvalue()
