"""Words beside a brand's name in From, and who may carry the name without being the brand."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailcore.addresses import Address
from mailcore.brand_hosts import Likeness, resembled
from mailcore.brands import Brand, Mention
from mailcore.fields.message import is_bounce, is_discussion
from mailcore.message import Direction, Link
from mailcore.view import MailView
from workers.content.senders import NOBODY, ours, sender

# Beside the name they say "this is the company itself". In the languages in which brands are imitated most.
COMPANY_WORDS = frozenset(
    """a ab account accounts ads ag alert alerts america and app associate associates at auto bank banking bei billing
    bonus business by canada card cards care center centre client clients club co com company compliance
    confirmation contact control corp corporation coupon credit customer customers dear debit deal deals
    delivery department depot desk digital direct do donotreply email emails de dept eu europe exclusive express
    feedback finance financial fr fraud free from gift gifts giveaway gmbh group guest health hello help
    helpdesk hi hq hr id im inc info information insurance international invite invoice invoices it jp kit
    kundenservice kunde kunden legal limited llc llp login loyalty ltd mail mailer mailing management manager
    marketing marketplace md me member members membership message messages my network net news newsletter no
    noreply not notice notices notification notifications notify of offer offers office official on online op
    opinion order orders our owner parcel partner partners pass password pay payment payments perk perks
    pharmacy plc plus pin policy portal post premium prepaid prime prize pro program promo promotion promotions
    protection purchase quality rebate receipt record refund refunds reminder renewal reply report request rep
    review reward rewards s sa safety sale sales savings se secure security send sender server service services
    shipment shipper shipping shop shopper shoppers shopping sign sl sms smtp smart solutions spa special srl
    status stock storage store stores subscription subscriptions suite support surprise survey sweepstakes
    system systems team teams tech technical the to tools total tracking transaction transactions transfer
    transfers trust u uk update updates us usa user users vacation value verification verify via vip voicemail
    voucher vouchers wallet web webmail website welcome wholesale winner winners you your www abteilung aktion
    alerte alertes angebot asistencia assistance assistenza atencion atendimento aviso avisos avviso beratung
    bot bozza bureau cadeau centrale cliente clientes clienti clientele colis compte confirmado comunicacao
    comunicaciones comunicazione comunicazioni conta contas conto cuenta datenschutz der des die direction du el
    envio espace factura faktura fattura france gutschein gruppo il informacion informazioni konto kontakt
    kundendienst la le les livraison mahnung mein meine mensaje mi mon nachricht notificacion notificaciones
    notifica notifiche oficial paket paquete per postfach premio presse rechnung rembourse remboursement
    seguridad securite servicio servicios servico servicos servizi servizio sicherheit sicurezza soporte sorteo
    suivi suporte supporto tu tuo versand vous votre zahlung zustellung mastercard visa klantenservice bezorging
    destek musteri uyari bildirim hizmetleri privacy personal nachrichten von gewinnspiel mitgliedschaft
    congratulations hurry attention important urgent final last pending action required confirm verified admin
    administrator alerting warning expired expiring abo abonnement sweepstake giftcards thank thanks exclusively
    plans one time helpcenter assist assists assistant bonuspunkte punkte prämie praemie geschenk umfrage
    glueckwunsch felicitations recompensas recompensa pontos resgate comunicado protocolo cartao bloqueio alarme
    desconto beneficio beneficios podpora obsluga klienta ugyfelszolgalat""".split()  # noqa: SIM905
)
_THROUGH = re.compile(
    r"\b(?:via|through|on behalf of|c/o|durch|über|par|por medio de|em nome de|namens|tramite|per conto di|at|@|bei)\b"
    r"|を通じて|経由|\bfor (?:your|you)\b",
    re.IGNORECASE,
)
# Local parts that nobody gets as a mailbox at a provider of mail.
SERVICE_LOCAL_PARTS = re.compile(
    r"^(?:no-?reply|do-?not-?reply|noreply[-+.].*|mailer|newsletter|mailings?|service|postmaster|mailer-daemon|"
    r"account-?security.*|notifications?|support|info|news|member_services|membership|security)$"
)


def is_spared(view: MailView, *, members: bool = True) -> bool:
    """Mail that names brands in good faith, or that was not written for this reader by its sender.

    `members`: what comes through a list is spared, since people there have names and subjects of brands. Anybody can
    write the headers of a list: what no member has (a domain made to be taken for a brand's) counts all the same.
    """
    return (
        not view.brands.brands
        or view.envelope.direction is not Direction.INBOUND  # our own people write about everybody
        or (members and is_discussion(view.message, view.auth))
        or _is_report(view)  # it quotes what could not be delivered
    )


def _is_report(view: MailView) -> bool:
    """A delivery report: to nobody, and with the part that programs read or plain text alone."""
    message = view.message
    if view.envelope.sender or not is_bounce(message):
        return False
    return not message.html_parts or any(part.content_type == "message/delivery-status" for part in message.parts)


def outside_sender(view: MailView) -> Address | None:
    """The first address of From; None where there is none, or it is of a domain of our own."""
    address = sender(view.message)
    return None if address is NOBODY or ours(view).is_own(address.host) else address


def says_through(name: str) -> bool:
    """Services that write for their users: "Bob via PayPal", "Shop on behalf of Visa"."""
    return _THROUGH.search(name) is not None


def is_mailbox_of_anybody(address: Address, view: MailView) -> bool:
    """Whether anybody may get such an address: free mail, and what brands lend to their customers."""
    if address.domain not in view.lists.free_mail and view.brands.sharer(address.host) is None:
        return False
    return not SERVICE_LOCAL_PARTS.match(address.address.partition("@")[0])


def may_write_for(address: Address, mentions: Iterable[Mention], view: MailView) -> bool:
    """Whether the address may carry these brands' names: it is theirs, another known brand's, or a service's own."""
    if view.brands.owners(address.host):
        return True  # partners write in each other's name: a bank for a club's card, a shop for a maker
    if any(view.brands.may_own(mention.brand, address.host) for mention in mentions):
        return not _is_lure(address.host, view)
    shared = address.domain in view.lists.free_mail or view.brands.sharer(address.host) is not None
    return shared and not is_mailbox_of_anybody(address, view)


def _is_lure(host: str, view: MailView) -> bool:
    """Names that fit the pattern of a brand's branches, such as `sparkasse-sicherheit.example`."""
    found = resembled(host, view.brands)
    return found is not None and found.likeness in (Likeness.LURE, Likeness.SHAPE, Likeness.INSIDE)


def is_company_itself(mention: Mention) -> bool:
    """Whether nothing but words such as "Support Team" stands beside the name."""
    return all(word in COMPANY_WORDS or word.isdigit() or len(word) == 1 for word in mention.words)


def links_elsewhere(view: MailView, brand: Brand) -> tuple[Link, ...]:
    """Links that are not the brand's, one for each host; counters of clicks and pages of ours count as elsewhere."""
    seen: dict[str, Link] = {}
    for link in view.message.links:
        if link.scheme in ("http", "https", "") and link.host and not view.brands.may_own(brand, link.host):
            sharer = view.brands.sharer(link.host)
            if sharer is not brand:
                seen.setdefault(link.host, link)
    return tuple(seen.values())


def leads_to(view: MailView, brand: Brand) -> bool:
    """Whether any link leads to the brand."""
    return any(link.host and view.brands.may_own(brand, link.host) for link in view.message.links)
