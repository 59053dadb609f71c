"""Known companies and authorities: their names as people read them, and the domains that are really theirs.

The index answers "which names stand in this short text" and "whose domain is this" with lookups in dictionaries, so
that ten thousand brands cost a mail what ten do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from fnmatch import translate

from msgspec import Struct, structs

from mailcore.lookalike import INVISIBLE, LATIN, MARKS, skeleton, unleet

FIELD_CHARACTERS = 500  # of a name or a subject that are searched: longer ones are no names
MAX_MENTIONS = 10
_LOOSE_LENGTH = 4  # shorter names look like too many other words
_JOINED_LENGTH = 6  # from this length on "pay pal" is read as "paypal"; "us ps" is not

# Sectors whose pictures stand under every newsletter: buttons to follow, badges of shops for programs, ways to pay.
SHOWN_BY_ALL = frozenset({"social", "streaming", "mail-and-sharing", "technology", "retail", "payments"})

_WORD = re.compile(r"[^\W_]+")
_LETTERS_APART = 4  # "c o i n": from so many single letters in a row on they are one word
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u2018\u2019\u00b4"))
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE)) | _APOSTROPHES
_ACCENTS = dict.fromkeys(MARKS)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Someone wrote another letter than belongs there: a capital I or a digit inside of a word, a letter of another script.
_DISGUISE = re.compile(r"(?<=[a-z])I|I(?=[a-z]{2})|[A-Za-z][0134579$@](?=[A-Za-z]|$)|(?:^|(?<=\W))[0134579][A-Za-z]")

# Country endings that are sold to anybody like `.com`, or were given away: owning a mark's name there proves nothing.
_GENERIC_COUNTRIES = frozenset(
    re.findall(
        "..",
        "acagaiamasbzcccdcfcicocxfmgagdggglgqgsimiolalclymemlmsmunupmpnpwrescshsostsutktltmtotvvcvgvuwfws",
    )
)


class Brand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company or authority that criminals write in the name of.

    `domains` are its own: mail from there is its mail. `name.*` stands for `name.com` and that name under every country
    ending; other entries with `*` may belong to it (local branches), so they prove nothing either way. `shared` are
    domains where its customers write or publish as well. `ambiguous` are those of its names that are words, family
    names or short: they count only with a second sign. `similar` are words and companies that look like its name.
    """

    name: str
    domains: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    sector: str = ""
    country: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    @property
    def shown_domains(self) -> str:
        """The first of its domains, for people to read."""
        shown = [domain.replace(".*", ".com") for domain in self.domains if not domain.startswith("*")]
        return ", ".join(shown[:4])


class Mention(Struct, frozen=True, kw_only=True):
    """A brand's name in a short text.

    `shown` is how it stands there, `start` the index of its first word, `words` all words of the text that belong
    to no brand's name, in small letters. `is_disguised`: letters were exchanged for others that look alike.
    """

    brand: Brand
    shown: str
    start: int
    words: tuple[str, ...] = ()
    is_ambiguous: bool = False
    is_disguised: bool = False


class _Name(Struct, frozen=True, kw_only=True):
    brand: Brand
    size: int  # words that the name is written with
    is_ambiguous: bool


class BrandIndex:
    """Brands by name and by domain. Immutable after it was built."""

    def __init__(self, brands: Iterable[Brand] = ()) -> None:
        self.brands = tuple(brands)
        self.longest = 1
        self._names: dict[str, _Name] = {}
        self._loose: dict[str, _Name] = {}
        self._unspaced: dict[str, list[tuple[str, _Name]]] = {}
        self._domains: dict[str, tuple[Brand, ...]] = {}
        self._labels: dict[str, tuple[Brand, ...]] = {}  # `name.*`
        self._shared: dict[str, Brand] = {}
        self._patterns: list[tuple[re.Pattern[str], Brand]] = []
        for brand in self.brands:
            self._add_names(brand)
            self._add_domains(brand)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Brands named in a short text (a display name, a subject), in its order, each place once."""
        words = words_of(text[:FIELD_CHARACTERS])
        keys = [word_key(word) for word in words]
        disguised = [_is_disguised(word) for word in words]
        found: list[Mention] = []
        covered: set[int] = set()
        at = 0
        while at < len(words) and len(found) < MAX_MENTIONS:
            match = self._longest_at(words, keys, disguised, at) or self._within(keys[at])
            if match is None:
                at += 1
                continue
            name, size, is_disguised = match
            found.append(
                Mention(
                    brand=name.brand,
                    shown=" ".join(words[at : at + size]),
                    start=at,
                    is_ambiguous=name.is_ambiguous,
                    is_disguised=is_disguised,
                )
            )
            covered.update(range(at, at + size))
            at += size
        rest = tuple(key for index, key in enumerate(keys) if index not in covered)
        return tuple(structs.replace(mention, words=rest) for mention in found)

    def named(self, key: str) -> Brand | None:
        """The brand that has this name, written as one word in small letters without accents."""
        name = self._names.get(key)
        return name.brand if name is not None else None

    def is_ambiguous(self, key: str) -> bool:
        """Whether that name needs a second sign."""
        name = self._names.get(key)
        return name is None or name.is_ambiguous

    def owners(self, host: str) -> tuple[Brand, ...]:
        """Whose domain the host is in; nobody's where it is not known or where customers write as well."""
        for name in _domains_above(host):
            if name in self._shared:
                return ()
            owners = self._domains.get(name, ()) + self._labels.get(_country_label(name), ())
            if owners:
                return () if self.sharer(host) is not None else _named_first(name, owners)
        return ()

    def sharer(self, host: str) -> Brand | None:
        """The brand that lends this domain to its customers."""
        for name in _domains_above(host):
            brand = self._shared.get(name) or self._shared.get(_country_label(name) + ".*")
            if brand is not None:
                return brand
        return None

    def may_own(self, brand: Brand, host: str) -> bool:
        """Whether the host is the brand's, or fits a pattern of its branches."""
        if any(_is_below(host, domain) for domain in brand.domains):
            return True
        if any(brand in self._labels.get(_country_label(name), ()) for name in _domains_above(host)):
            return True
        return any(own is brand and pattern.match(host) for pattern, own in self._patterns)

    def domain_keys(self) -> Iterator[tuple[str, Brand]]:
        """First labels of domains that each brand lives by: what lookalikes imitate."""
        for brand in self.brands:
            first = next((domain for domain in brand.domains if not domain.startswith("*")), "")
            if first:
                yield first.partition(".")[0], brand
            yield from ((key, brand) for key in map(name_key, brand.names) if key.isascii())

    def _longest_at(
        self, words: list[str], keys: list[str], disguised: list[bool], at: int
    ) -> tuple[_Name, int, bool] | None:
        for size in range(min(self.longest, len(words) - at), 0, -1):
            joined = "".join(keys[at : at + size])
            name = self._names.get(joined)
            if name is not None and (size == name.size or len(joined) >= _JOINED_LENGTH):
                return name, size, False
            if len(joined) >= _LOOSE_LENGTH and any(disguised[at : at + size]):
                name = self._loose.get(_loose_key("".join(words[at : at + size])))
                if name is not None:
                    return name, size, True
        return None

    def _within(self, key: str) -> tuple[_Name, int, bool] | None:
        """Names in scripts that do not part words."""
        if key.isascii() or not _CJK.search(key):
            return None
        for start in range(len(key) - 1):
            for written, name in self._unspaced.get(key[start : start + 2], ()):
                if key.startswith(written, start):
                    return name, 1, False
        return None

    def _add_names(self, brand: Brand) -> None:
        ambiguous = set(map(name_key, brand.ambiguous))
        for written in brand.names:
            key = name_key(written)
            name = _Name(brand=brand, size=len(words_of(written)), is_ambiguous=key in ambiguous)
            self._names[key] = name
            self.longest = max(self.longest, name.size, 3)
            if len(key) >= _LOOSE_LENGTH:
                self._loose.setdefault(_loose_key(key), name)
            if _CJK.search(key):
                self._unspaced.setdefault(key[:2], []).append((key, name))

    def _add_domains(self, brand: Brand) -> None:
        for domain in brand.domains:
            if domain.endswith(".*") and domain.count("*") == 1:
                self._labels[domain[:-2]] = (*self._labels.get(domain[:-2], ()), brand)
            elif "*" in domain:
                self._patterns.append((re.compile(translate(domain)), brand))
            else:
                self._domains[domain] = (*self._domains.get(domain, ()), brand)
        for domain in brand.shared:
            self._shared.setdefault(domain, brand)


def _named_first(domain: str, owners: tuple[Brand, ...]) -> tuple[Brand, ...]:
    """The owners of a domain: first the one that it is named after."""
    if len(owners) < 2:
        return owners
    name = domain.partition(".")[0]
    return tuple(sorted(dict.fromkeys(owners), key=lambda brand: name_key(brand.name) != name))


def words_of(text: str) -> list[str]:
    """The words of a text as they are shown, without what nobody sees; letters set apart are one word again."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    words: list[str] = []
    letters: list[str] = []
    for word in [*_WORD.findall(text.translate(_UNSEEN)), ""]:
        if len(word) == 1 and not word.isdigit():
            letters.append(word)
            continue
        words += ["".join(letters)] if len(letters) >= _LETTERS_APART else letters
        letters = []
        words.append(word)
    return words[:-1]


def word_key(word: str) -> str:
    """A word in small letters, without accents."""
    if word.isascii():
        return word.casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).translate(_ACCENTS)).casefold()


def name_key(name: str) -> str:
    """A name as one word: "Sam's Club" is "samsclub"."""
    return "".join(map(word_key, words_of(name)))


def _loose_key(joined: str) -> str:
    return skeleton(unleet(joined))


def _is_disguised(word: str) -> bool:
    """Whether letters stand in the word that are not those one would type."""
    if word.isascii():
        return _DISGUISE.search(word) is not None
    return any(ord(letter) in LATIN for letter in word)


def _domains_above(host: str) -> Iterator[str]:
    """The host and the domains above it, without the top-level domain."""
    while "." in host:
        yield host
        host = host.partition(".")[2]


def _is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def _country_label(domain: str) -> str:
    """`amazon` of amazon.com, amazon.de and amazon.co.uk; "" for other endings and for hosts below a domain."""
    label, _, ending = domain.partition(".")
    if ending == "com":
        return label
    first, dot, last = ending.rpartition(".")
    if len(last) != 2 or last in _GENERIC_COUNTRIES:
        return ""
    return label if not dot or first in ("co", "com", "net", "org", "ne", "or") else ""
