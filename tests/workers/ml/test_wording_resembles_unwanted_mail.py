"""The detector over given facts, and the shipped model on synthetic mail: mostly good mail that it must spare."""

from __future__ import annotations

import functools

import pytest

from mailcore.detector import Hit
from mailcore.linear_model import LinearModel
from mailcore.policy import Thresholds
from mailio.configuration import default_configs
from mailio.model_file import load_model
from tests.workers.ml.models import parsed, view_of
from workers.ml.detectors.wording_resembles_unwanted_mail import wording_resembles_unwanted_mail
from workers.ml.scoring import judge_wording


def hits(probability: float | None, *features: tuple[str, float]) -> list[Hit]:
    return list(wording_resembles_unwanted_mail.run(view_of(probability, *features)))


@pytest.mark.parametrize("probability", [None, 0.0, 0.5, 0.7, 0.799])
def test_says_nothing(probability: float | None) -> None:
    assert hits(probability, ("claim", 1.0)) == []


@pytest.mark.parametrize(
    ("probability", "weight", "shown"),
    [
        pytest.param(0.8, 0.5, "80 %", id="at the threshold"),
        pytest.param(0.9, 1.25, "90 %", id="between"),
        pytest.param(0.9999, 2.0, "99 %", id="never certain"),
        pytest.param(1.0, 2.0, "99 %", id="one"),
    ],
)
def test_weight_grows_with_the_probability(probability: float, weight: float, shown: str) -> None:
    (hit,) = hits(probability, ("claim your", 0.5), ("winner", 0.2), ("lunch", -0.3))
    assert hit.weight == weight
    assert hit.summary == f"The wording resembles unwanted mail (probability {shown}): 'claim your', 'winner'"


def test_alone_it_can_never_mark_a_mail() -> None:
    (hit,) = hits(1.0, ("claim", 9.0))
    assert hit.weight is not None
    assert hit.weight < Thresholds().tag


@functools.cache
def shipped() -> LinearModel:
    return load_model(default_configs() / "models" / "linear.safetensors")


def judged(subject: str, text: str) -> list[Hit]:
    facts = judge_wording(parsed(text, subject=subject), shipped())
    return hits(facts.probability, *facts.features) if facts else hits(None)


GOOD = {
    "personal": (
        "Saturday",
        "Hi Bob,\n\nit was so good to see you and the children last week. Would you like to come over on Saturday? We "
        "thought we could walk to the lake and then have dinner at our place. Let me know what you can eat.\n\nAlice",
    ),
    "work": (
        "Minutes of the meeting",
        "Hello everybody,\n\nattached are the minutes of our meeting. Could you please look at the open points before "
        "Friday and tell me what is missing? The budget for the next quarter has still to be confirmed by Carol.\n\n"
        "Best regards\nAlice",
    ),
    "invoice": (
        "Your invoice 2026-104",
        "Dear customer,\n\nthank you for your order. Please find attached the invoice for our services in January. The "
        "amount of $1,250.00 is due within 30 days. You can pay by bank transfer or with the link below.\n\nThank you "
        "for your business!\nExample Roofing",
    ),
    "statement": (
        "Your statement is ready",
        "Your statement for the account ending in 1234 is now available. Sign in to online banking to view it. The "
        "minimum payment is due on February 15. We will never ask you for your password by email. If you have "
        "questions, call the number on the back of your card.",
    ),
    "order": (
        "Your order has shipped",
        "Good news, your order is on its way. You can follow the package with the tracking number below. It should "
        "arrive on Thursday between 9 am and 1 pm. Items in this shipment: one pair of boots, two pairs of socks. "
        "Returns are free within 30 days.",
    ),
    "newsletter": (
        "20% off everything this weekend",
        "Our winter sale is here. Save up to 50% on coats, boots and sweaters, in store and online. Free shipping on "
        "orders over $99. Shop new arrivals and gifts for the whole family. Offer ends on Sunday and cannot be "
        "combined with other promotions. You receive this because you signed up at our store.",
    ),
    "password reset": (
        "Reset your password",
        "Someone asked for a new password for your account. If that was you, click the link below within the next "
        "hour to choose a new one. If it was not you, you can ignore this message; your password stays as it is.",
    ),
    "appointment": (
        "Your appointment on May 4",
        "We look forward to seeing you on Monday at 11:50. Please arrive ten minutes early and bring your insurance "
        "card and a list of your medications. If you cannot come, please call our office at least one day before.",
    ),
    "charity": (
        "What your gift made possible",
        "Because of you, four hundred families had clean water last year. In the spring we will begin to work in two "
        "more villages. If you can, please consider a gift before the end of the year. Every amount helps.",
    ),
    "bounce": (
        "Undelivered Mail Returned to Sender",
        "I am sorry to have to inform you that your message could not be delivered to one or more recipients. It is "
        "attached below. If you write to the postmaster, please include this report. You can delete your own text "
        "from the attached returned message.",
    ),
    "list": (
        "[dev] Re: Crash on start",
        "I can reproduce that here with the current release. It looks as if the parser is called before the settings "
        "have been read. Could you try with the attached change and tell us whether it still fails for you?",
    ),
    "in another language": (
        "Ihre Rechnung",
        "Sehr geehrte Damen und Herren, anbei erhalten Sie die Rechnung für unsere Leistungen im Januar. Bitte "
        "überweisen Sie den Betrag innerhalb von 14 Tagen auf das angegebene Konto. Mit freundlichen Grüßen",
    ),
    "too short": ("Claim your prize", "Claim your reward now, limited time offer, click here!"),
}


@pytest.mark.parametrize(("subject", "text"), GOOD.values(), ids=GOOD.keys())
def test_the_shipped_model_leaves_alone(subject: str, text: str) -> None:
    assert judged(subject, text) == []


UNWANTED = {
    "reward": (
        "You have been chosen: claim your reward",
        "Congratulations! You have been selected to receive a complimentary emergency kit. Simply answer a short "
        "survey and claim your reward today. This limited offer is only for our members and your member id expires "
        "tomorrow. Click here to claim your kit now. Don't let everything you have earned go to waste.",
    ),
    "miracle cure": (
        "Burn fat with this simple morning drink",
        "Scientists have discovered a simple morning drink that burns stubborn fat without diet or exercise. This "
        "natural routine takes only seconds before bed, and everything you need is in your kitchen. Discover the "
        "weird trick that doctors do not want you to know. Click here to watch before it is taken down.",
    ),
}


@pytest.mark.parametrize(("subject", "text"), UNWANTED.values(), ids=UNWANTED.keys())
def test_the_shipped_model_finds(subject: str, text: str) -> None:
    (hit,) = judged(subject, text)
    assert hit.summary.startswith("The wording resembles unwanted mail (probability ")
