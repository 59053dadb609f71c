"""What a worker is asked to serve, before any Celery is started."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from mailchord.worker import WorkerOptions, autoscale_bounds, celery_options, queue_names
from mailcore.errors import ConfigurationError


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


@pytest.mark.parametrize("text", ["", ",", "ocr;urls", "celery", "intake,sandbox"])
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
