"""The detector of the learned model."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView

WORDS_SHOWN = 5


@detector(category="wording", weight=1.0, lifecycle=Lifecycle.STABLE)
def wording_resembles_unwanted_mail(
    view: MailView, *, least_probability: float = 0.8, least_weight: float = 0.5, most_weight: float = 2.0
) -> Iterable[Hit]:
    """The words of the mail resemble those of unwanted mail that the shipped model was trained on.

    Wording is a hint and no proof: the finding stays below the threshold for tagging, whatever the probability.
    Under `least_probability` it says nothing; above, the weight grows from `least_weight` to `most_weight`.
    """
    facts = view.model
    # No facts: too little text, or a language that the model does not know. That spares, not accuses.
    if facts is None or facts.probability < least_probability:
        return
    share = (facts.probability - least_probability) / max(1e-9, 1 - least_probability)
    words = [name for name, contribution in facts.features if contribution > 0][:WORDS_SHOWN]
    quoted = ", ".join(f"'{word}'" for word in words)
    yield Hit(
        summary=f"The wording resembles unwanted mail (probability {_percent(facts.probability)}): {quoted}",
        detail=f"{facts.model}: " + ", ".join(f"{name} {value:+.3f}" for name, value in facts.features),
        weight=round(least_weight + share * (most_weight - least_weight), 2),
    )


def _percent(probability: float) -> str:
    """Never "100 %": a model is not certain."""
    return f"{min(99, int(probability * 100))} %"
