"""Links from outside, through a real Postfix: what is made of a mail with them, and what of a click on them.

A newsletter arrives with links of ours under a seal that holds, looks as it did, and leads where it led, as long as
nothing bad is known of that.
"""

from __future__ import annotations

import email
import email.policy
import html
import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import dkim
import pytest
import redis
import yaml
from cryptography.hazmat.primitives import serialization
from PIL import ImageChops

from mailchord.postfix import free_port
from mailcore import safe_links
from mailcore.authentication import AuthResult
from mailcore.carried_link_settings import CarriedLinks
from mailcore.link_addresses import address_of, page_key
from mailcore.message import LinkUse
from mailcore.parse import parse
from mailcore.safe_links import Keys
from mailio.carried_links import RedisCarriedLinks
from mailio.redis_client import connect
from mailio.safe_link_keys import load_keys, make_new_key
from mailio.state import EVENTS
from tests.chromium import needs_chromium, page_of, picture_of
from tests.postfix import Client, PrivatePostfix, Reply, needs_postfix
from tests.system.installation import ROOT, Installation, environment, eventually, merged
from tests.workers.auth.signing import DOMAIN, SELECTOR, record, rsa_key, run, signed
from workers.auth.arc import verify_arc
from workers.auth.dkim import verify_dkim

pytestmark = [pytest.mark.system, needs_postfix, pytest.mark.timeout(300)]

US = "mx.example.org"
SENDER = Client(address="203.0.113.9", name="client.example.net", helo="client.example.net")
OURS = Client(address="127.0.0.1", name="localhost", helo="localhost")
KEYS = {f"{SELECTOR}._domainkey.{DOMAIN}": record(rsa_key()), "arc._domainkey.example.org": record(rsa_key(2_048))}

# What is refused elsewhere is held for one of these, and marked for the other.
HELD, TAGGED = "held@example.org", "tagged@example.org"

# A red square, 16 by 16.
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAF0lEQVR4nGP4z8BAEiJN9aiGUQ1DSgMAQ"
    "C7/AUw4z8AAAAAASUVORK5CYII="
)
PAGE = f"""<html><head><style>a:link {{ color: #146; }} td {{ padding: 1em; background: #eef; }}</style></head><body>
<p>Dear reader, here is what is new.</p>
<table border="1"><tr><td><img src="{PICTURE}" alt="Logo"></td><td><h2>On Monday</h2>
<p><a href="https://www.example.com/news?id=1&amp;from=mail">Read on</a> or
<a href="mailto:editor@example.com">write to us</a>, <a href="https://www.example.org/">our site</a>.</p></td></tr>
</table><ul><li><a style="text-decoration: none" href='https://www.example.com/news?id=2&amp;from=mail'><b>Also</b>
new</a></li></ul><img src="https://www.example.com/logo.png" alt="Logo"></body></html>
"""
TEXT = "Dear reader, here is what is new.\n\nRead on: https://www.example.com/news?id=1&from=mail\n"


class WithClicks(Installation):
    """An installation whose safe links lead to a click service of its own."""

    def __init__(self, key_dir: Path, settings: Mapping[str, Any]) -> None:
        self.key_dir = key_dir
        self._numbers = count()
        self.click_port = free_port()
        self.base_url = f"http://127.0.0.1:{self.click_port}/s"
        own = {
            "safe_links": {"enabled": True, "base_url": self.base_url, "key_dir": str(key_dir)},
            "clicks": {"listen": f"127.0.0.1:{self.click_port}", "clicks_per_minute": 10_000, "seconds": 30},
        }
        super().__init__(merged(own, settings))

    @property
    def keys(self) -> Keys:
        return load_keys(self.key_dir)

    @property
    def bad_links(self) -> Path:
        """The administrator's list of bad links."""
        return self.directory / "bad-links.txt"

    def safe_link(self, target: str) -> str:
        """One of a message of its own: of a message with one bad link all links are blocked."""
        link = safe_links.make(
            target,
            base_url=self.base_url,
            key=self.keys.signing,
            reference=f"x-{next(self._numbers)}",
            issued_at=time.time(),
            days=1,
        )
        assert link is not None
        return link

    def target_of(self, link: str) -> str:
        reading = safe_links.read_url(link, self.base_url, self.keys, now=time.time())
        assert reading.link is not None, reading.refusal
        return reading.link.target

    def click(self, link: str) -> tuple[int, str, str]:
        """Status, where it leads on to, and the text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.click_port, timeout=60)
        try:
            connection.request("GET", urlsplit(link).path)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()

    def change(self, settings: Mapping[str, Any]) -> None:
        """Edit the configuration, and have it taken over by every part."""
        assert self.process is not None
        before = len(self.taken_over())
        self.configure(merged(yaml.safe_load(self.configuration.read_text()), settings))
        self.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: len(self.taken_over()) > before, seconds=120, pause=0.2), self.log_end()

    def taken_over(self) -> list[dict[str, Any]]:
        lines = self.log_lines("configuration in use")
        return [entry for entry in lines if entry.get("component") == "click-service"]

    def run(self, *words: str) -> None:
        """A command of an administrator."""
        command = [sys.executable, "-m", "mailchord", "-c", str(self.configuration), *words]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def state_client(self) -> redis.Redis:
        return connect(f"unix://{self.state}/redis/state.sock?db=0", timeout=10.0)

    def events(self, kind: str) -> list[dict[str, str]]:
        """What whoever follows the stream of events sees of that kind."""
        with closing(self.state_client()) as client:
            entries = client.xrange(EVENTS)
        found = [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]
        return [fields for fields in found if fields["kind"] == kind]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WithClicks]:
    key_dir = tmp_path_factory.mktemp("safe-links")
    make_new_key(key_dir, now=time.time())
    key_file = key_dir / "arc.pem"
    key_file.write_bytes(
        rsa_key(2_048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    key_file.chmod(0o600)
    settings = {
        "front": {"authserv_id": US},
        "networks": {"local_domains": ["example.org"]},
        "policy": {"recipients": {HELD: {"at_most": "quarantine"}, TAGGED: {"at_most": "tag"}}},
        # What is not about links only takes time to start.
        "workers": [
            {"pools": ["intake", "aggregate"], "processes": 1},
            {"pools": ["auth"], "threads": 4},
            {"pools": ["content", "urls", "late"], "processes": 1},
        ],
        "pools": {name: {"enabled": False} for name in ("ml", "attachments", "ocr", "sandbox")},
        "arc": {"domain": "example.org", "selector": "arc", "key_file": str(key_file)},
    }
    new = WithClicks(key_dir, settings)
    bad_links = {"source": str(new.bad_links), "format": "plain", "weight": 9}
    new.configure(merged(yaml.safe_load(new.configuration.read_text()), {"feeds": {"lists": {"ours": bad_links}}}))
    key = record(rsa_key())
    with (new.directory / "dns.zone").open("a") as zone:
        zone.write(f'{SELECTOR}._domainkey.{DOMAIN} TXT "{key[:200]}" "{key[200:]}"\n')
    with new as running:
        yield running
    # SIGTERM has ended every process, the click service too.
    with pytest.raises(ConnectionRefusedError):
        new.click(new.base_url)


@pytest.fixture(scope="module")
def postfix(installation: WithClicks) -> Iterator[PrivatePostfix]:
    with PrivatePostfix(milter=installation.listen) as running:
        yield running


def newsletter(subject: str, *, page: str = PAGE, text: str = TEXT) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = f"News <news@{DOMAIN}>"
    message["To"] = "bob@example.org"
    message["Subject"] = subject
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@{DOMAIN}>"
    message.set_content(text)
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return signed(bytes(message), t=str(int(time.time())))


def arrived(postfix: PrivatePostfix, subject: str) -> bytes:
    """The delivered message as it was sent on: lines in a mailbox end with LF."""
    wanted = f"\nSubject: {subject}\n".encode()

    def copies() -> list[bytes]:
        return [raw for path in postfix.deliveries() if wanted in (raw := path.read_bytes())]

    assert eventually(copies), postfix.log()
    return copies()[0].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def send_newsletter(postfix: PrivatePostfix, raw: bytes) -> None:
    reply = postfix.send(raw, sender=f"news@{DOMAIN}", recipients=["bob@example.org"], client=SENDER)
    assert reply.accepted, reply


def html_of(raw: bytes) -> str:
    part = email.message_from_bytes(raw, policy=email.policy.default).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def links_to_us(page: str, installation: WithClicks) -> list[str]:
    """Links of ours as a browser reads them out of a page."""
    found = re.findall(r"""href=["']([^"']+)["']""", page)
    return [html.unescape(href) for href in found if href.startswith(installation.base_url)]


def test_a_newsletter_arrives_with_safe_links_under_a_seal(installation: WithClicks, postfix: PrivatePostfix) -> None:
    sent = newsletter("News of Monday")
    send_newsletter(postfix, sent)
    raw = arrived(postfix, "News of Monday")
    before, after = parse(sent, message_id="x").message, parse(raw, message_id="x").message
    base, keys = installation.base_url, installation.keys

    # Links lead to us and from there to where they led; all that is no link is as it was.
    links = [link.href for link in after.links if link.href.startswith(base)]
    readings = [safe_links.read_url(link, base, keys, now=time.time()) for link in links]
    assert {reading.link.target for reading in readings if reading.link} == {
        "https://www.example.com/news?id=1&from=mail",
        "https://www.example.com/news?id=2&from=mail",
    }
    assert all(reading.refusal is None for reading in readings)
    assert len(links) == 3
    assert after.html_text == before.html_text
    safe = re.compile(re.escape(base) + r"/[\w./-]+")
    assert safe.sub("https://www.example.com/news?id=1&from=mail", after.text) == before.text
    assert "https://www.example.org/" in {link.href for link in after.links}
    assert [link for link in after.other_links if link.use is LinkUse.LOADED] == list(before.other_links)
    assert after.html == before.html

    # The signature of its sender no longer holds; what it was worth stands in a seal that does.
    assert [result.result for result in run(verify_dkim(raw, now=time.time()), KEYS)] == [AuthResult.FAIL]
    chain = run(verify_arc(raw, now=time.time()), KEYS)
    assert (chain.result, chain.sealers) == (AuthResult.PASS, ("example.org",))
    assert dkim.arc_verify(raw, dnsfunc=lambda name, timeout=5: KEYS[name.decode().rstrip(".")].encode())[0] == b"pass"
    sealed = str(email.message_from_bytes(raw, policy=email.policy.default)["ARC-Authentication-Results"])
    assert f"i=1; {US};" in sealed
    assert "dkim=pass" in sealed
    assert f"header.d={DOMAIN}" in sealed

    # Clicks on them lead there.
    for link in links:
        assert installation.click(link)[:2] == (302, installation.target_of(link))


@needs_chromium
def test_a_newsletter_looks_as_it_did(installation: WithClicks, postfix: PrivatePostfix, tmp_path: Path) -> None:
    sent = newsletter("News of Tuesday")
    send_newsletter(postfix, sent)
    raw = arrived(postfix, "News of Tuesday")
    assert len(links_to_us(html_of(raw), installation)) == 2
    before, after = picture_of(html_of(sent), tmp_path), picture_of(html_of(raw), tmp_path)

    assert len(before.getcolors(1_000_000) or []) > 10, "nothing was drawn"
    assert ImageChops.difference(before, after).getbbox() is None


LOOKALIKE = "paypal.com-login.account-check.example"
WAY = ("www.google.com", "www.linkedin.com", LOOKALIKE)
WRAPPED = "https://www.google.com/url?q=" + quote(
    "https://www.linkedin.com/redir/redirect?url=" + quote(f"https://{LOOKALIKE}/signin?id=7", safe=""), safe=""
)


def send_phishing(postfix: PrivatePostfix, subject: str, recipient: str) -> Reply:
    """Its link begins at Google and goes through LinkedIn to a host that is to be taken for PayPal's."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "PayPal <service@mail-check.example>"
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@mail-check.example>"
    message.set_content("Dear customer, your account was limited. Confirm it within 24 hours, or it will be closed.")
    page = f"""<p>Dear customer, your account was limited. Confirm it within 24 hours, or it will be closed.</p>
<p><a href="{html.escape(WRAPPED)}">https://www.paypal.com/signin</a></p>"""
    message.add_alternative(page, subtype="html")
    client = Client(address="203.0.113.66", name="unknown", helo="mail-check.example")
    return postfix.send(bytes(message), sender="service@mail-check.example", recipients=[recipient], client=client)


def test_phishing_is_held_and_the_way_of_its_link_is_the_reason(
    installation: WithClicks, postfix: PrivatePostfix
) -> None:
    reply = send_phishing(postfix, "Your account is limited", HELD)
    assert reply.accepted, "the sender is not told"
    line = installation.answered(reply.text.rpartition(" ")[2])
    assert (line["action"], line["held"]) == ("quarantine", 1)
    verdict = json.loads((installation.held()[line["id"]] / "verdict.json").read_bytes())
    way = f"A link leads through {WAY[0]} and {WAY[1]} to {LOOKALIKE}, which is made to look like PayPal."
    assert way in line["reasons"]
    assert way in verdict["reasons"]
    details = {finding["id"]: finding["detail"] for finding in verdict["findings"]}
    assert f"google > linkedin > https://{LOOKALIKE}/signin?id=7" in details["link_host_imitates_brand"]
    assert f"google > linkedin > https://{LOOKALIKE}/signin?id=7" in details["link_hides_behind_redirector"]


def test_marked_phishing_says_where_its_link_leads_and_warns_again_at_the_click(
    installation: WithClicks, postfix: PrivatePostfix
) -> None:
    assert send_phishing(postfix, "Your account is suspended", TAGGED).accepted
    raw = arrived(postfix, "[SPAM] Your account is suspended")
    copy = email.message_from_bytes(raw, policy=email.policy.default)
    assert all(host in str(copy["X-Mailchord-Reason"]) for host in WAY)
    [link] = links_to_us(html_of(raw), installation)
    assert installation.target_of(link) == WRAPPED

    status, leads_on, page = installation.click(link)
    assert (status, leads_on) == (200, "")
    assert "This link looks dangerous" in page
    assert f"{WAY[0]} → {WAY[1]} → " in page
    assert f"<b>{LOOKALIKE}</b>" in page, "what the link really leads to"


def delivered_link(installation: WithClicks, postfix: PrivatePostfix, subject: str, target: str) -> str:
    """The link of ours in a newsletter with that one link, which is remembered by now."""
    page = f'<p>Dear reader, here is what is new. <a href="{target}">Read on</a></p>'
    send_newsletter(postfix, newsletter(subject, page=page, text="Dear reader, here is what is new.\n"))
    [link] = links_to_us(html_of(arrived(postfix, subject)), installation)
    address = address_of(target)
    assert address is not None
    with closing(installation.state_client()) as client:
        history = RedisCarriedLinks(client, CarriedLinks())
        assert eventually(lambda: history.carriers([page_key(address)]), seconds=60)
    return link


def test_a_link_that_a_list_has_after_the_delivery_leads_nowhere(
    installation: WithClicks, postfix: PrivatePostfix
) -> None:
    host = "turned.example.net"
    link = delivered_link(installation, postfix, "News of Wednesday", f"https://{host}/offer?id=1")
    # Of what was clicked a moment ago nobody asks again: each look is at another page there.
    assert installation.click(installation.safe_link(f"https://{host}/before"))[0] == 302
    installation.bad_links.write_text(f"{host}\n")
    installation.run("feeds", "update")
    told = {event["host"]: event["reason"] for event in installation.events("late verdict by link")}
    assert told[host] == f"A link leads to {host}, which the list ours has as bad."

    status, leads_on, page = installation.click(link)
    assert (status, leads_on) == (403, "")
    assert "This link is blocked" in page
    assert f"<b>{host}</b>" in page
    assert "the list ours has as bad" in page
    looks = (installation.safe_link(f"https://{host}/{number}") for number in range(1_000))
    assert eventually(lambda: installation.click(next(looks))[0] == 403, seconds=60, pause=0.2), "in any mail"


@needs_chromium
def test_a_browser_shows_that_a_link_turned_bad(
    installation: WithClicks, postfix: PrivatePostfix, tmp_path: Path
) -> None:
    target = "https://later.example.net/offer?id=1"
    link = delivered_link(installation, postfix, "News of Thursday", target)
    assert installation.click(link)[:2] == (302, target)
    installation.run("links", "bad", target, "--reason", "Asks for passwords.")
    page = page_of(link, tmp_path)
    assert "<h1>This link is blocked</h1>" in page
    assert "<b>later.example.net</b>" in page
    assert target in page
    assert "Asks for passwords." in page
    assert "go on" not in page.lower()
    assert "<h1>Dieser Link ist gesperrt</h1>" in page_of(link, tmp_path, language="de")


def test_other_rules_reach_the_click_service(installation: WithClicks) -> None:
    target = "https://www.example.net@stranger.example.com/"
    assert installation.click(installation.safe_link(f"{target}before"))[0] == 200, "it pretends to be another site"
    installation.change({"rules": {"disabled": ["link_has_user_info"]}})
    link = installation.safe_link(f"{target}after")
    assert installation.click(link)[:2] == (302, f"{target}after")


def test_signed_mail_arrives_as_it_was(postfix: PrivatePostfix) -> None:
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee https://www.example.com/\r\n--b\r\n"
        b"Content-Type: application/pkcs7-signature\r\n\r\nx\r\n--b--\r\n"
    )
    head = f"From: News <news@{DOMAIN}>\r\nTo: bob@example.org\r\nSubject: Signed\r\nMIME-Version: 1.0\r\n"
    raw = head.encode() + b"Content-Type: multipart/signed; boundary=b\r\n\r\n" + body
    assert postfix.send(raw, sender=f"news@{DOMAIN}", recipients=["bob@example.org"], client=SENDER).accepted
    copy = arrived(postfix, "Signed")

    assert copy.endswith(body)
    assert b"ARC-Seal" not in copy


def test_a_reply_leaves_with_the_real_links(installation: WithClicks, postfix: PrivatePostfix) -> None:
    link = installation.safe_link("https://www.example.com/a?b=c")
    raw = (
        f"From: bob@example.org\r\nTo: news@{DOMAIN}\r\nSubject: Re: News\r\n\r\nThanks.\r\n> {link}\r\n"
        f"> https://www.example.net/\r\n"
    ).encode()
    assert postfix.send(raw, sender="bob@example.org", recipients=[f"news@{DOMAIN}"], client=OURS).accepted
    copy = arrived(postfix, "Re: News")

    assert copy.endswith(b"\r\n\r\nThanks.\r\n> https://www.example.com/a?b=c\r\n> https://www.example.net/\r\n")
    assert b"ARC-Seal" not in copy
