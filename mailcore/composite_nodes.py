"""Reads composites from YAML, so that every error names `file:line` and what was probably meant."""

from __future__ import annotations

import functools

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
    Selection,
    holds_without_findings,
    needs_proof,
)
from mailcore.conditions import GROUPS, ConditionReader, Entries
from mailcore.rule_entries import MAX_WEIGHT, Entry
from mailcore.rule_nodes import NodeReader, compose
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
    entry = Entry(node, reader, what="composite", keys=COMPOSITE_KEYS, category=category)
    weight = entry.weight()
    condition = read_condition(entry.nodes["conditions"], reader)
    if (weight < 0 or (not weight and "replaces" in entry.nodes)) and not needs_proof(condition):
        reader.fail(
            entry.nodes["weight"],
            "a composite that makes mail milder needs `auth.aligned: true` in its conditions: "
            "anybody can bring about the findings of another's mail",
        )
    match, no_match = (tuple(_example(each, reader) for each in nodes) for nodes in entry.examples())
    replaces = entry.texts("replaces")
    return Composite(
        id=entry.id,
        title=entry.text("title"),
        summary=entry.text("summary"),
        description=entry.text("description"),
        category=entry.category,
        weight=weight,
        status=entry.status(),
        condition=condition,
        replaces_parts=replaces == (PARTS,),
        replaces=() if replaces == (PARTS,) else replaces,
        version=entry.version(),
        false_positives=entry.texts("false_positives"),
        references=entry.texts("references"),
        match=match,
        no_match=no_match,
        place=reader.place(node),
    )


def read_condition(node: Node, reader: NodeReader) -> Condition:
    """The conditions of a composite. They must need a finding: a message in which nothing was found is none."""
    condition = ConditionReader(reader, functools.partial(_leaves, reader)).read(node)
    if holds_without_findings(condition):
        reader.fail(node, "these conditions may hold where nothing was found at all: a composite needs a finding")
    return condition


def _leaves(reader: NodeReader, node: Node, entries: Entries) -> dict[str, Selection | Fact]:
    """Facts, and one selection of all keys that select findings: side by side they speak of the same findings."""
    leaves: dict[str, Selection | Fact] = {}
    selecting: list[str] = []
    for key, (key_node, value) in entries.items():
        if key in FLAGS or key in WORDS:
            leaves[key] = Fact(name=key, values=read_fact(key, value, reader))
        elif key in SELECTORS or key in MEASURES:
            selecting.append(key)
        else:
            reader.unknown(key_node, "condition", key, CONDITION_KEYS)
    if selecting:
        leaves[selecting[0]] = _selection(node, entries, reader)
    return leaves


def _selection(node: Node, entries: Entries, reader: NodeReader) -> Selection:
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
