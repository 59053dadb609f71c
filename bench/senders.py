"""What it costs to verify senders: CPU, and how long mail waits that needs a DNS which takes its time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from msgspec import Struct

from bench import dns_speed
from bench.mailchord_target import Mailchord
from bench.milter_load import LoadResult, at_rate
from bench.packets import Mail
from bench.plan import Plan, loaded, say, started
from bench.targets import TargetFailed
from mailcore.settings import Dns
from mailio.dns_cache import open_resolver
from tests.dns_server import NameServer

FEW_DOMAINS = 50
RATE = dns_speed.RATE


class Senders(Struct, frozen=True, kw_only=True):
    """`cpu_ms`: the whole pool on 20 KB with one RSA-2048 signature, answers remembered.

    `first_ms`, `thousandth_ms`: the pool on messages of one domain, one after the other.
    `few`, `new`: `mailchord serve` at `rate` messages a second of 50 domains, and each of a domain of its own; the DNS
    takes `delay_ms` an answer, and nothing is remembered at the start.
    """

    cpu_ms: float
    first_ms: float
    thousandth_ms: float
    rate: float
    delay_ms: float
    few: LoadResult
    new: LoadResult


def senders(plan: Plan) -> Senders:
    """Raises TargetFailed without a name server to ask."""
    if shutil.which("nsd") is None:
        raise TargetFailed("nsd is not installed: scripts/setup installs it")
    say("senders: making the zones and signing")
    samples = [dns_speed.sample(number) for number in range(dns_speed.DOMAINS)]
    mails = [mail_of(sample) for sample in samples]
    with NameServer({"test": dns_speed.zone(), "2.0.192.in-addr.arpa": "1 IN PTR mx.d0.test.\n"}) as server:
        run = dns_speed.once(dns_speed.pool(open_resolver(Dns(servers=(server.address,)))), samples[0])
        run()
        cpu_ms = 1_000 * dns_speed.cpu(run, 200)
        with dns_speed.slow(server) as address:
            first_ms, _, thousandth_ms = dns_speed.domain_times(address, samples[0])
            few = waiting(address, mails[:FEW_DOMAINS], plan)
            new = waiting(address, mails, plan)
    return Senders(
        cpu_ms=cpu_ms,
        first_ms=first_ms,
        thousandth_ms=thousandth_ms,
        rate=RATE,
        delay_ms=1_000 * dns_speed.DELAY,
        few=few,
        new=new,
    )


def waiting(address: str, mails: Sequence[Mail], plan: Plan) -> LoadResult:
    """Open loop on a mailchord that was just started and asks the name server at `address`."""
    say(f"senders: {len(mails)} domains")
    target = Mailchord(environment={"MAILCHORD_DNS__ZONE_FILE": "", "MAILCHORD_DNS__SERVERS": f"['{address}']"})
    seconds = min(plan.rate_seconds, dns_speed.DOMAINS / RATE)
    stranger = [mail_of(dns_speed.sample(dns_speed.DOMAINS))]
    with started(target) as running:
        with loaded(running, stranger) as generator:
            generator.closed_loop(seconds=plan.warm_seconds)
        with loaded(running, mails) as generator:
            return generator.open_loop(at_rate(RATE, seconds))


def mail_of(sample: dns_speed.Sample) -> Mail:
    envelope, raw = sample
    return Mail(name=envelope.sender, raw=raw, sender=envelope.sender, recipients=envelope.recipients)
