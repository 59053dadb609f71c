"""Real Postfix, real signatures, a zone in the place of the DNS: what becomes of honest and of forged mail."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from mailcore.settings import Auth, PoolSettings
from tests.milter_front.conftest import Start
from tests.milter_front.running_front import settings
from tests.postfix import Client, PrivatePostfix, needs_postfix
from tests.workers.auth.sealing import sealed, sealers
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import CLIENT, RECORDS, STRANGER, keys, mail

pytestmark = [pytest.mark.system, needs_postfix]

OWN_SERVER = Client(address="203.0.113.1", name="mx.example.com", helo="mx.example.com")
FORWARDER = Client(address=STRANGER, name="mx.list.example", helo="mx.list.example")
ZONE = RECORDS.replace(CLIENT, OWN_SERVER.address) + keys(**sealers("list.example", "other.example"))


@pytest.fixture
def postfix(start: Start, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivatePostfix]:
    folder = Path(tempfile.mkdtemp(prefix="mailchord-front-", dir="/tmp"))  # Postfix runs as its own user
    folder.chmod(0o755)
    zone = folder / "zone"
    zone.write_text(ZONE)
    monkeypatch.setenv("TEST_ZONE_FILE", str(zone))
    configured = replace(
        settings(folder, socket_mode="0666"),
        pools={"auth": PoolSettings()},
        auth=Auth(trusted_sealers=("list.example",)),
    )
    with PrivatePostfix(milter=start(configured).address) as running:
        yield running
    shutil.rmtree(folder)


def test_what_becomes_of_mail_by_who_sent_it(postfix: PrivatePostfix) -> None:
    def reply(raw: bytes, client: Client, sender: str = "bounces@list.example") -> tuple[int, str]:
        given = postfix.send(raw, client=client, sender=sender)
        return given.code, given.text

    honest = signed(mail())
    altered = honest.replace(b"Hello", b"Hullo")
    assert reply(mail(), OWN_SERVER, "alice@example.com")[0] == 250
    assert reply(honest, FORWARDER)[0] == 250
    assert reply(sealed(altered), FORWARDER)[0] == 250

    refused = "5.7.1 Message not authenticated as example.com and refused by the DMARC policy of that domain"
    for forged in (
        mail(),
        altered,
        sealed(altered, domain="other.example"),
        mail("<x@spammer.example>, <alice@example.com>"),
    ):
        code, text = reply(forged, FORWARDER)
        assert (code, text[: len(refused)]) == (550, refused)

    delivered = postfix.wait_for_deliveries(3)
    results = [" ".join(str(message["Authentication-Results"]).split()) for message in delivered]
    assert all("dmarc=pass" in value for value in results)
    assert sum(" arc=pass" in value for value in results) == 1
    assert sum("dkim=pass" in value for value in results) == 1
    assert not postfix.queue()
