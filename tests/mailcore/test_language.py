"""The language of short texts, and of texts in none."""

# ruff: noqa: RUF001  # letters that look like others are what this is about

from __future__ import annotations

import pytest

from mailcore.language import language_of

TEXTS = {
    "en": "Your account has been suspended. Please verify your details within 24 hours.",
    "es": "Su cuenta ha sido suspendida. Verifique sus datos en las próximas 24 horas.",
    "pt": "A sua conta foi suspensa. Por favor verifique os seus dados em 24 horas.",
    "fr": "Votre compte a été suspendu. Veuillez vérifier vos informations sous 24 heures.",
    "de": "Ihr Konto wurde gesperrt. Bitte bestätigen Sie Ihre Daten innerhalb von 24 Stunden.",
    "it": "Il tuo conto è stato sospeso. Verifica i tuoi dati entro 24 ore.",
    "nl": "Uw rekening is geblokkeerd. Controleer uw gegevens binnen 24 uur.",
    "pl": "Twoje konto zostało zawieszone. Zweryfikuj swoje dane w ciągu 24 godzin.",
    "tr": "Hesabınız askıya alındı. Lütfen 24 saat içinde bilgilerinizi doğrulayın.",
    "ru": "Ваш счёт заблокирован. Подтвердите свои данные в течение 24 часов.",
    "uk": "Ваш рахунок заблоковано. Підтвердіть свої дані протягом 24 годин.",
    "zh": "您的账户已被冻结，请在24小时内验证您的信息。",
    "ja": "お客様のアカウントは停止されました。24時間以内に情報を確認してください。",
    "ko": "귀하의 계정이 정지되었습니다. 24시간 이내에 정보를 확인하세요.",
    "ar": "تم تعليق حسابك. يرجى التحقق من بياناتك خلال 24 ساعة.",
    "he": "החשבון שלך הושעה. אנא אמת את הפרטים שלך תוך 24 שעות.",
    "el": "Ο λογαριασμός σας έχει ανασταλεί. Επαληθεύστε τα στοιχεία σας εντός 24 ωρών.",
    "th": "บัญชีของคุณถูกระงับ โปรดยืนยันข้อมูลของคุณภายใน 24 ชั่วโมง",
    "et": "Teie konto on peatatud. Palun kinnitage oma andmed 24 tunni jooksul.",
    "sv": "Ditt konto har spärrats. Verifiera dina uppgifter inom 24 timmar.",
}


@pytest.mark.parametrize(("code", "text"), TEXTS.items(), ids=TEXTS)
def test_language(code: str, text: str) -> None:
    assert language_of(text) == code
    assert language_of(f"{text} https://example.com/account/verify?id=0123456789abcdef") == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OK",
        "Bob",
        "12345 67890 12345",
        "https://example.com/a/b/c/d/e/f",
        "\x00\x01\x02",
        "\ufffe\uffff" * 9,
        "#" * 99,
    ],
)
def test_no_language(text: str) -> None:
    assert language_of(text) == ""


def test_characters_that_no_text_interchanges_do_no_harm() -> None:
    assert language_of(TEXTS["de"].replace(" ", "\x00 \ufdd0\U0001ffff")) == "de"


def test_chinese_in_traditional_characters() -> None:
    assert language_of("您的帳戶已被凍結，請在二十四小時內驗證您的資訊，謝謝。") == "zh"
