// PDF documents: what their objects say in the clear. Compressed objects are the business of the reader of PDF.

rule pdf_writes_names_in_disguise
{
    meta:
        description = "A PDF document writes the names of its scripts or actions so that filters do not recognise them"
        severity = "high"
        reference = "ISO 32000-1, 7.3.5: names"
    strings:
        $pdf = "%PDF-"
        // Letters need no #xx. These names with one of their letters written so are written to hide.
        $script = /\/(#4[aA][a#]|J#61|Ja#76|Jav#61|Java#53|JavaS#63|JavaSc#72|JavaScr#69|JavaScri#70|JavaScrip#74)/
        $launch = /\/(#4[cC][a#]|L#61|La#75|Lau#6[eE]|Laun#63|Launc#68)[A-Za-z#0-9]{0,18}[\s\/]/
        $open = /\/(#4[fF]pen|O#70|Op#65|Ope#6[eE]|Open#41|OpenA#63|OpenAc#74|OpenAct#69)/
        $embedded = /\/(#45mbedded|E#6[dD]bedded|Embedded#46|EmbeddedF#69)/
    condition:
        $pdf in (0..1024) and any of ($script, $launch, $open, $embedded)
}

rule pdf_carries_program_by_name
{
    meta:
        description = "A PDF document carries a file whose name is that of a program or script"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/009/"
    strings:
        $pdf = "%PDF-"
        $file = /\/U?F\s{0,5}\([^)]{1,200}\.(exe|scr|pif|com|bat|cmd|js|jse|vbs|vbe|wsf|hta|lnk|ps1|msi|jar|settingcontent-ms)\)/ nocase
        $embedded = "/EmbeddedFile"
    condition:
        $pdf in (0..1024) and $embedded and $file
}

rule pdf_reaches_for_file_server
{
    meta:
        description = "A PDF document opens a file of a foreign server, which gives away the password hash of the reader"
        severity = "high"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2018-4993"
    strings:
        $pdf = "%PDF-"
        // In a string of PDF a backslash is written twice.
        $remote = /\/S\s{0,5}\/GoTo[RE]\b[^>]{0,300}\/F\s{0,5}\((\\\\){2}[^)]{3,200}\)/
        $remote_reversed = /\/F\s{0,5}\((\\\\){2}[^)]{3,200}\)[^>]{0,300}\/S\s{0,5}\/GoTo[RE]\b/
    condition:
        $pdf in (0..1024) and any of ($remote*)
}

rule pdf_script_is_obfuscated
{
    meta:
        description = "A PDF document carries JavaScript that builds other JavaScript and runs it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1059/007/"
    strings:
        $pdf = "%PDF-"
        $script = /\/(JavaScript|JS)\b/
        $eval = /\b(eval|app\.setTimeOut)\s{0,5}\(\s{0,5}(unescape|String\.fromCharCode|this\.info\.|[a-z_]{1,20}\.replace\s{0,5}\()/ nocase
        $title = /\beval\s{0,5}\(\s{0,5}(app\.doc|this)\.(getAnnots|info)/ nocase
    condition:
        $pdf in (0..1024) and $script and any of ($eval, $title)
}

rule pdf_attacks_reader
{
    meta:
        description = "A PDF document calls functions of the reader as exploits of old versions do"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1203/"
    strings:
        $pdf = "%PDF-"
        $email = /Collab\.collectEmailInfo\s{0,5}\(/
        $printf = /util\.printf\s{0,5}\(\s{0,5}["']%[0-9]{4,6}/
        $player = /media\.newPlayer\s{0,5}\(\s{0,5}null/
        $spell = /spell\.customDictionaryOpen\s{0,5}\(/
        $sled = /unescape\s{0,5}\(\s{0,5}["'](%u9090|%u0c0c|%u0a0a){2}/ nocase
    condition:
        $pdf in (0..1024) and any of ($email, $printf, $player, $spell, $sled)
}

rule pdf_link_leads_to_script
{
    meta:
        description = "A link in a PDF document leads to a script, a link file or a disk image"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1566/002/"
    strings:
        $pdf = "%PDF-"
        // Installers (exe, msi) and archives are spared: manuals link to them.
        $link = /\/URI\s{0,5}\(https?:\/\/[^)]{4,400}\.(scr|pif|hta|vbs|vbe|jse|wsf|lnk|img|vhdx?|iqy|search-ms)\)/ nocase
    condition:
        $pdf in (0..1024) and $link
}

rule pdf_with_program_behind
{
    meta:
        description = "A file that begins as a PDF document holds a Windows program in the clear"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/009/"
    strings:
        $pdf = "%PDF-"
        $stub = "!This program cannot be run in DOS mode."
        $sections = { 2E 74 65 78 74 00 00 00 }
    condition:
        $pdf in (0..1024) and $stub and $sections
}
