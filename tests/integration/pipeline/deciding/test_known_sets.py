"""Known-good digests exempt from rules by two people; a CERT's indicators hold by one."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from catalogue.known_sets import SetKind
from custody.errors import RulesError, SignatureError, UsageError
from custody.ids import EPOCH
from pipeline.deciding import known_sets, rules
from pipeline.deciding.known_sets import SetToAdd
from pipeline.deciding.rules import PackToAdd
from pipeline.proving import verify
from pipeline.steps.assess import AssessStep
from pipeline.steps.inspect import InspectStep
from pipeline.steps.instruments import open_inspector
from sanitizers.known.contents import GoodSet, KnownContents
from tests.corpus.homes import EICAR, a_person, a_source, recover
from tests.corpus.rule_packs import write_pack

LATER = datetime.now(UTC) + timedelta(days=30)
DOUBTED = b"a letter that a rule takes for ODD\n"
RULES = 'rule odd { strings: $a = "ODD" condition: $a }\n'


@pytest.fixture
def two(runtime, tmp_path):
    """The two who may decide."""
    return [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]


@pytest.fixture
def disk(tmp_path):
    """A letter that a rule suspects, a virus, and a plain letter with a telling name."""
    root = tmp_path / "disk"
    root.mkdir()
    (root / "letter.txt").write_bytes(DOUBTED)
    (root / "virus.txt").write_bytes(EICAR)
    (root / "Rechnung.txt").write_bytes(b"a plain letter\n")
    return root


def a_set(folder, text, name="nsrl", until=LATER):
    """A file with digests or indicators."""
    path = folder / f"{name}.txt"
    path.write_text(text)
    return SetToAdd(path=path, name=name, source="the vendor", until=until)


def sums(*contents):
    """The output of sha256sum."""
    return "".join(f"{hashlib.sha256(c).hexdigest()}  a name\n" for c in contents)


def verdicts(runtime, disk):
    """The verdicts of a run."""
    return recover(runtime, a_source(disk, "late")).verdicts


def test_known_good_settles_a_suspicion_and_no_more(runtime, two, disk, tmp_path):
    """By two people; what a rule calls malicious stays so though the set vouches for it."""
    rules.add(
        runtime,
        PackToAdd(
            path=write_pack(tmp_path / "p", {"a.yar": RULES}), name="site", dated=date(2026, 1, 1)
        ),
    )
    before = verdicts(runtime, disk)
    wanted = a_set(tmp_path, sums(DOUBTED, EICAR, b""))

    told = [known_sets.add_goodware(runtime, wanted, who) for who in two]
    after = verdicts(runtime, disk)

    assert {"suspicious": 1, "malicious": 1, "clean": 1} == before
    assert {"clean": 2, "malicious": 1} == after
    assert ([False, True], 2) == ([t.waits is None for t in told], told[1].known.entries)
    with runtime.catalogue.read() as connection:
        reasons = connection.exec_driver_sql("select reason from outcomes where outcome = 'exempt'")
        assert any("nsrl" in r[0] and "site/a.yar:odd" in r[0] for r in reasons)
    assert () == verify.verify(runtime, deep=True).faults


def test_one_person_vouches_for_nothing(runtime, two, tmp_path):
    """The first signature waits, and twice the same one is one."""
    wanted = a_set(tmp_path, sums(DOUBTED))
    for _ in range(2):
        assert known_sets.add_goodware(runtime, wanted, two[0]).waits is not None

    assert [] == known_sets.in_force(runtime, SetKind.GOODWARE)


def test_before_two_are_registered_nothing_is_vouched_for(runtime, tmp_path):
    """A loosening takes two people from the first day."""
    alone = a_person(runtime, tmp_path, "alice")

    with pytest.raises(SignatureError, match="two registered people"):
        known_sets.add_goodware(runtime, a_set(tmp_path, sums(DOUBTED)), alone)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "no SHA-256"),
        (sums(b""), "no SHA-256"),
        (sums(b"a") + "d41d8cd98f00b204e9800998ecf8427e\n", "line 2 has 0"),
        (sums(b"a").strip() + " " + sums(b"b"), "line 1 has 2"),
    ],
)
def test_what_is_no_list_of_digests_is_refused(runtime, two, tmp_path, text, match):
    """No line is passed over, and the empty file is never known."""
    with pytest.raises(UsageError, match=match):
        known_sets.add_goodware(runtime, a_set(tmp_path, text), two[0])


def test_known_good_needs_an_end_ahead(runtime, two, tmp_path):
    """A set without an end would outlive whoever vouched for it."""
    for until in (None, datetime.now(UTC) - timedelta(days=1)):
        with pytest.raises(UsageError, match="need an end"):
            known_sets.add_goodware(runtime, a_set(tmp_path, sums(b"a"), until=until), two[0])


@pytest.mark.parametrize("step", [InspectStep, AssessStep])
def test_known_good_that_ends_while_a_run_goes_on_exempts_no_more(runtime, disk, monkeypatch, step):
    """A run of many days does not outlive what two people signed, in either step that judges."""
    ended = GoodSet(name="nsrl", digest="0" * 64, told="", digests=(), until=EPOCH)
    honest = step.__init__

    def late(self, runtime, recorder, instruments, *more, **named):
        inspector = getattr(instruments, "inspector", instruments)
        known = replace(inspector, known=KnownContents(good=(ended,)))
        with_it = known if inspector is instruments else replace(instruments, inspector=known)
        honest(self, runtime, recorder, with_it, *more, **named)

    monkeypatch.setattr(step, "__init__", late)
    with pytest.raises(RulesError, match="nsrl has ended since the run began"):
        verdicts(runtime, disk)


@pytest.mark.parametrize("kind", [SetKind.GOODWARE, SetKind.IOC])
def test_a_set_that_is_gone_or_changed_ends_the_run(runtime, two, tmp_path, kind):
    """Its silence would be taken for clean."""
    wanted = a_set(tmp_path, sums(DOUBTED))
    if kind is SetKind.IOC:
        known_sets.add_iocs(runtime, wanted)
    else:
        for who in two:
            known_sets.add_goodware(runtime, wanted, who)
    (path,) = (runtime.home.known / kind.value).iterdir()
    path.write_bytes(bytes(32))

    with pytest.raises(RulesError, match="not what was added"):
        open_inspector(runtime)


@pytest.mark.parametrize("hashed", [hashlib.md5, hashlib.sha1, hashlib.sha256])
def test_indicators_hold_by_hash_and_by_name(runtime, disk, tmp_path, hashed):
    """What a CERT warns of is malicious by its hash and suspicious by its name, on the record."""
    text = f"# from the CERT\n{hashed(DOUBTED).hexdigest()}\nrechnung.txt\n198.51.100.7\n"

    added = known_sets.add_iocs(runtime, a_set(tmp_path, text, "cert"))

    assert (2, 1, "AMBER") == (added.known.entries, added.unused, added.known.tlp)
    assert {"malicious": 2, "suspicious": 1} == verdicts(runtime, disk)
    assert () == verify.verify(runtime, deep=True).faults


def test_the_words_of_a_red_set_leak_nowhere(runtime, disk, tmp_path, caplog):
    """Ledger, database and logs hold its name, source and TLP; its indicators stay in one file."""
    text = f"{hashlib.sha256(DOUBTED).hexdigest()},operation-nightjar,TLP:RED\nnightjar.exe\n"

    added = known_sets.add_iocs(runtime, a_set(tmp_path, text, "cert"))
    verdicts(runtime, disk)

    assert "RED" == added.known.tlp
    places = [p for p in runtime.home.root.rglob("*") if p.is_file()]
    held = [p for p in places if b"nightjar" in p.read_bytes()]
    assert [runtime.home.known / "ioc" / added.known.digest] == held
    assert "nightjar" not in caplog.text


def test_indicators_are_not_replaced_by_fewer(runtime, tmp_path):
    """A second list of the same name that lacks one is refused; one that has more comes in."""
    known_sets.add_iocs(runtime, a_set(tmp_path, "a.exe\nb.exe\n", "cert", None))

    for text, until in (("a.exe\n", None), ("a.exe\nb.exe\n", LATER)):
        with pytest.raises(UsageError, match="would lose some"):
            known_sets.add_iocs(runtime, a_set(tmp_path, text, "cert", until))
    (kept,) = (runtime.home.known / "ioc").iterdir()
    kept.unlink()
    with pytest.raises(UsageError, match="would lose some"):
        known_sets.add_iocs(runtime, a_set(tmp_path, "a.exe\nb.exe\n", "cert", LATER))
    known_sets.add_iocs(runtime, a_set(tmp_path, "a.exe\nb.exe\n", "cert", None))
    more = known_sets.add_iocs(runtime, a_set(tmp_path, "a.exe\nb.exe\nc.exe\n", "cert", None))

    assert [3] == [s.entries for s in known_sets.in_force(runtime, SetKind.IOC)]
    assert 3 == more.known.entries


MISP = {
    "Event": {
        "Tag": [{"name": "tlp:green"}],
        "Attribute": [
            {"type": "filename|sha256", "value": f"x.exe|{'a' * 64}"},
            {"type": "ip-dst", "value": "198.51.100.7"},
        ],
        "Object": [{"Attribute": [{"type": "filename", "value": "Evil.DLL"}]}],
    }
}
STIX = {
    "objects": [
        {"type": "indicator", "pattern": f"[file:hashes.'SHA-256' = '{'b' * 64}']"},
        {"type": "indicator", "pattern": "[file:name = 'evil.dll']"},
        {
            "type": "marking-definition",
            "id": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
        },
    ]
}


@pytest.mark.parametrize(
    ("document", "tlp", "unused"), [(MISP, "GREEN", 1), (STIX, "RED", 0)], ids=["misp", "stix"]
)
def test_misp_and_stix_are_read(runtime, tmp_path, document, tlp, unused):
    """One hash and one name each, with their TLP."""
    added = known_sets.add_iocs(runtime, a_set(tmp_path, json.dumps(document), "cert"))

    assert (2, tlp, unused) == (added.known.entries, added.known.tlp, added.unused)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Please_Read_Me@.txt\nHOW@DECRYPT.hta\nabuse@cert.example\n", 2),
        ("How to decrypt.txt\nbad.cab\nfe80::bad\n198.51.100.7:443\n", 2),
    ],
)
def test_names_with_spaces_and_signs_of_mail_are_names(runtime, tmp_path, text, names):
    """Notes are called so; addresses of networks and mail are not taken for files."""
    added = known_sets.add_iocs(runtime, a_set(tmp_path, text, "cert", None))

    assert (names, len(text.splitlines()) - names) == (added.known.entries, added.unused)


@pytest.mark.parametrize("text", ["", "# nothing\n", "{broken", "198.51.100.7\n", "*.*\n", "*\n"])
def test_what_holds_no_indicator_is_refused(runtime, tmp_path, text):
    """An empty, broken or all-embracing list is no warning."""
    with pytest.raises(UsageError):
        known_sets.add_iocs(runtime, a_set(tmp_path, text, "cert"))
