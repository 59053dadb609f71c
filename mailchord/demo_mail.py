"""The messages of the demo: synthetic, but shaped like what arrives; nearly all addresses are reserved for examples."""

from __future__ import annotations

import email.policy
import email.utils
import mimetypes
from collections.abc import Mapping
from email.message import EmailMessage

from msgspec import Struct

from mailchord import demo_archives, demo_files
from mailchord.postfix import Client
from mailcore.verdict import Action

RECIPIENT = "bob@example.org"

# A mail server out there. Everything but internal mail comes from one.
OUTSIDE = Client(address="192.0.2.25", name="mail.example.net", helo="mail.example.net")

GOOD = (Action.ACCEPT,)
SUSPICIOUS = (Action.TAG, Action.QUARANTINE, Action.REJECT)
DANGEROUS = (Action.QUARANTINE, Action.REJECT)


# The DNS of the demo, which needs no network: who may send for whom.
ZONE = """\
mail.example.net        A    192.0.2.25
25.2.0.192.in-addr.arpa PTR  mail.example.net
example.net             TXT  "v=spf1 ip4:192.0.2.25 -all"
garden.example.com      TXT  "v=spf1 ip4:192.0.2.25 -all"
books.example.com       TXT  "v=spf1 ip4:192.0.2.25 -all"
bank.example            TXT  "v=spf1 ip4:198.51.100.0/24 -all"
_dmarc.bank.example     TXT  "v=DMARC1; p=reject"
"""


class DemoMail(Struct, frozen=True, kw_only=True):
    """A message, who sends it, and which answers make sense."""

    raw: bytes
    subject: str
    sensible: tuple[Action, ...]
    sender: str
    client: Client | None = OUTSIDE


def demo_mails() -> tuple[DemoMail, ...]:
    """All of them, harmless ones first."""
    return (
        personal(),
        newsletter(),
        order_receipt(),
        internal(),
        forged_verdict(),
        gtube(),
        eicar(),
        macro_document(),
        script_in_archive(),
        encrypted_archive(),
        mismatched_link(),
        advance_fee(),
        forged_sender(),
        code_in_picture(),
        text_in_picture(),
    )


def compose(
    *,
    subject: str,
    sender: str,
    text: str,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    sensible: tuple[Action, ...] = SUSPICIOUS,
    client: Client | None = OUTSIDE,
) -> DemoMail:
    """A message as mail programs write it: text, HTML beside it where given, then the files."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = sender
    message["To"] = f"Bob Example <{RECIPIENT}>"
    message["Subject"] = subject
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid(domain="example.net")
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    for name, content in (files or {}).items():
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        maintype, _, subtype = kind.partition("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    envelope_sender = email.utils.parseaddr(sender)[1]
    return DemoMail(raw=message.as_bytes(), subject=subject, sensible=sensible, sender=envelope_sender, client=client)


def personal() -> DemoMail:
    return compose(
        subject="Lunch on Thursday?",
        sender="Alice Example <alice@example.net>",
        text="Hi Bob,\n\nare you free for lunch on Thursday? The place at the corner has reopened.\n"
        "I would book a table for half past twelve.\n\nSee you\nAlice\n",
        sensible=GOOD,
    )


def newsletter() -> DemoMail:
    return compose(
        subject="The Garden Letter: what to plant in October",
        sender="The Garden Letter <letter@garden.example.com>",
        headers={
            "List-Id": "The Garden Letter <letter.garden.example.com>",
            "List-Unsubscribe": "<https://garden.example.com/unsubscribe?u=42>, <mailto:leave@garden.example.com>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        text="What to plant in October: garlic, broad beans, spring bulbs.\n\n"
        "Read on: https://garden.example.com/october\nUnsubscribe: https://garden.example.com/unsubscribe?u=42\n",
        html="<h1>What to plant in October</h1><p>Garlic, broad beans and spring bulbs go into the ground now, "
        'while it is still warm. <a href="https://garden.example.com/october">Read on</a></p>'
        '<p><small><a href="https://garden.example.com/unsubscribe?u=42">Unsubscribe</a></small></p>',
        sensible=GOOD,
    )


def order_receipt() -> DemoMail:
    return compose(
        subject="Your order 2026-4711 is on its way",
        sender="Example Books <orders@books.example.com>",
        text="Dear Bob,\n\nthank you for your order. We have handed it to the parcel service today.\n\n"
        "  1 x A History of the Envelope     24.00\n  shipping                           3.50\n"
        "  total                             27.50 EUR\n\n"
        "You can follow the parcel at https://books.example.com/orders/2026-4711\n\nExample Books\n",
        html="<p>Dear Bob,</p><p>thank you for your order. We have handed it to the parcel service today.</p>"
        "<table><tr><td>A History of the Envelope</td><td>24.00</td></tr><tr><td>total</td><td>27.50 EUR</td></tr>"
        '</table><p><a href="https://books.example.com/orders/2026-4711">Follow the parcel</a></p>',
        sensible=GOOD,
    )


def internal() -> DemoMail:
    """From our own network: it is judged, but gets no score headers."""
    return compose(
        subject="Minutes of Monday's meeting",
        sender="Carol Example <carol@example.org>",
        text="Hi all,\n\nthe minutes are on the intranet. Please add what I forgot.\n\nCarol\n",
        sensible=GOOD,
        client=None,
    )


def forged_verdict() -> DemoMail:
    """Claims that it was checked before: such headers are taken out, whatever they say."""
    return compose(
        subject="Photos of the weekend",
        sender="Dave Example <dave@example.net>",
        headers={"X-Mailchord-Verdict": "accept", "X-Mailchord-Score": "-99", "X-Spam-Flag": "NO"},
        text="Hi Bob,\n\nI have put the photos of the weekend on the disk that I bring along tomorrow.\n\nDave\n",
        sensible=GOOD,
    )


def gtube() -> DemoMail:
    """The Generic Test for Unsolicited Bulk Email, which every filter must know."""
    return compose(
        subject="Test of the spam filter",
        sender="Postmaster <postmaster@example.net>",
        text="This is the GTUBE test string:\n\n" + demo_files.GTUBE + "\n",
        sensible=(Action.REJECT,),
    )


def eicar() -> DemoMail:
    """The test file of the European Institute for Computer Anti-Virus Research."""
    return compose(
        subject="Test of the virus scanner",
        sender="Postmaster <postmaster@example.net>",
        text="The attached file is the EICAR test file.\n",
        files={"eicar.com": demo_files.eicar()},
        sensible=DANGEROUS,
    )


def macro_document() -> DemoMail:
    return compose(
        subject="Outstanding invoice 88213",
        sender="Accounts <accounts@supplier.example>",
        text="Dear customer,\n\nplease find the outstanding invoice attached. Enable content to see the amount.\n",
        files={"invoice-88213.docm": demo_files.macro_document()},
        sensible=DANGEROUS,
    )


def script_in_archive() -> DemoMail:
    return compose(
        subject="Scanned document from the copier",
        sender="Copier <copier@office.example>",
        text="A document was scanned for you. It is attached.\n",
        files={"scan-0042.zip": demo_archives.zip_file({"scan-0042.pdf.js": b'WScript.Echo("Hello");\r\n'})},
        sensible=DANGEROUS,
    )


def encrypted_archive() -> DemoMail:
    return compose(
        subject="Re: your documents",
        sender="Legal Department <legal@lawyers.example>",
        text="Hello,\n\nthe documents are in the attached archive.\n\nPassword: 2026\n",
        files={"documents.zip": demo_files.encrypted_archive(password="2026")},  # noqa: S106  # it stands in the mail
        sensible=DANGEROUS,
    )


def mismatched_link() -> DemoMail:
    return compose(
        subject="Your account has been suspended",
        sender="Example Bank Security <security@bank-alerts.example>",
        text="Dear customer,\n\nwe noticed unusual activity. Verify your account within 24 hours or it will be "
        "closed:\nhttps://www.bank.example.com/login\n",
        html="<p>Dear customer,</p><p>We noticed unusual activity and your account has been suspended. Verify your "
        "account within 24 hours or it will be permanently closed.</p>"
        '<p><a href="http://203.0.113.77/bank.example.com/login.php">https://www.bank.example.com/login</a></p>',
    )


def advance_fee() -> DemoMail:
    return compose(
        subject="URGENT BUSINESS PROPOSAL",
        sender="Barrister John Example <barrister.john@example.com>",
        # The answer goes to free mail, as in nearly all of these letters.
        headers={"Reply-To": "barrister.john.example@gmail.com"},
        text=ADVANCE_FEE_LETTER,
    )


def forged_sender() -> DemoMail:
    """Harmless words in the name of a domain whose owner asks everybody to refuse what he did not send (DMARC)."""
    return compose(
        subject="Your statement for October",
        sender="Example Bank <statements@bank.example>",
        text="Dear customer,\n\nyour statement for October is ready.\n\nExample Bank\n",
        sensible=(Action.REJECT,),
    )


def code_in_picture() -> DemoMail:
    """The link stands only in a QR code, where filters that read text do not see it."""
    return compose(
        subject="Action required: renew your two-factor login",
        sender="IT Service Desk <service-desk@it-support.example>",
        text="Your login expires today. Scan the code in the attached picture with your phone to renew it.\n",
        files={"code.png": demo_files.qr_picture("http://203.0.113.77/office-login/verify.php?user=bob@example.org")},
    )


def text_in_picture() -> DemoMail:
    """The text stands only in a picture."""
    return compose(
        subject="Congratulations",
        sender="Award Office <office@awards.example>",
        text="Please see the attached letter.\n",
        files={"letter.png": demo_files.text_picture(SCAM_LETTER)},
    )


SCAM_LETTER = """\
CONGRATULATIONS! YOU HAVE WON
the sum of US$ 2,500,000
in the international email lottery.
To claim your prize, contact our agent
and send your bank account number.
Act now: the offer expires today."""

ADVANCE_FEE_LETTER = """\
Dear friend,

I know that this letter may come to you as a surprise, since we have never met, but I write to you in good faith.

I am Barrister John Example, a solicitor at law and the personal attorney to the late Mr. Example, a contractor who
died with his wife and only child in a car accident. Since then I have made several enquiries to locate his relatives,
without success.

He left the sum of US$ 18,500,000 (eighteen million five hundred thousand United States dollars) in a bank, which has
asked me to provide the next of kin or have the account confiscated. I seek your consent to present you as the next of
kin of the deceased, so that the proceeds can be paid to you and we share the money: 60% for me and 40% for you. All I
require is your honest cooperation. This transaction is 100% risk free and must be kept strictly confidential.

Send me your full name, your address, your telephone number and your bank account for the transfer. Your urgent reply
will be appreciated. God bless you and your family.

Yours faithfully,
Barrister John Example
"""
