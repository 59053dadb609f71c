"""Recorded envelopes and results are replayed as facts; words of other programs get their meaning."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import pytest

from mailchord.evaluation.recorded import Recorded, read_envelopes, result_of
from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.errors import ConfigurationError
from mailcore.parse import parse
from tests.mail import mail


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("pass", AuthResult.PASS),
        ("FAIL", AuthResult.FAIL),
        ("softfail", AuthResult.SOFTFAIL),
        ("bestguesspass", AuthResult.NONE),
        ("timeout", AuthResult.TEMPERROR),
        ("tempfail", AuthResult.TEMPERROR),
        ("permerror", AuthResult.PERMERROR),
        ("ignore", AuthResult.NONE),
        ("", AuthResult.NONE),
        ("passport", AuthResult.NONE),
    ],
)
def test_words(word: str, result: AuthResult) -> None:
    assert result_of(word) is result


def facts(*domains: str, spf: str = "none", dkim: str = "pass", dmarc: str = "none") -> AuthFacts:
    signatures = "".join(f"DKIM-Signature: v=1; a=rsa-sha256;\r\n\td={domain}; b=x\r\n" for domain in domains)
    message = parse(signatures.encode() + mail("Hello", "Text", sender="a@news.shop.example"), message_id="m").message
    auth = Recorded(sender="bounce@post.example", spf=spf, dkim=dkim, dmarc=dmarc).auth(message)
    assert auth is not None
    return auth


def test_results_are_known_and_replayed() -> None:
    auth = facts("shop.example", spf="softfail")
    assert (auth.source, auth.is_known, auth.from_domain) == (AuthSource.REPLAYED, True, "news.shop.example")
    assert (auth.spf, auth.spf_domain) == (AuthResult.SOFTFAIL, "post.example")


@pytest.mark.parametrize(
    ("domains", "dmarc", "believed", "aligned"),
    [
        (("shop.example",), "none", ("shop.example",), True),
        (("shop.example",), "bestguesspass", ("shop.example",), True),
        (("post.example", "shop.example"), "pass", ("post.example", "shop.example"), True),
        (("post.example", "shop.example"), "none", ("post.example",), False),
        (("post.example", "shop.example"), "fail", ("post.example",), False),
        (("shop.example",), "fail", ("",), False),
        ((), "none", ("",), False),
    ],
    ids=["one", "best guess", "all by DMARC", "the last one", "not against DMARC", "a forged one", "no signature"],
)
def test_the_signing_domain_comes_from_the_signatures(
    domains: tuple[str, ...], dmarc: str, believed: tuple[str, ...], aligned: bool
) -> None:
    auth = facts(*domains, dmarc=dmarc)
    assert (auth.dkim_domains, auth.is_aligned) == (believed, aligned)


def test_a_signature_that_failed_proves_nothing() -> None:
    auth = facts("shop.example", dkim="fail")
    assert (auth.dkim_domains, auth.is_aligned) == ((), False)
    assert auth.dkim[0].result is AuthResult.FAIL


def test_nothing_recorded_is_not_known() -> None:
    message = parse(mail("Hello", "Text"), message_id="m").message
    assert Recorded(client_address="192.0.2.1").auth(message) is None


ROWS = "a.eml\t192.0.2.1\tmx.example\tb@example.com\tpass\tpass\tbestguesspass\nb.eml\t\t\t\t\t\t\n"


@pytest.mark.parametrize("ending", ["tsv", "tsv.xz", "tsv.gz"])
def test_files_may_be_packed(tmp_path: Path, ending: str) -> None:
    pack = {"tsv": bytes, "tsv.xz": lzma.compress, "tsv.gz": gzip.compress}[ending]
    file = tmp_path / f"envelopes.{ending}"
    file.write_bytes(pack(ROWS.encode()))
    rows = read_envelopes(file)
    assert rows["a.eml"].sender == "b@example.com"
    assert (rows["a.eml"].has_results, rows["b.eml"].has_results) == (True, False)


@pytest.mark.parametrize(
    ("name", "content"),
    [("e.tsv", b"a.eml\tx\n"), ("e.tsv.xz", b"no xz"), ("e.tsv.gz", b"no gzip"), ("e.tsv", b"a" * 20_000)],
    ids=["columns", "xz", "gzip", "endless line"],
)
def test_damaged_files_are_an_error(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"e\.tsv"):
        read_envelopes(tmp_path / name)
