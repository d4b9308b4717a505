"""What people declare and decide about records, and what a rebuild makes of it."""

import threading
from datetime import timedelta

import pytest

from custody.artefact import Location
from custody.digest import digest_of
from custody.outcome import NotScanned
from custody.records import Counts, Validation
from pipeline import listing
from pipeline.deciding import decisions
from pipeline.delivering.deliver import deliver
from pipeline.proving import verify
from pipeline.recover import Recovery
from pipeline.settings import Settings
from pipeline.start import Request, register
from pipeline.steps import records as stage
from pipeline.steps.declared import Declared, read_declarations
from pipeline.steps.extracts import Answered
from pipeline.steps.instruments import Instruments, OnDemandBox, open_inspector
from pipeline.steps.inventory import Selection
from pipeline.wiring import open_runtime
from tests.corpus import extracts
from tests.corpus.homes import a_person, a_source, recover
from tests.corpus.keeping import KeptFile
from tests.corpus.rule_matter import NOTES
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs

LINES = b"code;amount\nA;1\nB;two\nC;3\n"
CONTRACT = """\
name: amounts
dialect: {delimiter: ";"}
schema:
  fields:
    - {name: code, type: string}
    - {name: amount, type: integer}
"""


@pytest.fixture
def disk(tmp_path):
    """An empty disk."""
    made = tmp_path / "disk"
    made.mkdir()
    return made


@pytest.fixture
def settings(tmp_path):
    """A home that does not exist yet."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def contract(tmp_path):
    """A contract for the lines, in a file."""
    path = tmp_path / "amounts.yaml"
    path.write_text(CONTRACT)
    return path


def declaring(runtime, source, *given):
    """Recover a source with contracts declared."""
    register(runtime, source)
    selection = Selection(declared=read_declarations(given))
    request = Request(sources=(source,), selection=selection)
    return Recovery(runtime=runtime, request=request, stop=threading.Event()).run().as_json()


def stages(runtime):
    """Where each entry of the latest run stands, and why."""
    return {e["path"]: (e["stage"], e["reason"]) for e in listing.entries(runtime)}


def test_a_declared_contract_judges_the_paths_of_its_glob_alone(settings, disk, contract, tmp_path):
    """The same bytes elsewhere stay a table that nobody knows; the counts are those of the glob."""
    (disk / "declared").mkdir()
    (disk / "declared" / "a.txt").write_bytes(LINES)
    (disk / "a.csv").write_bytes(LINES)
    with open_runtime(settings) as runtime:
        result = declaring(runtime, a_source(disk), f"declared/*={contract}")
        found = {e["path"]: e for e in listing.entries(runtime)}
        assert () == verify.verify(runtime, deep=True).faults

    assert {"amounts": {"read": 3, "accepted": 2, "refused": 1, "flagged": 0}} == result["records"]
    assert "promoted" == found["a.csv"]["stage"]
    assert digest_of(LINES.replace(b"B;two\n", b"")) == found["declared/a.txt"]["superseded_by"]
    assert set() == rebuilt_differs(settings, KeptFile(settings.home, tmp_path / "kept.sqlite"))


def test_a_declared_contract_that_does_not_fit_holds(settings, disk, contract):
    """What was declared is demanded: another table, or no table at all, is not passed by."""
    (disk / "other.csv").write_bytes(b"name;value\nsodium;140\n")
    (disk / "letter.txt").write_bytes(b"Dear colleague,\nthe visit went well.\n")
    with open_runtime(settings) as runtime:
        declaring(runtime, a_source(disk), f"*={contract}")
        found = stages(runtime)

    assert {"held"} == {stage for stage, _ in found.values()}
    for _, why in found.values():
        assert why.startswith("records: the heading is not that of the contract")


def test_a_corrected_contract_validates_anew(settings, disk, contract):
    """Another text is another contract: what the first one said does not stand."""
    (disk / "a.csv").write_bytes(LINES)
    with open_runtime(settings) as runtime:
        declaring(runtime, a_source(disk), f"*={contract}")
        contract.write_text(CONTRACT.replace("integer", "string"))
        result = declaring(runtime, a_source(disk), f"*={contract}")

        assert {"a.csv": ("promoted", None)} == stages(runtime)
    assert 0 == result["records"]["amounts"]["refused"]


def test_two_people_let_an_extract_pass_whole(settings, disk, tmp_path):
    """The data owner may accept what was refused: then the original is promoted, uncut."""
    mixed = extracts.batch(told=9)
    (disk / "a.hl7").write_bytes(mixed.content)
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        assert {"a.hl7": ("held", "records: invalid-record; records: control-total")} == stages(
            runtime
        )
        until = runtime.clock() + timedelta(days=1)
        for name in ("alice", "bruno"):
            person = a_person(runtime, tmp_path, name)
            released = decisions.release(runtime, digest_of(mixed.content), person, until)

        assert released.effective
        assert "promoted" == stages(runtime)["a.hl7"][0]
    assert set() == rebuilt_differs(settings, KeptFile(settings.home, tmp_path / "kept.sqlite"))


def test_accepted_records_that_somebody_rejected_stand_for_nothing(settings, disk, tmp_path):
    """A rejected content does not come in through an extract that holds it."""
    mixed = extracts.ndjson()
    attacked = disk / "attacked"
    attacked.mkdir()
    (attacked / "how-to-decrypt.txt").write_text(NOTES["french"])
    (attacked / "same.ndjson").write_bytes(mixed.accepted)
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        alice = a_person(runtime, tmp_path, "alice")
        decisions.reject(runtime, digest_of(mixed.accepted), alice)
        (disk / "a.ndjson").write_bytes(mixed.content)
        recover(runtime, a_source(disk))

        assert "rejected" == stages(runtime)["attacked/same.ndjson"][0]
        assert ("held", "records: invalid-record") == stages(runtime)["a.ndjson"]


def test_what_stands_for_a_rejected_extract_is_not_delivered(settings, disk, tmp_path):
    """Somebody rejects the extract elsewhere: its accepted records are withheld with it."""
    mixed = extracts.table()
    (disk / "a.csv").write_bytes(mixed.content)
    (disk / "letter.txt").write_bytes(b"Dear colleague,\nthe visit went well.\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.csv").write_bytes(mixed.content)
    (other / "how-to-decrypt.txt").write_text(NOTES["french"])
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        recover(runtime, a_source(other, "dpi"))
        assert ["a.csv", "letter.txt"] == delivered(runtime, tmp_path / "before")
        alice = a_person(runtime, tmp_path, "alice")
        decisions.reject(runtime, digest_of(mixed.content), alice)

        assert ["letter.txt"] == delivered(runtime, tmp_path / "after")


def delivered(runtime, folder):
    """The names of the files that a delivery writes."""
    deliver(runtime, folder, host="pacs")
    return sorted(p.name for p in folder.rglob("*") if p.suffix in {".csv", ".txt"})


def test_the_accepted_records_are_listed_with_what_they_were_made_from(settings, disk):
    """`list --derived` shows them below the extract."""
    mixed = extracts.table()
    (disk / "a.csv").write_bytes(mixed.content)
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        extract, accepted = listing.entries(runtime, derived=True)

    assert digest_of(mixed.content) == accepted["derived_from"] == extract["digest"]
    assert digest_of(mixed.accepted) == accepted["digest"] == extract["superseded_by"]
    assert ("a.csv!/accepted records", len(mixed.accepted)) == (accepted["path"], accepted["size"])
    assert [] == accepted["findings"]


def test_an_attacked_directory_holds_its_extracts(settings, disk):
    """A ransom note beside it holds an extract; its accepted records are no way around."""
    (disk / "a.csv").write_bytes(extracts.table().content)
    (disk / "how-to-decrypt.txt").write_text(NOTES["french"])
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))

        assert ("held", "records: invalid-record") == stages(runtime)["a.csv"]


def test_trouble_of_the_machine_is_tried_again(settings, disk, monkeypatch):
    """Nothing is remembered of an attempt that says nothing about the extract."""
    (disk / "a.csv").write_bytes(extracts.table().content)
    nothing = Counts(read=0, accepted=0, refused=0, flagged=0)
    troubled = Answered(
        validation=Validation(schema="", counts=nothing, unread="the box failed"), transient=True
    )
    with open_runtime(settings) as runtime:
        monkeypatch.setattr(stage, "read_answer", lambda *_: troubled)
        recover(runtime, a_source(disk))
        held, why = stages(runtime)["a.csv"]
        assert "held" == held
        assert why.startswith("records: the records were not validated")
        monkeypatch.undo()
        recover(runtime, a_source(disk))

        assert "superseded" == stages(runtime)["a.csv"][0]


def test_trouble_with_the_accepted_records_is_tried_again_too(settings, disk, monkeypatch):
    """The whole extract is asked again, so that it is never cut from memory alone."""
    mixed = extracts.table()
    (disk / "a.csv").write_bytes(mixed.content)
    read = stage.read_answer

    def failing(reply, size):
        answer = read(reply, size)
        if size != len(mixed.accepted):
            return answer
        return Answered(validation=answer.validation, transient=True)

    with open_runtime(settings) as runtime:
        monkeypatch.setattr(stage, "read_answer", failing)
        recover(runtime, a_source(disk))
        assert "held" == stages(runtime)["a.csv"][0]
        monkeypatch.undo()
        recover(runtime, a_source(disk))

        assert "superseded" == stages(runtime)["a.csv"][0]


def test_a_large_extract_is_cut_as_a_small_one(settings, disk, tmp_path):
    """Beyond what fits into a segment and into one read the bytes stay exact."""
    mixed = extracts.table(rows=6000, bad=tuple(range(7, 6000, 7)))
    (disk / "a.csv").write_bytes(mixed.content)
    with open_runtime(settings) as runtime:
        result = recover(runtime, a_source(disk)).as_json()
        (entry,) = listing.entries(runtime)
        assert () == verify.verify(runtime, deep=True).faults

    assert len(mixed.content) > 2**19
    assert digest_of(mixed.accepted) == entry["superseded_by"]
    assert mixed.refused_records == result["records"]["lab-results"]["refused"]
    assert set() == rebuilt_differs(settings, KeptFile(settings.home, tmp_path / "kept.sqlite"))


def test_an_extract_whose_contract_is_gone_is_judged_by_no_other(settings):
    """Words that were erased take the contracts with them; what the bytes say is no stand-in."""
    content = extracts.table().content
    at = Location(digest=digest_of(content), key="k", version="v", offset=0, size=len(content))
    subject = stage.Subject(location=at, media_type="text/csv", contract="amounts@1", is_cut=True)
    with open_runtime(settings) as runtime:
        inspector = open_inspector(runtime)
        with OnDemandBox(inspector, 1) as box:
            instruments = Instruments(inspector=inspector, box=box)
            records = stage.RecordsStage(runtime, instruments, Declared(), lambda: None)
            found = records.work(None, [subject])

    said = found.validated.outcome(at.digest, "text/csv", "amounts@1")
    assert isinstance(said, NotScanned)
    assert (stage.CONTRACT_GONE, True) == (said.reason, said.transient)
    assert frozenset() == found.new
