"""Writes the JSON Schemas of rule and composite files: editors complete and check them while they are written."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mailcore.composite_nodes import COMPOSITE_KEYS, MEASURES, SELECTORS
from mailcore.composites import FLAGS, WORDS
from mailcore.conditions import GROUPS
from mailcore.detector import Lifecycle
from mailcore.rule_entries import MAX_WEIGHT
from mailcore.rule_examples import KEYS as EXAMPLE_KEYS
from mailcore.rule_fields import FIELDS, Field, Kind
from mailcore.rules import MODIFIERS, OPERATORS, PATTERN_OPERATORS, RULE_KEYS, Operator

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID_PATTERN = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
CONDITION: Schema = {"$ref": "#/$defs/condition"}
CONDITIONS: Schema = {"type": "array", "items": CONDITION, "minItems": 1}
NESTED = {"all": CONDITIONS, "any": CONDITIONS, "of": CONDITIONS, "not": CONDITION, "at_least": {"type": "integer"}}

# What keys of rules and composites hold; all others hold text.
SHAPES: dict[str, Schema] = {
    "id": {"type": "string", "pattern": ID_PATTERN},
    "weight": {"type": "number", "minimum": -MAX_WEIGHT, "maximum": MAX_WEIGHT},
    "status": {"enum": [status.value for status in Lifecycle]},
    "conditions": CONDITION,
    "version": {"type": "integer", "minimum": 1},
    "fixed": FLAG,
    "false_positives": TEXTS,
    "references": TEXTS,
    "attack": {"anyOf": [{"$ref": "#/$defs/attack"}, {"type": "array", "items": {"$ref": "#/$defs/attack"}}]},
    "replaces": TEXTS,
    "examples": {"$ref": "#/$defs/examples"},
}
REQUIRED = ["id", "title", "summary", "description", "weight", "conditions", "examples"]


def rules_schema() -> Schema:
    """The schema of `configs/content/**/*.yaml`."""
    example = closed(dict.fromkeys(EXAMPLE_KEYS, TEXT) | {"headers": {"type": "object", "additionalProperties": TEXTS}})
    example = described(example, EXAMPLE_KEYS) | {"required": ["name"]}
    return file_schema(
        "Rules of mailchord",
        "rules",
        described(closed({key: SHAPES.get(key, TEXT) for key in RULE_KEYS}), RULE_KEYS),
        {
            "attack": {"type": "string", "pattern": r"^T[0-9]{4}(\.[0-9]{3})?$"},
            "condition": closed({**NESTED, **dict(comparisons())})
            | {"patternProperties": header_fields(), "minProperties": 1},
            "examples": both({"type": "array", "items": example, "minItems": 1}),
        },
    )


def composites_schema() -> Schema:
    """The schema of `configs/composites/*.yaml`."""
    keys: Schema = {**NESTED, **dict.fromkeys(SELECTORS, TEXTS), **dict.fromkeys(MEASURES, NUMBER)}
    keys |= dict.fromkeys(FLAGS, FLAG)
    keys |= {name: one_or_several({"enum": [str(word) for word in words]}) for name, (_, words, _) in WORDS.items()}
    sentences = {name: sentence for name, (*_, sentence) in (FLAGS | WORDS).items()}
    condition = described(closed(keys), GROUPS | SELECTORS | MEASURES | sentences)
    return file_schema(
        "Composites of mailchord",
        "composites",
        described(closed({key: SHAPES.get(key, TEXT) for key in COMPOSITE_KEYS}), COMPOSITE_KEYS),
        {
            "attack": TEXT,
            "condition": condition | {"minProperties": 1},
            "examples": both({"type": "array", "minItems": 1}),
        },
    )


def file_schema(title: str, what: str, entry: Schema, definitions: Schema) -> Schema:
    top = closed({"category": TEXT, what: {"type": "array", "items": {"$ref": "#/$defs/entry"}}})
    entry = entry | {"required": REQUIRED}
    return {"$schema": DIALECT, "title": title, **top, "required": [what], "$defs": {"entry": entry, **definitions}}


def closed(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def described(schema: Schema, sentences: dict[str, str]) -> Schema:
    properties = {
        key: {**shape, "description": sentences[key]} if key in sentences else shape
        for key, shape in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def both(examples: Schema) -> Schema:
    return closed({"match": examples, "no_match": examples}) | {"required": ["match", "no_match"]}


def one_or_several(shape: Schema) -> Schema:
    return {"anyOf": [shape, {"type": "array", "items": shape, "minItems": 1}]}


def comparisons() -> Iterable[tuple[str, Schema]]:
    """`field`, and `field|operator` with each modifier that goes with it."""
    for field in FIELDS.values():
        for ending, shape in endings(field):
            yield f"{field.name}{ending}", {"$ref": shape, "description": field.description}


def endings(field: Field) -> Iterable[tuple[str, str]]:
    yield "", f"#/$defs/{value_of(field.kind, Operator.EQUALS)}"
    for operator, (kinds, _) in OPERATORS.items():
        if field.kind not in kinds:
            continue
        shape = f"#/$defs/{value_of(field.kind, operator)}"
        yield f"|{operator}", shape
        if operator in PATTERN_OPERATORS and field.kind is Kind.TEXT:
            yield from ((f"|{operator}|{modifier}", shape) for modifier in MODIFIERS)


def value_of(kind: Kind, operator: Operator) -> str:
    """Name of the definition of what such a comparison is given."""
    if operator is Operator.EXISTS or kind is Kind.FLAG:
        return "flag"
    if operator is Operator.SAME_AS:
        return "field"
    return "number" if kind is Kind.NUMBER else "texts"


def header_fields() -> Schema:
    """Keys that cannot be listed: any header, and several modifiers."""
    patterns = "|".join(operator for operator in OPERATORS if operator in PATTERN_OPERATORS)
    modifiers = "|".join(MODIFIERS)
    texts = [re.escape(name) for name, field in FIELDS.items() if field.kind is Kind.TEXT]
    header = r"header\[[^\]]+\]"
    return {
        rf"^{header}(\|({patterns})(\|({modifiers}))*|\|in)?$": {"$ref": "#/$defs/texts"},
        rf"^{header}\|exists$": {"$ref": "#/$defs/flag"},
        rf"^{header}\|same_as$": {"$ref": "#/$defs/field"},
        rf"^({'|'.join(texts)})\|({patterns})\|({modifiers})\|({modifiers})$": {"$ref": "#/$defs/texts"},
    }


def write(root: Path) -> None:
    folder = root / "configs" / "schemas"
    folder.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(schema, encoding="utf-8")


def schemas() -> dict[str, str]:
    """The schema files, by name."""
    rules = rules_schema()
    names = [name for name, field in FIELDS.items() if field.kind is Kind.TEXT]
    rules["$defs"] |= {"texts": TEXTS, "number": NUMBER, "flag": FLAG}
    rules["$defs"]["field"] = {"anyOf": [{"enum": names}, {"type": "string", "pattern": r"^header\[[^\]]+\]$"}]}
    made = {"rules.schema.json": rules, "composites.schema.json": composites_schema()}
    return {name: json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for name, schema in made.items()}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
