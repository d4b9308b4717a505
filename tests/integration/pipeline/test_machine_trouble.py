"""Trouble of the machine is no answer: neither about a content nor about its name."""

from pipeline import recover as recover_module
from tests.corpus.homes import a_source, recover
from tests.corpus.poison import TroubledInspector, opener


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
