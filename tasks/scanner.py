"""Scanning without a broker: plan, run a pool, decide. The same code behind every door and in every worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct, structs

from mailcore.authentication import AuthFacts
from mailcore.authentication_results import read_authentication_results
from mailcore.brands import BrandIndex
from mailcore.carried_links import carried_addresses
from mailcore.decide import decide, verified_sender
from mailcore.defects import CUT_SHORT
from mailcore.errors import ScanInterrupted
from mailcore.hops import Hop, find_border
from mailcore.identity import identify, known_before_reading
from mailcore.link_history import link_domains
from mailcore.message import Envelope, Message
from mailcore.organisation import Acquaintance, Organisation
from mailcore.own_weights import with_own_weights
from mailcore.parse import ParsedMail, parse
from mailcore.plan import Plan
from mailcore.policy_files import NO_FILES, PolicyFiles
from mailcore.reasons import SWITCHED_OFF
from mailcore.reputation import UNKNOWN, Reputation
from mailcore.settings import AUTH, OPTIONAL_POOLS, InPlace, Settings
from mailcore.verdict import PoolReport, PoolStatus, Verdict
from mailcore.view import NO_BRANDS, Lists, MailView
from tasks.time_limit import time_limit
from workers.pool import Pool, Work
from workers.runner import JudgeDerived, run_pool


class Planned(Struct, frozen=True, kw_only=True):
    """A plan with the work behind it."""

    plan: Plan
    works: dict[str, Work]


class Scanner(Struct, frozen=True, kw_only=True):
    """The pools of this installation, ready to run. `interrupts` are the broker's own time limit exceptions."""

    settings: Settings
    pools: Mapping[str, Pool]
    lists: Lists
    policy_version: str
    organisation: Organisation = Organisation()
    brands: BrandIndex = NO_BRANDS
    files: PolicyFiles = NO_FILES
    judge_derived: JudgeDerived | None = None
    interrupts: tuple[type[Exception], ...] = ()

    def parse(self, raw: bytes, *, message_id: str, truncated: bool) -> ParsedMail:
        return parse(raw, message_id=message_id, limits=self.settings.limits, truncated=truncated)

    def plan(self, envelope: Envelope, message: Message, auth: AuthFacts | None = None) -> Planned:
        """Which pools have work on the message, in the order in which they run; the others are skipped with the reason.

        The pool that finds out who is sending comes first: the others see what it has found.
        """
        works: dict[str, Work] = {}
        skipped: dict[str, str] = {}
        for name in sorted(self.settings.pools, key=lambda name: name != AUTH):
            if name not in self.pools:
                if name not in OPTIONAL_POOLS:  # what nobody has asked for is not missed
                    skipped[name] = SWITCHED_OFF
            elif (work := self.pools[name].work(message)) is None:
                skipped[name] = "nothing to look at"
            else:
                works[name] = work
        identity = identify(
            envelope, message, self.auth(message) if auth is None else auth, self.border(envelope, message)
        )
        plan = Plan(
            expected=tuple(works),
            skipped=skipped,
            version=self.policy_version,
            identity=identity,
            link_domains=link_domains(message),
            links=carried_addresses(message) if self.settings.carried_links.enabled else (),
        )
        return Planned(plan=plan, works=works)

    def runs_in_place(self, name: str, work: Work) -> bool:
        """Whether intake may run the pool itself on that work."""
        match self.settings.pools[name].in_place:
            case InPlace.ALWAYS:
                return True
            case InPlace.LIGHT:
                return work.light
            case InPlace.NEVER:
                return False

    def view(
        self,
        envelope: Envelope,
        message: Message,
        auth: AuthFacts | None = None,
        acquaintance: Acquaintance = Acquaintance.UNKNOWN,
        reputation: Reputation = UNKNOWN,
    ) -> MailView:
        return MailView(
            envelope=envelope,
            message=message,
            lists=self.lists,
            auth=self.auth(message) if auth is None else auth,
            organisation=self.organisation,
            acquaintance=acquaintance,
            brands=self.brands,
            reputation=reputation,
            at_border=self._at_border(envelope, message),
        )

    def _at_border(self, envelope: Envelope, message: Message) -> Envelope | None:
        """The envelope with the client behind relays of our own; None where there is none, or it was only inferred."""
        border = self.border(envelope, message)
        if not border.relays or border.inferred or border.is_own_client:
            return None
        return structs.replace(envelope, client_address=border.address, client_name="", helo=border.helo)

    def verified(self, view: MailView, reports: Iterable[PoolReport]) -> MailView:
        """The view with what these reports have found out about the sender."""
        return structs.replace(view, auth=verified_sender(view.auth, reports))

    def border(self, envelope: Envelope, message: Message) -> Hop:
        """Who handed the message to the first server of our own."""
        networks = self.settings.networks
        return find_border(envelope, message, internal=networks.internal, trusted_relays=networks.trusted_relays)

    def auth(self, message: Message) -> AuthFacts:
        """What a server of our own before mailchord wrote about the sender."""
        return read_authentication_results(message, self.settings.networks.trusted_authserv_ids)

    def run(
        self,
        name: str,
        view: MailView,
        parts: Mapping[str, bytes],
        *,
        seconds: float,
        queued_ms: float = 0.0,
        own_limit: float | None = None,
        may_wait: bool = True,
    ) -> PoolReport:
        """One pool on one message, within its own limit and the time that is left. Never raises.

        Where it may not wait for others, and would have to, the report is `timed out`.
        """
        pool = self.pools[name]
        if not may_wait and pool.gather_at_once is not None:
            pool = structs.replace(pool, gather=pool.gather_at_once)
        options = self.settings.pools[name]
        seconds = min(options.seconds if own_limit is None else own_limit, seconds)
        if seconds <= 0:
            return PoolReport(pool=name, status=PoolStatus.TIMED_OUT, reason="it began too late", queued_ms=queued_ms)
        struck: tuple[type[Exception], ...] = (ScanInterrupted, *self.interrupts)
        try:
            with time_limit(seconds):
                report = run_pool(
                    pool,
                    view,
                    parts,
                    seconds=seconds,
                    queued_ms=queued_ms,
                    settings=options.settings,
                    judge_derived=self.judge_derived,
                    interrupts=self.interrupts,
                )
        # The alarm may strike outside of the runner's own net: between its last line and the end of the block.
        except struck as error:
            return PoolReport(pool=name, status=PoolStatus.TIMED_OUT, reason=str(error), queued_ms=queued_ms)
        return unseen_noted(self._weighed(report), view.message)

    def _weighed(self, report: PoolReport) -> PoolReport:
        """With the weights of this installation; findings in text of pictures and files have them too."""
        weights = self.settings.rules.weights
        if not weights:
            return report
        nominal = {detector.id: detector.weight for pool in self.pools.values() for detector in pool.detectors}
        return with_own_weights(report, weights, nominal)

    def decide(
        self,
        message_id: str,
        *,
        envelope: Envelope,
        plan: Plan | None,
        reports: Iterable[PoolReport],
        decided_by: str,
        elapsed_ms: float,
    ) -> Verdict:
        return decide_planned(
            self.settings,
            message_id,
            envelope=envelope,
            plan=plan,
            reports=reports,
            decided_by=decided_by,
            elapsed_ms=elapsed_ms,
            policy_version=self.policy_version,
            files=self.files,
        )

    def scan(
        self,
        raw: bytes,
        envelope: Envelope,
        *,
        message_id: str,
        clock: Callable[[], float],
        truncated: bool = False,
        auth: AuthFacts | None = None,
    ) -> Verdict:
        """The whole story in this process: parse, run every pool that has work, decide.

        `auth` stands in for what would be found out about the sender: results that were recorded.
        """
        began = clock()
        parsed = self.parse(raw, message_id=message_id, truncated=truncated)
        planned = self.plan(envelope, parsed.message, auth)
        view = self.view(envelope, parsed.message, auth)
        reports: list[PoolReport] = []
        for name, work in planned.works.items():
            parts = decoded_parts(parsed, work)
            reports.append(self.run(name, view, parts, seconds=self.settings.pools[name].seconds))
            if name == AUTH:
                view = self.verified(view, reports)
        return self.decide(
            message_id,
            envelope=envelope,
            plan=planned.plan,
            reports=reports,
            decided_by="scan",
            elapsed_ms=(clock() - began) * 1_000,
        )


def decide_planned(
    settings: Settings,
    message_id: str,
    *,
    envelope: Envelope,
    plan: Plan | None,
    reports: Iterable[PoolReport],
    decided_by: str,
    elapsed_ms: float,
    policy_version: str,
    files: PolicyFiles = NO_FILES,
) -> Verdict:
    """`decide()` on what a plan expected; without a plan every pool that is switched on is missing."""
    expected: Any = plan.expected if plan else [name for name, pool in settings.pools.items() if pool.enabled]
    return decide(
        reports,
        expected,
        settings.policy,
        message_id=message_id,
        recipients=envelope.recipients,
        skipped=plan.skipped if plan else {},
        identity=plan.identity if plan else known_before_reading(envelope),
        composites=files.composites,
        sender_lists=files.sender_lists,
        decided_by=decided_by,
        policy_version=policy_version,
        elapsed_ms=round(elapsed_ms, 1),
    )


def decoded_parts(parsed: ParsedMail, work: Work) -> dict[str, bytes]:
    """The parts that the work needs; the whole message as received stands under "raw"."""
    parts = {part_id: parsed.decoded(part_id) for part_id in work.parts}
    return {**parts, "raw": parsed.raw} if work.raw else parts


def unseen_noted(report: PoolReport, message: Message) -> PoolReport:
    """A pool that saw only a part of a message has not seen everything, whatever it says itself."""
    cut = sorted(CUT_SHORT.get(report.pool, frozenset()).intersection(message.defects))
    unseen = message.unseen or ", ".join(cut)
    if not unseen or report.status is not PoolStatus.OK:
        return report
    reason = "; ".join(filter(None, (unseen, report.reason)))
    return structs.replace(report, status=PoolStatus.PARTIAL, reason=reason)
