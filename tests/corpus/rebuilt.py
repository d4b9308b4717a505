"""Archives of which only parts are bad, and what is asked of a home that recovered them."""

import gzip
import zipfile
from datetime import date
from pathlib import Path

import sanitizers
from catalogue import artefacts, promotions
from pipeline.deciding import policies, rules
from pipeline.deciding.rules import PackToAdd
from tests.corpus.calendars import calendar, sound, starting
from tests.corpus.homes import EICAR, a_person
from tests.corpus.packages import archive, encrypted, overlapping
from tests.corpus.rule_packs import write_pack
from tests.corpus.sevenzips import of as sevenzip_of
from tests.corpus.tars import tar_of

STRICT = Path(sanitizers.__file__).parent / "policies" / "strict.toml"
PATIENT = "Quixwortova"
ACTIVE = calendar(starting("file:///c:/a.exe"), sound())
COPY = calendar(sound())
CUT = calendar(starting())[:-40]
LETTER = b"Dear colleague,\nthe visit went well.\n"
NOTE = b"Nothing to report.\n"
PROGRAM = b"#!/bin/sh\nrm -rf /\n"
MIXED = archive({"letter.txt": LETTER, f"{PATIENT}.ics": ACTIVE, "run.sh": PROGRAM})
VIRUS = archive({"letter.txt": LETTER, "visit.ics": ACTIVE, "v.com": EICAR})
NESTED = archive({"in.zip": MIXED, "note.txt": NOTE, "same.zip": archive({"note.txt": NOTE})})
FILES = {
    "mixed.zip": MIXED,
    "virus.zip": VIRUS,
    "nested.zip": NESTED,
    "backup.tar": tar_of([("visit.ics", ACTIVE), ("note.txt", NOTE)]),
    "backup.tar.gz": gzip.compress(tar_of([("a/visit.ics", ACTIVE), ("a/note.txt", NOTE)])),
    "old.7z": sevenzip_of({"visit.ics": ACTIVE, "dossier/note.txt": NOTE}),
    "only.zip": archive({"run.sh": PROGRAM}),
    "unfit.zip": archive({"cut.ics": CUT, "note.txt": NOTE}),
    "locked.zip": encrypted(archive({"secret.txt": NOTE, "visit.ics": ACTIVE})),
    "lying.zip": overlapping(),
    "plain.zip": archive({"note.txt": NOTE, "letter.txt": LETTER}),
}
LEAVE_OUT = '"application/zip" = ["disarm", "leave-out"]'


def a_disk(folder, files=None):
    """A disk with some files."""
    disk = folder / "disk"
    disk.mkdir()
    for name, content in (FILES if files is None else files).items():
        (disk / name).write_bytes(content)
    return disk


def vaulted(runtime, digest):
    """A content as it lies in the vault."""
    with runtime.catalogue.read() as connection:
        at = artefacts.locate(connection, digest)
    return runtime.vault.read(at)


def members(content, folder):
    """The members of a ZIP archive by name, as Python's own reader sees them."""
    path = folder / "read.zip"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


def stands(runtime, digest):
    """Whether a content is in the clean zone, as the catalogue and as the store say."""
    with runtime.catalogue.read() as connection:
        known = digest in promotions.known(connection, [digest])
    return known, bool(list(runtime.clean.versions(f"sha256/{digest[:2]}/{digest}")))


def install(runtime, folder, text):
    """Install one more rule pack."""
    pack = write_pack(folder / "late", {"r.yar": text})
    wanted = PackToAdd(path=pack, name="late", dated=date(2026, 11, 1))
    assert rules.add(runtime, wanted, None).waits is None


def profile_of(runtime):
    """The profile of the only run."""
    with runtime.catalogue.read() as connection:
        return connection.exec_driver_sql("select profile from runs").scalar_one().hex()


def approve(runtime, folder, text):
    """Have two people approve the strict policy with one more ruling."""
    path = folder / "policy.toml"
    words = '"application/dicom" = ["hold"]'
    path.write_text(STRICT.read_text().replace(words, f"{words}\n{text}"))
    two = [a_person(runtime, folder, name) for name in ("anna", "bert")]
    policies.approve(runtime, policies.propose(runtime, path, two[0]).digest, two[1])
    return two
