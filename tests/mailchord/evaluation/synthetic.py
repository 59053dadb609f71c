"""A labelled set that says itself what is found in it, and scanners that believe it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from mailchord.evaluation.judging import Deciding, Judged, deciding_of, judge
from mailchord.evaluation.labelled import LabelledMail
from mailchord.evaluation.recorded import Recorded
from mailcore.detector import Detector, Hit, Lifecycle
from mailcore.message import Message
from mailcore.policy import Policy
from mailcore.settings import InPlace, PoolSettings, Settings
from mailcore.view import Lists, MailView
from tasks.scanner import Scanner
from tests.mail import mail
from workers.pool import Gathered, Pool, Work

POOLS = ("content", "ml")


def pool_that_believes(name: str) -> Pool:
    """Finds what the subject says: `content:wallet=3.5` is a finding `wallet` of weight 3.5 of the pool `content`."""

    def work(message: Message) -> Work | None:
        return Work(light=True)

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        return Gathered(view=view)

    def detect(view: MailView) -> Iterable[Hit]:
        for word in view.message.subject.split():
            pool, _, rest = word.partition(":")
            finding, equals, weight = rest.partition("=")
            if pool == name and equals:
                yield Hit(id=finding, category=name, weight=float(weight), summary=f"It says {finding}.")
        if name == "content" and view.message.header("x-spam-flag"):
            yield Hit(id="saw-another-filter", weight=50.0, summary="Another filter has spoken.")
        if name == "content" and view.auth.is_aligned:
            yield Hit(id="is-aligned", weight=-1.0, summary="The sender is proven.")

    found = Detector(
        id=f"{name}_found", category=name, weight=0.0, run=detect, description="d", lifecycle=Lifecycle.STABLE
    )
    return Pool(name=name, work=work, gather=gather, detectors=(found,))


def scanner(policy: Policy = Policy(), *, pools: tuple[str, ...] = POOLS) -> Scanner:  # noqa: B008  # frozen
    options = {name: PoolSettings(in_place=InPlace.ALWAYS, seconds=5.0) for name in pools}
    return Scanner(
        settings=Settings(pools=options, policy=policy),
        pools={name: pool_that_believes(name) for name in pools},
        lists=Lists(),
        policy_version="test",
    )


def deciding(policy: Policy = Policy()) -> Deciding:  # noqa: B008  # frozen
    return deciding_of(scanner(policy))


def raw_mail(findings: str, *, sender: str = "a@example.com", headers: str = "") -> bytes:
    return headers.encode() + mail(f"A mail {findings}", "Hello,\nthis is a mail.\n", sender=sender)


def labelled(
    findings: str, label: str = "ham", *, path: str = "", source: str = "one", part: str = "", campaign: str = ""
) -> LabelledMail:
    return LabelledMail(
        path=path or findings or "empty", label=label, source=source, part=part, campaign=campaign or "example.com"
    )


def judged(findings: str, label: str = "ham", *, policy: Policy = Policy(), **names: str) -> Judged:  # noqa: B008
    """One message of that label in which exactly that is found."""
    return judge(scanner(policy), labelled(findings, label, **names), raw_mail(findings), Recorded(), POOLS)


# Two kinds of good mail and two of bad; what is found in each.
CORPUS: tuple[tuple[str, str, str], ...] = (
    *(("ham", "newsletter", "content:tracker=1") for _ in range(6)),
    ("ham", "newsletter", "content:tracker=1 content:prize=4.5"),
    *(("ham", "list", "") for _ in range(5)),
    ("bounce", "list", ""),
    *(("spam", "shop", "content:prize=4.5 content:tracker=1 ml:wording=2") for _ in range(4)),
    *(("phish", "bank", "content:wallet=9.5 content:tracker=1") for _ in range(4)),
    ("phish", "bank", "ml:wording=2"),
    ("backscatter", "list", "content:prize=4.5"),
)


def write_corpus(directory: Path, *, name: str = "own") -> Path:
    """The corpus as files, with a list of them; every mail has a sender of its own."""
    rows = []
    for number, (label, source, findings) in enumerate(CORPUS):
        path = f"{number}.eml"
        (directory / path).write_bytes(raw_mail(findings, sender=f"a@sender{number}.example"))
        rows.append(f"{path}\t{label}\t{source}\t2026-01-01\tc{number}")
    file = directory / f"{name}.txt"
    file.write_text("".join(f"{row}\n" for row in rows))
    return file
