"""A brand's copyright line under a mail that is not the brand's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailcore.brands import Mention
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.brand_words import is_spared, links_elsewhere, may_write_for, outside_sender, says_through

_TEXT_CHARACTERS = 4_000  # at the end, where footers stand
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|&copy;|\bcopyright\b)[\s©]{0,5}(?:\(c\)\s{0,3})?(?:\d{4}(?:\s?[-–]\s?\d{4})?)?[\s,.:|]{0,4}([^\n.|©]{2,60})",  # noqa: RUF001
    re.IGNORECASE,
)
_BY = re.compile(r"^(?:by|the|\d{4})\s+", re.IGNORECASE)


@detector(category="phishing", weight=3.0, lifecycle=Lifecycle.STABLE)
def footer_names_foreign_brand(view: MailView, *, named: float = 1.5) -> Iterable[Hit]:
    """The copyright line is a known company's, but sender and links are others': a copy of its mail."""
    address = None if is_spared(view) or not view.message.links else outside_sender(view)
    if address is None or says_through(address.name):
        return
    message = view.message
    lines = _lines_of_copyright((message.html_text or message.text)[-_TEXT_CHARACTERS:], view)
    mentions = list(lines.values())
    # Two companies in the footer: one of them is the sender, and the other is named for its mark.
    if len({mention.brand.name for mention in mentions}) != 1 or may_write_for(address, mentions, view):
        return
    brand = mentions[0].brand
    elsewhere = links_elsewhere(view, brand)
    hosts = {link.host for link in view.message.links if link.host}
    # At least half of what it links to is not the brand's; copies keep some of the real links.
    if not elsewhere or len(elsewhere) * 2 < len(hosts):
        return
    is_named = any(mention.brand is brand for mention in view.brands.mentions(address.name))
    yield Hit(
        summary=f"Its footer is {brand.name}'s, but it comes from {address.host} and leads to {elsewhere[0].host}.",
        detail=f"copyright of {mentions[0].shown!r}; {brand.name} has {brand.shown_domains}",
        where=Where(part=next(iter(message.html_parts or message.text_parts), ""), quote=next(iter(lines))),
        weight=named if is_named else None,
    )


def _lines_of_copyright(text: str, view: MailView) -> dict[str, Mention]:
    """Copyright lines with the brands that they begin with; none where one begins with anything else."""
    found: dict[str, Mention] = {}
    if "\u00a9" not in text and "(c)" not in text and "opyright" not in text.lower():
        return found
    for match in _COPYRIGHT.finditer(text):
        line = _BY.sub("", match.group(1).strip())
        mentions = [
            mention for mention in view.brands.mentions(line) if mention.start == 0 and not mention.is_ambiguous
        ]
        if not mentions:
            return {}
        found[match.group().strip()] = mentions[0]
    return found
