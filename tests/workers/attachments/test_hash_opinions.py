"""Who is asked about which hashes, and what a file weighs that we vouch for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from msgspec import structs

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.known_files import HashList, HashOpinion, Standing
from mailcore.message import Envelope, Message
from mailcore.verdict import Finding, Where
from mailcore.view import FileFacts, MailView, YaraMatch
from workers.attachments.hash_opinions import weigh, with_opinions
from workers.pool import DerivedText, Gathered, Pool, Work
from workers.runner import run_pool

A, B, C = "a" * 64, "b" * 64, "c" * 64
MALWARE = HashList(name="block-own", standing=Standing.MALWARE, hashes=frozenset({B}))
GOOD = HashList(name="allow-own", standing=Standing.GOOD, hashes=frozenset({A}))
EMPTY = MailView(envelope=Envelope(), message=Message(id="m"))

PROGRAM = FileFacts(part="1", path="a.exe", filename="a.exe", sha256=A, true_type="application/x-dosexec")
SCRIPT = FileFacts(part="1", path="b.vbs", filename="b.vbs", sha256=B, true_type="text/plain")
LETTER = FileFacts(part="1", path="c.txt", filename="c.txt", sha256=C, true_type="text/plain")


class FakeServices:
    """Services that call these hashes malware."""

    def __init__(self, *malware: str) -> None:
        self._malware = malware
        self.asked: list[str] = []

    def ask(self, hashes: Sequence[str], *, seconds: float) -> Mapping[str, tuple[HashOpinion, ...]]:
        assert seconds > 0
        self.asked += hashes
        opinion = HashOpinion(source="vt", standing=Standing.MALWARE)
        return {sha256: (opinion,) for sha256 in hashes if sha256 in self._malware}


def gathered(*files: FileFacts, derived: tuple[DerivedText, ...] = ()) -> Gathered:
    return Gathered(view=structs.replace(EMPTY, files=files), derived=derived)


def opinions(
    found: Gathered, *lists: HashList, services: FakeServices | None = None, most: int = 5
) -> tuple[Gathered, dict[str, list[str]]]:
    gather = with_opinions(lambda _view, _parts, *, seconds: found, lists, services, most=most)
    after = gather(EMPTY, {}, seconds=5)
    return after, {file.path: [opinion.source for opinion in file.opinions] for file in after.view.files}


def test_lists_speak_of_every_file() -> None:
    _, found = opinions(gathered(PROGRAM, SCRIPT, LETTER), MALWARE, GOOD)
    assert found == {"a.exe": ["allow-own"], "b.vbs": ["block-own"], "c.txt": []}


def test_where_nobody_says_anything_nothing_changes() -> None:
    before = gathered(LETTER)
    after, _ = opinions(before, MALWARE, GOOD)
    assert after is before


ASKED: dict[str, tuple[FileFacts, bool]] = {
    "a program": (PROGRAM, True),
    "a script": (SCRIPT, True),
    "a document with macros": (structs.replace(LETTER, macros=True), True),
    "what a YARA rule found": (structs.replace(LETTER, yara_matches=(YaraMatch(rule="a.b", severity="high"),)), True),
    "a locked archive": (structs.replace(LETTER, encrypted=True, true_type="application/zip"), True),
    "a letter": (LETTER, False),
    "a picture": (structs.replace(LETTER, filename="a.png", true_type="image/png"), False),
    "a document": (structs.replace(LETTER, filename="a.pdf", true_type="application/pdf"), False),
    "an archive": (structs.replace(LETTER, filename="a.zip", true_type="application/zip"), False),
    "a locked document": (structs.replace(LETTER, encrypted=True, true_type="application/pdf"), False),
    "a weak YARA rule": (structs.replace(LETTER, yara_matches=(YaraMatch(rule="a.b", severity="low"),)), False),
    "a file without a hash": (structs.replace(PROGRAM, sha256=""), False),
}


@pytest.mark.parametrize(("file", "asked"), ASKED.values(), ids=ASKED)
def test_only_hashes_of_what_can_do_harm_leave(file: FileFacts, asked: bool) -> None:
    services = FakeServices()
    opinions(gathered(file), services=services)
    assert services.asked == ([file.sha256] if asked else [])


@pytest.mark.parametrize(("listed", "known"), [(MALWARE, B), (GOOD, A)], ids=["malware", "good"])
def test_what_a_list_knows_is_not_asked(listed: HashList, known: str) -> None:
    services = FakeServices()
    opinions(gathered(structs.replace(PROGRAM, sha256=known)), listed, services=services)
    assert services.asked == []


def test_few_are_asked_about_the_likeliest_first() -> None:
    services = FakeServices(A)
    files = (structs.replace(LETTER, macros=True), SCRIPT, PROGRAM, structs.replace(PROGRAM, path="d.exe"))
    _, found = opinions(gathered(*files), services=services, most=2)
    assert services.asked == [A, B]
    assert found["d.exe"] == ["vt"]


def test_the_text_of_a_good_file_is_not_judged() -> None:
    texts = tuple(DerivedText(part="1", source=source, text="x") for source in ("a.exe", "a.exe/in", "a.exe2", "c.txt"))
    after, _ = opinions(gathered(PROGRAM, LETTER, derived=texts), GOOD)
    assert [text.source for text in after.derived] == ["a.exe2", "c.txt"]


GOOD_HERE = HashOpinion(source="allow-own", standing=Standing.GOOD, is_local=True)
VOUCHED = structs.replace(EMPTY, files=(structs.replace(PROGRAM, opinions=(GOOD_HERE,)), LETTER))
WEIGHTS: dict[str, tuple[str, Where, float]] = {
    "the file itself": ("attachment_is_program", Where(part="1", file="a.exe"), 0.0),
    "what is in it": ("document_has_macros", Where(part="1", file="a.exe/in/b.doc"), 0.0),
    "another file": ("attachment_is_program", Where(part="1", file="c.txt"), 9.0),
    "a name that begins alike": ("attachment_is_program", Where(part="1", file="a.exe2"), 9.0),
    "a file of that name in another part": ("attachment_is_program", Where(part="2", file="a.exe"), 9.0),
    "no file": ("links_differ", Where(part="1"), 9.0),
    "the test file": ("attachment_is_eicar_test_file", Where(part="1", file="a.exe"), 9.0),
    "malware by ClamAV": ("clamav_found_malware", Where(part="1", file="a.exe"), 9.0),
    "malware in it": ("file_is_known_malware", Where(part="1", file="a.exe/b"), 9.0),
}


@pytest.mark.parametrize(("id_", "where", "weight"), WEIGHTS.values(), ids=WEIGHTS)
def test_a_file_that_we_vouch_for_weighs_nothing(id_: str, where: Where, weight: float) -> None:
    finding = Finding(id=id_, pool="attachments", category="attachment", weight=9.0, summary="s", where=where)
    after = weigh(VOUCHED, finding)
    assert after.weight == weight
    assert ("list of good files" in after.detail) is (weight == 0.0)


@detector(category="attachment", weight=9.0, lifecycle=Lifecycle.STABLE)
def any_file(view: MailView) -> list[Hit]:
    """Any file."""
    return [Hit(summary="a file", where=Where(part=file.part, file=file.path)) for file in view.files]


def test_the_runner_lets_the_pool_weigh() -> None:
    pool = Pool(
        name="attachments",
        work=lambda _message: Work(),
        gather=lambda _view, _parts, *, seconds: Gathered(view=VOUCHED),
        detectors=[any_file],
        weigh=weigh,
    )
    report = run_pool(pool, EMPTY, {}, seconds=5)
    assert [(finding.where.file, finding.weight) for finding in report.findings] == [("a.exe", 0.0), ("c.txt", 9.0)]
