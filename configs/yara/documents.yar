// Documents that load or start something when they are opened.
// Each rule states: description (one sentence for the reader of the verdict), severity (info, low, medium, high,
// critical: 0, 1, 3, 7, 15 points), reference. Rules see the unpacked content: members of archives, parts of OOXML.

rule rtf_equation_editor_object
{
    meta:
        description = "An RTF document carries an Equation Editor object, the carrier of CVE-2017-11882"
        severity = "high"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2017-11882"
    strings:
        $rtf = "{\\rt"
        $object = "\\objdata" nocase
        // "Equation.3" as class name, plain and in hexadecimal, and its CLSID as it stands in the object.
        $class = "\\objclass Equation.3" nocase
        $class_hex = "4571756174696f6e2e33" nocase
        $clsid_hex = "02ce020000000000c000000000000046" nocase
    condition:
        $rtf at 0 and $object and any of ($class, $class_hex, $clsid_hex)
}

rule rtf_object_that_updates_itself
{
    meta:
        description = "An RTF document carries an object that is loaded when the document is opened"
        severity = "high"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2017-0199"
    strings:
        $rtf = "{\\rt"
        $update = "\\objupdate" nocase
        $data = "\\objdata" nocase
        $link = "\\objautlink" nocase
    condition:
        $rtf at 0 and $update and ($data or $link)
}

// Severity is low where a detector judges the same fact, and knows the good ones: what is counted twice makes of a
// letter from the template of an intranet what no administrator wants to explain.

rule rtf_embedded_package
{
    meta:
        description = "An RTF document carries a file of any kind"
        severity = "low"
        reference = "https://attack.mitre.org/techniques/T1027/009/"
    strings:
        $rtf = "{\\rt"
        $package = "\\objclass Package" nocase
        // "Package" and its terminating zero in hexadecimal, as the class of an OLE 1 object.
        $package_hex = "080000005061636b61676500" nocase
    condition:
        $rtf at 0 and any of ($package*)
}

rule ooxml_remote_template
{
    meta:
        description = "A document loads its template from elsewhere, and its macros with it"
        severity = "low"
        reference = "https://attack.mitre.org/techniques/T1221/"
    strings:
        $relations = "<Relationships"
        // Letters in brackets: so the search begins with the kind of relation, of which there are few.
        $template = /\/attachedTemplate"[^>]{0,600}[Tt][Aa][Rr][Gg][Ee][Tt]="([Hh][Tt][Tt][Pp][Ss]?:|[Ff][Tt][Pp]:|[Mm][Hh][Tt][Mm][Ll]:)/
        $template_reversed = /[Tt][Aa][Rr][Gg][Ee][Tt]="([Hh][Tt][Tt][Pp][Ss]?:|[Ff][Tt][Pp]:|[Mm][Hh][Tt][Mm][Ll]:)[^>]{0,600}\/attachedTemplate"/
        $external = "TargetMode=\"External\""
        // People keep their templates on disk, companies on file servers and in SharePoint: only the open web counts.
        $sharepoint = /Target="https:\/\/[a-z0-9-]{1,60}\.sharepoint\.com\// nocase
    condition:
        filesize < 1MB and $relations and $external and any of ($template*) and not $sharepoint
}

rule ooxml_remote_object
{
    meta:
        description = "A document loads an object from the net when it is opened"
        severity = "low"
        reference = "https://msrc.microsoft.com/update-guide/vulnerability/CVE-2022-30190"
    strings:
        $relations = "<Relationships"
        $object = /\/oleObject"[^>]{0,600}[Tt][Aa][Rr][Gg][Ee][Tt]="([Mm][Hh][Tt][Mm][Ll]:)?[Hh][Tt][Tt][Pp][Ss]?:/
        $object_reversed = /[Tt][Aa][Rr][Gg][Ee][Tt]="([Mm][Hh][Tt][Mm][Ll]:)?[Hh][Tt][Tt][Pp][Ss]?:[^>]{0,600}\/oleObject"/
    condition:
        filesize < 1MB and $relations and any of ($object*)
}

rule ooxml_link_starts_program
{
    meta:
        description = "A click in a document starts a program"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $relations = "<Relationships"
        $program = /\/hyperlink"[^>]{0,300}Target="(file:\/{2,3})?([a-z](:|%3A))?[^":]{0,200}(powershell|cmd|mshta|wscript|cscript|rundll32)(\.exe)?(%20| |")/ nocase
    condition:
        filesize < 1MB and $relations and $program
}

rule office_dde_command
{
    meta:
        description = "A document starts a program through a DDE field"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1559/002/"
    strings:
        $field = /\bDDE(AUTO)?\b[^\r\n<]{0,80}(cmd|powershell|mshta|rundll32|regsvr32|wscript|cscript)/ nocase
        $xlsx = /<ddeLink[^<>]{0,200}ddeService="(cmd|powershell|mshta|rundll32|msexcel)"/ nocase
        $word = "<w:instrText"
        $excel = "<externalLink"
        $rtf = "{\\rt"
    condition:
        ($field and ($word or $rtf at 0)) or ($xlsx and $excel)
}

rule csv_formula_starts_program
{
    meta:
        description = "A table in text form starts a program through a DDE formula"
        severity = "high"
        reference = "https://owasp.org/www-community/attacks/CSV_Injection"
    strings:
        $formula = /(^|[\r\n,;\t"])[=+@-][^\r\n,;]{0,40}(cmd|powershell|mshta|rundll32)(\.exe)?\|/ nocase
    condition:
        filesize < 2MB and $formula
}

rule pdf_starts_program
{
    meta:
        description = "A PDF document asks to start a program"
        severity = "high"
        reference = "ISO 32000-1, 12.6.4.5: launch actions"
    strings:
        $pdf = "%PDF-"
        $launch = /\/S\s{0,20}\/Launch\b/
        $windows = /\/Win\s{0,20}<</
        $program = /\/F\s{0,20}\([^)]{0,120}(cmd|powershell|mshta|rundll32|wscript)(\.exe)?\)/ nocase
    condition:
        $pdf in (0..1024) and $launch and any of ($windows, $program)
}

rule pdf_script_runs_when_opened
{
    meta:
        description = "A PDF document runs JavaScript that unpacks or exports something when it is opened"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $pdf = "%PDF-"
        $open = /\/(OpenAction|AA)\b/
        $script = /\/(JavaScript|JS)\b/
        // Forms of offices use JavaScript all day: it must also do what forms do not.
        $export = "exportDataObject" nocase
        $launch = /nLaunch\s{0,10}[:=]\s{0,10}2/
        $spray = "unescape(\"%u" nocase
        $printer = "Collab.getIcon" nocase
    condition:
        $pdf in (0..1024) and $open and $script and any of ($export, $launch, $spray, $printer)
}

rule onenote_embedded_program
{
    meta:
        description = "A OneNote file carries a script or a program"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $one = { E4 52 5C 7B 8C D8 A7 4D AE B1 53 78 D0 29 96 D3 }
        // [MS-ONESTORE] 2.6.13 FileDataStoreObject, whose data begin 36 bytes after its GUID.
        $program = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC [20] 4D 5A }
        $script = /\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC.{20}\s{0,200}(<script|<hta|<job|@echo|on error resume|powershell|var |function |dim )/ nocase
    condition:
        $one at 0 and any of ($program, $script)
}
