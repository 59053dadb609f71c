"""Archives that only another program opens (`mailio.unar`): old kinds, and RAR under a password."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from mailcore.unpacked import Unpacked, UnpackedMember, UnpackRequest
from mailcore.view import FileFacts
from workers.attachments.members import Broken, Member, Members, Opening, whole
from workers.attachments.passwords import Password

TYPES = frozenset(
    {
        "application/x-ace-compressed",
        "application/x-alz-compressed",
        "application/x-arj",
        "application/x-lha",
        "application/x-lzh-compressed",
        "application/x-stuffit",
        "application/x-zoo",
    }
)
# Of the time that is left, for one archive and one password: other files of the message come after it.
_SHARE = 0.5


def fits(facts: FileFacts, _data: bytes) -> bool:
    return facts.true_type in TYPES


def members(data: bytes, _facts: FileFacts, opening: Opening) -> Members:
    """The members; none where the program is switched off. Raises Broken, also where it is not installed."""
    found = opened(data, opening)
    if found is not None:
        yield from members_of(*found)


def opened(data: bytes, opening: Opening) -> tuple[Unpacked, Password | None] | None:
    """What is in an archive, and the password that opened it; still locked where none fits. None: nobody to ask."""
    if opening.unpack is None:
        return None
    answer = asked(data, "", opening)
    if not answer.is_locked:
        return answer, None
    for password in opening.passwords:
        if opening.budget.is_over:
            break
        attempt = asked(data, password.word, opening)
        if attempt.members and not attempt.is_locked:
            return attempt, password
    return answer, None


def asked(data: bytes, word: str, opening: Opening) -> Unpacked:
    """One answer of the program. That it is missing is a problem of the message: nothing is remembered of it."""
    assert opening.unpack is not None  # noqa: S101  # asked by the callers
    budget = opening.budget
    request = UnpackRequest(
        data=data,
        password=word,
        most_bytes=max(0, min(budget.unpacked_left, budget.limits.waiting_bytes)),
        most_members=max(0, budget.files_left + 1),  # one more than is taken, so that it is noticed
    )
    answer = opening.unpack(request, seconds=max(0.0, budget.time_left * _SHARE))
    if answer.is_missing:
        budget.problem(f"an archive {answer.problem}")
    return answer


def members_of(answer: Unpacked, password: Password | None) -> Iterator[Member]:
    """The members as others have them. Raises Broken at the end where something was left out."""
    for member in answer.members:
        yield _member(member, password)
    if answer.problem:
        raise Broken(answer.problem)


def _member(found: UnpackedMember, password: Password | None) -> Member:
    def blocks() -> Iterator[bytes]:
        yield from content.blocks()
        if found.problem:
            raise Broken(found.problem)

    content = whole(found.name, found.content)
    member = structs.replace(content, blocks=blocks, is_file=found.is_file)
    if not found.encrypted:
        return member
    if password is None:
        return structs.replace(member, encrypted=True)
    return structs.replace(member, password=password.word, password_from=password.origin)
