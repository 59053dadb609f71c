"""DMARC (RFC 7489, RFC 9091, DMARCbis): what the domain of From asks for, and whether the mail proves to be from there.

Two steps, because they can run side by side with the rest: `find_policy` needs the domain alone, `judge_alignment`
needs what SPF and DKIM found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from mailcore.authentication import AuthResult, DkimResult
from mailcore.dns import NOT_ASKED, Answer, DnsStatus, Lookup, Question, RecordType
from mailcore.links import is_public_suffix, registered_domain
from mailcore.settings import DmarcOrganisation
from workers.auth.dmarc_record import DmarcPolicy, DmarcRecord, read_record

LONGEST_WALK = 8  # lookups for one domain (DMARCbis, 4.10)
MAX_RECORDS = 20  # of one name that are read
MAX_IDENTIFIERS = 20  # signing domains that are looked at for alignment

SPF_NOT_KNOWN = "no signature speaks for From, and without the client nobody knows what SPF says"


class PolicyFound(Struct, frozen=True, kw_only=True):
    """What applies to a domain. `result` is `pass` where there is a record, else `none` or `temperror`.

    `at` is the domain whose record it is, `organisation` the one that identifiers must share to be aligned.
    """

    domain: str
    result: AuthResult
    organisation: str = ""
    at: str = ""
    record: DmarcRecord | None = None
    policy: DmarcPolicy = DmarcPolicy.NONE
    reason: str = ""


class DmarcOutcome(Struct, frozen=True, kw_only=True):
    """The result for a domain of From. `policy` is what its owner asks for, `disposition` what is left of that after
    `t=` and `pct=`; meaningful with `fail`. `aligned_by` names what passed ("dkim", "spf"). `record` is the one that
    applied."""

    result: AuthResult
    domain: str = ""
    reason: str = ""
    policy: DmarcPolicy = DmarcPolicy.NONE
    disposition: DmarcPolicy = DmarcPolicy.NONE
    at: str = ""
    organisation: str = ""
    aligned_by: tuple[str, ...] = ()
    record: DmarcRecord | None = None


def find_policy(domain: str, *, by: DmarcOrganisation = DmarcOrganisation.TREE_WALK) -> Lookup[PolicyFound]:
    """The policy that applies to a domain of From (A-labels, lower case). Never raises."""
    names = _names(domain, by)
    answers = yield tuple(_question(name) for name in names)
    records, unknown, several = _read(names, answers)
    own = records.get(domain)
    organisation = _organisation(names, records, unknown, by)
    if own is not None:
        return _found(domain, organisation, domain, own, own.policy)
    at = _policy_domain(names, records, organisation, by)
    # Whatever a name below the record says would count before it. Nobody knows: then there is no result.
    below = (
        names[: names.index(at)] if at else names[: names.index(organisation) + 1] if organisation in names else names
    )
    if any(name in unknown for name in below):
        return PolicyFound(
            domain=domain, result=AuthResult.TEMPERROR, organisation=organisation, reason="the DNS did not answer"
        )
    if not at:
        reason = f"several records at {several[0]}" if several else ""
        return PolicyFound(domain=domain, result=AuthResult.NONE, organisation=organisation, reason=reason)
    record = records[at]
    policy = record.for_subdomain()
    if record.for_nonexistent() is not policy:
        question = Question(domain, RecordType.A)
        answer = (yield (question,)).get(question, NOT_ASKED)
        policy = record.for_nonexistent() if answer.status is DnsStatus.NO_SUCH_NAME else policy
    return _found(domain, organisation, at, record, policy)


def judge_alignment(
    found: PolicyFound,
    *,
    spf: AuthResult,
    spf_domain: str,
    dkim: Sequence[DkimResult],
    is_spf_known: bool = True,
    sample: int = 0,
    by: DmarcOrganisation = DmarcOrganisation.TREE_WALK,
) -> Lookup[DmarcOutcome]:
    """Whether SPF or a signature speaks for the domain of From. Never raises.

    `sample` is 0 to 99 by chance, the same for each delivery of a message: from `pct=` on the milder policy applies.
    Where SPF could not be looked at because the client is not known, nothing fails: the result is `temperror`.
    """
    record = found.record
    if record is None:
        return DmarcOutcome(
            result=found.result, domain=found.domain, reason=found.reason, organisation=found.organisation
        )
    candidates = [("spf", spf_domain.lower().rstrip("."), spf, record.is_spf_strict)]
    candidates += [("dkim", each.domain, each.result, record.is_dkim_strict) for each in dkim]
    # What neither passed nor might have is of no use; what passed is looked at first.
    candidates = sorted(
        (each for each in candidates if each[1] and each[2] in (AuthResult.PASS, AuthResult.TEMPERROR)),
        key=lambda each: each[2] is not AuthResult.PASS,
    )[:MAX_IDENTIFIERS]
    aligned = yield from _aligned(found, candidates, by)
    passed = tuple(dict.fromkeys(name for name, _, result, _ in aligned if result is AuthResult.PASS))
    if passed:
        return _outcome(found, AuthResult.PASS, aligned_by=passed)
    if aligned:
        return _outcome(found, AuthResult.TEMPERROR, reason=f"the DNS did not answer for {aligned[0][0]}")
    if not is_spf_known:
        return _outcome(found, AuthResult.TEMPERROR, reason=SPF_NOT_KNOWN)
    disposition = found.policy
    if record.is_testing or sample >= record.percentage:
        disposition = disposition.milder
    return _outcome(found, AuthResult.FAIL, reason=_why_not(spf, dkim), disposition=disposition)


def _outcome(
    found: PolicyFound,
    result: AuthResult,
    *,
    reason: str = "",
    disposition: DmarcPolicy = DmarcPolicy.NONE,
    aligned_by: tuple[str, ...] = (),
) -> DmarcOutcome:
    return DmarcOutcome(
        result=result,
        domain=found.domain,
        reason=reason,
        policy=found.policy,
        disposition=disposition,
        at=found.at,
        organisation=found.organisation,
        aligned_by=aligned_by,
        record=found.record,
    )


_Candidate = tuple[str, str, AuthResult, bool]  # method, domain, its result, whether alignment is strict


def _aligned(found: PolicyFound, candidates: Iterable[_Candidate], by: DmarcOrganisation) -> Lookup[list[_Candidate]]:
    """Those that are of the organisation of From. Only names below it can be: nothing is asked for the others."""
    aligned: list[_Candidate] = []
    unclear: list[_Candidate] = []
    for candidate in candidates:
        _, domain, _, is_strict = candidate
        if domain == found.domain:
            aligned.append(candidate)
        elif not is_strict and _may_share(domain, found):
            (aligned if domain == found.organisation else unclear).append(candidate)
    if not unclear or any(candidate[2] is AuthResult.PASS for candidate in aligned):
        return aligned
    walks = {domain: _names(domain, by) for _, domain, _, _ in unclear}
    questions = dict.fromkeys(_question(name) for names in walks.values() for name in names)
    answers = yield tuple(questions)
    for candidate in unclear:
        names = walks[candidate[1]]
        records, unknown, _ = _read(names, answers)
        if _organisation(names, records, unknown, by) == found.organisation:
            aligned.append(candidate)
    return aligned


def _may_share(domain: str, found: PolicyFound) -> bool:
    """A public suffix is nobody's organisation: a signature of "co.uk" speaks for no name below it."""
    organisation = found.organisation
    if not organisation or (is_public_suffix(organisation) and organisation != found.domain):
        return False
    if is_public_suffix(domain):
        return False
    return domain == organisation or domain.endswith("." + organisation)


def _why_not(spf: AuthResult, dkim: Sequence[DkimResult]) -> str:
    passed = ["SPF"] if spf is AuthResult.PASS else []
    passed += ["DKIM"] if any(each.result is AuthResult.PASS for each in dkim) else []
    if passed:
        return f"{' and '.join(passed)} passed for another domain only"
    return "neither SPF nor a DKIM signature passed"


def _names(domain: str, by: DmarcOrganisation) -> list[str]:
    """The domains that are asked for a record, the most special first (DMARCbis, 4.10: at most eight)."""
    if by is DmarcOrganisation.PUBLIC_SUFFIX_LIST:
        return list(dict.fromkeys((domain, registered_domain(domain) or domain)))
    labels = domain.split(".")
    above = labels[1:] if len(labels) <= LONGEST_WALK else labels[-(LONGEST_WALK - 1) :]
    return [domain, *(".".join(above[start:]) for start in range(len(above)))]


def _question(name: str) -> Question:
    return Question(f"_dmarc.{name}", RecordType.TXT)


def _read(
    names: Iterable[str], answers: Mapping[Question, Answer]
) -> tuple[dict[str, DmarcRecord], set[str], list[str]]:
    """The valid records by domain, the domains without an answer, those with several records, which count as none."""
    records: dict[str, DmarcRecord] = {}
    unknown: set[str] = set()
    several: list[str] = []
    for name in names:
        if len(name) > 246:  # with "_dmarc." no name of the DNS (RFC 1035, 2.3.4)
            continue
        answer = answers.get(_question(name), NOT_ASKED)
        if not answer.is_known:
            unknown.add(name)
            continue
        found = [record for text in answer.records[:MAX_RECORDS] if (record := read_record(text)) is not None]
        if len(found) == 1:
            records[name] = found[0]
        elif found:
            several.append(name)
    return records, unknown, several


def _organisation(
    names: list[str], records: Mapping[str, DmarcRecord], unknown: set[str], by: DmarcOrganisation
) -> str:
    """The organisational domain (DMARCbis, 4.10.2), by the public suffix list where the walk does not tell.

    Who runs a public suffix may have a record for it without `psd=y`: that does not make those below one organisation.
    """
    domain = names[0]
    by_list = registered_domain(domain) or domain
    if by is DmarcOrganisation.PUBLIC_SUFFIX_LIST or (unknown and not records.get(by_list)):
        return by_list
    found = _walked(names, records)
    if found != domain and is_public_suffix(found) and not _says_it_is_no_suffix(records.get(found)):
        return by_list
    return found


def _walked(names: list[str], records: Mapping[str, DmarcRecord]) -> str:
    domain, found = names[0], ""
    for name in names:
        record = records.get(name)
        if record is None:
            continue
        if record.psd == "n":
            return name
        if record.psd == "y" and name != domain:
            below = domain.removesuffix("." + name).rpartition(".")[2]
            return f"{below}.{name}"
        found = name
        if record.psd == "y":
            break
    return found or domain


def _says_it_is_no_suffix(record: DmarcRecord | None) -> bool:
    return record is not None and record.psd == "n"


def _policy_domain(
    names: list[str], records: Mapping[str, DmarcRecord], organisation: str, by: DmarcOrganisation
) -> str:
    """Whose record applies to a domain without one of its own: the organisation's, else that of the suffix above."""
    if organisation in records:
        return organisation
    walked = _walked(names, records) if by is DmarcOrganisation.TREE_WALK else organisation
    if walked in records:
        return walked
    return next((name for name in names if name in records and records[name].psd == "y"), "")


def _found(domain: str, organisation: str, at: str, record: DmarcRecord, policy: DmarcPolicy) -> PolicyFound:
    return PolicyFound(
        domain=domain, result=AuthResult.PASS, organisation=organisation, at=at, record=record, policy=policy
    )
