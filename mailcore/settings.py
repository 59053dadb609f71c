"""Every setting of mailchord, with its default and its documentation. Read once at the start and handed down."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Struct, field

from mailcore.carried_link_settings import CarriedLinks
from mailcore.click_settings import Clicks
from mailcore.connections import Connections, Greylisting
from mailcore.dmarc_report_settings import DmarcReports
from mailcore.dns_lists import DnsLists
from mailcore.feed_settings import Feeds
from mailcore.file_settings import Clamd, FileCache, Hashes, LockedFiles, Pictures, Yara
from mailcore.follow_settings import Following
from mailcore.organisation import Organisation
from mailcore.policy import Policy
from mailcore.reputation import ReputationSettings
from mailcore.rule_settings import RuleSettings
from mailcore.safe_link_settings import Arc, SafeLinks
from mailcore.sandbox_settings import Sandbox
from mailcore.service_settings import Health, Logging, QuarantineSettings, WorkerGroup
from mailcore.signature_settings import SignatureSettings


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of `mailchord.yaml`."""


class Mode(enum.StrEnum):
    """How much the front does with a verdict."""

    ENFORCE = "enforce"
    TAG_ONLY = "tag-only"
    MONITOR = "monitor"


class SubjectTag(Section, frozen=True, kw_only=True):
    enabled: Annotated[bool, Meta(description="Write the prefix before the subject of tagged mail.")] = True
    prefix: Annotated[str, Meta(description="The prefix.")] = "[SPAM]"
    signed_mail: Annotated[
        bool,
        Meta(description="Tag signed or encrypted mail too, which breaks signatures that cover Subject."),
    ] = False


class Front(Section, frozen=True, kw_only=True):
    """The milter front."""

    listen: Annotated[str, Meta(description="`unix:PATH` or `inet:PORT@HOST` (`inet6:PORT@HOST`).")] = (
        "inet:8891@127.0.0.1"
    )
    socket_mode: Annotated[str, Meta(description="Mode of the Unix socket, octal.")] = "0660"
    socket_group: Annotated[str, Meta(description="Group of the Unix socket, e.g. `postfix`; empty: unchanged.")] = ""
    processes: Annotated[
        int,
        Meta(description="Front processes that share the listening socket.", ge=1),
    ] = 1
    deadline_seconds: Annotated[
        float,
        Meta(
            description="Answer at the latest this long after the end of the message. Sendmail's recipe waits 30 s.",
            gt=0,
        ),
    ] = 20.0
    reserve_seconds: Annotated[float, Meta(description="Pools stop this much earlier.", ge=0)] = 1.0
    progress_seconds: Annotated[float, Meta(description="How often the MTA hears that we are still at work.", gt=0)] = (
        5.0
    )
    body_limit_bytes: Annotated[
        int, Meta(description="Bytes of a message that are read; the rest is not looked at.", gt=0)
    ] = 52_428_800
    retry_memory_seconds: Annotated[
        float, Meta(description="How long the reports on a deferred message are kept for its next delivery.", gt=0)
    ] = 14_400.0
    subject_tag: Annotated[SubjectTag, Meta(description="Marking the subject of tagged mail.")] = SubjectTag()
    authserv_id: Annotated[str, Meta(description="Our name in headers that we write; empty: the host's name.")] = ""
    release_key_file: Annotated[
        str,
        Meta(description="File with the secret of the marker on released mail; empty: made in the state directory."),
    ] = ""


class Networks(Section, frozen=True, kw_only=True):
    internal: Annotated[
        tuple[str, ...],
        Meta(description="Client networks of our own: mail from there is outbound or internal."),
    ] = (
        "127.0.0.0/8",
        "::1/128",
    )
    trusted_relays: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks of servers of our own (or of a provider) that hand us mail from outside: the client "
            "is who handed it to them, by the Received fields that they wrote. Not those in `internal`: mail from "
            "there counts as our own."
        ),
    ] = ()
    local_domains: Annotated[
        tuple[str, ...], Meta(description="Our own domains: recipients there are not outbound.")
    ] = ()
    trusted_authserv_ids: Annotated[
        tuple[str, ...],
        Meta(
            description="Names (authserv-id, RFC 8601) of servers of our own before mailchord whose "
            "Authentication-Results are believed; they must remove forged ones."
        ),
    ] = ()


class DmarcOrganisation(enum.StrEnum):
    """How DMARC finds the domain that everything below belongs to."""

    TREE_WALK = "tree-walk"
    PUBLIC_SUFFIX_LIST = "public-suffix-list"


class Auth(Section, frozen=True, kw_only=True):
    """Verifying the sender."""

    seconds: Annotated[
        float,
        Meta(description="Longest wait for the DNS on one message; what is not known then counts as unknown.", gt=0),
    ] = 5.0
    trusted_sealers: Annotated[
        tuple[str, ...],
        Meta(
            description="Domains (and all below them) of forwarders and lists whose ARC seals are believed: "
            "what they found before they changed a message counts for DMARC."
        ),
    ] = ()
    dmarc_organisation: Annotated[
        DmarcOrganisation,
        Meta(
            description="How the organisation of a domain is found: `tree-walk` (DMARCbis; the public suffix list "
            "where the DNS does not tell), or `public-suffix-list` (RFC 7489)."
        ),
    ] = DmarcOrganisation.TREE_WALK
    spf_void_lookups: Annotated[
        int,
        Meta(
            description="Lookups of names that do not exist which SPF of one domain may take; more are a permerror. "
            "RFC 7208, 4.6.4 recommends 2.",
            ge=0,
            le=10,
        ),
    ] = 2
    signatures: Annotated[SignatureSettings, Meta(description="Bounds on signatures of DKIM and ARC.")] = (
        SignatureSettings()
    )


class Correspondents(Section, frozen=True, kw_only=True):
    """What is remembered of who has written to whom."""

    enabled: Annotated[bool, Meta(description="Remember senders, and ask whether a sender is a stranger.")] = True
    history_days: Annotated[
        float, Meta(description="Days that must be remembered before anybody is called a stranger.", ge=0)
    ] = 14.0
    history_messages: Annotated[
        int, Meta(description="Messages that must be remembered before anybody is called a stranger.", ge=0)
    ] = 200
    remembered_days: Annotated[float, Meta(description="Days after which a sender is forgotten.", gt=0)] = 400.0
    most_pairs: Annotated[
        int, Meta(description="Pairs of correspondents that are kept; each takes about 100 bytes of Redis.", gt=0)
    ] = 200_000
    link_domains: Annotated[
        int,
        Meta(description="Domains of links that are remembered, so that new ones are seen; as large; 0: none.", ge=0),
    ] = 100_000


class Dns(Section, frozen=True, kw_only=True):
    """Questions to the DNS."""

    servers: Annotated[
        tuple[str, ...],
        Meta(
            description="Resolvers that are asked: `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; none: those of "
            "/etc/resolv.conf. Best one of your own: DNS lists refuse public resolvers."
        ),
    ] = ()
    rotate: Annotated[bool, Meta(description="Ask the servers in turn, instead of the first that works.")] = False
    lookup_seconds: Annotated[
        float, Meta(description="Longest wait for an answer before the question is asked again.", gt=0, le=60)
    ] = 2.0
    retries: Annotated[int, Meta(description="How often each server is asked again.", ge=0, le=10)] = 1
    own_zones: Annotated[
        tuple[str, ...],
        Meta(
            description="Private zones that these servers know, e.g. `corp.local` or `10.in-addr.arpa`. Others of that "
            "kind (RFC 6761: `local`, `localhost`, `home.arpa`, reverse zones of private networks) are never asked for."
        ),
    ] = ()
    zone_file: Annotated[
        str,
        Meta(description="File that stands in for the DNS (`docs/dns.md`), for trials and tests; empty: none."),
    ] = ""
    cache_entries: Annotated[
        int, Meta(description="Answers that each process remembers, about 1 kB each; 0: none.", ge=0)
    ] = 20_000
    shared_cache: Annotated[
        bool, Meta(description="Remember answers in Redis too, for all processes: 32,768 of them at most.")
    ] = True
    least_ttl: Annotated[
        int, Meta(description="Seconds for which an answer is remembered at least.", ge=0, le=3_600)
    ] = 30
    most_ttl: Annotated[int, Meta(description="Seconds for which an answer is remembered at most.", gt=0)] = 86_400
    most_negative_ttl: Annotated[
        int, Meta(description="The same for an answer that there is nothing (RFC 2308).", gt=0)
    ] = 900
    failure_seconds: Annotated[
        float, Meta(description="Seconds for which it is remembered that a question could not be answered.", ge=0)
    ] = 5.0


class Redis(Section, frozen=True, kw_only=True):
    """Where broker, claim checks and durable state live. Without a broker `serve` starts a private server."""

    broker: Annotated[str, Meta(description="URL of the Celery broker; must not evict.")] = ""
    claims: Annotated[
        str,
        Meta(description="URL of the store of messages under scan; empty: database 1 of the broker's server."),
    ] = ""
    state: Annotated[
        str,
        Meta(description="URL of counters and learning; must not evict; empty: database 2 of the broker's server."),
    ] = ""
    timeout_seconds: Annotated[float, Meta(description="Longest wait for one answer of Redis.", gt=0)] = 2.0
    memory_limit: Annotated[str, Meta(description="`maxmemory` of the private server.")] = "512mb"
    memory_pressure: Annotated[
        float, Meta(description="Share of `maxmemory` from which the front defers mail.", gt=0, le=1)
    ] = 0.9
    queue_age_seconds: Annotated[
        float, Meta(description="Age of the oldest waiting message from which the front defers mail.", gt=0)
    ] = 10.0


class InPlace(enum.StrEnum):
    """Whether `intake` may run a pool itself."""

    ALWAYS = "always"
    LIGHT = "light"
    NEVER = "never"


class PoolSettings(Section, frozen=True, kw_only=True):
    enabled: Annotated[bool, Meta(description="Whether the pool is used at all.")] = True
    in_place: Annotated[
        InPlace,
        Meta(
            description="`always`: intake runs it; `light`: only where the work is small (`auth`: where nothing has to "
            "be asked); `never`: its own task."
        ),
    ] = InPlace.NEVER
    seconds: Annotated[float, Meta(description="Longest run on one message.", gt=0)] = 10.0
    late_seconds: Annotated[
        float, Meta(description="How long the pool may look again after the deadline cut it off; 0: not at all.", ge=0)
    ] = 0.0
    settings: Annotated[dict[str, object], Meta(description="Settings of detectors: `detector.keyword: value`.")] = (
        field(default_factory=dict)
    )


# The pool that looks first: the others see what it has verified. It waits for the DNS, so it may run in threads.
AUTH = "auth"
# Messages that may wait for the DNS at once. With answers after 200 ms, 64 are about a hundred a second.
AUTH_THREADS = 64


def default_pools() -> dict[str, PoolSettings]:
    return {
        "auth": PoolSettings(in_place=InPlace.LIGHT, seconds=6.0),
        "content": PoolSettings(in_place=InPlace.ALWAYS, seconds=5.0),
        "urls": PoolSettings(in_place=InPlace.ALWAYS, seconds=5.0),
        "ml": PoolSettings(in_place=InPlace.ALWAYS, seconds=3.0),
        "attachments": PoolSettings(in_place=InPlace.LIGHT, seconds=12.0, late_seconds=60.0),
        "ocr": PoolSettings(in_place=InPlace.LIGHT, seconds=15.0, late_seconds=60.0),
        "sandbox": PoolSettings(in_place=InPlace.LIGHT, seconds=3.0, late_seconds=30.0),
        "follow": PoolSettings(enabled=False, in_place=InPlace.NEVER, seconds=8.0, late_seconds=30.0),
    }


# Pools that do nothing unless somebody asks for them.
OPTIONAL_POOLS = frozenset(name for name, pool in default_pools().items() if not pool.enabled)


class ParseLimits(Section, frozen=True, kw_only=True):
    """Bounds of reading one message. Hitting one is a defect that rules can see."""

    header_count: Annotated[int, Meta(description="Header fields of the message that are read.")] = 2_000
    header_bytes: Annotated[int, Meta(description="Bytes of one header field that are read.")] = 65_536
    depth: Annotated[int, Meta(description="Levels of nested parts.")] = 32
    parts: Annotated[int, Meta(description="Parts that are read.")] = 1_000
    text_bytes: Annotated[
        int, Meta(description="Characters of visible text that are kept, for text and HTML each.")
    ] = 1_048_576
    html_bytes: Annotated[int, Meta(description="Bytes of one HTML part that are parsed.")] = 2_097_152
    links: Annotated[
        int,
        Meta(
            description="Links that are kept. Of those past it, the first to each other registered domain is, up to as "
            "many again."
        ),
    ] = 1_000


class Settings(Section, frozen=True, kw_only=True):
    """The whole of `mailchord.yaml`."""

    mode: Annotated[Mode, Meta(description="`enforce`; `tag-only`: never stricter than tag; `monitor`: only log.")] = (
        Mode.ENFORCE
    )
    state_dir: Annotated[str, Meta(description="Where everything lives that must survive a restart.")] = (
        "/var/lib/mailchord"
    )
    configs_dir: Annotated[
        str, Meta(description="Directory of rules, lists, YARA rules and models; empty: the one that is shipped.")
    ] = ""
    front: Annotated[Front, Meta(description="The milter front.")] = Front()
    networks: Annotated[Networks, Meta(description="Which clients and domains are ours.")] = Networks()
    connections: Annotated[Connections, Meta(description="The connection filter.")] = Connections()
    greylisting: Annotated[Greylisting, Meta(description="Greylisting.")] = Greylisting()
    organisation: Annotated[Organisation, Meta(description="Whom mailchord protects.")] = Organisation()
    auth: Annotated[Auth, Meta(description="Verifying the sender.")] = Auth()
    dmarc_reports: Annotated[DmarcReports, Meta(description="DMARC aggregate reports.")] = DmarcReports()
    correspondents: Annotated[Correspondents, Meta(description="Who has written to whom.")] = Correspondents()
    reputation: Annotated[ReputationSettings, Meta(description="How senders behaved.")] = ReputationSettings()
    dns: Annotated[Dns, Meta(description="Questions to the DNS.")] = Dns()
    dns_lists: Annotated[
        DnsLists, Meta(description="Lists in the DNS: of bad addresses and domains, and of good ones.")
    ] = DnsLists()
    feeds: Annotated[Feeds, Meta(description="Lists of links: bad ones, and good ones.")] = Feeds()
    redis: Annotated[Redis, Meta(description="Broker, claim checks and state.")] = Redis()
    pools: Annotated[dict[str, PoolSettings], Meta(description="The scanning pools.")] = field(
        default_factory=default_pools
    )
    workers: Annotated[tuple[WorkerGroup, ...], Meta(description="Workers of `mailchord serve`.")] = (
        WorkerGroup(pools=("intake", "aggregate")),
        WorkerGroup(pools=(AUTH,), threads=AUTH_THREADS),
        WorkerGroup(pools=("content", "urls", "ml", "attachments", "ocr", "sandbox", "late")),
        # It waits for strangers' servers: nobody else waits with it.
        WorkerGroup(pools=("follow",)),
    )
    limits: Annotated[ParseLimits, Meta(description="Bounds of reading one message.")] = ParseLimits()
    following: Annotated[Following, Meta(description="Links that are followed (pool `follow`, off by default).")] = (
        Following()
    )
    sandbox: Annotated[Sandbox, Meta(description="The cage of the parsers of attachments.")] = Sandbox()
    rules: Annotated[RuleSettings, Meta(description="What is different about rules and detectors here.")] = (
        RuleSettings()
    )
    yara: Annotated[Yara, Meta(description="YARA rules over files.")] = Yara()
    clamd: Annotated[Clamd, Meta(description="The virus scanner ClamAV.")] = Clamd()
    hashes: Annotated[Hashes, Meta(description="Files that are known by their hash.")] = Hashes()
    file_cache: Annotated[FileCache, Meta(description="What is remembered of attachments.")] = FileCache()
    pictures: Annotated[Pictures, Meta(description="Text in pictures.")] = Pictures()
    locked_files: Annotated[LockedFiles, Meta(description="Files under a password.")] = LockedFiles()
    carried_links: Annotated[CarriedLinks, Meta(description="Which mail carried which links.")] = CarriedLinks()
    clicks: Annotated[Clicks, Meta(description="The click service of safe links.")] = Clicks()
    safe_links: Annotated[SafeLinks, Meta(description="Links that are checked again at the click.")] = SafeLinks()
    arc: Annotated[Arc, Meta(description="Sealing what was changed.")] = Arc()
    policy: Annotated[Policy, Meta(description="What follows from a verdict.")] = Policy()
    quarantine: Annotated[QuarantineSettings, Meta(description="Held mail.")] = QuarantineSettings()
    health: Annotated[Health, Meta(description="The health endpoint.")] = Health()
    logging: Annotated[Logging, Meta(description="Log lines.")] = Logging()

    @property
    def working_groups(self) -> tuple[WorkerGroup, ...]:
        """The workers of `serve` that have something to do: not those of pools that are switched off."""
        off = {name for name, pool in self.pools.items() if not pool.enabled}
        return tuple(group for group in self.workers if not off.issuperset(group.pools))

    @property
    def claim_seconds(self) -> float:
        """How long a message under scan is kept: the deadline, and a minute in which late work may ask for more."""
        return self.front.deadline_seconds + 60.0

    def verdict_seconds(self, *, partial: bool) -> float:
        """How long a verdict is kept. Late work is compared with a partial one, after its wait and its run."""
        longest = max((pool.late_seconds for pool in self.pools.values()), default=0.0)
        return self.claim_seconds + (2 * longest if partial else 0.0)
