"""What a worker is asked to serve, before any Celery is started."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys

import pytest

from mailchord.replaceable_worker import split
from mailchord.worker import WorkerOptions, add_arguments, autoscale_bounds, celery_options, options_of, queue_names
from mailcore.errors import ConfigurationError
from mailcore.settings import AUTH_THREADS
from tasks.celery_repairs import PromptTaskPool
from tasks.thread_pool import ThreadTaskPool


@pytest.mark.parametrize(
    ("text", "queues"),
    [
        ("intake,aggregate", ["intake", "aggregate"]),
        (" ocr , attachments,", ["ocr", "attachments"]),
        ("late", ["late"]),
    ],
    ids=["fast", "spaces and a last comma", "late"],
)
def test_queues_to_serve(text: str, queues: list[str]) -> None:
    assert queue_names(text) == queues


@pytest.mark.parametrize("text", ["", ",", "ocr;urls", "celery", "intake,clouds"])
def test_unknown_queues_are_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(ConfigurationError, match="intake, aggregate, auth, content"):
        queue_names(text)


@pytest.mark.parametrize(("text", "bounds"), [("1,4", (4, 1)), ("2,2", (2, 2))])
def test_autoscale_in_the_order_of_celery(text: str, bounds: tuple[int, int]) -> None:
    assert autoscale_bounds(text) == bounds
    assert celery_options(WorkerOptions(queues=("ocr",), autoscale=text))["autoscale"] == bounds


@pytest.mark.parametrize("text", ["4,1", "0,3", "3", "a,b", "1,2,3", "-1,2"])
def test_senseless_autoscale_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--autoscale"):
        autoscale_bounds(text)


def test_events_cost_something_and_are_off_unless_asked_for() -> None:
    silent = celery_options(WorkerOptions(queues=("ocr",)))
    loud = celery_options(WorkerOptions(queues=("ocr",), events=True))
    assert (silent["task_events"], silent["without_heartbeat"]) == (False, True)
    assert (loud["task_events"], loud["without_heartbeat"]) == (True, False)


def options(*words: str) -> WorkerOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    arguments = parser.parse_args(words)
    return options_of(arguments, queue_names(arguments.pools))


@pytest.mark.parametrize(
    ("words", "threads"),
    [
        pytest.param(("--pools", "auth"), AUTH_THREADS, id="auth alone"),
        pytest.param(("--pools", "auth", "--threads", "8"), 8, id="as many as asked for"),
        pytest.param(("--pools", "auth", "--threads", "0"), 0, id="none asked for"),
        pytest.param(("--pools", "auth", "--autoscale", "1,4"), 0, id="children that come and go"),
        pytest.param(("--pools", "auth,content"), 0, id="auth beside what computes"),
        pytest.param(("--pools", "content"), 0, id="what computes"),
        pytest.param(("--pools", "content", "--threads", "0"), 0, id="what computes, said so"),
        pytest.param((), 0, id="all"),
    ],
)
def test_only_what_waits_runs_in_threads(words: tuple[str, ...], threads: int) -> None:
    found = options(*words)
    assert found.threads == threads
    celery = celery_options(found)
    assert celery["pool_cls"] is (ThreadTaskPool if threads else PromptTaskPool)
    assert celery["concurrency"] == (threads or found.processes)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        pytest.param(("--pools", "content", "--threads", "4"), "only auth runs in threads", id="what computes"),
        pytest.param(("--pools", "auth,urls", "--threads", "4"), "only auth runs in threads", id="beside it"),
        pytest.param(("--pools", "auth", "--threads", "4", "--autoscale", "1,4"), "threads come and go", id="both"),
    ],
)
def test_threads_where_they_make_no_sense_are_refused(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        options(*words)


@pytest.mark.parametrize(
    ("queues", "threads", "processes"),
    [
        pytest.param(["intake", "auth", "content"], None, [["intake", "content"], ["auth"]], id="a process of its own"),
        pytest.param(["intake", "auth"], 8, [["intake"], ["auth"]], id="with so many threads"),
        pytest.param(["intake", "auth"], 0, [["intake", "auth"]], id="without threads"),
        pytest.param(["auth"], None, [["auth"]], id="alone"),
        pytest.param(["intake", "ocr"], None, [["intake", "ocr"]], id="nothing that waits"),
    ],
)
def test_what_waits_holds_up_nothing_that_computes(
    queues: list[str], threads: int | None, processes: list[list[str]]
) -> None:
    assert split(queues, threads) == processes


def test_child_cannot_grow_past_its_limit() -> None:
    """In a process of its own: the limit cannot be taken back."""
    program = (
        "from mailchord.worker import limit_memory\n"
        "limit_memory(200_000_000)\n"
        "try:\n    hoard = bytearray(300_000_000)\n"
        "except MemoryError:\n    print('bounded')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "bounded\n"
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY
