"""Hosts that borrow a brand's name or look like its domain, and how they do it."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterator

from msgspec import Struct

from mailcore.brands import Brand, BrandIndex, word_key
from mailcore.links import registered_domain, unicode_host
from mailcore.lookalike import edit_distance, skeleton, unleet

# Words that are put beside a brand's name to make a host look like the page that a victim expects. The strong ones ask
# for a secret or for money; the others belong to honest shops, dealers and clubs too.
STRONG_WORDS = frozenset(
    """login logins signin logon signon secure secured security verify verified verification verif unlock suspend
    suspended suspension confirm confirmation billing auth authenticate authentication account accounts acct
    refund refunds password passwd recovery recover restore claim reactivate webscr kyc sso mfa otp identity
    validation validate wallet airdrop connexion acceso anmelden anmeldung sicherheit konto kundenkonto
    seguridad verificar verifica accesso cuenta conta compte securite sicher sicherheits freischalten rechnung
    fattura impot remboursement rimborso reembolso redelivery reschedule customs customsfee unpaid overdue
    tolls""".split()  # noqa: SIM905
)
WEAK_WORDS = frozenset(
    """support service services update updates help helpdesk helpcenter center centre care customer customers client
    clients online pay payment payments team web website www id my mail email mailer portal access app official
    info notice notices notification notifications alert alerts msg message invoice doc docs share file files
    delivery deliver parcel parcels package packages packet paket tracking track express shipment shipping post
    reward rewards gift gifts giftcard card cards bonus promo promos offer offers prize winner survey member
    members membership loyalty points vip club perks us usa uk de fr es it nl ca au jp in eu int intl global
    world com net org inc llc ltd co group corp company hq cloud storage drive office manage management admin
    system user users session renew renewal subscription plan plus premium free new now today one first real
    bank banking netbank e i m kunde kunden kundendienst kundenservice cliente clientes servicio servizio
    servizi suivi colis livraison envio envios pacchi spedizione spedizioni paquete""".split()  # noqa: SIM905
)

# Services that put the name of another host before their own: proxies of libraries, content networks, translators.
_WRAPPERS = (
    "mcas.ms",
    "mcas-gov.us",
    "edgekey.net",
    "edgesuite.net",
    "akamaized.net",
    "akamai.net",
    "cdn.cloudflare.net",
    "translate.goog",
    "cdn.ampproject.org",
    "archive.org",
    "archive.is",
)
_PROXY = re.compile(r"(?:^|[.-])(?:ez|lib|web)?-?proxy\d*[.-]")
_PARTS = re.compile(r"[a-z]+|\d+|[^\x00-\x7f\W]+")

_LABEL_CHARACTERS = 40  # longer labels are no lookalikes of a name
_TYPO_LENGTH = 7  # shorter names have honest neighbours
_SHAPE_LENGTH = 5
_GLUED_LENGTH = 5


class Likeness(enum.StrEnum):
    """How a host borrows a name, the clearest first."""

    INSIDE = "the brand's domain stands inside of another one"
    SHAPE = "it is written with letters that look alike"
    LURE = "the name stands beside words that ask for a secret"
    TYPO = "it is one letter off"
    WORDS = "the name stands beside other words"
    ENDING = "it has another ending"


class Resemblance(Struct, frozen=True, kw_only=True):
    """`written` is the part of the host that resembles, as people read it."""

    brand: Brand
    likeness: Likeness
    written: str


@functools.lru_cache(maxsize=4_096)  # newsletters have a hundred links to the same few hosts
def resembled(host: str, brands: BrandIndex) -> Resemblance | None:
    """The brand whose domain or name a host imitates, or None. Hosts that belong to any brand imitate nobody."""
    domain = registered_domain(host)
    if not domain or not brands.brands or brands.owners(host) or brands.sharer(host) is not None:
        return None
    if _PROXY.search(host) or any(host.endswith("." + wrapper) for wrapper in _WRAPPERS):
        return None
    shown = unicode_host(host)
    return (
        _inside(shown, domain, brands)
        or _of_label(unicode_host(domain).partition(".")[0], brands)
        or _of_labels_above(shown.removesuffix(unicode_host(domain)).strip("."), brands)
    )


def _inside(host: str, domain: str, brands: BrandIndex) -> Resemblance | None:
    """`paypal.com.example.net`, `www.paypal.com-login.example`."""
    labels = host.split(".")
    own = len(domain.split("."))
    for at in range(len(labels) - own + 1):
        for size in (2, 3):
            end = at + size
            if end > len(labels) or (end == len(labels) and "-" not in labels[-1]):
                continue
            last = labels[end - 1].partition("-")[0]
            written = ".".join((*labels[at : end - 1], last))
            owners = brands.owners(written)
            if owners and registered_domain(written) == written and end - 1 <= len(labels) - own:
                return Resemblance(brand=owners[0], likeness=Likeness.INSIDE, written=written)
    return None


def _of_labels_above(above: str, brands: BrandIndex) -> Resemblance | None:
    """Names beside lure words in the labels before the registered domain: `login-paypal.example.net`."""
    for label in above.split("."):
        if "-" in label and len(label) <= _LABEL_CHARACTERS:
            found = _beside_words(label, brands)
            if found is not None and found.likeness is Likeness.LURE:
                return found
    return None


def _of_label(label: str, brands: BrandIndex) -> Resemblance | None:
    if not 3 <= len(label) <= _LABEL_CHARACTERS:
        return None
    names = _names(brands)
    brand = names.plain.get(label)
    if brand is not None and len(label) >= _SHAPE_LENGTH:
        return Resemblance(brand=brand, likeness=Likeness.ENDING, written=label)
    return (
        _same_shape(label, names)
        or _beside_words(label, brands)
        or _glued(label, names)
        or _one_letter_off(label, names)
    )


def _same_shape(label: str, names: _Names) -> Resemblance | None:
    """Also of one of the parts between hyphens: `paypa1-center`."""
    for written in dict.fromkeys((label, *label.split("-"))):
        if len(written) < _SHAPE_LENGTH or written in names.plain:
            continue
        brand = names.shapes.get(skeleton(unleet(written))) or names.shapes.get(skeleton(written))
        if brand is not None and written not in brand.similar and word_key(written) not in names.all:
            return Resemblance(brand=brand, likeness=Likeness.SHAPE, written=written)
    return None


def _beside_words(label: str, brands: BrandIndex) -> Resemblance | None:
    """The name between hyphens or digits, with nothing but words of lures beside it."""
    parts = _PARTS.findall(label)
    if len(parts) < 2 or len(parts) > 6:
        return None
    for size in (1, 2, 3):
        for at in range(len(parts) - size + 1):
            key = "".join(parts[at : at + size])
            brand = brands.named(key) if len(key) >= 3 else None
            if brand is None:
                continue
            rest = [part for part in (*parts[:at], *parts[at + size :]) if not part.isdigit()]
            likeness = _judged(rest, is_ambiguous=brands.is_ambiguous(key))
            if likeness is not None:
                return Resemblance(brand=brand, likeness=likeness, written=label)
    return None


def _glued(label: str, names: _Names) -> Resemblance | None:
    """The name and a lure without anything between them: `netflixbilling`, `securepaypal`."""
    for cut in range(_GLUED_LENGTH, len(label) - 1):
        for name, rest in ((label[:cut], label[cut:]), (label[-cut:], label[:-cut])):
            brand = names.plain.get(name)
            if brand is None:
                continue
            words = _lure_words(rest.strip("-"))
            likeness = _judged(words, is_ambiguous=False) if words else None
            if likeness is not None:
                return Resemblance(brand=brand, likeness=likeness, written=label)
    return None


def _judged(rest: list[str], *, is_ambiguous: bool) -> Likeness | None:
    if not rest or any(part not in STRONG_WORDS and part not in WEAK_WORDS and len(part) > 2 for part in rest):
        return None
    if any(part in STRONG_WORDS for part in rest):
        return Likeness.LURE
    return None if is_ambiguous else Likeness.WORDS


def _lure_words(rest: str) -> list[str]:
    """The rest as one or two words of lures, or nothing."""
    known = STRONG_WORDS | WEAK_WORDS
    if rest in known and len(rest) > 2:
        return [rest]
    for cut in range(3, len(rest) - 2):
        if rest[:cut] in known and rest[cut:].strip("-") in known:
            return [rest[:cut], rest[cut:].strip("-")]
    return []


def _one_letter_off(label: str, names: _Names) -> Resemblance | None:
    if len(label) < _TYPO_LENGTH - 1 or label in names.all or label in WEAK_WORDS:
        return None
    for variant in _deletions(label):
        for name, brand in names.deletions.get(variant, ()):
            if label in brand.similar or label.rstrip("s") == name.rstrip("s"):
                continue  # the plural of a name is a word of its own
            if edit_distance(label, name, most=1) == 1:
                return Resemblance(brand=brand, likeness=Likeness.TYPO, written=label)
    return None


class _Names(Struct, frozen=True, kw_only=True):
    """Names as labels: `plain` those that are no words, `all` every name, `shapes` by skeleton, `deletions` by what is
    left of a name without any one of its letters."""

    plain: dict[str, Brand]
    all: frozenset[str]
    shapes: dict[str, Brand]
    deletions: dict[str, tuple[tuple[str, Brand], ...]]


@functools.lru_cache(maxsize=4)
def _names(brands: BrandIndex) -> _Names:
    plain: dict[str, Brand] = {}
    every: set[str] = set()
    for key, brand in brands.domain_keys():
        every.add(key)
        if len(key) >= _SHAPE_LENGTH and not _is_word_of(key, brand, brands):
            plain.setdefault(key, brand)
    deletions: dict[str, tuple[tuple[str, Brand], ...]] = {}
    for key, brand in plain.items():
        if len(key) >= _TYPO_LENGTH:
            for variant in _deletions(key):
                deletions[variant] = (*deletions.get(variant, ()), (key, brand))
    shapes: dict[str, Brand] = {}
    for key, brand in plain.items():
        shapes.setdefault(skeleton(key), brand)
    return _Names(plain=plain, all=frozenset(every), shapes=shapes, deletions=deletions)


def _is_word_of(key: str, brand: Brand, brands: BrandIndex) -> bool:
    """Whether that label may be a word: an ambiguous name, or no name at all, such as the `united` of an airline."""
    return brands.named(key) is not brand or brands.is_ambiguous(key)


def _deletions(name: str) -> Iterator[str]:
    yield name
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]
