"""Mail that sender_and_links_are_strangers must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.mail import mail
from tests.workers.content.branded import hits


def offer(sender: str, *targets: str, subject: str = "Warm socks", **more: object) -> bytes:
    html = "".join(f'<a href="{target}"><img src="https://i.example.org/1.png"></a>' for target in targets)
    return mail(subject, None, html, sender=sender, **more)  # type: ignore[arg-type]


SENDER = "Warm Socks <GMtgMint@events.example>"
BAD = {
    "three strangers": offer(SENDER, "https://www.customtrips.test/4kq2Wd993mfr7Qpl0Z"),
    "reference to nothing": offer(
        SENDER, "https://www.customtrips.test/4kq2Wd993mfr7Qpl0Z", headers=[("In-Reply-To", "<1@example.net>")]
    ),
    "unencrypted": offer(SENDER, "http://www.customtrips.test/4kq2Wd993mfr7Qpl0Z"),
}
GOOD = {
    "name fits the sender": offer("Events <x@events.example>", "https://www.customtrips.test/x"),
    "name fits the target": offer("Custom Trips <x@mailer.example>", "https://www.customtrips.test/x"),
    "own site": offer(SENDER, "https://www.events.example/x"),
    "counter of clicks": offer(SENDER, "https://u1.ct.sendgrid.net/x"),
    "shared file": offer(SENDER, "https://drive.google.com/x"),
    "person": offer("Alice Miller <alice@events.example>", "https://www.customtrips.test/x"),
    "several sites": offer(SENDER, "https://www.customtrips.test/x", "https://www.events.test/x"),
    "brand": offer("Netflix <x@mailer.netflix.com>", "https://www.customtrips.test/x"),
    "answer": offer(
        SENDER, "https://www.customtrips.test/x", subject="Re: Warm socks", headers=[("In-Reply-To", "<1@example.net>")]
    ),
    "much to read": mail(
        sender=SENDER,
        text=None,
        html=f'<p>{"Many words. " * 90}</p><a href="https://www.customtrips.test/x"><img src="https://i.example.org/1.png"></a>',
    ),
    "no picture": mail(sender=SENDER, text="https://www.customtrips.test/x"),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes) -> None:
    assert len(hits("sender_and_links_are_strangers", raw)) == 1


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert hits("sender_and_links_are_strangers", raw) == []
