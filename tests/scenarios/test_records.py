"""Extracts of records through power cuts; and no patient of any format where none belongs."""

from datetime import datetime
from email.message import EmailMessage
from functools import partial

import pytest

from cli.hospital.dicom import Study, instance
from cli.hospital.people import patient
from pipeline.steps import extracts as stage_extracts
from tests.corpus import dumps, extracts, fixed, hprim, messages, resources, tables
from tests.corpus.clinical import CDA, KMEHR
from tests.corpus.commands import Commands
from tests.corpus.databases import holding
from tests.corpus.dying_validators import dying
from tests.corpus.packages import archive
from tests.corpus.searching import contents, forms
from tests.scenarios.conftest import same_entries
from tests.scenarios.disturbed import disturb

SETS = 24
KILLS = 5
PATIENT = "Quixwortova-Zsuzsanna"
# Quarantine and clean zone hold the records themselves; nothing else may.
MAY_HOLD = ("quarantine", "cleanzone")


def a_source(folder, count):
    """A disk of extracts, each mixed in its own way, beside letters."""
    folder.mkdir()
    for n in range(count):
        family = f"DURAND-{chr(65 + n)}"
        (folder / f"{n:03}.csv").write_bytes(extracts.table(rows=9 + n, bad=(2, 5)).content)
        (folder / f"{n:03}.hl7").write_bytes(extracts.batch(3 + n, bad=(2,)).content)
        (folder / f"{n:03}.ndjson").write_bytes(extracts.ndjson(family=family).content)
        (folder / f"{n:03}.txt").write_text(f"Dear colleague,\nvisit {n} went well.\n")
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_records_survive_kills_and_a_rebuild(tmp_path, asked):
    """After kill -9 at random moments, and after a rebuild, all records are as in a calm run."""
    count = asked.fewer(2 * SETS) if asked.anything else SETS
    source = a_source(tmp_path / "disk", count)
    both = disturb(tmp_path, source, kills=2 if asked.prefect else KILLS, shard=10)
    calm, killed, undisturbed, ended = both.calm, both.killed, both.undisturbed, both.ended
    reported = killed("records", "--json").lines

    assert (0, 0) == (undisturbed.code, ended.code)
    assert (count, 3 * count) == (ended.json["promoted"], ended.json["fates"]["superseded"])
    assert undisturbed.json["records"] == ended.json["records"]
    assert same_entries(calm.listed(), killed.listed())
    both.check()
    assert 0 == killed("catalogue", "rebuild").code
    assert same_entries(calm.listed(), killed.listed())
    assert reported == killed("records", "--json").lines


@pytest.fixture
def commands(tmp_path, capsys):
    """The command line, in this process, over a fresh home."""
    return Commands(home=tmp_path / "home", capture=capsys)


def marked(folder):
    """One patient in every format, good and bad, as a value and in places where none belongs."""
    folder.mkdir()
    study = Study(
        number=1, patient=patient(1), description=PATIENT, at=datetime.fromisoformat("2026-03-01")
    )
    image = instance(study, 1)
    odd_key = {**resources.PATIENT, PATIENT: "", "name": [{"family": PATIENT}]}
    wrong_kind = {**resources.PATIENT, "resourceType": PATIENT}
    files = {
        "a.csv": extracts.table(marker=PATIENT).content,
        "b.csv": extracts.table(marker=f"={PATIENT}").content,
        "a.hl7": extracts.batch(patient=PATIENT).content,
        "lie.hl7": extracts.batch(patient=PATIENT, told=9).content,
        "a.ndjson": extracts.ndjson(family=PATIENT).content,
        "keys.ndjson": resources.line(odd_key) + resources.line(resources.OBSERVATION),
        "kind.json": resources.line(wrong_kind),
        "a.xml": CDA.replace("DURAND", PATIENT).encode(),
        "bad.xml": CDA.replace("DURAND", PATIENT).replace("20260312080000", "20261312").encode(),
        "tag.xml": CDA.replace("<title>Lettre</title>", f"<{PATIENT}/>").encode(),
        "fhir.xml": resources.document({**resources.PATIENT, "name": [{"family": PATIENT}]}),
        "element.xml": resources.document(resources.PATIENT).replace(
            b"<gender", f"<{PATIENT}/><gender".encode()
        ),
        "a.kmehr": KMEHR.replace("Camille", PATIENT).encode(),
        "a.dcm": image,
        "cut.dcm": image[:-100],
        "extra.dcm": image + PATIENT.encode(),
        "a.sql": dumps.postgres(
            dumps.copy_row(1) + f"2\t{PATIENT}\t2026-33-01\t1\t{PATIENT}\n".encode()
        ),
        "b.sql": dumps.mysql(f"(1,'{PATIENT}','{PATIENT}',1,2,3)".encode()),
        "c.sql": dumps.postgres(tail=f"CREATE FUNCTION \"{PATIENT}\"() AS 'x';\n".encode()),
        "patients.sqlite": holding(PATIENT),
        "in.zip": archive({"a.hl7": extracts.batch(patient=PATIENT).content}),
        "mail.eml": mail("results.hl7", extracts.batch(patient=PATIENT).content),
        "a.hprim": hprim.changed("DURAND", PATIENT),
        "id.hprim": hprim.changed("|398|", f"|{PATIENT}|"),
        "fixed.txt": fixed.rums(bad=(2,), stay=PATIENT[:20]),
        "id.csv": id_table(),
        "id.hl7": messages.written(messages.admission(patient=f"PID|1||{PATIENT}^^^{PATIENT}")),
        "id.json": resources.line({**resources.PATIENT, "identifier": [{"value": PATIENT}]}),
        "refused.csv": f"{PATIENT};{PATIENT}\n1;2\n".encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def mail(name, content):
    """A message to the patient, about the patient, with an attachment."""
    message = EmailMessage()
    message["To"], message["Subject"] = f"{PATIENT}@hospital.example", PATIENT
    message.set_content(f"Dear {PATIENT}")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def id_table():
    """Rows that name the patient by number, one of them impossible."""
    lines = [tables.line(1, ipp=PATIENT[:20]), tables.line(2, ipp=PATIENT[:20], collected_at="x")]
    return "\n".join([tables.HEADING, *lines, ""]).encode()


def leaks_of(home):
    """Where the patient is found in a home, but for the zones that hold the records themselves."""
    return [
        f"{label} in {path.relative_to(home)}"
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.relative_to(home).parts[0] not in MAY_HOLD
        for content in contents(path)
        for label, form in forms(PATIENT).items()
        if form.lower() in content.lower()
    ]


@pytest.mark.folders
def test_no_value_of_a_record_is_outside_of_quarantine_and_clean_zone(commands, tmp_path):
    """Not in database, ledger, manifests, names or logs: in clear, hex or base64."""
    source = marked(tmp_path / "disk")
    contracts = ("--contract", "fixed.txt=pmsi-rss", "--contract", "refused.csv=lab-results")
    ended = commands("recover", source, "--host", "srv1", *contracts, "--debug", "--json")
    logged = ended.out + ended.err
    person = commands.person(tmp_path, "olga", role="data-owner")
    asked = commands("subjects", *person, "--reason", "letters", "--debug", "--json")
    found = commands("subjects", "--find", PATIENT, *person, "--reason", "a call", "--debug")
    logged += asked.err + found.err + commands("subjects", "--json").out
    logged += commands("records", "--debug").out + commands("records", "--json").out
    for entry in commands("list", "--json").lines:
        told = commands("records", "refused", entry["path"], "--debug")
        logged += told.err if entry["path"] in {"keys.ndjson", "tag.xml"} else told.out + told.err
    commands("audit", "export", tmp_path / "export")

    assert 3 == ended.code, ended.err
    formats = {"lab-results", "hl7v2", "hprim", "fhir-r4", "cda", "kmehr", "dicom", "dumps"}
    assert formats | {"pmsi-rss", "sqlite"} == set(ended.json["records"])
    assert {PATIENT.upper(), PATIENT[:20].upper()} <= {p["value"] for p in asked.lines}
    assert "srv1" in found.out
    assert ended.json["fates"]["superseded"] > 0
    assert [] == leaks_of(commands.home)
    assert [] == leaks_of(tmp_path / "export")
    assert PATIENT not in logged


@pytest.mark.folders
@pytest.mark.parametrize("failing", ["crash", "fail"])
def test_a_validation_that_ends_badly_tells_no_value(commands, tmp_path, monkeypatch, failing):
    """What a schema dies of, or raises with a value in its words, stands nowhere either."""
    monkeypatch.setattr(stage_extracts, "programs", partial(dying, failing))
    source = tmp_path / "disk"
    source.mkdir()
    (source / "a.hl7").write_bytes(extracts.batch(patient=PATIENT).content)
    ended = commands("recover", source, "--host", "srv1", "--debug", "--json")
    shown = commands("list", "--json", "--debug")

    assert 3 == ended.code, ended.err
    (entry,) = shown.lines
    assert ("held", "indeterminate") == (entry["stage"], entry["verdict"])
    assert [] == leaks_of(commands.home)
    assert PATIENT not in ended.out + ended.err + shown.out + shown.err


@pytest.mark.folders
def test_the_search_would_find_a_value_that_leaked(tmp_path):
    """What is looked for is found where it lies."""
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "line").write_bytes(b"xx" + PATIENT.encode())

    assert ["clear in audit/line"] == leaks_of(tmp_path)
