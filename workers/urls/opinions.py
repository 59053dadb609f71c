"""Adds what lists say of links to the facts; of what somebody vouches for, only what is grave is said."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from mailcore.brands import BrandIndex
from mailcore.detector import Detector, Hit
from mailcore.inside import is_inside
from mailcore.link_addresses import Address, Covers, address_of, host_of, names_whole_host
from mailcore.link_opinions import LinkOpinion, LinkOpinions, is_vouched_for
from mailcore.links import registered_domain
from mailcore.message import Link
from mailcore.ports import LinkLists
from mailcore.view import Lists, MailView
from workers.pool import Gather, Gathered, Pool
from workers.urls.hosts import targets

# Detectors of no more than this look at what is only doubtful: endings, ports, shorteners.
WEAK = 2.0
# Where anybody can have a page under the name of a service: the name alone condemns nobody.
_SHARED = ("form_hosts", "site_builders", "storage_buckets", "dynamic_dns", "tunnels", "ipfs_gateways", "alias_relays")
# Addresses of one message that are looked up: twice as many as are kept of links and others, with what is in front.
MOST_ADDRESSES = 8_000


def with_lists(pool: Pool, sources: Sequence[LinkLists]) -> Pool:
    """The same pool of links, which asks these about all of them."""
    detectors = tuple(sparing(each) if each.weight <= WEAK else each for each in pool.detectors)
    return structs.replace(pool, gather=asking(pool.gather, sources), detectors=detectors)


def asking(gather: Gather, sources: Sequence[LinkLists]) -> Gather:
    """The same gathering, with opinions in the facts."""

    def gather_with_opinions(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        ends = time.monotonic() + seconds
        gathered = gather(view, parts, seconds=seconds)
        hrefs = addresses_in(targets(view.message))
        problems = gathered.problems
        if len(hrefs) > MOST_ADDRESSES:
            problems += (f"{len(hrefs) - MOST_ADDRESSES} addresses were not looked up in lists",)
        opinions = opinions_on(hrefs[:MOST_ADDRESSES], sources, seconds=ends - time.monotonic())
        if not opinions and problems is gathered.problems:
            return gathered
        view = structs.replace(gathered.view, link_opinions=opinions)
        return structs.replace(gathered, view=view, problems=problems)

    return gather_with_opinions


def addresses_in(links: Iterable[Link]) -> list[str]:
    """Targets first, then what stands in front of them; each once, none of our own networks."""
    found: dict[str, None] = {}
    for link in links:
        if not is_inside(link.host):
            found[link.href] = None
    for link in links:
        for hop in link.hops:
            if not is_inside(hop.host):
                found[hop.href] = None
    return list(found)


def opinions_on(hrefs: Iterable[str], sources: Sequence[LinkLists], *, seconds: float) -> LinkOpinions:
    """What these sources say, by address as it is written."""
    ends = time.monotonic() + seconds
    written: dict[Address, list[str]] = {}
    for href in hrefs:
        address = address_of(href)
        if address is not None:
            written.setdefault(address, []).append(href)
    found: dict[str, tuple[LinkOpinion, ...]] = {}
    for source in sources:
        for address, opinions in source.opinions(written.keys(), seconds=ends - time.monotonic()).items():
            for href in written[address]:
                found[href] = (*found.get(href, ()), *opinions)
    return found


def sparing(detector: Detector) -> Detector:
    """The same detector, which does not see links that somebody vouches for."""

    def run(view: MailView, /, **settings: object) -> Iterable[Hit]:
        return detector.run(without_vouched_for(view), **settings)

    functools.update_wrapper(run, detector.run)
    # What the runner takes for the settings of a detector.
    run.__kwdefaults__ = getattr(detector.run, "__kwdefaults__", None)
    return structs.replace(detector, run=run)


def without_vouched_for(view: MailView) -> MailView:
    """The view without links whose target somebody calls good. What stands in front of a target vouches for nothing."""
    good = {href for href, opinions in view.link_opinions.items() if is_vouched_for(opinions)}
    if not good:
        return view
    message = view.message
    links = tuple(link for link in message.links if link.href not in good)
    others = tuple(link for link in message.other_links if link.href not in good)
    return structs.replace(view, message=structs.replace(message, links=links, other_links=others))


def is_believed(opinion: LinkOpinion, lists: Lists, brands: BrandIndex) -> bool:
    """Not where a list of others condemns a whole service that everybody uses: such entries are mistakes."""
    if opinion.is_local or opinion.covers is Covers.NETWORK or not names_whole_host(opinion.covers, opinion.entry):
        return True
    host = host_of(opinion.entry)
    domain = registered_domain(host) or host
    popular = (lists.free_mail, lists.file_sharing, lists.shorteners, lists.click_trackers)
    if any(name in entries for entries in popular for name in (host, domain)) or brands.owners(host):
        return False
    sharer = brands.sharer(host)
    if sharer is not None and host in sharer.shared:
        return False
    return host.removeprefix("www.") != domain or not any(domain in lists.named(name) for name in _SHARED)
