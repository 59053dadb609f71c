"""Names in short texts, and whose domain a host is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.brand_hosts import Likeness, resembled
from mailcore.brands import Brand, BrandIndex, name_key

INDEX = BrandIndex(
    [
        Brand(name="Parcelio", domains=("parcelio.*", "parcelio-mail.test"), sector="carriers"),
        Brand(name="Bank of Examples", aliases=("BoE",), domains=("boe.test",), shared=("customers.boe.test",)),
        Brand(name="Orange", ambiguous=("Orange",), domains=("orange.test", "orange-*.test")),
        Brand(name="三井例銀行", domains=("mitsui-example.test",)),
        Brand(name="Pengo", domains=("pengo.test", "parcelio.com")),
        Brand(name="Walmartio", domains=("walmartio.com",), similar=("walmartia",)),
    ]
)


def named(text: str) -> list[str]:
    return [mention.brand.name for mention in INDEX.mentions(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Parcelio Express", ["Parcelio"]),
        ("your parcelio and your Bank of Examples", ["Parcelio", "Bank of Examples"]),
        ("B o E", []),
        ("P a r c e l i o", ["Parcelio"]),
        ("Parcel io", ["Parcelio"]),
        ("Walmart\u0131o", ["Walmartio"]),
        ("WaImartio", ["Walmartio"]),
        ("Parceli0", ["Parcelio"]),
        ("P\u0430rcelio", ["Parcelio"]),
        ("Par\u200bcelio", ["Parcelio"]),
        ("お知らせ三井例銀行より", ["三井例銀行"]),
        ("Parcelions", []),
        ("waimartio", []),
        ("", []),
    ],
    ids=str,
)
def test_names_in_a_short_text(text: str, names: list[str]) -> None:
    assert named(text) == names


def test_what_stands_beside_and_whether_it_is_disguised() -> None:
    (mention,) = INDEX.mentions("Dear WaImartio Club Member")
    assert (mention.words, mention.start, mention.is_disguised) == (("dear", "club", "member"), 1, True)
    (mention,) = INDEX.mentions("Orange growers")
    assert mention.is_ambiguous


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("www.parcelio.com", ["Parcelio", "Pengo"]),  # first whom it is named after
        ("parcelio.com", ["Parcelio", "Pengo"]),
        ("e.parcelio.co.uk", ["Parcelio"]),
        ("parcelio.de", ["Parcelio"]),
        ("parcelio-mail.test", ["Parcelio"]),
        ("parcelio.shop", []),
        ("parcelio.io", []),
        ("parcelio.com.evil.test", []),
        ("www.boe.test", ["Bank of Examples"]),
        ("x.customers.boe.test", []),
        ("orange-branch.test", []),
        ("", []),
    ],
    ids=str,
)
def test_whose_domain_it_is(host: str, names: list[str]) -> None:
    assert [brand.name for brand in INDEX.owners(host)] == names


def test_branches_may_be_the_brands() -> None:
    orange = INDEX.brands[2]
    assert INDEX.may_own(orange, "orange-branch.test")
    assert not INDEX.may_own(orange, "orange.example")
    assert INDEX.sharer("x.customers.boe.test") is INDEX.brands[1]


@pytest.mark.parametrize(
    ("host", "likeness"),
    [
        ("parcelio.com.evil.test", Likeness.INSIDE),
        ("www.parcelio.com-login.test", Likeness.INSIDE),
        ("parceli0.test", Likeness.SHAPE),
        ("walmartlo.test", Likeness.SHAPE),
        ("parcelio-login.test", Likeness.LURE),
        ("verifyparcelio.test", Likeness.LURE),
        ("login-parcelio.florist.test", Likeness.LURE),
        ("orange-verify.example", Likeness.LURE),
        ("parceloi.test", Likeness.TYPO),
        ("my-parcelio.test", Likeness.WORDS),
        ("parcelio.shop", Likeness.ENDING),
        ("parcelio.de", None),
        ("parcelios.test", None),
        ("walmartia.test", None),
        ("orange-club.example", None),
        ("parcelio.florist.test", None),
        ("parcelio.com.mcas.ms", None),
        ("florist.test", None),
        ("localhost", None),
    ],
    ids=str,
)
def test_hosts_that_imitate(host: str, likeness: Likeness | None) -> None:
    found = resembled(host, INDEX)
    assert (found.likeness if found else None) is likeness


@given(st.text(max_size=600))
def test_any_text_is_read(text: str) -> None:
    assert len(INDEX.mentions(text)) <= 10
    name_key(text)


@given(st.text(alphabet="parcelio0-.xn1", min_size=1, max_size=120))
def test_any_host_is_read(host: str) -> None:
    resembled(host, INDEX)
    INDEX.owners(host)
