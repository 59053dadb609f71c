"""The shipped composites hold against the shipped rules; lists of senders are read, and refused where forgers win."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailchord.known_findings import known_findings
from mailcore.combine import Composites
from mailcore.composite_checks import check_composite_examples, unknown_names, weightless_names
from mailcore.errors import ConfigurationError
from mailcore.policy import Allow, Block, OwnThresholds, Policy, Proof, SenderPolicy
from mailcore.verdict import Action
from mailio.configuration import default_configs
from mailio.policy_files import load_composites, load_policy_files
from mailio.rule_files import load_rules


@pytest.fixture(scope="module")
def shipped() -> Composites:
    return Composites(load_composites(default_configs() / "composites"))


def test_the_shipped_composites_name_what_is_there(shipped: Composites) -> None:
    known, unknown_pools = known_findings(load_rules(default_configs() / "content"), ())

    assert unknown_pools == []
    assert unknown_names(shipped, known) == []
    assert weightless_names(shipped, known) == []
    assert check_composite_examples(shipped, known) == []
    assert 15 <= len(shipped.composites) <= 60


def test_every_shipped_composite_spares_more_than_it_hits(shipped: Composites) -> None:
    assert [each.id for each in shipped.composites if len(each.no_match) < len(each.match)] == []


def configs_with(tmp_path: Path, entries: str) -> Path:
    senders = tmp_path / "lists" / "senders"
    senders.mkdir(parents=True)
    (senders / "vip-senders.txt").write_text(entries)
    (tmp_path / "lists" / "free-mail.txt").write_text("freemail.example\n")
    return tmp_path


def test_lists_of_senders_are_read_by_name(tmp_path: Path) -> None:
    configs = configs_with(tmp_path, "# ours\nJane@Example.com # the boss\n*.bank.example\n\nexample.net\n")

    files = load_policy_files(configs, Policy(allow=(Allow(from_list="vip-senders"),)))

    assert files.sender_lists == {"vip-senders": {"jane@example.com", "*.bank.example", "example.net"}}


def test_lists_that_nobody_names_are_not_read(tmp_path: Path) -> None:
    assert load_policy_files(configs_with(tmp_path, "not an entry\n"), Policy()).sender_lists == {}


def test_shadows_have_lists_too(tmp_path: Path) -> None:
    shadow = Policy(block=(Block(from_list="vip-senders"),))

    files = load_policy_files(configs_with(tmp_path, "a.example\n"), Policy(shadows={"stricter": shadow}))

    assert set(files.sender_lists) == {"vip-senders"}


@pytest.mark.parametrize(
    ("entries", "allow", "problem"),
    [
        pytest.param("", Allow(from_list="vip-sender"), "no list 'vip-sender', did you mean 'vip-senders'?", id="name"),
        pytest.param(
            "a b\n", Allow(from_list="vip-senders"), "vip-senders.txt:1: expected user@example.com", id="words"
        ),
        pytest.param(
            "\nx\n*@co.uk\n", Allow(from_list="vip-senders"), "vip-senders.txt:3: .*forger.*below co.uk", id="suffix"
        ),
        pytest.param(
            "freemail.example\n",
            Allow(from_list="vip-senders"),
            "vip-senders.txt:1: .*forger.*anybody gets",
            id="free mail in a list",
        ),
        pytest.param(
            "", Allow(from_="freemail.example"), "policy.allow: from freemail.example: .*anybody gets", id="free mail"
        ),
        pytest.param("", Allow(from_="*@FREEMAIL.example"), "anybody gets", id="free mail with a star"),
        pytest.param("", Allow(from_="FREEMAIL.example."), "anybody gets", id="free mail with the dot of the root"),
        pytest.param(
            "\nFreemail.Example.\n",
            Allow(from_list="vip-senders"),
            "vip-senders.txt:2: .*anybody gets",
            id="the dot of the root in a list",
        ),
        pytest.param(
            "jane@example.onmicrosoft.com\n",
            Allow(from_list="vip-senders"),
            "vip-senders.txt:1: .*provider's name",
            id="a customer of a provider in a list",
        ),
    ],
)
def test_what_a_forger_could_use_is_refused(tmp_path: Path, entries: str, allow: Allow, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        load_policy_files(configs_with(tmp_path, entries), Policy(allow=(allow,)))


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        pytest.param("freemail.example", SenderPolicy(requires=Proof.ANY, at_most=Action.ACCEPT), id="accepted"),
        pytest.param("*.freemail.example", SenderPolicy(at_most=Action.TAG), id="with a star"),
        pytest.param("freemail.example", SenderPolicy(thresholds=OwnThresholds(tag=8)), id="milder threshold"),
    ],
)
def test_what_makes_free_mail_milder_is_refused(tmp_path: Path, name: str, sender: SenderPolicy) -> None:
    with pytest.raises(ConfigurationError, match=r"policy\.senders\..*freemail\.example: .*anybody gets"):
        load_policy_files(configs_with(tmp_path, ""), Policy(senders={name: sender}))


@pytest.mark.parametrize(
    ("entries", "policy"),
    [
        pytest.param("jane@freemail.example\n", Policy(allow=(Allow(from_list="vip-senders"),)), id="one address"),
        pytest.param(
            "",
            Policy(senders={"freemail.example": SenderPolicy(thresholds=OwnThresholds(tag=1))}),
            id="stricter for free mail",
        ),
        pytest.param("", Policy(senders={"example.com": SenderPolicy(at_most=Action.TAG)}), id="milder for one's own"),
        pytest.param("freemail.example\n", Policy(block=(Block(from_list="vip-senders"),)), id="a block may name all"),
        pytest.param(
            "freemail.example\n",
            Policy(allow=(Allow(from_list="vip-senders", networks=("192.0.2.0/24",), requires=Proof.NONE),)),
            id="from one network",
        ),
    ],
)
def test_what_no_forger_can_use_is_accepted(tmp_path: Path, entries: str, policy: Policy) -> None:
    load_policy_files(configs_with(tmp_path, entries), policy)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    configs = configs_with(tmp_path, "")
    (configs / "composites").mkdir()
    (configs / "composites" / "x.yaml").write_bytes(b"composites: \xff")

    with pytest.raises(ConfigurationError, match=r"x\.yaml: is not UTF-8 text"):
        load_policy_files(configs, Policy())
