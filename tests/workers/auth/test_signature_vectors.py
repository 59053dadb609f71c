"""Test vectors of other projects about DKIM and ARC: each passes, or is a deviation that is named with its reason."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mailcore.authentication import ArcResult, AuthResult, DkimResult, SignatureReason
from mailcore.dns import DnsStatus
from tests.corpora import vectors
from tests.workers.auth.signing import run
from workers.auth.arc import verify_arc
from workers.auth.canonical import Canonicalisation, SignedMessage, relaxed_body, simple_body
from workers.auth.dkim import verify_dkim
from workers.auth.signature import SignatureLimits

Zone = dict[str, str | tuple[str, ...] | DnsStatus]

WHEN = 1_700_000_000.0  # after all of them were signed
# Most DKIM vectors are older than RFC 8301; with these limits they show that everything else is right.
OF_THEIR_TIME = SignatureLimits(accepts_sha1=True, smallest_rsa_key=384)

DRAFT = "signed by a draft before RFC 4871: no v=, or v=0.x"
GRANULARITY = "g= of keys is gone with RFC 6376, so it hinders nothing"
FORBIDDEN_SHA1 = "the copy is older than RFC 8301, which forbids SHA-1; the newer copy agrees with us"

# File of Mail::DKIM: why it does not end as its name says.
DKIM_DEVIATIONS = {
    **{f"good_ietf00_{number}": DRAFT for number in range(1, 6)},
    **{f"good_ietf01_{number}": DRAFT for number in range(1, 3)},
    **{f"mine_ietf01_{number}": DRAFT for number in range(1, 5)},
    **{f"no_body_{number}": DRAFT for number in range(1, 4)},
    "mine_ietf05_1": DRAFT,
    "multiple_1": DRAFT,
    "badkey_8": GRANULARITY,
    "badkey_9": GRANULARITY,
    "badkey_12": GRANULARITY,
    "badkey_13": GRANULARITY,
}
ARC_DEVIATIONS = {
    (
        "arc/valimail/tests",
        "ams_fields_c_na",
    ): "without c= a signature is simple/simple (RFC 8617, 4.1.2, RFC 6376, 3.5): "
    "the copy that Mail::DKIM has of the suite says so too",
    ("mailauth/test/fixtures/arc", "ams_fields_c_na"): "as above",
    ("dkim/mail-dkim/t/arc_test_suite", "ams_fields_a_sha1"): FORBIDDEN_SHA1,
    ("dkim/mail-dkim/t/arc_test_suite", "as_fields_a_sha1"): FORBIDDEN_SHA1,
}


def dkim(
    raw: bytes, zone: Zone, *, now: float = WHEN, limits: SignatureLimits = OF_THEIR_TIME
) -> tuple[DkimResult, ...]:
    return run(verify_dkim(raw, now=now, limits=limits), zone)


def arc(raw: bytes, zone: Zone) -> ArcResult:
    return run(verify_arc(raw, now=WHEN), zone)


def results(raw: bytes, zone: Zone, *, now: float = WHEN) -> list[str]:
    return [each.result.value for each in dkim(raw, zone, now=now)]


def test_arc_validation_suite() -> None:
    """The suite of Valimail, and the copies of it in Mail::DKIM and mailauth."""
    wrong: list[str] = []
    count = 0
    for folder in ("arc/valimail/tests", "dkim/mail-dkim/t/arc_test_suite", "mailauth/test/fixtures/arc"):
        for name, case, zone in arc_cases(vectors(folder) / "arc-draft-validation-tests.yml"):
            count += 1
            # An empty expectation is that of a chain that says itself that it failed.
            expected = (case["cv"] or "Fail").lower()
            found = arc(case["message"].encode(), zone)
            if (found.result.value == expected) is ((folder, name) in ARC_DEVIATIONS):
                wrong.append(f"{folder} {name}: {expected}, not {found.result} ({found.reason})")
    assert not wrong
    assert count == 171 + 170 + 171


def arc_cases(path: Path) -> Iterator[tuple[str, dict[str, Any], Zone]]:
    for scenario in yaml.safe_load_all(path.read_text()):
        zone: Zone = {name.lower(): text for name, text in scenario["txt-records"].items()}
        for name, case in scenario["tests"].items():
            yield name, case, zone


def test_mail_dkim() -> None:
    """Names say how they end: good, goodkey, mine; bad, badkey, ignore; DomainKeys (dk) are no DKIM signatures."""
    folder = vectors("dkim/mail-dkim/t")
    zone = mail_dkim_zone(folder / "FAKE_DNS.dat")
    wrong: list[str] = []
    paths = sorted((folder / "corpus").iterdir())
    for path in paths:
        found = results(path.read_bytes(), zone)
        passed = "pass" in found
        if re.match("dk_|good_dk|bad_dk", path.stem):
            right = found == []
        elif path.stem == "multiple_2":
            right = found == ["permerror", "pass", "fail", "permerror"]
        else:
            right = passed is path.stem.startswith(("good", "mine", "no_body", "multiple_1"))
        if right is (path.stem in DKIM_DEVIATIONS):
            wrong.append(f"{path.stem}: {found}")
    assert not wrong
    assert len(paths) == 79


def test_mail_dkim_by_the_rules_of_today() -> None:
    """RFC 8301: what was signed with SHA-1 is refused, whatever its key; nothing else changes."""
    folder = vectors("dkim/mail-dkim/t")
    zone = mail_dkim_zone(folder / "FAKE_DNS.dat")
    refused: set[str] = set()
    for path in sorted((folder / "corpus").iterdir()):
        today = dkim(path.read_bytes(), zone, limits=SignatureLimits())
        for once, now in zip(dkim(path.read_bytes(), zone), today, strict=True):
            if now.result is not once.result or now.reason != once.reason:
                assert now.result is AuthResult.PERMERROR
                refused.add(now.reason)
    assert refused == {SignatureReason.SHA1.value}


def mail_dkim_zone(path: Path) -> Zone:
    zone: Zone = {}
    special = {"~~Query timed out~~": DnsStatus.TIMEOUT, "~~SERVFAIL~~": DnsStatus.SERVER_FAILED, '""': ""}
    for line in path.read_text().splitlines():
        name, _, text = line.partition(" ")
        if name and not name.startswith("#") and text.strip() != "NXDOMAIN":
            zone[name.lower()] = special.get(text.strip(), text)
    return zone


def test_mail_auth() -> None:
    """The RFCs' examples and mail of 2022, each file with its records before it."""
    paths = sorted(vectors("mail-auth/resources/dkim").iterdir()) + sorted(vectors("mail-auth/resources/arc").iterdir())
    for path in paths:
        raw, zone = with_records(path)
        # 005 expires a day after it was signed.
        found = results(raw, zone, now=1_667_900_000.0) if path.stem == "005" else results(raw, zone)
        if path.parent.name == "dkim":
            assert set(found) == {"pass"}, path
        else:
            assert arc(raw, zone).result is AuthResult.PASS, path
    assert len(paths) == 8
    assert results(*with_records(vectors("mail-auth/resources/dkim/005.txt"))) == ["permerror"]


def with_records(path: Path) -> tuple[bytes, Zone]:
    head, _, raw = path.read_bytes().partition(b"\n\n")
    lines = (line.strip().partition(" ") for line in head.decode().splitlines())
    return raw, {name.lower(): text for name, _, text in lines if name}


def test_mailauth() -> None:
    """The example of RFC 8463, and chains sealed by a large mail service; keys of others were not recorded."""
    folder = vectors("mailauth/test")
    records = json.loads((folder / "dkim/ec/fixtures/dns.json").read_text())
    zone: Zone = {name: "".join(found["TXT"][0]) for name, found in records.items()}
    assert results((folder / "dkim/ec/fixtures/signed.eml").read_bytes(), zone) == ["pass", "pass"]
    _, sealers = with_records(vectors("mail-auth/resources/arc/001.txt"))
    chains = {
        path.stem: arc(path.read_bytes(), sealers).result.value for path in sorted((folder / "fixtures").glob("*.eml"))
    }
    assert chains == {
        "arc-fail": "fail", "arc-fail2": "fail", "arc-fail3": "fail", "arc-pass": "pass", "arc-pass2": "pass",
        "authtest": "pass", "bimi": "pass", "message1": "none", "message2": "none", "message3": "pass",
        "message4": "none", "zbimi": "pass", "zproov": "none",
    }  # fmt: skip


def test_stalwart() -> None:
    _, zone = with_records(vectors("mail-auth/resources/arc/002.txt"))
    # The project signs for all its test domains with the same two keys.
    zone["default._domainkey.example.com"] = zone["rsa._domainkey.manchego.org"]
    zone["ed._domainkey.example.com"] = zone["ed._domainkey.scamorza.org"]
    folder = vectors("stalwart/tests/resources/smtp/messages")
    found = {
        name: (results(raw, zone), arc(raw, zone).result.value)
        for name in ("arc", "dkim", "invalid_arc", "invalid_dkim", "no_dkim")
        for raw in [(folder / f"{name}.eml").read_bytes()]
    }
    assert found == {
        "arc": (["pass"], "pass"),
        "dkim": (["pass", "pass"], "none"),
        "invalid_arc": (["pass", "pass"], "fail"),
        "invalid_dkim": (["fail", "fail"], "none"),
        "no_dkim": ([], "none"),
    }


def test_authentication_milter() -> None:
    """Mail of 2013 as it came, altered, and altered by white space in a header under simple canonicalisation."""
    folder = vectors("milter/authentication_milter/t")
    zone: Zone = {}
    for line in (folder / "zonefile").read_text().splitlines():
        found = re.match(r"(\S+)\.\s.*\bTXT\s+\((.*)\)", line)
        if found and "_domainkey" in found[1]:
            zone[found[1].lower()] = re.sub(r'["\s]', "", found[2])
    outcomes = {path.stem: results(path.read_bytes(), zone) for path in (folder / "data/source").glob("*.eml")}
    passing = {"google_apps_good", "google_apps_good_case", "google_apps_good_sanitize", "google_apps_headers"}
    passing |= {"google_apps_noxgdkim", "dmarc_reject_wl"}
    failing = {"google_apps_bad", "google_apps_bad_space", "tools_test"}
    assert {name for name, found in outcomes.items() if found == ["pass"]} == passing
    assert {name for name, found in outcomes.items() if found == ["fail"]} == failing
    assert all(not found for name, found in outcomes.items() if name not in passing | failing)


def test_flanker_canonical_forms() -> None:
    folder = vectors("dkim/flanker/tests/fixtures/messages/dkim")
    paths = sorted(folder.glob("email.*"))
    for path in paths:
        raw = path.read_bytes()
        message = SignedMessage(raw)
        body = raw if not message.fields else raw.partition(b"\n\n")[2]
        for form, canonical_body in ((Canonicalisation.SIMPLE, simple_body), (Canonicalisation.RELAXED, relaxed_body)):
            head = [message.canonical_field(position, form) + b"\r\n" for position in range(len(message.fields))]
            expected = (folder / f"{form.value}.expected{path.suffix}").read_bytes()
            assert b"".join(head) + b"\r\n" + canonical_body(body) == expected, (path, form)
    assert len(paths) == 21


def test_opendkim_failure_report() -> None:
    """OpenDKIM reported what it hashed for a message whose From was altered."""
    text = vectors("dkim/opendkim/opendkim/tests/t-verify-report.txt").read_text()
    encoded = re.search(r"DKIM-Canonicalized-Header: (.*?)\nDKIM-Canonicalized-Body: (\S+)", text, re.DOTALL)
    assert encoded
    header, body = (base64.b64decode(re.sub(r"\s", "", part)) for part in encoded.groups())
    signed = text.partition("Content-Type: text/rfc822-headers\n\n")[2].partition("\n\n--")[0]
    message = SignedMessage(signed.encode() + b"\n\n" + body)
    chosen = message.selected(["from", "date", "subject"], apart_from=0)
    lines = [message.canonical_field(position, Canonicalisation.SIMPLE) + b"\r\n" for position in chosen]
    # Behind them the signature itself, its b= emptied.
    assert header.startswith(b"".join(lines))
    own = message.canonical_field(0, Canonicalisation.SIMPLE)
    assert own.startswith(header[len(b"".join(lines)) :])
    assert simple_body(body) == body
