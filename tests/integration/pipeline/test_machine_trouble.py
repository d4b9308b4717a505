"""Trouble of the machine is no answer: neither about a content nor about its name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from custody.box import Box, Failure, FailureCode, Job, Reply
from pipeline import recover as recover_module
from sanitizers.inspection import Inspected, Inspector, SampleToInspect
from tests.corpus.homes import a_source, recover
from tests.corpus.poison import opener


class TroubledBox:
    """A box on a machine that has no memory left."""

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one failure a job."""
        return (Failure(code=FailureCode.MACHINE, detail="no memory") for _ in jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubledInspector(Inspector):
    """The scanners of a home, none of which gets to run."""

    def inspect(self, box: Box, samples: Iterable[SampleToInspect]) -> Iterator[Inspected]:
        """Yield one answer a sample, in order."""
        return Inspector.inspect(self, TroubledBox(), samples)


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
