// Archives and disk images whose lists of members are made to deceive a program that opens them, or a person.

rule zip_folder_named_like_document
{
    meta:
        description = "A zip names a document and a folder alike, so that opening the document starts what is in the folder"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2023-38831"
    strings:
        // A folder whose name ends with a blank, and in it a program of the same name.
        $member = /PK\x03\x04.{26}[^\x00-\x1f\/]{1,80}\.(pdf|jpg|jpeg|png|txt|docx?|xlsx?) \/[^\x00-\x1f\/]{1,100}\.(cmd|bat|exe|vbs|js|ps1|lnk|com|pif) ?/ nocase
    condition:
        uint32be(0) == 0x504B0304 and $member
}

rule rar_stream_leaves_folder
{
    meta:
        description = "A RAR archive writes files outside of the folder in which it is unpacked"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2025-8088"
    strings:
        $rar = { 52 61 72 21 1A 07 }
        // The name of an alternate stream (RAR 5 service header "STM") that climbs up.
        $stream = /:(\.\.[\\\/]){2,12}/
    condition:
        $rar at 0 and $stream
}

rule archive_writes_to_startup
{
    meta:
        description = "An archive places a file where Windows starts it at the next log-on"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1547/001/"
    strings:
        $zip = { 50 4B 03 04 }
        $rar = { 52 61 72 21 1A 07 }
        $seven = { 37 7A BC AF 27 1C }
        $ace = "**ACE**"
        $startup = /Start Menu[\\\/]Programs[\\\/]Startup[\\\/]/ nocase ascii wide
    condition:
        ($zip at 0 or $rar at 0 or $seven at 0 or $ace at 7) and $startup
}

rule ace_with_absolute_path
{
    meta:
        description = "An ACE archive names a member by a path of the whole disk, as exploits of WinRAR do"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2018-20250"
    strings:
        $ace = "**ACE**"
        $path = /[A-Z]:\\([A-Z]:)?\\?[^\x00]{3,200}\.(exe|lnk|bat|vbs|js|dll)/ nocase
    condition:
        $ace at 7 and $path
}

rule self_extractor_runs_silently
{
    meta:
        description = "A self-extracting archive starts what is in it without asking or showing anything"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $setup = /\nSetup=[^\r\n]{1,200}/ nocase
        $silent = /\nSilent=[12]\b/ nocase
        $seven_zip = ";!@Install@!UTF-8!"
        $run = /(RunProgram|ExecuteFile)="[^"]{1,300}"/ nocase
        $hidden = /(GUIMode="2"|SelfDelete="1"|hidcon:)/ nocase
    condition:
        uint16(0) == 0x5A4D and (($setup and $silent) or ($seven_zip and $run and $hidden))
}

rule disk_image_with_link_file
{
    meta:
        description = "A disk image holds a link file: opening the image shows it as if it were a document"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1553/005/"
    strings:
        $iso = "CD001"
        // ISO 9660 names (ECMA-119, 7.5.1), and those of Joliet in UCS-2, big endian.
        $link = /\.LNK;1/
        $link_joliet = { 00 2E 00 (6C | 4C) 00 (6E | 4E) 00 (6B | 4B) }
    condition:
        $iso at 0x8001 and any of ($link*)
}

rule disk_image_starts_by_itself
{
    meta:
        description = "A disk image asks to be started by itself"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1091/"
    strings:
        $iso = "CD001"
        $autorun = /AUTORUN\.INF;1/
        $open = /\nopen\s{0,3}=[^\r\n]{1,100}\.(exe|bat|cmd|vbs|js)/ nocase
    condition:
        $iso at 0x8001 and $autorun and $open
}

rule cabinet_leaves_folder
{
    meta:
        description = "A cabinet writes a file outside of the folder in which it is unpacked"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2021-40444"
    strings:
        $cabinet = "MSCF\x00\x00\x00\x00"
        $climbs = /\.\.[\\\/][^\x00]{1,100}\.(inf|dll|exe|cpl)\x00/ nocase
    condition:
        $cabinet at 0 and $climbs
}

rule installer_runs_script
{
    meta:
        description = "A Windows installer package runs a command interpreter"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1218/007/"
    strings:
        $ole = { D0 CF 11 E0 A1 B1 1A E1 }
        $table = "CustomAction"
        $interpreter = /(powershell(\.exe)?\s[^\x00\r\n]{0,60}(-enc|-w hidden|downloadstring)|mshta(\.exe)? https?:|wscript(\.exe)?\s[^\x00\r\n]{0,60}\.(vbs|js))/ nocase
    condition:
        $ole at 0 and $table and $interpreter
}
