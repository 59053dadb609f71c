"""What rules cost: CPU of judging a 20 KB message with 100, 1,000 and 10,000 of them, in alternating rounds."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.rules import parse_rules
from mailcore.view import Lists, MailView
from workers.content import RuleSet, compile_rules

COUNTS = (100, 1_000, 10_000)
MESSAGE_BYTES = 20_000
ROUNDS = 7
PASSES = 20
MAILS = 5

Tree = dict[str, Any]

_CONSONANTS = ("b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "tr", "st", "pl", "gr")
_SYLLABLES = [first + second for first in _CONSONANTS for second in ("a", "e", "i", "o", "u", "ar", "en")]
_COMMON = (
    *("account", "please", "your", "verify", "payment", "invoice", "order", "deliver", "update", "secure", "click"),
    *("here", "bank", "customer", "password", "expire", "notice", "urgent", "confirm", "claim", "reward", "free"),
    *("offer", "limited", "today", "message", "document", "share", "access", "review", "team", "thank", "address"),
    *("number", "office", "meeting", "report", "price", "service", "company", "contact", "email", "support"),
)


class RuleCost(Struct, frozen=True, kw_only=True):
    """CPU milliseconds a message, in the fastest round; `hits` are rules that held, a message."""

    rules: int
    patterns: int
    ms: float
    hits: float
    build_seconds: float


def rule_costs(counts: Sequence[int] = COUNTS, *, say: Callable[[str], None] = print) -> list[RuleCost]:
    """The costs with rules that are written like the shipped ones, in words that the messages are made of."""
    words = Words(random.Random(7))
    trees = [rule(number, words) for number in range(max(counts))]
    views = [message(words, number) for number in range(MAILS)]
    built: list[tuple[RuleSet, float]] = []
    for count in counts:
        began = time.process_time()
        text = json.dumps({"category": "bench", "rules": trees[:count]})
        built.append((compile_rules(parse_rules(text, "bench.yaml")), time.process_time() - began))
        say(f"rules: {count} built in {built[-1][1]:.1f} s CPU")
    times: list[list[float]] = [[] for _ in counts]
    for _ in range(ROUNDS):
        for at, (rules, _) in enumerate(built):
            times[at].append(cpu_ms(rules, views))
    return [
        RuleCost(
            rules=count,
            patterns=rules.pattern_count,
            ms=round(min(of_rules), 3),
            hits=round(statistics.mean(len(rules.hits(view)) for view in views), 1),
            build_seconds=round(seconds, 1),
        )
        for count, (rules, seconds), of_rules in zip(counts, built, times, strict=True)
    ]


def cpu_ms(rules: RuleSet, views: Sequence[MailView]) -> float:
    began = time.process_time_ns()
    for _ in range(PASSES):
        for view in views:
            rules.hits(view)
    return (time.process_time_ns() - began) / 1e6 / PASSES / len(views)


class Words:
    """A vocabulary as uneven as that of a language, phrases of it, and what many rules share.

    Rules look for phrases of their own, which stand in little mail, beside words that stand in much and that other
    rules ask for as well ("pay, send, transfer"). Of the shipped ones 5 % of all comparisons hold in a good mail of
    some length, 4 % of the rules are possible by their rarest pattern, and hardly any mail is hit.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        invented = {"".join(chance.choices(_SYLLABLES, k=chance.choice((3, 3, 4)))) for _ in range(40_000)}
        self._words = [*_COMMON, *sorted(invented)]
        self._weights = [1 / (rank + 3) for rank in range(len(self._words))]
        self.contexts = [rf"\b(?:{'|'.join(sorted(set(self.some(6))))})\b" for _ in range(150)]

    def some(self, count: int) -> list[str]:
        return self.chance.choices(self._words, weights=self._weights, k=count)

    def rare(self) -> str:
        return self.chance.choice(self._words)

    def phrase(self) -> str:
        """Two to four words, one of which may be any word of the language."""
        words = self.some(self.chance.choice((1, 2, 2, 3)))
        words.insert(self.chance.randint(0, len(words)), self.rare())
        return " ".join(words)

    def phrases(self, most: int) -> list[str]:
        return [self.phrase() for _ in range(self.chance.randint(2, most))]

    def context(self) -> str:
        return self.chance.choice(self.contexts)


def rule(number: int, words: Words) -> Tree:
    """One rule, of one of the ways in which the shipped ones are written."""
    kinds = (_wording, _wording, _wording, _sender, _expression, _letter, _numbers)
    examples = {"match": [{"name": "a", "text": "a"}], "no_match": [{"name": "b", "text": "b"}]}
    texts = {"title": "Generated", "summary": "It is generated.", "description": "For the bench."}
    condition = words.chance.choice(kinds)(words)
    return {"id": f"generated-{number}", **texts, "weight": 1, "conditions": condition, "examples": examples}


def _wording(words: Words) -> Tree:
    return {
        "text|contains": words.phrases(8),
        "any": [{"subject|contains": words.phrases(4)}, {"text|regex": words.context()}],
        "not": {"message.is_list": True},
    }


def _sender(words: Words) -> Tree:
    name = words.rare()
    return {
        "from.name|contains": [name, words.phrase()],
        "not": {"any": [{"from.domain": [f"{name}.example", f"{name}.test"]}, {"auth.aligned": True}]},
        "links.count|gt": words.chance.randint(0, 3),
    }


def _expression(words: Words) -> Tree:
    first, (second, third) = words.rare(), words.some(2)
    regex = rf"\b{first}\b[^.!?]*\b(?:{second}|{third}|{words.phrase()})\b"
    return {"text|regex": regex, "not": {"subject.is_reply": True}, "links.domains|lt": words.chance.randint(2, 9)}


def _letter(words: Words) -> Tree:
    members: list[Tree] = [{"text.own|contains": words.phrases(5)}, {"text.own|regex": words.context()}]
    return {"at_least": 2, "of": [*members, {"reply_to.domain|in": "free_mail"}], "text.language": "en"}


def _numbers(words: Words) -> Tree:
    chance = words.chance
    return {
        "links.count|gt": chance.randint(2, 60),
        "any": [{"subject.upper_share|gt": round(chance.uniform(0.3, 0.9), 2)}, {"from.domain|in": "free_mail"}],
        "attachments.count|lt": chance.randint(1, 4),
        "not": {"message.is_bulk": chance.random() < 0.5},
        "text.length|gt": chance.randint(100, 20_000),
    }


def message(words: Words, number: int) -> MailView:
    """A message of 20 KB: half of it plain text, half HTML that says the same."""
    chance = words.chance
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < MESSAGE_BYTES * 0.45:
        paragraphs.append(" ".join(words.some(chance.randint(20, 60))).capitalize() + ".")
    links = [f"https://{chance.choice(words.some(9))}.example/{n}" for n in range(8)]
    html = "".join(f"<p>{text} <a href='{chance.choice(links)}'>{words.phrase()}</a></p>" for text in paragraphs)
    head = f"From: {words.phrase()} <a{number}@mail.example>\nTo: b@b.example\nSubject: {words.phrase()}\n"
    head += 'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="x"\n\n'
    plain = "\n\n".join(paragraphs)
    parts = f"--x\nContent-Type: text/plain\n\n{plain}\n--x\nContent-Type: text/html\n\n{html}\n--x--\n"
    raw = (head + parts).replace("\n", "\r\n").encode()
    lists = Lists(free_mail=frozenset({"free.example"}))
    return MailView(envelope=Envelope(), message=parse(raw, message_id=str(number)).message, lists=lists)


if __name__ == "__main__":
    for cost in rule_costs():
        print(cost)
