"""The shipped rules: their examples, good mail that none of them may mark, and the corpora where they are."""

from __future__ import annotations

import re
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

from mailchord.rule_reference import render_page
from mailcore.brands import BrandIndex
from mailcore.detector import Lifecycle
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.rules import parse_rules
from mailcore.view import Lists, MailView
from mailio.brand_files import load_brands
from mailio.list_files import load_lists
from mailio.pattern_cache import PatternCache, cache_directories
from mailio.rule_files import load_rules
from tests.corpora import real_mail
from tests.mail import mail
from workers.content import RuleSet, build, check_examples, compile_rules
from workers.runner import run_pool
from workers.urls import build as build_urls

ROOT = Path(__file__).resolve().parent.parent.parent
TAG = 5.0


@cache
def shipped() -> RuleSet:
    cache = PatternCache(cache_directories(ROOT / ".pytest_cache"))  # compiling them all takes half a minute
    return compile_rules(load_rules(ROOT / "configs" / "content"), cache)


@cache
def lists() -> Lists:
    return load_lists(ROOT / "configs" / "lists")


@cache
def brands() -> BrandIndex:
    return load_brands(ROOT / "configs" / "brands")


def score(raw: bytes) -> float:
    """What content rules and link detectors find together."""
    view = MailView(envelope=Envelope(), message=parse(raw, message_id="m1").message, lists=lists(), brands=brands())
    reports = [run_pool(pool, view, {}, seconds=10.0) for pool in (build(shipped()), build_urls())]
    assert not any(report.errors for report in reports)
    return sum(finding.weight for report in reports for finding in report.findings)


def test_every_example_does_what_it_should() -> None:
    assert check_examples(shipped(), lists(), brands()) == []


def test_no_shipped_pattern_needs_the_fallback() -> None:
    assert shipped().fallbacks == ()


def test_there_are_enough_rules_and_all_say_what_they_are() -> None:
    rules = shipped().rules
    assert len(rules) >= 25
    assert all(rule.summary.endswith(".") and rule.description.endswith(".") for rule in rules)
    assert all(rule.match and rule.no_match for rule in rules)


def test_the_rule_that_newcomers_copy_works() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert check_examples(compile_rules(parse_rules(block, "page")), lists()) == []


def test_examples_that_fail_are_named() -> None:
    page = (ROOT / "docs" / "writing-rules.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert check_examples(compile_rules(parse_rules(block, "page")), lists()) == []
    broken = block.replace('winner of the raffle", ', 'champion", ').replace("text: Who is", "text: The champion is")
    problems = check_examples(compile_rules(parse_rules(broken, "page")), lists())
    assert problems == ["page:19: raffle-letter does not hit 'raffle abroad', which it must"]


def test_the_reference_of_fields_and_operators_is_up_to_date() -> None:
    page = (ROOT / "docs" / "writing-rules.md").read_text(encoding="utf-8")
    assert page == render_page(page), "run `make docs`"


# What only administrators may fill: icons belong to their owners.
FILLED_BY_OTHERS = ("icons",)
LISTS = [path for path in sorted((ROOT / "configs" / "lists").glob("*.txt")) if path.stem not in FILLED_BY_OTHERS]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_lists_have_entries_and_say_where_they_come_from(path: Path) -> None:
    head = "".join(takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines(True)))
    assert re.search(r"Source: \S", head), "the comment at the top says `Source: ...`"
    assert re.search(r"As of 20\d\d-\d\d", head), "the comment at the top says `As of YEAR-MONTH`"
    assert len(lists().named(path.stem.replace("-", "_"))) >= 20


BULK = [("List-Unsubscribe", "<https://shop.example.com/u>")]
GOOD_MAIL = {
    "a short note": mail(),
    "an order": mail("Your order #10045 is confirmed", html=(
        "<p>Thank you for your order! Total $84.90. Questions? Call 888-555-0100.</p>"

              '<a href="https://shop.example.com/o/10045">View your order</a> <a href="https://shop.example.com/help">Help</a>'
    ), sender="Example Shop <orders@shop.example.com>"),
    "a receipt": mail("Your receipt from Example", "Amount paid $12.00, card ending 4242. Invoice 0001 is attached.",
        attachments=[("receipt.pdf", b"%PDF-1.4")], sender="Example <receipts@example.com>"),
    "a sale": mail("70% off ends tonight!", html=(
        "<h1>Up to 70% off. Today only!</h1><p>Free shipping. Limited stock.</p>"
        '<a href="https://click.shop.example.com/1">Shop now</a>'
    ), sender="Example Shop <news@shop.example.com>", headers=BULK),
    "a newsletter about crime": mail("How gift card scams work", (
        "Swindlers ask you to buy gift cards, scratch the back and send pictures. Others threaten that your "
        "account has "
        "been suspended and want you to verify it within 24 hours, or ask for bitcoin because they recorded you "
        "with the "
        "webcam. Read more: https://news.example.com/scams\n"
    ), sender="Consumer News <news@news.example.com>", headers=BULK),
    "a bank's notice": mail("Your statement is available", html=(
        "<p>Dear customer, your statement for October is ready. We never ask for your password by e-mail.</p>"
        '<a href="https://www.bank.example.com/">Sign in</a>'
    ), sender="Example Bank <service@bank.example.com>"),
    "a card that was locked": mail("We blocked a payment", html=(
        "<p>We blocked a payment of $310.00. If it was you, confirm in the app. If not, call the number on your "
        "card.</p>"
        '<a href="https://www.bank.example.com/app">Open the app</a>'
    ), sender="Example Bank <alerts@bank.example.com>"),
    "a password reset": mail("Reset your password", html=(
        "<p>You asked for a new password. The link works for 24 hours. Ignore this mail if it was not you.</p>"
        '<a href="https://accounts.example.com/reset?t=abc">Choose a new password</a>'
    ), sender="Example Accounts <no-reply@example.com>"),
    "a code": mail("Your code is 482913", "482913 is your sign-in code. It expires in 10 minutes."),
    "a new sign-in": mail("New sign-in to your account", html=(
        "<p>Somebody signed in to your account from a new device. If it was not you, secure your account now.</p>"
        '<a href="https://myaccount.google.com/notifications">Check activity</a>'
    ), sender="Google <no-reply@accounts.google.com>"),
    "a parcel on its way": mail("Your parcel arrives tomorrow", html=(
        "<p>Your parcel is on its way. Reschedule the delivery if you are not at home.</p>"
        '<a href="https://www.dhl.com/track?id=1">Track</a>'
    ), sender="DHL Express <noreply@dhl.com>"),
    "a shared file": mail("Alice shared a document with you", html=(
        '<p>Alice shared a document.</p><a href="https://example.sharepoint.com/:w:/d/abc">Open document</a>'
    ), sender="Alice Example via SharePoint <no-reply@sharepointonline.com>"),
    "an invoice of a craftsman": mail("Invoice 2041", (
        "Dear Ms Example,\n\nplease find our invoice attached, due in 30 days. Bank details are on the invoice.\n"
        "Questions? Call our office at (202) 555-0101.\n"
    ), attachments=[("invoice-2041.pdf", b"%PDF-1.4")], sender="Plumber Ltd <office@plumber.example.com>"),
    "a payslip": mail("Your payslip for November", "Your payslip is in the portal: https://hr.example.com/payslips",
        sender="Human Resources <hr@example.com>"),
    "a survey after a stay": mail("How was your stay?", html=(
        '<p>Please answer a few questions.</p><a href="https://hotel.example.com/survey">Take the survey</a>'
    ), sender="Example Hotel <stay@hotel.example.com>", headers=BULK),
    "loyalty points": mail("You have 1,200 points", html=(
        '<p>Your points expire in December. Redeem them for a voucher.</p><a href="https://air.example.com/">Redeem</a>'
    ), sender="Example Air <miles@air.example.com>", headers=BULK),
    "a doctor's appointment": mail("Appointment reminder", "Your appointment at the knee clinic is on Monday at 9.\n"),
    "a health magazine": mail("Sleep better this winter", html=(
        "<p>Five habits that help you sleep. What doctors say about coffee. Is your blood pressure fine?</p>"
        '<a href="https://health.example.com/sleep">Read</a> <a href="https://health.example.com/coffee">Read</a>'
    ), sender="Example Health <news@health.example.com>", headers=BULK),
    "a developers' list": mail("Re: [PATCH] free the wallet after use", (
        "On Monday, Bob wrote:\n> the account is locked here, click the button to verify\n\nNo, see "
        "http://10.0.0.1:8080/\n"
    ), headers=[("List-Id", "<devel.example.org>"), ("In-Reply-To", "<1@example.org>")]),
    "a lawyer about a will": mail("Estate of Mr Sample", (
        "Dear Ms Example,\n\nas attorney of the late Mr Sample I write about his estate of 120,000 euros. You "
        "are named as "
        "beneficiary. Please send a copy of your passport to our office.\n"
    ), sender="Law Office <office@law.example.com>"),
    "a recruiter": mail("Interview on Friday", "We would like to meet you on Friday. Are you available at 10?\n",
        sender="Jobs <jobs@company.example.com>"),
    "a German shop": mail("Ihre Bestellung ist unterwegs", "Guten Tag,\n\nIhr Paket kommt morgen. Kostenlos "
    "zurück bis 14 Tage.\n"
        "https://laden.example.com/sendung\n", sender="Laden <service@laden.example.com>"),
    "a French newsletter": mail("Les nouveautés de la semaine", "Bonjour, voici nos offres. Livraison gratuite "
    "dès 40 €.\n"
        "https://boutique.example.com/\n", sender="Boutique <news@boutique.example.com>", headers=BULK),
    "a Japanese newsletter": mail("新商品のお知らせ", "新しい商品ができました。https://shop.example.com/\n",
        sender="Shop <info@shop.example.com>"),
    "a bounce": mail("Undelivered Mail Returned to Sender", "The mail could not be delivered: mailbox is full.\n",
        sender="Mail Delivery System <MAILER-DAEMON@mx.example.com>"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD_MAIL)
def test_good_mail_is_not_marked(name: str) -> None:
    assert score(GOOD_MAIL[name]) < TAG


BAD_MAIL = {
    "gtube": mail(text="XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"),
    "gift cards": mail("Quick task", (
        "Are you free? I am in a meeting. Purchase 5 Apple gift cards of $100 each, scratch the back and send "
        "me pictures. "
        "Keep it confidential, I will reimburse you.\n"
    ), sender="Carol Chief <carol.chief.office@gmail.com>"),
    "sextortion": mail("I recorded you", (
        "I hacked your device and recorded a video with your webcam while you visited adult sites. Send $900 in "
        "bitcoin "
        "within 48 hours or I send the video to all your contacts. Then I delete everything.\n"
    )),
    "callback": mail("Invoice 88213", (
        "Your Norton subscription was renewed and $349.99 has been charged. If you did not authorize it, call customer "
        "support at +1 (888) 555-0147 within 24 hours to cancel.\n"
    ), sender="Billing <dept88213@gmail.com>"),
    "account threat with a foreign link": mail("Final notice", html=(
        "<p>Dear customer, your account has been suspended. Verify your account within 24 hours.</p>"
        '<a href="https://secure.evil.example.net/x">https://www.bank.example.com/login</a>'
    ), sender="Bank <security@notice.example.org>"),
    "advance fee": mail("Urgent reply", (
        "Dear friend, I am the attorney of a deceased client who left 12.5 million dollars without next of kin. "
        "Keep this "
        "confidential; 40% of the sum is for you. Send your full names and telephone number to my private email.\n"
    )),
    "wallet": mail("Wallet verification", html=(
        '<p>Enter your recovery phrase to keep your wallet.</p><a href="https://w.example.net/">Verify</a>'
    ), sender="Trust Wallet <x@mail.example.org>"),
    "retailer": mail("Your Walmart points expire today", html=(
        '<p>Claim your gift now.</p><a href="https://x.example.net/">Claim</a>'
    ), sender="WaImart <hello@maple.example.org>"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_MAIL)
def test_one_strong_combination_marks_a_mail(name: str) -> None:
    assert score(BAD_MAIL[name]) >= TAG


def test_experimental_rules_do_not_count() -> None:
    packed = next(rule for rule in shipped().rules if rule.id == "text-in-base64-for-nothing")
    assert packed.status is Lifecycle.EXPERIMENTAL, "the test needs an experimental rule"
    assert score(packed.match[0].raw()) == 0.0


@pytest.mark.corpus
def test_mailing_list_mail_is_not_marked() -> None:
    """A sample of person-to-person mail: at most one in a thousand may be marked."""
    files = [path for path in real_mail() if "easy_ham" in str(path)][:1_000]
    marked = [path.name for path in files if score(path.read_bytes()) >= TAG]
    assert len(marked) <= len(files) / 1_000
