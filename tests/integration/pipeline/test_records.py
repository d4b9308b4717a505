"""Records in the main job: each case through the real box, from a folder to the clean zone."""

import json
from dataclasses import dataclass

import pytest

from catalogue import artefacts, entries, expansions, records
from custody.artefact import Derivation
from custody.digest import digest_of
from custody.records import Counts
from pipeline import listing, record_report
from pipeline.delivering.deliver import deliver
from pipeline.proving import verify
from pipeline.record_report import Wanted
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus import dumps, extracts, messages, tables
from tests.corpus.clinical import CDA, cda
from tests.corpus.databases import database, letters, made
from tests.corpus.extracts import KINDS
from tests.corpus.homes import a_source, recover
from tests.corpus.packages import archive
from tests.corpus.pdfs import pdf

WITH_PARTS = extracts.with_documents()
PLAIN = b"Dear colleague,\nthe visit went well.\n"
BAD = messages.written(messages.admission(at="20260231073000"))
GOOD = messages.written(messages.admission())
UNKNOWN = "file_type: type-not-understood"
UNREAD = (
    "policy: type-not-promotable; active_content: no reader for application/vnd.apache.parquet; "
    "active_content: no complete outcome"
)
FILES = {
    **{name: made().content for name, made in KINDS.items()},
    "with-documents.ndjson": WITH_PARTS.content,
    "letter.txt": PLAIN,
    "good.hl7": GOOD,
    "bad.hl7": BAD,
    "good.xml": CDA.encode(),
    "bad.xml": cda('value="20260312080000+0100"', 'value="20261312080000+0100"'),
    "lie.hl7": extracts.batch(told=9, count=5, bad=()).content,
    "lie-and-bad.hl7": extracts.batch(told=9, count=5, bad=(1,)).content,
    "all-bad.hl7": extracts.batch(count=2, bad=(1, 2)).content,
    "nobody-knows.csv": b"name;value\nsodium;140\n",
    "data.json": b'{"name": "no resource", "values": [1, 2, 3]}\n',
    "in.zip": archive({"bad.hl7": BAD}),
    "good.sql": dumps.mariadb(),
    "good.sqlite": database(),
    "letters.sqlite": letters(pdf()),
    "active-letters.sqlite": letters(pdf(catalog=b"/OpenAction<</S/JavaScript/JS(a)>>")),
    "odd-day.sqlite": made(
        "create table stays (entered date)",
        "insert into stays values ('2026-02-30'), ('2026-02-28')",
    ),
    "good.parquet": tables.as_columns(*map(tables.fields, range(1, 6))),
    "bad-row.parquet": tables.as_columns(
        tables.fields(1), tables.fields(2, collected_at="2026-02-31T07:30:00")
    ),
    "trigger.sql": dumps.postgres(
        tail=b"CREATE TRIGGER t BEFORE INSERT ON s EXECUTE FUNCTION f();"
    ),
    "cut.sql": dumps.postgres()[:2000],
    "no-row.sql": dumps.postgres(0),
    "mixed-and-shell.sql": dumps.postgres(b"1\ta\n", tail=b"\\! id\n"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A home that recovered the files, what the run came to, and what `list` shows by path."""

    settings: Settings
    result: dict
    listed: dict


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Every file, recovered once."""
    folder = tmp_path_factory.mktemp("records")
    disk = folder / "disk"
    disk.mkdir()
    for name, content in FILES.items():
        (disk / name).write_bytes(content)
    settings = Settings(home=folder / "home")
    with open_runtime(settings) as runtime:
        result = recover(runtime, a_source(disk, "labo", "biologie")).as_json()
        listed = {e["path"]: e for e in listing.entries(runtime)}
    return World(settings=settings, result=result, listed=listed)


@pytest.fixture
def runtime(world):
    """The home, open."""
    with open_runtime(world.settings) as opened:
        yield opened


def parts_of(runtime, profile, content):
    """What a content was cut into: bytes by the way they were made."""
    digest = digest_of(content)
    with runtime.catalogue.read() as connection:
        rows = expansions.cut(connection, [digest], profile).get(digest, ())
        places = {row.how: artefacts.locate(connection, row.derived) for row in rows}
    return {how: runtime.vault.read(at) for how, at in places.items()}


def profile_of(runtime):
    """The profile of the one run."""
    with runtime.catalogue.read() as connection:
        run = connection.exec_driver_sql("select profile from runs").scalar_one()
    return run.hex()


@pytest.mark.parametrize("name", KINDS)
def test_a_mixed_extract_is_superseded_by_its_accepted_records(world, runtime, name):
    """Byte for byte and in order; the refused ones lie apart, with a line of why for each."""
    mixed = KINDS[name]()
    entry = world.listed[name]
    parts = parts_of(runtime, profile_of(runtime), mixed.content)

    assert ("superseded", "indeterminate") == (entry["stage"], entry["verdict"])
    assert digest_of(mixed.accepted) == entry["superseded_by"]
    assert mixed.accepted == parts[Derivation.SPLIT]
    assert mixed.refused == parts[Derivation.REFUSED]
    told = [json.loads(line) for line in parts[Derivation.REASONS].splitlines()]
    listed = [line for line in told if line["record"] is not None]
    assert mixed.refused_records == len(listed)
    for line in listed:
        assert mixed.content[line["offset"] : line["offset"] + line["size"]] in mixed.refused


def test_an_extract_with_documents_is_taken_apart_and_cut(world, runtime):
    """The parts that lie in a resource have numbers of their own, and take none of the cut's."""
    parts = parts_of(runtime, profile_of(runtime), WITH_PARTS.content)
    entry = world.listed["with-documents.ndjson"]

    assert WITH_PARTS.accepted == parts[Derivation.SPLIT]
    assert ("superseded", digest_of(WITH_PARTS.accepted)) == (
        entry["stage"],
        entry["superseded_by"],
    )


@pytest.mark.parametrize("name", KINDS)
def test_the_accepted_records_are_inspected_and_validated_from_the_start(runtime, name):
    """Nothing is believed of them because the whole was looked at."""
    mixed = KINDS[name]()
    split = digest_of(mixed.accepted)
    with runtime.catalogue.read() as connection:
        known = records.known(connection, [split], profile_of(runtime))

    count = mixed.read - mixed.refused_records
    assert (count, count, 0) == (
        known[split, ""].counts.read,
        known[split, ""].counts.accepted,
        known[split, ""].counts.refused,
    )


@pytest.mark.parametrize(
    ("name", "stage", "reason"),
    [
        ("good.hl7", "promoted", None),
        ("good.xml", "promoted", None),
        ("letter.txt", "promoted", None),
        ("nobody-knows.csv", "promoted", None),
        ("data.json", "promoted", None),
        ("bad.hl7", "held", "records: invalid-record"),
        ("bad.xml", "held", "records: invalid-record"),
        ("lie.hl7", "held", "records: control-total"),
        ("lie-and-bad.hl7", "held", "records: invalid-record; records: control-total"),
        ("all-bad.hl7", "held", "records: invalid-record"),
        ("in.zip", "held", "archives: part-indeterminate"),
        ("good.sql", "promoted", None),
        ("good.sqlite", "promoted", None),
        ("letters.sqlite", "promoted", None),
        ("active-letters.sqlite", "held", "archives: part-active"),
        ("odd-day.sqlite", "held", "records: invalid-record"),
        ("good.parquet", "held", f"{UNKNOWN}; {UNREAD}"),
        ("bad-row.parquet", "held", f"{UNKNOWN}; records: invalid-record; {UNREAD}"),
        ("trigger.sql", "held", "active_content: sql-trigger"),
        ("no-row.sql", "held", "records: no record was read; records: no complete outcome"),
    ],
)
def test_what_is_whole_is_promoted_or_held_as_a_whole(world, name, stage, reason):
    """Single documents, archives, and extracts whose count contradicts are never cut."""
    entry = world.listed[name]

    assert (stage, reason) == (entry["stage"], entry["reason"])
    assert entry["superseded_by"] is None


def test_a_dump_that_runs_or_stops_is_never_replaced_by_its_rows(world):
    """What stands beside the rows counts: a dump is cut only when nothing else is against it."""
    for name, verdict in (("cut.sql", "damaged"), ("mixed-and-shell.sql", "malicious")):
        entry = world.listed[name]
        assert (verdict, None) == (entry["verdict"], entry["superseded_by"])


def test_records_are_accounted_for_exactly(world):
    """Read is accepted and refused, for each schema, and the equation holds with superseded."""
    assert 0 == world.result["unexplained"]
    assert world.result["fates"]["superseded"] == world.result["derived"]["split"] == len(KINDS) + 1
    kinds = {"hl7v2", "hprim", "cda", "fhir-r4", "lab-results", "dumps", "sqlite"}
    assert kinds == set(world.result["records"])
    for counts in world.result["records"].values():
        assert counts["read"] == counts["accepted"] + counts["refused"]
    assert {"read": 47, "accepted": 43, "refused": 4} == {
        k: v for k, v in world.result["records"]["lab-results"].items() if k != "flagged"
    }


def test_the_ledger_says_what_the_run_says_of_records(world, runtime):
    """The event that ends the run has the same counts, and the home verifies to the last byte."""
    with runtime.catalogue.read() as connection:
        bodies = connection.exec_driver_sql("select body from ledger_entries").scalars().all()
    told = [json.loads(body)["event"] for body in bodies]
    (ended,) = [e for e in told if e["type"] == "autoclave.run.finished"]

    assert world.result["records"] == ended["body"]["records"]
    assert () == verify.verify(runtime, deep=True).faults


def test_the_report_adds_up_to_the_run(world, runtime):
    """By schema the lines of the report are the sums of the run, and name host and service."""
    found = {line["schema"]: line for line in record_report.report(runtime, Wanted())}

    for schema, counts in world.result["records"].items():
        assert counts == {name: found[schema][name] for name in counts}
    assert ("labo", "biologie") == (found["cda"]["host"], found["cda"]["service"])
    assert ["GEN-008"] == [r["code"] for r in found["lab-results"]["reasons"]]
    assert [] == record_report.report(runtime, Wanted(host="elsewhere"))


def test_refused_records_are_shown_by_place_and_shape(runtime):
    """A person sees where each stands and what its value looks like, not the value."""
    (cut,) = record_report.cuts_of(runtime, digest_of(extracts.table().content))

    lines = list(record_report.refused(runtime, cut))

    assert [3, 4, 17] == [line["record"] for line in lines]
    reason = lines[0]["reasons"][0]
    assert ("GEN-008", "9999-99-99A99:99:99") == (reason["code"], reason["value"])


def test_a_delivery_holds_the_accepted_records_in_the_extract_s_place(runtime, tmp_path):
    """Under the extract's own name stands what supersedes it; what is held is not there."""
    deliver(runtime, tmp_path / "out")
    delivered = {p.name: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}

    for name, make in KINDS.items():
        assert make().accepted == delivered[name]
    assert "bad.hl7" not in delivered
    assert GOOD == delivered["good.hl7"]


def test_a_second_run_validates_nothing_again(world, runtime, monkeypatch):
    """What the profile has said stands, and the same extracts are superseded again."""
    from pipeline.steps import records as stage

    asked = []
    monkeypatch.setattr(stage.RecordsStage, "_ask", lambda *_: asked.append(1) or {}, raising=True)
    disk = world.settings.home.parent / "disk"

    again = recover(runtime, a_source(disk, "labo", "biologie")).as_json()

    assert [] == asked
    assert world.result["fates"] == again["fates"]
    assert world.result["records"] == again["records"]


def test_entries_know_what_stands_for_them(runtime):
    """The row of a superseded entry names the content; others name none."""
    with runtime.catalogue.read() as connection:
        rows = entries.by_digest(connection, digest_of(extracts.ndjson().content))
        others = entries.by_digest(connection, digest_of(GOOD))

    assert {digest_of(extracts.ndjson().accepted)} == {row.superseded_by for row in rows}
    assert {None} == {row.superseded_by for row in others}


def test_counts_that_do_not_add_up_are_no_counts():
    """The accounting of records is held by the value itself."""
    with pytest.raises(ValueError, match="add up"):
        Counts(read=3, accepted=1, refused=1, flagged=0)
