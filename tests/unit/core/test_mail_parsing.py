"""Reading mail: whatever arrives is a message or a refusal with a reason, and never a crash."""

import base64
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.mail import MailLimits, MailRefused, parse_mail, split_reply
from tests.support.effort import within

HEAD = b"From: Ana Ruiz <Ana@Example.com>\r\nTo: help@desk.test\r\nMessage-ID: <a1@example.com>\r\n"


def mail(*headers: str, body: str | bytes = "Hello") -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    return (
        HEAD + "".join(f"{line}\r\n" for line in headers).encode("utf-8", "surrogateescape") + b"\r\n" + raw
    )


@pytest.mark.req(2)
def test_a_plain_message_is_read_whole() -> None:
    found = parse_mail(
        mail(
            "Subject: =?utf-8?b?wr9Ew7NuZGU/?= est=?utf-8?q?=C3=A1?=",
            "In-Reply-To: <q@x>",
            "References: <p@x> <q@x>",
            body="Hola\r\nAna",
        )
    )
    assert found.sender == ("Ana Ruiz", "ana@example.com")
    assert found.subject.startswith("¿Dónde?")
    assert (found.message_id, found.in_reply_to, found.references) == (
        "a1@example.com",
        ["q@x"],
        ["p@x", "q@x"],
    )
    assert found.text == "Hola\nAna"
    assert found.automatic == ""


@pytest.mark.req(2)
def test_the_text_part_is_preferred_and_files_are_attachments() -> None:
    png = base64.b64encode(b"\x89PNG....").decode()
    body = (
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        "--c\r\nContent-Type: text/plain\r\n\r\nplain\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--c--\r\n"
        "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename*=UTF-8''f%C3%B3to.png\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{png}\r\n--b--\r\n"
    )
    found = parse_mail(mail("Content-Type: multipart/mixed; boundary=b", body=body))
    assert found.text == "plain"
    assert "<p>html</p>" in found.html
    assert [(a.name, a.type, a.data) for a in found.attachments] == [
        ("fóto.png", "image/png", b"\x89PNG....")
    ]


def test_html_alone_is_read_as_text() -> None:
    found = parse_mail(mail("Content-Type: text/html", body="<p>Hola</p><p>Ana &amp; Luis</p>"))
    assert found.text.split() == ["Hola", "Ana", "&", "Luis"]


@pytest.mark.hard("S-19")
@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-8859-1", "señal".encode("latin-1"), "señal"),
        ("utf-8", "señal".encode("latin-1"), "señal"),
        ("klingon", "señal".encode(), "señal"),
        ("us-ascii", "señal".encode(), "señal"),
        ("utf-7", b"se+APE-al", "señal"),
        ("iso-2022-jp", "日本語".encode("iso-2022-jp"), "日本語"),
    ],
)
def test_a_wrong_charset_does_not_lose_the_text(charset: str, body: bytes, text: str) -> None:
    found = parse_mail(
        mail(f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: 8bit", body=body)
    )
    assert len(found.text) == len(text)
    if charset != "utf-8" or body == text.encode():
        assert found.text == text


@pytest.mark.hard("S-18")
@pytest.mark.parametrize(
    "line", ["Subject: a\r\n b\r\n\tc", "Subject: =?utf-8?q?a=0D=0ABcc:_x@y.z?=", "Subject: a\x00b\x1bc"]
)
def test_a_subject_is_one_line_whatever_is_hidden_in_it(line: str) -> None:
    found = parse_mail(mail(line))
    assert len(found.subject.splitlines()) == 1
    assert all(char >= " " for char in found.subject)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (("Auto-Submitted: auto-replied",), "replied"),
        (("Auto-Submitted: auto-generated; x=y",), "generated"),
        (("Auto-Submitted: no",), ""),
        (("X-Autoreply: yes",), "replied"),
        (("Return-Path: <>",), "bounce"),
        (("Content-Type: multipart/report; report-type=delivery-status; boundary=x",), "bounce"),
        ((), ""),
    ],
)
def test_machines_are_told_from_people(headers: tuple[str, ...], kind: str) -> None:
    assert parse_mail(mail(*headers)).automatic == kind


@pytest.mark.hard("S-19")
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b" \r\n \r\n", "empty"),
        (b"just some text without any header at all\r\nand more", "no_headers"),
        (b"\r\n\r\nbody without headers", "no_headers"),
        (b"Subject: " + b"x" * 300_000 + b"\r\n\r\nx", "headers_too_large"),
        (HEAD + b"X-Pad: y\r\n" * 40_000 + b"\r\nx", "headers_too_large"),
    ],
)
def test_what_is_no_mail_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(MailRefused) as refused:
        parse_mail(raw)
    assert refused.value.reason == reason


@pytest.mark.hard("S-19")
@pytest.mark.parametrize(
    "headers",
    [
        ("From: ", "Subject: x"),
        ("From: not an address",),
        ("From: a@b@c.de <x",),
        ('From: "unclosed <a@example.com',),
        ("From: <<<>>>",),
        ("From: =?utf-8?b?????=",),
        ("Content-Type: multipart/mixed",),
        ("Content-Type: multipart/mixed; boundary=",),
        ("Content-Type: ;;;=;",),
        ("Content-Type: text/plain; charset==?x?=",),
        ("Content-Disposition: attachment; filename*0*=x''%ff; filename*1=y; filename=z",),
        ("Content-Transfer-Encoding: base64",),
        ("Content-Transfer-Encoding: nonsense",),
        ("Date: yesterday-ish",),
        ("Date: Mon, 99 Foo 99999 99:99:99 +9999",),
        ("Message-ID: <<>>",),
        ("References: " + "<a@b> " * 500,),
        ("Subject: one", "Subject: two", "From: b@example.com"),
    ],
)
def test_malformed_headers_are_mended_and_never_crash(headers: tuple[str, ...]) -> None:
    raw = "".join(f"{line}\r\n" for line in headers).encode() + b"\r\n!!not base64!! body"
    found = parse_mail(raw)
    assert found.subject == found.subject.strip()
    assert len(found.references) <= 50


def nested(depth: int) -> bytes:
    raw = b"From: a@example.com\r\n\r\nthe core"
    for _ in range(depth):
        raw = b"From: a@example.com\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    return raw


def many_parts(count: int) -> bytes:
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\n\r\nx\r\n" * count
        + b"--b--\r\n"
    )


def deep_multiparts(depth: int) -> bytes:
    raw = HEAD
    for level in range(depth):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
    return raw + b"\r\nx"


@pytest.mark.hard("S-03")
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (nested(100), "too_deep"),
        (nested(3000), "too_deep"),
        (many_parts(10_000), "too_many_parts"),
        (deep_multiparts(100), "too_deep"),
        (deep_multiparts(5000), "too_many_parts"),
    ],
)
def test_bombs_are_refused_quickly_and_without_eating_memory(raw: bytes, reason: str) -> None:
    tracemalloc.start()
    with within(10), pytest.raises(MailRefused) as refused:  # tracing makes it several times slower
        parse_mail(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.reason == reason
    assert peak < 100 * 2**20


def test_a_large_attachment_is_read_and_one_that_is_too_large_is_refused() -> None:
    data = bytes(range(256)) * (20 * 4096)
    lines = base64.encodebytes(data).replace(b"\n", b"\r\n")
    raw = (HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/x\r\n"
           b"Content-Disposition: attachment; filename=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
           + lines + b"--b--\r\n")  # fmt: skip
    assert parse_mail(raw, MailLimits(size=64_000_000)).attachments[0].data == data
    with pytest.raises(MailRefused) as refused:
        parse_mail(raw, MailLimits(size=1_000_000))
    assert refused.value.reason == "too_large"


@pytest.mark.hard("S-19")
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000), st.binary(max_size=200))
def test_arbitrary_bytes_are_a_message_or_a_refusal(body: bytes, header: bytes) -> None:
    for raw in (
        body,
        HEAD + header + b"\r\n\r\n" + body,
        HEAD + b"Content-Type: " + header + b"\r\n\r\n" + body,
    ):
        try:
            found = parse_mail(raw)
        except MailRefused:
            continue
        found.text.encode("utf-8")
        found.subject.encode("utf-8")


def test_a_top_posted_reply_leaves_the_history_folded() -> None:
    text = "Thanks, it works!\n\nOn Mon, 2 Nov 2026 at 10:00, Desk <help@desk.test> wrote:\n> Please try again.\n> Desk"
    new, quoted = split_reply(text)
    assert new == "Thanks, it works!"
    assert "Please try again" in quoted


def test_a_spanish_reply_leaves_the_history_folded() -> None:
    text = "Gracias, ya funciona.\n\nEl lun, 2 nov 2026 a las 10:00, Mesa <h@desk.test> escribió:\n> Pruebe otra vez."
    new, quoted = split_reply(text)
    assert new == "Gracias, ya funciona."
    assert "Pruebe otra vez" in quoted


def test_answers_between_quoted_lines_stay_in_sight() -> None:
    text = "Hi,\n\nOn Mon, 2 Nov 2026 at 10:00, Desk wrote:\n> Which card?\nThe blue one.\n> Since when?\nSince Monday."
    new, quoted = split_reply(text)
    assert "The blue one." in new
    assert "Since Monday." in new
    assert quoted == ""


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab>\n -_:OnFromwrote@", max_size=300))
def test_splitting_a_reply_loses_no_word(text: str) -> None:
    new, quoted = split_reply(text)
    assert sorted((new + "\n" + quoted).split()) == sorted(text.split())


@pytest.mark.hard("S-12")
@pytest.mark.parametrize(
    "text", ["> " * 20_000, "On " * 13_000, "-" * 40_000, "From: " * 6_000, "a\n" * 20_000]
)
def test_hostile_quoting_is_split_in_bounded_time(text: str) -> None:
    with within(2):
        split_reply(text)


@pytest.mark.hard("S-19")
def test_the_fixtures_of_five_mail_parsers_are_read_or_refused(eval_data: Path) -> None:
    read, refused = 0, 0
    for path in sorted((eval_data / "email").rglob("*")):
        if path.is_file():
            try:
                parse_mail(path.read_bytes())
                read += 1
            except MailRefused:
                refused += 1
    assert read > 200
    assert read + refused > 500


def test_no_reply_of_the_corpora_loses_its_words(eval_data: Path) -> None:
    for path in sorted((eval_data / "email" / "crisp_reply").rglob("*.txt")):
        text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        new, quoted = split_reply(text)
        assert new, path.name
        assert sorted((new + "\n" + quoted).split()) == sorted(text.split()), path.name
