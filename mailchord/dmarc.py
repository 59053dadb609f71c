"""`mailchord dmarc`: the aggregate reports that domains ask for: list what was counted, write reports, send them."""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct

from mailchord.private_redis import with_private_servers
from mailchord.start import Start, start
from mailchord.terminal_text import printable
from mailcore.aggregate_report import (
    Report,
    Reporter,
    file_name,
    reporter_of,
    write_compressed,
    write_mail,
)
from mailcore.errors import ConfigurationError
from mailcore.ports import Resolver
from mailcore.settings import Settings
from mailio.dmarc_store import CollectedDay, DmarcStore, begin_of
from mailio.dns_cache import open_resolver
from mailio.mail_relay import MailRelay, Outcome
from mailio.redis_client import connect
from mailio.urls_of_redis import RedisUrls
from workers.auth.lookups import run_lookups
from workers.auth.report_destinations import Destination, Destinations, find_destinations

DONE, SOME_LEFT = 0, 1
DNS_SECONDS = 10.0
LONGEST_NAME = 255  # bytes, of a file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|write|send", required=True)
    for name, about in (
        ("list", "days and domains of which something was counted"),
        ("write", "write the reports on whole days into a directory"),
        ("send", "mail the reports on whole days to where domains want them, each once"),
    ):
        action = actions.add_parser(name, help=about, description=about)
        action.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="that UTC day only")
        action.add_argument("--domain", default="", help="that policy domain only")
        if name == "write":
            action.add_argument("directory", type=Path, metavar="DIR", help="where to; made where it is not there")
        if name == "send":
            action.add_argument("--again", action="store_true", help="also to those that refused it before")
            action.add_argument("--dry-run", action="store_true", help="only say what would be sent to whom")


def run(arguments: argparse.Namespace) -> int:
    """0 when everything is done, 1 when something has to be sent later. Raises ConfigurationError, StoreUnavailable."""
    begun = start(arguments, component="dmarc")
    urls = RedisUrls.of(with_private_servers(begun.settings))
    reports = begun.settings.dmarc_reports
    store = DmarcStore(connect(urls.state, timeout=begun.settings.redis.timeout_seconds), reports)
    if arguments.action == "list":
        return list_days(store, arguments)
    reporter = reporter_of(reports)
    whole = Whole(store=store, settings=begun.settings, reporter=reporter)
    if arguments.action == "write":
        return write_reports(whole, arguments)
    if not (reports.send or arguments.dry_run):
        raise ConfigurationError("dmarc_reports.send is off: no report is sent (see --dry-run)")
    return send_reports(whole, arguments, resolver_of(begun))


def resolver_of(begun: Start) -> Resolver:
    """The resolver of this installation, with caches of its own."""
    return open_resolver(begun.settings.dns)


class Whole(Struct, frozen=True, kw_only=True):
    """What was counted, and who reports."""

    store: DmarcStore
    settings: Settings
    reporter: Reporter

    def report(self, day: CollectedDay, domain: str) -> Report | None:
        """The report on that domain and day; None where its rows have expired."""
        found = self.store.load(day.day, domain)
        if found is None or not found.rows:
            return None
        return Report(
            reporter=self.reporter,
            domain=domain,
            begin=begin_of(day.day),
            published=found.published,
            rows=found.rows,
            dropped=found.dropped,
            lost=day.lost,
            format=self.settings.dmarc_reports.format,
            organisation_by=self.settings.auth.dmarc_organisation,
        )


def list_days(store: DmarcStore, arguments: argparse.Namespace) -> int:
    """A line for each day and domain: its messages, and what became of the report."""
    for day in store.days(today()):
        if arguments.day not in (None, day.day):
            continue
        note = " (not over yet)" if day.day == today() else ""
        lost = f", {day.lost} more could not be counted" if day.lost else ""
        print(f"{day.day}{note}: {sum(day.domains.values())} messages of {len(day.domains)} domains{lost}")
        for domain, messages in day.domains.items():
            if arguments.domain in ("", domain):
                outcomes = store.sent(day.day, domain)
                said = "".join(f"; {address}: {outcome}" for address, outcome in sorted(outcomes.items()))
                print(printable(f"  {domain}  {messages}{said}"))
    return DONE


def write_reports(whole: Whole, arguments: argparse.Namespace) -> int:
    """A file for each report; one that is there is written anew. Prints the names."""
    directory: Path = arguments.directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for _, report in chosen(whole, arguments):
            path = directory / name_on_disk(report)
            # A name that nobody else can have laid a link under: the directory may be /tmp.
            descriptor, unfinished = tempfile.mkstemp(dir=directory, prefix=".report-")
            with os.fdopen(descriptor, "wb") as file:
                file.write(write_compressed(report))
            os.replace(unfinished, path)
            print(path)
    except OSError as error:
        raise ConfigurationError(f"{error.filename or directory}: {error.strerror}") from error
    return DONE


def name_on_disk(report: Report) -> str:
    """The file name of the report, cut where the file system takes no name as long as two domains may be."""
    name = file_name(report)
    return name if len(name) <= LONGEST_NAME else f"{name[:200]}!{report.unique_id}.xml.gz"


def send_reports(whole: Whole, arguments: argparse.Namespace, resolver: Resolver) -> int:
    """Each report to each of its destinations that has not got it; what cannot be sent now is left for the next run."""
    reports = whole.settings.dmarc_reports
    status = DONE
    with MailRelay(reports.relay, reports.relay_tls) as relay:
        for day, report in chosen(whole, arguments, shuffled=True):
            if not arguments.dry_run and not whole.store.claim(day.day, report.domain):
                tell(report, "another process is sending it")
                continue
            sending = Sending(whole=whole, day=day.day, report=report, again=arguments.again, dry_run=arguments.dry_run)
            try:
                is_done = sending.run(relay, resolver)
            finally:
                if not arguments.dry_run:
                    whole.store.release(day.day, report.domain)
            status = status if is_done else SOME_LEFT
            if relay.is_away:
                tell(report, "the relay is away, so this and all others are left for later")
                break
    return status


class Sending(Struct, frozen=True, kw_only=True):
    """One report on its way."""

    whole: Whole
    day: date
    report: Report
    again: bool
    dry_run: bool

    def run(self, relay: MailRelay, resolver: Resolver) -> bool:
        """Whether nothing is left to be sent later."""
        report, reports = self.report, self.whole.settings.dmarc_reports
        check = find_destinations(
            report.domain,
            report.published.report_to,
            most=reports.most_destinations,
            by=self.whole.settings.auth.dmarc_organisation,
        )
        found: Destinations = run_lookups({report.domain: check}, resolver, seconds=DNS_SECONDS)[report.domain]
        for uri, reason in (*found.refused, *found.unknown):
            tell(report, f"not to {uri}: {reason}")
        done = self.whole.store.sent(self.day, report.domain)
        if self.again:
            done = {address: outcome for address, outcome in done.items() if outcome == Outcome.SENT}
        open_ = [destination for destination in found.allowed if destination.address not in done]
        compressed = write_compressed(report) if open_ else b""
        outcomes = [self._send(destination, compressed, relay) for destination in open_]
        return not found.unknown and Outcome.LATER not in outcomes

    def _send(self, destination: Destination, compressed: bytes, relay: MailRelay) -> Outcome:
        report, whole, to = self.report, self.whole, destination.address
        mail = write_mail(report, compressed, to, now=time.time())
        most = min(destination.most_bytes or len(mail), whole.settings.dmarc_reports.most_bytes)
        if len(mail) > most:
            outcome, said = Outcome.REFUSED, f"{len(mail)} bytes, and {most} are allowed"
        elif self.dry_run:
            tell(report, f"would be sent to {to}, {report.messages} messages, {len(mail)} bytes")
            return Outcome.SENT
        else:
            delivery = relay.send(whole.reporter.address, to, mail)
            outcome, said = delivery.outcome, delivery.text
        if outcome is not Outcome.LATER and not self.dry_run:
            whole.store.mark(self.day, report.domain, to, f"{outcome}: {said}" if said else outcome.value)
        tell(report, f"{outcome} to {to}" + (f": {said}" if said else f", {report.messages} messages"))
        return outcome


def chosen(
    whole: Whole, arguments: argparse.Namespace, *, shuffled: bool = False
) -> Iterator[tuple[CollectedDay, Report]]:
    """The reports on whole days that were asked for. Raises ConfigurationError for a day that is not over.

    `shuffled`: in another order each time, so that nobody whose DNS keeps us waiting is always before the others.
    """
    if arguments.day is not None and arguments.day >= today():
        raise ConfigurationError(f"--day {arguments.day}: reports are about whole UTC days, and that one is not over")
    days = [day for day in whole.store.days(today()) if day.day < today() and arguments.day in (None, day.day)]
    wanted = [(day, domain) for day in days for domain in day.domains if arguments.domain in ("", domain)]
    if shuffled:
        random.shuffle(wanted)
    for day, domain in wanted:
        report = whole.report(day, domain)
        if report is not None:
            yield day, report


def tell(report: Report, says: str) -> None:
    print(f"{datetime.fromtimestamp(report.begin, UTC).date()} {report.domain}: {printable(says)}", flush=True)


def today() -> date:
    """The UTC day that it is now."""
    return datetime.now(UTC).date()
