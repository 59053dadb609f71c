"""`mailchord check`: reads configuration, rules, lists, YARA rules and model as a start would, and runs every example.

Nothing is started and nothing is changed: it is safe on a running machine, before a reload.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from mailchord.arc_sealer import arc_sealer
from mailchord.connection_notes import connection_notes
from mailchord.known_findings import known_findings
from mailchord.logos import wrong_entries, wrong_icons
from mailchord.start import configs_directory
from mailcore.brands import BrandIndex
from mailcore.composite_checks import check_composite_examples, unknown_names, weightless_names
from mailcore.composites import Composite
from mailcore.errors import ConfigurationError
from mailcore.policy import Override, Policy
from mailcore.rules import MODULES, Rule
from mailcore.settings import Settings
from mailcore.verdict import Action, Finding
from mailcore.view import NO_BRANDS, TYPED_LISTS, Lists
from mailio.brand_files import load_brands
from mailio.configuration import load_settings, settings_file
from mailio.list_files import load_lists
from mailio.pattern_cache import PatternCache, cache_directories
from mailio.policy_files import load_policy_files
from mailio.yaml_document import did_you_mean
from mailio.yara_files import load_yara
from tasks.known_files import asked_services, hash_lists, similar_lists
from tasks.link_changes import build_link_changes
from tasks.pools import build_pool, installed_rules
from tasks.queues import check_every_queue_is_served
from workers.content import build, compile_rules
from workers.content.examples import check_examples
from workers.pool import Pool
from workers.runner import check_settings

WELL, NOT_WELL = 0, 2

PoolBuilder = Callable[[str, Path], Pool]


class Findings(Struct, kw_only=True):
    """What the check came to: problems stop a start, notes do not."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-q", "--quiet", action="store_true", help="say only what is wrong")
    parser.add_argument(
        "--pools", default="", metavar="NAME,...", help="check what a worker of these pools needs (default: all)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when all is well, 2 when a start with this configuration would be refused or an example fails."""
    only = tuple(name.strip() for name in arguments.pools.split(",") if name.strip())
    return run_check(getattr(arguments, "config", None), os.environ, quiet=arguments.quiet, only=only)


def run_check(
    settings_path: Path | None,
    environ: Mapping[str, str],
    *,
    quiet: bool = False,
    only: Collection[str] = (),
    pool_builder: PoolBuilder = build_pool,
) -> int:
    """Check everything, and print one line for each problem ("file:line: what is wrong, what to do")."""
    found = Findings()
    check_all(settings_path, environ, found, pool_builder, only)
    if not quiet:
        for line in (*found.passed, *(f"note: {note}" for note in found.notes)):
            print(line)
    for problem in found.problems:
        print(problem, file=sys.stderr)
    if found.problems:
        count = len(found.problems)
        print(f"mailchord: {count} problem{'s' if count > 1 else ''}", file=sys.stderr)
        return NOT_WELL
    if not quiet:
        print("all is well")
    return WELL


def check_all(
    settings_path: Path | None,
    environ: Mapping[str, str],
    found: Findings,
    pool_builder: PoolBuilder,
    only: Collection[str] = (),
) -> None:
    """Settings first: without them nobody knows where the rest is. Then each part by itself, to find all problems."""
    try:
        settings = load_settings(settings_path, environ)
        if not only:
            check_every_queue_is_served(settings)
        configs = configs_directory(settings)
    except ConfigurationError as error:
        found.problems.append(str(error))
        return
    found.passed.append(f"{settings_file(settings_path)}: settings are valid")
    found.notes += connection_notes(settings)
    lists = check_lists(configs / "lists", found)
    brands = check_brands(configs / "brands", found)
    check_logos(lists, brands, found)
    rules = check_rules(configs, lists, settings, found, brands)
    check_known_files(configs, settings, found)
    check_links_changed(settings, found)
    enabled = [name for name, options in settings.pools.items() if options.enabled and name != "content"]
    enabled = [name for name in enabled if not only or name in only]
    pools = [pool for name in enabled if (pool := check_pool(name, configs, settings, found, pool_builder))]
    pools.append(build(compile_rules(())))  # its detectors; the rules were checked above
    check_policy_names(settings, rules, pools, found)
    check_policy_files(configs, settings, rules, pools, found)


def check_lists(directory: Path, found: Findings) -> Lists:
    try:
        lists = load_lists(directory)
    except ConfigurationError as error:
        found.problems.append(str(error))
        return Lists()
    names = (*TYPED_LISTS, *lists.own)
    entries = sum(len(lists.named(name)) for name in names)
    found.passed.append(f"{directory}: {entries} entries in {len(names)} lists")
    return lists


def check_brands(directory: Path, found: Findings) -> BrandIndex:
    try:
        brands = load_brands(directory)
    except ConfigurationError as error:
        found.problems.append(str(error))
        return NO_BRANDS
    found.passed.append(f"{directory}: {len(brands.brands)} brands")
    return brands


def check_logos(lists: Lists, brands: BrandIndex, found: Findings) -> None:
    """Lines of the lists of logos and icons that would never be seen."""
    for name, wrong in (("logos", wrong_entries), ("icons", wrong_icons)):
        entries = lists.named(name)
        if isinstance(entries, frozenset) and entries:
            found.problems += [f"lists/{name}.txt: {words}" for words in wrong(entries, brands)]


def check_rules(
    configs: Path, lists: Lists, settings: Settings, found: Findings, brands: BrandIndex = NO_BRANDS
) -> tuple[Rule, ...]:
    """Read and compile the rules, run their examples, and name what hyperscan would not take."""
    try:
        cache = PatternCache(cache_directories(Path(settings.state_dir)))
        compiled = compile_rules(installed_rules(configs, settings.rules), cache)
        check_settings(build(compiled), settings.pools["content"].settings)
    except ConfigurationError as error:
        found.problems.append(str(error))
        return ()
    failures = check_examples(compiled, lists, brands)
    found.problems += failures
    found.notes += [
        f"{pattern} (not for hyperscan: runs by itself, bounded, which is slower)" for pattern in compiled.fallbacks
    ]
    rules = compiled.rules
    found.notes += [
        f"{rule.place}: {rule.id} has no example that it must leave alone" for rule in rules if not rule.no_match
    ]
    examples = sum(len(rule.match) + len(rule.no_match) for rule in rules)
    modules = Counter(rule.module for rule in rules)
    found.passed.append("modules: " + ", ".join(f"{name} {modules[name]}" for name in sorted({*MODULES, *modules})))
    found.passed.append(
        f"{configs / 'content'}: {len(rules)} rules, {examples - len(failures)} of {examples} examples as they should"
    )
    return rules


def check_known_files(configs: Path, settings: Settings, found: Findings) -> None:
    """The YARA rules and the lists of hashes in directories of the administrator, and keys of services."""
    try:
        if settings.yara.directories:
            rules = load_yara(configs / "yara", [Path(directory) for directory in settings.yara.directories])
            found.passed.append(f"{len(list(rules))} YARA rules, with those in {', '.join(settings.yara.directories)}")
        for listed in hash_lists(settings):
            found.passed.append(f"{listed.name}: {len(listed.hashes)} hashes")
        for similar in similar_lists(settings):
            found.passed.append(f"{similar.name}: {len(similar.hashes)} TLSH hashes")
        asked_services(settings.hashes.services)
    except ConfigurationError as error:
        found.problems.append(str(error))


def check_links_changed(settings: Settings, found: Findings) -> None:
    """The keys of safe links and of seals."""
    try:
        changes = build_link_changes(settings)
        sealer = arc_sealer(settings)
    except ConfigurationError as error:
        found.problems.append(str(error))
        return
    if sealer is not None:
        found.passed.append(f"arc: seals with {settings.arc.selector}._domainkey.{settings.arc.domain}")
    if changes is None:
        return
    keys, url = changes.keys, settings.safe_links.base_url
    more = f", {len(keys.keys) - 1} older" if len(keys.keys) > 1 else ""
    found.passed.append(f"safe_links: key {keys.signing.id} signs links to {url}{more}")
    if sealer is None:
        found.notes.append(
            "safe_links: changed mail no longer has a valid signature of its sender: set arc, so that servers behind "
            "mailchord believe what it found before"
        )


def check_pool(name: str, configs: Path, settings: Settings, found: Findings, pool_builder: PoolBuilder) -> Pool | None:
    """Build a pool as its worker would, with its YARA rules or its model. None where that fails."""
    try:
        pool = pool_builder(name, configs)
        check_settings(pool, settings.pools[name].settings)
    except ConfigurationError as error:
        found.problems.append(str(error))
        return None
    count = len(tuple(pool.detectors))
    found.passed.append(f"pool {name}: {count} detector{'s' if count != 1 else ''}")
    return pool


def check_policy_names(settings: Settings, rules: Iterable[Rule], pools: Iterable[Pool], found: Findings) -> None:
    """Notes on names that nothing has. Only notes: detectors may give hits ids of their own."""
    detectors = [detector for pool in pools for detector in pool.detectors]
    ids = {rule.id for rule in rules} | {detector.id for detector in detectors}
    categories = {rule.category for rule in rules} | {detector.category for detector in detectors}
    for override in settings.policy.overrides:
        name = override.finding
        known = any(each.startswith(name[:-1]) for each in ids) if name.endswith("*") else name in ids
        if not known and override not in Policy().overrides:  # the shipped one is of a pool that may be off
            found.notes.append(f"policy.overrides: no rule or detector is called {name!r}")
    for category in settings.policy.group_caps:
        if category not in categories and category not in Policy().group_caps:  # shipped ones may be of other pools
            found.notes.append(f"policy.group_caps: no rule or detector has the category {category!r}")
    found.notes += [
        f"{place}: accept for {override.finding!r} lets pass whatever has such a finding and no stricter override: "
        "where a forger can cause it, he can use this"
        for place, override in _accepting(settings.policy)
    ]
    for name in settings.rules.weights:
        if name not in ids:
            found.notes.append(f"rules.weights: no rule or detector is called {name!r}")


def _accepting(policy: Policy) -> Iterable[tuple[str, Override]]:
    """Overrides that accept, with their places. Not those of senders: these must prove who they are."""
    places = {"policy": policy.overrides}
    for kind in ("directions", "recipients"):
        places |= {f"policy.{kind}.{name}": own.overrides for name, own in getattr(policy, kind).items()}
    for name, shadow in policy.shadows.items():
        if shadow.overrides != policy.overrides:  # a shadow has what it leaves out from the live policy
            places[f"policy.shadows.{name}"] = shadow.overrides
    for place, overrides in places.items():
        for override in overrides:
            if override.action is Action.ACCEPT:
                yield f"{place}.overrides", override


def check_never_allowed(
    policy: Policy, known: Iterable[Finding], composites: Iterable[Composite], *, is_complete: bool, found: Findings
) -> None:
    """A misspelt category would protect nobody: it is a problem, or a note where some pool's names are not known."""
    categories = {finding.category for finding in known} | {composite.category for composite in composites}
    categories |= set(Policy().never_allowed)  # shipped ones may be of pools that are not installed
    policies = {"policy": policy, **{f"policy.shadows.{name}": shadow for name, shadow in policy.shadows.items()}}
    wrong = [
        f"{place}.never_allowed: no rule or detector has the category {category!r}{did_you_mean(category, categories)}"
        for place, each in policies.items()
        for category in each.never_allowed
        if category not in categories and (each is policy or category not in policy.never_allowed)
    ]
    (found.problems if is_complete else found.notes).extend(wrong)


def check_policy_files(
    configs: Path, settings: Settings, rules: Collection[Rule], pools: Iterable[Pool], found: Findings
) -> None:
    """Composites with their examples, lists of senders, and whether the policy can be used by a forger."""
    try:
        composites = load_policy_files(configs, settings.policy).composites
    except ConfigurationError as error:
        found.problems.append(str(error))
        return
    if not rules:
        return  # they are wrong, which was said before: nobody knows what composites may name
    known, unknown_pools = known_findings(rules, pools)
    check_never_allowed(
        settings.policy, known.values(), composites.composites, is_complete=not unknown_pools, found=found
    )
    problems = unknown_names(composites, known)
    if unknown_pools:
        # Their packages are not here: what seems to be unknown may be a detector of theirs.
        found.notes += problems
    else:
        failures = check_composite_examples(composites, known)
        found.problems += problems + failures
        count = sum(len(each.match) + len(each.no_match) for each in composites.composites)
        if composites.composites:
            found.passed.append(
                f"{configs / 'composites'}: {len(composites.composites)} composites, "
                f"{count - len(failures)} of {count} examples as they should"
            )
    found.notes += weightless_names(composites, known)
    for kind in ("lists", "bounces"):
        limit = getattr(settings.policy, kind).at_most
        if limit in (Action.ACCEPT, Action.TAG):
            found.notes.append(
                f"policy.{kind}.at_most: {limit}: anybody can make mail look like that, and it is then delivered "
                f"(but for {', '.join(settings.policy.never_allowed) or 'nothing'})"
            )
