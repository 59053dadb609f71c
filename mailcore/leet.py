"""Words that criminals write with digits and signs for letters ("p4yp4l"); only these are read so, no product codes."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORDS = (
    # goods
    *("viagra", "cialis", "levitra", "pharmacy", "pills", "medication", "medications", "prescription", "xanax"),
    *("valium", "tramadol", "ambien", "phentermine", "erection", "erectile", "penis", "enlargement", "casino"),
    *("rolex", "replica", "replicas", "watches", "lottery", "jackpot", "winner", "prize", "prizes", "bonus"),
    *("porn", "nude", "nudes", "escort", "dating", "webcam", "cannabis", "weight"),
    # accounts
    *("account", "accounts", "password", "passwords", "passcode", "login", "signin", "username", "credentials"),
    *("security", "secure", "verify", "verified", "verification", "authenticate", "authentication", "confirm"),
    *("suspended", "restricted", "limited", "blocked", "locked", "disabled", "expired", "expires", "update"),
    *("mailbox", "email", "webmail", "voicemail", "notification", "administrator", "support", "helpdesk", "service"),
    # money
    *("bitcoin", "bitcoins", "crypto", "cryptocurrency", "ethereum", "wallet", "blockchain", "investment", "profit"),
    *("profits", "payment", "payments", "invoice", "invoices", "refund", "transfer", "transaction", "million"),
    *("dollars", "credit", "loan", "loans", "mortgage", "banking", "inheritance", "beneficiary", "giftcard"),
    *("discount", "limited", "offer", "offers", "reward", "rewards", "voucher", "compensation", "donation"),
    # names
    *("paypal", "amazon", "apple", "microsoft", "google", "outlook", "office", "netflix", "facebook", "instagram"),
    *("whatsapp", "telegram", "linkedin", "dropbox", "docusign", "sharepoint", "onedrive", "icloud", "coinbase"),
    *("binance", "metamask", "norton", "mcafee", "geeksquad", "walmart", "costco", "adobe", "ebay", "spotify"),
    *("unsubscribe", "document", "delivery", "package", "parcel", "shipment", "customs", "important", "urgent"),
)

# "1" stands for "i" and for "l": the two are not told apart before the word is known.
_KEY = bytes.maketrans(b"013457@$!|l", b"oieastasiii")
_KNOWN = {word.encode().translate(_KEY): word.encode() for word in WORDS}
_LONGEST = 40  # bytes between spaces; an address of a page is longer, and no word
_BEGIN = r"(?:^|[\s\"'(\[<])"
_END = r"(?:[\s.,;:?!)\"'\]>|]|$)"
# Where a word may end that has digits or signs for letters, for engines of all kinds; caseless.
SIGNS = (
    rf"{_BEGIN}[a-z0-9@$!|]*[a-z][013457@$!|]{{1,3}}[a-z][a-z0-9@$!|]*{_END}",
    rf"{_BEGIN}[013457@$][a-z]{{4,}}{_END}",
    rf"[a-z]{{4}}1{_END}",
)
_SIGNED = re.compile(rb"[a-z][013457@$!|]{1,3}[a-z]|(?<!\S)[013457@$][a-z]{4}|[a-z]{4}1(?!\w)", re.IGNORECASE)
_WORD = re.compile(rb"""["'(\[<]*([A-Za-z0-9@$!|]{4,24}?)(?:'s|\xe2\x80\x99s)?[!|"')\]>.,:;?]*""")
_SPACE = re.compile(rb"\s")


def read_leet(data: bytes, places: Iterable[int] | None = None) -> tuple[bytes, int]:
    """The text (UTF-8) with known words in letters, and how many were not. Linear.

    `places` are offsets in or just behind words that may be such, in order; without them the text is searched.
    """
    pieces: list[bytes] = []
    behind = looked_at = 0
    for place in (match.end() for match in _SIGNED.finditer(data)) if places is None else places:
        if place < looked_at:
            continue
        start = _begin(data, behind, place - 1)
        space = _SPACE.search(data, max(place - 1, start))
        looked_at = end = space.start() if space is not None else len(data)
        word = _WORD.fullmatch(data, start, end) if end - start <= _LONGEST else None
        written = word.group(1).lower() if word is not None else b""
        known = _KNOWN.get(written.translate(_KEY))
        if word is not None and known is not None and written != known:
            pieces += (data[behind : word.start(1)], known)
            behind = word.end(1)
    if not pieces:
        return data, 0
    return b"".join((*pieces, data[behind:])), len(pieces) // 2


def _begin(data: bytes, least: int, at: int) -> int:
    """Where the run of bytes without space begins; not more than a word before `at`."""
    least = max(least, at - _LONGEST - 1)
    while at > least and not data[at - 1 : at].isspace():
        at -= 1
    return at
