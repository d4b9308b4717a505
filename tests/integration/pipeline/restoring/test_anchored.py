"""A set is sealed when somebody outside knows what the ledger says of it, and not before."""

import json
from dataclasses import replace

import pytest

from audit.evidence import parse_key
from audit.note import text_of
from audit.timestamps import request_of
from cleanzone.restore_set import document_key
from custody.errors import RefusedError
from custody.signing_rules import AnchorDemand
from pipeline.anchoring.anchor import accept, newest, on_paper
from pipeline.anchoring.covering import covering
from pipeline.restoring.asked import Asked
from pipeline.restoring.seal import seal
from pipeline.settings import AuditSettings
from tests.corpus.homes import a_source, recover
from tests.corpus.outsiders import Authority, AWitness
from tests.corpus.snapshots import report

LATER = ("srv2", "wards")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """An authority that stamps."""
    return Authority(tmp_path_factory.mktemp("outside") / "tsa")


def recovered_later(runtime, tmp_path):
    """Recover one more server, so that the anchor in the home does not reach as far."""
    root = tmp_path / "later"
    root.mkdir()
    (root / "a.txt").write_bytes(report(1, "later"))
    recover(runtime, a_source(root, *LATER))


def sealed_on(runtime, sealed):
    """Which anchor the document of a set names."""
    with runtime.audit.open(document_key(sealed.set_id)) as stream:
        return json.loads(stream.read())["anchor"]


def test_what_nobody_outside_knows_is_not_sealed(runtime, people, tmp_path):
    """A server recovered after the anchor is refused, with the command that helps; others are not.

    What happens in the ledger meanwhile about other servers does not matter.
    """
    recovered_later(runtime, tmp_path)
    with pytest.raises(RefusedError, match="no anchor covers") as refused:
        seal(runtime, Asked(host="srv2"), people["anna"])
    assert "audit anchor --print" in refused.value.next_step
    assert 5 == seal(runtime, Asked(host="srv1"), people["anna"]).stored.files

    size = newest(runtime).size
    on_paper(runtime, size, "logbook 3, page 13", "bert")

    told = sealed_on(runtime, seal(runtime, Asked(host="srv2"), people["anna"]).stored)
    assert ("paper", "bert", size) == (told["kind"], told["by"], told["size"])


def trusting(runtime, **named):
    """The same home with somebody named in its settings."""
    return replace(runtime, settings=replace(runtime.settings, audit=AuditSettings(**named)))


def test_paper_does_only_where_nobody_else_is_named(runtime, people, authority):
    """With an authority in the settings its timestamp is asked for, and named in the document."""
    runtime = trusting(runtime, timestamp_ca=str(authority.root))
    with pytest.raises(RefusedError, match="no anchor covers"):
        seal(runtime, Asked(), people["anna"])
    stored = newest(runtime)
    accept(runtime, authority.stamp(request_of(stored.note.encode())), "anna")

    told = sealed_on(runtime, seal(runtime, Asked(), people["anna"]).stored)

    assert ("timestamp", stored.size) == (told["kind"], told["size"])
    assert "Invented Authority" in told["by"]


def test_a_timestamp_counts_by_its_authority_alone(runtime, authority, tmp_path):
    """A genuine token of an authority that is no longer known is nobody's word."""
    known = trusting(runtime, timestamp_ca=str(authority.root))
    stored = newest(known)
    accept(known, authority.stamp(request_of(stored.note.encode())), "anna")
    stranger = Authority(tmp_path / "stranger", "A Stranger")

    assert covering(known, stored.size, AnchorDemand.OUTSIDE)
    with pytest.raises(RefusedError, match="no anchor covers"):
        covering(
            trusting(runtime, timestamp_ca=str(stranger.root)), stored.size, AnchorDemand.PAPER
        )


def test_a_policy_may_ask_for_more_than_paper_or_for_nothing(runtime):
    """`outside` never takes paper and says what to set; `none` asks nobody."""
    stored = newest(runtime)
    on_paper(runtime, stored.size, "logbook 3, page 14", "bert")

    assert "paper" == covering(runtime, stored.size, AnchorDemand.PAPER)["kind"]
    assert covering(runtime, stored.size + 1_000, AnchorDemand.NONE) is None
    with pytest.raises(RefusedError, match="no anchor covers") as refused:
        covering(runtime, stored.size, AnchorDemand.OUTSIDE)
    assert "name an authority or a witness" in refused.value.next_step


def test_a_cosignature_covers_up_to_its_size(runtime):
    """One entry more than the witness saw is not covered."""
    stored = newest(runtime)
    witness = AWitness(log=parse_key(runtime.ledger.vkey))
    named = trusting(runtime, witnesses=witness.vkey)
    accept(named, (stored.note + witness.cosign(text_of(stored.note))).encode(), "anna")

    assert "witness" == covering(named, stored.size, AnchorDemand.OUTSIDE)["kind"]
    with pytest.raises(RefusedError, match="no anchor covers"):
        covering(named, stored.size + 1, AnchorDemand.OUTSIDE)
