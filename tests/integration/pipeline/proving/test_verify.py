import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from audit.event import EventType
from audit.evidence import parse_key
from audit.history import History
from catalogue import tables
from catalogue.comparison import COMPARED, ENTRY_WITHOUT, SHARD_COLUMNS, differences
from catalogue.engine import Catalogue
from cleanzone.promotion import key_of
from custody.digest import digest_of
from custody.errors import ExitCode, NotInLedgerError, UsageError
from pipeline.proving import verify
from pipeline.rebuilding.published import Published, rebuild_into
from pipeline.rebuilding.replay_names import ReplayNames
from pipeline.recording import Recorder
from storage.interface import Spooled
from tests.corpus.homes import EICAR

REPORT = digest_of(b"the first report\n" * 8)


def places(runtime, *, deep=True):
    """Where verification found faults."""
    return [fault.where for fault in verify.verify(runtime, deep=deep).faults]


def flipped(path):
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_home_verifies_down_to_every_byte_and_row(runtime):
    """A home that nobody touched has no fault, and everything in it was looked at."""
    found = verify.verify(runtime, deep=True)

    assert () == found.faults
    assert () == found.intents
    assert () == found.uncommitted
    assert ExitCode.DONE is found.exit_code
    assert {"vault_parts": 7, "promoted": 5} == {
        name: found.counts[name] for name in ("vault_parts", "promoted")
    }


def test_a_plain_verification_looks_at_the_ledger_alone(runtime):
    """Without `deep` the vault is not read."""
    shutil.rmtree(runtime.home.vault)

    found = verify.verify(runtime)

    assert found.verified
    assert not found.as_json()["deep"]


def test_every_changed_file_is_found_and_named(runtime):
    """One changed bit in any file of any store is found, and the object is named."""
    stores = {"quarantine": "vault", "cleanzone": "clean zone", "names": "names"}
    unnoticed = []
    for folder, place in stores.items():
        objects = runtime.home.root / folder / "objects"
        for path in sorted(p for p in objects.rglob("*") if p.is_file()):
            before = path.read_bytes()
            flipped(path)
            where = f"{place} {path.relative_to(objects)}"
            if where not in places(runtime):
                unnoticed.append(where)
            path.write_bytes(before)

    assert [] == unnoticed
    assert [] == places(runtime)


def test_every_changed_file_of_the_ledger_is_found(runtime):
    """One changed bit in a tile, an entry, a checkpoint or a manifest is found without `deep`."""
    objects = runtime.home.audit / "objects"
    files = sorted(p for p in objects.rglob("*") if p.is_file())
    unnoticed = []
    for path in files:
        before = path.read_bytes()
        flipped(path)
        found = verify.verify(runtime)
        if found.verified or ExitCode.REFUSED is not found.exit_code:
            unnoticed.append(path.name)
        path.write_bytes(before)

    assert len(files) > 10
    assert [] == unnoticed
    assert verify.verify(runtime).verified


def test_every_removed_object_is_found_and_named(runtime):
    """An object that is gone from a store is found, and named."""
    unnoticed = []
    for folder in ("quarantine", "cleanzone", "names"):
        objects = runtime.home.root / folder / "objects"
        for path in sorted(p for p in objects.rglob("*") if p.is_file()):
            aside = path.with_name("aside")
            path.rename(aside)
            if not any(str(path.relative_to(objects)) in where for where in places(runtime)):
                unnoticed.append(str(path))
            aside.rename(path)

    assert [] == unnoticed


def test_what_no_manifest_promoted_is_found_in_the_clean_zone(runtime):
    """An object that was put into the clean zone behind the gate's back is named."""
    digest = digest_of(EICAR)
    spooled = Spooled(digest=digest, size=len(EICAR), content=EICAR)
    put = runtime.clean.put(key_of(digest), spooled)

    assert [f"clean zone {put.key}@{put.version}"] == places(runtime)


def test_what_a_crash_left_in_the_vault_is_told_and_is_no_fault(runtime):
    """An object of the vault that nothing names was never committed: it is listed, no more."""
    spooled = Spooled(digest=digest_of(b"x"), size=1, content=b"x")
    put = runtime.vault.store.put("segments/left-behind", spooled)

    found = verify.verify(runtime, deep=True)

    assert () == found.faults
    assert (f"{put.key}@{put.version}",) == found.uncommitted


def test_an_open_promotion_is_reported_and_its_objects_are_expected(runtime):
    """A promotion that a crash cut short is told of; what it may have put is no intruder."""
    with runtime.catalogue.read() as connection:
        statement = tables.manifests.select().where(tables.manifests.c.step == "assess")
        decision = connection.execute(statement).first()
    recorder = Recorder(runtime=runtime, case="dax-2021", run_id=decision.run_id)
    subject = {"shard": 999, "decision": decision.root}
    recorder.record(recorder.event(EventType.PROMOTION_INTENDED, subject=subject))

    found = verify.verify(runtime, deep=True)

    assert () == found.faults
    assert [999] == [intent.shard_id for intent in found.intents]
    assert "shard 999" in str(found.intents[0])


def changed(value):
    """Another value of the same kind."""
    match value:
        case None:
            return 1
        case int():
            return 0 if value == 1 else value + 1000
        case bytes():
            return bytes([value[0] ^ 1, *value[1:]]) if value else b"x"
        case str() if value.startswith(("{", "[")):
            return '{"changed": 1}'
        case _:
            return f"{value}x"


def compared_columns():
    """Every table and column that is part of the truth."""
    without = {c.table.name: set(c.without) for c in COMPARED}
    without["groups"] = {"group_id"}
    without["names"] = set()
    without["entries"] = set(ENTRY_WITHOUT)
    without["shards"] = {c.name for c in tables.shards.c} - {*SHARD_COLUMNS, "shard_id"}
    return [
        (table.name, column.name)
        for table in tables.metadata.sorted_tables
        if table.name in without
        for column in table.c
        if column.name not in without[table.name]
    ]


def test_another_public_key_than_the_ledger_s_is_named(runtime):
    """Who is handed that file would verify against somebody else's key."""
    path = runtime.home.public_key
    path.write_text(f"{runtime.ledger.vkey}\n")
    assert [] == places(runtime, deep=False)

    flipped(path)

    assert ["ledger.vkey"] == places(runtime, deep=False)


@pytest.mark.file
def test_a_byte_that_changed_in_a_row_and_not_in_its_index_is_found(runtime):
    """Queries believe the index; the database's own check does not."""
    place = runtime.home.catalogue
    with closing(sqlite3.connect(place, isolation_level=None)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (digest,) = database.execute("select digest from promotions").fetchone()
    content = place.read_bytes()
    at = content.index(digest + b"sha256/")
    place.write_bytes(content[: at + 1] + bytes([content[at + 1] ^ 1]) + content[at + 2 :])

    assert "database" in places(runtime)


def test_only_leases_and_work_orders_are_no_truth():
    """Every table is compared but attempts at work and the outbox."""
    compared = {name for name, _ in compared_columns()}

    assert {"attempts", "outbox"} == {t.name for t in tables.metadata.sorted_tables} - compared


@pytest.mark.file
def test_every_changed_row_is_found_and_its_table_named(runtime, tmp_path):
    """A changed value in any column of any table that is part of the truth is found."""
    place = runtime.home.catalogue
    unnoticed = []
    with (
        Catalogue.open(tmp_path / "rebuilt") as rebuilt,
        closing(sqlite3.connect(place, isolation_level=None)) as database,
    ):
        rebuild(runtime, rebuilt)
        for table, column in compared_columns():
            keys = [c.name for c in tables.metadata.tables[table].primary_key]
            listed = ", ".join(f'"{key}"' for key in keys)
            first = f'select "{column}", {listed} from "{table}" order by {listed}'
            row = database.execute(first).fetchone()
            if row is None:
                continue
            value, *at = row
            moved = [
                changed(value) if key == column else is_ for key, is_ in zip(keys, at, strict=True)
            ]
            where = " and ".join(f'"{key}" is ?' for key in keys)
            update = f'update "{table}" set "{column}" = ? where {where}'
            database.execute(update, (changed(value), *at))
            if table not in differing(runtime, rebuilt):
                unnoticed.append(f"{table}.{column}")
            database.execute(update, (value, *moved))

        assert [] == unnoticed
        assert set() == differing(runtime, rebuilt)


def rebuild(runtime, catalogue):
    """Make a catalogue again from what a home has published."""
    history = History(runtime.audit, parse_key(runtime.ledger.vkey))
    rebuild_into(catalogue, Published(history), ReplayNames(book=runtime.names, keys=runtime.keys))


def differing(runtime, rebuilt):
    """The tables in which two catalogues differ."""
    with runtime.catalogue.read() as live, rebuilt.read() as other:
        return {difference.table for difference in differences(live, other)}


def spoil(runtime, statement):
    """Change rows as somebody would who knows the database's own words."""
    with runtime.catalogue.write() as connection:
        if connection.dialect.name == "postgresql":
            statement = statement.replace("x'00'", r"'\x00'")
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("update entries set stage = 'promoted' where stage = 'held'", "entries"),
        ("update entries set verdict = 'clean'", "entries"),
        ("update promotions set promoted_at = promoted_at + 1", "promotions"),
        ("delete from findings", "findings"),
        ("update runs set policy = x'00'", "runs"),
        pytest.param("update entries set digest = 'text'", "catalogue", marks=pytest.mark.file),
        ("update shards set parent_id = shard_id", "shards"),
        ("update names set key = '../../elsewhere'", "names"),
        ("update names set kind = 'another' where kind = 'paths' and shard_id = 1", "names"),
    ],
)
def test_a_change_behind_our_back_is_a_fault(runtime, statement, table):
    """What somebody wrote into the database, of whatever kind, makes the home not verified."""
    spoil(runtime, statement)

    assert any(table in where for where in places(runtime))


@pytest.mark.parametrize("table", ["ledger_entries", "checkpoints", "heads"])
def test_a_change_of_the_ledger_s_tables_is_a_fault(runtime, table):
    """The database's copy of the ledger is compared with what is published."""
    column = {"ledger_entries": "body", "checkpoints": "note", "heads": "frontier"}[table]
    spoil(runtime, f"update {table} set {column} = x'00'")

    assert places(runtime) != []


def test_a_removed_and_an_added_row_are_found(runtime):
    """A row that is gone, and one that nothing tells of, are both named."""
    with runtime.catalogue.write() as connection:
        connection.execute(tables.outcomes.delete())
        connection.execute(tables.promotions.delete().where(tables.promotions.c.digest == REPORT))
        row = {"site": "nowhere"}
        connection.execute(tables.sites.insert(), [row])

    found = {(f.where, f.what) for f in verify.verify(runtime, deep=True).faults}

    assert ("table sites, row nowhere", "the ledger tells of no such row") in found
    assert (f"table promotions, row {REPORT}", "the row is missing") in found


def test_a_proof_is_checked_without_the_ledger(runtime, tmp_path):
    """The receipt of a content's last step is genuine, and names its manifest's event."""
    proof = verify.prove(runtime, REPORT)
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof))

    event = verify.check(file, runtime.ledger.vkey)

    assert "promote" == proof["step"]
    assert [REPORT] == list({json.loads(line["line"])["digest"] for line in proof["lines"]})
    assert proof["manifest"] == event["subject"]["manifest"]
    assert proof | {"lines": []} == verify.prove(runtime, event["id"])


def test_a_forged_proof_is_refused(runtime, tmp_path):
    """A receipt for another manifest, of another ledger, or of no shape is refused."""
    proof = verify.prove(runtime, REPORT)
    file = tmp_path / "proof.json"

    file.write_text(json.dumps(proof | {"manifest": "0" * 64}))
    with pytest.raises(NotInLedgerError):
        verify.check(file, runtime.ledger.vkey)

    forged = [line | {"line": line["line"].replace(REPORT, "0" * 64)} for line in proof["lines"]]
    file.write_text(json.dumps(proof | {"lines": forged}))
    with pytest.raises(NotInLedgerError, match="line"):
        verify.check(file, runtime.ledger.vkey)

    file.write_text(json.dumps(proof | {"vkey": "another"}))
    with pytest.raises(NotInLedgerError):
        verify.check(file, runtime.ledger.vkey)

    file.write_text("[]")
    with pytest.raises(UsageError):
        verify.check(file, runtime.ledger.vkey)


def test_nothing_is_proved_of_what_was_never_recorded(runtime):
    """An unknown event or digest has no proof."""
    for unknown in ("0" * 64, "no-such-event"):
        with pytest.raises(UsageError):
            verify.prove(runtime, unknown)


def test_an_export_is_on_the_record_and_complete(runtime, tmp_path):
    """The exported folder holds the verifier and the manifests; the ledger tells who took it."""
    before = runtime.ledger.size

    exported = verify.export(runtime, tmp_path / "export", "auditor")

    assert runtime.ledger.size == before + 1
    assert (tmp_path / "export" / "verify.py").exists()
    assert exported.files > 10


def test_a_second_copy_of_the_checkpoints_is_compared(runtime):
    """A home verifies as JSON says, too."""
    said = verify.verify(runtime).as_json()

    assert said["verified"]
    assert [] == said["faults"]
    assert {"entries", "checkpoints", "manifests", "lines"} == set(said["counts"])


def test_a_missing_page_of_a_run_is_named(runtime):
    """The ledger says which page a run ended with; it has to be there."""
    for version in list(runtime.audit.versions("runs/")):
        runtime.audit.delete(version.key, version.version)

    found = verify.verify(runtime).faults

    assert 2 == len(found)
    assert all("page" in fault.what for fault in found)
