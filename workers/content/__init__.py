"""The content pool: headers and text, judged by rules that are data and by detectors for what rules cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mailcore.detector import Detector, Hit, Lifecycle
from mailcore.message import Message
from mailcore.rules import Rule
from mailcore.view import MailView
from workers.content.databases import PatternCache
from workers.content.examples import check_examples
from workers.content.rule_set import RuleHit, RuleSet
from workers.discovery import discover
from workers.pool import Gathered, Pool, Work

__all__ = ["RuleSet", "build", "check_examples", "compile_rules", "hit_of"]


# The share that a rule counts which spares answers and lists, in mail that says it is one. If nothing were spared, 37
# of 3,312 good messages would be marked and two held; if all were, two forged headers would hide most bad mail.
DOUBT = 0.5


def compile_rules(rules: Iterable[Rule], cache: PatternCache | None = None) -> RuleSet:
    """The rules, ready to judge. Raises ConfigurationError (file:line) for patterns that cannot be run.

    With a `cache`, patterns that were compiled before are loaded instead, which makes the start fast.
    """
    return RuleSet(rules, cache)


def build(rules: RuleSet) -> Pool:
    """The pool: it has work on every message, and needs nothing but the message itself."""

    def run(view: MailView) -> Iterable[Hit]:
        return map(hit_of, rules.hits(view))

    detectors = (_detector(run), *discover(__name__))
    return Pool(name="content", work=_work, gather=_gather, detectors=detectors)


def hit_of(found: RuleHit) -> Hit:
    """The hit of a rule; one of an experimental rule is recorded and weighs nothing, one in doubt weighs half."""
    rule = found.rule
    is_experimental = rule.status is Lifecycle.EXPERIMENTAL
    detail = f"{rule.title}: {rule.description}"
    weight = rule.weight
    if found.is_doubting:
        weight *= DOUBT
        detail += f" (weighs {weight:g} of {rule.weight:g}: it may be an answer, or mail of a list, as it says)"
    return Hit(
        id=rule.id,
        category=rule.category,
        weight=0.0 if is_experimental else weight,
        summary=rule.summary,
        detail=f"{detail} (experimental: would weigh {rule.weight:g})" if is_experimental else detail,
        where=found.where,
        version=rule.version,
        module=rule.module,
    )


def _detector(run: Callable[[MailView], Iterable[Hit]]) -> Detector:
    return Detector(
        id="content_rules",
        category="content",
        weight=0.0,
        run=run,
        description="Judges headers and text by the rules in configs/content/.",
        lifecycle=Lifecycle.STABLE,
    )


def _work(_message: Message) -> Work | None:
    return Work(light=True)


def _gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:  # noqa: ARG001
    """The message says it all: there is nothing to gather."""
    message = view.message
    problems = ("the message was cut at the size limit",) if message.truncated else ()
    return Gathered(view=view, problems=problems, bytes_read=len(message.text) + len(message.html_text))
