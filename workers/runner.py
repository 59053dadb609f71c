"""Runs one pool on one message. The only place that catches everything: whatever happens becomes a report."""

from __future__ import annotations

import difflib
import math
import time
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field, structs

from mailcore.authentication import AuthFacts
from mailcore.detector import Detector, Hit, Lifecycle
from mailcore.errors import ConfigurationError, ScanInterrupted
from mailcore.verdict import FileEntry, Finding, PoolReport, PoolStatus, Where
from mailcore.view import FileFacts, MailView
from workers.pool import DerivedText, Gathered, Pool

# A mail of hostile size must not become a report of hostile size: reports travel through Redis and into logs.
MAX_FINDINGS = 200
MAX_HITS_OF_A_DETECTOR = 200
MAX_ERRORS = 50
MAX_FILES = 100
MAX_QUOTE = 200
MAX_SUMMARY = 300
MAX_DETAIL = 1_000

JudgeDerived = Callable[[MailView, DerivedText], Iterable[Finding]]


class Progress(Struct, kw_only=True):
    """What a run has come to so far: the one mutable thing here, owned by one call of `run_pool`."""

    findings: list[Finding] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    bytes_read: int = 0
    auth: AuthFacts | None = None
    files: tuple[FileEntry, ...] = ()
    from_cache: bool = False
    is_cut_short: bool = False


def run_pool(
    pool: Pool,
    view: MailView,
    parts: Mapping[str, bytes],
    *,
    seconds: float,
    queued_ms: float = 0.0,
    settings: Mapping[str, object] = {},
    judge_derived: JudgeDerived | None = None,
    interrupts: tuple[type[Exception], ...] = (),
) -> PoolReport:
    """Gather the pool's facts, run its detectors, judge the text found on the way; never raises.

    `seconds` is the time that the pool has, `settings` maps `detector_id.keyword` to values (see
    `check_settings`), `interrupts` are exceptions that mean the same as ScanInterrupted: a time limit struck.
    """
    began = time.monotonic()
    progress = Progress()
    struck: tuple[type[Exception], ...] = (ScanInterrupted, *interrupts)
    try:
        status = _run(
            pool, view, parts, progress, ends=began + seconds, settings=settings, judge=judge_derived, struck=struck
        )
        reasons = progress.problems
    except struck as error:
        status, reasons = PoolStatus.TIMED_OUT, [str(error) or "its time ended", *progress.problems]
    except Exception as error:  # noqa: BLE001  # the one place that catches everything
        status, reasons = PoolStatus.FAILED, [_named(error), *progress.problems]
    return PoolReport(
        pool=pool.name,
        status=status,
        reason=_bounded("; ".join(dict.fromkeys(map(str, reasons))), MAX_DETAIL),
        findings=_heaviest(progress.findings),
        errors=tuple(progress.errors[:MAX_ERRORS]),
        queued_ms=queued_ms,
        run_ms=(time.monotonic() - began) * 1_000,
        bytes_read=progress.bytes_read,
        auth=progress.auth,
        files=progress.files,
        from_cache=progress.from_cache,
        is_cut_short=progress.is_cut_short,
    )


def _run(
    pool: Pool,
    view: MailView,
    parts: Mapping[str, bytes],
    progress: Progress,
    *,
    ends: float,
    settings: Mapping[str, object],
    judge: JudgeDerived | None,
    struck: tuple[type[Exception], ...],
) -> PoolStatus:
    """The story of one run: facts, findings, text found on the way. Raises what makes the whole pool fail."""
    left = ends - time.monotonic()
    if left <= 0:
        raise ScanInterrupted("no time was left to begin")
    gathered = pool.gather(view, parts, seconds=left)
    progress.bytes_read = gathered.bytes_read
    progress.auth = gathered.auth
    progress.from_cache = gathered.from_cache
    progress.is_cut_short = gathered.is_cut_short
    progress.files = tuple(map(_entry, gathered.view.files[:MAX_FILES])) if gathered.view.files else ()
    progress.problems += gathered.problems
    _run_detectors(pool, gathered.view, progress, ends=ends, settings=settings, struck=struck)
    _judge(pool, gathered, progress, judge, ends=ends, struck=struck)
    if progress.errors:
        progress.problems.insert(0, f"{len(progress.errors)} of its checks broke off with an error")
    return PoolStatus.PARTIAL if progress.problems else PoolStatus.OK


def _entry(file: FileFacts) -> FileEntry:
    return FileEntry(
        path=_bounded(file.path, MAX_SUMMARY),
        type=_bounded(file.true_type, MAX_QUOTE),
        size=file.size,
        sha256=file.sha256,
        depth=file.depth,
        reached=file.reached,
        password=_bounded(file.password, MAX_QUOTE),
        password_from=file.password_from,
        encrypted=file.encrypted,
        note=_bounded("; ".join(filter(None, (file.problem, file.unscanned))), MAX_QUOTE),
        tlsh=file.tlsh,
    )


def check_settings(pool: Pool, settings: Mapping[str, object]) -> None:
    """Raises ConfigurationError for a setting that no detector of the pool has, or whose type is not its default's."""
    known = {
        f"{detector.id}.{keyword}": default
        for detector in pool.detectors
        for keyword, default in _keywords(detector).items()
    }
    for name, value in settings.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f", did you mean {near[0]!r}?" if near else ""
            raise ConfigurationError(f"pools.{pool.name}.settings: unknown setting {name!r}{hint}")
        default = known[name]
        if not _fits(value, default):
            raise ConfigurationError(
                f"pools.{pool.name}.settings.{name}: expected {type(default).__name__}, got {type(value).__name__}"
            )


def _run_detectors(
    pool: Pool,
    view: MailView,
    progress: Progress,
    *,
    ends: float,
    settings: Mapping[str, object],
    struck: tuple[type[Exception], ...],
) -> None:
    """Run each detector in its own try; raises ScanInterrupted when the time is over."""
    for detector in pool.detectors:
        if time.monotonic() >= ends:
            raise ScanInterrupted(f"its time ended before {detector.id}")
        hits = 0
        try:
            for hit in detector.run(view, **_settings_of(detector, settings)):
                if hits == MAX_HITS_OF_A_DETECTOR:
                    progress.problems.append(f"{detector.id} found more than {hits} times; the rest is left out")
                    break
                finding = finding_of(pool.name, detector, hit)
                progress.findings.append(finding if pool.weigh is None else pool.weigh(view, finding))
                hits += 1
        except struck:
            raise
        except Exception as error:  # noqa: BLE001  # the one place that catches everything
            progress.errors.append(f"{detector.id}: {_named(error)}")


def _judge(
    pool: Pool,
    gathered: Gathered,
    progress: Progress,
    judge_derived: JudgeDerived | None,
    *,
    ends: float,
    struck: tuple[type[Exception], ...],
) -> None:
    """Judge the texts that were found on the way like the mail's own; the findings belong to this pool."""
    if not gathered.derived:
        return
    if judge_derived is None:
        progress.problems.append(f"{len(gathered.derived)} texts found on the way were not judged")
        return
    for derived in gathered.derived:
        if time.monotonic() >= ends:
            raise ScanInterrupted(f"its time ended before the text of {derived.source} was judged")
        try:
            for finding in judge_derived(gathered.view, derived):
                progress.findings.append(_checked(structs.replace(finding, pool=pool.name)))
        except struck:
            raise
        except Exception as error:  # noqa: BLE001  # the one place that catches everything
            progress.errors.append(f"text of {_bounded(derived.source, MAX_QUOTE)}: {_named(error)}")


def finding_of(pool: str, detector: Detector, hit: Hit) -> Finding:
    """The finding of a hit; raises TypeError or ValueError for what is none."""
    if not isinstance(hit, Hit):
        raise TypeError(f"a detector yields hits, got {type(hit).__name__}")
    weight = detector.weight if hit.weight is None else hit.weight
    if detector.lifecycle is Lifecycle.EXPERIMENTAL:
        weight = 0.0
    return _checked(
        Finding(
            id=hit.id or detector.id,
            pool=pool,
            category=hit.category or detector.category,
            weight=weight,
            summary=hit.summary,
            detail=hit.detail,
            where=hit.where,
            version=detector.version if hit.version is None else hit.version,
            module=hit.module,
        )
    )


def _checked(finding: Finding) -> Finding:
    """The finding with bounded texts that can be written down; raises TypeError or ValueError for a broken one."""
    if not math.isfinite(finding.weight):
        raise ValueError(f"{finding.id}: the weight is {finding.weight}")
    where = finding.where
    return structs.replace(
        finding,
        weight=float(finding.weight),
        summary=_bounded(finding.summary, MAX_SUMMARY),
        detail=_bounded(finding.detail, MAX_DETAIL),
        where=Where(
            part=_bounded(where.part, MAX_QUOTE),
            header=_bounded(where.header, MAX_QUOTE),
            file=_bounded(where.file, MAX_QUOTE),
            offset=where.offset,
            quote=_bounded(where.quote, MAX_QUOTE),
            decoded=_bounded(where.decoded, MAX_QUOTE),
            derived=_bounded(where.derived, MAX_QUOTE),
        ),
    )


def _heaviest(findings: list[Finding]) -> tuple[Finding, ...]:
    """At most MAX_FINDINGS, in the order found: light ones cannot push a heavy one out of the report."""
    if len(findings) <= MAX_FINDINGS:
        return tuple(findings)
    order = sorted(range(len(findings)), key=lambda index: -abs(findings[index].weight))
    return tuple(findings[index] for index in sorted(order[:MAX_FINDINGS]))


def _keywords(detector: Detector) -> dict[str, object]:
    """Settings of a detector and their defaults: its keyword-only arguments."""
    return dict(getattr(detector.run, "__kwdefaults__", None) or {})


def _settings_of(detector: Detector, settings: Mapping[str, object]) -> dict[str, object]:
    if not settings:
        return {}
    return {
        keyword: settings[f"{detector.id}.{keyword}"]
        for keyword in _keywords(detector)
        if f"{detector.id}.{keyword}" in settings
    }


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, tuple | list | frozenset):
        return isinstance(value, tuple | list | frozenset)
    return isinstance(value, type(default))


def _bounded(text: str, limit: int) -> str:
    """Text of a mail as it may stand in a report: bounded, and without lone surrogates, which no encoder takes."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


def _named(error: Exception) -> str:
    return _bounded(f"{type(error).__name__}: {error}", MAX_QUOTE)
