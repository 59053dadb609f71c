"""A link into a great many folders."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.message import is_discussion
from mailcore.fields.words import is_answer
from mailcore.message import Link
from mailcore.view import MailView
from workers.urls.hosts import link_hits, path_of, sender_domains, targets

# Where programs name the folders: files in version control, packages, builds.
_DEEP_BY_NATURE = ("click_trackers", "storage_buckets", "file_sharing")
_CODE = frozenset(
    {"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "sr.ht", "kernel.org", "googlesource.com"}
)


@detector(category="suspicious-link", weight=1.0, lifecycle=Lifecycle.STABLE)
def link_path_is_deep(view: MailView, *, levels: int = 10) -> Iterable[Hit]:
    """The path of a link has ten levels and more, as kits and mailers have that hide among the files of others.

    How long a path is says nothing: counters of clicks write hundreds of letters.
    """
    if is_discussion(view.message, view.auth) or is_answer(view):
        return ()
    senders = sender_domains(view.message)
    deep = (
        link
        for link in targets(view.message)
        if link.href.count("/") + link.href.count("\\") > levels
        and link.domain not in senders
        and not link.hops  # a counter of clicks behind another: what is left of it stands behind the target
        and _levels(link) >= levels
        and not _is_spared(link, view)
    )
    return link_hits(deep, "A link leads to a page in very many folders of {host}.")


def _levels(link: Link) -> int:
    return sum(1 for name in path_of(link.href).split("/") if name)


def _is_spared(link: Link, view: MailView) -> bool:
    if is_listed(link.host, _CODE) or view.brands.owners(link.host):
        return True
    # An address inside of the path has levels of its own: a counter of clicks, an archive of pages.
    if "//" in path_of(link.href).lstrip("/"):
        return True
    return any(is_listed(link.host, view.lists.named(name)) for name in _DEEP_BY_NATURE)
