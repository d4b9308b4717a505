"""Mails in the main job: attachments and pages replaced by copies, through the real box."""

import base64
import email
from dataclasses import dataclass

import pytest

from catalogue import artefacts, expansions
from custody.artefact import Derivation
from custody.digest import digest_of
from pipeline import listing
from pipeline.proving.verify import verify
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from sanitizers.disarming.rebuilding.notes import note_of
from tests.corpus.active_pdfs import page_pdf
from tests.corpus.calendars import calendar, sound, starting
from tests.corpus.containers import mail, mail_in_mail, mailbox
from tests.corpus.homes import EICAR, a_source, copy_of, recover
from tests.corpus.images import png
from tests.corpus.keeping import KeptFile
from tests.corpus.packages import archive
from tests.corpus.rebuilders import MAIL, parts_of
from tests.corpus.rebuilt import LEAVE_OUT, a_disk, approve
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs

ACTIVE = calendar(starting("file:///c:/a.exe"), sound())
COPY = calendar(sound())
NOTE = b"Nothing to report.\n"
PROGRAM = b"#!/bin/sh\nrm -rf /\n"
SCRIPTED = page_pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>")
PAGE = b"<html><body onload='steal()'><p>Bonjour docteur</p><script>run()</script></body></html>"
PICTURE = png()
ARCHIVE = archive({"visit.ics": ACTIVE, "note.txt": NOTE})
WHO = b"From: labo@example.invalid\r\nTo: service@example.invalid\r\n"
RELATED = (
    WHO + b"Date: Fri, 13 Mar 2026 19:00:00 +0100\r\nSubject: Dossier\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; type="text/html"; boundary="----=_x"\r\n\r\n'
    b"------=_x\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Location: http://intranet.example.invalid/dossier.html\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n" + PAGE + b"\r\n"
    b"------=_x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Location: http://intranet.example.invalid/a.png\r\n\r\n"
    + base64.encodebytes(PICTURE).replace(b"\n", b"\r\n")
    + b"------=_x--\r\n"
)
SIGNED = (
    b"From: a@example.invalid\nSubject: x\nDate: Fri, 13 Mar 2026 19:00:00 +0100\n"
    b'MIME-Version: 1.0\nContent-Type: multipart/signed; boundary="b"\n\n'
    b"--b\nContent-Type: text/html\n\n" + PAGE + b"\n\n"
    b"--b\nContent-Type: text/plain\n\nsignature\n--b--\n"
)
LETTER = mail(("visit.ics", ACTIVE), ("note.txt", NOTE))
FILES = {
    "letter.eml": LETTER,
    "report.eml": mail(("report.pdf", SCRIPTED), ("run.sh", PROGRAM)),
    "archive.eml": mail(("all.zip", ARCHIVE)),
    "forwarded.eml": mail_in_mail(LETTER),
    "page.eml": RELATED,
    "page.mht": RELATED.replace(WHO, b"From: <Saved by Blink>\r\n"),
    "virus.eml": mail(("v.txt", EICAR), ("note.txt", NOTE)),
    "signed.eml": SIGNED,
    "plain.eml": mail(("note.txt", NOTE)),
    "box.mbox": mailbox(LETTER, mail(("note.txt", NOTE))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A home that recovered the mails, and what `list` shows by path."""

    settings: Settings
    listed: dict


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Every mail, recovered once."""
    folder = tmp_path_factory.mktemp("rebuilt-mails")
    disk = a_disk(folder, FILES)
    settings = Settings(home=folder / "home")
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        listed = {e["path"]: e for e in listing.entries(runtime, derived=True)}
    return World(settings=settings, listed=listed)


@pytest.fixture(scope="module")
def runtime(world):
    """The home, open."""
    with open_runtime(world.settings) as opened:
        yield opened


def copy_of_mail(world, runtime, name):
    """The copy that stands for a mail."""
    with runtime.catalogue.read() as connection:
        at = artefacts.locate(connection, world.listed[name]["superseded_by"])
    return runtime.vault.read(at)


def contents(content):
    """Names and contents of the parts of a mail."""
    return [(part.untrusted_name.decode(), part.content) for part in parts_of(content, MAIL)]


def test_an_attachment_is_replaced_by_its_copy(world, runtime):
    """And the other one, the text and every header stay to the byte."""
    made = copy_of_mail(world, runtime, "letter.eml")
    head = LETTER[: LETTER.index(b"application/octet-stream")]

    assert ("superseded", "active") == (
        world.listed["letter.eml"]["stage"],
        world.listed["letter.eml"]["verdict"],
    )
    assert [("visit.ics", COPY), ("note.txt", NOTE)] == contents(made)[1:]
    assert contents(LETTER)[0] == contents(made)[0]
    assert made.startswith(head[: head.rindex(b"Content-Type")])


def test_a_program_leaves_a_note(world, runtime):
    """Beside a document whose copy is there."""
    (_, pdf, note) = contents(copy_of_mail(world, runtime, "report.eml"))

    assert ("", note_of("prohibited", digest_of(PROGRAM))) == note
    assert "report.pdf" == pdf[0]
    assert b"JavaScript" not in pdf[1]


def test_an_archive_in_a_mail_is_written_anew_within_it(world, runtime):
    """So does a mail that was forwarded."""
    (_, (name, content)) = contents(copy_of_mail(world, runtime, "archive.eml"))
    forwarded = contents(copy_of_mail(world, runtime, "forwarded.eml"))

    assert "all.zip" == name
    assert [COPY, NOTE] == [part.content for part in parts_of(content, "application/zip")]
    assert {("visit.ics", COPY), ("note.txt", NOTE)} <= set(forwarded)


def test_a_page_with_its_pictures_comes_back_without_its_scripts(world, runtime):
    """Its picture, its places and all headers stay."""
    made = copy_of_mail(world, runtime, "page.eml")
    page, picture = email.message_from_bytes(made).get_payload()

    assert RELATED.startswith(made[: made.index(b"------=_x")])
    assert b"Bonjour docteur" in page.get_payload(decode=True)
    assert all(word not in made for word in (b"steal", b"run()"))
    assert PICTURE == picture.get_payload(decode=True)
    assert "http://intranet.example.invalid/dossier.html" == page["Content-Location"]


@pytest.mark.parametrize(
    ("name", "stage", "why"),
    [
        ("virus.eml", "held", "archives: part-malicious"),
        ("signed.eml", "held", "disarm: refused: signed: a copy would lose the signature"),
        ("box.mbox", "held", "archives: part-active"),
        ("page.mht", "held", "file_type: type-not-understood"),
        ("plain.eml", "promoted", ""),
    ],
)
def test_other_mails_stay_as_they_are(world, name, stage, why):
    """A virus, a signature, a mailbox, a saved page; and a mail that nothing is wrong with."""
    entry = world.listed[name]

    assert (stage, None) == (entry["stage"], entry["superseded_by"])
    assert why in (entry["reason"] or "")


def test_copies_are_listed_with_what_they_were_made_of(world, runtime):
    """The mail's copy is the mail's, and the attachment's copy the attachment's."""
    with runtime.catalogue.read() as connection:
        profile = connection.exec_driver_sql("select profile from runs").scalar_one().hex()
        own = expansions.copies(connection, [digest_of(ACTIVE)], profile)[digest_of(ACTIVE)]
    listed = world.listed["letter.eml!/disarmed copy"]

    assert digest_of(LETTER) == listed["derived_from"]
    assert MAIL == listed["media_type"]
    assert digest_of(COPY) in [r.derived for r in own if r.how is Derivation.DISARMED]


def test_a_home_with_such_copies_verifies_and_is_rebuilt(world, tmp_path):
    """To the last byte of vault and clean zone, and to the last row."""
    settings = copy_of(world.settings, tmp_path)
    with open_runtime(settings) as runtime:
        assert () == verify(runtime, deep=True).faults
    kept = KeptFile(settings.home, tmp_path / "kept.sqlite")

    assert set() == rebuilt_differs(settings, kept)


def test_a_policy_has_a_malicious_attachment_left_out(tmp_path):
    """A note says what stood there, and the rest of the mail comes back."""
    disk = a_disk(tmp_path, {"virus.eml": FILES["virus.eml"]})
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:
        approve(runtime, tmp_path, LEAVE_OUT.replace("application/zip", MAIL))
        recover(runtime, a_source(disk))
        (entry,) = listing.entries(runtime)
        with runtime.catalogue.read() as connection:
            at = artefacts.locate(connection, entry["superseded_by"])
        made = contents(runtime.vault.read(at))

    assert ("superseded", "malicious") == (entry["stage"], entry["verdict"])
    assert [("", note_of("malicious", digest_of(EICAR))), ("note.txt", NOTE)] == made[1:]
