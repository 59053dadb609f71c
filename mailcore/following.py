"""What following a link showed: each step on the way, and the page at its end."""

from __future__ import annotations

import enum

from msgspec import Struct


class StepKind(enum.StrEnum):
    """What led to an address."""

    LINK = "link"  # the mail
    REDIRECT = "redirect"  # the server (RFC 9110, 15.4)
    REFRESH = "refresh"  # the page, by itself
    SCRIPT = "script"  # an address that a script of the page goes to, as it stands there


class Step(Struct, frozen=True, array_like=True):
    """One address that was asked. `status` is that of HTTP, 0 where there was no answer."""

    url: str
    host: str
    domain: str = ""
    kind: StepKind = StepKind.LINK
    status: int = 0


class Page(Struct, frozen=True, kw_only=True):
    """The page at the end. `forms` are where its forms lead, as URLs; `password_forms` those with a password in them.

    `icons` are SHA-256 of the pictures that it shows in the tab of a browser, `icon_brands` the keys of brands whose
    listed logos these look like. `screenshot` is the file of its picture. `problems` say what could not be seen of it.
    """

    title: str = ""
    password_fields: int = 0
    forms: tuple[str, ...] = ()
    password_forms: tuple[str, ...] = ()
    icons: tuple[str, ...] = ()
    size: int = 0
    icon_brands: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    screenshot: str = ""

    @property
    def shown_screenshot(self) -> str:
        """Where its picture is, behind other words; "" where there is none."""
        return f"; picture {self.screenshot}" if self.screenshot else ""


class Download(Struct, frozen=True, kw_only=True):
    """A file at the end: its name, the media type that the server says, size in bytes and SHA-256."""

    name: str
    content_type: str = ""
    size: int = 0
    sha256: str = ""
    is_cut: bool = False


class Trail(Struct, frozen=True, kw_only=True):
    """The way of one link. `href` is as it stands in the mail, `steps` begins with it as it was asked.

    `problem` says why the way ended before its end; `is_forbidden` that it led to where nobody may be asked.
    """

    part: str
    href: str
    steps: tuple[Step, ...] = ()
    page: Page | None = None
    download: Download | None = None
    problem: str = ""
    is_forbidden: bool = False

    @property
    def end(self) -> Step:
        return self.steps[-1]

    @property
    def hosts_before(self) -> tuple[str, ...]:
        """The hosts on the way to the last one, each once."""
        return tuple(dict.fromkeys(step.host for step in self.steps if step.host != self.end.host))

    @property
    def way(self) -> str:
        """The hosts on the way, for people: `a.example > b.example`."""
        hosts: list[str] = []
        for step in self.steps:
            if not hosts or hosts[-1] != step.host:
                hosts.append(step.host)
        return " > ".join(hosts)
