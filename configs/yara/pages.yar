// Pages (HTML) and pictures (SVG) as files: kits that ask for passwords, and pages that hide, copy or leak.

rule page_sends_password_to_chat
{
    meta:
        description = "A page sends what is typed into it to a chat (Telegram, Discord)"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1567/"
    strings:
        $page = /<(html|script|body|form|!doctype|svg)/ nocase
        $telegram = /api\.telegram\.org\/bot/ nocase
        $discord = /discord(app)?\.com\/api\/webhooks\/[0-9]{6}/ nocase
        $form = /type\s?=\s?\\?["']?(password|email)/ nocase
    condition:
        filesize < 10MB and $page and any of ($telegram, $discord) and $form
}

rule page_sends_password_to_form_service
{
    meta:
        description = "A page sends a password to a service that takes forms of anybody"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1567/"
    strings:
        $service = /action\s?=\s?["']?https:\/\/(formspree\.io|(www\.)?formsubmit\.co|submit-form\.com|getform\.io|api\.web3forms\.com|formcarry\.com|formbold\.com|usebasin\.com|(www\.)?form-data\.com|public\.herotofu\.com)\// nocase
        $password = /type\s?=\s?["']?password/ nocase
    condition:
        filesize < 10MB and $service and $password
}

rule page_knows_its_victim
{
    meta:
        description = "A log-in page takes the address of its victim from a code or from the end of its own address"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1566/001/"
    strings:
        $password = /type\s?=\s?\\?["']?password/ nocase
        $hash = /(window\.|document\.)?location\.(hash|href)\s{0,3}\.?\s{0,3}(substr|slice|split|replace|match)/
        $decode = /\batob\s?\(/
        $address = /(indexOf|includes|split|match|test)\s?\(\s?["'\/]@/
        $logo = /(logo\.clearbit\.com|google\.com\/s2\/favicons|icons\.duckduckgo\.com|image\.thum\.io|img\.logo\.dev)/ nocase
    condition:
        filesize < 10MB and $password and (($hash and $decode) or ($address and ($logo or $decode)))
}

rule page_dresses_as_microsoft
{
    meta:
        description = "A page as a file asks for a password and dresses itself with the pictures of Microsoft's log-in"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1566/001/"
    strings:
        $password = /type\s?=\s?\\?["']?password/ nocase
        $dress = /(aadcdn\.msauth(images)?\.net|aadcdn\.msftauth\.net|logincdn\.msauth\.net|secure\.aadcdn\.microsoftonline-p\.com|acctcdn\.ms(ft)?auth\.net)/ nocase
        // The real page posts to Microsoft.
        $real = /action\s?=\s?["'](https:\/\/login\.(microsoftonline|live)\.com)?\/(common|[0-9a-f-]{36}|ppsecure)\// nocase
    condition:
        filesize < 10MB and $password and $dress and not $real
}

rule page_shuts_out_inspection
{
    meta:
        description = "A page that asks for a password keeps people from looking at its source"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1622/"
    strings:
        $password = /type\s?=\s?\\?["']?password/ nocase
        $menu = /(oncontextmenu\s?=|addEventListener\s?\(\s?["']contextmenu["'])/ nocase
        $keys = /(keyCode|which)\s?={2,3}\s?(123|0x7b)\b|key\s?={2,3}\s?["']F12["']/ nocase
        $source = /(keyCode|which)\s?={2,3}\s?(85|0x55)\b|key\s?={2,3}\s?["']u["']/ nocase
        $debugger = /setInterval\s?\([^;]{0,200}debugger/ nocase
    condition:
        filesize < 10MB and $password and (($menu and $keys) or ($keys and $source) or $debugger)
}

rule page_speaks_through_socket
{
    meta:
        description = "A page as a file passes on a password as it is typed"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1557/"
    strings:
        $password = /type\s?=\s?\\?["']?password/ nocase
        $socket = /(new\s{1,3}WebSocket\s?\(|socket\.io(\.min)?\.js)/ nocase
    condition:
        filesize < 10MB and all of them
}

rule page_copies_command
{
    meta:
        description = "A page puts a command into the clipboard and tells people to run it"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1204/004/"
    strings:
        $page = /<(html|script|body|!doctype)/ nocase
        $copy = /(navigator\.clipboard\.writeText|execCommand\s?\(\s?["']copy["'])/ nocase
        $command = /\b(powershell(\.exe)?\s{1,3}-|mshta\s{1,3}https?:|cmd(\.exe)?\s{1,3}\/c|curl\s[^\r\n"'`]{4,200}\|\s?(ba|z)?sh|msiexec\s{1,3}\/)/ nocase
        $tell = /(Win(dows)?(\s?key)?\s?(\+|and|<[^>]{1,40}>\s?\+)\s?<?[^>]{0,10}>?R\b|Ctrl\s?\+\s?V|&#8984;|Run dialog|verify (that )?you are (a )?human|not a robot)/ nocase
    condition:
        filesize < 10MB and $page and $copy and $command and $tell
}

rule page_starts_diagnostic_tool
{
    meta:
        description = "A page starts a tool of Windows that runs commands"
        severity = "critical"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2022-30190"
    strings:
        $page = /<(html|script|body|!doctype|iframe)/ nocase
        $msdt = "ms-msdt:" nocase
        $tool = /(IT_RebrowseForFile|IT_BrowseForFile|PCWDiagnostic)/ nocase
        $officecmd = "ms-officecmd:" nocase
        $argument = /(--gpu-launcher|--inspect|LocalProviders)/ nocase
    condition:
        filesize < 10MB and $page and (($msdt and $tool) or ($officecmd and $argument))
}

rule page_opens_foreign_folder
{
    meta:
        description = "A page shows a folder of a foreign server as if it were one of this computer"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1204/001/"
    strings:
        $page = /<(html|script|body|!doctype|meta)/ nocase
        $search = /search(-ms)?:[^\s"'<>]{0,300}crumb=location(:|%3A)(\\\\|%5C%5C|https?)/ nocase
    condition:
        filesize < 10MB and $page and $search
}

rule page_reaches_for_file_server
{
    meta:
        description = "A page fetches a picture or page from a foreign file server, which gives away the password hash"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1187/"
    strings:
        $page = /<(html|body|!doctype|img|iframe|meta)/ nocase
        $fetch = /(src|data|background|url)\s?=\s?["']?(file:\/{2,5}|\\\\)([0-9]{1,3}\.){3}[0-9]{1,3}(@[0-9]{2,5})?[\\\/]/ nocase
        $private = /(src|data|background|url)\s?=\s?["']?(file:\/{2,5}|\\\\)(10|127|192\.168|172\.(1[6-9]|2[0-9]|3[01]))\./ nocase
    condition:
        filesize < 10MB and $page and $fetch and not $private
}

rule page_holds_page
{
    meta:
        description = "A page shows another page that it carries in base64"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1027/006/"
    strings:
        $frame = /<(iframe|object|embed)[^<>]{1,300}(src|data)\s?=\s?["']?data:text\/html;[^,>]{0,40}base64,/ nocase
        $refresh = /http-equiv\s?=\s?["']?refresh["']?[^>]{1,100}url\s?=\s?['"]?data:text\/html/ nocase
        $open = /(location(\.href)?\s?=|window\.open\s?\()\s?["']data:text\/html;base64,/ nocase
    condition:
        filesize < 10MB and any of them
}

rule page_writes_itself_from_code
{
    meta:
        description = "A page is written by a script out of an encoded text"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $page = /<(html|script|body|!doctype|svg)/ nocase
        $escaped = /(document\.write(ln)?|eval|innerHTML\s?=)\s?\(?\s?(decodeURIComponent\s?\(\s?)?(escape|unescape|decodeURIComponent)\s?\(\s?(window\.)?(atob\s?\(|["'](%[0-9a-f]{2}){40})/ nocase
        $bytes = /(document\.write(ln)?|innerHTML\s?=)\s?\(?\s?new\s{1,3}TextDecoder[^;]{0,200}(atob|fromCharCode|Uint8Array)/ nocase
        $encrypted = /CryptoJS\.AES\.decrypt\s?\([^;]{0,400}(document\.write|innerHTML|eval)/ nocase
    condition:
        filesize < 10MB and $page and any of ($escaped, $bytes, $encrypted)
}

rule page_turns_address_round
{
    meta:
        description = "A page leads to an address that it spells backwards"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $page = /<(html|script|body|!doctype|svg)/ nocase
        $reverse = /\.split\s?\(\s?["']{2}\s?\)\.reverse\s?\(\s?\)\.join\s?\(\s?["']{2}\s?\)/
        $address = /(:\/\/|\/\/:)s?ptth/
        $go = /location(\.(href|replace|assign))?\s{0,3}[=(]/
    condition:
        filesize < 5MB and $page and $go and $reverse and $address
}

rule page_lets_no_robot_in
{
    meta:
        description = "A page leads elsewhere only if no tool of an analyst opens it"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1497/"
    strings:
        $page = /<(html|script|body|!doctype)/ nocase
        $driver = /navigator\.webdriver/
        $tools = /(_phantom|callPhantom|__nightmare|Buffer\.from|burp|HeadlessChrome)/ nocase
        $go = /location(\.(href|replace|assign))?\s{0,3}[=(]/
        $blank = /about:blank|window\.stop\s?\(/
    condition:
        filesize < 5MB and $page and $driver and $go and ($tools or $blank)
}

rule page_of_renamed_script
{
    meta:
        description = "A small page consists of one script whose names and texts are all scrambled"
        severity = "medium"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $page = /<(html|script|body|!doctype|svg)/ nocase
        $name = /\b_0x[0-9a-f]{4,6}\b/
        $table = /(while\s?\(\s?!!\[\]\s?\)|parseInt\s?\(\s?_0x[0-9a-f]{4,6}\s?\()/
        $text = "</p>" nocase
    condition:
        // Pages that people save hold such scripts too, among their own text.
        filesize < 1MB and $page in (0..4096) and #name > 40 and $table and #text < 5
}

rule picture_asks_for_password
{
    meta:
        description = "A picture (SVG) shows a page that asks for a password"
        severity = "critical"
        reference = "https://attack.mitre.org/techniques/T1027/017/"
    strings:
        $svg = /<svg[\s>]/ nocase
        $page = /<foreignObject/ nocase
        $password = /type\s?=\s?["']?password/ nocase
        $frame = /<iframe[^<>]{1,300}src\s?=\s?["']?https?:/ nocase
        $html = /<(html|!doctype html)/ nocase
    condition:
        filesize < 5MB and $svg in (0..1024) and not $html in (0..256) and $page and any of ($password, $frame)
}

rule picture_leads_elsewhere_when_shown
{
    meta:
        description = "A picture (SVG) leads elsewhere as soon as it is shown"
        severity = "high"
        reference = "https://attack.mitre.org/techniques/T1027/017/"
    strings:
        $svg = /<svg[\s>]/ nocase
        $load = /onload\s?=\s?["'][^"']{0,120}(location|eval\s?\(|atob\s?\(|window\.open|fetch\s?\()/ nocase
        $begin = /onbegin\s?=\s?["'][^"']{0,120}(location|eval\s?\(|atob\s?\(|window\.open|fetch\s?\()/ nocase
        $over = /onmouseover\s?=\s?["'][^"']{0,120}(location|eval\s?\(|atob\s?\(|window\.open|fetch\s?\()/ nocase
        $error = /onerror\s?=\s?["'][^"']{0,120}(location|eval\s?\(|atob\s?\(|window\.open|fetch\s?\()/ nocase
        $html = /<(html|!doctype html)/ nocase
    condition:
        filesize < 5MB and $svg in (0..1024) and not $html in (0..256) and any of ($load, $begin, $over, $error)
}
