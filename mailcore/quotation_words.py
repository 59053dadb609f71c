"""What mail programs write above the messages that they quote or forward, in the languages of mail."""

# ruff: noqa: RUF001  # letters that look like Latin ones are letters of these languages

from __future__ import annotations


def _words(table: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in table.split("|") if word.strip())


# "wrote", between a name and the colon or between a date and a name.
WROTE = _words("""
    wrote|writes|schrieb|a écrit|écrivait|escribió|escribio|ha scritto|scrisse|escreveu|schreef|skrev|skreiv|kirjoitti|
    kirjutas|napisał|napisała|pisze|napsal|napsala|napísal|написал|написала|написав|пише|пишет|писал|írta|a scris|
    yazdı|έγραψε|menulis|đã viết|va escriure|je napisao|je napisal|napisao je|rašė|rakstīja|skrifaði|كتب|כתב|כתבה|เขียน
""")
# The same in scripts that put no space before it.
WROTE_GLUED = _words("写道|寫道|写了|のメール|書きました|さんは|님이 작성|작성")

# Names of the four header fields that stand above a message as Outlook quotes it.
LABELS = {
    "from": _words("""
        from|von|de|da|van|od|от|від|kimden|gönderen|发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|från|fra|
        lähettäjä|saatja|feladó|από|מאת|من|จาก|từ|dari|expéditeur|remitente|mittente
    """),
    "sent": _words("""
        sent|date|gesendet|datum|envoyé|date d'envoi|enviado el|enviado|enviada em|enviada|fecha|data|inviato|verzonden|
        wysłano|отправлено|дата|надіслано|gönderildi|gönderilme tarihi|tarih|发送时间|发送日期|日期|寄件日期|送信日時|
        日付|보낸 날짜|보낸날짜|날짜|skickat|sendt|dato|lähetetty|päivämäärä|saadetud|kuupäev|elküldve|küldve|dátum|
        trimis|odesláno|στάλθηκε|ημερομηνία|נשלח|תאריך|تم الإرسال|تاريخ الإرسال|تاريخ|ส่ง|วันที่|ngày|đã gửi|dikirim|tanggal
    """),
    "to": _words("""
        to|an|à|a|para|aan|do|pro|komu|кому|kime|alıcı|收件人|宛先|받는 사람|받는사람|till|til|vastaanottaja|kellele|
        címzett|către|προς|אל|إلى|ถึง|đến|kepada|pour|destinataire|destinatario
    """),
    "subject": _words("""
        subject|betreff|objet|asunto|assunto|oggetto|onderwerp|temat|тема|konu|主题|主旨|件名|题名|제목|ämne|emne|aihe|
        teema|tárgy|subiect|předmět|predmet|θέμα|נושא|الموضوع|เรื่อง|หัวข้อ|chủ đề|subjek|perihal|re
    """),
}

# Phrases between rows of dashes, or before a colon.
DIVIDERS = frozenset(
    _words("""
        original message|original appointment|forwarded message|original email|forwarded by|reply message|
        begin forwarded message|start of forwarded message|ursprüngliche nachricht|originalnachricht|
        original-nachricht|weitergeleitete nachricht|anfang der weitergeleiteten nachricht|message d'origine|
        message original|message transféré|message initial|début du message réexpédié|début du message transféré|
        mensaje original|mensaje reenviado|inicio del mensaje reenviado|messaggio originale|messaggio inoltrato|
        inizio messaggio inoltrato|mensagem original|mensagem encaminhada|início da mensagem reencaminhada|
        início da mensagem encaminhada|oorspronkelijk bericht|doorgestuurd bericht|begin doorgestuurd bericht|
        wiadomość oryginalna|oryginalna wiadomość|wiadomość przekazana|treść przekazanej wiadomości|
        początek przekazywanej wiadomości|исходное сообщение|пересылаемое сообщение|пересланное сообщение|
        начало переадресованного сообщения|оригінальне повідомлення|переслане повідомлення|orijinal mesaj|
        özgün ileti|i̇letilen mesaj|iletilen mesaj|原始邮件|原始郵件|转发邮件信息|轉寄的郵件|转发的邮件|邮件原件|
        下面是被转发的邮件|以下是转发的邮件|元のメッセージ|転送メッセージ|以下は転送メッセージです|원본 메시지|
        원본 메일|전달된 메시지|ursprungligt meddelande|vidarebefordrat meddelande|vidarebefordrat brev|
        oprindelig meddelelse|videresendt besked|opprinnelig melding|videresendt melding|alkuperäinen viesti|
        edelleenlähetetty viesti|
        algne kiri|edastatud kiri|původní zpráva|přeposlaná zpráva|eredeti üzenet|továbbított üzenet|mesaj original|
        mesaj redirecționat|αρχικό μήνυμα|προωθημένο μήνυμα|הודעה מקורית|הודעה שהועברה|الرسالة الأصلية|
        رسالة معاد توجيهها|ข้อความต้นฉบับ|thư gốc|tin nhắn đã chuyển tiếp|pesan asli|pesan terusan
    """)
)
# Lotus Notes and some webmail name behind these who forwarded.
DIVIDER_BEGINNINGS = ("forwarded by ", "forwarded message from ", "original message from ", "weitergeleitet von ")
