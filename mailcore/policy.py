"""Policy: what follows from scores, findings and missing pools. Data only; `mailcore.decide` applies it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from mailcore.verdict import Action


class Thresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scores from which an action is taken; the strictest one that is reached counts."""

    tag: Annotated[float, Meta(description="Score from which a message is accepted, but marked.")] = 5.0
    quarantine: Annotated[float, Meta(description="Score from which a message is held.")] = 9.0
    reject: Annotated[float, Meta(description="Score from which a message is refused.")] = 15.0


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action that one finding forces, whatever the score."""

    finding: Annotated[str, Meta(description="Id of the finding; `*` at the end matches any ending.")]
    action: Annotated[Action, Meta(description="At least this action; `accept` is the one that can make milder.")]


class RecipientPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is different for a recipient or a recipient domain; what is left out stays as in the general policy."""

    thresholds: Annotated[Thresholds | None, Meta(description="Other thresholds.")] = None
    at_most: Annotated[Action | None, Meta(description="Strictest action allowed, e.g. `tag` for an abuse desk.")] = (
        None
    )


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole policy of an installation."""

    thresholds: Annotated[Thresholds, Meta(description="Scores and their actions.")] = Thresholds()
    group_caps: Annotated[
        dict[str, float],
        Meta(description="Highest total that findings of one category may add to the score."),
    ] = field(default_factory=dict)
    overrides: Annotated[tuple[Override, ...], Meta(description="Findings that force an action.")] = ()
    unjudged: Annotated[
        Action,
        Meta(description="The answer when no pool saw anything of a message; `accept` lets mail pass unscanned."),
    ] = Action.TEMPFAIL
    missing_pools: Annotated[
        dict[str, Action],
        Meta(
            description="Least action when a pool that had work failed or ran out of time; "
            "`accept` means: go on without."
        ),
    ] = field(
        default_factory=lambda: {
            "content": Action.TEMPFAIL,
            "urls": Action.TEMPFAIL,
            "attachments": Action.TEMPFAIL,
            "auth": Action.ACCEPT,
            "ocr": Action.ACCEPT,
            "ml": Action.ACCEPT,
        }
    )
    partial_pools: Annotated[
        dict[str, Action],
        Meta(
            description="Least action when a pool saw only a part "
            "(an archive without end, a message past the size cap). "
            "Another delivery would show no more, so nothing is deferred; pools that are not named: `accept`."
        ),
    ] = field(default_factory=lambda: {"attachments": Action.QUARANTINE})
    recipients: Annotated[
        dict[str, RecipientPolicy],
        Meta(description="By address (`abuse@example.org`) or domain (`example.org`)."),
    ] = field(default_factory=dict)
    attempts: Annotated[
        int,
        Meta(
            description="Deliveries of the same message that may be deferred before `terminal_action` applies.",
            ge=1,
        ),
    ] = 5
    terminal_action: Annotated[Action, Meta(description="What then happens, so that nothing is deferred for ever.")] = (
        Action.QUARANTINE
    )
