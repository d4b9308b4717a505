import base64
from datetime import timedelta

import pytest

from audit.evidence import parse_key
from audit.history import History
from catalogue import tables
from catalogue.erasure import is_erased
from custody import naming
from custody.digest import digest_of
from custody.errors import ExitCode, ObjectMissingError, RefusedError, UsageError
from custody.names import parent
from pipeline import listing
from pipeline.deciding import decisions
from pipeline.delivering import deliver
from pipeline.erase import erase
from pipeline.keys import naming_key_id
from pipeline.proving import verify
from pipeline.rebuilding import rebuild
from pipeline.wiring import open_runtime
from tests.corpus.homes import CASE, EICAR, a_person, a_source, recover

PATH = b"a/one.txt"


def erase_path(runtime, path=PATH, host="pacs"):
    """Erase one path."""
    return erase(runtime, case=CASE, host=host, actor="dpo", reason="request 17", path=path)


def erase_host(runtime, host="pacs"):
    """Erase all names of a host."""
    return erase(runtime, case=CASE, host=host, actor="dpo", reason="case closed")


def paths(runtime):
    """The names that `list` shows, by host."""
    found = {}
    for entry in listing.entries(runtime):
        found.setdefault(entry["host"], []).append(entry["path_b64"])
    return found


def test_one_path_is_gone_and_every_other_stays(runtime):
    """The erased name is null in the listing; its content stays promoted, and so do the others."""
    before = paths(runtime)

    erased = erase_path(runtime)

    after = paths(runtime)
    assert 1 == erased.entries
    assert erased.scrubbed
    assert ExitCode.DONE is erased.exit_code
    assert 1 == after["pacs"].count(None)
    assert len(before["pacs"]) == len(after["pacs"])
    assert before["dpi"] == after["dpi"]
    assert [] == listing.find(runtime, PATH)


def test_a_host_s_names_are_gone_with_its_key(runtime):
    """No name of the host is left; those of another host are."""
    before = paths(runtime)

    erased = erase_host(runtime)

    after = paths(runtime)
    assert {None} == set(after["pacs"])
    assert len(before["pacs"]) == erased.entries
    assert before["dpi"] == after["dpi"]
    with pytest.raises(ObjectMissingError):
        runtime.keys.by_id(naming_key_id(CASE, "pacs"))


@pytest.mark.parametrize("act", [erase_path, erase_host])
def test_the_home_verifies_after_an_erasure(runtime, act):
    """Ledger and manifests never held the name, so nothing in them changes."""
    act(runtime)

    assert () == verify.verify(runtime, deep=True).faults


@pytest.mark.parametrize("act", [erase_path, erase_host])
def test_an_erasure_survives_a_rebuild(settings, act):
    """What was erased does not come back with the catalogue."""
    with open_runtime(settings) as runtime:
        act(runtime)
        before = paths(runtime)

    rebuild.rebuild(settings)

    with open_runtime(settings) as runtime:
        assert before == paths(runtime)
        assert () == verify.verify(runtime, deep=True).faults


def codes(runtime, path=PATH, host="pacs"):
    """The codes that the catalogue has for a path and its directory."""
    coding = runtime.keys.naming(CASE, host).coding
    return naming.name_key(coding, path), naming.directory_key(coding, parent(path))


def database_bytes(runtime):
    """Everything that the database's files hold."""
    place = runtime.home.catalogue
    files = [place, *place.parent.glob(f"{place.name}-*")]
    return b"".join(f.read_bytes() for f in files)


@pytest.mark.file
def test_the_database_keeps_no_code_of_an_erased_name(runtime):
    """Neither a row, nor a free page, nor the write-ahead log leads back to the name."""
    name, directory = codes(runtime)
    assert name in database_bytes(runtime)

    erase_path(runtime)

    assert name not in database_bytes(runtime)
    assert directory in database_bytes(runtime)


@pytest.mark.file
def test_a_directory_s_code_goes_with_its_last_name(runtime):
    """A directory in which no name is left cannot be guessed either."""
    _, directory = codes(runtime, b"a/deep/twice.txt")

    erase_path(runtime, b"a/deep/twice.txt")

    assert directory not in database_bytes(runtime)


def test_a_host_s_codes_keep_what_belongs_together(runtime):
    """Entries of one directory share a code after the erasure, and it is marked as erased."""
    with runtime.catalogue.read() as connection:
        before = rows(connection)

    erase_host(runtime)

    with runtime.catalogue.read() as connection:
        after = rows(connection)
    changed = {b.directory_key: a.directory_key for b, a in zip(before, after, strict=True)}
    own = [a for a in after if is_erased(a.name_key)]
    assert len(own) == len([a for a in after if is_erased(a.directory_key)])
    assert all(
        changed[b.directory_key] == a.directory_key for b, a in zip(before, after, strict=True)
    )


def rows(connection):
    """Every entry, in order."""
    return connection.execute(tables.entries.select().order_by(tables.entries.c.entry_id)).all()


def test_details_that_speak_of_the_name_are_blanked(runtime):
    """A finding about an erased name keeps its rule and loses its words."""
    found = {e["path_b64"]: e for e in listing.entries(runtime)}
    spoken = [e for e in found.values() if any(f["detail"] for f in e["findings"])]
    assert spoken != []
    for entry in spoken:
        erase_path(runtime, base64.b64decode(entry["path_b64"]), entry["host"])

    left = [f["detail"] for e in listing.entries(runtime) for f in e["findings"]]
    assert {""} == set(left)
    assert () == verify.verify(runtime, deep=True).faults


def test_the_event_is_published_before_an_object_goes(runtime, monkeypatch):
    """A crash after the record leaves the old object; the next erasure removes it."""
    removed = type(runtime.names).remove
    monkeypatch.setattr(type(runtime.names), "remove", lambda *_: (_ for _ in ()).throw(KeyError))
    with pytest.raises(KeyError):
        erase_path(runtime)
    monkeypatch.setattr(type(runtime.names), "remove", removed)

    history = History(runtime.audit, parse_key(runtime.ledger.vkey))
    erased = [e for e in history.events() if e["type"] == "autoclave.names.erased"]
    assert 1 == len(erased)
    old = erased[0]["body"]["objects"][0]["old"]
    assert [old] == [v.key for v in runtime.names.store.versions(old)]
    faults = verify.verify(runtime, deep=True).faults
    assert [f"names {old}"] == [fault.where.partition("@")[0] for fault in faults]

    erase_path(runtime, b"a/two.txt")

    assert () == verify.verify(runtime, deep=True).faults


def test_erased_names_are_counted_in_a_delivery(runtime, tmp_path):
    """Content without a name cannot be put under one: it is told, not silently left out."""
    erase_path(runtime)

    delivered = deliver.deliver(runtime, tmp_path / "out", host="pacs")

    assert (4, 1) == (delivered.files, delivered.unnamed)


def test_a_host_may_be_recovered_again(runtime, tmp_path):
    """After an erasure a new run makes a new key, and names are there again."""
    erase_host(runtime, "dpi")
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "patient.txt").write_bytes(b"the first report\n" * 8)

    recover(runtime, a_source(disk, "dpi", "patient-records"))

    assert None not in paths(runtime)["dpi"]
    assert () == verify.verify(runtime, deep=True).faults


def test_names_are_erased_in_every_run(runtime, tmp_path):
    """A path that two runs listed is gone from both."""
    disk = tmp_path / "disk"
    (disk / "a").mkdir(parents=True)
    (disk / "a" / "one.txt").write_bytes(b"the first report\n" * 8)
    recover(runtime, a_source(disk))

    assert 2 == erase_path(runtime).entries


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "unknown"},
        {"case": "unknown"},
        {"reason": " "},
        {"reason": "two\nlines"},
        {"path": b"no/such/path"},
    ],
)
def test_what_cannot_be_erased_is_a_usage_error(runtime, wrong):
    """An unknown host, case or path, and a missing reason, change nothing."""
    asked = {"case": CASE, "host": "pacs", "actor": "dpo", "reason": "request", "path": PATH}
    before = runtime.ledger.size

    with pytest.raises(UsageError):
        erase(runtime, **{**asked, **wrong})

    assert before == runtime.ledger.size


def test_names_that_a_run_needs_are_not_erased(runtime):
    """While a run over the host is not finished its names stay."""
    with runtime.catalogue.write() as connection:
        connection.execute(tables.runs.update().values(state="running"))

    with pytest.raises(RefusedError):
        erase_path(runtime)


def test_a_database_that_is_being_read_is_not_scrubbed(runtime):
    """Somebody who reads keeps old pages alive: the erasure says that it wants another try."""
    with runtime.catalogue.read() as connection:
        connection.execute(tables.entries.select()).first()
        with runtime.catalogue.write() as writing:
            writing.execute(tables.sites.insert(), [{"site": "another"}])

        assert not runtime.catalogue.scrub()

    assert runtime.catalogue.scrub()


def test_an_entry_without_a_name_is_not_released(runtime, tmp_path):
    """It cannot pass the steps again: a release is refused, a rejection is not."""
    alice = a_person(runtime, tmp_path, "alice")
    erase_host(runtime)
    digest = digest_of(EICAR)

    with pytest.raises(UsageError):
        decisions.release(runtime, digest, alice, runtime.clock() + timedelta(days=1))
    rejected = decisions.reject(runtime, digest, alice)

    assert rejected.effective
    assert () == verify.verify(runtime, deep=True).faults
