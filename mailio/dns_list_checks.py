"""What the section `dns_lists` must satisfy: zones that can be asked, codes that can be read, weights with a sense."""

from __future__ import annotations

import re

from mailcore.dns_lists import SUBJECTS, DnsList, DnsLists, ListKind
from mailcore.list_answers import read_code
from mailio.yaml_document import Keys, Reject

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # stands in findings, counters and names of variables
_DOMAIN = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)+[A-Za-z0-9-]{1,63}\.?")
_TEST = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
_LONGEST_ZONE = 120  # names and addresses of IPv6 have to stand before it


def check_dns_lists(settings: DnsLists, reject: Reject) -> None:
    """Raises ConfigurationError for the first list that cannot be asked or understood."""
    for name, listed in settings.lists.items():
        keys: Keys = ("dns_lists", "lists", name)
        if not _NAME.fullmatch(name):
            reject(keys, "names of lists are of a-z, 0-9, _ and -, at most 40 characters")
        # The value is not repeated: it may hold a key.
        if not _DOMAIN.fullmatch(listed.zone) or len(listed.zone) > _LONGEST_ZONE:
            reject((*keys, "zone"), f"expected a domain such as bl.example.org, at most {_LONGEST_ZONE} characters")
        _check_questions(listed, keys, reject)
        _check_weights(listed, keys, reject)


def _check_questions(listed: DnsList, keys: Keys, reject: Reject) -> None:
    known = SUBJECTS[listed.kind]
    for index, subject in enumerate(listed.looks_up):
        if subject not in known:
            reject((*keys, "looks_up", index), f"a list of kind `{listed.kind}` is asked about {', '.join(known)}")
    if not listed.ip_versions or not set(listed.ip_versions) <= {4, 6}:
        reject((*keys, "ip_versions"), "expected [4], [6] or [4, 6]")
    for key in ("listed_test", "unlisted_test"):
        test = getattr(listed, key)
        if test and not _TEST.fullmatch(test):
            reject((*keys, key), f"expected what stands before the zone, such as 2.0.0.127 or test, got {test!r}")


def _check_weights(listed: DnsList, keys: Keys, reject: Reject) -> None:
    vouches = listed.kind is ListKind.ALLOW
    sign = "a list that vouches weighs 0 or less" if vouches else "only lists of kind `allow` weigh less than 0"
    if listed.weight and (listed.weight > 0) is vouches:
        reject((*keys, "weight"), sign)
    for text, code in listed.codes.items():
        try:
            read_code(text)
        except ValueError as error:
            reject((*keys, "codes", text), str(error))
        if code.weight and (code.weight > 0) is vouches:
            reject((*keys, "codes", text, "weight"), sign)
