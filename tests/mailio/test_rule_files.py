"""Rules and lists from disk: what is wrong is one line with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailcore.entries import HashedEntries
from mailcore.errors import ConfigurationError
from mailcore.rule_settings import RuleSettings
from mailcore.view import Lists
from mailio.configuration import default_configs
from mailio.list_files import list_names, load_lists
from mailio.rule_files import load_rules
from tasks.pools import build_pool, installed_rules

RULE = """\
rules:
  - id: {id}
    title: T
    summary: S.
    description: D.
    category: test
    weight: 1
    conditions: {{subject: a}}
    examples: {{match: [{{name: a, text: a}}], no_match: [{{name: b, text: b}}]}}
"""


def test_rules_of_all_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(RULE.format(id="second"))
    (tmp_path / "a.yaml").write_text(RULE.format(id="first"))
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.yaml").write_text(RULE.format(id="third"))
    (tmp_path / "notes.txt").write_text("no rules")
    assert [rule.id for rule in load_rules(tmp_path)] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            RULE.format(id="one").encode(),
            r"b\.yaml:2: the id 'one' is taken by the rule at .*a\.yaml:2",
            id="id twice",
        ),
        pytest.param(b"rules:\n  - \xff\xfe", r"b\.yaml:2: is not UTF-8 text", id="no UTF-8"),
        pytest.param(b"rules: [", "is not valid YAML", id="no YAML"),
        pytest.param(b"\x00", "is not valid YAML", id="binary"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.yaml").write_text(RULE.format(id="one"))
    (tmp_path / "b.yaml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        load_rules(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(ConfigurationError, match=r"a\.yaml: cannot be read"):
        load_rules(tmp_path)
    with pytest.raises(ConfigurationError, match="there is no such directory"):
        load_rules(tmp_path / "missing")


def test_rules_know_their_module(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(RULE.format(id="first"))
    (tmp_path / "adult-content" / "more").mkdir(parents=True)
    (tmp_path / "adult-content" / "more" / "a.yaml").write_text(RULE.format(id="second"))
    assert [rule.module for rule in load_rules(tmp_path)] == ["adult-content", "own"]


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """Configuration with one shipped rule, and a directory with one of one's own."""
    for name, rule in (("configs/content", "shipped"), ("own", "ours-1")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "rules.yaml").write_text(RULE.format(id=rule))
    (tmp_path / "configs" / "lists").mkdir()
    return tmp_path


def installed(root: Path, *disabled: str) -> list[str]:
    chosen = RuleSettings(directories=(str(root / "own"),), disabled=disabled)
    return [rule.id for rule in installed_rules(root / "configs", chosen)]


def test_own_rules_come_after_the_shipped_ones(installation: Path) -> None:
    assert installed(installation) == ["shipped", "ours-1"]


@pytest.mark.parametrize(
    ("disabled", "left"),
    [(["shipped"], ["ours-1"]), (["ours-*"], ["shipped"]), (["link_uses_shortener"], ["shipped", "ours-1"])],
    ids=["one", "several", "detector"],
)
def test_rules_are_disabled_by_id(installation: Path, disabled: list[str], left: list[str]) -> None:
    assert installed(installation, *disabled) == left


def test_what_is_wrong_with_own_rules_is_said(installation: Path) -> None:
    with pytest.raises(ConfigurationError, match="is called 'shiped', did you mean 'shipped'"):
        installed(installation, "shiped")
    (installation / "own" / "rules.yaml").write_text(RULE.format(id="shipped"))
    with pytest.raises(ConfigurationError, match=r"own/rules\.yaml:2: the id 'shipped' is taken by"):
        installed(installation)


def test_a_disabled_detector_does_not_run() -> None:
    chosen = RuleSettings(disabled=("link_uses_*",))
    left = {detector.id for detector in build_pool("urls", Path("unused"), None, chosen).detectors}
    assert "link_uses_shortener" not in left
    assert left


def test_lists_are_named_after_their_files(tmp_path: Path) -> None:
    (tmp_path / "free-mail.txt").write_text("# free mail\nFree.Example  # a comment\n\n  other.example\n")
    assert load_lists(tmp_path) == Lists(free_mail=frozenset({"free.example", "other.example"}))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param(
            "Free Mail.txt", b"a", r"Free Mail\.txt: a list is named in lower case letters, digits", id="name"
        ),
        pytest.param("free-mail.txt", b"a.example\nb c\n", r"free-mail\.txt:2: one entry a line", id="two words"),
        pytest.param("free-mail.txt", b"a\n\n\xff\n", r"free-mail\.txt:3: is not UTF-8 text", id="no UTF-8"),
        pytest.param("free-mail.txt", b"a # b c\n# d e\n f\tg # h\n", r"free-mail\.txt:3: one entry", id="tab"),
    ],
)
def test_a_broken_list_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        load_lists(tmp_path)


def test_any_file_is_a_list_that_rules_can_ask(tmp_path: Path) -> None:
    (tmp_path / "our-foes.txt").write_bytes(b"\xef\xbb\xbfFoe.Example\r\n\r\nb\xc3\xbccher.example # two forms\r\n")
    lists = load_lists(tmp_path)
    assert lists.named("our_foes") == {"foe.example", "bücher.example", "xn--bcher-kva.example"}
    assert "our_foes" in list_names(tmp_path)
    assert not lists.named("no_such_list")
    (tmp_path / "our_foes.txt").write_text("a")
    with pytest.raises(ConfigurationError, match="has the same name for rules"):
        load_lists(tmp_path)


def test_rules_ask_only_for_lists_that_there_are(tmp_path: Path) -> None:
    rule = RULE.format(id="one").replace("subject: a", "from.domain|in: our-foes")
    (tmp_path / "a.yaml").write_text(rule)
    assert load_rules(tmp_path, ["free_mail", "our_foes"])
    with pytest.raises(ConfigurationError, match=r"a\.yaml:8: unknown list 'our-foes', did you mean 'our_fees'"):
        load_rules(tmp_path, ["free_mail", "our_fees"])


def test_a_large_list_is_kept_as_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailio.list_files.LARGE_BYTES", 1_000)
    monkeypatch.setattr("mailio.list_files.BATCH_BYTES", 500)
    monkeypatch.setattr("mailcore.entries.RUN", 100)
    words = [f"site-{number}.example" for number in range(1_000)]
    (tmp_path / "foes.txt").write_text("# a comment\n" + "\n".join(words))
    foes = load_lists(tmp_path).named("foes")
    assert isinstance(foes, HashedEntries)
    assert len(foes) == 1_000
    assert all(word in foes for word in words)
    assert not any(f"site-{number}.example" in foes for number in range(1_000, 3_000))
    (tmp_path / "foes.txt").write_text("\n".join([*words, "two words"]))
    with pytest.raises(ConfigurationError, match=r"foes\.txt:1001: one entry a line"):
        load_lists(tmp_path)


def test_no_directory_of_lists(tmp_path: Path) -> None:
    assert load_lists(tmp_path) == Lists()
    with pytest.raises(ConfigurationError, match="there is no such directory"):
        load_lists(tmp_path / "missing")


def test_shipped_files_are_read_without_libyaml_too() -> None:
    # The loader in C takes `{a: b?}`, the one in Python does not; reading all of it with the latter takes too long.
    unquoted = re.compile(r"[{,] ?[\w-]+: [^'\"{}\[\],]*\?[,}]")
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted(default_configs().rglob("*.yaml"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if unquoted.search(line)
    ]
    assert not found
