// Scripts, link files and web pages that load or start something.

rule script_downloads_and_starts
{
    meta:
        description = "A script loads a file from the net and starts it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1059/005/"
    strings:
        $shell = "WScript.Shell" nocase
        $shell_application = "Shell.Application" nocase
        $http = /(MSXML2\.(Server)?XMLHTTP|WinHttp\.WinHttpRequest|Microsoft\.XMLHTTP)/ nocase
        $stream = "ADODB.Stream" nocase
        $save = ".SaveToFile" nocase
        $run = /\.(Run|Exec|ShellExecute)\b/ nocase
    condition:
        filesize < 5MB and any of ($shell, $shell_application) and $http and ($stream or $save or $run)
}

rule powershell_hidden_or_encoded
{
    meta:
        description = "A hidden or encoded PowerShell command is started"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1059/001/"
    strings:
        $encoded = /powershell(\.exe)?["']?\s[^\r\n]{0,80}\s-e(nc|ncodedcommand|c)?\s{1,5}[A-Za-z0-9+\/=]{60}/ nocase
        $hidden = /powershell(\.exe)?["']?\s[^\r\n]{0,80}\s-w(indowstyle)?\s{1,5}(hidden|1)\b/ nocase
        $load = /(downloadstring|downloadfile|invoke-webrequest|\biwr\b|\biex\b|frombase64string)/ nocase
        $memory = /(iex|invoke-expression)[^\r\n]{0,80}(downloadstring|frombase64string)/ nocase
        // Mails, logs and rules that talk about such commands are text, not files that run.
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 5MB and not $mail at 0 and
        // What is loaded stands in the same command; who writes dozens of them is not spared for the distance.
        ($encoded or $memory or
            ($load and (#hidden > 20 or for any i in (1..#hidden) : ($load in (@hidden[i]..@hidden[i] + 600)))))
}

rule link_file_starts_interpreter
{
    meta:
        description = "A Windows link file starts a command interpreter"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $lnk = { 4C 00 00 00 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $interpreter = /(cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32)\.exe/ nocase ascii wide
        $argument = /(\/c |-enc|-w hidden|https?:\/\/|\\\\[a-z0-9.@-]{3,60}\\|javascript:|vbscript:|%temp%|%appdata%)/ nocase ascii wide
    condition:
        $lnk at 0 and $interpreter and $argument
}

rule html_smuggling
{
    meta:
        description = "A web page builds a file in the browser and saves it by itself"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/006/"
    strings:
        $blob = /new\s{1,5}(Blob|File)\s{0,5}\(/ nocase
        $save = /(msSaveOrOpenBlob|msSaveBlob|createObjectURL)/ nocase
        $click = /\.(click|dispatchEvent)\s{0,5}\(/ nocase
        $download = /(\.download\s{0,5}=|setAttribute\s{0,5}\(\s{0,5}["']download["'])/ nocase
        $decode = /\b(atob|fromCharCode|Uint8Array)\b/
        // Base64 of what is smuggled: zip, program, rar, 7z, disk image. (Reports that export their table have none.)
        $payload_zip = "UEsDB"
        $payload_program = "TVqQA"
        $payload_rar = "UmFyIRo"
        $payload_7z = "N3q8rycc"
        $payload_ole = "0M8R4KGx"
        $html = /<(html|script|body|!doctype)/ nocase
    condition:
        filesize < 10MB and $html in (0..4096) and $blob and $save and ($click or $download) and $decode and any of ($payload*)
}

rule html_redirect_hidden
{
    meta:
        description = "A web page hides where it leads by decoding the address in a script"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1566/001/"
    strings:
        $html = /<(html|script|body|!doctype)/ nocase
        $where = /(location(\.href)?\s{0,5}=|location\.(replace|assign)\s{0,5}\()\s{0,5}(atob|unescape|decodeURIComponent|String\.fromCharCode)\s{0,5}\(/ nocase
        $write = /document\.write(ln)?\s{0,5}\(\s{0,5}(atob|unescape|decodeURIComponent)\s{0,5}\(/ nocase
    condition:
        filesize < 2MB and $html in (0..4096) and any of ($where, $write)
}

rule svg_with_script
{
    meta:
        description = "A picture (SVG) carries a script that leads elsewhere or builds a page"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/017/"
    strings:
        $svg = /<svg[\s>]/ nocase
        $script = /<script[\s>]/ nocase
        $where = /(window|document|top|self|parent)?\.?location(\.href)?\s{0,5}(=|\.replace|\.assign)/ nocase
        $decode = /\b(atob|eval|fromCharCode|document\.write|foreignObject)\b/
    condition:
        filesize < 5MB and $svg in (0..4096) and $script and ($where or $decode)
        // A page that holds a drawing is no picture.
        and not (uint32be(0) == 0x3C68746D or uint32be(0) == 0x3C21444F)
}

rule hta_application_runs_command
{
    meta:
        description = "An HTML application starts a program"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1218/005/"
    strings:
        $hta = /<hta:application/ nocase
        $script = /<script/ nocase
        $shell = /(WScript\.Shell|Shell\.Application|GetObject\s{0,5}\(\s{0,5}["']winmgmts|powershell)/ nocase
    condition:
        filesize < 5MB and $hta and $script and $shell
}
