"""No patient's name where it does not belong: encrypted while it is needed, gone when erased."""

import shutil
import sqlite3
import tomllib
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from custody import naming
from custody.errors import ObjectDamagedError, RefusedError
from custody.names import parent
from pipeline.keys import KeyRing, naming_key_id
from storage.sealed import unseal
from tests.corpus.commands import Commands
from tests.corpus.homes import stores_of
from tests.corpus.kept import leaks_anywhere
from tests.corpus.rule_matter import NOTES
from tests.corpus.searching import forms, leaks

PATIENT = "Quixwortova-Zsuzsanna"
OTHER = "Brzeczyszczykiewicz-Grzegorz"
HOST = "srv-records"


@pytest.fixture
def commands(tmp_path, capsys):
    """The command line, in this process, over a fresh home."""
    return Commands(home=tmp_path / "home", capture=capsys)


@pytest.fixture
def source(tmp_path):
    """A disk on which a patient's name stands wherever a name can stand."""
    root = tmp_path / "source"
    wards, attacked = root / f"ward-{PATIENT}" / "letters", root / "attacked"
    wards.mkdir(parents=True)
    attacked.mkdir()
    (root / f"{PATIENT}.txt").write_text("Dear colleague, visit 1 went well.\n")
    (wards / "letter.txt").write_text("Dear colleague, visit 2 went well.\n")
    (wards / f"{OTHER}.txt").write_text("Dear colleague, visit 3 went well.\n")
    (root / f"{PATIENT}.pdf.exe").write_text("Dear colleague, visit 4 went well.\n")
    (root / f"{PATIENT}.docx").write_text("Dear colleague, visit 5 went well.\n")
    (root / f"{PATIENT}\u202etxt.exe").write_text("Dear colleague, visit 6 went well.\n")
    (root / f"{PATIENT}-link").symlink_to(f"{PATIENT}.txt")
    (attacked / f"{PATIENT}.txt").write_text("Dear colleague, visit 7 went well.\n")
    (attacked / "how-to-decrypt.txt").write_text(NOTES["french"])
    return root


def recovered(commands, source):
    """Recover the disk, a glob with a name left out, every word logged; return what was logged."""
    globs = ("--exclude", f"wards/{PATIENT}/*.log")
    ended = commands("recover", source, "--host", HOST, *globs, "--debug", "--json")
    assert 3 == ended.code, ended.err
    assert 0 == ended.json["unexplained"]
    return ended.out + ended.err


def test_a_name_is_nowhere_in_clear_after_everything_that_reads_names(
    commands, source, tmp_path, asked
):
    """Not in database, log files, manifests, ledger, vault or export: in clear, hex or base64.

    Nor on the servers that a home keeps things on, nor in what Prefect keeps of its flow runs.
    """
    everywhere = forms(PATIENT) | {f"other {k}": v for k, v in forms(OTHER).items()}
    logged = recovered(commands, source)
    with log_kept(commands.home, asked):
        logged += commands("recover", source, "--host", HOST, "--debug", "--json").err
        shown = commands("list", "--json", "--debug")
        logged += shown.err + commands("holds", "--debug").err
        logged += commands("show", f"{PATIENT}.txt", "--debug").err
        commands("audit", "export", tmp_path / "export", "--debug")

        assert [] == leaks_anywhere(commands.home, everywhere, tmp_path / "copy")

    assert [] == leaks(tmp_path / "export", everywhere)
    assert PATIENT not in logged
    assert PATIENT in shown.out


@contextmanager
def log_kept(home, asked):
    """Keep the write-ahead log of a catalogue in a file, where every change stands."""
    if asked.database:
        yield
        return
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as reader:
        reader.execute("select count(*) from entries").fetchone()
        yield
        assert (home / "catalogue.sqlite-wal").stat().st_size > 0


def secrets_of(home):
    """The keys and passwords that a home has for servers, in every form."""
    read = [
        (path.stem, tomllib.loads(path.read_text()))
        for path in sorted((home / "credentials").glob("*.toml"))
    ]
    return {
        f"{form} of {stem}": text
        for stem, content in read
        for name in ("secret_key", "password")
        if name in content
        for form, text in forms(content[name]).items()
    }


def test_no_credential_is_anywhere_but_in_its_own_file(commands, source, tmp_path):
    """Not in rows, objects, logs, nor in what Prefect keeps: parameters, states, artifacts."""
    logged = recovered(commands, source) + commands("doctor", "--debug").err
    wanted = secrets_of(commands.home)

    found = leaks_anywhere(commands.home, wanted, tmp_path / "copy")

    assert [] == [line for line in found if " in credentials/" not in line]
    assert len({line for line in found if line.startswith("clear ")}) == len(
        list((commands.home / "credentials").glob("*.toml"))
    )
    assert not any(text.decode("latin-1") in logged for text in wanted.values())


def test_the_search_finds_what_leaks(tmp_path):
    """The search that finds nothing elsewhere finds a name in each form, in each kind of file."""
    wanted = forms(PATIENT)
    for label, form in wanted.items():
        (tmp_path / label).write_bytes(b"xx" + form + b"yy")
    with closing(sqlite3.connect(tmp_path / "base")) as connection, connection:
        connection.execute("create table t (a)")
        connection.execute("insert into t values (?)", (f"/mnt/{PATIENT}/x",))

    found = leaks(tmp_path, wanted)

    assert set(wanted) == {line.partition(" ")[0] for line in found}
    assert any(line.endswith("base") for line in found)


def codes(keys, path):
    """What stands for a path in the catalogue."""
    return {
        f"code of {path!r}": naming.name_key(keys.coding, path),
        f"folder of {path!r}": naming.directory_key(keys.coding, parent(path)),
    }


def readable(home: Path) -> bytes:
    """Everything that the keys of a home still open, joined."""
    import zlib

    ring = KeyRing(home / "keys")
    keys = [ring.by_id(p.stem.removeprefix("names-")) for p in (home / "keys").glob("names-*")]
    store = stores_of(home).names
    opened = []
    for version in store.versions(""):
        with store.open(version.key, version.version) as file:
            sealed = file.read()
        for each in keys:
            try:
                opened.append(zlib.decompress(unseal(each.sealing, sealed, version.key.encode())))
            except (RefusedError, ObjectDamagedError):
                continue
    return b"\n".join(opened)


def is_in(name: str, text: bytes) -> bool:
    """Whether a name stands in a text, in any form."""
    return any(form in text for form in forms(name).values())


def test_an_erased_host_is_erased_everywhere_and_the_evidence_stands(commands, source, tmp_path):
    """No name, no key and no code of a name is left, though who kept the old key looks for them."""
    recovered(commands, source)
    recovered(commands, source)
    before = commands("list", "--json").lines
    shutil.copytree(commands.home / "keys", tmp_path / "kept-keys")
    kept = KeyRing(tmp_path / "kept-keys").by_id(naming_key_id("default", HOST))
    assert is_in(PATIENT, readable(commands.home))
    old_codes = codes(kept, f"{PATIENT}.txt".encode()) | codes(
        kept, f"ward-{PATIENT}/letters/letter.txt".encode()
    )
    found = leaks_anywhere(commands.home, old_codes, tmp_path / "before")
    assert set(old_codes) <= {line.partition(" in ")[0] for line in found}

    erased = commands("erase", "--host", HOST, "--reason", "asked for", "--yes", "--debug")

    after = commands("list", "--json").lines
    assert 0 == erased.code, erased.err
    assert b"" == readable(commands.home)
    assert [] == list(stores_of(commands.home).names.versions(""))
    wanted = forms(PATIENT) | old_codes
    assert [] == leaks_anywhere(commands.home, wanted, tmp_path / "after")
    assert [("(erased)", None)] * len(before) == [(e["path"], e["path_b64"]) for e in after]
    same = ("digest", "size", "stage", "verdict", "media_type")
    assert facts(before, same) == facts(after, same)
    assert 0 == commands("audit", "verify", "--deep").code
    assert PATIENT not in erased.out + erased.err


def facts(entries, keys):
    """Some facts of each entry, in a fixed order."""
    return sorted(tuple(str(entry[key]) for key in keys) for entry in entries)


def test_one_erased_path_is_gone_and_its_neighbours_stay(commands, source, tmp_path):
    """One path goes from every run with all that was said of it; no other name does."""
    recovered(commands, source)
    recovered(commands, source)
    path = f"ward-{PATIENT}/letters/{OTHER}.txt"
    assert is_in(OTHER, readable(commands.home))

    erased = commands(
        "erase", "--host", HOST, "--path", path, "--reason", "asked for", "--yes", "--debug"
    )

    left = readable(commands.home)
    listed = [entry["path"] for entry in commands("list", "--json").lines]
    assert 0 == erased.code, erased.err
    assert (False, True) == (is_in(OTHER, left), is_in(PATIENT, left))
    assert [] == leaks_anywhere(commands.home, forms(OTHER), tmp_path / "copy")
    assert (1, 9) == (listed.count("(erased)"), len(listed))
    assert 0 == commands("audit", "verify", "--deep").code


def test_a_recovery_after_an_erasure_names_things_anew(commands, source, tmp_path):
    """A host that was erased can be recovered again; its names come under a new key."""
    recovered(commands, source)
    commands("erase", "--host", HOST, "--reason", "asked for", "--yes")

    recovered(commands, source)

    assert f"{PATIENT}.txt" in {entry["path"] for entry in commands("list", "--json").lines}
    assert [] == leaks_anywhere(commands.home, forms(PATIENT), tmp_path / "copy")
    assert 0 == commands("audit", "verify", "--deep").code
