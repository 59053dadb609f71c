"""Links that have another address in front of their target: as they come, the target, and whose the front is."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

T = "https://t.example/x?a=1"
Q = quote(T, safe="")
QQ = quote(Q, safe="")
B = base64.b64encode(T.encode()).decode()
U = B.rstrip("=").replace("+", "-").replace("/", "_")
J = base64.urlsafe_b64encode(json.dumps({"id": 7, "href": T}).encode()).decode().rstrip("=")
MANDRILL = base64.urlsafe_b64encode(
    json.dumps({"s": "x", "p": json.dumps({"u": 1, "url": T.replace("/", "\\/")})}).encode()
).decode()

# Known services: the link is to the target.
CERTAIN: dict[str, tuple[str, str, str]] = {
    "safelinks": (f"https://eur01.safelinks.protection.outlook.com/?url={Q}&data=05%7C02&reserved=0", T, "safelinks"),
    "safelinks, path": (f"https://nam02.safelinks.protection.outlook.com/ap/w-59584e83/?url={Q}", T, "safelinks"),
    "safelinks, reference in plain text": (
        f"https://x.safelinks.protection.outlook.com/?a=1&amp;url={Q}",
        T,
        "safelinks",
    ),
    "safelinks, government": (f"https://gcc02.safelinks.protection.office365.us/?url={Q}", T, "safelinks"),
    "safelinks, in capitals": (f"HTTPS://EUR01.SAFELINKS.PROTECTION.OUTLOOK.COM/?URL={Q}", T, "safelinks"),
    "teams": (
        f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp.html?url={Q}",
        T,
        "microsoft-teams",
    ),
    "urldefense 1": (f"https://urldefense.proofpoint.com/v1/url?u={Q}&k=oIvRg%2B&r=x", T, "urldefense"),
    "urldefense 2": (
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__t.example_x-3Fa-3D1&d=DwMF&c=x&r=y",
        T,
        "urldefense",
    ),
    "urldefense 2, underscore": (
        "https://urldefense.proofpoint.com/v2/url?u=http-3A__t.example_a-5Fb-2Dc&d=Dw",
        "http://t.example/a_b-c",
        "urldefense",
    ),
    "urldefense 3": (f"https://urldefense.com/v3/__{T}__;!!abc$", T, "urldefense"),
    "urldefense 3, one slash": ("https://urldefense.com/v3/__https:/t.example/x?a=1__;!!abc$", T, "urldefense"),
    "urldefense 3, one byte": (
        "https://urldefense.com/v3/__https://t.example/a*b__;Kw!-6$",
        "https://t.example/a+b",
        "urldefense",
    ),
    "urldefense 3, a run": (
        "https://urldefense.com/v3/__https://t.example/**A__;Iys!!x$",
        "https://t.example/#+",
        "urldefense",
    ),
    "urldefense 3, other region": (f"https://urldefense.us/v3/__{T}__;!!abc$", T, "urldefense"),
    "google": (f"https://www.google.com/url?q={Q}&sa=D&ust=1", T, "google"),
    "google, url": (f"https://www.google.com/url?sa=t&url={Q}", T, "google"),
    "google, country": (f"https://www.google.co.uk/url?q={Q}", T, "google"),
    "google, plain": ("https://google.com/url?q=https://t.example/x", "https://t.example/x", "google"),
    "google, no scheme": ("https://www.google.com/url?q=t.example/x", "http://t.example/x", "google"),
    "google pictures": (f"https://www.google.com/imgres?imgrefurl={Q}", T, "google"),
    "google AMP": ("https://www.google.com/amp/s/t.example/x", "https://t.example/x", "google"),
    "google AMP, http": ("https://www.google.com/amp/t.example/x", "http://t.example/x", "google"),
    "google ads": (f"https://www.googleadservices.com/pagead/aclk?sa=L&adurl={Q}", T, "google-ads"),
    "doubleclick": (f"https://adclick.g.doubleclick.net/pcs/click?xai=1&adurl={Q}", T, "google-ads"),
    "translated page": ("https://t-example.translate.goog/x?a=1", T, "google-translate"),
    "translated page, hyphen": ("https://a--b-example.translate.goog/", "https://a-b.example/", "google-translate"),
    "translate": (f"https://translate.google.com/translate?sl=de&u={Q}", T, "google-translate"),
    "AMP cache": ("https://t-example.cdn.ampproject.org/c/s/t.example/x", "https://t.example/x", "amp"),
    "AMP viewer": ("https://t-example.cdn.ampproject.org/v/s/t.example/x?a=1", T, "amp"),
    "bing": (f"https://www.bing.com/ck/a?!&&p=abc&ptn=3&u=a1{U}&ntb=1", T, "bing"),
    "yahoo": (f"https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU={Q}/RK=2/RS=x-", T, "yahoo"),
    "facebook": (f"https://l.facebook.com/l.php?u={Q}&h=AT0", T, "facebook"),
    "facebook, main host": (f"https://www.facebook.com/l.php?u={Q}", T, "facebook"),
    "instagram": (f"https://l.instagram.com/?u={Q}&e=x", T, "facebook"),
    "linkedin": (f"https://www.linkedin.com/redir/redirect?url={Q}&urlhash=x", T, "linkedin"),
    "linkedin, safety": (f"https://www.linkedin.com/safety/go?url={Q}", T, "linkedin"),
    "youtube": (f"https://www.youtube.com/redirect?event=x&q={Q}", T, "youtube"),
    "baidu": (f"https://www.baidu.com/link?url={Q}", T, "baidu"),
    "vk": (f"https://vk.com/away.php?to={Q}", T, "vk"),
    "duckduckgo": (f"https://duckduckgo.com/l/?uddg={Q}", T, "duckduckgo"),
    "reddit": (f"https://out.reddit.com/t3_x?url={Q}", T, "reddit"),
    "slack": (f"https://slack-redir.net/link?url={Q}", T, "slack"),
    "mimecast": ("https://protect-eu.mimecast.com/s/abcDEF?domain=t.example", "http://t.example", "mimecast"),
    "barracuda": (f"https://linkprotect.cudasvc.com/url?a={Q}&c=E,1,x&typo=1", T, "barracuda"),
    "trend micro": (f"https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url={Q}&umid=1", T, "trend-micro"),
    "sophos": (f"https://eu-west-1.protection.sophos.com/?d=t.example&u={B}&i=1", T, "sophos"),
    "sophos, host only": ("https://eu-west-1.protection.sophos.com/?d=t.example&u=%25", "http://t.example", "sophos"),
    "cisco": (f"https://secure-web.cisco.com/1abcDEF-x/{Q}", T, "cisco"),
    "fireeye": (f"https://protect2.fireeye.com/v1/url?k=x&u={Q}", T, "fireeye"),
    "symantec": (f"https://clicktime.symantec.com/3abc?u={Q}", T, "symantec"),
    "libraesva": (f"https://urlsand.esvalabs.com/?u={Q}&e=x", T, "libraesva"),
    "amazon": ("https://x.awstrack.me/L0/https:%2F%2Ft.example%2Fx%3Fa=1/1/0100-x/y=1", T, "amazon-ses"),
    "mandrill": (f"https://mandrillapp.com/track/click/1/t.example?p={MANDRILL}", T, "mandrill"),
    "mandrill, host only": ("https://mandrillapp.com/track/click/1/t.example?p=x", "http://t.example", "mandrill"),
}

# Anybody's: the link stays, and the target is looked at besides.
PASSED: dict[str, str] = {
    "parameter": f"https://a.example/c?url={Q}",
    "parameter, plain": f"https://a.example/c?x=1&u={T}",
    "parameter, any name": f"https://a.example/c?xyz={Q}",
    "parameter, encoded twice": f"https://a.example/c?url={QQ}",
    "parameter, semicolons": f"https://a.example/c?x=1;url={Q}",
    "parameter in capitals": f"https://a.example/c?URL={Q}",
    "behind a decoy": f"https://a.example/c?x=https%3A%2F%2Fgood.example&url={Q}",
    "base64": f"https://a.example/c?u={B}",
    "base64 for URLs": f"https://a.example/c?u={U}",
    "base64, encoded": f"https://a.example/c?u={quote(B, safe='')}",
    "base64 in the path": f"https://a.example/r/{U}/x",
    "base64 in the fragment": f"https://a.example/#{U}",
    "JSON in base64": f"https://a.example/click?d={J}",
    "hexadecimal": f"https://a.example/c?u={T.encode().hex()}",
    "path": f"https://a.example/r/{T}",
    "path, encoded": f"https://a.example/r/{Q}",
    "path, one slash": "https://a.example/r/https:/t.example/x?a=1",
    "fragment": f"https://a.example/#{T}",
    "parameter in the fragment": f"https://a.example/#/go?u={Q}",
    "no scheme": "https://a.example/?url=//t.example/x?a=1",
    "nested": f"https://a.example/?u={quote('https://b.example/?u=' + Q, safe='')}",
    "service inside": f"https://a.example/?u={quote('https://www.google.com/url?q=' + Q, safe='')}",
}

# Nothing is in front of anything.
STAY: list[str] = [
    "https://a.example/",
    "https://a.example/?url=",
    "https://a.example/?url=1",
    "https://a.example/?url=page.html",
    "https://a.example/?next=/account",
    "https://a.example/?next=%2Faccount%2F",
    "https://a.example/?to=bob@example.com",
    "https://a.example/?q=what+is+http",
    "https://a.example/https-guide",
    "https://a.example/?u=https%3A",
    "https://a.example/?u=https://a.example/login",
    "https://a.example/?u=https://www.a.example/login",
    "https://a.example/?to=t.unknown/x",
    "https://a.example/aHR0cA",
    "https://a.example/?u=aHR0cHM6",
    "https://a.example/?t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x",
    "https://a.example/?x=%zz%",
    "https://a.example/?x=6874",
    "https://www.google.com/search?q=example",
    "https://docs.google.com/document/d/1",
    "https://www.google.com/url?q=",
    "https://google.com.evil.example/url?q=1",
    "https://www.bing.com/search?q=x",
    "https://www.bing.com/ck/a?u=a1%25",
    "https://www.baidu.com/link?url=AbCdEf-GhIjKl_1234567890",
    "https://www.facebook.com/example",
    "https://www.linkedin.com/in/somebody",
    "https://urldefense.com/v3/",
    "https://urldefense.com/v3/__x__;!!$",
    "https://urldefense.proofpoint.com/v2/url?u=&d=x",
    "https://x.safelinks.protection.outlook.com/?data=1",
    "https://x.safelinks.protection.outlook.com/?url=%",
    "https://protect-eu.mimecast.com/s/abcDEF",
    "https://secure-web.cisco.com/1abc",
    "https://mandrillapp.com/track/open.php?u=1",
    "https://translate.goog/",
]
