"""Mail and records through the real box and the main job: each case comes to its verdict."""

import pytest

from cli.hospital.malice import eicar
from custody.fate import Fate
from pipeline.listing import entries
from pipeline.proving.verify import verify
from pipeline.rebuilding.rebuild import rebuild
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus import embedding, mails
from tests.corpus.embedding import letter, letters, message, resource
from tests.corpus.homes import a_source, recover
from tests.corpus.judged_files import check_case, judge_cases
from tests.corpus.mails import attached, depth
from tests.corpus.outlook_messages import outlook
from tests.corpus.pdfs import pdf

DEPTHS = range(5)
CASES = (*mails.CASES, *embedding.CASES)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Every case, judged by one box."""
    return judge_cases(tmp_path_factory.mktemp("mails"), CASES)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_a_mail_is_as_good_as_its_worst_part(judged, number):
    """The verdict is the expected one, and its reason says what is wrong."""
    check_case(CASES[number], judged[number])


@pytest.fixture(scope="module")
def recovered(tmp_path_factory):
    """A home that recovered messages with a virus at each depth, and an honest one."""
    folder = tmp_path_factory.mktemp("recovered")
    disk = folder / "disk"
    disk.mkdir()
    for times in DEPTHS:
        (disk / f"{times}.msg").write_bytes(depth(times))
    (disk / "honest.xml").write_bytes(letter(letters(pdf())))
    (disk / "honest.hl7").write_bytes(message(letters(pdf())))
    (disk / "virus.json").write_bytes(resource(letters(eicar())))
    (disk / "honest.msg").write_bytes(outlook(attached("t.csv", b"a;b\n1;2\n")))
    settings = Settings(home=folder / "home")
    with open_runtime(settings) as runtime:
        result = recover(runtime, a_source(disk))
    return settings, result


def listed(settings, *, derived=False):
    """The entries by path."""
    with open_runtime(settings) as runtime:
        return list(entries(runtime, derived=derived))


def test_a_virus_is_found_where_it_lies(recovered):
    """Its finding says the way to it, through every message."""
    settings, result = recovered
    found = {e["path"]: e for e in listed(settings)}

    fates = result.equation.fates
    assert (6, 3, 0) == (fates[Fate.HELD], fates[Fate.PROMOTED], result.equation.unexplained)
    for times in DEPTHS:
        entry = found[f"{times}.msg"]
        assert ("held", "malicious") == (entry["stage"], entry["verdict"])
        places = [f["where"] for f in entry["findings"] if f["rule"] == "prohibited-type"]
        assert ["part " + "/".join(["3"] * (times + 1))] == places
    for name in ("honest.msg", "honest.xml", "honest.hl7"):
        assert ("promoted", "clean") == (found[name]["stage"], found[name]["verdict"])
    where = [f["where"] for f in found["virus.json"]["findings"] if f["rule"] == "prohibited-type"]
    assert ["part 1"] == where


def test_a_document_in_a_record_is_derived_from_it(recovered):
    """The letter of a clinical document has its own line, as a PDF."""
    settings, _ = recovered
    found = {e["path"]: e for e in listed(settings, derived=True)}

    part = found["honest.xml!/part 1"]
    assert found["honest.xml"]["digest"] == part["derived_from"]
    assert ("application/pdf", len(pdf())) == (part["media_type"], part["size"])


def test_parts_are_derived_under_their_names(recovered):
    """The virus has its own line, made from the message that holds it."""
    settings, _ = recovered
    parts = [e for e in listed(settings, derived=True) if e["path"].endswith("!/v.txt")]

    assert {len(eicar())} == {part["size"] for part in parts}
    assert len(DEPTHS) == len(parts)
    assert all(part["derived_from"] for part in parts)


def test_the_catalogue_is_made_again_with_the_parts_of_mails(recovered):
    """Live and rebuilt are the same, and every stored byte is accounted for."""
    settings, _ = recovered
    before = listed(settings, derived=True)

    rebuild(settings)

    assert before == listed(settings, derived=True)
    with open_runtime(settings) as runtime:
        found = verify(runtime, deep=True)
    assert ((), ()) == (found.faults, found.uncommitted)
