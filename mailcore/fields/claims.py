"""Fields about what the text holds beside words: telephone numbers, sums of money, wallets, addresses."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator

from mailcore.addresses import Address, written_addresses
from mailcore.fields.kinds import Field, distinct, number, text, texts_of
from mailcore.view import MailView

CHARACTERS = 65_536  # of each text; what a fraudster wants is never further down
MOST = 50  # of each kind in one mail

_PHONE = re.compile(r"(?<![\w.@/=#-])(?:\+|00)?[ ]?\(?\d[\d ().\u00a0\u2010-\u2013-]{6,24}\d(?![\w@]|[./-]\d)")
_NO_PHONE = re.compile(r"\d{4}[-.]\d\d[-.]\d\d|\d\d?[-.]\d\d?[-.](?:19|20)\d\d|\d{1,3}(?:\.\d{1,3}){3}\Z")
_SEPARATED = re.compile(r"\d[ ().\u00a0\u2010-\u2013-]{1,3}\d")

_NUMBER = r"\d{1,15}(?:[.,' ]\d{3}){0,5}(?:[.,]\d{1,2})?"
_CURRENCY = r"[$€£¥₹₽₩]|\b(?:USD|EUR|GBP|US\$|CHF|CAD|AUD|JPY|CNY|RUB|INR|TRY|BRL|dollars?|euros?|pounds?|yen)\b"
_SUM = re.compile(
    rf"(?:{_CURRENCY})\s?({_NUMBER})(?!\d)(\s?(?:million|billion|mio|mln|[mk]\b))?"
    rf"|(?<![\d.,])({_NUMBER})(\s?(?:million|billion|mio|mln|[mk]))?"
    rf"(?:\s(?:of|de|US|united states))?\s?(?:{_CURRENCY})",
    re.IGNORECASE,
)
_SCALES = {"m": 1e6, "k": 1e3, "million": 1e6, "mio": 1e6, "mln": 1e6, "billion": 1e9}

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_WALLET = re.compile(
    r"(?<![\w/=?&+.-])(?:(bc1[a-z0-9]{25,62}|ltc1[a-z0-9]{25,62}|0x[0-9a-fA-F]{40}|4[0-9AB][1-9A-HJ-NP-Za-km-z]{93})"
    r"|([13LMT][1-9A-HJ-NP-Za-km-z]{25,34}))(?![\w/=&+-])"
)


@functools.lru_cache(maxsize=4)
def phone_numbers(text: str) -> tuple[str, ...]:
    """Digits of telephone numbers ("+" kept), as people write them: with "+" or with separators, 8 to 15 digits."""
    found: list[str] = []
    for match in _PHONE.finditer(text[:CHARACTERS]):
        written = match.group()
        digits = "".join(filter(str.isdigit, written))
        if not 8 <= len(digits) <= 15 or _NO_PHONE.match(written):
            continue
        if written.startswith("+") or (len(digits) >= 10 and _SEPARATED.search(written)):
            found.append(("+" if written.startswith("+") else "") + digits)
    return distinct(found)[:MOST]


def sums_of_money(text: str) -> tuple[float, ...]:
    """Amounts beside a sign or a name of a currency, whatever the currency; thousands may be parted by . , ' or space.

    At most 50.
    """
    return tuple(_amounts(text))[:MOST]


def _amounts(text: str) -> Iterator[float]:
    for match in _SUM.finditer(text[:CHARACTERS]):
        written, scale = (match[1], match[2]) if match[1] else (match[3], match[4])
        whole, _, cents = re.sub(r"[.,](\d{1,2})\Z", r"|\1", written).partition("|")
        amount = float("".join(filter(str.isdigit, whole)) or 0) + float(f"0.{cents or 0}")
        yield amount * _SCALES.get((scale or "").strip().lower(), 1.0)


def wallets(text: str) -> tuple[str, ...]:
    """Addresses of Bitcoin, Litecoin, Ethereum, Tron and Monero; where they have a checksum, it is right."""
    found = (match for match in _WALLET.finditer(text[:CHARACTERS]))
    return distinct(match[0] for match in found if match[1] or _is_base58check(match[2]))[:MOST]


def _is_base58check(word: str) -> bool:
    value = 0
    for letter in word:
        value = value * 58 + _BASE58.index(letter)
    if value >= 1 << 200:
        return False
    data = value.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4] == data[21:]


def _addresses(view: MailView) -> tuple[Address, ...]:
    return tuple(address for text in texts_of(view) for address in written_addresses(text[:CHARACTERS])[:MOST])


def _phones(view: MailView) -> tuple[str, ...]:
    return distinct(phone for text in texts_of(view) for phone in phone_numbers(text))


def _sums(view: MailView) -> tuple[float, ...]:
    return max((sums_of_money(text) for text in texts_of(view)), key=len, default=())


FIELDS: list[Field] = [
    text("text.phones", "Telephone numbers in the text: digits, with `+` where it is written.", _phones, costly=True),
    number(
        "text.phones.count", "Different telephone numbers in the text.", lambda view: len(_phones(view)), costly=True
    ),
    number("text.sums.count", "Sums of money in the text.", lambda view: len(_sums(view)), costly=True),
    number(
        "text.sums.largest",
        "The largest sum of money in the text, in whatever currency.",
        lambda view: max(_sums(view), default=0.0),
        costly=True,
    ),
    text(
        "text.wallets",
        "Addresses of crypto wallets in the text.",
        lambda view: distinct(wallet for text in texts_of(view) for wallet in wallets(text)),
        costly=True,
    ),
    text(
        "text.addresses",
        "Mail addresses that are written in the text, in lower case.",
        lambda view: distinct(address.address.rstrip(".") for address in _addresses(view)),
        costly=True,
    ),
    text(
        "text.addresses.domain",
        "Registered domains of those addresses.",
        lambda view: distinct(address.domain for address in _addresses(view)),
        costly=True,
    ),
]
