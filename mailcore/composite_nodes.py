"""Reads composites from YAML, so that every error names `file:line` and what was probably meant."""

from __future__ import annotations

import re

from yaml.nodes import MappingNode, Node

from mailcore.composites import (
    FLAGS,
    POLICY_POOL,
    WORDS,
    Composite,
    CompositeExample,
    Condition,
    Fact,
    GivenFinding,
    Group,
    Not,
    Selection,
    holds_without_findings,
    needs_proof,
)
from mailcore.detector import Lifecycle
from mailcore.rule_nodes import NodeReader, compose
from mailcore.rules import MAX_DEPTH, MAX_WEIGHT
from mailcore.verdict import POOLS

SELECTORS = {
    "finding": "Id of a finding or of another composite; `*` at the end matches any ending; a list: one of them.",
    "category": "Category of the finding.",
    "pool": "Pool of the finding.",
    "module": "Detection module of the rule that made the finding.",
}
MEASURES = {
    "weight": "The findings that fit weigh at least this much together.",
    "count": "At least so many different findings fit; 1 where it is left out.",
}
GROUPS = {
    "all": "Every condition of the list holds.",
    "any": "At least one condition of the list holds.",
    "not": "The condition does not hold.",
    "at_least": "At least so many conditions of the list `of` beside it hold.",
    "of": "The list that `at_least` counts in.",
}
CONDITION_KEYS = (*GROUPS, *SELECTORS, *MEASURES, *FLAGS, *WORDS)

COMPOSITE_KEYS = {
    "id": "Stable name, in lower case with hyphens; never changes.",
    "title": "A few words for tables.",
    "summary": "One sentence for the reader of the mail.",
    "description": "What it combines and why, for the analyst.",
    "category": "Group of the finding; a file may set one for all its composites.",
    "weight": "What it adds to the score.",
    "status": "`experimental` (is recorded, weighs nothing, replaces nothing; the default), `stable`, `deprecated`.",
    "conditions": "When it hits; see below.",
    "replaces": "`parts`: its parts count nothing beside it; or a list of ids and patterns.",
    "version": "Counts up with each change of meaning; 1 where it is left out.",
    "false_positives": "Good mail that it may hit.",
    "references": "Links to reports of the crime.",
    "examples": "`match` and `no_match`: sets of findings that it must and must not hit.",
}
_REQUIRED = ("id", "title", "summary", "description", "weight", "conditions", "examples")
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
PARTS = "parts"


def parse_composites(text: str, filename: str) -> tuple[Composite, ...]:
    """The composites of one YAML file. Raises ConfigurationError ("file:line: what is wrong, did you mean ...")."""
    reader = NodeReader(filename)
    root = compose(text, filename)
    if root is None:
        return ()
    entries = reader.mapping(root, ("category", "composites"))
    category = reader.text(entries["category"][1]) if "category" in entries else ""
    if "composites" not in entries:
        reader.fail(root, "there are no `composites:`")
    return tuple(_composite(node, reader, category) for node in reader.sequence(entries["composites"][1]))


def _composite(node: Node, reader: NodeReader, category: str) -> Composite:
    entries = reader.mapping(node, COMPOSITE_KEYS)
    for key in _REQUIRED:
        if key not in entries:
            reader.fail(node, f"the composite has no {key!r}: {COMPOSITE_KEYS[key]}")

    def text(key: str, default: str = "") -> str:
        return reader.text(entries[key][1]).strip() if key in entries else default

    def texts(key: str) -> tuple[str, ...]:
        return reader.texts(entries[key][1]) if key in entries else ()

    if not _ID.fullmatch(text("id")):
        reader.fail(entries["id"][1], f"an id has lower case letters, digits and hyphens, got {text('id')!r}")
    if not text("category", category):
        reader.fail(node, "the composite has no 'category', and the file sets none")
    weight = reader.number(entries["weight"][1])
    if not abs(weight) <= MAX_WEIGHT:  # also false for nan
        reader.fail(entries["weight"][1], f"a weight lies between {-MAX_WEIGHT:g} and {MAX_WEIGHT:g}, got {weight:g}")
    condition = read_condition(entries["conditions"][1], reader)
    if (weight < 0 or (not weight and "replaces" in entries)) and not needs_proof(condition):
        reader.fail(
            entries["weight"][1],
            "a composite that makes mail milder needs `auth.aligned: true` in its conditions: "
            "anybody can bring about the findings of another's mail",
        )
    match, no_match = _examples(entries["examples"][1], reader)
    replaces = texts("replaces")
    return Composite(
        id=text("id"),
        title=text("title"),
        summary=text("summary"),
        description=text("description"),
        category=text("category", category),
        weight=weight,
        status=_status(entries["status"][1], reader) if "status" in entries else Lifecycle.EXPERIMENTAL,
        condition=condition,
        replaces_parts=replaces == (PARTS,),
        replaces=() if replaces == (PARTS,) else replaces,
        version=int(reader.number(entries["version"][1])) if "version" in entries else 1,
        false_positives=texts("false_positives"),
        references=texts("references"),
        match=match,
        no_match=no_match,
        place=reader.place(node),
    )


def _status(node: Node, reader: NodeReader) -> Lifecycle:
    status = reader.text(node)
    if status not in list(Lifecycle):
        reader.unknown(node, "status", status, Lifecycle)
    return Lifecycle(status)


def read_condition(node: Node, reader: NodeReader) -> Condition:
    """The conditions of a composite. They must need a finding: a message in which nothing was found is none."""
    condition = _condition(node, reader, depth=0)
    if holds_without_findings(condition):
        reader.fail(node, "these conditions may hold where nothing was found at all: a composite needs a finding")
    return condition


def _condition(node: Node, reader: NodeReader, *, depth: int) -> Condition:
    """Keys side by side all have to hold; those that select findings speak of the same findings."""
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
        elif key in FLAGS or key in WORDS:
            conditions.append(Fact(name=key, values=read_fact(key, value, reader)))
        elif key not in SELECTORS and key not in MEASURES:
            reader.unknown(key_node, "condition", key, CONDITION_KEYS)
    if any(key in SELECTORS or key in MEASURES for key in entries):
        conditions.append(_selection(node, entries, reader))
    return conditions[0] if len(conditions) == 1 else Group(conditions=tuple(conditions), least=len(conditions))


def _group(node: Node, reader: NodeReader, depth: int, *, least: int | None) -> Group:
    items = reader.sequence(node)
    if not items:
        reader.fail(node, "the list of conditions is empty")
    conditions = tuple(_condition(item, reader, depth=depth + 1) for item in items)
    return Group(conditions=conditions, least=len(conditions) if least is None else least)


def _at_least(
    key_node: Node, value: Node, entries: dict[str, tuple[Node, Node]], reader: NodeReader, depth: int
) -> Group:
    if "of" not in entries:
        reader.fail(key_node, "`at_least` needs a list `of` conditions beside it")
    least = reader.number(value)
    group = _group(entries["of"][1], reader, depth, least=int(least))
    if least != int(least) or not 1 <= least <= len(group.conditions):
        reader.fail(value, f"at_least is a whole number from 1 to {len(group.conditions)}, got {least:g}")
    return group


def _selection(node: Node, entries: dict[str, tuple[Node, Node]], reader: NodeReader) -> Selection:
    def texts(key: str) -> tuple[str, ...]:
        found = reader.texts(entries[key][1]) if key in entries else ()
        if key in entries and not (found and all(found)):
            reader.fail(entries[key][1], f"`{key}` is empty")
        return found

    if not any(key in SELECTORS for key in entries):
        reader.fail(node, f"`weight` and `count` need one of {', '.join(SELECTORS)} beside them")
    for pool in (pools := texts("pool")):
        if pool not in (*POOLS, POLICY_POOL):
            reader.unknown(entries["pool"][1], "pool", pool, (*POOLS, POLICY_POOL))
    count = reader.number(entries["count"][1]) if "count" in entries else 1
    if count != int(count) or count < 1:
        reader.fail(entries["count"][1], f"count is a whole number from 1 on, got {count:g}")
    weight = reader.number(entries["weight"][1]) if "weight" in entries else None
    if weight is not None and not 0 < weight <= MAX_WEIGHT:
        reader.fail(entries["weight"][1], f"a least weight lies above 0, got {weight:g}")
    names = texts("finding")
    place = reader.place(entries["finding"][0]) if names else ""
    return Selection(
        ids=tuple(name for name in names if not name.endswith("*")),
        prefixes=tuple(name[:-1] for name in names if name.endswith("*")),
        categories=texts("category"),
        pools=pools,
        modules=texts("module"),
        weight=weight,
        count=int(count),
        places=(place,) if place else (),
    )


def read_fact(key: str, node: Node, reader: NodeReader) -> tuple[str, ...]:
    """The values of a fact; ConfigurationError for one that it cannot have."""
    if key in FLAGS:
        return ("true" if reader.flag(node) else "false",)
    words = reader.texts(node)
    for word in words:
        if word not in WORDS[key][1]:
            reader.unknown(node, f"value of {key}", word, WORDS[key][1])
    return words


def _examples(node: Node, reader: NodeReader) -> tuple[tuple[CompositeExample, ...], tuple[CompositeExample, ...]]:
    entries = reader.mapping(node, ("match", "no_match"))
    for key in ("match", "no_match"):
        if key not in entries or not reader.sequence(entries[key][1]):
            reader.fail(node, f"the examples have no {key!r}: every composite shows what it hits and what it spares")
    match, no_match = (
        tuple(_example(item, reader) for item in reader.sequence(entries[key][1])) for key in ("match", "no_match")
    )
    return match, no_match


def _example(node: Node, reader: NodeReader) -> CompositeExample:
    """A list of findings, or `findings:` with facts beside it."""
    if not isinstance(node, MappingNode):
        return CompositeExample(findings=_given(node, reader), facts={}, place=reader.place(node))
    entries = reader.mapping(node, ("findings", *FLAGS, *WORDS))
    if "findings" not in entries:
        reader.fail(node, "the example has no `findings`")
    facts = {key: read_fact(key, value, reader)[0] for key, (_, value) in entries.items() if key != "findings"}
    return CompositeExample(findings=_given(entries["findings"][1], reader), facts=facts, place=reader.place(node))


def _given(node: Node, reader: NodeReader) -> tuple[GivenFinding, ...]:
    found = []
    for item in reader.sequence(node):
        if not isinstance(item, MappingNode):
            found.append(GivenFinding(id=reader.text(item), place=reader.place(item)))
            continue
        entries = reader.mapping(item, ("id", "weight", "category", "pool"))
        if "id" not in entries:
            reader.fail(item, "the finding has no 'id'")
        texts = {key: reader.text(value) for key, (_, value) in entries.items() if key != "weight"}
        weight = reader.number(entries["weight"][1]) if "weight" in entries else None
        found.append(GivenFinding(**texts, weight=weight, place=reader.place(item)))
    return tuple(found)
