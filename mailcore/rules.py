"""Rules as data: what a rule is, and how it is read from YAML. How to write one: docs/writing-rules.md."""

from __future__ import annotations

import enum
import functools
import re
import warnings
from collections.abc import Collection

from msgspec import Struct
from yaml.nodes import Node, SequenceNode

from mailcore.conditions import ConditionReader, Entries, Group, Not
from mailcore.detector import Lifecycle
from mailcore.fields.reputation import PREFIX as REPUTATION_FIELDS
from mailcore.reputation import CATEGORY as REPUTATION
from mailcore.rule_entries import Entry, check_unique
from mailcore.rule_examples import Example, read_example
from mailcore.rule_fields import Field, Kind, field_names, find_field
from mailcore.rule_nodes import NodeReader, compose

# Detection modules that are shipped: a file or a folder of that name below `configs/content/`. Users may add theirs.
MODULES = (
    *("suspicious-domains", "brand-impersonation", "health-spam", "phishing-scams", "adult-content"),
    *("ecommerce-scams", "financial-services", "technology-scams", "multi-language"),
)


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


Condition = Comparison | Group[Comparison] | Not[Comparison]


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
    check_unique(rules, "rule")
    return rules


def list_name(text: str) -> str:
    """A list may be named like its file, too (`free-mail` for `free_mail`)."""
    return text.replace("-", "_")


def _rule(node: Node, reader: NodeReader, category: str) -> Rule:
    entry = Entry(node, reader, what="rule", keys=RULE_KEYS, category=category)
    for attack in entry.texts("attack"):
        if not _ATTACK.fullmatch(attack):
            reader.fail(entry.nodes["attack"], f"{attack!r} is no MITRE ATT&CK id such as T1566.002")
    condition = ConditionReader(reader, functools.partial(_comparisons, reader)).read(entry.nodes["conditions"])
    if _asks_reputation(condition) and entry.category != REPUTATION:
        # What reputation did must not make reputation: learning leaves these findings out.
        reader.fail(node, f"a rule that asks for a reputation is of the category {REPUTATION!r}")
    match, no_match = (tuple(read_example(each, reader) for each in nodes) for nodes in entry.examples())
    return Rule(
        id=entry.id,
        title=entry.text("title"),
        summary=entry.text("summary"),
        description=entry.text("description"),
        category=entry.category,
        weight=entry.weight(),
        status=entry.status(),
        condition=condition,
        version=entry.version(),
        fixed=entry.flag("fixed"),
        false_positives=entry.texts("false_positives"),
        references=entry.texts("references"),
        attack=entry.texts("attack"),
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


def _comparisons(reader: NodeReader, _node: Node, entries: Entries) -> dict[str, Comparison]:
    return {key: _comparison(key, key_node, value, reader) for key, (key_node, value) in entries.items()}


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
