// Programs that steal, hide in others or load more, by the texts and names of functions in them.

rule program_steals_browser_passwords
{
    meta:
        description = "A program reads the passwords that browsers remember"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1555/003/"
    strings:
        $logins = "\\Login Data" ascii wide nocase
        $key = "encrypted_key" ascii wide
        $state = "\\Local State" ascii wide nocase
        $mozilla = "logins.json" ascii wide
        $decrypt = /(CryptUnprotectData|PK11SDR_Decrypt)/ ascii wide
    condition:
        uint16(0) == 0x5A4D and 4 of them
}

rule program_steals_wallets
{
    meta:
        description = "A program looks for the wallets of several coins"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1005/"
    strings:
        $a = "\\Exodus\\exodus.wallet" ascii wide nocase
        $b = "\\Electrum\\wallets" ascii wide nocase
        $c = "\\Ethereum\\keystore" ascii wide nocase
        $d = "wallet.dat" ascii wide nocase
        $e = "\\atomic\\Local Storage" ascii wide nocase
        $f = "\\Coinomi\\" ascii wide nocase
        $g = "nkbihfbeogaeaoehlefnkodbefgpgknn" ascii wide
    condition:
        uint16(0) == 0x5A4D and 3 of them
}

rule program_reports_to_chat
{
    meta:
        description = "A program sends what it finds to a chat (Telegram, Discord)"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1567/"
    strings:
        $telegram = "api.telegram.org/bot" ascii wide nocase
        $discord = /discord(app)?\.com\/api\/webhooks\/[0-9]{6}/ ascii wide nocase
    condition:
        uint16(0) == 0x5A4D and any of them
}

rule program_writes_into_others
{
    meta:
        description = "A program writes code into other programs and runs it there"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1055/"
    strings:
        $memory = "VirtualAllocEx" ascii wide
        $write = "WriteProcessMemory" ascii wide
        $run = /(CreateRemoteThread|QueueUserAPC|NtCreateThreadEx|RtlCreateUserThread)/ ascii wide
    condition:
        uint16(0) == 0x5A4D and all of them
}

rule program_takes_place_of_another
{
    meta:
        description = "A program starts another one and puts itself in its place"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1055/012/"
    strings:
        $empty = /(Nt|Zw)UnmapViewOfSection/ ascii wide
        $context = /(Nt|Wow64)?SetContextThread|(Wow64)?SetThreadContext/ ascii wide
        $resume = /(Nt)?ResumeThread/ ascii wide
        $write = /(WriteProcessMemory|NtWriteVirtualMemory)/ ascii wide
    condition:
        uint16(0) == 0x5A4D and all of them
}

rule program_logs_keys_and_mails_them
{
    meta:
        description = "A program records what is typed and sends it by mail"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1056/001/"
    strings:
        $hook = /(SetWindowsHookEx[AW]?|GetAsyncKeyState)/ ascii wide
        $window = /GetForegroundWindow/ ascii wide
        $smtp = /(SmtpClient|smtp\.[a-z0-9.-]{3,40}\.[a-z]{2,6})/ ascii wide nocase
        $credential = /(NetworkCredential|AUTH LOGIN)/ ascii wide
    condition:
        uint16(0) == 0x5A4D and all of them
}

rule program_unpacks_program_in_memory
{
    meta:
        description = "A .NET program decodes another one and runs it without writing it to the disk"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1620/"
    strings:
        $net = "mscoree.dll"
        $decode = /(FromBase64String|GZipStream|RijndaelManaged|AesCryptoServiceProvider|TripleDES)/
        $load = /\x00Load\x00/
        $entry = /(get_EntryPoint|GetExportedTypes|CreateInstance|InvokeMember)/
        $domain = /(AppDomain|Assembly)\x00/
    condition:
        uint16(0) == 0x5A4D and filesize < 10MB and all of them
}

rule program_loads_code_from_paste
{
    meta:
        description = "A program loads code from a page where anybody can leave text"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1102/"
    strings:
        $paste = /https?:\/\/(pastebin\.com\/raw|paste\.ee\/r|rentry\.co\/[a-z0-9]{3,20}\/raw|hastebin\.com\/raw|transfer\.sh|textbin\.net\/raw)\// ascii wide nocase
    condition:
        uint16(0) == 0x5A4D and $paste
}

rule program_looks_for_analysts
{
    meta:
        description = "A program looks whether an analyst watches it"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1497/001/"
    strings:
        $a = "SbieDll.dll" ascii wide nocase
        $b = /vmtoolsd|vmwaretray/ ascii wide nocase
        $c = /VBoxService|VBoxTray/ ascii wide nocase
        $d = /wireshark/ ascii wide nocase
        $e = /procmon|procexp/ ascii wide nocase
        $f = /x64dbg|ollydbg|ida64/ ascii wide nocase
        $g = /cuckoomon|joeboxserver/ ascii wide nocase
    condition:
        uint16(0) == 0x5A4D and 4 of them
}

rule program_loads_itself
{
    meta:
        description = "A program library is made to be loaded from memory by an intruder's tool"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1620/"
    strings:
        $loader = /\x00_?ReflectiveLoader(@4)?\x00/
    condition:
        uint16(0) == 0x5A4D and $loader
}

rule program_is_packed_script
{
    meta:
        description = "A program carries a compiled AutoIt script, in which loaders are often hidden"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1059/010/"
    strings:
        $script = "AU3!EA06"
    condition:
        $script
}

rule program_is_packed
{
    meta:
        description = "A program is packed with UPX, so that scanners see little of it"
        severity = "low"
        reference = "https://attack.mitre.org/techniques/T1027/002/"
    strings:
        $first = "UPX0\x00\x00\x00\x00"
        $second = "UPX1\x00\x00\x00\x00"
    condition:
        uint16(0) == 0x5A4D and $first in (0..2048) and $second in (0..2048)
}

rule python_program_steals
{
    meta:
        description = "A program packed from Python reads the passwords of browsers"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1555/003/"
    strings:
        $packed = "_MEIPASS"
        $archive = { 4D 45 49 0C 0B 0A 0B 0E }
        $windows = /win32crypt|pywin32|_win32sysloader/
        $database = /_sqlite3|sqlite3\.dll/
        $cipher = /Crypto[\\\/]Cipher|_raw_aes/
    condition:
        uint16(0) == 0x5A4D and all of them
}

rule files_are_held_to_ransom
{
    meta:
        description = "Something removes all copies from which files could be restored, as ransom software does"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1490/"
    strings:
        $shadows = /vssadmin(\.exe)?\s{1,3}delete\s{1,3}shadows/ ascii wide nocase
        $wmic = /wmic(\.exe)?\s{1,3}shadowcopy\s{1,3}delete/ ascii wide nocase
        $catalog = /wbadmin(\.exe)?\s{1,3}delete\s{1,3}(catalog|systemstatebackup)/ ascii wide nocase
        $recovery = /bcdedit(\.exe)?\s{1,3}\/set\s[^\r\n\x00]{0,30}recoveryenabled\s{1,3}no/ ascii wide nocase
        $mail = /^(From |Return-Path:|Received:)/
    condition:
        filesize < 20MB and 2 of ($shadows, $wmic, $catalog, $recovery) and not $mail at 0
}

rule machine_code_finds_functions
{
    meta:
        description = "A file begins with machine code that looks for functions of Windows by itself"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1055/"
    strings:
        // call over the code, pushad, mov ebp esp, then the thread's list of modules by way of fs:[30h] (or gs:[60h]).
        $x86 = { FC E8 ?? 00 00 00 60 89 E5 31 ?? 64 8B }
        $x64 = { FC 48 83 E4 F0 E8 ?? 00 00 00 41 51 41 50 52 51 }
    condition:
        filesize < 5MB and ($x86 at 0 or $x64 at 0)
}

rule machine_code_written_as_text
{
    meta:
        description = "A text spells machine code that looks for functions of Windows by itself"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $hex = /(\\x|0x|&H)fc[\s,;"']{0,3}(\\x|0x|&H)(e8|48)[\s,;"']{0,3}(\\x|0x|&H)8[0-9a-f][\s,;"']{0,3}(\\x|0x|&H)(00|e4)/ nocase
        $base64_x86 = /\/OiCAAAAYInlM/
        $base64_x64 = "/EiD5PDo"
    condition:
        filesize < 5MB and any of them
}

rule linux_program_loads_for_many_machines
{
    meta:
        description = "A program of Linux loads others for every kind of processor, as worms of small devices do"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1105/"
    strings:
        $busybox = "/bin/busybox"
        $load = /(wget|tftp|curl)\s[^\x00]{0,80}https?:\/\// nocase
        $mode = /chmod\s{1,3}(\+x|777)/
        $default = /(root|admin|support|default)\x00[^\x00]{0,12}(12345|admin|xc3511|vizxv|888888|juantech)/
        $elf = { 7F 45 4C 46 }
    condition:
        $elf at 0 and $busybox and 2 of ($load, $mode, $default)
}

rule mac_program_asks_for_password
{
    meta:
        description = "A program of macOS asks for the password of the computer through a script"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1056/002/"
    strings:
        $script = /osascript\s{1,3}-e/
        $hidden = "hidden answer"
        $keychain = /login\.keychain|dscl\s{1,3}\.|find-generic-password/
    condition:
        (uint32(0) == 0xFEEDFACF or uint32(0) == 0xFEEDFACE or uint32be(0) == 0xCAFEBABE) and all of them
}
