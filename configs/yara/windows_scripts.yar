// Scripts and small files of Windows that run commands, load files or hide what they do.

rule script_of_encoded_kind
{
    meta:
        description = "A script is encoded with Microsoft's script encoder, which serves only to hide it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $encoded = /#@~\^[A-Za-z0-9+\/]{6}==/
    condition:
        filesize < 5MB and $encoded in (0..2048)
}

rule script_builds_code_of_numbers
{
    meta:
        description = "A script builds its code of the numbers of characters"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $vbs = /(Chr[WB]?\s?\(\s?(&H)?[0-9A-F]{1,4}\s?\)\s?[&+]\s?){12}/ nocase
        $js = /fromCharCode\s?\(\s?([0-9]{2,3}\s?,\s?){40}/
        $powershell = /(\[char\]\s?\(?(0x)?[0-9a-f]{2,3}\)?\s?\+\s?){8}/ nocase
    condition:
        filesize < 5MB and any of them
}

rule script_runs_what_it_decodes
{
    meta:
        description = "A script of Windows decodes its own text and runs it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1140/"
    strings:
        $execute = /\bExecute(Global)?[\s(]{1,5}(StrReverse|Replace|Decode\w{0,20}|Base64\w{0,20}|Chr\w?|Unescape|Join)\s?\(/ nocase
        $eval = /\beval\s?\(\s?(unescape|[a-z_]\w{0,20}\.(split|replace)\s?\([^)]{0,60}\)\.(reverse|join))/ nocase
        $host = /(WScript\.|CreateObject\s?\(|ActiveXObject)/ nocase
    condition:
        filesize < 5MB and $host and any of ($execute, $eval)
}

rule script_writes_file_and_starts_it
{
    meta:
        description = "A script writes a program out of its own text and starts it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1059/"
    strings:
        $stream = "ADODB.Stream" nocase
        $xml_decode = /(bin\.base64|nodeTypedValue)/ nocase
        $save = ".SaveToFile" nocase
        $run = /\.(Run|Exec|ShellExecute)\b/ nocase
    condition:
        filesize < 5MB and all of them
}

rule script_starts_process_by_wmi
{
    meta:
        description = "A script starts a program by way of WMI, so that nobody sees who started it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1047/"
    strings:
        $wmi = /GetObject\s?\(\s?["']winmgmts:/ nocase
        $process = /Win32_Process(Startup)?/ nocase
        $create = /\.Create\b/ nocase
        $hidden = /(ShowWindow\s?=\s?0|powershell|mshta|rundll32|regsvr32)/ nocase
    condition:
        filesize < 5MB and all of them
}

rule script_file_loads_script
{
    meta:
        description = "A Windows script file runs a script from the net"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1059/005/"
    strings:
        $job = /<(job|package|component|scriptlet)[\s>]/ nocase
        $source = /<script[^<>]{1,200}\bsrc\s?=\s?["'](https?:|\\\\)/ nocase
        $page = /<(html|body|head)[\s>]/ nocase
    condition:
        filesize < 2MB and $job and $source and not $page
}

rule style_sheet_starts_program
{
    meta:
        description = "A style sheet (XSL) runs a script that starts programs"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1220/"
    strings:
        $script = /<(ms|msxsl|user):script[^<>]{1,200}language/ nocase
        $start = /(WScript\.Shell|Shell\.Application|ActiveXObject|Process\.Start|Diagnostics\.Process)/ nocase
    condition:
        filesize < 5MB and $script and $start
}

rule batch_slices_variables
{
    meta:
        description = "A batch file puts its commands together of pieces of variables"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/010/"
    strings:
        $slice = /%[^%\r\n:]{1,30}:~-?[0-9]{1,3},-?[0-9]{1,2}%/
    condition:
        filesize < 5MB and #slice > 20
}

rule command_loads_file
{
    meta:
        description = "A command loads a program from the net with a tool of Windows that is for other things"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1105/"
    strings:
        $certutil = /certutil(\.exe)?["']?\s[^\r\n]{0,30}[-\/]urlcache[^\r\n]{0,30}\shttps?:/ nocase
        $bitsadmin = /bitsadmin(\.exe)?["']?\s[^\r\n]{0,40}\/transfer[^\r\n]{0,120}\shttps?:/ nocase
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 5MB and any of ($certutil, $bitsadmin) and not $mail at 0
}

rule command_decodes_program
{
    meta:
        description = "A command turns a text into a program"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1140/"
    strings:
        $certutil = /certutil(\.exe)?["']?\s[^\r\n]{0,20}[-\/]decode(hex)?\s[^\r\n]{1,200}\.(exe|dll|bat|vbs|js|scr|cpl)\b/ nocase
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 5MB and $certutil and not $mail at 0
}

rule command_runs_scriptlet
{
    meta:
        description = "A command registers a scriptlet from the net, which runs it"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1218/010/"
    strings:
        $regsvr32 = /regsvr32(\.exe)?["']?\s[^\r\n]{0,60}\/i:\s?["']?(https?:|\\\\)[^\r\n]{1,300}scrobj/ nocase
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 5MB and $regsvr32 and not $mail at 0
}

rule command_runs_page
{
    meta:
        description = "A command runs a script that lies in the net or in the command itself"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1218/005/"
    strings:
        $mshta = /mshta(\.exe)?["']?\s{1,5}["']?(https?:\/\/[^\s"']{4}|javascript:|vbscript:)/ nocase
        $rundll32 = /rundll32(\.exe)?["']?\s[^\r\n]{0,40}javascript:/ nocase
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 5MB and any of ($mshta, $rundll32) and not $mail at 0
}

rule command_installs_quietly_from_net
{
    meta:
        description = "A command installs a package from the net without showing anything"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1218/007/"
    strings:
        $quiet_last = /msiexec(\.exe)?["']?\s[^\r\n]{0,20}[\/-](i|package)\s{0,3}["']?https?:[^\r\n]{4,300}\s[\/-]q/ nocase
        $quiet_first = /msiexec(\.exe)?["']?\s[^\r\n]{0,20}[\/-]q[bnr]?\s[^\r\n]{0,20}[\/-](i|package)\s{0,3}["']?https?:/ nocase
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 5MB and any of ($quiet*) and not $mail at 0
}

rule command_stays_after_restart
{
    meta:
        description = "A script enters itself among the programs that Windows starts"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1053/005/"
    strings:
        $task = /schtasks(\.exe)?["']?\s[^\r\n]{0,20}\/create[^\r\n]{0,300}(powershell|wscript|mshta|cscript|\.vbs|\.js|%temp%|%appdata%)/ nocase
        $run_key = /CurrentVersion\\\\?Run(Once)?\b[^\r\n]{0,40}[\]"',]?[\r\n\s]{0,4}[^\r\n]{0,200}(powershell|wscript|mshta|rundll32|%temp%|%appdata%)/ nocase
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 2MB and any of ($task, $run_key) and not $mail at 0
}

rule script_blinds_defender
{
    meta:
        description = "A script switches off the malware protection of Windows, or excepts folders from it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
    strings:
        $exclusion = /Add-MpPreference\s{1,5}-Exclusion(Path|Process|Extension)/ nocase
        $off = /Set-MpPreference\s[^\r\n]{0,80}-Disable(RealtimeMonitoring|IOAVProtection|BehaviorMonitoring|ScriptScanning)\s{1,5}(\$true|1)/ nocase
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 5MB and any of ($exclusion, $off) and not $mail at 0
}

rule powershell_blinds_amsi
{
    meta:
        description = "A PowerShell script switches off the interface through which malware scanners see scripts"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
    strings:
        $class = /Am['"]?\s?\+?\s?['"]?si['"]?\s?\+?\s?['"]?Utils/ nocase
        $field = /amsi['"]?\s?\+?\s?['"]?Init['"]?\s?\+?\s?['"]?Failed/ nocase
        $buffer = "AmsiScanBuffer" nocase
        $patch = /(VirtualProtect|Marshal\]::Copy)/ nocase
        $powershell = /(\[Ref\]\.Assembly|Add-Type|GetProcAddress|GetDelegateForFunctionPointer)/ nocase
    condition:
        filesize < 5MB and uint16(0) != 0x5A4D and (($class and $field) or ($buffer and $patch and $powershell))
}

rule powershell_loads_program_from_text
{
    meta:
        description = "A PowerShell script runs a program that it carries as text, without writing it to the disk"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1620/"
    strings:
        $load = /\[(System\.)?Reflection\.Assembly\]::Load\s?\(/ nocase
        $decode = "FromBase64String" nocase
        $call = /\.(EntryPoint\.Invoke|GetMethod\s?\(|Invoke\s?\(\s?\$null)/ nocase
    condition:
        filesize < 20MB and $load and $decode and $call
}

rule powershell_unpacks_and_runs
{
    meta:
        description = "A PowerShell script unpacks compressed text and runs it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/015/"
    strings:
        $unpack = /IO\.Compression\.(Gzip|Deflate)Stream/ nocase
        $decode = "FromBase64String" nocase
        $run = /(\biex\b|Invoke-Expression|\.\s?\(\s?\$env:comspec\[)/ nocase
    condition:
        filesize < 20MB and all of them
}

rule powershell_spells_with_backticks
{
    meta:
        description = "A PowerShell script spells its commands so that filters do not recognise them"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/010/"
    strings:
        $iex = /\b(i`e`?x|ie`x)\b/ nocase
        $invoke = /\b(I`n`?v`?o`?k`?e|In`v`?o`?k`?e|Inv`o`?k`?e)-/ nocase
        $download = /\b(D`own`?l|Do`wn`?l|Dow`nl|Down`lo|Downl`oa|Downloa`d)/ nocase
        $object = /\b(N`e`?w|Ne`w)-`?O`?b/ nocase
    condition:
        filesize < 5MB and 2 of them
}

rule settings_file_starts_program
{
    meta:
        description = "A settings file of Windows starts a program"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $page = "<SettingContent" nocase
        $link = /<DeepLink>[^<]{0,200}(cmd|powershell|mshta|wscript|cscript|rundll32|regsvr32|certutil)(\.exe)?/ nocase
    condition:
        filesize < 256KB and $page and $link
}

rule library_of_foreign_server
{
    meta:
        description = "A library file shows the folder of a foreign server, which gives away the password hash"
        severity = "high"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2025-24071"
    strings:
        $library = /<(libraryDescription|searchConnectorDescription)/ nocase
        $server = /<url>\s{0,5}(\\\\|https?:\/\/|file:\/\/)[^<]{3,200}<\/url>/ nocase
        // Those that Office makes for SharePoint, for the people who work there.
        $sharepoint = /<url>\s{0,5}https:\/\/[a-z0-9-]{1,60}\.sharepoint\.com\// nocase
    condition:
        filesize < 256KB and $library and $server and not $sharepoint
}

rule internet_shortcut_starts_program
{
    meta:
        description = "An internet shortcut leads to a program or script on a foreign file server"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2024-21412"
    strings:
        $shortcut = "[InternetShortcut]" nocase
        $program = /\nURL\s?=\s?(file:)?(\/{2,5}|\\\\)[^\r\n]{3,300}\.(exe|url|lnk|vbs|js|jse|wsf|hta|cmd|bat|msi|cpl|scr|library-ms|zip)\b/ nocase
        $icon = /\nIconFile\s?=\s?(\\\\|\/\/)[^\r\n]{3,200}/ nocase
    condition:
        filesize < 64KB and $shortcut and any of ($program, $icon)
}

rule shell_command_file_fetches_icon
{
    meta:
        description = "A small file of Windows fetches its icon from a foreign server, which gives away the password hash"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1187/"
    strings:
        $shell = /\[(Shell|\.ShellClassInfo)\]/ nocase
        $icon = /\n(IconFile|IconResource)\s?=\s?\\\\[^\r\n]{3,200}/ nocase
    condition:
        filesize < 64KB and $shell and $icon
}

rule link_file_hides_arguments
{
    meta:
        description = "A link file pushes what it starts out of sight with hundreds of blanks"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $link = { 4C 00 00 00 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $blanks = { 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 }
        $lines = { 0D 00 0A 00 0D 00 0A 00 0D 00 0A 00 0D 00 0A 00 0D 00 0A 00 0D 00 0A 00 0D 00 0A 00 0D 00 0A 00 }
    condition:
        $link at 0 and (#blanks > 60 or #lines > 10)
}

rule file_of_web_folder_is_started
{
    meta:
        description = "A command starts a file of a web folder of a foreign server"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1105/"
    strings:
        $folder = /\\\\[a-z0-9.-]{4,60}@(SSL|[0-9]{2,5})(@[0-9]{2,5})?\\(DavWWWRoot\\)?[^\s"'<>|]{1,80}\.(exe|dll|js|vbs|wsf|hta|cmd|bat|ps1|lnk|py|cpl)\b/ nocase ascii wide
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 5MB and $folder and not $mail at 0
}
