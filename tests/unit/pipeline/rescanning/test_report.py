"""What a re-scan came to: who is asked, and what is told to whom."""

from custody.digest import digest_of
from custody.verdict import Verdict
from flows.telling import CONDEMNED, RECALLED, told_of
from pipeline.recalling.plan import Plan, Reason, Taken
from pipeline.rescanning.report import Rescanned

DIGEST = digest_of(b"a letter")
BAD = Plan(
    taken=(
        Taken(
            digest=DIGEST,
            reason=Reason(texts=("late:a.yar:bad",), verdict=Verdict.MALICIOUS),
            key="sha256/aa/aa",
            entries=2,
            services=("labo",),
            runs=("run-1",),
            deliveries=("delivery-1",),
        ),
    )
)


def test_nothing_new_asks_nobody_and_tells_nothing():
    """The night's re-scan of a home in order is silent."""
    done = Rescanned(rescan_id="r1", entries=10)

    assert (False, []) == (done.asks, told_of(done))


def test_a_proposal_asks_and_is_told_as_waiting():
    """Nothing was recalled, and nothing says that it was."""
    done = Rescanned(rescan_id="r1", plan=BAD, waits=True)
    about = {"rescan": "r1", "artefacts": 1, "waits": True}

    assert (True, [(CONDEMNED, about)]) == (done.asks, told_of(done))
    assert BAD.code == done.as_json()["proposal"]


def test_a_recall_is_told_with_its_number():
    """Both events go out, with ids and numbers and no word of a rule."""
    done = Rescanned(rescan_id="r1", plan=BAD, recalls=("c1",), recalled={DIGEST: "bad"})
    told = told_of(done)

    assert [CONDEMNED, RECALLED] == [name for name, _ in told]
    assert {"recall": "c1", "artefacts": 1} == told[1][1]
    assert "bad" not in str(told)


def test_json_says_who_had_what_is_newly_bad():
    """The verdict, its reasons and every delivery stand with the digest."""
    [bad] = Rescanned(rescan_id="r1", plan=BAD).as_json()["newly_bad"]

    assert {
        "digest": DIGEST,
        "verdict": "malicious",
        "reasons": ["late:a.yar:bad"],
        "entries": 2,
        "services": ["labo"],
        "deliveries": ["delivery-1"],
    } == bad


def test_what_could_not_be_judged_asks():
    """Trouble of the machine is nobody's clean bill."""
    assert Rescanned(rescan_id="r1", unjudged=1).asks
    assert Rescanned(rescan_id="r1", cleared=(DIGEST,)).asks
