"""Files of brands: what they may say, and what is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailio.brand_files import load_brands

SHIPPED = Path(__file__).parents[2] / "configs" / "brands"
ACME = "sector: shops\nbrands:\n  - name: Acme\n    domains: [acme.example]\n"


def test_shipped_brands_are_many_and_well_formed() -> None:
    brands = load_brands(SHIPPED).brands
    assert len(brands) >= 200
    assert {brand.sector for brand in brands} == {path.stem for path in SHIPPED.glob("*.yaml")}
    assert all(brand.country for brand in brands)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_files_say_where_they_come_from(path: Path) -> None:
    head = path.read_text(encoding="utf-8").partition("sector:")[0]
    assert "# Source: " in head
    assert "As of 20" in head


def test_no_directory_means_no_brands(tmp_path: Path) -> None:
    assert load_brands(tmp_path / "none").brands == ()


def test_users_add_brands_and_domains_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "shipped.yaml").write_text(ACME)
    (tmp_path / "own.yaml").write_text(
        "sector: ours\nbrands:\n  - name: Our Bank\n    domains: [ourbank.example]\n"
        "more_domains:\n  Acme: [acme-mail.example]\n"
    )
    index = load_brands(tmp_path)
    assert [brand.name for brand in index.owners("e.acme-mail.example")] == ["Acme"]
    assert [mention.brand.name for mention in index.mentions("Our Bank Service")] == ["Our Bank"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ACME.replace("domains", "domain"), r"a.yaml:4: unknown key 'domain' in brands.0, did you mean 'domains'"),
        (ACME.replace("    domains: [acme.example]\n", ""), r"a.yaml:3: brands.0: 'domains' is missing"),
        (ACME.replace("[acme.example]", "[]"), r"a.yaml:4: brands.0.domains: 'Acme' needs at least one domain"),
        (ACME.replace("acme.example", "https://acme.example/"), r"a.yaml:4: .*is no domain"),
        (ACME.replace("acme.example", "Acme.example"), r"a.yaml:4: .*is no domain"),
        (
            ACME + "  - name: ACME\n    domains: [b.example]\n",
            r"a.yaml:5: the name 'ACME' is there twice, first at .*:3",
        ),
        (ACME + "    ambiguous: [Acne]\n", r"a.yaml:5: .*'Acne' is none of the names of 'Acme'"),
        (ACME + "more_domains:\n  Acne: [b.example]\n", r"a.yaml:6: more_domains: there is no brand 'Acne'"),
        ("brands: {}\n", r"a.yaml:1: brands: expected a list"),
        ("brands: [\n", r"a.yaml:\d: is not valid YAML"),
    ],
    ids=["key", "missing", "none", "link", "capital", "twice", "ambiguous", "more", "shape", "yaml"],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=problem):
        load_brands(tmp_path)
