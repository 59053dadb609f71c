"""Settings of rules and detectors: other weights, those that are switched off, rules of one's own."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field


class RuleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is different about rules and detectors here; the rules themselves are files in `configs_dir`."""

    weights: Annotated[
        dict[str, Annotated[float, Meta(ge=-1_000, le=1_000)]],
        Meta(
            description="Weights by id of rule or detector, instead of their own. A detector that weighs by case keeps "
            "its proportions, and what weighs nothing goes on to. `mailchord tune` proposes such weights."
        ),
    ] = field(default_factory=dict)
    disabled: Annotated[
        tuple[str, ...],
        Meta(description="Ids of rules and detectors that are switched off; `*` stands for any letters: `raffle-*`."),
    ] = ()
    directories: Annotated[
        tuple[str, ...], Meta(description="Directories with rules of your own, read after the shipped ones.")
    ] = ()
