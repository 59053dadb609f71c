"""The message model that a parsed message gives: parts, text, links, attachments, headers."""

from __future__ import annotations

import hashlib

import pytest

from mailcore.defects import Defect
from mailcore.message import Header, LinkOrigin, Message, Part
from mailcore.parse import ParsedMail, parse
from mailcore.settings import ParseLimits
from tests.mail import Attachment, file_part, mail, multipart, text_part


def message(raw: bytes, **limits: int) -> Message:
    return parsed(raw, **limits).message


def parsed(raw: bytes, **limits: int) -> ParsedMail:
    return parse(raw, message_id="m1", limits=ParseLimits(**limits))


def with_header(*lines: bytes) -> Message:
    return message(b"\r\n".join(lines) + b"\r\n\r\nbody\r\n")


def test_plain_text_mail_is_one_part() -> None:
    raw = mail(text="Hello,\nsee https://www.example.com/x\n")

    read = parse(raw, message_id="m1", truncated=True)

    assert read.message.id == "m1"
    assert read.message.truncated
    assert read.message.size == len(raw)
    assert read.message.text == "Hello,\r\nsee https://www.example.com/x\r\n"
    assert read.message.text_parts == ("1",)
    assert [(part.id, part.parent, part.content_type) for part in read.message.parts] == [("1", None, "text/plain")]
    assert [(link.host, link.origin, link.part) for link in read.message.links] == [
        ("www.example.com", LinkOrigin.TEXT, "1")
    ]
    assert read.message.defects == ()
    assert read.decoded("1") == b"Hello,\r\nsee https://www.example.com/x\r\n"


def test_mail_with_html_and_attachments() -> None:
    picture = Attachment("logo.png", b"\x89PNG", disposition="inline", content_id="logo@example.com")
    raw = mail(
        text="plain",
        html='<p>rich <a href="http://b.example/">https://a.example/</a> www.c.example/x</p><p hidden>secret</p>',
        attachments=[Attachment("report.pdf", b"%PDF" * 999), picture],
    )

    read = parsed(raw)

    assert [(part.id, part.parent, part.content_type) for part in read.message.parts] == [
        ("", None, "multipart/mixed"),
        ("1", "", "multipart/alternative"),
        ("1.1", "1", "text/plain"),
        ("1.2", "1", "text/html"),
        ("2", "", "application/pdf"),
        ("3", "", "image/png"),
    ]
    assert (read.message.text, read.message.html_text) == ("plain", "rich https://a.example/ www.c.example/x")
    assert read.message.html.hidden_text == "secret"
    assert (read.message.text_parts, read.message.html_parts) == (("1.1",), ("1.2",))
    assert read.message.attachments == ("2", "3")
    report = read.message.part("2")
    assert (report.filename, report.disposition, report.size) == ("report.pdf", "attachment", 3996)
    assert report.sha256 == hashlib.sha256(b"%PDF" * 999).hexdigest()
    assert read.decoded("2") == b"%PDF" * 999
    assert read.message.part("3").content_id == "<logo@example.com>"
    # The anchor's own text is no second link; an address that no anchor covers is one, as mail programs have it.
    assert [(link.href, link.shown, link.origin) for link in read.message.links] == [
        ("http://b.example/", "https://a.example/", LinkOrigin.HTML),
        ("www.c.example/x", "", LinkOrigin.TEXT),
    ]


def test_offsets_are_those_of_the_encoded_body() -> None:
    raw = mail(attachments=[("x.bin", b"content")])

    part = message(raw).part("2")

    assert raw[part.start : part.end].strip() == b"Y29udGVudA=="


def test_an_unknown_part_has_no_content() -> None:
    with pytest.raises(KeyError):
        parsed(mail()).decoded("7")


@pytest.mark.parametrize(
    ("part", "is_attachment"),
    [
        pytest.param(b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx", True, id="marked"),
        pytest.param(
            b"Content-Type: text/html\r\nContent-Disposition: ATTACHMENT; filename=x.html\r\n\r\nx",
            True,
            id="marked in capitals",
        ),
        pytest.param(b"Content-Type: text/html\r\nContent-Disposition: foo\r\n\r\nx", True, id="unknown disposition"),
        pytest.param(b"Content-Type: text/calendar\r\n\r\nx", True, id="other text"),
        pytest.param(b"Content-Type: message/delivery-status\r\n\r\nx", True, id="report"),
        pytest.param(b"Content-Type: application/octet-stream\r\n\r\nx", True, id="file"),
        # Patches on mailing lists come like this, and are read by people.
        pytest.param(
            b'Content-Type: text/plain; name="x.patch"\r\nContent-Disposition: inline\r\n\r\nx',
            False,
            id="inline with a name",
        ),
        pytest.param(b"Content-Type: text/plain\r\n\r\nx", False, id="no disposition"),
        pytest.param(b"\r\nx", False, id="no header"),
    ],
)
def test_what_is_an_attachment(part: bytes, is_attachment: bool) -> None:
    read = message(multipart("mixed", [part], boundary="b"))

    assert (read.attachments == ("1",)) is is_attachment
    assert (read.text == "x") is not is_attachment


def test_messages_inside_messages_are_opened() -> None:
    inner = mail(subject="inner", text="inner text", attachments=[("inner.pdf", b"x")])
    raw = multipart("mixed", [text_part("outer text"), b"Content-Type: message/rfc822\r\n\r\n" + inner], boundary="b")

    read = parsed(raw)

    assert [(part.id, part.parent, part.content_type) for part in read.message.parts] == [
        ("", None, "multipart/mixed"),
        ("1", "", "text/plain"),
        ("2", "", "message/rfc822"),
        ("2.TEXT", "2", "multipart/mixed"),
        ("2.1", "2.TEXT", "text/plain"),
        ("2.2", "2.TEXT", "application/pdf"),
    ]
    assert read.message.text == "outer text\ninner text"
    assert read.message.attachments == ("2.2",)
    assert Header("Subject", "inner") in read.message.part("2.TEXT").headers
    assert read.decoded("2") == inner


def test_a_message_that_is_a_message() -> None:
    read = message(b"Subject: outer\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext")

    assert [(part.id, part.parent) for part in read.parts] == [("1", None), ("1.1", "1")]
    assert (read.subject, read.text) == ("outer", "text")


def test_digests_hold_messages() -> None:
    read = message(multipart("digest", [b"\r\nSubject: one\r\n\r\ntext"], boundary="b"))

    assert [part.content_type for part in read.parts] == ["multipart/digest", "message/rfc822", "text/plain"]


@pytest.mark.parametrize(
    ("line", "value", "raw"),
    [
        pytest.param(b"Subject: hello", "hello", "", id="plain"),
        pytest.param(b"Subject:hello", "hello", "", id="no space"),
        pytest.param(b"Subject:  hello ", " hello ", "", id="one space only"),
        pytest.param(b"SUBJECT: hello", "hello", "", id="capitals"),
        pytest.param(b"Subject:", "", "", id="empty"),
        pytest.param(b"Subject: a\r\n b\r\n\tc", "a b\tc", "a\r\n b\r\n\tc", id="folded"),
        pytest.param(b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", id="Q"),
        pytest.param(
            b"Subject: =?UTF-8?b?R3LDvMOfZQ==?= aus K", "Grüße aus K", "=?UTF-8?b?R3LDvMOfZQ==?= aus K", id="B"
        ),
        pytest.param(
            b"Subject: =?utf-8?B?4pg=?= =?utf-8?B?gw==?=",
            "☃",
            "=?utf-8?B?4pg=?= =?utf-8?B?gw==?=",
            id="cut inside a character",
        ),
        pytest.param(
            b"Subject: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?= c", "ab c", "=?utf-8?Q?a?=\r\n =?utf-8?Q?b?= c", id="neighbours"
        ),
        pytest.param(
            b"Subject: =?utf-8?Q?a?= x =?koi8-r?B?4g?=", "a x Б", "=?utf-8?Q?a?= x =?koi8-r?B?4g?=", id="no padding"
        ),
        pytest.param(
            b"Subject: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?=",
            "日本",
            "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=",
            id="iso-2022-jp",
        ),
        pytest.param(b"Subject: =?us-ascii*en?Q?a_b?=", "a b", "=?us-ascii*en?Q?a_b?=", id="language"),
        pytest.param(b"Subject: =?nonsense?Q?a=FC?=", "aü", "=?nonsense?Q?a=FC?=", id="unknown charset"),
        pytest.param(
            b"Subject: =?utf-8?Q?a=0D=0AX-Evil:_1?=",
            "a X-Evil: 1",
            "=?utf-8?Q?a=0D=0AX-Evil:_1?=",
            id="line break inside",
        ),
        pytest.param(b"Subject: =?utf-8?Q?open", "=?utf-8?Q?open", "", id="not closed"),
        pytest.param(b"Subject: =?x =?? a?= =?=", "=?x =?? a?= =?=", "", id="not a word"),
        pytest.param("Subject: Grüße ☃".encode(), "Grüße ☃", "GrÃ¼Ã\x9fe â\x98\x83", id="SMTPUTF8"),
        pytest.param(b"Subject: Gr\xfc\xdfe", "Grüße", "", id="8-bit"),
        pytest.param(b"Subject: a\x00b", "ab", "a\x00b", id="NUL"),
    ],
)
def test_header_values(line: bytes, value: str, raw: str) -> None:
    header = with_header(line).headers[0]

    assert (header.value, header.raw) == (value, raw)


def test_headers_keep_their_order_and_their_duplicates() -> None:
    read = with_header(b"Received: one", b"From: a@example.com", b"received: two", b"X-Empty:")

    assert read.headers == (
        Header("Received", "one"),
        Header("From", "a@example.com"),
        Header("received", "two"),
        Header("X-Empty", ""),
    )
    assert read.header_values("RECEIVED") == ("one", "two")
    assert read.header("missing") == ""


def test_addresses_with_quotes_stay_as_they_are() -> None:
    value = '"Doe, \\"Jane\\" <x@example.net>" <"jane doe"@example.com>, undisclosed:;'

    assert with_header(b"To: " + value.encode()).header("to") == value


def described(*lines: bytes) -> Part:
    return with_header(*lines).parts[0]


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        pytest.param(b"attachment; filename=report.pdf", "report.pdf", id="token"),
        pytest.param(b'attachment; filename="my report.pdf"', "my report.pdf", id="quoted"),
        pytest.param(b'ATTACHMENT;\r\n FILENAME = "x.pdf" ; size=1', "x.pdf", id="folded, in capitals, with spaces"),
        pytest.param(b"attachment; filename=my report.pdf", "my report.pdf", id="spaces without quotes"),
        pytest.param(b'attachment; filename="a\\"b;c.pdf"', 'a"b;c.pdf', id="escaped"),
        pytest.param(b'attachment; filename="=?utf-8?Q?=C3=BC.pdf?="', "ü.pdf", id="encoded word"),
        pytest.param('attachment; filename="ü.pdf"'.encode(), "ü.pdf", id="UTF-8"),
        pytest.param(b'attachment; filename="\xfc.pdf"', "ü.pdf", id="8-bit"),
        pytest.param(b"attachment; filename*=utf-8''%C3%BC.pdf", "ü.pdf", id="RFC 2231"),
        pytest.param(
            b"attachment; filename*0*=iso-8859-1'de'%FC; filename*1=%41; filename*2*=%2Epdf",
            "ü%41.pdf",
            id="RFC 2231 in sections",
        ),
        pytest.param(b"attachment; filename*1=.exe; filename*0=a", "a.exe", id="sections out of order"),
        pytest.param(b"attachment; filename=a.txt; filename*=utf-8''a.exe", "a.exe", id="the extended form wins"),
        pytest.param(b"attachment; filename*=nonsense''%41", "nonsense''A", id="unknown charset"),
        pytest.param(b'attachment; filename="open', "open", id="quote not closed"),
        pytest.param(b'attachment; filename="a\r\n b.pdf"', "a b.pdf", id="folded inside"),
        pytest.param(b"attachment", "", id="none"),
        pytest.param(b"attachment; filename", "", id="no value"),
        pytest.param(b'attachment; filename=""', "", id="empty"),
    ],
)
def test_file_names(disposition: bytes, filename: str) -> None:
    part = described(b"Content-Type: application/pdf", b"Content-Disposition: " + disposition)

    assert (part.disposition, part.filename) == ("attachment", filename)


def test_the_name_of_the_type_is_used_where_there_is_no_file_name() -> None:
    assert described(b'Content-Type: application/pdf; name="x.pdf"').filename == "x.pdf"


@pytest.mark.parametrize(
    ("value", "content_type", "charset"),
    [
        pytest.param(b"text/plain; charset=UTF-8", "text/plain", "utf-8", id="plain"),
        pytest.param(b'Text/HTML ; Charset = "koi8-r" (comment)', "text/html", "koi8-r", id="quoted, in capitals"),
        pytest.param(b"text/plain (comment); charset=us-ascii (comment)", "text/plain", "us-ascii", id="comments"),
        pytest.param(b"text/plain;;; charset=utf-8;", "text/plain", "utf-8", id="semicolons"),
        pytest.param(b"text", "text/plain", "", id="no subtype"),
        pytest.param(b"/plain", "text/plain", "", id="no type"),
        pytest.param(b"text/", "text/plain", "", id="empty subtype"),
        pytest.param(b"a/b/c", "text/plain", "", id="two slashes"),
        pytest.param(b"", "text/plain", "", id="empty"),
        pytest.param(b";", "text/plain", "", id="nothing but a semicolon"),
    ],
)
def test_content_types(value: bytes, content_type: str, charset: str) -> None:
    part = described(b"Content-Type: " + value)

    assert (part.content_type, part.charset) == (content_type, charset)
    assert (Defect.BAD_CONTENT_TYPE in part.defects) is (value.strip(b"; ").count(b"/") != 1 or len(value) < 7)


@pytest.mark.parametrize(
    ("charset", "body", "text", "defects"),
    [
        pytest.param("utf-8", "Grüße".encode(), "Grüße", (), id="utf-8"),
        pytest.param("iso-8859-1", b"Gr\xfc\xdfe \x80", "Grüße €", (), id="Latin-1 is windows-1252"),
        pytest.param("koi8-r", "привет".encode("koi8-r"), "привет", (), id="koi8-r"),
        pytest.param("windows-1251", "привет".encode("cp1251"), "привет", (), id="windows-1251"),
        pytest.param("gb2312", "你好嗎".encode("gb18030"), "你好嗎", (), id="gb2312 is gb18030"),
        pytest.param("gb18030", "你好".encode("gb18030"), "你好", (), id="gb18030"),
        pytest.param("big5", "你好".encode("big5"), "你好", (), id="big5"),
        pytest.param("iso-2022-jp", "日本".encode("iso-2022-jp"), "日本", (), id="iso-2022-jp"),
        pytest.param("shift_jis", "日本①".encode("cp932"), "日本①", (), id="Shift JIS with vendor's characters"),
        pytest.param("ks_c_5601-1987", "안녕".encode("cp949"), "안녕", (), id="Korean"),
        pytest.param("utf-7", b"+AOQ-", "ä", (), id="utf-7"),
        pytest.param("utf-16", "hi".encode("utf-16"), "hi", (), id="utf-16"),
        pytest.param("utf-7", b"+2AA-", "?", (), id="lone surrogate"),
        pytest.param("nonsense", "Grüße".encode(), "Grüße", (Defect.UNKNOWN_CHARSET,), id="unknown, is utf-8"),
        pytest.param("nonsense", b"Gr\xfc\xdfe", "Grüße", (Defect.UNKNOWN_CHARSET,), id="unknown, is not"),
        pytest.param("utf-8", b"Gr\xfc\xdfe", "Grüße", (Defect.WRONG_CHARSET,), id="not utf-8"),
        pytest.param(
            "utf-8",
            "Grüße aus Köln für Jürgen ".encode() + b"\xff",
            "Grüße aus Köln für Jürgen \ufffd",
            (Defect.WRONG_CHARSET,),
            id="mostly utf-8",
        ),
        pytest.param("", "Grüße".encode(), "Grüße", (Defect.WRONG_CHARSET,), id="undeclared utf-8"),
        pytest.param("us-ascii", b"Gr\xfc\xdfe", "Grüße", (Defect.WRONG_CHARSET,), id="undeclared 8-bit"),
        pytest.param("gb18030", b"\xc4\xe3\xff", "你\ufffd", (Defect.WRONG_CHARSET,), id="one byte too many"),
        pytest.param("koi8-r", b"plain", "plain", (), id="ASCII in anything"),
        # Codecs of Python that are no charsets of mail.
        pytest.param("base64", b"plain", "plain", (Defect.UNKNOWN_CHARSET,), id="base64"),
        pytest.param("unicode_escape", b"\\u0041", "\\u0041", (Defect.UNKNOWN_CHARSET,), id="escapes"),
        pytest.param("punycode", b"abc-", "abc-", (Defect.UNKNOWN_CHARSET,), id="punycode"),
        pytest.param("x" * 300, b"plain", "plain", (Defect.UNKNOWN_CHARSET,), id="long name"),
    ],
)
def test_charsets(charset: str, body: bytes, text: str, defects: tuple[str, ...]) -> None:
    read = message(b"Subject: x\r\nContent-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + body)

    assert (read.text, read.defects) == (text, defects)


@pytest.mark.parametrize(
    ("encoding", "body", "decoded", "defects"),
    [
        pytest.param("base64", b"aGVs\r\nbG8=\r\n", b"hello", (), id="base64"),
        pytest.param("BASE64", b"aGVsbG8=", b"hello", (), id="in capitals"),
        pytest.param(" base64 (comment)", b"aGVsbG8=", b"hello", (), id="with a comment"),
        pytest.param("base64", b"  aGVs  bG8=  \r\n\r\n", b"hello", (), id="base64 with blanks"),
        pytest.param("base64", b"", b"", (), id="base64 of nothing"),
        pytest.param("base64", b"aGVsbG8", b"hello", (Defect.BAD_BASE64,), id="no padding"),
        pytest.param("base64", b"aGV!s\x00bG8=", b"hello", (Defect.BAD_BASE64,), id="junk inside"),
        pytest.param("base64", b"aGVsbG8=aGVsbG8=", b"hellohello", (Defect.BAD_BASE64,), id="data behind the padding"),
        pytest.param(
            "base64",
            b"aGVsbG8=" + b"\r\nfooter footer footer" * 9,
            None,
            (Defect.BAD_BASE64,),
            id="footer behind the padding",
        ),
        pytest.param("base64", b"aGVsb", b"hel", (Defect.BAD_BASE64,), id="a letter too many"),
        pytest.param("base64", b"=", b"", (Defect.BAD_BASE64,), id="padding of nothing"),
        pytest.param("base64", b"!!!!", b"", (Defect.BAD_BASE64,), id="nothing but junk"),
        pytest.param("quoted-printable", b"h=65l=\r\nlo", b"hello", (), id="quoted-printable"),
        pytest.param("quoted-printable", b"h=65llo =ZZ =", b"hello =ZZ ", (), id="broken quoted-printable"),
        pytest.param("x-uuencode", b"begin 644 x.txt\r\n%:&5L;&\\ \r\n`\r\nend\r\n", b"hello", (), id="uuencode"),
        pytest.param(
            "x-uuencode", b"no beginning", b"no beginning", (Defect.BAD_UUENCODE,), id="uuencode without a beginning"
        ),
        pytest.param("7bit", b"hello", b"hello", (), id="7bit"),
        pytest.param("8bit", b"h\xe4llo", b"h\xe4llo", (), id="8bit"),
        pytest.param("x-nonsense", b"hello", b"hello", (Defect.UNKNOWN_TRANSFER_ENCODING,), id="unknown"),
    ],
)
def test_transfer_encodings(encoding: str, body: bytes, decoded: bytes | None, defects: tuple[str, ...]) -> None:
    header = f"Subject: x\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    read = parsed(header.encode() + body)

    content = read.decoded("1")
    assert decoded is None or content == decoded
    assert read.message.defects == defects
    assert read.message.parts[0].size == len(content)
    assert read.message.parts[0].sha256 == hashlib.sha256(content).hexdigest()


def test_uuencode_in_a_text_stays_text() -> None:
    text = "see below\r\nbegin 644 x.exe\r\n#0V%T\r\n`\r\nend\r\n"

    assert message(mail(text=text)).text == text


def test_attachments_named_alike_are_apart() -> None:
    raw = multipart("mixed", [file_part(Attachment("a.bin", b"1")), file_part(Attachment("a.bin", b"2"))], boundary="b")

    read = parsed(raw)

    assert [read.decoded(part) for part in read.message.attachments] == [b"1", b"2"]


def test_links_are_kept_once_for_each_way_they_are_shown() -> None:
    raw = mail(
        text="http://a.example/ http://a.example/",
        html='<a href="http://a.example/">one</a><a href="http://a.example/">two</a><a href="mailto:x@a.example">',
    )

    assert [(link.href, link.shown, link.origin) for link in message(raw).links] == [
        ("http://a.example/", "", LinkOrigin.TEXT),
        ("http://a.example/", "one", LinkOrigin.HTML),
        ("http://a.example/", "two", LinkOrigin.HTML),
    ]
