// Scripts of other systems and languages: shell, Python, AppleScript, PHP, Java.

rule desktop_entry_loads_program
{
    meta:
        description = "A starter of a Linux desktop loads something from the net and runs it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $entry = "[Desktop Entry]"
        $load = /\nExec\s?=[^\r\n]{0,200}(curl|wget|base64)[^\r\n]{0,300}(\||;|&&|-O|-o)/ nocase
    condition:
        filesize < 256KB and $entry and $load
}

rule shell_runs_what_it_decodes
{
    meta:
        description = "A shell script decodes a text and runs it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1140/"
    strings:
        $pipe = /base64\s{1,3}(-d|-D|--decode)[^\r\n|]{0,40}\|\s{0,3}((ba|z|da)?sh|python[0-9.]{0,4}|perl|osascript)\b/
        $eval = /\beval\s{1,3}["']?(\$\(|`)\s{0,3}(echo|printf)\s[^\r\n)]{20,2000}base64/
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 2MB and any of ($pipe, $eval) and not $mail at 0
}

rule python_runs_what_it_decodes
{
    meta:
        description = "A Python script decodes a text and runs it"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $exec = /\bexec\s?\(\s?((__import__\s?\(\s?['"])?(base64|zlib|marshal|codecs|bz2|lzma)|b64decode|bytes\.fromhex)/
        $lambda = /exec\s?\(\s?\(\s?_\s?\)?\s?\(\s?b['"]/
    condition:
        filesize < 20MB and any of them
}

rule apple_script_asks_for_password
{
    meta:
        description = "A script of macOS asks for the password of the computer in a window of its own"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1056/002/"
    strings:
        $dialog = "display dialog" nocase
        $hidden = /with hidden answer|hidden answer true/ nocase
        $password = "password" nocase
        $uses = /(dscl\s[^\r\n]{0,80}-authonly|do shell script|curl\s)/ nocase
    condition:
        filesize < 20MB and all of them
}

rule php_shell_of_intruder
{
    meta:
        description = "A PHP file runs whatever its visitors send"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
    strings:
        $php = /<\?(php|=)/
        $eval = /\b(eval|assert|system|passthru|shell_exec|popen)\s?\(\s?(@?base64_decode\s?\(\s?)?@?\$_(POST|GET|REQUEST|COOKIE)\s?\[/ nocase
        $packed = /\beval\s?\(\s?(gzinflate|gzuncompress|str_rot13|base64_decode)\s?\(\s?(base64_decode|str_rot13|gzinflate|strrev|['"][A-Za-z0-9+\/=]{200})/ nocase
    condition:
        filesize < 5MB and $php and any of ($eval, $packed)
}

rule php_kit_sends_passwords
{
    meta:
        description = "A PHP file of a phishing kit sends the passwords of visitors away"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1566/002/"
    strings:
        $php = /<\?(php|=)/
        $password = /\$_(POST|REQUEST)\s?\[\s?['"](pass(word|wd|wrd)?|pwd|psw|pin|cvv|otp)[0-9]?['"]/ nocase
        $visitor = /\$_SERVER\s?\[\s?['"](REMOTE_ADDR|HTTP_CLIENT_IP|HTTP_USER_AGENT)['"]/
        $away = /(\bmail\s?\(\s?\$|api\.telegram\.org\/bot|fopen\s?\(\s?['"][^'"]{1,60}\.txt['"]\s?,\s?['"]a)/ nocase
        $words = /(geoplugin|ip-api\.com|ipinfo\.io|\+\s?={3,}|[-=|+]{4,}\s?(result|login|log|rezult|office|victim|bank)\b)/ nocase
    condition:
        filesize < 2MB and all of them
}

rule java_class_loads_and_starts
{
    meta:
        description = "A Java class loads a file from the net and starts it"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1105/"
    strings:
        $runtime = "java/lang/Runtime"
        $exec = "exec"
        $net = "java/net/URL"
        $open = /open(Stream|Connection)/
        $write = /(java\/io\/FileOutputStream|java\/nio\/file\/Files)/
        $temp = /(java\.io\.tmpdir|APPDATA|user\.home)/
    condition:
        uint32be(0) == 0xCAFEBABE and filesize < 2MB and all of them
}
