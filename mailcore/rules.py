"""Rules as data: what a rule is, and how it is read from YAML. How to write one: docs/writing-rules.md."""

from __future__ import annotations

import enum
import re
import warnings
from collections.abc import Collection, Iterable

from msgspec import Struct
from yaml.nodes import Node, SequenceNode

from mailcore.detector import Lifecycle
from mailcore.errors import ConfigurationError
from mailcore.fields.reputation import PREFIX as REPUTATION_FIELDS
from mailcore.reputation import CATEGORY as REPUTATION
from mailcore.rule_examples import Example, read_example
from mailcore.rule_fields import Field, Kind, field_names, find_field
from mailcore.rule_nodes import NodeReader, compose

# Detection modules that are shipped: a file or a folder of that name below `configs/content/`. Users may add theirs.
MODULES = (
    *("suspicious-domains", "brand-impersonation", "health-spam", "phishing-scams", "adult-content"),
    *("ecommerce-scams", "financial-services", "technology-scams", "multi-language"),
)
MAX_DEPTH = 16  # of nested conditions; real rules need three
MAX_WEIGHT = 1_000.0  # the weight of a test message that must always be refused


class Operator(enum.StrEnum):
    """How a field is compared; several values mean: one of them."""

    CONTAINS = "contains"
    EQUALS = "equals"
    STARTSWITH = "startswith"
    ENDSWITH = "endswith"
    REGEX = "regex"
    IN = "in"
    SAME_AS = "same_as"
    GT = "gt"
    LT = "lt"
    EXISTS = "exists"


OPERATORS: dict[Operator, tuple[tuple[Kind, ...], str]] = {
    Operator.CONTAINS: ((Kind.TEXT,), "The text stands in it. A space matches any white space, also a line break."),
    Operator.EQUALS: (tuple(Kind), "The whole value is that text, number or `true`/`false`."),
    Operator.STARTSWITH: ((Kind.TEXT,), "The value begins with the text."),
    Operator.ENDSWITH: ((Kind.TEXT,), "The value ends with the text."),
    Operator.REGEX: ((Kind.TEXT,), "The regular expression matches somewhere. A space matches any white space."),
    Operator.IN: ((Kind.TEXT,), "The value, or a domain above it, stands in the list of that name (`configs/lists/`)."),
    Operator.SAME_AS: ((Kind.TEXT,), "One of its values is also a value of the other field."),
    Operator.GT: ((Kind.NUMBER,), "Greater than the number."),
    Operator.LT: ((Kind.NUMBER,), "Less than the number."),
    Operator.EXISTS: ((Kind.TEXT,), "`true`: there is a value; `false`: there is none."),
}
MODIFIERS = {
    "cased": "Capitals count.",
    "raw": "The text is compared as it came: with every space, and with the letters and characters that hide words.",
}

# Operators whose texts become patterns of the multi-pattern database.
PATTERN_OPERATORS = frozenset(
    {Operator.CONTAINS, Operator.EQUALS, Operator.STARTSWITH, Operator.ENDSWITH, Operator.REGEX}
)


class Comparison(Struct, frozen=True, kw_only=True):
    """`field|operator: value`. `texts` are alternatives; `number` and `flag` serve the kinds of those names."""

    field: Field
    operator: Operator
    texts: tuple[str, ...] = ()
    number: float = 0.0
    flag: bool = True
    cased: bool = False
    raw: bool = False
    other: Field | None = None
    place: str = ""


class Group(Struct, frozen=True, kw_only=True):
    """At least `least` of the conditions hold: all of them, any of them, or `at_least: N`."""

    conditions: tuple[Condition, ...]
    least: int


class Not(Struct, frozen=True, kw_only=True):
    """The condition does not hold."""

    condition: Condition


Condition = Comparison | Group | Not


class Rule(Struct, frozen=True, kw_only=True):
    """One rule. `summary` is for the reader of the mail, `description` for the analyst, `place` is `file:line`.

    `module` is the detection module: the file or folder below `configs/content/` that it stands in.
    """

    id: str
    title: str
    summary: str
    description: str
    category: str
    weight: float
    status: Lifecycle
    condition: Condition
    version: int = 1
    fixed: bool = False
    false_positives: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    attack: tuple[str, ...] = ()
    match: tuple[Example, ...] = ()
    no_match: tuple[Example, ...] = ()
    place: str = ""
    module: str = ""


RULE_KEYS = {
    "id": "Stable name, in lower case with hyphens; never changes.",
    "title": "A few words for tables.",
    "summary": "One sentence for the reader of the mail.",
    "description": "What it detects and why, for the analyst.",
    "category": "Group of the finding, such as `phishing`; a file may set one for all its rules.",
    "weight": "What it adds to the score; negative for signs of good mail.",
    "status": "`experimental` (runs and is recorded, weighs nothing; the default), `stable`, `deprecated`.",
    "conditions": "When it hits; see below.",
    "version": "Counts up with each change of meaning; 1 where it is left out.",
    "fixed": "`true`: `mailchord tune` leaves the weight alone, as of test messages that must always be refused.",
    "false_positives": "Good mail that it may hit.",
    "references": "Links to reports of the crime.",
    "attack": "MITRE ATT&CK ids, such as `T1566.002`.",
    "examples": "`match` and `no_match`: small mails that it must and must not hit.",
}
_REQUIRED = ("id", "title", "summary", "description", "weight", "conditions", "examples")
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_ATTACK = re.compile(r"T\d{4}(?:\.\d{3})?")


def parse_rules(text: str, filename: str, lists: Collection[str] | None = None) -> tuple[Rule, ...]:
    """The rules of one YAML file. Raises ConfigurationError ("file:line: what is wrong, did you mean ...").

    `lists` are the names that `in` may ask for; None leaves them unchecked.
    """
    reader = NodeReader(filename, lists)
    root = compose(text, filename)
    if root is None:
        return ()
    entries = reader.mapping(root, ("category", "rules"))
    category = reader.text(entries["category"][1]) if "category" in entries else ""
    if "rules" not in entries:
        reader.fail(root, "there are no `rules:`")
    rules = tuple(_rule(node, reader, category) for node in reader.sequence(entries["rules"][1]))
    check_unique(rules)
    return rules


def list_name(text: str) -> str:
    """A list may be named like its file, too (`free-mail` for `free_mail`)."""
    return text.replace("-", "_")


def check_unique(rules: Iterable[Rule]) -> None:
    """Raises ConfigurationError when two rules have one id, and names both places."""
    places: dict[str, str] = {}
    for rule in rules:
        if rule.id in places:
            raise ConfigurationError(f"{rule.place}: the id {rule.id!r} is taken by the rule at {places[rule.id]}")
        places[rule.id] = rule.place


def _rule(node: Node, reader: NodeReader, category: str) -> Rule:
    entries = reader.mapping(node, RULE_KEYS)
    for key in _REQUIRED:
        if key not in entries:
            reader.fail(node, f"the rule has no {key!r}: {RULE_KEYS[key]}")

    def text(key: str, default: str = "") -> str:
        return reader.text(entries[key][1]).strip() if key in entries else default

    def texts(key: str) -> tuple[str, ...]:
        return reader.texts(entries[key][1]) if key in entries else ()

    if not _ID.fullmatch(text("id")):
        reader.fail(entries["id"][1], f"an id has lower case letters, digits and hyphens, got {text('id')!r}")
    if not text("category", category):
        reader.fail(node, "the rule has no 'category', and the file sets none")
    for attack in texts("attack"):
        if not _ATTACK.fullmatch(attack):
            reader.fail(entries["attack"][1], f"{attack!r} is no MITRE ATT&CK id such as T1566.002")
    condition = _condition(entries["conditions"][1], reader, depth=0)
    if _asks_reputation(condition) and text("category", category) != REPUTATION:
        # What reputation did must not make reputation: learning leaves these findings out.
        reader.fail(node, f"a rule that asks for a reputation is of the category {REPUTATION!r}")
    match, no_match = _examples(entries["examples"][1], reader)
    return Rule(
        id=text("id"),
        title=text("title"),
        summary=text("summary"),
        description=text("description"),
        category=text("category", category),
        weight=_weight(entries["weight"][1], reader),
        status=_status(entries["status"][1], reader) if "status" in entries else Lifecycle.EXPERIMENTAL,
        condition=condition,
        version=int(reader.number(entries["version"][1])) if "version" in entries else 1,
        fixed=reader.flag(entries["fixed"][1]) if "fixed" in entries else False,
        false_positives=texts("false_positives"),
        references=texts("references"),
        attack=texts("attack"),
        match=match,
        no_match=no_match,
        place=reader.place(node),
    )


def _asks_reputation(condition: Condition) -> bool:
    match condition:
        case Comparison():
            return condition.field.name.startswith(REPUTATION_FIELDS)
        case Group():
            return any(map(_asks_reputation, condition.conditions))
        case Not():
            return _asks_reputation(condition.condition)


def _weight(node: Node, reader: NodeReader) -> float:
    weight = reader.number(node)
    if not abs(weight) <= MAX_WEIGHT:  # also false for nan
        reader.fail(node, f"a weight lies between {-MAX_WEIGHT:g} and {MAX_WEIGHT:g}, got {weight:g}")
    return weight


def _status(node: Node, reader: NodeReader) -> Lifecycle:
    status = reader.text(node)
    if status not in list(Lifecycle):
        reader.unknown(node, "status", status, Lifecycle)
    return Lifecycle(status)


def _examples(node: Node, reader: NodeReader) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    entries = reader.mapping(node, ("match", "no_match"))
    found = {
        key: tuple(read_example(item, reader) for item in reader.sequence(value)) for key, (_, value) in entries.items()
    }
    for key in ("match", "no_match"):
        if not found.get(key):
            reader.fail(node, f"the examples have no {key!r}: every rule shows what it hits and what it leaves alone")
    return found["match"], found["no_match"]


def _condition(node: Node, reader: NodeReader, *, depth: int) -> Condition:
    """`all`, `any`, `not`, `at_least` with `of`, and comparisons; keys side by side all have to hold."""
    if depth > MAX_DEPTH:
        reader.fail(node, f"conditions are nested deeper than {MAX_DEPTH}")
    entries = reader.mapping(node)
    if not entries:
        reader.fail(node, "there is no condition here")
    conditions: list[Condition] = []
    for key, (key_node, value) in entries.items():
        if key == "all":
            conditions.append(_group(value, reader, depth, least=None))
        elif key == "any":
            conditions.append(_group(value, reader, depth, least=1))
        elif key == "not":
            conditions.append(Not(condition=_condition(value, reader, depth=depth + 1)))
        elif key == "at_least":
            conditions.append(_at_least(key_node, value, entries, reader, depth))
        elif key == "of":
            if "at_least" not in entries:
                reader.fail(key_node, "`of` needs `at_least: N` beside it")
        else:
            conditions.append(_comparison(key, key_node, value, reader))
    return conditions[0] if len(conditions) == 1 else Group(conditions=tuple(conditions), least=len(conditions))


def _group(node: Node, reader: NodeReader, depth: int, *, least: int | None) -> Group:
    """The conditions of a list; `least` None means all of them."""
    items = reader.sequence(node)
    if not items:
        reader.fail(node, "the list of conditions is empty")
    conditions = tuple(_condition(item, reader, depth=depth + 1) for item in items)
    return Group(conditions=conditions, least=len(conditions) if least is None else least)


def _at_least(
    key_node: Node, value: Node, entries: dict[str, tuple[Node, Node]], reader: NodeReader, depth: int
) -> Group:
    least = reader.number(value)
    if "of" not in entries:
        reader.fail(key_node, "`at_least` needs a list `of` conditions beside it")
    group = _group(entries["of"][1], reader, depth, least=int(least))
    if least != int(least) or not 1 <= least <= len(group.conditions):
        reader.fail(value, f"at_least is a whole number from 1 to {len(group.conditions)}, got {least:g}")
    return group


def _comparison(key: str, key_node: Node, value: Node, reader: NodeReader) -> Comparison:
    """`field|operator` with modifiers behind it; without an operator: equals."""
    name, *words = key.split("|")
    field = find_field(name)
    if field is None:
        reader.unknown(key_node, "field", name, field_names())
    operator, modifiers = _operator(key_node, words, reader)
    kinds = OPERATORS[operator][0]
    if field.kind not in kinds:
        fitting = ", ".join(other for other, (others, _) in OPERATORS.items() if field.kind in others)
        reader.fail(key_node, f"'{operator}' does not fit '{name}', which is {field.kind}; {fitting} do")
    place = reader.place(key_node)
    if field.kind is Kind.NUMBER:
        return Comparison(field=field, operator=operator, number=reader.number(value), place=place)
    if field.kind is Kind.FLAG or operator is Operator.EXISTS:
        return Comparison(field=field, operator=operator, flag=reader.flag(value), place=place)
    texts = reader.texts(value)
    if operator is Operator.SAME_AS:
        return Comparison(field=field, operator=operator, other=_other(value, texts, reader), place=place)
    _check_texts(value, operator, texts, reader)
    return Comparison(
        field=field,
        operator=operator,
        texts=texts,
        cased="cased" in modifiers,
        raw="raw" in modifiers,
        place=place,
    )


def _operator(node: Node, words: list[str], reader: NodeReader) -> tuple[Operator, list[str]]:
    """The operator and the modifiers behind it."""
    operator_word = words[0] if words else Operator.EQUALS.value
    modifiers = words[1:]
    if operator_word in MODIFIERS:
        reader.fail(node, f"'{operator_word}' stands behind an operator, as in `contains|{operator_word}`")
    if operator_word not in list(Operator):
        reader.unknown(node, "operator", operator_word, Operator)
    operator = Operator(operator_word)
    for modifier in modifiers:
        if modifier not in MODIFIERS:
            reader.unknown(node, "modifier", modifier, MODIFIERS)
        if operator not in PATTERN_OPERATORS:
            reader.fail(node, f"'{modifier}' does not go with '{operator}'")
    return operator, modifiers


def _other(node: Node, texts: tuple[str, ...], reader: NodeReader) -> Field:
    other = find_field(texts[0]) if len(texts) == 1 else None
    if other is None:
        reader.unknown(node, "field", ", ".join(texts), field_names())
    if other.kind is not Kind.TEXT:
        reader.fail(node, f"{other.name!r} is {other.kind}; same_as compares texts")
    return other


def _check_texts(node: Node, operator: Operator, texts: tuple[str, ...], reader: NodeReader) -> None:
    if not texts or not all(text.strip() for text in texts):
        reader.fail(node, f"'{operator}' needs text to look for; an empty one is in everything")
    if operator is Operator.IN:
        for text in texts:
            if reader.lists is not None and list_name(text) not in reader.lists:
                reader.unknown(node, "list", text, reader.lists)
    if operator is Operator.REGEX:
        nodes: list[Node] = list(node.value) if isinstance(node, SequenceNode) else [node]
        for item, text in zip(nodes, texts, strict=True):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")  # "[[" means something else in other engines
                    re.compile(text)
            except (re.error, OverflowError, RecursionError, Warning) as error:
                reader.fail(item, f"not a regular expression: {error}")
