"""Which mail gets safe links, and that whatever goes wrong leaves it as it was."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from msgspec import structs

from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.errors import ConfigurationError, StoreUnavailable
from mailcore.message import Direction, Envelope
from mailcore.rewriting import Rewriting
from mailcore.safe_link_settings import SafeLinks
from mailcore.safe_links import Flag, make_keys, read_url
from mailcore.settings import Mode, Networks, Settings
from mailcore.verdict import Action, RecipientVerdict, Verdict
from mailio.message_store import Job, RedisMessageStore
from tasks.link_changes import LinkChanges, build_link_changes, with_changed_links

BASE = "https://links.example.org/s"
KEYS = make_keys([b"k" * 32])
NOW = 1_700_000_000.0
UNKNOWN = AuthFacts()
RAW = b"From: a@example.com\r\n\r\nSee https://www.example.com/x and https://own.example/.\r\n"


class Store:
    """What of the store is used here, in memory."""

    def __init__(self, raw: bytes | None = RAW, *, away: bool = False) -> None:
        self._raw = raw
        self._away = away
        self.saved: dict[str, Rewriting] = {}

    def raw(self, message_id: str) -> bytes | None:
        return self._raw

    def save_changes(self, message_id: str, changes: Rewriting, *, seconds: float) -> None:
        if self._away:
            raise StoreUnavailable("away")
        self.saved[message_id] = changes


def changes(mode: Mode = Mode.ENFORCE, **options: object) -> LinkChanges:
    safe_links = structs.replace(SafeLinks(enabled=True, base_url=BASE), **options)
    return LinkChanges(
        settings=Settings(mode=mode, safe_links=safe_links), keys=KEYS, spared=frozenset({"own.example"})
    )


def job(direction: Direction = Direction.INBOUND, *, left: float = 10.0, truncated: bool = False) -> Job:
    return Job(
        envelope=Envelope(direction=direction),
        submitted_at=NOW,
        deadline_at=NOW + left + 1.0,
        reserve=1.0,
        truncated=truncated,
    )


def verdict(action: Action = Action.ACCEPT, *recipients: Action, auth: AuthFacts = UNKNOWN) -> Verdict:
    entries = tuple(
        RecipientVerdict(recipient=f"{number}@x.example", action=each) for number, each in enumerate(recipients)
    )
    return Verdict(id="id-1", action=action, recipients=entries, auth=auth)


def run(
    judged: Verdict, wanted: LinkChanges | None, given: Job, store: Store, *, raw: bytes | None = None
) -> tuple[Verdict, list[str]]:
    counted: list[str] = []
    out = with_changed_links(
        judged, given, wanted, cast(RedisMessageStore, store), count=counted.append, now=NOW, raw=raw
    )
    return out, counted


def sender(domain: str, dmarc: AuthResult = AuthResult.PASS) -> AuthFacts:
    return AuthFacts(source=AuthSource.VERIFIED, from_domain=domain, dmarc=dmarc)


CHANGED = {
    "accepted": (verdict(), changes(), job()),
    "tagged": (verdict(Action.TAG), changes(), job()),
    "held for one of two": (verdict(Action.QUARANTINE, Action.QUARANTINE, Action.ACCEPT), changes(), job()),
    "refused, but only marks are allowed": (verdict(Action.REJECT), changes(Mode.TAG_ONLY), job()),
    "internal": (verdict(), changes(directions=(Direction.INTERNAL,)), job(Direction.INTERNAL)),
    "outbound": (verdict(), changes(directions=(Direction.OUTBOUND,)), job(Direction.OUTBOUND)),
    "a spared sender that is not proven": (
        verdict(auth=sender("news.example", AuthResult.FAIL)),
        changes(never_from=("news.example",)),
        job(),
    ),
}


@pytest.mark.parametrize(("judged", "wanted", "given"), CHANGED.values(), ids=CHANGED.keys())
def test_changed(judged: Verdict, wanted: LinkChanges, given: Job) -> None:
    store = Store()
    out, counted = run(judged, wanted, given, store)

    assert (out.changed_links, counted) == (1, ["links_changed"])
    assert structs.replace(out, changed_links=0) == judged
    after = store.saved["id-1"].applied(RAW).decode()
    link = read_url(after.split()[3], BASE, KEYS, now=NOW).link
    assert link is not None
    assert (link.target, link.reference) == ("https://www.example.com/x", "id-1")
    assert (Flag.TAGGED in link.flags) == (judged.action is Action.TAG)
    assert after.endswith("https://own.example/.\r\n")


STAYS = {
    "quarantined": (verdict(Action.QUARANTINE), changes(), job()),
    "refused": (verdict(Action.REJECT), changes(), job()),
    "deferred": (verdict(Action.TEMPFAIL), changes(), job()),
    "deferred, where only marks are allowed": (verdict(Action.TEMPFAIL), changes(Mode.TAG_ONLY), job()),
    "nobody gets it": (verdict(Action.ACCEPT, Action.REJECT, Action.DISCARD), changes(), job()),
    "monitor mode": (verdict(), changes(Mode.MONITOR), job()),
    "outbound": (verdict(), changes(), job(Direction.OUTBOUND)),
    "outbound, not unwrapped": (verdict(), changes(unwrap_outbound=False), job(Direction.OUTBOUND)),
    "internal": (verdict(), changes(), job(Direction.INTERNAL)),
    "truncated": (verdict(), changes(), job(truncated=True)),
    "switched off": (verdict(), None, job()),
    "too large": (verdict(), changes(most_bytes=10), job()),
    "a spared sender": (verdict(auth=sender("eu.news.example")), changes(never_from=("news.example",)), job()),
    "a spared sender, as people write it": (
        verdict(auth=sender("eu.news.example")),
        changes(never_from=("News.Example",)),
        job(),
    ),
}


@pytest.mark.parametrize(("judged", "wanted", "given"), STAYS.values(), ids=STAYS.keys())
def test_stays(judged: Verdict, wanted: LinkChanges | None, given: Job) -> None:
    store = Store()

    assert run(judged, wanted, given, store) == (judged, [])
    assert not store.saved


WRONG = {
    "too late": (job(left=1.0), Store()),
    "past the deadline": (job(left=-3.0), Store()),
    "expired": (job(), Store(None)),
    "store away": (job(), Store(away=True)),
}


@pytest.mark.parametrize(("given", "store"), WRONG.values(), ids=WRONG.keys())
def test_what_goes_wrong_is_counted_and_the_mail_stays(given: Job, store: Store) -> None:
    assert run(verdict(), changes(), given, store) == (verdict(), ["links_not_changed"])


def test_a_reply_gets_the_real_links() -> None:
    store = Store()
    wrapped = changes().rewriting(RAW, Envelope(), verdict(), now=NOW).applied(RAW)
    out, counted = run(verdict(), changes(), job(Direction.OUTBOUND), store, raw=wrapped)

    assert (out.changed_links, counted) == (1, ["links_changed"])
    assert store.saved["id-1"].applied(wrapped) == RAW


def test_keys_are_needed_where_it_is_switched_on(tmp_path: Path) -> None:
    assert build_link_changes(Settings(state_dir=str(tmp_path))) is None
    with pytest.raises(ConfigurationError, match="mailchord safe-links key new"):
        build_link_changes(Settings(state_dir=str(tmp_path), safe_links=SafeLinks(enabled=True, base_url=BASE)))


def test_our_own_domains_are_spared(tmp_path: Path) -> None:
    (tmp_path / "1.key").write_text("k" * 32)
    (tmp_path / "1.key").chmod(0o600)
    settings = Settings(
        safe_links=SafeLinks(enabled=True, base_url=BASE, key_dir=str(tmp_path), never=("Shop.Example",)),
        networks=Networks(local_domains=("own.example",)),
    )
    built = build_link_changes(settings)

    assert built is not None
    assert built.spared == {"shop.example", "own.example"}
