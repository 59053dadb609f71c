"""What one request to a web server brought back, and how a link was followed from request to request."""

from __future__ import annotations

from msgspec import Struct

MOST_URL = 8_192  # characters of an address that is asked for; many servers take no more


class FetchedPage(Struct, frozen=True, kw_only=True):
    """The answer of one web server to one request.

    `problem` says why there is none ("" where there is one); `is_forbidden` that nobody may be asked there: an address
    inside of a private network. `location` is where a redirect leads, as written. `content_type` is "" where the server
    says none. `body` is decoded (gzip, deflate); `is_cut` that there was more of it, or that it broke off. `filename`
    is that of a download.
    """

    url: str
    status: int = 0
    location: str = ""
    content_type: str = ""
    filename: str = ""
    body: bytes = b""
    is_cut: bool = False
    problem: str = ""
    is_forbidden: bool = False
