"""What a reply of the DNS says about the question: aliases followed, foreign records left out, bounds held."""

from __future__ import annotations

from mailcore.dns import Answer, DnsStatus, Question, RecordType
from mailio.c_ares import CNAME, NAME_ERROR, NO_ERROR, SUCCESS, TIMED_OUT, TYPES, Record, Reply

# Aliases that are followed within one answer. Real names have one or two.
MOST_ALIASES = 8
# Characters of all records together; TXT records of a name with every service of the world fit in a quarter of it.
MOST_CHARACTERS = 32_768

BAD_RESPONSES = (2, 10, 17)  # EFORMERR, EBADRESP, EBADSTR: the server answers in no DNS


def answer_of(question: Question, reply: Reply) -> Answer:
    """The answer to `question`. A reply that contradicts itself is MALFORMED: not known, and neither pass nor fail."""
    if reply.status != SUCCESS:
        return Answer(status=_failure(reply.status))
    if reply.code not in (NO_ERROR, NAME_ERROR):
        return Answer(status=DnsStatus.SERVER_FAILED)
    if reply.is_too_long:
        return Answer(status=DnsStatus.MALFORMED)
    chain = _aliases(reply)
    if chain is None:
        return Answer(status=DnsStatus.MALFORMED)
    end, chain_ttl = chain
    wanted = TYPES[question.type]
    found = [record for record in reply.records if record.type == wanted and record.owner == end]
    if found and reply.code == NO_ERROR:
        return _positive(question.type, found, chain_ttl, secure=reply.secure)
    status = DnsStatus.NO_SUCH_NAME if reply.code == NAME_ERROR else DnsStatus.NO_DATA
    ttl = reply.negative_ttl if chain_ttl is None else min(reply.negative_ttl, chain_ttl)
    return Answer(status=status, ttl=ttl, secure=reply.secure)


def _positive(record_type: RecordType, found: list[Record], chain_ttl: int | None, *, secure: bool) -> Answer:
    if sum(len(record.value) for record in found) > MOST_CHARACTERS:
        return Answer(status=DnsStatus.MALFORMED)
    records = [record.value for record in found]
    if record_type is RecordType.MX:
        records.sort(key=_preference)
    ttls = [record.ttl for record in found]
    if chain_ttl is not None:
        ttls.append(chain_ttl)
    return Answer(status=DnsStatus.OK, records=tuple(records), ttl=min(ttls), secure=secure)


def _preference(record: str) -> tuple[int, str]:
    preference, _, host = record.partition(" ")
    return int(preference), host


def _aliases(reply: Reply) -> tuple[str, int | None] | None:
    """Where the chain of aliases ends, with its lowest TTL; None when it is a loop or has no end."""
    targets = {record.owner: record for record in reply.records if record.type == CNAME}
    name, ttl = reply.name, None
    for _ in range(MOST_ALIASES + 1):
        record = targets.get(name)
        if record is None:
            return name, ttl
        name, ttl = record.value, record.ttl if ttl is None else min(ttl, record.ttl)
    return None


def _failure(status: int) -> DnsStatus:
    if status == TIMED_OUT:
        return DnsStatus.TIMEOUT
    return DnsStatus.MALFORMED if status in BAD_RESPONSES else DnsStatus.SERVER_FAILED
