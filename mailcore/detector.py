"""What a detector is: a pure function from a `MailView` to hits, with its metadata beside it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable

from msgspec import Struct

from mailcore.verdict import Where


class Lifecycle(enum.StrEnum):
    """How far a detector or rule may be relied on. Experimental ones run and are recorded but weigh nothing."""

    EXPERIMENTAL = "experimental"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class Hit(Struct, frozen=True, kw_only=True):
    """One hit of a detector. `weight` overrides the detector's own where the case is milder or worse."""

    summary: str
    detail: str = ""
    where: Where = Where()
    weight: float | None = None
    id: str = ""
    category: str = ""
    version: int | None = None
    module: str = ""


class Detector(Struct, frozen=True, kw_only=True):
    """A detector function with its metadata; `id` is the name of the function and of its file.

    `run` gets a `MailView`; its keyword-only arguments, which have defaults, are the settings of the detector.
    `fixed`: `mailchord tune` leaves its weight alone.
    """

    id: str
    category: str
    weight: float
    run: Callable[..., Iterable[Hit]]
    description: str
    lifecycle: Lifecycle = Lifecycle.EXPERIMENTAL
    version: int = 1
    fixed: bool = False


def detector(
    *,
    category: str,
    weight: float,
    lifecycle: Lifecycle = Lifecycle.EXPERIMENTAL,
    version: int = 1,
    fixed: bool = False,
) -> Callable[[Callable[..., Iterable[Hit]]], Detector]:
    """Turn a function into a `Detector`. New ones are experimental until their figures are known.

    Raises ValueError when the function has no docstring: it is what the analyst reads.
    """

    def wrap(function: Callable[..., Iterable[Hit]]) -> Detector:
        description = (function.__doc__ or "").strip()
        if not description:
            raise ValueError(f"detector {function.__name__} needs a docstring: one sentence that says what it detects")
        return Detector(
            id=function.__name__,
            category=category,
            weight=weight,
            run=function,
            description=description,
            lifecycle=lifecycle,
            version=version,
            fixed=fixed,
        )

    return wrap
