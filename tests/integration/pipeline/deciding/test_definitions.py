"""Official definitions in the main job: pinned, on the record, and never silently missing."""

import zipfile

import pytest

from custody.errors import RulesError, UsageError
from pipeline.deciding import definitions
from pipeline.deciding.definitions import DefinitionsToAdd
from pipeline.proving import verify
from pipeline.steps.definitions import definitions_in_force
from pipeline.steps.instruments import open_inspector
from pipeline.wiring import open_runtime
from schemas.packs import kinds_in
from tests.corpus.fhir_definitions import write_definitions
from tests.corpus.homes import a_person, a_source, recover
from tests.corpus.resources import document, line
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs

PATIENT = {"resourceType": "Patient", "id": "p", "name": [{"family": "DURAND"}]}
# Only definitions know that there is no such element.
ODD = {**PATIENT, "id": "q", "nmae": [{"family": "DURAND"}]}


@pytest.fixture
def disk(tmp_path):
    """Patients that our own rules accept."""
    root = tmp_path / "disk"
    root.mkdir()
    (root / "good.ndjson").write_bytes(line(PATIENT) + line({**PATIENT, "id": "r"}))
    (root / "odd.xml").write_bytes(document(ODD))
    (root / "mixed.ndjson").write_bytes(line(PATIENT) + line(ODD))
    return root


def to_add(folder, name="fhir", version="4.0.1", **more):
    """A small part of FHIR's definitions beside pages that count for nothing."""
    write_definitions(folder, version)
    (folder / "index.html").write_text("<html/>")
    return DefinitionsToAdd(path=folder, name=name, source="HL7", **more)


def fates(runtime, disk):
    """The fates of a run."""
    told = recover(runtime, a_source(disk, "late")).as_json()["fates"]
    return {fate: count for fate, count in told.items() if count}


def test_definitions_judge_every_record_anew(runtime, disk, tmp_path):
    """What only they refuse is cut or held from the next run on; the profile names them."""
    before, profile = fates(runtime, disk), open_inspector(runtime).profile
    added = definitions.add(runtime, to_add(tmp_path / "r4"))
    after = open_inspector(runtime).profile

    assert ({"promoted": 3}, ("FHIR R4",)) == (before, added.kinds)
    assert f"fhir@{added.pack.digest}" in after.scanners["records"]
    assert profile.digest != after.digest
    assert {"promoted": 1, "held": 1, "superseded": 1} == fates(runtime, disk)
    assert () == verify.verify(runtime, deep=True).faults


def test_definitions_are_on_the_record_and_rebuilt(settings, kept, tmp_path):
    """The ledger alone says which are in force."""
    with open_runtime(settings) as runtime:
        added = definitions.add(runtime, to_add(tmp_path / "r4"))

    assert set() == rebuilt_differs(settings, kept)
    with open_runtime(settings) as runtime:
        assert [added.pack] == definitions.in_force(runtime)


@pytest.mark.parametrize("harm", ["changed", "gone", "more"])
def test_definitions_that_are_not_as_added_end_the_run(runtime, tmp_path, harm):
    """What they would refuse must not be accepted for their silence."""
    added = definitions.add(runtime, to_add(tmp_path / "r4"))
    folder = runtime.home.definitions / added.pack.digest
    place = folder / "profiles-types.json"
    match harm:
        case "changed":
            place.write_bytes(place.read_bytes() + b" ")
        case "gone":
            place.unlink()
        case "more":
            (folder / "profiles-others.json").write_text("{}")

    with pytest.raises(RulesError, match="not those that were added"):
        open_inspector(runtime)
    definitions.add(runtime, to_add(tmp_path / "again"))
    assert (folder,) == definitions_in_force(runtime).folders


def test_to_replace_definitions_takes_two(runtime, tmp_path):
    """Other ones of the name may refuse less; a pack of another name stands beside."""
    two = [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]
    definitions.add(runtime, to_add(tmp_path / "r4"))
    other = to_add(tmp_path / "r5", version="5.0.0")

    with pytest.raises(UsageError, match="two people sign"):
        definitions.add(runtime, other)
    assert definitions.add(runtime, other, two[0]).waits is not None
    assert ["FHIR R4"] == [*_kinds(runtime)]
    assert definitions.add(runtime, other, two[1]).waits is None
    assert ["FHIR R5"] == [*_kinds(runtime)]
    definitions.add(runtime, to_add(tmp_path / "r4", name="fhir-r4"))
    assert ["FHIR R4", "FHIR R5"] == [*_kinds(runtime)]


def _kinds(runtime):
    return kinds_in(definitions_in_force(runtime).folders)


def test_a_zip_is_the_same_pack_as_its_folder(runtime, tmp_path):
    """Pages, pictures and the top folder of the archive count for nothing."""
    wanted = to_add(tmp_path / "r4")
    packed = tmp_path / "definitions.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in wanted.path.iterdir():
            archive.write(path, f"top/{path.name}")
    one = definitions.add(runtime, wanted)
    same = DefinitionsToAdd(path=packed, name="z", source="HL7", expected=one.pack.digest[:12])

    assert one.pack.digest == definitions.add(runtime, same).pack.digest
    with pytest.raises(RulesError, match="not the expected"):
        definitions.add(
            runtime, DefinitionsToAdd(path=packed, name="z", source="HL7", expected="00")
        )


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ({"readme.txt": "x"}, "no definitions"),
        ({"fhir.schema.json": "{}"}, "not HL7's schema"),
        ({"CDA.xsd": "<a>"}, "does not compile"),
        ({"other.xsd": "<a/>"}, "belong to definitions, and are none"),
        ({"-x/CDA.xsd": "<a/>"}, "cannot be kept"),
    ],
)
def test_what_is_no_definition_is_refused(runtime, tmp_path, files, match):
    """Nothing is in force that does not compile, and nothing of it stays."""
    for name, text in files.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with pytest.raises(UsageError, match=match):
        definitions.add(
            runtime, DefinitionsToAdd(path=tmp_path / "pack", name="x", source="nobody")
        )

    assert [] == definitions.in_force(runtime)
    assert [] == [*runtime.home.definitions.glob("*")]
