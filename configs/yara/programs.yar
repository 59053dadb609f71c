// Programs where no program should be.

rule program_hidden_in_base64
{
    meta:
        description = "A text file carries a Windows program in base64"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        // "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" as compilers write it; in base64 a multiple of 3 bytes on.
        $mz = "TVqQAAMAAAAEAAAA//8AALgAAAA"
        // A mail as a file carries programs in base64 by right: its parts are judged themselves.
        $mail = /(^|\n)Content-Transfer-Encoding:\s{1,5}base64/ nocase
    condition:
        filesize < 20MB and $mz and not $mail and uint16(0) != 0x5A4D
}

rule program_named_as_document
{
    meta:
        description = "A program whose version information names a document"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1036/"
    strings:
        $original = "OriginalFilename" wide
        $document = /O\x00r\x00i\x00g\x00i\x00n\x00a\x00l\x00F\x00i\x00l\x00e\x00n\x00a\x00m\x00e\x00\x00\x00.{0,200}\.\x00(p\x00d\x00f|d\x00o\x00c|x\x00l\x00s|j\x00p\x00g)\x00/ nocase
    condition:
        uint16(0) == 0x5A4D and $original and $document
}
