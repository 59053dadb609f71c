"""Puts the pools of an installation together: rules, lists, YARA and model loaded, ports plugged in."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path

from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.links import registered_domain
from mailcore.organisation import Organisation
from mailcore.ports import ListHealth, Resolver, TextRecognizer, Unpacker
from mailcore.rule_settings import RuleSettings
from mailcore.rules import Rule
from mailcore.settings import Settings
from mailio.brand_files import load_brands
from mailio.cage_ports import Outside
from mailio.clamd import ClamdScanner, through
from mailio.configuration import policy_version
from mailio.list_files import list_names, load_lists
from mailio.policy_files import load_policy_files
from mailio.rule_files import check_disabled, is_disabled, load_installed_rules
from tasks.caged_pools import NO_MESSAGE, caged_pools
from tasks.detonation import SANDBOX, detonating
from tasks.following import FOLLOW, build_follow, build_icons, finished
from tasks.known_files import knowing, open_clamd
from tasks.known_links import knowing_links
from tasks.known_pictures import knowing_pictures, knowing_texts
from tasks.scanner import Scanner
from workers.discovery import detector_names
from workers.pool import Pool

# Text found on the way (in pictures, in documents) is judged by these, whatever pool found it.
JUDGES_OF_TEXT = ("content", "urls")
FINDERS_OF_TEXT = frozenset({"attachments", "ocr", "sandbox", FOLLOW})

ALL_RULES = RuleSettings()


def build_scanner(
    settings: Settings,
    configs: Path,
    *,
    only: Collection[str] | None = None,
    interrupts: tuple[type[Exception], ...] = (),
    resolver: Resolver | None = None,
) -> Scanner:
    """A scanner with every pool that is switched on, or only those named (a worker of few pools stays small).

    `resolver` stands in for the DNS of this installation. Raises ConfigurationError when a file is wrong or a pool's
    packages are not installed.
    """
    wanted = pools_to_build(settings, only)
    state = Path(settings.state_dir)
    # The public suffix list is read at first use (70 ms each of two forms): here it is before the fork.
    registered_domain("example.com")
    outside, clamd = Outside(), open_clamd(settings)
    build_one = partial(build_pool, settings=settings, resolver=resolver, outside=outside, clamd=clamd)
    pools = {name: build_one(name, configs, state, settings.rules) for name in settings.pools if name in wanted}
    if "urls" in pools:  # before text of files and pictures gets its judge, who asks about links in them too
        pools["urls"] = knowing_links(pools["urls"], settings)
    unchanging = structs.replace(
        NO_MESSAGE,
        lists=load_lists(configs / "lists"),
        brands=load_brands(configs / "brands"),
        organisation=organisation_of(settings),
    )
    judge = None
    if all(name in pools for name in JUDGES_OF_TEXT):
        from workers.judge_text import build_judge

        judge = build_judge(pools["content"], pools["urls"])
    version = policy_version(settings, configs)
    icons = build_icons(unchanging.lists) if FOLLOW in pools else {}
    pools = caged_pools(pools | icons, settings.sandbox, outside, unchanging=unchanging)
    add_outside_knowledge(pools, settings, version, clamd)
    if FOLLOW in pools:
        pools[FOLLOW] = finished(pools, settings, resolver)
    return Scanner(
        settings=settings,
        pools={name: pool for name, pool in pools.items() if name not in icons},
        lists=unchanging.lists,
        brands=unchanging.brands,
        policy_version=version,
        files=load_policy_files(configs, settings.policy),
        organisation=unchanging.organisation,
        judge_derived=judge,
        interrupts=interrupts,
    )


def pools_to_build(settings: Settings, only: Collection[str] | None) -> set[str]:
    """Those of `only` (None: of all) that are switched on, and those that they need."""
    enabled = {name for name, options in settings.pools.items() if options.enabled}
    if only is None:
        return enabled
    needed = {*only, *JUDGES_OF_TEXT} if FINDERS_OF_TEXT.intersection(only) else {*only}
    return enabled & (needed | {"attachments"} if FOLLOW in only else needed)


def add_outside_knowledge(pools: dict[str, Pool], settings: Settings, version: str, clamd: ClamdScanner | None) -> None:
    """Give pools what is known outside of the cage: what is remembered needs none, and services are in the network."""
    if "attachments" in pools:
        pools["attachments"] = knowing(pools["attachments"], settings, version, clamd)
    if "ocr" in pools:
        pools["ocr"] = knowing_pictures(pools["ocr"], settings)
    if SANDBOX in pools:
        pools[SANDBOX] = detonating(pools[SANDBOX], settings)


def organisation_of(settings: Settings) -> Organisation:
    """The organisation with all its domains; these and its partners' as hosts are: in lower case, no dot at the end."""
    organisation = settings.organisation
    return structs.replace(
        organisation,
        domains=_as_hosts((*organisation.domains, *settings.networks.local_domains)),
        partners=_as_hosts(organisation.partners),
    )


def _as_hosts(domains: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(domain.lower().rstrip(".") for domain in domains))


def build_pool(
    name: str,
    configs: Path,
    state: Path | None = None,
    rules: RuleSettings = ALL_RULES,
    *,
    settings: Settings | None = None,
    resolver: Resolver | None = None,
    outside: Outside | None = None,
    clamd: ClamdScanner | None = None,
) -> Pool:
    """One pool by name, without what `rules` switches off; compiled patterns are kept in `state` if given.
    `outside` gets what the pool asks of other programs, for pools in a cage; `clamd` is one of them.

    Raises ConfigurationError when its packages are not installed.
    """
    try:
        if name == "content":
            pool = build_content(configs, state, rules)
        elif name == "auth":
            pool = build_auth(settings or Settings(), resolver)
        elif name == "ocr":
            pool = build_ocr(settings or Settings(), outside or Outside())
        elif name == "attachments":
            pool = build_attachments(configs, settings or Settings(), outside or Outside(), clamd)
        elif name == FOLLOW:
            pool = build_follow(settings or Settings(), resolver)
        elif name == SANDBOX:
            pool = build_sandbox(settings or Settings(), outside or Outside())
        else:
            pool = BUILDERS[name](configs)
        left = tuple(detector for detector in pool.detectors if not is_disabled(detector.id, rules))
        return structs.replace(pool, detectors=left)
    except ImportError as error:
        raise ConfigurationError(
            f"pool {name!r} needs a package that is not installed ({error}): "
            f"install 'mailchord[all]', or set pools.{name}.enabled to false"
        ) from error


# What a pool loads at its first file of a kind, and what it needs besides for work that is not light.
LOADED_FOR_LIGHT_WORK: dict[str, tuple[str, ...]] = {
    "attachments": ("magic", "pypdfium2", "workers.attachments.pdf_by_pdfminer")
}
LOADED_FOR_ALL_WORK: dict[str, tuple[str, ...]] = {
    "attachments": ("libarchive.read",),
    "sandbox": ("magic", "quickjs"),
    "ocr": ("PIL.Image", "PIL.PngImagePlugin", "zxingcpp", "pypdfium2", "libarchive.read"),
}


def prepare_pools(pools: Collection[str], queues: Collection[str], *, emulates_programs: bool = False) -> None:
    """Load now what these pools load at their first file of a kind: the children of a worker then share it.

    `pools` are those that the worker may run, `queues` those that it serves: only these bring heavy work.
    `emulates_programs`: the emulator is loaded too, where it is installed (58 MB, which are not worth it otherwise).
    """
    for name in sorted(pools):
        modules = LOADED_FOR_LIGHT_WORK.get(name, ())
        if name in queues:
            modules += LOADED_FOR_ALL_WORK.get(name, ())
        for module in modules:
            importlib.import_module(module)
    if emulates_programs and "sandbox" in pools and "sandbox" in queues:
        from workers.sandbox import emulation

        if emulation.is_installed():
            emulation.load()
    if "attachments" in pools and "attachments" in queues:
        from workers.attachments import prepare

        prepare()


# Imports are inside: a worker of one pool must not pay for the libraries of the others.


def build_content(configs: Path, state: Path | None = None, rules: RuleSettings = ALL_RULES) -> Pool:
    from mailio.pattern_cache import PatternCache, cache_directories
    from workers.content import build, compile_rules

    cache = PatternCache(cache_directories(state)) if state is not None else None
    return build(compile_rules(installed_rules(configs, rules), cache))


def installed_rules(configs: Path, rules: RuleSettings = ALL_RULES) -> tuple[Rule, ...]:
    """The rules of this installation. Raises ConfigurationError, also where `rules.disabled` names nothing."""
    every = load_installed_rules(configs, rules, list_names(configs / "lists"))
    check_disabled(rules, [*(rule.id for rule in every), *detector_names()])
    return tuple(rule for rule in every if not is_disabled(rule.id, rules))


def build_auth(settings: Settings, resolver: Resolver | None = None) -> Pool:
    from mailio.dns_cache import open_resolver
    from mailio.urls_of_redis import RedisUrls
    from workers.auth import build

    # Without a broker of its own an installation has no Redis yet: a single scan needs none.
    redis_url = RedisUrls.of(settings.redis).state if settings.redis.broker else ""
    resolver = resolver or open_resolver(settings.dns, redis_url=redis_url)
    return build(resolver, settings=settings, list_health=open_list_health(settings, resolver, redis_url))


def open_list_health(settings: Settings, resolver: Resolver, redis_url: str) -> ListHealth | None:
    """What is remembered of the DNS lists; None where none is asked."""
    if not settings.dns_lists.enabled():
        return None
    from mailio.list_health import DnsListHealth
    from mailio.redis_client import connect

    client = connect(redis_url, timeout=settings.redis.timeout_seconds) if redis_url else None
    return DnsListHealth(settings.dns_lists, resolver, client=client)


def build_urls(_configs: Path) -> Pool:
    from workers.urls import build

    return build()


def build_attachments(configs: Path, settings: Settings, outside: Outside, clamd: ClamdScanner | None = None) -> Pool:
    from mailio.yara_files import load_yara
    from workers.attachments import build
    from workers.attachments.limits import FileLimits

    rules = load_yara(configs / "yara", [Path(directory) for directory in settings.yara.directories])
    scanner = through(outside, clamd, settings.clamd) if clamd is not None else None
    read_picture = None
    if settings.locked_files.pictures:
        from workers.ocr.words import build_read_words

        read_picture = build_read_words(recognizer_of(settings, outside))
    passwords = settings.locked_files.passwords
    return build(
        rules,
        limits=FileLimits(),
        scanner=scanner,
        passwords=passwords,
        read_picture=read_picture,
        unpack=unpacker_of(settings, outside),
    )


def unpacker_of(settings: Settings, outside: Outside) -> Unpacker | None:
    """unar, as something that can be called in a cage; None where it is switched off."""
    if not settings.locked_files.unar:
        return None
    from mailio.unar import Unar, through

    return through(outside, Unar())


def build_ocr(settings: Settings, outside: Outside) -> Pool:
    from workers.ocr import build

    return build(recognizer_of(settings, outside))


def recognizer_of(settings: Settings, outside: Outside) -> TextRecognizer:
    """Tesseract, as something that can be called in a cage."""
    from mailio.tesseract import Tesseract

    tesseract = Tesseract(languages=settings.pictures.languages)
    # Remembered outside of the cage: what is in there must not be able to forge what others will see.
    return outside.recognizer("tesseract", knowing_texts(tesseract, tesseract.languages, settings))


def build_ml(configs: Path) -> Pool:
    from mailio.model_file import load_model
    from workers.ml import build

    return build(load_model(configs / "models" / "linear.safetensors"))


def build_sandbox(settings: Settings, outside: Outside) -> Pool:
    import quickjs  # noqa: F401  # said at the start where it is missing, not at the first script

    from workers.attachments.code import PROGRAMS, build_find_code
    from workers.sandbox import build

    find_code = build_find_code(
        passwords=settings.locked_files.passwords,
        unpack=unpacker_of(settings, outside),
        programs=PROGRAMS if settings.sandbox.emulate_programs else 0,
    )
    return build(find_code)


BUILDERS: dict[str, Callable[[Path], Pool]] = {
    "urls": build_urls,
    "ml": build_ml,
}
