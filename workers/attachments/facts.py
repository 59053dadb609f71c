"""Gathers the facts of all attachments of a message, within limits and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from mailcore.errors import ScanInterrupted
from mailcore.message import Part
from mailcore.ports import MalwareScanner, TextRecognizer, Unpacker
from mailcore.view import FileFacts, MailView
from workers.attachments.budget import Budget
from workers.attachments.examine import Place
from workers.attachments.limits import FileLimits
from workers.attachments.password_places import passwords_of
from workers.attachments.signs import with_signs
from workers.attachments.unpack import PATH_CHARACTERS, Walk
from workers.attachments.yara_rules import YaraRules
from workers.pool import Gather, Gathered

LEFT_OUT = "files.left_out"


def build_gather(
    rules: YaraRules,
    limits: FileLimits,
    scanner: MalwareScanner | None = None,
    *,
    passwords: Sequence[str] = (),
    read_picture: TextRecognizer | None = None,
    unpack: Unpacker | None = None,
) -> Gather:
    """The gather function of the pool; a virus scanner is shown what there is.

    `passwords` are tried besides those that stand in the mail; `read_picture` looks for some in pictures.
    `unpack` opens archives that the libraries cannot open.
    """

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        """Facts of every file; what was left out stands in `problems`.

        What was found before the time ended counts (an EICAR file in the first attachment stays one).
        Raises ScanInterrupted when the time ended before anything was looked at.
        """
        budget = Budget(limits, seconds=seconds)
        walk = Walk(rules, budget, scanner, unpack=unpack)
        add_attachments(walk, view, parts, budget)
        walk.open_archives(
            passwords_of(view, parts, budget, derived=walk.derived, configured=passwords, read_picture=read_picture)
        )
        return Gathered(
            view=structs.replace(view, files=tuple(with_left_out(walk.files, tuple(budget.left_out)))),
            problems=tuple(budget.problems),
            derived=tuple(walk.derived),
            bytes_read=budget.bytes_read,
            is_whole=budget.is_whole,
        )

    return gather


def with_left_out(files: Sequence[FileFacts], left_out: Sequence[str]) -> Sequence[FileFacts]:
    """The files, of which the first says what of them all was left out: whoever hides something makes it so much."""
    if not files or not left_out:
        return files
    return [with_signs(files[0], [(LEFT_OUT, words) for words in left_out]), *files[1:]]


def add_attachments(walk: Walk, view: MailView, parts: Mapping[str, bytes], budget: Budget) -> None:
    wanted = frozenset(view.message.attachments)
    for part in view.message.parts:
        if part.id not in wanted:
            continue
        place = place_of(part)
        if part.id not in parts:
            budget.problem(f"{place.path}: its bytes are not there any more")
            continue
        if budget.is_over:
            if not walk.files:
                raise ScanInterrupted("its time ended before the first attachment")
            budget.problem(f"its time ended before {place.path}")
            return
        if not budget.take_file():
            return
        walk.add_attachment(parts[part.id], place)


def place_of(part: Part) -> Place:
    """Where an attachment is: outside of everything."""
    name = (part.filename or f"part {part.id}")[:PATH_CHARACTERS]
    return Place(part=part.id, path=name, filename=part.filename, declared_type=part.content_type.lower())
