"""Builders of files for tests, good ones and hostile ones, all synthetic and made in memory."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Mapping

import pypdfium2
from PIL import Image

from mailchord.demo_archives import encrypted_zip, zip_file
from mailchord.demo_files import eicar, png, qr_picture, text_picture
from mailchord.demo_office import MACRO, compound_file, document_xml, macro_document, vba_compressed, vba_project

__all__ = [
    "MACRO", "compound_file", "eicar", "encrypted_zip", "macro_document", "png", "qr_picture", "text_picture",
    "vba_project", "zip_file",
]  # fmt: skip

QUIET_MACRO = 'Attribute VB_Name = "Module1"\nSub Sum()\n    Range("A1").Value = 1 + 1\nEnd Sub\n'
EMPTY_MODULE = 'Attribute VB_Name = "ThisDocument"\nOption Explicit\n'


def windows_program() -> bytes:
    """The headers of a PE file without code."""
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\x00\x00" + struct.pack("<HH", 0x8664, 0) + bytes(200)


def unix_program() -> bytes:
    """The header of an ELF executable without code."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 2, 62, 1) + bytes(100)


def shortcut(command: str = "C:\\Windows\\System32\\cmd.exe") -> bytes:
    """A Windows link file: its header, and the command where a person would find it."""
    clsid = b"\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
    return b"L\x00\x00\x00" + clsid + bytes(56) + command.encode("utf-16-le")


def nested_zip(content: bytes, name: str, *, depth: int) -> bytes:
    """A file in a zip in a zip ..."""
    for level in range(depth):
        content, name = zip_file({name: content}), f"level-{level}.zip"
    return content


def zip_bomb(megabytes: int = 64) -> bytes:
    """One member of zeros: deflate packs it a thousand times."""
    return zip_file({"zeros.bin": bytes(megabytes * 1_048_576)})


def many_zips_in_zips(*, width: int = 8, depth: int = 3, megabytes: int = 16) -> bytes:
    """The pattern of 42.zip: each level holds many copies of the next one, the last one swells."""
    content = zip_bomb(megabytes)
    for level in range(depth):
        content = zip_file({f"lib {level}-{number}.zip": content for number in range(width)})
    return content


def tar_gz(members: Mapping[str, bytes], *, mode: str = "w:gz") -> bytes:
    """A compressed tar archive ("w:gz", "w:bz2", "w:xz") or a plain one ("w")."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def gzip_in_gzip(*, layers: int = 30) -> bytes:
    """Unwraps again and again, like a gzip quine."""
    content = b"at last\n"
    for _ in range(layers):
        content = gzip.compress(content, mtime=0)
    return content


def pdf(text: str = "Quarterly report", *, extra: str = "") -> bytes:
    """A PDF of one page; `extra` goes into the catalogue."""
    stream = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {extra} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return bytes(out) + b"xref\n0 5\n0000000000 65535 f \n" + table + end


def pdf_with_file(name: str, content: bytes) -> bytes:
    """A PDF that carries a file."""
    document = pypdfium2.PdfDocument(pdf())
    document.new_attachment(name).set_data(content)
    target = io.BytesIO()
    document.save(target)
    document.close()
    return target.getvalue()


def cabinet(members: Mapping[str, bytes], *, compression: int = 1) -> bytes:
    """A cabinet ([MS-CAB]) of one folder: 0 stored, 1 MSZIP; other numbers only claim to be packed in that way."""
    content = b"".join(members.values())
    blocks, previous = [], b""
    for begin in range(0, len(content), 32_768):
        block = content[begin : begin + 32_768]
        packed = block
        if compression == 1:
            deflate = zlib.compressobj(wbits=-15, zdict=previous)
            packed = b"CK" + deflate.compress(block) + deflate.flush()
        blocks.append(struct.pack("<IHH", 0, len(packed), len(block)) + packed)
        previous = block
    entries, offset = b"", 0
    for name, data in members.items():
        entries += struct.pack("<IIHHHH", len(data), offset, 0, 0, 0, 0x20) + name.encode("cp437") + b"\x00"
        offset += len(data)
    data_start = 36 + 8 + len(entries)
    body = struct.pack("<IHH", data_start, len(blocks), compression) + entries + b"".join(blocks)
    header = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, 36 + len(body), 0, 44, 0, 3, 1, 1, len(members), 0, 0, 0)
    return header + body


def docx(text: str = "Minutes of the meeting", *, links: str = "") -> bytes:
    """A Word document without macros; `links` are more `<Relationship>` elements."""
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>'
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return zip_file(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": f'<Relationships xmlns="{namespace}"/>'.encode(),
            "word/document.xml": document_xml(text),
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{namespace}">{links}</Relationships>'.encode(),
        }
    )


def external(kind: str, target: str) -> str:
    """A relationship of a document to something outside of it."""
    folder = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<Relationship Id="rId9" Type="{folder}/{kind}" Target="{target}" TargetMode="External"/>'


def doc(source: str = "") -> bytes:
    """A Word 97 document, with a module where a source is given."""
    streams = {"WordDocument": b"\xec\xa5\xc1\x00" + bytes(5_000), "1Table": bytes(600)}
    if source:
        streams["VBA/Module1"] = vba_compressed(source.replace("\n", "\r\n").encode("cp1252"))
    return compound_file(streams)


def encrypted_document() -> bytes:
    """An Office document under a password ([MS-OFFCRYPTO]): an OLE file with the package in a stream."""
    return compound_file({"EncryptionInfo": bytes(300), "EncryptedPackage": bytes(5_000)})


def flat_document(source: str = MACRO) -> bytes:
    """A Word document in one XML file, whose macros are a compound file in base64."""
    binary = base64.encodebytes(vba_project(source)).decode()
    return (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
        '<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"><pkg:part pkg:name='
        f'"/word/vbaProject.bin" pkg:contentType="application/vnd.ms-office.vbaProject">'
        f"<pkg:binaryData>{binary}</pkg:binaryData></pkg:part></pkg:package>"
    ).encode()


def web_archive(source: str = MACRO) -> bytes:
    """A document of Word saved as a web page in one file (MHTML), whose macros are a compound file in base64."""
    return b"".join(
        (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n',
            b"Content-Location: file:///C:/a.htm\r\nContent-Type: text/html\r\n\r\n",
            b"<html><p>Report</p></html>\r\n--x\r\n",
            b"Content-Location: file:///C:/editdata.mso\r\nContent-Type: application/x-mso\r\n",
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            base64.encodebytes(vba_project(source)),
            b"--x--\r\n",
        )
    )


def blank_picture(width: int = 64, height: int = 64) -> bytes:
    """A black PNG."""
    return png(Image.new("L", (width, height)))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be that large, and holds one empty row."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def page(*, form: str = "", script: str = "") -> bytes:
    """A web page as a file."""
    return (
        f"<!DOCTYPE html><html><head><title>Page</title>{script}</head><body><p>Good day</p>{form}</body></html>"
    ).encode()
