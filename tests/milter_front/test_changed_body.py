"""Another body in the answer: only where it was agreed on, only for mail that is delivered, sealed where it can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from mailcore.safe_link_settings import Arc, SafeLinks
from mailcore.settings import Mode, Settings
from tests import milter_client
from tests.milter_client import Change, Result
from tests.milter_front.conftest import Start
from tests.milter_front.running_front import RunningFront, settings
from tests.milter_front.test_milter import scripted

BODY = b"a link\r\n"


def configured(folder: Path, *, mode: Mode = Mode.ENFORCE, arc: bool = True) -> Settings:
    return structs.replace(
        settings(folder, mode=mode),
        safe_links=SafeLinks(enabled=True, base_url="https://links.example.org/s"),
        arc=Arc(domain="example.com", selector="a", key_file="/k") if arc else Arc(),
    )


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFront]:
    folder = tmp_path_factory.mktemp("front")
    running = RunningFront(folder, configured(folder))
    running.tell("ready")
    yield running
    assert running.stop() == 0


def judged(front: RunningFront, body: bytes = BODY, *, actions: int = milter_client.ALL_ACTIONS, **told: str) -> Result:
    with front.client() as client:
        client.negotiate(actions=actions)
        client.connect()
        client.helo()
        return client.message(scripted(**told), body)


def inserted(result: Result) -> list[tuple[str, str]]:
    """The fields above all others, as they will stand: each goes above the one before."""
    fields = [change for change in result.changes if change.kind == "insert"]
    assert all(change.index == 0 for change in fields)
    return [(change.name.decode(), change.value.decode().strip()) for change in reversed(fields)]


def test_the_body_is_replaced_and_sealed(changing: RunningFront) -> None:
    result = judged(changing, changed_links="1", dmarc="pass")

    assert (result.outcome, result.body) == ("accept", b"a safe link\r\n")
    (seal, value), (sealed, results), (own, _) = inserted(result)
    assert (seal, sealed, own) == ("ARC-Seal", "ARC-Authentication-Results", "Authentication-Results")
    assert value.split()[1:] == [str(len(b"a safe link\r\n")), "None", "pass"]
    assert results.startswith("mx.example.com;")


def test_a_large_body_comes_whole(changing: RunningFront) -> None:
    body = b"x" * 78 + b"\r\n"
    result = judged(changing, BODY + body * 4_000, changed_links="1")

    assert result.body == b"a safe link\r\n" + body * 4_000
    assert len([change for change in result.changes if change.kind == "body"]) > 1


def test_the_seal_sees_the_tagged_subject(changing: RunningFront) -> None:
    result = judged(changing, changed_links="1", action="tag")

    assert result.body is not None
    assert "[SPAM]" in dict(inserted(result))["ARC-Seal"]


STAYS = {
    "no link was changed": {},
    "quarantined": {"changed_links": "1", "action": "quarantine"},
    "refused": {"changed_links": "1", "action": "reject"},
    "deferred": {"changed_links": "1", "action": "tempfail"},
    "the store is away": {"changed_links": "1", "store_fails": "changed"},
    "it is gone": {"changed_links": "1", "changes_gone": "yes"},
}


@pytest.mark.parametrize("told", STAYS.values(), ids=STAYS.keys())
def test_the_body_stays(changing: RunningFront, told: dict[str, str]) -> None:
    result = judged(changing, **told)

    assert result.body is None
    assert not [name for name, _ in inserted(result) if name.startswith("ARC-")]
    if told.get("action", "accept") == "accept":
        assert result.outcome == "accept"


def test_the_body_stays_where_the_mta_takes_no_other(changing: RunningFront) -> None:
    result = judged(changing, actions=milter_client.ALL_ACTIONS & ~milter_client.CHGBODY, changed_links="1")

    assert (result.outcome, result.body) == ("accept", None)


def test_mail_goes_on_without_a_seal(changing: RunningFront) -> None:
    result = judged(changing, changed_links="1", seal_fails="yes")

    assert result.body == b"a safe link\r\n"
    assert not [name for name, _ in inserted(result) if name.startswith("ARC-")]


def test_nothing_is_asked_of_the_mta_where_links_stay(front: RunningFront) -> None:
    with front.client() as client:
        client.negotiate()
        assert not client.actions & milter_client.CHGBODY
    assert judged(front, changed_links="1").body is None


@pytest.mark.parametrize(("mode", "body"), [(Mode.MONITOR, None), (Mode.TAG_ONLY, b"a safe link\r\n")])
def test_modes(start: Start, tmp_path: Path, mode: Mode, body: bytes | None) -> None:
    front = start(configured(tmp_path, mode=mode, arc=False))
    result = judged(front, changed_links="1", action="quarantine")

    assert (result.outcome, result.body) == ("accept", body)
    assert Change("body") not in result.changes
    assert not [name for name, _ in inserted(result) if name.startswith("ARC-")]


def test_what_our_users_send_is_not_sealed(changing: RunningFront) -> None:
    with changing.client() as client:
        client.greet(address="192.0.2.7")
        result = client.message(scripted(changed_links="1"), BODY, recipients=(b"<anna@example.net>",))

    assert result.body == b"a safe link\r\n"
    assert not [name for name, _ in inserted(result) if name.startswith("ARC-")]
