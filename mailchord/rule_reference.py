"""Writes the reference of rule keys, fields, operators and lists into `docs/writing-rules.md`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from mailcore.detector import Lifecycle
from mailcore.rule_examples import KEYS as EXAMPLE_KEYS
from mailcore.rule_fields import FIELDS, HEADER_PREFIX
from mailcore.rules import OPERATORS, RULE_KEYS
from mailcore.view import TYPED_LISTS

BEGIN = "<!-- Written by `make docs` from mailcore/rules.py and mailcore/fields/: change it there. -->\n"


def render_reference() -> str:
    """The generated part of the page, in Markdown."""
    operators = [
        (f"`{operator}`", ", ".join(kinds), description) for operator, (kinds, description) in OPERATORS.items()
    ]
    fields = [(f"`{field.name}`", str(field.kind), field.description) for field in FIELDS.values()]
    fields.append((f"`{HEADER_PREFIX}NAME]`", "text", "Values of any header, decoded."))
    lists = [(f"`{name}`", f"`configs/lists/{name.replace('_', '-')}.txt`") for name in TYPED_LISTS]
    return "\n".join(
        [
            "## Keys of a rule\n",
            *_table(("key", "meaning"), [(f"`{key}`", meaning) for key, meaning in RULE_KEYS.items()]),
            f"\nA status is one of {', '.join(f'`{status}`' for status in Lifecycle)}.\n",
            "## Keys of an example\n",
            *_table(("key", "meaning"), [(f"`{key}`", meaning) for key, meaning in EXAMPLE_KEYS.items()]),
            "\n## Operators\n",
            *_table(("operator", "for fields that are", "holds when"), operators),
            "\n## Fields\n",
            *_table(("field", "kind", "what it holds"), fields),
            "\n## Lists\n",
            "Any file `configs/lists/NAME.txt` can be asked with `in: NAME`. These are known to detectors, too:\n",
            *_table(("name in a rule", "file"), lists),
            "",
        ]
    )


def render_page(page: str) -> str:
    """The page with its generated part written anew. Raises ValueError where the page has no mark for it."""
    head, mark, _ = page.partition(BEGIN)
    if not mark:
        raise ValueError(f"the page has no line {BEGIN.strip()!r}")
    return f"{head}{mark}\n{render_reference()}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]


def main(root: Path) -> None:
    page = root / "docs" / "writing-rules.md"
    page.write_text(render_page(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
