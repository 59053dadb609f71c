"""Whether a domain has a BIMI record: a fact about how much its owner cares, and nothing more."""

from __future__ import annotations

import re

from mailcore.dns import NOT_ASKED, Lookup, Question, RecordType
from mailcore.links import registered_domain

_VERSION = re.compile(r"\s*v\s*=\s*BIMI1\s*(?:;|$)", re.IGNORECASE)


def find_bimi(domain: str) -> Lookup[bool]:
    """Whether there is a record for the domain or its organisation, by the default selector. Never raises."""
    questions = tuple(
        Question(f"default._bimi.{name}", RecordType.TXT)
        for name in dict.fromkeys((domain, registered_domain(domain) or domain))
    )
    answers = yield questions
    return any(_VERSION.match(record) for question in questions for record in answers.get(question, NOT_ASKED).records)
