"""What policies and people decide about disarming, and what a rebuild makes of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import sanitizers
from custody.box import FailureCode
from custody.digest import digest_of
from custody.errors import SignatureError, UsageError
from custody.outcome import NotScanned
from pipeline import listing
from pipeline.deciding import decisions, policies
from pipeline.deciding.signing import Signatory
from pipeline.proving.verify import verify
from pipeline.settings import Settings
from pipeline.steps import disarm as stage
from pipeline.wiring import open_runtime
from sanitizers.disarming.making import NotMade
from tests.corpus.active_pdfs import NASTY
from tests.corpus.calendars import calendar, sound, starting
from tests.corpus.homes import a_person, a_source, recover
from tests.corpus.keeping import KeptFile
from tests.corpus.rule_matter import NOTES
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs
from tests.unit.sanitizers.disarming.test_signed import SIGNED_PDF

STRICT = Path(sanitizers.__file__).parent / "policies" / "strict.toml"
ACTIVE = calendar(starting(), sound())
COPY = calendar(sound())
CUT = calendar(starting())[:-40]
LETTER = b"Dear colleague,\nthe visit went well.\n"


@pytest.fixture
def disk(tmp_path):
    """A disk with an active calendar, one that cannot be disarmed, and a letter."""
    made = tmp_path / "disk"
    made.mkdir()
    (made / "visit.ics").write_bytes(ACTIVE)
    (made / "cut.ics").write_bytes(CUT)
    (made / "letter.txt").write_bytes(LETTER)
    return made


@pytest.fixture
def settings(tmp_path):
    """A home that does not exist yet."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def holding(tmp_path):
    """Have two people approve a policy that holds calendars, and return them."""

    def approve(runtime, text='"text/calendar" = ["hold"]'):
        path = tmp_path / "policy.toml"
        words = '"application/dicom" = ["hold"]'
        path.write_text(STRICT.read_text().replace(words, f"{words}\n{text}"))
        two = [a_person(runtime, tmp_path, name) for name in ("anna", "bert")]
        policies.approve(runtime, policies.propose(runtime, path, two[0]).digest, two[1])
        return two

    return approve


def stages(runtime):
    """Where each entry of the latest run stands, and why."""
    return {e["path"]: (e["stage"], e["reason"]) for e in listing.entries(runtime)}


ONLY_ACTIVE = ("held", "active_content: calendar-program")


def test_a_type_that_the_policy_holds_is_not_touched(settings, disk, holding):
    """No copy is made, and the reason is what is active and nothing else."""
    with open_runtime(settings) as runtime:
        holding(runtime)
        result = recover(runtime, a_source(disk)).as_json()

        assert ONLY_ACTIVE == stages(runtime)["visit.ics"]
        assert [] == listing.show(runtime, digest_of(ACTIVE))["disarmed"]
    assert 0 == result["derived"]["disarmed"]


def test_a_person_has_it_disarmed_and_it_stays_so(settings, disk, holding, tmp_path):
    """One signature; the copy takes its place at once, in later runs and in a rebuild."""
    with open_runtime(settings) as runtime:
        anna, _ = holding(runtime)
        recover(runtime, a_source(disk))
        decided = decisions.disarm(runtime, digest_of(ACTIVE), anna)

        assert (True, 1, 1) == (decided.effective, decided.entries, decided.promoted)
        assert "superseded" == stages(runtime)["visit.ics"][0]
        found = listing.show(runtime, digest_of(ACTIVE))
        assert ["disarm"] == [d["action"] for d in found["decisions"]]
        recover(runtime, a_source(disk))
        assert "superseded" == stages(runtime)["visit.ics"][0]
        assert () == verify(runtime, deep=True).faults
    assert set() == rebuilt_differs(settings, KeptFile(settings.home, tmp_path / "kept.sqlite"))


def test_what_cannot_be_disarmed_stays_held_and_says_why(settings, disk, holding):
    """A person's word makes no copy that does not pass every check."""
    with open_runtime(settings) as runtime:
        anna, _ = holding(runtime)
        recover(runtime, a_source(disk))
        decided = decisions.disarm(runtime, digest_of(CUT), anna)
        stage_now, why = stages(runtime)["cut.ics"]

        assert (1, 0) == (decided.entries, decided.promoted)
        assert "held" == stage_now
        assert "disarm: malformed: an alarm has no end" in why


def test_nobody_signs_for_what_no_disarmer_knows(settings, disk, tmp_path):
    """Neither a clean letter, nor a type without a disarmer, nor a stranger."""
    table = b"name;value\n=cmd|'/C calc'!A0;1\n"
    (disk / "table.csv").write_bytes(table)
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        anna = a_person(runtime, tmp_path, "anna")
        with pytest.raises(UsageError, match="nothing of"):
            decisions.disarm(runtime, digest_of(LETTER), anna)
        with pytest.raises(UsageError, match="no disarmer for text/csv"):
            decisions.disarm(runtime, digest_of(table), anna)
        stranger = Signatory(actor="stranger", key=anna.key, reason="because")
        with pytest.raises(SignatureError):
            decisions.disarm(runtime, digest_of(CUT), stranger)

        assert "held" == stages(runtime)["cut.ics"][0]


def test_another_policy_is_asked_in_the_next_run(settings, disk, holding):
    """A service of its own is disarmed while all others are held; what was held is known."""
    service = (
        '"text/calendar" = ["hold"]\n[[disarm.services]]\nservice = "radiology"\n'
        'media_type = "text/calendar"\nswitches = ["disarm"]'
    )
    with open_runtime(settings) as runtime:
        holding(runtime, service)
        recover(runtime, a_source(disk, "dpi", "patient-records"))
        assert ONLY_ACTIVE == stages(runtime)["visit.ics"]
        recover(runtime, a_source(disk, "pacs", "radiology"))
        found = {(e["host"], e["path"]): e["stage"] for e in listing.entries(runtime)}

        assert "superseded" == found["pacs", "visit.ics"]
        assert "held" == found["dpi", "visit.ics"]


def test_trouble_of_the_machine_is_tried_again(settings, disk, monkeypatch):
    """Nothing is remembered of an attempt that says nothing about the document."""
    failed = NotMade(reason=FailureCode.MACHINE.value, transient=True)
    with open_runtime(settings) as runtime:
        monkeypatch.setattr(stage, "disarmed", lambda *_: failed)
        recover(runtime, a_source(disk))
        assert ONLY_ACTIVE == stages(runtime)["visit.ics"]
        monkeypatch.undo()
        recover(runtime, a_source(disk))

        assert "superseded" == stages(runtime)["visit.ics"][0]


def test_trouble_with_the_copy_is_tried_again_too(settings, disk, monkeypatch, tmp_path):
    """A copy that nobody looked at is not kept: neither in the catalogue nor in a manifest."""
    with open_runtime(settings) as runtime:
        looked = stage.inspect_made

        def troubled(*made):
            return {digest: unsaid(said) for digest, said in looked(*made).items()}

        monkeypatch.setattr(stage, "inspect_made", troubled)
        recover(runtime, a_source(disk))
        assert ONLY_ACTIVE == stages(runtime)["visit.ics"]
        monkeypatch.undo()
        assert () == verify(runtime, deep=True).faults
        recover(runtime, a_source(disk))
        assert "superseded" == stages(runtime)["visit.ics"][0]
    assert set() == rebuilt_differs(settings, KeptFile(settings.home, tmp_path / "kept.sqlite"))


def unsaid(inspection):
    """An inspection that the machine broke off."""
    silent = NotScanned(scanner="yara_rules", reason="the box failed", transient=True)
    return replace(inspection, outcomes=(*inspection.outcomes, silent))


def test_a_copy_that_somebody_rejected_stands_for_nothing(settings, disk, tmp_path):
    """A rejected content does not come in through a document that it is the copy of."""
    attacked = disk / "attacked"
    attacked.mkdir()
    (attacked / "copy.ics").write_bytes(COPY)
    with open_runtime(settings) as runtime:
        (disk / "visit.ics").unlink()
        (attacked / "how-to-decrypt.txt").write_text(NOTES["french"])
        recover(runtime, a_source(disk))
        anna = a_person(runtime, tmp_path, "anna")
        decisions.reject(runtime, digest_of(COPY), anna)
        (disk / "visit.ics").write_bytes(ACTIVE)
        recover(runtime, a_source(disk))

        stage_now, why = stages(runtime)["visit.ics"]
        assert "held" == stage_now
        assert "disarm: its copy was rejected" in why


def test_two_people_release_the_original_as_it_is(settings, disk, holding):
    """The way that stays open for signed documents: no copy, and an end."""
    with open_runtime(settings) as runtime:
        two = holding(runtime)
        recover(runtime, a_source(disk))
        until = runtime.clock() + timedelta(days=1)
        for person in two:
            released = decisions.release(runtime, digest_of(ACTIVE), person, until)

        assert released.effective
        assert "promoted" == stages(runtime)["visit.ics"][0]


def test_a_signed_document_waits_for_a_person_who_gives_its_signature_up(settings, disk):
    """Held by its own reason; what was signed for, and by whom, stands in the ledger."""
    (disk / "signed.pdf").write_bytes(SIGNED_PDF)
    digest = digest_of(SIGNED_PDF)
    with open_runtime(settings) as runtime:
        anna = a_person(runtime, disk.parent, "anna")
        recover(runtime, a_source(disk))
        before = stages(runtime)["signed.pdf"]
        plain = decisions.disarm(runtime, digest, anna)
        given_up = decisions.disarm(runtime, digest, anna, although_signed=True)
        scopes = [d["scope"] for d in listing.show(runtime, digest)["decisions"]]
        found = listing.show(runtime, digest)["disarmed"]
        after = stages(runtime)["signed.pdf"][0]
        faults = verify(runtime, deep=True).faults

    assert "held" == before[0]
    assert "disarm: refused: signed" in before[1]
    assert [0, 1] == [plain.promoted, given_up.promoted]
    assert "superseded" == after
    assert ["without the signature" in scope for scope in scopes] == [False, True]
    assert any("pdf.signature" in str(report) for report in found)
    assert () == faults
    assert set() == rebuilt_differs(settings, KeptFile(settings.home, disk.parent / "kept.sqlite"))


def test_a_policy_makes_pictures_of_pages(settings, disk, holding):
    """Drawn in the box, proven by other processes, inspected from the start, and promoted."""
    pytest.importorskip("pypdfium2", reason="the extra is not installed")
    (disk / "form.pdf").write_bytes(NASTY)
    with open_runtime(settings) as runtime:
        holding(runtime, '"application/pdf" = ["disarm", "pixels"]')
        recover(runtime, a_source(disk))
        (report,) = listing.show(runtime, digest_of(NASTY))["disarmed"]

        assert "superseded" == stages(runtime)["form.pdf"][0]
        assert ["pixels"] == report["switches"]
        assert "pdf.text-layer" in str(report)
        assert () == verify(runtime, deep=True).faults
