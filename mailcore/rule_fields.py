"""The fields that a rule may ask for, by name."""

from __future__ import annotations

from mailcore.fields import brands, claims, hiding, message, people, reputation, targets, words
from mailcore.fields.kinds import Field, Kind, Value

__all__ = [
    "FIELDS",
    "HEADER_PREFIX",
    "Field",
    "Kind",
    "Value",
    "field_names",
    "find_field",
]

HEADER_PREFIX = "header["  # `header[X-Mailer]`: a field for each header there is

FIELDS: dict[str, Field] = {
    field.name: field
    for field in sorted(
        [
            *words.FIELDS,
            *hiding.FIELDS,
            *claims.FIELDS,
            *people.FIELDS,
            *reputation.FIELDS,
            *brands.FIELDS,
            *targets.FIELDS,
            *message.FIELDS,
        ],
        key=lambda field: field.name.partition(".")[0],
    )
}


def find_field(name: str) -> Field | None:
    """The field of that name, or None; `header[NAME]` is a field for every NAME."""
    if name.startswith(HEADER_PREFIX) and name.endswith("]") and len(name) > len(HEADER_PREFIX) + 1:
        header = name[len(HEADER_PREFIX) : -1]
        return Field(
            name=f"{HEADER_PREFIX}{header.lower()}]",
            kind=Kind.TEXT,
            description=f"Values of the {header} header, decoded.",
            read=lambda view: view.message.header_values(header),
            header=header,
        )
    return FIELDS.get(name)


def field_names() -> tuple[str, ...]:
    """Every field name, for messages and documentation; `header[NAME]` stands for all headers."""
    return (*FIELDS, "header[NAME]")
