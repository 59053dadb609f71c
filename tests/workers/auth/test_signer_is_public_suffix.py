"""Signatures that claim to be of a whole top-level domain."""

from __future__ import annotations

import pytest

from tests.workers.auth.verifying import findings_of, mail


def signature(domain: str) -> bytes:
    return f"DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=sel; h=from; bh=YQ==; b=YQ==\r\n".encode()


@pytest.mark.parametrize("domain", ["co.uk", "com", "com.br"])
def test_it_is_found(domain: str) -> None:
    assert findings_of(signature(domain) + mail())["signer_is_public_suffix"] == 4.0


@pytest.mark.parametrize("domain", ["example.com", "example.co.uk", "github.io", "a.b.example.net", "localhost"])
def test_names_that_somebody_has_are_spared(domain: str) -> None:
    assert "signer_is_public_suffix" not in findings_of(signature(domain) + mail())


def test_a_suffix_that_signs_for_itself_is_spared() -> None:
    assert "signer_is_public_suffix" not in findings_of(signature("gov.uk") + mail("<a@gov.uk>"))


def test_unsigned_mail_is_spared() -> None:
    assert "signer_is_public_suffix" not in findings_of(mail())
