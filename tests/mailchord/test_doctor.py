"""`mailchord doctor` names what is not well and what to do, and leaves alone what is."""

from __future__ import annotations

import argparse
import grp
import json
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest
from msgspec import structs

from mailchord.checkup import Level, Result, RunProgram
from mailchord.checkup_host import (
    check_libraries,
    check_listen,
    check_memory,
    check_open_files,
    check_quarantine,
    check_state_directory,
    check_tesseract,
)
from mailchord.checkup_postfix import check_postfix, postfix_address
from mailchord.checkup_redis import check_redis, check_visibility, check_workers, count_consumers
from mailchord.doctor import add_arguments, examine, run, run_program
from mailcore.file_settings import Pictures
from mailcore.sandbox_settings import Sandbox
from mailcore.service_settings import QuarantineSettings
from mailcore.settings import (
    Dns,
    Front,
    PoolSettings,
    Redis,
    Settings,
    WorkerGroup,
    default_pools,
)
from tests.redis_server import RedisServer
from tests.tasks.cluster import Cluster
from tests.tasks.pools_for_tests import settings_for_tests

QUEUES = ("intake", "aggregate", *default_pools(), "late")


def by_name(results: Iterable[Result]) -> dict[str, Result]:
    return {result.name: result for result in results}


def levels(results: Iterable[Result]) -> dict[str, str]:
    return {result.name: str(result.level) for result in results}


# Nobody listens there: no test asks the resolver of this machine.
NO_DNS = Dns(servers=("127.0.0.1:9",), lookup_seconds=0.1, retries=0)


def here(tmp_path: Path, **sections: object) -> Settings:
    return Settings(state_dir=str(tmp_path), **{"dns": NO_DNS} | sections)  # type: ignore[arg-type]


def says(output: str | None) -> RunProgram:
    def run_it(command: Sequence[str]) -> str | None:
        return output

    return run_it


# --- this machine ------------------------------------------------------------------------------------------------


def test_libraries_of_this_environment_are_all_there(tmp_path: Path) -> None:
    assert {result.level for result in check_libraries(here(tmp_path))} == {Level.OK}


def test_libraries_of_pools_that_are_switched_off_are_not_asked_for(tmp_path: Path) -> None:
    pools = {name: PoolSettings(enabled=False) for name in default_pools()}

    assert [result.name for result in check_libraries(here(tmp_path, pools=pools))] == ["milter"]


@pytest.mark.parametrize(
    ("output", "level"),
    [
        ("List of available languages (3):\neng\ndeu\nosd\n", Level.OK),
        ("List of available languages (1):\nosd\n", Level.FAIL),
        ("List of available languages (1):\ndeu\n", Level.FAIL),
        (None, Level.FAIL),
    ],
    ids=["English", "no language", "only German", "not installed"],
)
def test_tesseract(tmp_path: Path, output: str | None, level: Level) -> None:
    (result,) = check_tesseract(here(tmp_path), says(output))

    assert result.level is level
    assert bool(result.advice) is (level is not Level.OK)


def test_tesseract_has_the_languages_of_the_settings(tmp_path: Path) -> None:
    german = here(tmp_path, pictures=Pictures(languages="deu+chi_sim"))
    listed = "List of available languages (2):\ndeu\neng\n"
    (result,) = check_tesseract(german, says(listed))

    assert (result.level, "no chi_sim" in result.says) == (Level.FAIL, True)
    assert "tesseract-ocr-chi-sim" in result.advice


def test_tesseract_is_not_needed_without_ocr(tmp_path: Path) -> None:
    settings = here(tmp_path, pools={**default_pools(), "ocr": PoolSettings(enabled=False)})

    assert list(check_tesseract(settings, says(None))) == []


def test_a_listening_socket_is_well_free_or_used_by_somebody(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        used = check_listen(here(tmp_path, front=Front(listen=f"inet:{port}@127.0.0.1")))
    free = check_listen(here(tmp_path, front=Front(listen=f"inet:{port}@127.0.0.1")))

    assert (used.level, free.level) == (Level.OK, Level.OK)
    assert "somebody listens" in used.says
    assert "free" in free.says


@pytest.mark.parametrize(
    ("listen", "group", "problem"),
    [
        ("inet:8891@192.0.2.1", "", "inet:8891@192.0.2.1: "),
        ("unix:{tmp}/none/mailchord.sock", "", "is not there"),
        ("unix:{tmp}/file", "", "no socket"),
        ("unix:{tmp}/mailchord.sock", "no-such-group-here", "there is no group 'no-such-group-here'"),
    ],
    ids=["not our address", "no directory", "a file", "no group"],
)
def test_a_socket_that_cannot_be_used(tmp_path: Path, listen: str, group: str, problem: str) -> None:
    (tmp_path / "file").write_text("")
    front = Front(listen=listen.replace("{tmp}", str(tmp_path)), socket_group=group)

    result = check_listen(here(tmp_path, front=front))

    assert result.level is Level.FAIL
    assert problem in result.says
    assert result.advice


def test_a_socket_path_that_can_be_used(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    front = Front(listen=f"unix:{tmp_path}/mailchord.sock", socket_group=group)

    assert check_listen(here(tmp_path, front=front)).level is Level.OK


@pytest.mark.parametrize(("name", "level"), [("new/deep", Level.OK), ("file/deep", Level.FAIL)])
def test_state_directory(tmp_path: Path, name: str, level: Level) -> None:
    (tmp_path / "file").write_text("")

    assert check_state_directory(here(tmp_path / name)).level is level


def test_quarantine_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "quarantine" / "0190abcd-ef"
    folder.mkdir(parents=True, mode=0o700)
    folder.parent.chmod(0o700)
    (folder / "message.eml").write_bytes(b"x" * 2048)

    (result,) = [each for each in check_quarantine(here(tmp_path)) if each.name == "quarantine"]

    assert (result.level, result.says) == (Level.OK, f"1 messages, 2 kB, in {folder.parent}")


def test_a_quarantine_that_everybody_can_read(tmp_path: Path) -> None:
    directory = tmp_path / "held"
    directory.mkdir()
    directory.chmod(0o755)
    settings = here(tmp_path, quarantine=QuarantineSettings(directory=str(directory)))

    assert Level.FAIL in {result.level for result in check_quarantine(settings) if result.name == "quarantine"}


@pytest.mark.parametrize(("total", "level"), [(64 * 1024**3, Level.OK), (1024**3, Level.WARN)])
def test_memory(tmp_path: Path, total: int, level: Level) -> None:
    assert check_memory(here(tmp_path), total).level is level


def test_threads_share_the_memory_of_one_process(tmp_path: Path) -> None:
    group = WorkerGroup(pools=("auth",), processes=8, threads=64, memory_limit_bytes=1024**3)
    settings = structs.replace(here(tmp_path), workers=(group,), redis=Redis(memory_limit="1gb"))
    assert check_memory(settings, 2 * 1024**3).level is Level.OK
    assert check_memory(settings, 2 * 1024**3 - 1).level is Level.WARN


@pytest.mark.parametrize(
    ("pools", "sandbox", "cages"),
    [
        (("attachments", "ocr"), Sandbox(), 3),
        (("late",), Sandbox(), 3),
        (("intake", "aggregate"), Sandbox(), 3),
        (("content", "urls", "ml", "auth"), Sandbox(), 0),
        (("attachments", "ocr"), Sandbox(enabled=False), 0),
    ],
    ids=["files", "late work", "light files in place", "no files", "switched off"],
)
def test_each_process_that_opens_files_has_a_cage(
    tmp_path: Path, pools: tuple[str, ...], sandbox: Sandbox, cages: int
) -> None:
    group = WorkerGroup(pools=pools, processes=3, memory_limit_bytes=1024**3)
    settings = structs.replace(here(tmp_path), workers=(group,), sandbox=sandbox, redis=Redis(memory_limit="1gb"))
    needed = 4 * 1024**3 + cages * sandbox.memory_bytes
    assert check_memory(settings, needed).level is Level.OK
    assert check_memory(settings, needed - 1).level is Level.WARN


@pytest.mark.parametrize(("limit", "level"), [(65_536, Level.OK), (-1, Level.OK), (1_024, Level.WARN)])
def test_open_files(limit: int, level: Level) -> None:
    assert check_open_files(limit).level is level


def test_programs_that_fail_or_are_not_there_have_no_output() -> None:
    assert run_program(["true"]) == ""
    assert run_program(["false"]) is None
    assert run_program(["no-such-program-here"]) is None


# --- Postfix -----------------------------------------------------------------------------------------------------

GOOD = {
    "smtpd_milters": "inet:127.0.0.1:8891",
    "milter_default_action": "tempfail",
    "header_size_limit": "60000",
    "milter_content_timeout": "300s",
    "message_size_limit": "10240000",
}


def postfix(tmp_path: Path, given: Mapping[str, str], listen: str = "inet:8891@127.0.0.1") -> dict[str, str]:
    output = "".join(f"{name} = {value}\n" for name, value in (GOOD | dict(given)).items())
    settings = here(tmp_path, front=Front(listen=listen))
    return {
        name.removeprefix("postfix "): level for name, level in levels(check_postfix(settings, says(output))).items()
    }


@pytest.mark.parametrize(
    ("given", "listen"),
    [
        ({}, "inet:8891@127.0.0.1"),
        ({"smtpd_milters": "inet:localhost:8891"}, "inet:8891@127.0.0.1"),
        ({"smtpd_milters": "inet:127.0.0.1:8892, inet:127.0.0.1:8891"}, "inet:8891@127.0.0.1"),
        ({"smtpd_milters": "unix:/run/mailchord.sock"}, "unix:/run/mailchord.sock"),
        ({"smtpd_milters": "inet:[::1]:8891"}, "inet6:8891@::1"),
        (
            {"milter_default_action": "accept", "smtpd_milters": "{ inet:127.0.0.1:8891, default_action=tempfail }"},
            "inet:8891@127.0.0.1",
        ),
        ({"milter_content_timeout": "5m"}, "inet:8891@127.0.0.1"),
    ],
    ids=["README", "localhost", "second", "Unix socket", "IPv6", "own default action", "minutes"],
)
def test_a_postfix_as_the_readme_has_it(tmp_path: Path, given: Mapping[str, str], listen: str) -> None:
    assert set(postfix(tmp_path, given, listen).values()) == {"ok"}


@pytest.mark.parametrize(
    ("given", "name", "level"),
    [
        ({"smtpd_milters": ""}, "smtpd_milters", "warn"),
        ({"smtpd_milters": "inet:127.0.0.1:88911"}, "smtpd_milters", "warn"),
        ({"milter_default_action": "accept"}, "milter_default_action", "fail"),
        ({"milter_default_action": "reject"}, "milter_default_action", "warn"),
        (
            {"smtpd_milters": "{inet:127.0.0.1:8891, default_action = accept}"},
            "milter_default_action",
            "fail",
        ),
        ({"header_size_limit": "102400"}, "header_size_limit", "warn"),
        ({"header_size_limit": "0"}, "header_size_limit", "warn"),
        ({"milter_content_timeout": "20s"}, "milter_content_timeout", "fail"),
        ({"milter_content_timeout": ""}, "milter_content_timeout", "fail"),
        ({"message_size_limit": "0"}, "message_size_limit", "warn"),
        ({"message_size_limit": "104857600"}, "message_size_limit", "warn"),
    ],
)
def test_a_postfix_that_needs_attention(tmp_path: Path, given: Mapping[str, str], name: str, level: str) -> None:
    found = postfix(tmp_path, given)

    assert found.pop(name) == level
    assert set(found.values()) == {"ok"}


def test_no_postfix_is_no_problem(tmp_path: Path) -> None:
    assert levels(check_postfix(here(tmp_path), says(None))) == {"postfix": "ok"}


@pytest.mark.parametrize(
    ("listen", "address"),
    [("inet:8891@127.0.0.1", "inet:127.0.0.1:8891"), ("inet6:8891@::1", "inet:[::1]:8891"), ("unix:/x", "unix:/x")],
)
def test_addresses_as_postfix_writes_them(listen: str, address: str) -> None:
    assert postfix_address(listen) == address


# --- Redis and workers -------------------------------------------------------------------------------------------


@pytest.mark.system
def test_a_durable_redis_is_well(tmp_path: Path) -> None:
    with RedisServer(durable=True) as server:
        found = levels(check_redis(here(tmp_path, redis=Redis(broker=server.url()))))

    assert found == {
        "redis broker": "ok",
        "redis broker eviction": "ok",
        "redis broker memory": "ok",
        "clock": "ok",
        "redis claims": "ok",
        "redis claims eviction": "ok",
        "redis claims memory": "ok",
        "redis state": "ok",
        "redis state eviction": "ok",
        "redis state memory": "ok",
        "redis state persistence": "ok",
    }


@pytest.mark.system
def test_a_redis_that_evicts_forgets_and_has_no_limit(tmp_path: Path) -> None:
    with RedisServer() as server:
        client = server.client()
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", "0")
        found = levels(check_redis(here(tmp_path, redis=Redis(broker=server.url()))))
        client.config_set("save", "3600 1")
        snapshots = by_name(check_redis(here(tmp_path, redis=Redis(broker=server.url()))))["redis state persistence"]
        client.close()

    assert found["redis broker eviction"] == "fail"
    assert found["redis state eviction"] == "fail"
    assert found["redis claims eviction"] == "warn"
    assert found["redis broker memory"] == "warn"
    assert found["redis state persistence"] == "warn"
    assert "snapshots only (3600 1)" in snapshots.says


def test_a_redis_that_is_away_is_one_line_without_its_password(tmp_path: Path) -> None:
    settings = here(tmp_path, redis=Redis(broker="redis://:geheim@127.0.0.1:1/0", timeout_seconds=0.5))

    found = list(check_redis(settings))

    assert levels(found) == {"redis broker": "fail", "redis claims": "fail", "redis state": "fail"}
    assert all("geheim" not in result.says and "\n" not in result.says for result in found)


def test_without_a_broker_serve_starts_one(tmp_path: Path) -> None:
    (result,) = check_redis(here(tmp_path))

    assert result.level is Level.OK
    assert "starts a private one" in result.says


@pytest.mark.parametrize(
    "redis", [Redis(broker="redis://127.0.0.1:1/0"), Redis()], ids=["a broker of one's own", "the private one of serve"]
)
def test_the_visibility_timeout_exceeds_the_longest_task(tmp_path: Path, redis: Redis) -> None:
    pools = {**default_pools(), "ocr": PoolSettings(seconds=900.0, late_seconds=1800.0)}

    assert check_visibility(here(tmp_path, redis=redis, pools=pools)).level is Level.OK


def test_workers_that_answer(tmp_path: Path) -> None:
    found = list(check_workers(here(tmp_path), lambda: dict.fromkeys(QUEUES, 1)))

    assert {result.level for result in found} == {Level.OK}
    served = [queue for queue in QUEUES if queue != "follow"]  # off by default
    assert [result.name for result in found] == [f"workers for {queue}" for queue in served]


@pytest.mark.parametrize(
    ("missing", "level"), [("intake", "fail"), ("aggregate", "fail"), ("ocr", "fail"), ("late", "warn")]
)
def test_a_queue_without_a_worker(tmp_path: Path, missing: str, level: str) -> None:
    counts = {queue: 1 for queue in QUEUES if queue != missing}

    found = levels(check_workers(here(tmp_path), lambda: counts))

    assert {name for name, each in found.items() if each != "ok"} == {f"workers for {missing}"}
    assert found[f"workers for {missing}"] == level


def test_workers_that_cannot_be_asked(tmp_path: Path) -> None:
    def away() -> Mapping[str, int]:
        raise ConnectionRefusedError("redis://:geheim@host")

    (result,) = check_workers(here(tmp_path), away)

    assert result.level is Level.FAIL
    assert "geheim" not in result.says


def test_a_queue_of_a_pool_that_is_switched_off_needs_no_worker(tmp_path: Path) -> None:
    pools = {**default_pools(), "ocr": PoolSettings(enabled=False)}

    found = levels(check_workers(here(tmp_path, pools=pools), dict))

    assert "workers for ocr" not in found


# --- the command -------------------------------------------------------------------------------------------------


def not_asked() -> Mapping[str, int]:
    raise AssertionError("nobody asks workers when the broker is away")


def test_workers_are_asked_only_when_the_broker_answers(tmp_path: Path) -> None:
    settings = here(tmp_path, redis=Redis(broker="redis://127.0.0.1:1/0", timeout_seconds=0.5))
    for each in (settings, here(tmp_path)):
        list(examine(each, run_program=says(None), consumers=not_asked, file=tmp_path / "mailchord.yaml"))


def command(tmp_path: Path, *words: str) -> argparse.Namespace:
    (tmp_path / "mailchord.yaml").write_text(
        f"state_dir: {tmp_path}\n"
        f"front: {{listen: 'unix:{tmp_path}/mailchord.sock'}}\n"
        "pools: {ocr: {enabled: false}}\n"
        "dns: {servers: ['127.0.0.1:9'], lookup_seconds: 0.1, retries: 0}\n"
    )
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    arguments = parser.parse_args(list(words))
    arguments.config = tmp_path / "mailchord.yaml"
    return arguments


def test_the_command_prints_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(command(tmp_path))

    lines = capsys.readouterr().out.splitlines()
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in lines[:-1])
    assert lines[-1].endswith("failures")


def test_the_command_speaks_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(command(tmp_path, "--json"))

    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is (status == 0)
    assert {"name", "level", "says", "advice"} == set(answer["results"][0])


def test_a_failure_is_exit_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = command(tmp_path)
    (tmp_path / "mailchord.sock").write_text("a file")

    assert run(arguments) == 1
    assert "no socket; remove it" in capsys.readouterr().out


@pytest.mark.system
def test_real_workers_are_counted_for_each_queue() -> None:
    with Cluster() as cluster:
        settings = settings_for_tests(cluster.redis.url(), deadline=3.0)
        counts = count_consumers(settings)

    assert counts["intake"] == counts["attachments"] == counts["late"] == 1


@pytest.mark.system
def test_no_worker_at_all_is_no_count() -> None:
    with RedisServer() as server:
        assert count_consumers(settings_for_tests(server.url(), deadline=3.0)) == {}
