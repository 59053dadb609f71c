"""The `ml` pool: what a learned model says about the wording of a mail."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.linear_model import LinearModel
from mailcore.message import Message
from mailcore.view import MailView
from workers.discovery import discover
from workers.ml.features import FEATURES_VERSION
from workers.ml.scoring import judge_wording
from workers.pool import Gathered, Pool, Work


def build(model: LinearModel) -> Pool:
    """The pool with that model. Raises ConfigurationError when the model was trained on other features."""
    if model.features_version != FEATURES_VERSION:
        raise ConfigurationError(
            f"model {model.name!r} was trained on version {model.features_version} of the features, this is version "
            f"{FEATURES_VERSION}; run `mailchord train`, or use the shipped model"
        )

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:  # noqa: ARG001  # the port
        facts = judge_wording(view.message, model)
        size = len(view.message.text) + len(view.message.html_text)
        return Gathered(view=structs.replace(view, model=facts), bytes_read=size)

    return Pool(name="ml", work=work, gather=gather, detectors=discover("workers.ml"))


def work(message: Message) -> Work | None:
    """Small enough for intake itself, and no part is needed: the text is in the message."""
    return Work(light=True) if message.text or message.html_text else None
