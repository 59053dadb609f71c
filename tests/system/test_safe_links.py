"""Safe links from outside: a newsletter through a real Postfix arrives with links of ours, under a seal that holds."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization

from mailcore import safe_links
from mailcore.authentication import AuthResult
from mailcore.message import LinkUse
from mailcore.parse import parse
from mailio.safe_link_keys import load_keys, make_new_key
from tests.postfix import Client, PrivatePostfix, needs_postfix
from tests.system.installation import Installation, eventually
from tests.workers.auth.signing import DOMAIN, SELECTOR, record, rsa_key, run, signed
from workers.auth.arc import verify_arc
from workers.auth.dkim import verify_dkim

pytestmark = [pytest.mark.system, needs_postfix, pytest.mark.timeout(300)]

BASE = "https://links.example.org/s"
US = "mx.example.org"
SENDER = Client(address="203.0.113.9", name="client.example.net", helo="client.example.net")
OURS = Client(address="127.0.0.1", name="localhost", helo="localhost")
SAFE = re.compile(re.escape(BASE) + r"/[\w./-]+")
KEYS = {f"{SELECTOR}._domainkey.{DOMAIN}": record(rsa_key()), "arc._domainkey.example.org": record(rsa_key(2_048))}

PAGE = """<html><body><p>Dear reader, here is what is new.</p>
<p><a href="https://www.example.com/news?id=1&amp;from=mail">Read on</a> or
<a href="mailto:editor@example.com">write to us</a>, <a href="https://www.example.org/">our site</a>.</p>
<img src="https://www.example.com/logo.png" alt="Logo"></body></html>
"""
TEXT = "Dear reader, here is what is new.\n\nRead on: https://www.example.com/news?id=1&from=mail\n"


@pytest.fixture(scope="module")
def key_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("safe-links")
    make_new_key(directory, now=time.time())
    return directory


@pytest.fixture(scope="module")
def installation(key_dir: Path) -> Iterator[Installation]:
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
        "safe_links": {"enabled": True, "base_url": BASE, "key_dir": str(key_dir)},
        # Nobody clicks here, and the port may be taken.
        "clicks": {"listen": ""},
        "arc": {"domain": "example.org", "selector": "arc", "key_file": str(key_file)},
    }
    new = Installation(settings)
    key = record(rsa_key())
    with (new.directory / "dns.zone").open("a") as zone:
        zone.write(f'{SELECTOR}._domainkey.{DOMAIN} TXT "{key[:200]}" "{key[200:]}"\n')
    with new as running:
        yield running


@pytest.fixture(scope="module")
def postfix(installation: Installation) -> Iterator[PrivatePostfix]:
    with PrivatePostfix(milter=installation.listen) as running:
        yield running


def newsletter(subject: str) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = f"News <news@{DOMAIN}>"
    message["To"] = "bob@example.org"
    message["Subject"] = subject
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@{DOMAIN}>"
    message.set_content(TEXT)
    message.add_alternative(PAGE, subtype="html", cte="quoted-printable")
    return signed(bytes(message), t=str(int(time.time())))


def arrived(postfix: PrivatePostfix, subject: str) -> bytes:
    """The delivered message as it was sent on: lines in a mailbox end with LF."""
    wanted = f"\nSubject: {subject}\n".encode()

    def copies() -> list[bytes]:
        return [raw for path in postfix.deliveries() if wanted in (raw := path.read_bytes())]

    assert eventually(copies), postfix.log()
    return copies()[0].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_a_newsletter_arrives_with_safe_links_under_a_seal(key_dir: Path, postfix: PrivatePostfix) -> None:
    sent = newsletter("News of Monday")
    assert postfix.send(sent, sender=f"news@{DOMAIN}", recipients=["bob@example.org"], client=SENDER).accepted
    raw = arrived(postfix, "News of Monday")
    before, after = parse(sent, message_id="x").message, parse(raw, message_id="x").message
    keys = load_keys(key_dir)

    # Links lead to us and from there to where they led; all that is no link is as it was.
    links = [link.href for link in after.links if link.href.startswith(BASE)]
    readings = [safe_links.read_url(link, BASE, keys, now=time.time()) for link in links]
    assert {reading.link.target for reading in readings if reading.link} == {
        "https://www.example.com/news?id=1&from=mail"
    }
    assert all(reading.refusal is None for reading in readings)
    assert len(links) == 2
    assert after.html_text == before.html_text
    assert SAFE.sub("https://www.example.com/news?id=1&from=mail", after.text) == before.text
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


def test_a_reply_leaves_with_the_real_links(key_dir: Path, postfix: PrivatePostfix) -> None:
    keys = load_keys(key_dir)
    link = safe_links.make(
        "https://www.example.com/a?b=c", base_url=BASE, key=keys.signing, reference="x", issued_at=time.time(), days=1
    )
    raw = (
        f"From: bob@example.org\r\nTo: news@{DOMAIN}\r\nSubject: Re: News\r\n\r\nThanks.\r\n> {link}\r\n"
        f"> https://www.example.net/\r\n"
    ).encode()
    assert postfix.send(raw, sender="bob@example.org", recipients=[f"news@{DOMAIN}"], client=OURS).accepted
    copy = arrived(postfix, "Re: News")

    assert copy.endswith(b"\r\n\r\nThanks.\r\n> https://www.example.com/a?b=c\r\n> https://www.example.net/\r\n")
    assert b"ARC-Seal" not in copy
