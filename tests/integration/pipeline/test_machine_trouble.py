"""Trouble of the machine is no answer: neither about a content nor about its name."""

from catalogue import artefacts
from custody.digest import digest_of
from pipeline import listing
from pipeline import recover as recover_module
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus import extracts
from tests.corpus.homes import a_source, recover
from tests.corpus.keeping import KeptFile
from tests.corpus.poison import TroubledInspector, TroubledLaterInspector, opener
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs


def test_what_trouble_kept_from_being_judged_is_judged_in_the_next_run(
    runtime, tmp_path, monkeypatch
):
    """A name that nobody looked at is not remembered as one that nothing was found in."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "letter.txt").write_bytes(b"a plain letter\n")
    (disk / "scan\u202efdp.txt").write_bytes(b"another plain letter\n")
    source = a_source(disk, "late")
    with monkeypatch.context() as patched:
        patched.setattr(recover_module, "open_inspector", opener(TroubledInspector))
        assert {"indeterminate": 2} == recover(runtime, source).verdicts

    assert {"clean": 1, "suspicious": 1} == recover(runtime, source).verdicts


def test_a_cut_that_trouble_kept_from_being_looked_at_does_not_exist(tmp_path, monkeypatch):
    """The catalogue names no content that no manifest names; the next run cuts once more."""
    disk, mixed = tmp_path / "disk", extracts.table()
    disk.mkdir()
    (disk / "results.csv").write_bytes(mixed.content)
    settings, source = Settings(home=tmp_path / "home"), a_source(disk)
    with open_runtime(settings) as runtime:
        with monkeypatch.context() as patched:
            patched.setattr(recover_module, "open_inspector", opener(TroubledLaterInspector))
            assert {"indeterminate": 1} == recover(runtime, source).verdicts
        with runtime.catalogue.read() as connection:
            unnamed = [
                artefacts.locate(connection, digest_of(part))
                for part in (mixed.accepted, mixed.refused)
            ]
    differs = rebuilt_differs(settings, KeptFile(settings.home, tmp_path / "kept.sqlite"))
    with open_runtime(settings) as runtime:
        recover(runtime, source)
        (entry,) = listing.entries(runtime)

    assert [None, None] == unnamed
    assert set() == differs
    assert ("superseded", digest_of(mixed.accepted)) == (entry["stage"], entry["superseded_by"])
