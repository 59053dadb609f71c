"""Detector: a program or script is packed into an archive or document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import FileFacts, MailView
from workers.attachments import judge, names

# A program among documents and pictures is no software, however many there are: decoys cost nothing.
_LEAST_PARTS = 3


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def archive_holds_program_or_script(
    view: MailView, *, few_files: int = 6, many_files_weight: float = 2.0, addresses_weight: float = 2.5
) -> Iterator[Hit]:
    """An archive holds a program or a script for Windows; heavy unless it is whole software."""
    members: defaultdict[str, list[FileFacts]] = defaultdict(list)
    for file in view.files:
        if file.depth:
            members[file.part].append(file)
    for part, files in members.items():
        runs = [file for file in files if _runs(file, alone=len(files) <= few_files)]
        if not runs:
            continue
        first = runs[0]
        # Whole programs are sent as archives of many files, malware comes alone or with decoys.
        is_software = len(files) > few_files and _parts_of_software(files) >= _LEAST_PARTS
        # People send each other their bookmarks; those that lead to a file server or a program are found by others.
        only_addresses = all(names.extension(file.filename) in ("url", "website") for file in runs)
        weight = many_files_weight if is_software else addresses_weight if only_addresses else None
        yield Hit(
            summary=f"{first.path.partition('/')[0]} holds {names.basename(first.path)}, which runs when it is opened",
            detail=", ".join(f"{file.path} ({file.true_type or 'encrypted'})" for file in runs[:10]),
            where=Where(part=part, file=first.path),
            weight=weight,
        )


def _runs(file: FileFacts, *, alone: bool) -> bool:
    if judge.program(file) is judge.Program.WINDOWS:
        return True
    # Sources of software hold .js, .bat and .ps1 files by the hundred.
    return judge.is_script(file) and (alone or names.extension(file.filename) not in names.SCRIPTS_OF_DEVELOPERS)


def _parts_of_software(files: list[FileFacts]) -> int:
    return sum(names.extension(file.filename) in names.PARTS_OF_SOFTWARE for file in files)
