import io
import re
import struct
import zipfile
from pathlib import Path

import pytest

from cli.hospital import damage, malice
from cli.hospital.seed import number, pick, stream, uid

ROOT = Path(__file__).parents[3]
# The nine features that tell ransom notes from other texts, in French or English.
NOTE_FEATURES = {
    "encrypted": r"chiffré|encrypted",
    "decrypt": r"déchiffrement|décrypteur|decrypt",
    "payment": r"rançon|payez|bitcoin",
    "tor": r"\.onion|tor browser",
    "contact": r"@[a-z.]+\.[a-z]+",
    "deadline": r"\d+ heures|deadline",
    "warning": r"ne renommez pas",
    "identifier": r"identifiant personnel|personal id",
    "your files": r"vos (fichiers|données)|your files",
}


def members(content):
    """The members of an archive and their bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_test_text_is_the_one_that_scanners_know():
    """The two halves make the 68 bytes of the anti-virus test text."""
    assert 68 == len(malice.eicar())
    assert malice.eicar().endswith(b"TEST-FILE!$H+H*")
    assert b"$EICAR-STANDARD" in malice.eicar()


def test_no_file_of_the_repository_holds_the_test_text_whole():
    """A scanner on a developer's machine finds nothing in the project."""
    tops = [top for top in ROOT.iterdir() if not top.name.startswith(".")]
    files = [f for top in tops for f in ([top] if top.is_file() else top.rglob("*")) if f.is_file()]
    whole = [f.name for f in files if malice.eicar() in f.read_bytes()]

    assert len(files) > 20
    assert [] == whole


@pytest.mark.parametrize("deflated", [True, False])
def test_an_attachment_holds_the_test_text(deflated):
    """The text stands in the archive; only without compression do its bytes show from outside."""
    content = malice.eicar_archive(deflated=deflated)

    assert malice.eicar() == members(content)["facture.com"]
    assert deflated is (malice.eicar() not in content)


def test_the_nested_archive_holds_it_two_archives_deep():
    """The text is found only by opening an archive in an archive in an archive."""
    outer = members(malice.nested_archive())
    inner = members(outer["scans.zip"])

    assert malice.eicar() == members(inner["lot-1.zip"])["facture.com"]
    assert malice.eicar() not in malice.nested_archive()


def test_the_program_has_headers_and_nothing_to_run():
    """The program is one by its marks, and has neither sections nor an entry point nor code."""
    content = malice.program_header()
    (offset,) = struct.unpack_from("<I", content, 0x3C)
    (sections,) = struct.unpack_from("<H", content, offset + 6)
    (entry_point,) = struct.unpack_from("<I", content, offset + 24 + 16)

    assert b"MZ" == content[:2]
    assert b"PE\0\0" == content[offset : offset + 4]
    assert (0, 0) == (sections, entry_point)
    assert not content[offset + 26 :].strip(b"\0")


@pytest.mark.parametrize("feature", NOTE_FEATURES)
def test_the_ransom_note_has_every_classic_feature(feature):
    """Any note detector worth its name finds the note, whichever features it looks for."""
    assert re.search(NOTE_FEATURES[feature], malice.RANSOM_NOTE, re.IGNORECASE)


def test_the_ransom_note_leads_nowhere():
    """No address in the note can exist: RFC 2606 for mail, a malformed name for Tor."""
    onion = re.search(r"//([^/ ]+)\.onion", malice.RANSOM_NOTE)[1]

    assert not re.fullmatch("[a-z2-7]{16}|[a-z2-7]{56}", onion)
    assert {"example.invalid"} == set(re.findall(r"@(\S+)", malice.RANSOM_NOTE))
    assert not re.search(r"\b(bc1|[13])[a-zA-Z0-9]{25,}", malice.RANSOM_NOTE)
    assert "Texte fictif" in malice.RANSOM_NOTE


def test_an_encrypted_file_looks_random():
    """Every 4 KiB window passes a chi-square test for uniform bytes, head and tail too."""
    content = malice.encrypted("compte-rendu")
    windows = [content[i : i + 4096] for i in range(0, len(content) - 4095, 2048)]
    squares = [sum((w.count(b) - 16) ** 2 / 16 for b in range(256)) for w in windows]

    assert len(content) > 16_384
    assert max(squares) < 380
    assert malice.encrypted("compte-rendu") == content != malice.encrypted("autre")


def test_damage_keeps_what_was_written():
    """A cut file is a beginning, a half-written one is that and zeros, an unwritten one zeros."""
    original = bytes(range(1, 251)) * 40

    assert original[:6000] == damage.cut(original, 60)
    assert bytes(len(original)) == damage.zeroed(original)
    assert original[:5000] + bytes(8192) == damage.zero_tail(original, 50)
    assert 4096 == len(damage.zeroed(b"short"))


def test_seeded_choices_repeat_and_spread():
    """The same seed gives the same bytes and choices; other seeds give others."""
    picks = {pick(f"seed-{n}", "abcdef") for n in range(100)}

    assert stream("a", 100) == stream("a", 200)[:100]
    assert stream("a", 32) != stream("b", 32)
    assert set("abcdef") == picks
    assert {1, 2, 3} == {number(f"n{n}", 1, 3) for n in range(50)}
    assert re.fullmatch(r"2\.25\.[1-9]\d{0,38}", uid("study"))
