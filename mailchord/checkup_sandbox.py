"""Checkup of the cage of the parsers: which of its layers this machine has, and whether they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from mailchord.checkup import Result, fail, ok, warn
from mailcore.errors import MailchordError
from mailcore.sandbox_settings import Layer, Sandbox
from mailcore.settings import Settings
from mailio.cage_trial import Trial, try_cage
from tasks.caged_pools import CAGED

ADVICE = {
    Layer.LIMITS: "run it under a user whose hard limits (ulimit -H) leave room",
    Layer.PRIVILEGES: "the container must allow prctl(2) and capset(2)",
    Layer.LANDLOCK: "it needs Linux 5.13 with `landlock` among its security modules, and a container that allows it",
    Layer.SECCOMP: "install libseccomp2 and 'mailchord[attachments]'; the container must allow seccomp(2)",
}

TryCage = Callable[[Sandbox, Path], Trial]


def check_sandbox(settings: Settings, secret: Path, attempt: TryCage = try_cage) -> Iterator[Result]:
    """A line for each layer, and one for what a parser could do all the same. `secret` is the settings file."""
    if not any(name in settings.pools and settings.pools[name].enabled for name in CAGED):
        return
    options = settings.sandbox
    if not options.enabled:
        yield warn(
            "sandbox", "switched off: parsers of hostile files run in the workers", "set sandbox.enabled to true"
        )
        return
    try:
        trial = attempt(options, secret)
    except MailchordError as error:
        yield fail("sandbox", str(error), "see docs/sandbox.md")
        return
    for layer in Layer:
        if layer in trial.layers.active:
            yield ok(f"sandbox {layer}", trial.layers.active[layer])
        else:
            yield warn(f"sandbox {layer}", f"missing: {trial.layers.missing.get(layer, '')}", ADVICE[layer])
    if trial.escapes:
        yield warn("sandbox", f"a parser could {', '.join(trial.escapes)}", "see the layers above, and docs/sandbox.md")
    else:
        yield ok("sandbox", "no network, no processes, nothing written, no settings read")
