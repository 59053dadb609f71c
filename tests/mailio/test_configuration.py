"""Configuration: what is read, what wins over what, and the one line that a mistake is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.connections import Connections
from mailcore.errors import ConfigurationError
from mailcore.follow_settings import Following
from mailcore.policy import OwnThresholds, Policy, Thresholds
from mailcore.reputation import ReputationSettings
from mailcore.sandbox_settings import Sandbox
from mailcore.settings import Auth, Correspondents, Dns, Mode, Settings, default_pools
from mailcore.verdict import Action
from mailio.configuration import default_configs, load_settings, policy_version, settings_file


def load(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    path = tmp_path / "mailchord.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ)


def complaint(tmp_path: Path, text: str = "", **environ: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text, **environ)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{tmp_path}/", "")


def test_the_shipped_file_is_the_defaults() -> None:
    assert load_settings(default_configs() / "mailchord.yaml", {}) == Settings()


@pytest.mark.parametrize("text", ["", "# only a comment\n", "front:\n", "policy:\n  allow:\n"])
def test_an_empty_file_or_section_is_the_defaults(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == Settings()


def test_a_given_file_goes_before_the_shipped_one(tmp_path: Path) -> None:
    assert settings_file(tmp_path / "x.yaml") == tmp_path / "x.yaml"
    assert settings_file(None).name == "mailchord.yaml"


def test_values_reach_their_fields(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
mode: monitor
front:
  listen: unix:/run/mailchord/milter.sock
  socket_mode: 0660
  deadline_seconds: 12
  subject_tag: {prefix: "***"}
networks: {internal: [192.0.2.0/24, "2001:db8::/32"], local_domains: [example.org]}
workers:
  - {pools: [intake, aggregate], processes: 3}
  - {pools: [ocr], autoscale: "1,4"}
policy:
  overrides: [{finding: "yara.*", action: reject}]
""",
    )
    assert settings.mode is Mode.MONITOR
    assert settings.front.socket_mode == "0660"
    assert settings.front.deadline_seconds == 12.0
    assert settings.front.subject_tag.prefix == "***"
    assert settings.front.subject_tag.enabled
    assert settings.networks.internal == ("192.0.2.0/24", "2001:db8::/32")
    assert [group.processes for group in settings.workers] == [3, 2]
    assert settings.policy.overrides[0].action is Action.REJECT


def test_pools_are_laid_over_the_defaults_one_by_one(tmp_path: Path) -> None:
    pools = load(tmp_path, "pools:\n  ocr: {seconds: 30}\n  ml: {settings: {linear_model.floor: 0.6}}\n").pools
    assert pools["ocr"].seconds == 30.0
    assert pools["ocr"].in_place is default_pools()["ocr"].in_place
    assert pools["ml"].settings == {"linear_model.floor": 0.6}
    assert pools["content"] == default_pools()["content"]


def test_missing_pools_are_laid_over_the_defaults(tmp_path: Path) -> None:
    missing = load(tmp_path, "policy: {missing_pools: {ocr: tempfail}}").policy.missing_pools
    assert missing == {**Settings().policy.missing_pools, "ocr": Action.TEMPFAIL}


def test_thresholds_of_a_recipient_are_only_those_that_are_written(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        """
policy:
  thresholds: {tag: 4, quarantine: 8}
  recipients:
    abuse@example.org: {at_most: tag}
    example.org: {thresholds: {reject: 30}}
""",
    ).policy
    assert policy.recipients["example.org"].thresholds == OwnThresholds(reject=30.0)
    assert policy.recipients["abuse@example.org"].thresholds is None
    assert policy.recipients["abuse@example.org"].at_most is Action.TAG


@pytest.mark.parametrize("prefix", ["[SPAM", "*spam*", "{spam} ", "a: b", "# spam", "'", "yes"])
def test_text_in_the_environment_is_no_yaml(tmp_path: Path, prefix: str) -> None:
    settings = load(tmp_path, "", MAILCHORD_FRONT__SUBJECT_TAG__PREFIX=prefix)
    assert settings.front.subject_tag.prefix == prefix


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "mode: monitor\nfront:\n  listen: unix:/run/m.sock\n  progress_seconds: 3\n",
        MAILCHORD_MODE="tag-only",
        MAILCHORD_FRONT__LISTEN="inet:0@127.0.0.1",
        MAILCHORD_FRONT__SUBJECT_TAG__PREFIX="[?]",
        MAILCHORD_FRONT__SOCKET_MODE="0600",
        MAILCHORD_STATE_DIR="/srv/mailchord",
        MAILCHORD_POOLS__OCR__ENABLED="false",
        MAILCHORD_POLICY__MISSING_POOLS__OCR="tempfail",
        MAILCHORD_NETWORKS__INTERNAL="[192.0.2.0/24]",
        MAILCHORD_WORKERS="[{pools: [intake, aggregate]}]",
    )
    assert settings.mode is Mode.TAG_ONLY
    assert settings.front.listen == "inet:0@127.0.0.1"
    assert settings.front.progress_seconds == 3.0
    assert settings.front.socket_mode == "0600"
    assert settings.front.subject_tag.prefix == "[?]"
    assert settings.state_dir == "/srv/mailchord"
    assert not settings.pools["ocr"].enabled
    assert settings.policy.missing_pools["ocr"] is Action.TEMPFAIL
    assert settings.networks.internal == ("192.0.2.0/24",)
    assert len(settings.workers) == 1


def test_a_secret_comes_from_the_file_that_the_environment_names(tmp_path: Path) -> None:
    secret = tmp_path / "broker"
    secret.write_text("redis://:s3cret@192.0.2.7/0\n", encoding="utf-8")
    assert load(tmp_path, MAILCHORD_REDIS__BROKER_FILE=str(secret)).redis.broker == "redis://:s3cret@192.0.2.7/0"


def test_a_setting_that_is_a_file_name_is_no_secret(tmp_path: Path) -> None:
    assert load(tmp_path, MAILCHORD_FRONT__RELEASE_KEY_FILE="/run/key").front.release_key_file == "/run/key"


@pytest.mark.parametrize(
    "name",
    ["HOME", "MAILCHORD_PORT", "MAILCHORD_SERVICE_HOST", "MAILCHORD_FRONT_PORT_8891_TCP_ADDR", "MAILCHORD_SHARED"],
)
def test_variables_that_are_not_ours_are_left_alone(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, "", **{name: "tcp://192.0.2.1:8891"}) == Settings()


FILE_MISTAKES = {
    "unknown section": ("frnt:\n  listen: x\n", "mailchord.yaml:1: unknown key 'frnt', did you mean 'front'?"),
    "unknown key": (
        "mode: enforce\nfront:\n  lisen: x\n",
        "mailchord.yaml:3: unknown key 'lisen' in front, did you mean 'listen'?",
    ),
    "unknown pool": ("pools:\n  orc: {}\n", "mailchord.yaml:2: unknown key 'orc' in pools, did you mean 'ocr'?"),
    "unknown key of a pool": (
        "pools:\n  ocr:\n    second: 3\n",
        "mailchord.yaml:3: unknown key 'second' in pools.ocr, did you mean 'seconds'?",
    ),
    "unknown missing pool": (
        "policy: {missing_pools: {urlz: accept}}",
        "mailchord.yaml:1: unknown key 'urlz' in policy.missing_pools, did you mean 'urls'?",
    ),
    "twice": (
        "mode: monitor\nmode: enforce\n",
        "mailchord.yaml:2: mode is there twice, first at mailchord.yaml:1",
    ),
    "not a number": (
        "front:\n  processes: many\n",
        "mailchord.yaml:2: front.processes: expected `int`, got 'many'",
    ),
    "number out of range": (
        "front:\n  processes: 0\n",
        "mailchord.yaml:2: front.processes: expected `int` >= 1, got '0'",
    ),
    "not a truth value": (
        "front:\n  subject_tag:\n    enabled: maybe\n",
        "mailchord.yaml:3: front.subject_tag.enabled: expected `bool`, got 'maybe'",
    ),
    "section that is a word": (
        "front: yes\n",
        "mailchord.yaml:1: front: expected a mapping (`key: value` lines), got 'yes'",
    ),
    "text that is a list": ("state_dir: [a]\n", "mailchord.yaml:1: state_dir: expected text, got a list"),
    "list that is a word": (
        "networks:\n  internal: 192.0.2.0/24\n",
        "mailchord.yaml:2: networks.internal: expected a list (`[a, b]`), got '192.0.2.0/24'",
    ),
    "unknown word": (
        "mode: enforced\n",
        "mailchord.yaml:1: mode: expected one of enforce, tag-only, monitor, got 'enforced'",
    ),
    "unknown action": (
        "policy:\n  overrides:\n  - {finding: x, action: drop}\n",
        "mailchord.yaml:3: policy.overrides.0.action: expected one of accept, tag, tempfail, quarantine, reject, "
        "discard, got 'drop'",
    ),
    "field that must be given": (
        "workers:\n- pools: [intake]\n- processes: 2\n",
        "mailchord.yaml:3: workers.1: 'pools' is missing",
    ),
    "whole file is a list": ("- a\n", "mailchord.yaml:1: expected sections (`front:`, `policy:` ...), got a list"),
    "no YAML": (
        "front:\n  listen: [a\n",
        "mailchord.yaml:3: is not valid YAML: did not find expected ',' or ']'",
    ),
    "two documents": (
        "mode: enforce\n---\nmode: monitor\n",
        "mailchord.yaml:2: is not valid YAML: but found another document",
    ),
}


@pytest.mark.parametrize(("text", "expected"), FILE_MISTAKES.values(), ids=FILE_MISTAKES.keys())
def test_mistakes_name_file_line_and_remedy(tmp_path: Path, text: str, expected: str) -> None:
    assert complaint(tmp_path, text) == expected


NONSENSE = {
    "listen": ("front:\n  listen: 8891\n", "mailchord.yaml:2: front.listen: expected `unix:/absolute/path`"),
    "relative socket": ("front: {listen: 'unix:run/m'}", "mailchord.yaml:1: front.listen: expected `unix:/absolute"),
    "port": ("front: {listen: 'inet:70000@::1'}", "mailchord.yaml:1: front.listen: expected"),
    "socket mode": ("front: {socket_mode: rw-rw}", "mailchord.yaml:1: front.socket_mode: expected an octal mode"),
    "reserve": ("front:\n  reserve_seconds: 20\n", "mailchord.yaml:2: front.reserve_seconds: must be less than"),
    "network": (
        "networks:\n  internal:\n  - 192.0.2.0/24\n  - 192.0.2.1/24\n",
        "mailchord.yaml:4: networks.internal.1: expected a network",
    ),
    "all are relays": (
        "networks: {trusted_relays: [0.0.0.0/0]}",
        "mailchord.yaml:1: networks.trusted_relays.0: 0.0.0.0/0 is much of",
    ),
    "half are our own": (
        "networks: {internal: ['8000::/1']}",
        "mailchord.yaml:1: networks.internal.0: 8000::/1 is much of",
    ),
    "all of com seals": (
        "auth: {trusted_sealers: [com]}",
        "mailchord.yaml:1: auth.trusted_sealers.0: everybody can have a domain below",
    ),
    "sealer with a star": (
        "auth: {trusted_sealers: ['*.example.net']}",
        "mailchord.yaml:1: auth.trusted_sealers.0: expected a domain",
    ),
    "no sealer": ("auth: {trusted_sealers: ['']}", "mailchord.yaml:1: auth.trusted_sealers.0: expected a domain"),
    "any server": (
        "networks: {trusted_authserv_ids: ['*']}",
        "mailchord.yaml:1: networks.trusted_authserv_ids.0: expected a name",
    ),
    "name of a resolver": (
        "dns: {servers: [ns.example]}",
        "mailchord.yaml:1: dns.servers.0: expected ADDRESS, ADDRESS:PORT",
    ),
    "relay": ("networks: {trusted_relays: [mx]}", "mailchord.yaml:1: networks.trusted_relays.0: expected a network"),
    "allowed network": (
        "connections:\n  allowed_networks:\n  - 192.0.2.0/24\n  - 2001:db8::/129\n",
        "mailchord.yaml:4: connections.allowed_networks.1: expected a network",
    ),
    "greylist that nobody passes": (
        "greylisting:\n  delay_seconds: 3600\n  retry_seconds: 600\n",
        "mailchord.yaml:3: greylisting.retry_seconds: must be more than delay_seconds (3600)",
    ),
    "allowed name": (
        "greylisting: {allowed_names: [google.com, '']}",
        "mailchord.yaml:1: greylisting.allowed_names.1: expected a domain",
    ),
    "domain": ("networks: {local_domains: ['a@b']}", "mailchord.yaml:1: networks.local_domains.0: expected a domain"),
    "broker": ("redis: {broker: 'amqp://:s3cret@x'}", "mailchord.yaml:1: redis.broker: expected a URL"),
    "database": ("redis: {broker: 'redis://:s3cret@x?db=3'}", "mailchord.yaml:1: redis.broker: over TCP the number"),
    "memory": ("redis: {memory_limit: lots}", "mailchord.yaml:1: redis.memory_limit: expected a size"),
    "pool of a worker": (
        "workers:\n- pools: [intake, aggregat]\n",
        "mailchord.yaml:2: workers.0.pools.1: unknown pool 'aggregat', did you mean 'aggregate'?",
    ),
    "threads for what computes": (
        "workers: [{pools: [content], threads: 4}]",
        "mailchord.yaml:1: workers.0.threads: only auth runs in threads",
    ),
    "threads for auth beside others": (
        "workers: [{pools: [auth, urls], threads: 4}]",
        "mailchord.yaml:1: workers.0.threads: only auth runs in threads",
    ),
    "threads that come and go": (
        "workers: [{pools: [auth], threads: 4, autoscale: '1,4'}]",
        "mailchord.yaml:1: workers.0.autoscale: threads come and go by themselves",
    ),
    "worker without pools": ("workers: [{pools: []}]", "mailchord.yaml:1: workers.0.pools: expected at least one"),
    "slow pool beside intake": (
        "workers:\n- pools: [intake, ocr]\n",
        "mailchord.yaml:2: workers.0.pools: ocr must not share a worker with intake",
    ),
    "autoscale": (
        "workers: [{pools: [ocr], autoscale: '4,1'}]",
        "mailchord.yaml:1: workers.0.autoscale: expected `MIN,MAX`",
    ),
    "limit": ("limits: {parts: 0}", "mailchord.yaml:1: limits.parts: must be at least 1"),
    "thresholds": (
        "policy:\n  thresholds:\n    tag: 10\n",
        "mailchord.yaml:3: policy.thresholds: expected tag <= quarantine <= reject, got 10, 9, 15",
    ),
    "thresholds of a recipient": (
        "policy: {recipients: {example.org: {thresholds: {reject: 1}}}}",
        "mailchord.yaml:1: policy.recipients.example.org.thresholds: expected tag <=",
    ),
    "recipient": ("policy: {recipients: {'a b': {}}}", "mailchord.yaml:1: policy.recipients.a b: expected an address"),
    "recipient in capitals": ("policy: {recipients: {Example.org: {}}}", "mailchord.yaml:1: policy.recipients"),
    "override": ("policy: {overrides: [{finding: '', action: tag}]}", "mailchord.yaml:1: policy.overrides.0.finding"),
    "terminal action": ("policy: {terminal_action: tempfail}", "mailchord.yaml:1: policy.terminal_action: must not"),
    "state directory": ("state_dir: var", "mailchord.yaml:1: state_dir: expected an absolute path"),
    "health": ("health: {listen: '8892'}", "mailchord.yaml:1: health.listen: expected HOST:PORT"),
    "level": ("logging: {level: loud}", "mailchord.yaml:1: logging.level: expected one of debug, info"),
    "format": ("logging: {format: xml}", "mailchord.yaml:1: logging.format: expected one of json, text"),
}


@pytest.mark.parametrize(("text", "beginning"), NONSENSE.values(), ids=NONSENSE.keys())
def test_values_that_make_no_sense_are_refused(tmp_path: Path, text: str, beginning: str) -> None:
    message = complaint(tmp_path, text)
    assert message.startswith(beginning)
    assert "s3cret" not in message


VARIABLE_MISTAKES = {
    "unknown section": ("MAILCHORD_FRNT__LISTEN", "x", "there is no such setting, did you mean 'front'?"),
    "unknown key": ("MAILCHORD_FRONT__LISEN", "x", "there is no such setting, did you mean 'listen'?"),
    "below a value": ("MAILCHORD_MODE__X", "x", "there is no such setting"),
    "nearly a setting": ("MAILCHORD_STATEDIR", "/x", "there is no such setting, did you mean 'state_dir'?"),
    "unknown pool": ("MAILCHORD_POOLS__ORC__SECONDS", "3", "unknown key 'orc' in pools, did you mean 'ocr'?"),
    "wrong type": ("MAILCHORD_FRONT__PROCESSES", "two", "front.processes: expected `int`, got 'two'"),
    "empty number": ("MAILCHORD_FRONT__PROCESSES", "", "front.processes: expected `int`, got nothing"),
    "no YAML": ("MAILCHORD_NETWORKS__INTERNAL", "[a", "is not valid YAML: did not find expected ',' or ']'"),
    "nonsense": ("MAILCHORD_LOGGING__LEVEL", "loud", "logging.level: expected one of debug, info, warning, error"),
    "absent secret": (
        "MAILCHORD_REDIS__BROKER_FILE",
        "/nowhere",
        "/nowhere: cannot be read: No such file or directory",
    ),
    "file for a number": ("MAILCHORD_FRONT__PROCESSES_FILE", "/x", "there is no such setting"),
}


@pytest.mark.parametrize(("name", "value", "expected"), VARIABLE_MISTAKES.values(), ids=VARIABLE_MISTAKES.keys())
def test_mistakes_in_the_environment_name_the_variable(tmp_path: Path, name: str, value: str, expected: str) -> None:
    message = complaint(tmp_path, **{name: value})
    assert message.startswith(f"environment variable {name}: {expected}")


def test_a_value_and_its_file_at_once_are_refused(tmp_path: Path) -> None:
    both = {"MAILCHORD_REDIS__BROKER": "redis://192.0.2.1", "MAILCHORD_REDIS__BROKER_FILE": "/x"}
    assert complaint(tmp_path, **both).endswith("MAILCHORD_REDIS__BROKER is set too; set one of them")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.yaml: there is no such file; name another one with -c FILE"):
        load_settings(tmp_path / "absent.yaml", {})


def test_a_directory_and_binary_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        load_settings(tmp_path, {})
    (tmp_path / "binary.yaml").write_bytes(b"mode: \xff")
    with pytest.raises(ConfigurationError, match=r"binary\.yaml: is not UTF-8 text \(byte 6\)"):
        load_settings(tmp_path / "binary.yaml", {})


def test_the_policy_version_follows_policy_and_rules_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    rule = tmp_path / "rules" / "gtube.yaml"
    rule.write_text("id: gtube", encoding="utf-8")
    first = policy_version(Settings(), tmp_path)

    assert policy_version(Settings(state_dir="/elsewhere"), tmp_path) == first
    assert policy_version(Settings(dns=Dns(servers=("192.0.2.1",))), tmp_path) == first
    for other in (
        Settings(auth=Auth(trusted_sealers=("lists.example.net",))),
        Settings(following=Following(hops=3)),
        Settings(sandbox=Sandbox(emulate_programs=False)),
        Settings(correspondents=Correspondents(remembered_days=3)),
        Settings(reputation=ReputationSettings(half_life_days=3)),
        Settings(mode=Mode.MONITOR),
    ):
        assert policy_version(other, tmp_path) != first
    (tmp_path / "mailchord.yaml").write_text("mode: monitor", encoding="utf-8")
    assert policy_version(Settings(), tmp_path) == first

    stricter = Settings(policy=Policy(thresholds=Thresholds(tag=1.0)))
    assert policy_version(stricter, tmp_path) != first
    fewer = Settings(connections=Connections(connections_per_client=5))
    assert policy_version(fewer, tmp_path) != first
    rule.write_text("id: gtube2", encoding="utf-8")
    assert policy_version(Settings(), tmp_path) != first


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def vanished(path: Path) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    (tmp_path / "edited.yaml").touch()
    monkeypatch.setattr(Path, "read_bytes", vanished)
    with pytest.raises(ConfigurationError, match=r"edited\.yaml: cannot be read: No such file"):
        policy_version(Settings(), tmp_path)


@pytest.mark.parametrize("text", ["policy:\n  overrides:\n", "policy: {overrides: []}\n"])
def test_the_shipped_overrides_can_be_switched_off(tmp_path: Path, text: str) -> None:
    assert Settings().policy.overrides
    assert load(tmp_path, text).policy.overrides == ()
