"""Mails written anew: a part gets another body, and every other byte stays as it was."""

import base64
import email
from email.message import EmailMessage

import pytest

from custody.digest import digest_of
from formats.faults import FormatError
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.rebuilding.notes import note_of
from sanitizers.disarming.rebuilding.plan import NOTHING_CHANGES, Plan, Substitute
from tests.corpus.containers import NOTE, TABLE, mail, mail_in_mail
from tests.corpus.rebuilders import MAIL, PAGE_COPY, parts_of, written

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BAD = b"MZ, and what follows"
PAGE = b"<html><body onload='x()'>Bonjour</body></html>"
# Parts: the text, the note, the program, the table.
WHOLE = mail(("note.txt", NOTE), ("bad.exe", BAD), ("table.csv", TABLE))


def contents(content):
    """Names and contents of all parts."""
    return [(part.untrusted_name, part.content) for part in parts_of(content, MAIL)]


def with_page(page=PAGE, charset="utf-8", break_=b"\n"):
    """A mail with a text and a page that says the same."""
    message = EmailMessage()
    message["From"] = "labo@example.invalid"
    message["Subject"] = "R\u00e9sultats"
    message.set_content("Bonjour\n")
    message.add_alternative("x", subtype="html")
    told = message.as_bytes().replace(b"x\n", page + b"\n")
    head = b'Content-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: 7bit'
    assert head in told
    new = b'Content-Type: text/html; charset="%s"\nContent-Transfer-Encoding: 8bit'
    return told.replace(head, new % charset.encode()).replace(b"\n", break_)


def substitute(content, media_type, name=b""):
    """What stands for a part."""
    return Substitute(untrusted_name=name, content=content, media_type=media_type)


def test_a_part_that_is_left_out_leaves_a_note():
    """It says why and which content it was; the other parts are those of before."""
    made = written(WHOLE, MAIL, Plan(left_out={3: "prohibited"})).content
    before, after = contents(WHOLE), contents(made)
    note = note_of("prohibited", digest_of(BAD))

    assert [before[0], before[1], (b"", note), before[3]] == after
    assert b"bad.exe" not in made
    assert digest_of(BAD).encode() in note


@pytest.mark.parametrize("break_", [b"\n", b"\r\n"])
def test_every_byte_around_a_part_stays(break_):
    """Headers, texts and delimiters before and behind it, whatever ends lines."""
    content = WHOLE.replace(b"\n", break_)
    made = written(content, MAIL, Plan(left_out={3: "malicious"})).content
    start = content.index(b"Content-Type: application/octet-stream", content.index(b"note.txt"))
    end = content.index(b"Content-Type", content.index(b"bad.exe"))

    before, behind = content[:start], content[content.index(break_ + b"--=", start) :]
    assert start < end
    assert made.startswith(before)
    assert made.endswith(behind)
    assert b"\r" in made or break_ == b"\n"
    assert b"\n" not in made.replace(b"\r\n", b"") or break_ == b"\n"


def test_a_copy_stands_under_its_new_name():
    """With its own type; a name outside of ASCII comes back as it was."""
    content = mail(("r\u00e9sum\u00e9.docm", BAD))
    other = substitute(b"PK safe", DOCX, "r\u00e9sum\u00e9.docm.docx".encode())
    made = written(content, MAIL, Plan(substitutes={2: other})).content
    part = list(email.message_from_bytes(made).walk())[2]

    assert ("r\u00e9sum\u00e9.docm.docx".encode(), b"PK safe") == contents(made)[1]
    assert DOCX == part.get_content_type()
    assert "attachment" == part.get_content_disposition()


def test_a_copy_of_the_same_type_keeps_its_name_where_it_stood():
    """The field that holds it is not written anew."""
    content = mail(("table.pdf", BAD))
    other = substitute(b"%PDF safe", "application/pdf", b"table.pdf")
    made = written(content, MAIL, Plan(substitutes={2: other})).content

    assert (b"table.pdf", b"%PDF safe") == contents(made)[1]
    assert b'Content-Disposition: attachment; filename="table.pdf"\n' in made


@pytest.mark.parametrize("break_", [b"\n", b"\r\n"])
def test_a_page_is_replaced_and_its_mail_keeps_all_headers(break_):
    """The page says that it is in UTF-8 from now on."""
    content = with_page(break_=break_)
    other = substitute(PAGE_COPY, "text/html")
    made = written(content, MAIL, Plan(substitutes={2: other})).content
    head = content[: content.index(break_ * 2)]

    assert made.startswith(head)
    assert PAGE_COPY == contents(made)[1][1]
    assert "utf-8" == list(email.message_from_bytes(made).walk())[2].get_content_charset()


def test_a_mail_that_is_one_page_keeps_its_other_headers():
    """What describes the body changes, and nothing else."""
    content = (
        b"From: a@example.invalid\nContent-Type: text/html\n  ;charset=us-ascii\n"
        b"X-More: folded\n  twice\nContent-Transfer-Encoding: 7bit\nSubject: last\n\n" + PAGE
    )
    other = substitute(PAGE_COPY, "text/html")
    made = written(content, MAIL, Plan(substitutes={1: other})).content
    kept = b"From: a@example.invalid\nX-More: folded\n  twice\nSubject: last\n"

    assert made.startswith(kept + b'Content-Type: text/html; charset="utf-8"\n')
    assert [(b"", PAGE_COPY)] == contents(made)


@pytest.mark.parametrize(
    ("charset", "page"),
    [
        ("iso-8859-2", "<p onclick='x()'>\u017elu\u0165ou\u010dk\u00fd".encode("iso-8859-2")),
        ("utf-8", "<p onclick='x()'>t\u00eate".encode("cp1252")),
    ],
)
def test_a_page_in_another_alphabet_than_it_was_read_in_is_refused(charset, page):
    """Its words would come back as others."""
    other = substitute(PAGE_COPY, "text/html")

    with pytest.raises(CannotDisarmError, match="alphabet"):
        written(with_page(page, charset), MAIL, Plan(substitutes={2: other}))


def test_a_mail_within_a_mail_is_written_within_it():
    """As deep as programs forward."""
    content = mail_in_mail(WHOLE)
    number = [part for _, part in contents(content)].index(BAD) + 1
    made = written(content, MAIL, Plan(left_out={number: "malicious"})).content

    assert BAD not in [part for _, part in contents(made)]
    assert NOTE in [part for _, part in contents(made)]
    assert len(contents(content)) == len(contents(made))


@pytest.mark.parametrize("content", [WHOLE, with_page(), mail_in_mail(WHOLE), mail()])
def test_without_a_change_not_a_byte_differs(content):
    """So that a copy is written once more the same."""
    assert content == written(content, MAIL, NOTHING_CHANGES).content


_SIGNED = b"""From: a@example.invalid
Content-Type: multipart/signed; boundary="b"; protocol="application/pgp-signature"

--b
Content-Type: text/plain

Bonjour

--b
Content-Type: application/pgp-signature

x
--b--
"""


@pytest.mark.parametrize(
    "content",
    [
        _SIGNED,
        b"From: a@example.invalid\nContent-Type: application/pkcs7-mime\n\nMIIB\n",
        mail(text="-----BEGIN PGP SIGNED MESSAGE-----\n\nBonjour\n"),
        mail_in_mail(_SIGNED),
        b"From: a@example.invalid\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(b"-----BEGIN PGP SIGNED MESSAGE-----\n\nBonjour\n"),
    ],
)
def test_a_signed_mail_is_held_for_its_owner(content):
    """Of S/MIME, of PGP, within its text, and in a mail that forwards it."""
    with pytest.raises(CannotDisarmError, match="signed"):
        written(content, MAIL, NOTHING_CHANGES)


@pytest.mark.parametrize(
    "content",
    [
        WHOLE[: -len(b"==--\n")],
        b"From: a\nno field at all\nTo: b\n\nBonjour\n",
        b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nBonjour\n",
    ],
)
def test_a_mail_that_two_readers_cut_differently_is_refused(content):
    """Whatever the reason is."""
    with pytest.raises((CannotDisarmError, FormatError)):
        written(content, MAIL, NOTHING_CHANGES)
