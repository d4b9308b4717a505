"""The box of a run: started when needed, replaced when one of its processes calls itself blind."""

import pytest

from custody.errors import CanaryMissedError, RulesError
from pipeline.steps.instruments import OnDemandBox
from sanitizers.inspection import SampleToInspect
from tests.corpus.poison import BlindInspector, PoisonedInspector, opener, poisoned


@pytest.fixture
def inspector(runtime):
    """Scanners that do as marked content says."""
    return opener(PoisonedInspector)(runtime)


def looked(inspector, box, content):
    """Return the media type that scanners in a box see."""
    sample = SampleToInspect(content=content, size=len(content), names=(b"a.txt",))
    (answer,) = inspector.inspect(box, [sample])
    return answer.inspection.media_type


def test_sessions_share_processes(inspector):
    """What was started once serves until something is wrong."""
    with OnDemandBox(inspector, workers=1) as box:
        with box.session() as first:
            assert "text/plain" == looked(inspector, first, b"some text")
        with box.session() as second:
            assert first is second


def test_a_claimed_blindness_replaces_the_processes(inspector):
    """The next session has fresh processes, which see; the old ones have ended."""
    with OnDemandBox(inspector, workers=1) as box:
        with pytest.raises(CanaryMissedError), box.session() as old:
            looked(inspector, old, poisoned("claim-blindness"))
        with box.session() as fresh:
            assert "text/plain" == looked(inspector, fresh, b"some text")

    with pytest.raises(RuntimeError, match="not open"):
        old.run([])


def test_the_session_beside_a_failed_one_ends_its_work(inspector):
    """Processes that are replaced serve who had them, so that no innocent shard fails."""
    with OnDemandBox(inspector, workers=1) as box:
        with box.session() as beside:
            with pytest.raises(CanaryMissedError), box.session() as old:
                looked(inspector, old, poisoned("claim-blindness"))

            assert old is beside
            assert "text/plain" == looked(inspector, beside, b"some text")

        with pytest.raises(RuntimeError, match="not open"):
            beside.run([])


def test_a_machine_that_is_blind_is_found_out_by_the_restart(runtime):
    """Fresh processes prove their canaries before anything is asked of them."""
    blind = opener(BlindInspector)(runtime)

    with OnDemandBox(blind, workers=1) as box, pytest.raises(RulesError, match="blind"):
        box.session().__enter__()
