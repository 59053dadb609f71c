"""Asks a CAPE sandbox about files over its REST interface: by hash first, then with the file, until it is done."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mailcore.behaviour import Detonation
from mailcore.sandbox_settings import Cape
from mailio.outgoing_http import FetchFailed, fetch

ASK_SECONDS = 20.0  # one question
SIGNATURES = 10
WORDS = 100
FINISHED = frozenset({"reported"})
FAILED = frozenset({"failed_analysis", "failed_processing", "failed_reporting", "banned"})


class CapeSandbox:
    """One CAPE. The token stands nowhere else, and in no text of this."""

    def __init__(
        self,
        options: Cape,
        token: str = "",
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._url = options.url.rstrip("/")
        self._headers = {"Authorization": f"Token {token}"} if token else {}
        self._monotonic = monotonic
        self._sleep = sleep

    def detonate(self, data: bytes, *, part: str, name: str, seconds: float) -> Detonation | None:
        """What it says of that file; None where it does not know it and may not be sent it.

        Raises FetchFailed where it does not answer or does not make sense, TimeoutError where it is not done in time.
        """
        ends = self._monotonic() + seconds
        task = self._known(hashlib.sha256(data).hexdigest(), ends)
        if task is None:
            if not self._options.upload or len(data) > self._options.most_bytes:
                return None
            task = self._sent(data, name, ends)
        while (status := str(self._ask(f"/apiv2/tasks/status/{task}/", ends).get("data"))) not in FINISHED:
            if status in FAILED:
                raise FetchFailed(f"CAPE gave up: {status}")
            if self._monotonic() + self._options.poll_seconds >= ends:
                raise TimeoutError
            self._sleep(self._options.poll_seconds)
        return _detonation(self._ask(f"/apiv2/tasks/get/report/{task}/lite/", ends), part=part, name=name)

    def _known(self, sha256: str, ends: float) -> int | None:
        """The latest task about that file, finished or not."""
        found = self._ask(f"/apiv2/tasks/search/sha256/{sha256}/", ends).get("data")
        tasks = [task for task in found if isinstance(task, dict)] if isinstance(found, list) else []
        numbers = [task["id"] for task in tasks if isinstance(task.get("id"), int) and task.get("status") not in FAILED]
        return max(numbers, default=None)

    def _sent(self, data: bytes, name: str, ends: float) -> int:
        """The task of a file that was sent."""
        boundary = uuid.uuid4().hex
        quoted = "".join(
            letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "_" for letter in name
        )
        head = (
            f"--{boundary}\r\nContent-Disposition: form-data; "
            f'name="file"; filename="{quoted[:120] or "attachment"}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer = self._ask("/apiv2/tasks/create/file/", ends, body=body, headers=headers)
        content = answer.get("data")
        numbers = content.get("task_ids") if isinstance(content, dict) else None
        if not isinstance(numbers, list) or not numbers or not isinstance(numbers[0], int):
            raise FetchFailed("CAPE took no file")
        return numbers[0]

    def _ask(
        self, path: str, ends: float, *, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> dict[str, Any]:
        left = ends - self._monotonic()
        if left <= 0:
            raise TimeoutError
        fetched = fetch(
            self._url + path,
            seconds=min(left, ASK_SECONDS),
            headers={**self._headers, **headers},
            body=body,
            private_addresses=self._options.private_addresses,
        )
        # A redirection is an answer of another kind: it is not followed, and the token goes nowhere else.
        if fetched.status != 200:
            raise FetchFailed(f"CAPE answered {fetched.status}")
        try:
            answer = msgspec.json.decode(fetched.body)
        except (msgspec.DecodeError, RecursionError):
            raise FetchFailed("CAPE answered something that is no JSON") from None
        if not isinstance(answer, dict):
            raise FetchFailed("CAPE answered something else")
        return answer


def _detonation(report: Mapping[str, Any], *, part: str, name: str) -> Detonation:
    """What counts of a report. Whatever else stands in it is left there."""
    score = report.get("malscore", 0)
    signatures = report.get("signatures")
    named = [entry for entry in signatures if isinstance(entry, dict)] if isinstance(signatures, list) else []
    words = (str(entry.get("description") or entry.get("name") or "")[:WORDS] for entry in named)
    families = report.get("detections")
    first = families[0] if isinstance(families, list) and families else families
    family = first.get("family", "") if isinstance(first, dict) else first
    return Detonation(
        part=part,
        name=name,
        score=float(score) if isinstance(score, int | float) and 0 <= score <= 10 else 0.0,
        family=str(family or "")[:WORDS],
        signatures=tuple(filter(None, words))[:SIGNATURES],
    )
