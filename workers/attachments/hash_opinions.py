"""Adds what lists and services say of the hash of each file; a file that we vouch for weighs nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

from msgspec import structs

from mailcore.known_files import HashList, HashOpinion, is_vouched_for, opinions_of
from mailcore.ports import HashServices
from mailcore.verdict import Finding
from mailcore.view import FileFacts, MailView
from workers import archives
from workers.attachments import judge
from workers.pool import Gather, Gathered

# What is malware stays malware: nobody vouches for that.
NEVER_SPARED = frozenset({"attachment_is_eicar_test_file", "clamav_found_malware", "file_is_known_malware"})


def with_opinions(gather: Gather, lists: Collection[HashList], services: HashServices | None, *, most: int) -> Gather:
    """The same gathering, with opinions in the facts. Services are asked about `most` files that may do harm."""

    def gather_with_opinions(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        ends = time.monotonic() + seconds
        gathered = gather(view, parts, seconds=seconds)
        known = {file.sha256: opinions_of(file.sha256, lists) for file in gathered.view.files if file.sha256}
        if services is not None and (wanted := _worth_asking(gathered.view.files, known, most)):
            for sha256, opinions in services.ask(wanted, seconds=ends - time.monotonic()).items():
                known[sha256] = (*known.get(sha256, ()), *opinions)
        if not any(known.values()):
            return gathered
        files = tuple(structs.replace(file, opinions=known.get(file.sha256, ())) for file in gathered.view.files)
        spared = vouched_for(files)
        # Nor is the text of a good file judged.
        derived = tuple(text for text in gathered.derived if not is_below(text.part, text.source, spared))
        return structs.replace(gathered, view=structs.replace(gathered.view, files=files), derived=derived)

    return gather_with_opinions


def weigh(view: MailView, finding: Finding) -> Finding:
    """A finding in a file that a list of our own vouches for, or in what is in it, is shown without its weight."""
    if finding.id in NEVER_SPARED or not finding.where.file or finding.weight <= 0:
        return finding
    if not is_below(finding.where.part, finding.where.file, vouched_for(view.files)):
        return finding
    detail = "; ".join(filter(None, (finding.detail, "weighs nothing: a list of good files has this one")))
    return structs.replace(finding, weight=0.0, detail=detail)


def vouched_for(files: Sequence[FileFacts]) -> list[tuple[str, str]]:
    """Part and path of the files that are on a list of good ones."""
    return [(file.part, file.path) for file in files if file.opinions and is_vouched_for(file.opinions)]


def is_below(part: str, path: str, outer: Collection[tuple[str, str]]) -> bool:
    """Whether that is one of these files, or in one of them."""
    return any(
        part == outer_part and (path == outer_path or path.startswith(outer_path + "/"))
        for outer_part, outer_path in outer
    )


def _worth_asking(files: Sequence[FileFacts], known: Mapping[str, Sequence[HashOpinion]], most: int) -> list[str]:
    """Hashes of what can do harm, the likeliest first. Nobody outside hears of letters, pictures and pages."""
    ranks = {
        file.sha256: rank
        for file in reversed(files)
        if file.sha256 and not known.get(file.sha256) and (rank := _rank(file)) is not None
    }
    return sorted(ranks, key=lambda sha256: ranks[sha256])[:most]


def _rank(file: FileFacts) -> int | None:
    if judge.program(file) is not judge.Program.NO:
        return 0
    if judge.is_script(file):
        return 1
    if file.macros:
        return 2
    if any(match.severity in ("medium", "high", "critical") for match in file.yara_matches):
        return 3
    return 4 if file.encrypted and archives.is_archive(file.true_type) else None
