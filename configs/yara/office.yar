// Office documents, RTF and tables: objects, links and formulas that reach out or start something.
// Parts of OOXML are looked at one by one: relationships, sheets, settings.

rule rtf_header_is_malformed
{
    meta:
        description = "An RTF document hides its kind behind a broken header and carries an object"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        // Word opens "{\rt" and anything after it; every program that writes RTF writes "{\rtf1".
        $broken = /^\{\\rt(f[^1]|[^f])/
        $object = "\\objdata" nocase
    condition:
        $broken at 0 and $object
}

rule rtf_object_data_is_broken_up
{
    meta:
        description = "An RTF document breaks up the data of an object so that filters do not recognise it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $rtf = "{\\rt"
        $empty_binary = /\\objdata[^}]{0,400}\\bin0{1,10}[^0-9]/ nocase
        $groups_inside = /\\objdata\s{0,20}[0-9a-f\s]{0,200}(\{\\\*\\[a-z0-9]{1,40}\}[0-9a-f\s]{0,60}){4}/ nocase
    condition:
        $rtf at 0 and any of ($empty_binary, $groups_inside)
}

rule rtf_object_loads_from_the_net
{
    meta:
        description = "An RTF document carries an object that is a link to the net"
        severity = "high"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2017-0199"
    strings:
        $rtf = "{\\rt"
        $object = "\\objdata" nocase
        // The CLSID of the URL moniker ([MS-OSHARED] 2.3.7.6) as it stands in an object, in hexadecimal.
        $url_moniker = "e0c9ea79f9bace118c8200aa004ba90b" nocase
        $http = "68007400740070" nocase
    condition:
        $rtf at 0 and $object and $url_moniker and $http
}

rule rtf_object_runs_script
{
    meta:
        description = "An RTF document carries an object that runs a script from elsewhere"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2017-8570"
    strings:
        $rtf = "{\\rt"
        $object = "\\objdata" nocase
        $script_moniker = "c6afabec197fd211978e0000f8757e2a" nocase
        $scriptlet_file = /(2e0073006300740|2e736374)/ nocase
    condition:
        $rtf at 0 and $object and $script_moniker and $scriptlet_file
}

rule rtf_list_view_control
{
    meta:
        description = "An RTF document carries the list control that CVE-2012-0158 attacks"
        severity = "high"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2012-0158"
    strings:
        $rtf = "{\\rt"
        // "MSComctlLib.ListViewCtrl" in hexadecimal.
        $control = "4d53436f6d63746c4c69622e4c697374566965774374726c" nocase
    condition:
        $rtf at 0 and $control
}

rule equation_object_holds_command
{
    meta:
        description = "The data of an equation hold a command or an address, as exploits of the Equation Editor do"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2018-0802"
    strings:
        $ole = { D0 CF 11 E0 A1 B1 1A E1 }
        $stream = "Equation Native" wide
        // Equations are of letters and symbols; these words are in none.
        $command = /(cmd(\.exe)? \/c|mshta(\.exe)? http|WinExec\x00|URLDownloadToFile)/ nocase
    condition:
        $ole at 0 and $stream and $command
}

rule ooxml_remote_frame
{
    meta:
        description = "A document shows a page of the net in a frame as soon as it is opened"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1221/"
    strings:
        $relations = "<Relationships"
        $frame = /\/frame"[^>]{0,600}[Tt][Aa][Rr][Gg][Ee][Tt]="[Hh][Tt][Tt][Pp][Ss]?:/
        $frame_reversed = /[Tt][Aa][Rr][Gg][Ee][Tt]="[Hh][Tt][Tt][Pp][Ss]?:[^>]{0,600}\/frame"/
    condition:
        filesize < 1MB and $relations and any of ($frame*)
}

rule ooxml_reaches_for_numeric_server
{
    meta:
        description = "A document opens a file of a server that is named by its number, which gives away the password hash"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1187/"
    strings:
        $relations = "<Relationships"
        // Offices name their file servers; internal numbers (10., 192.168., 172.16.) are spared: people link by them.
        $number = /Target="(file:\/{2,3})?(\\|%5C){2}([2-9]|1[1-9]|[1-9][0-9]{2}|[2-9][0-9])[0-9]{0,2}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(\\|@|%5C|\/)/ nocase
        $private = /Target="(file:\/{2,3})?(\\|%5C){2}(192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|127\.|169\.254\.)/ nocase
    condition:
        filesize < 1MB and $relations and $number and not $private
}

rule ooxml_page_with_x_usc
{
    meta:
        description = "A document loads a page through the MHTML handler, as exploits of the browser in Office do"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2021-40444"
    strings:
        $relations = "<Relationships"
        $mhtml = /Target="mhtml:https?:[^"]{1,600}!x-usc:/ nocase
    condition:
        filesize < 1MB and $relations and $mhtml
}

rule macro_sheet_starts_program
{
    meta:
        description = "A macro sheet of Excel 4 starts a program or loads a file"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1059/"
    strings:
        $sheet = "macrosheet" nocase
        $formula = /<f>([^<(]{0,60}\(){0,3}[^<(]{0,60}\b(EXEC|CALL|REGISTER|FOPEN|FWRITELN)\s{0,3}\(/ nocase
        $target = /(urlmon|URLDownloadToFile|kernel32|ShellExecute|shell32|cmd(\.exe)?\s|powershell|rundll32|regsvr32|wmic|mshta)/ nocase
    condition:
        filesize < 20MB and $sheet in (0..4096) and $formula and $target
}

rule xls_hides_macro_sheet
{
    meta:
        description = "An old Excel file hides a sheet of Excel 4 macros and names one that runs by itself"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1564/"
    strings:
        $ole = { D0 CF 11 E0 A1 B1 1A E1 }
        // [MS-XLS] 2.4.28 BoundSheet8: hidden (1) or very hidden (2), of type macro sheet (1).
        $hidden_macro_sheet = { 85 00 ?? 00 ?? ?? ?? ?? (01 | 02) 01 }
        // 2.4.150 Lbl: a built-in name (fBuiltin) whose one character is Auto_Open (1).
        $auto_open = { 18 00 ?? 00 2? 00 00 01 ?? ?? 00 00 ?? ?? 00 00 00 00 00 01 }
    condition:
        $ole at 0 and $hidden_macro_sheet and $auto_open
}

rule sylk_table_starts_program
{
    meta:
        description = "A table in SYLK form starts a program when it is opened"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $sylk = "ID;P"
        $call = /;E([^\r\n(]{0,40}\(){0,2}[^\r\n(]{0,40}(EXEC|CALL|REGISTER)\(/ nocase
        $dde = /;E[^\r\n;]{0,40}(cmd|powershell|mshta|msexcel|rundll32)\|/ nocase
    condition:
        $sylk at 0 and any of ($call, $dde)
}

rule web_query_loads_table
{
    meta:
        description = "A web query makes Excel load a table, and the formulas in it, from the net"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $query = /^WEB\r?\n1\r?\nhttps?:/ nocase
        // Lists of SharePoint are exported like that by the people who own them.
        $sharepoint = /https:\/\/[a-z0-9-]{1,60}\.sharepoint\.com\// nocase
    condition:
        filesize < 64KB and $query at 0 and not $sharepoint
}

rule macro_source_loads_and_starts
{
    meta:
        description = "The source of a macro runs by itself, loads a file and starts a program"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1059/005/"
    strings:
        $module = "Attribute VB_" nocase
        $auto = /\bSub\s{1,5}(Auto_?Open|Auto_?Close|Auto_?Exec|Document_Open|Document_Close|Workbook_Open|Workbook_Activate)\b/ nocase
        $load = /(URLDownloadToFile|XMLHTTP|WinHttpRequest|DownloadFile|DownloadString|certutil|bitsadmin)/ nocase
        $start = /(\bShell\s{0,3}[( ]|WScript\.Shell|ShellExecute|Win32_Process|Shell\.Application)/ nocase
    condition:
        filesize < 5MB and $module and $auto and $load and $start
}

rule macro_source_runs_machine_code
{
    meta:
        description = "The source of a macro puts machine code into memory and runs it"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1055/"
    strings:
        $declare = /\bDeclare\s{1,5}(PtrSafe\s{1,5})?(Function|Sub)\b/ nocase
        $memory = /(VirtualAlloc(Ex)?|HeapCreate|NtAllocateVirtualMemory)\b/ nocase
        $write = /(RtlMoveMemory|WriteProcessMemory|RtlCopyMemory|NtWriteVirtualMemory)\b/ nocase
        $run = /(CreateThread|CreateRemoteThread|EnumSystemLocales[AW]?|CallWindowProc|QueueUserAPC|EnumWindows|CreateTimerQueueTimer)\b/ nocase
    condition:
        filesize < 5MB and $declare and $memory and $write and $run
}

rule active_mime_outside_of_office
{
    meta:
        description = "A page or a text carries the macro container of Office in base64"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        // "ActiveMime" and the zeroes after it, in base64; Word saves it so into pages with macros.
        $container = "QWN0aXZlTWltZQAA"
    condition:
        filesize < 20MB and $container and uint32be(0) != 0xD0CF11E0
}
