"""The readers of containers: honest ones come apart, hostile ones end in a named fault."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, LimitError
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import CONTAINERS, RECORDS, STORED, Unpacked
from sanitizers.containers.unpacking import READERS
from sanitizers.limits import Limits
from tests.corpus import cabinets, cpios, isos, sevenzips
from tests.corpus.archive_cases import CAB, CPIO, HONEST, ISO, SEVEN, ZST
from tests.corpus.containers import NOTE, PLAIN, TAR, archive, mail, mail_in_mail, mailbox
from tests.corpus.databases import letters
from tests.corpus.dumps import sqlite
from tests.corpus.embedding import BUILDERS
from tests.corpus.mails import LINE
from tests.corpus.outlook_messages import Attached, Mail, forwarded, outlook
from tests.corpus.pdfs import pdf
from tests.corpus.rar_cases import RAR5

MOST = 1 << 20
LIMITS = Limits(free_ratio_bytes=1 << 16, most_content_bytes=MOST)
# No program of ours writes one.
STORE = "application/vnd.ms-outlook-pst"
SEEDS = {
    "application/zip": PLAIN,
    "application/epub+zip": PLAIN,
    "application/vnd.ms-xpsdocument": PLAIN,
    "application/x-tar": TAR,
    "application/gzip": gzip.compress(NOTE),
    "application/x-bzip2": bz2.compress(NOTE),
    "application/x-xz": lzma.compress(NOTE),
    "application/zstd": ZST,
    "application/x-7z-compressed": SEVEN,
    "application/vnd.rar": RAR5,
    "application/x-cpio": CPIO,
    "application/vnd.ms-cab-compressed": CAB,
    "application/x-iso9660-image": ISO,
    "message/rfc822": mail(("t.csv", NOTE)),
    "application/mbox": mailbox(mail(), mail()),
    "application/vnd.ms-outlook": outlook(forwarded(Mail(attached=(Attached(content=NOTE),)))),
    "application/vnd.sqlite3": letters(pdf()),
    "application/sql": sqlite(
        tail=b"INSERT INTO stay VALUES(999,'a',X'" + pdf().hex().encode() + b"');\n"
    ),
    **{media_type: build(NOTE) for media_type, build in BUILDERS.items()},
}


def apart(
    content: bytes, media_type: str, limits: Limits = LIMITS, passwords: tuple[str, ...] = ()
) -> list[Unpacked]:
    """The parts of a container."""
    return list(READERS[media_type](content, Means(limits=limits, passwords=passwords)))


def test_every_container_has_a_reader_and_a_seed() -> None:
    """What is judged by its parts can be taken apart."""
    assert CONTAINERS | RECORDS | STORED == READERS.keys() == SEEDS.keys() | {STORE}


@pytest.mark.parametrize("media_type", sorted(SEEDS))
def test_an_honest_container_comes_apart_without_remarks(media_type) -> None:
    """Parts come out, and nothing stands against one."""
    parts = apart(SEEDS[media_type], media_type)

    assert any(part.content for part in parts)
    assert not any(part.refusal for part in parts)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_hostile_containers_end_in_parts_or_a_named_fault(data) -> None:
    """Whatever the bytes, a reader raises nothing else, and what comes out is bounded."""
    media_type = data.draw(st.sampled_from(sorted(SEEDS)))
    seed = SEEDS[media_type]
    at, cut = data.draw(st.integers(0, len(seed) - 1)), data.draw(st.integers(0, 4))
    put = data.draw(st.binary(max_size=24))
    mutated = seed[:at] + put + seed[at + cut :]
    content = data.draw(st.sampled_from([mutated, put, put + seed, seed + put]))
    try:
        parts = apart(content, media_type)
    except FormatError:
        return
    assert all(len(part.content) <= MOST for part in parts)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text("abcé.", min_size=1, max_size=30).map(lambda t: f"n{t}.txt"),
        st.binary(max_size=300),
        max_size=6,
    )
)
def test_honest_archives_are_read_as_the_standard_library_reads_them(members) -> None:
    """Names and bytes are those that zipfile gives."""
    content = archive(members)
    with zipfile.ZipFile(io.BytesIO(content)) as theirs:
        expected = [(name, theirs.read(name)) for name in theirs.namelist()]

    parts = apart(content, "application/zip", Limits())

    assert expected == [(p.untrusted_name.decode(), p.content) for p in parts]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_stopped_by_its_actual_bytes(pack) -> None:
    """A stream that grows beyond its bound is a limit, whatever it claims."""
    media_type = {gzip: "gzip", bz2: "x-bzip2", lzma: "x-xz"}
    kind = next(name for module, name in media_type.items() if pack is module.compress)

    with pytest.raises(LimitError):
        apart(pack(bytes(4 * MOST)), f"application/{kind}")


def test_a_bomb_among_members_is_refused_alone() -> None:
    """The other members of the archive are still looked at."""
    bomb, note = apart(archive({"bomb": bytes(MOST), "note.txt": NOTE}), "application/zip")

    assert bomb.refusal.startswith("limit")
    assert (b"", NOTE) == (bomb.content, note.content)


def test_a_name_in_a_mail_is_decoded() -> None:
    """Encoded names come out as a mail program shows them."""
    parts = apart(mail(("résumé.csv", NOTE)), "message/rfc822")

    assert ["résumé.csv".encode()] == [p.untrusted_name for p in parts if p.untrusted_name]
    assert NOTE in [part.content for part in parts]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b">From me", b"From me"),
        (b">>From me", b">From me"),
        (b" >From me", b" >From me"),
        (b">from me", b">from me"),
    ],
)
def test_quoted_lines_of_a_mailbox_are_as_they_were(written, read) -> None:
    """One sign goes, as mboxrd has it; what is no From line stays."""
    text = b"Subject: s\nTo: t@example.invalid\n\nBonjour\n" + written + b"\n"

    (part,) = apart(mailbox(text), "application/mbox")

    assert b"Bonjour\n" + read == part.content.strip()


def test_a_length_cuts_only_where_another_mail_begins() -> None:
    """A length that lies is none; one that is right keeps a From line within its mail."""
    inner = b"one\n\nFrom labo@example.invalid, who writes\n\ntwo\n"
    right = LINE + b"Subject: s\nContent-Length: %d\n\n" % len(inner) + inner
    lying = right.replace(b"Length: %d" % len(inner), b"Length: 7")

    assert inner == apart(right, "application/mbox")[0].content
    assert inner + b"\n" == apart(right + b"\n" + right, "application/mbox")[0].content
    assert inner != apart(lying, "application/mbox")[0].content


def test_a_mailbox_in_order_is_read_once() -> None:
    """Ways of cutting that agree give each part once."""
    assert 3 == len(apart(mailbox(mail(), mail(("t.csv", NOTE))), "application/mbox"))


def test_a_forwarded_mail_is_walked_too() -> None:
    """The attachment of the mail within comes out."""
    parts = apart(mail_in_mail(mail(("t.csv", NOTE))), "message/rfc822")

    assert NOTE in [part.content for part in parts]


NAMES_AND_CONTENTS = st.dictionaries(
    st.text("abcé", min_size=1, max_size=20).map(lambda t: f"n{t}.txt"),
    st.binary(min_size=1, max_size=3000),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            (sevenzips.of, "application/x-7z-compressed"),
            (cpios.of, "application/x-cpio"),
            (cabinets.cabinet, "application/vnd.ms-cab-compressed"),
            (isos.of, "application/x-iso9660-image"),
        ]
    ),
    NAMES_AND_CONTENTS,
)
def test_what_was_put_into_an_archive_comes_out(kind, members) -> None:
    """Names and contents are those that were written, and nothing stands against them."""
    write, media_type = kind

    parts = apart(write(members), media_type, Limits())

    assert members == {p.untrusted_name.decode(): p.content for p in parts}
    assert not any(p.refusal for p in parts)


@pytest.mark.parametrize("hide_names", [False, True])
def test_an_encrypted_7z_opens_with_a_password_of_the_list(hide_names) -> None:
    """The contents come out under the right one, also where the names are encrypted."""
    content = sevenzips.of(HONEST, password="geheim", hide_names=hide_names)

    parts = apart(content, "application/x-7z-compressed", passwords=("wrong", "geheim"))

    assert HONEST == {p.untrusted_name.decode(): p.content for p in parts}
    assert not any(p.refusal for p in parts)


def test_an_encrypted_7z_says_that_no_password_fits() -> None:
    """Without contents, under its names."""
    content = sevenzips.of(HONEST, password="geheim")

    parts = apart(content, "application/x-7z-compressed", passwords=("wrong",))

    assert {"password-protected: none of the given passwords opens it"} == {
        p.refusal for p in parts
    }
    assert set(HONEST) == {p.untrusted_name.decode() for p in parts}


def test_passwords_are_not_shown() -> None:
    """Neither a log nor a message that prints the means holds one."""
    assert "geheim" not in repr(Means(passwords=("geheim",)))


def test_a_second_name_of_an_image_is_looked_at_too() -> None:
    """What another tree holds under a name that came before comes out, and is refused by name."""
    content = isos.image(isos.Item(name="A.TXT;1", content=NOTE, other=b"other"), joliet=True)

    parts = apart(content, "application/x-iso9660-image")

    assert {NOTE, b"other"} <= {p.content for p in parts}
    assert "duplicate-name" in {p.refusal for p in parts}
