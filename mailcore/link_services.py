"""Services that put their own address before a link, and how the target stands in theirs.

Each is known by its host, so that nobody can pretend to be one: what they lead to is certain. Sources: the services'
own pages; for urldefense also Proofpoint's published decoder.
"""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable, Mapping
from html import unescape
from urllib.parse import unquote

from msgspec import Struct

from mailcore.url_values import base64_text, host_target, parameters, path_of, plain_target, url_in_json

_ENCODED_TARGET = re.compile(r"/((?:https?|ftp)(?::|%(?:25)*3a)[^#]*)", re.IGNORECASE)
_V3 = re.compile(r"/v3/__(.+?)__;([\w-]*)=*!")
_V3_TOKEN = re.compile(r"\*(\*.)?")
_RUN_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
_RUNS = {letter: length for length, letter in enumerate(_RUN_LETTERS, 2)}
_AMP = re.compile(r"/(?:amp|c|v|a|i|r|wp)/(s/)?([^?#/]+\.[^?#/]+[^#]*)", re.IGNORECASE)
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
_GOOGLE_PATHS = ("url", "imgres", "aclk", "interstitial", "local_url", "pagead/aclk", "linkredirect")

Reader = Callable[[str], str]


class Service(Struct, frozen=True):
    """`read` gives the target of a URL of that service, or ""."""

    name: str
    read: Reader


def service_of(host: str) -> Service | None:
    """The service that a host belongs to."""
    name = host
    while name:
        found = _SERVICES.get(name)
        if found is not None:
            return found
        name = name.partition(".")[2]
    return _GOOGLE_SERVICE if "google." in host and _GOOGLE.fullmatch(host) else None


def _parameter(*names: str, path: str = "") -> Reader:
    """A reader of the first of these parameters that has a target; a host without a scheme counts, too."""

    def read(url: str) -> str:
        if path and not path_of(url).lower().startswith(path):
            return ""
        values = parameters(url)
        for name in names:
            for key, value in values:
                if key == name and (target := plain_target(value) or host_target(value)):
                    return target
        return ""

    return read


def _base64_parameter(*names: str, prefix: str = "") -> Reader:
    """A reader of parameters in base64 behind that prefix; a plain target is taken as it is."""

    def read(url: str) -> str:
        for key, value in parameters(url):
            if key in names:
                decoded = unquote(value)
                target = plain_target(base64_text(decoded.removeprefix(prefix))) or plain_target(decoded)
                if target:
                    return target
        return ""

    return read


def _in_path(url: str) -> str:
    """The target that begins behind a slash: `/1/https%3A%2F%2Fexample.com%2F/2`, `/CL0/https:%2F%2Fexample.com`."""
    match = _ENCODED_TARGET.search(url, 8)
    if match is None:
        return ""
    found = match[1]
    if "%2f" in found[:24].lower():  # its own slashes are encoded: what stands behind one is the service's
        found = found.partition("/")[0]
    return plain_target(found)


def _urldefense(url: str) -> str:
    """Proofpoint URL Defense, versions 1 to 3."""
    if "/v3/__" in url:
        return _urldefense_v3(url)
    value = next((value for key, value in parameters(url) if key == "u"), "")
    if "/v2/" in url:
        value = value.replace("-", "%").replace("_", "/")
    return plain_target(unescape(unquote(value)))


def _urldefense_v3(url: str) -> str:
    """Version 3: `*` stands for a byte that was taken out, `**x` for a run of them; they follow in base64."""
    match = _V3.match(url, url.find("/v3/__"))
    if match is None:
        return ""
    try:
        taken = base64.urlsafe_b64decode(match[2] + "===").decode("utf-8")
    except ValueError:
        taken = ""
    at = 0

    def put_back(token: re.Match[str]) -> str:
        nonlocal at
        length = _RUNS.get(token[0][-1], 0) if token[1] else 1
        at += length
        return taken[at - length : at]

    return plain_target(_V3_TOKEN.sub(put_back, unquote(match[1])))


_U = _parameter("u", "url")
_URL = _parameter("url")


def _domain_only(name: str) -> Reader:
    """A reader for services that tell only the host of the target."""
    return lambda url: next((host_target(value) for key, value in parameters(url) if key == name), "")


def _sophos(url: str) -> str:
    """`?d=example.com&u=base64`; the host alone where the rest cannot be read."""
    return _base64_parameter("u")(url) or _domain_only("d")(url)


def _amp(url: str) -> str:
    """`/amp/s/example.com/x`, `/c/s/example.com/x`: "s" stands for https."""
    match = _AMP.match("/" + path_of(url, query=True))
    return ("https://" if match[1] else "http://") + unquote(match[2]) if match else ""


def _google(url: str) -> str:
    path = path_of(url).lower()
    if path.startswith("amp/"):
        return _amp(url)
    if path.rstrip("/") in _GOOGLE_PATHS:
        return _parameter("q", "url", "adurl", "imgrefurl", "dest")(url)
    return _parameter("u", "url")(url) if path.startswith(("translate", "website")) else ""


def _translated(url: str) -> str:
    """`https://www-example-com.translate.goog/x`: dots are written as hyphens, hyphens as two."""
    host, _, path = url[url.find("//") + 2 :].partition("/")
    name = host.partition(".")[0].replace("--", "\0").replace("-", ".").replace("\0", "-")
    return f"https://{name}/{path}" if "." in name else ""


def _bing(url: str) -> str:
    """`/ck/a?...&u=a1` and base64."""
    return _base64_parameter("u", prefix="a1")(url) if path_of(url).startswith(("ck/", "aclick", "alink")) else ""


def _yahoo(url: str) -> str:
    """`/RU=https%3a%2f%2fexample.com%2f/RK=2/RS=...`, in the path."""
    value = path_of(url).partition("RU=")[2].partition("/")[0]
    return plain_target(value)


def _linkedin(url: str) -> str:
    return _U(url) if path_of(url).startswith(("redir/", "safety/go", "slink")) else ""


def _mandrill(url: str) -> str:
    """`?p=` is base64 of JSON, in which JSON tells the URL; the host stands in the path, too."""
    value = next((unquote(value) for key, value in parameters(url) if key == "p"), "")
    parts = path_of(url).split("/")
    return url_in_json(base64_text(value)) or (host_target(parts[3]) if len(parts) > 3 and parts[0] == "track" else "")


# By host; hosts below it belong to it.
_SERVICES: Mapping[str, Service] = {
    host: Service(name, reader)
    for name, reader, hosts in (
        # Scanners of links.
        ("safelinks", _URL, "safelinks.protection.outlook.com safelinks.protection.office365.us"),
        ("safelinks", _URL, "safelinks.protection.outlook.cn safelinks.protection.outlook.de"),
        ("microsoft-teams", _URL, "statics.teams.cdn.office.net"),
        ("urldefense", _urldefense, "urldefense.com urldefense.us urldefense.proofpoint.com"),
        ("mimecast", _domain_only("domain"), "mimecast.com mimecastprotect.com"),
        ("barracuda", _parameter("a"), "linkprotect.cudasvc.com"),
        ("trend-micro", _parameter("url", path="wis/clicktime"), "trendmicro.com trendmicro.eu"),
        ("sophos", _sophos, "protection.sophos.com"),
        ("cisco", _in_path, "secure-web.cisco.com"),
        ("fireeye", _U, "protect.fireeye.com protect2.fireeye.com"),
        ("symantec", _U, "clicktime.symantec.com clicktime.cloud.postoffice.net"),
        ("libraesva", _U, "urlsand.esvalabs.com urlsand.com"),
        ("avanan", _parameter("url", "u"), "url.avanan.click avanan.click"),
        ("trustifi", _URL, "trustifi.com"),
        ("hornetsecurity", _parameter("url", "u"), "atpscan.global.hornetsecurity.com seclinks.cloud-security.net"),
        # Portals.
        ("facebook", _U, "l.facebook.com lm.facebook.com l.instagram.com l.messenger.com l.workplace.com"),
        ("facebook", _parameter("u", path="l.php"), "facebook.com"),
        ("facebook", _parameter("u", path="flx/warn"), "business.facebook.com"),
        ("linkedin", _linkedin, "linkedin.com"),
        ("youtube", _parameter("q", path="redirect"), "youtube.com"),
        ("bing", _bing, "bing.com"),
        ("yahoo", _yahoo, "r.search.yahoo.com search.yahoo.com"),
        ("baidu", _parameter("url", "u"), "baidu.com"),
        ("yandex", _parameter("url"), "clck.yandex.ru clck.yandex.com yandex.ru sba.yandex.net"),
        ("vk", _parameter("to", path="away.php"), "vk.com"),
        ("steam", _parameter("u", "url", path="linkfilter"), "steamcommunity.com"),
        ("slack", _parameter("url"), "slack-redir.net"),
        ("reddit", _parameter("url"), "out.reddit.com"),
        ("duckduckgo", _parameter("uddg", path="l/"), "duckduckgo.com"),
        ("tumblr", _parameter("z"), "t.umblr.com href.li"),
        ("disqus", _parameter("url"), "disq.us"),
        ("pinterest", _parameter("url", path="offsite"), "pinterest.com"),
        ("medium", _parameter("url", path="r/"), "medium.com"),
        # AMP caches and translations.
        ("amp", _amp, "cdn.ampproject.org amp.cloudflare.com bing-amp.com"),
        ("google-translate", _translated, "translate.goog"),
        ("google-translate", _U, "translate.google.com translate.googleusercontent.com"),
        # Counters of clicks.
        ("google-ads", _parameter("adurl", "q", "url"), "googleadservices.com googlesyndication.com doubleclick.net"),
        ("amazon-ses", _in_path, "awstrack.me"),
        ("mandrill", _mandrill, "mandrillapp.com"),
    )
    for host in hosts.split()
}  # fmt: skip
_GOOGLE_SERVICE = Service("google", _google)
