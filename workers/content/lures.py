"""What a mail wants of its reader, in the words that criminals need whatever their language: a few kinds of lures.

It is asked only about mail that names a brand without coming from it, so it may cost some microseconds.
"""

from __future__ import annotations

import enum
import functools
import re

from mailcore.message import Message

_TEXT_CHARACTERS = 3_000  # the lure stands at the beginning; all of it is matched by Python's own `re`


class Lure(enum.StrEnum):
    CREDENTIALS = "wants you to sign in or confirm your data"
    THREAT = "threatens to close or block something of yours"
    PAYMENT = "speaks of a payment, refund or subscription of yours"
    PRIZE = "promises a gift or prize"
    PARCEL = "speaks of a parcel that waits for you"


_PATTERNS = {
    Lure.CREDENTIALS: r"""
        \b(?:verify|confirm|validate|update|review|restore|re-?activate|unlock|secure|recover)\W+(?:\w+\W+){0,2}
            (?:account|identity|information|details|billing|payment|password|mailbox|e-?mail|profile|card|wallet|
            device|login|access|settings)\b
        |\b(?:sign|log)[ -]?(?:in|on)\W+(?:\w+\W+){0,4}(?:to|and)\W+(?:\w+\W+){0,2}
            (?:verify|confirm|update|review|avoid|continue|keep|restore)
        |\b(?:kyc|seed phrase|recovery phrase|secret phrase|passphrase|verification code)\b
        |\b(?:bestätigen|aktualisieren|überprüfen|verifizieren|freischalten)\s+sie\b
        |\b(?:ihre?n?|ihr)\s+(?:\w+\s+){0,2}(?:konto|daten|kontodaten|zugang|zahlungsdaten)\b
        |\b(?:confirm|vérifi|actualis|mett?(?:ez|re) à jour|valid|régularis)\w*\s+(?:\w+\s+){0,2}(?:votre|vos)\b
        |\b(?:verific|confirm|actualic|valid|acced|inici)\w*\s+(?:\w+\s+){0,2}(?:su|sus|tu|tus|suas?|seus?|seu)\s+
            (?:cuenta|datos|identidad|información|tarjeta|conta|dados|cadastro|acceso|acesso|sesión)
        |\b(?:verific|conferm|aggiorn|valid|acced)\w*\s+(?:\w+\s+){0,3}(?:account|dati|conto|identità|profilo|carta)
        |ログイン|本人確認|ご確認ください|お客様情報|パスワード|認証|更新してください|确认您的|验证您的|登录
        |подтвердите|войдите|обновите данные|hesab\u0131n\u0131z\u0131 doğrula|onaylay\u0131n
    """,
    Lure.THREAT: r"""
        \b(?:suspend|restrict|block|disabl|deactivat|terminat|limit|clos|lock|cancel|delet|expir)\w{0,5}\b
            (?=\W+(?:\w+\W+){0,6}(?:account|access|service|card|mailbox|payment|storage|subscription|wallet|hours|today))
        |\b(?:account|access|card|mailbox|subscription|membership|storage|wallet|service|password|domain|licen[cs]e)\W+
            (?:\w+\W+){0,4}
            (?:suspended|restricted|blocked|disabled|deactivated|terminated|limited|closed|locked|
            expired?|expires|on hold|full|deleted)
        |\b(?:unusual|suspicious|unauthori[sz]ed|unrecogni[sz]ed)\W+(?:\w+\W+){0,2}
            (?:activity|log-?in|sign-?in|access|attempt|transaction|charge|device)
        |\b(?:gesperrt|eingeschränkt|deaktiviert|ablaufen|läuft ab|ungewöhnliche)\b
        |\b(?:suspendu|bloqué|limité|désactivé|expiré|suspendid[ao]|bloquead[ao]|limitad[ao]|bloccat[oa]|sospes[oa]|
            scadut[oa]|vencid[ao]|geblokkeerd|opgeschort|verlopen)e?s?\b
        |制限|停止|異常|不正|凍結|有効期限|失効|冻结|异常|заблокирован|приостановлен|ask\u0131ya al\u0131n
    """,
    Lure.PAYMENT: r"""
        \b(?:payment|invoice|refund|charge|transaction|transfer|order|subscription|renewal|
            direct debit|balance|toll|fee|tax)s?\W+
            (?:\w+\W+){0,3}
            (?:declined|failed|overdue|due|pending|processed|received|confirmed|successful|renewed?|available|unpaid|
            outstanding|required|approved|on hold|unsuccessful|completed?)
        |\b(?:unable|failed|could not|couldn't)\W+(?:\w+\W+){0,3}(?:process|charge|renew|authori[sz]e|collect)\b
        |\b(?:outstanding|unpaid|overdue)\W+(?:\w+\W+){0,2}(?:invoice|toll|balance|bill|fine|fee|amount)
        |\b(?:rechnung|zahlung|erstattung|rückerstattung|mahnung|abbuchung|lastschrift|
            facture|remboursement|paiement|prélèvement|
            factura|reembolso|devolución|pago|cobro|fatura|pagamento|rimborso|addebito|fattura|betaling|factuur)\b
        |お支払い|ご請求|引き落とし|返金|カード利用|付款|账单|退款|оплат|возврат|ödeme
    """,
    Lure.PRIZE: r"""
        \b(?:congratulations|winner|you(?:'ve| have)? (?:been|won|qualif)\w*|
            selected (?:to|for|as)|claim (?:your|a|the)|
            free gift|gift card|
            giveaway|
            sweepstakes?|exclusive (?:reward|gift|offer|invite)|loyalty (?:reward|gift|program)|reward points?|
            at no cost|courtesy gift|survey|redeem|bonus|unclaimed|set aside)\b
        |\b(?:gewonnen|gewinn|gutschein|glückwunsch|umfrage|félicitations|gagn[ée]|cadeau|sondage|
            felicidades|ganador|regalo|encuesta|
            parabéns|prêmio|pesquisa|congratulazioni|vinto|premio|sondaggio|gefeliciteerd|gewonnen|tebrikler|ödül)\b
        |おめでとう|当選|プレゼント|ポイント|マイル|中奖|恭喜|поздравля|выигра
    """,
    Lure.PARCEL: r"""
        \b(?:parcel|package|shipment|delivery|courier|item)s?\W+(?:\w+\W+){0,5}
            (?:on hold|held|pending|waiting|failed|unable|undeliver\w+|
            attempt\w*|returned?|customs|address|reschedul\w+|unsuccessful|stopped|warehouse|depot|suspended|arriv\w+|scheduled)
        |\b(?:customs|redelivery|delivery|shipping|handling|clearance)\W+(?:\w+\W+){0,1}(?:fees?|charges?|dut(?:y|ies)|costs?|attempt)
        |\b(?:paket|sendung|zustellung|zollgebühr|colis|livraison|frais de douane|paquete|
            envío|aduanas?|encomenda|alfândega|pacco|
            spedizione|consegna|dogana|pakket|bezorg\w*|przesyłk\w*|paczk\w*|zásilk\w*|csomag\w*|colet\w*|kargo\w*)\b
        |お荷物|配送|配達|お届け|快递|包裹|посылк
    """,
}
_COMPILED = {
    lure: re.compile("".join(line.strip() for line in pattern.splitlines()), re.IGNORECASE)
    for lure, pattern in _PATTERNS.items()
}


def lures_of(message: Message) -> frozenset[Lure]:
    """The kinds of lures in subject and text; bounded and linear."""
    text = (message.html_text or message.text)[:_TEXT_CHARACTERS]
    return _lures_in(" ".join(f"{message.subject} . {text}".split()))


@functools.lru_cache(maxsize=8)  # several detectors ask about the same message
def _lures_in(text: str) -> frozenset[Lure]:
    return frozenset(lure for lure, pattern in _COMPILED.items() if pattern.search(text))
