"""Limits of SPF and of signatures as they are configured, through the whole pool."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthResult, SignatureReason, SpfReason
from mailcore.errors import ConfigurationError
from mailcore.settings import Auth, Settings
from mailcore.signature_settings import SignatureSettings
from mailio.configuration import load_settings
from tests.workers.auth.signing import NAME, NOW, bare_record, record, rsa_key, signed
from tests.workers.auth.verifying import ENVELOPE, FORGED, RECORDS, configured, facts_of, keys, mail


def with_signatures(**limits: int) -> Settings:
    return replace(configured(), auth=Auth(signatures=SignatureSettings(**limits)))


def test_only_so_many_signatures_are_verified() -> None:
    head = signed(mail()).partition(b"\r\n")[0] + b"\r\n"
    facts = facts_of(head * 5 + mail(), FORGED, records=RECORDS + keys(), settings=with_signatures(verified=2))
    assert [each.result for each in facts.dkim] == [AuthResult.PASS] * 2 + [AuthResult.POLICY] * 3
    assert facts.dkim[2].reason == SignatureReason.TOO_MANY


def test_a_key_smaller_than_wanted_is_no_key() -> None:
    raw = signed(mail())
    strict = facts_of(raw, FORGED, records=RECORDS + keys(), settings=with_signatures(smallest_rsa_key=2_048))
    assert (strict.dkim[0].result, strict.dkim[0].reason) == (AuthResult.PERMERROR, SignatureReason.KEY_TOO_SHORT)
    assert facts_of(raw, FORGED, records=RECORDS + keys()).dkim[0].result is AuthResult.PASS


@pytest.mark.parametrize("largest", [8_192, 16_384])
def test_a_larger_key_is_looked_at_where_that_is_wanted(largest: int) -> None:
    records = RECORDS + f'{NAME} TXT "{bare_record(2**largest - 1)}"\n'
    raw = signed(mail(), key=rsa_key(1_024))
    (refused,) = facts_of(raw, FORGED, records=records).dkim
    assert (refused.result, refused.reason) == (AuthResult.POLICY, SignatureReason.KEY_TOO_LONG)
    (tried,) = facts_of(raw, FORGED, records=records, settings=with_signatures(largest_rsa_key=largest)).dkim
    assert (tried.result, tried.reason) == (AuthResult.FAIL, SignatureReason.MISMATCH)


def test_a_clock_ahead_of_ours() -> None:
    raw = signed(mail(), t=str(int(NOW) + 600))
    records = RECORDS + f'{NAME} TXT "{record()}"\n'
    assert facts_of(raw, FORGED, records=records).dkim[0].result is AuthResult.PASS
    (early,) = facts_of(raw, FORGED, records=records, settings=with_signatures(clock_skew_seconds=300)).dkim
    assert (early.result, early.reason) == (AuthResult.POLICY, SignatureReason.IN_THE_FUTURE)


@pytest.mark.parametrize(
    ("allowed", "result", "reason"),
    [(0, AuthResult.PERMERROR, SpfReason.TOO_MANY_VOID_LOOKUPS), (2, AuthResult.PASS, None)],
)
def test_lookups_that_find_nothing(allowed: int, result: AuthResult, reason: SpfReason | None) -> None:
    text = "v=spf1 a:n1.example.net a:n2.example.net ip4:192.0.2.1 -all"
    records = RECORDS.replace("v=spf1 ip4:192.0.2.1 -all", text)
    settings = replace(configured(), auth=Auth(spf_void_lookups=allowed))
    of_sender = facts_of(mail(), ENVELOPE, records=records, settings=settings).spf_outcomes[0]
    assert (of_sender.result, of_sender.reason) == (result, reason)


@pytest.mark.parametrize(
    "line",
    [
        "signatures: {verified: 0}",
        "signatures: {smallest_rsa_key: 512}",
        "signatures: {largest_rsa_key: 1024}",
        "signatures: {largest_rsa_key: 65536}",
        "signatures: {clock_skew_seconds: -1}",
        "signatures: {accepts_sha1: true}",
        "spf_void_lookups: -1",
    ],
)
def test_what_the_rfcs_forbid_cannot_be_configured(line: str, tmp_path: Path) -> None:
    (tmp_path / "mailchord.yaml").write_text(f"auth:\n  {line}\n")
    with pytest.raises(ConfigurationError, match="auth"):
        load_settings(tmp_path / "mailchord.yaml", {})
